-- A list that can't be asked for without times (goods, suites, stock) is read whole over all of
-- them. Rows that change while it is read move to later windows: none of them may seem gone.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local databases = require "support.databases"
local sandbox = require "wdt.sandbox"
local shell = require "support.shell"
local snapshot = require "wdt.fleet.snapshot"

local DAY, HOUR = 86400, 3600
local FROM = beijing.parse(copying.FROM)

describe("a list with times that is read whole", function()
  local folder, db, box, client

  setup(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
  end)
  teardown(function()
    db.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  -- Rows over ten days; those of `hot` identities are changed before each answer.
  local function world(n, hot)
    box = sandbox.new{ now = FROM + 10 * DAY, fields = "short", latency = 2 }
    local list = {}
    for i = 1, n do
      box.world:put{ modified = FROM + math.floor(i * 9 * DAY / n) }
    end
    for _, row in ipairs(box.world:all{}) do list[#list + 1] = row.id end
    client = copying.client_of(box)
    local advance = box.world.advance
    function box.world.advance(self, now)
      advance(self, now)
      for i = 1, hot or 0 do
        local id = list[i * 7]
        if self:get(id) then self:change(id, { modified = math.floor(now) }) end
      end
    end
    return list
  end

  local function open(name, more)
    local o = { name = name, method = "stock_query", to = db.target, every = HOUR, from = FROM,
      query = {} }
    for key, value in pairs(more or {}) do o[key] = value end
    return snapshot.open(client, o)
  end

  local function read(name, more)
    local job = assert(open(name, more))
    repeat
      local again = assert(job:step())
    until not again or job:progress().behind < HOUR
    local progress = job:progress()
    job:close()
    return progress
  end

  local function rows(name)
    local one = db.all(('SELECT count(*) - count("_deleted_at") AS there, count("_deleted_at") AS '
      .. 'gone FROM "%s"'):format(name))[1]
    return { tonumber(one.there), tonumber(one.gone) }
  end

  local function later(seconds)
    box.host:sleep(seconds + 10)
  end

  it("is the account's own, however often rows move while it is read", function()
    local list = world(900, 60)
    local progress = read "hot"
    assert.same({ 900, 0 }, rows "hot")
    assert.equal(0, progress.uncertified)
    for i = 1, 900, 30 do box.world:remove(list[i]) end
    for _ = 1, 3 do
      later(HOUR)
      read "hot"
      assert.same({ 870, 30 }, rows "hot")
    end
  end)

  it("asks between two whole readings for what was changed, and marks nothing by that", function()
    local list = world(900)
    local whole = read("both", { whole = DAY })
    for i = 1, 10 do box.world:remove(list[i]) end
    box.world:change(list[500], { modified = math.floor(client:server_time()) })
    later(HOUR)
    local changes = read("both", { whole = DAY })
    assert.same({ 900, 0 }, rows "both")
    assert.equal(1, changes.rows - whole.rows)
    assert.is_true(changes.calls - whole.calls <= 2)
    later(DAY)
    read("both", { whole = DAY })
    assert.same({ 890, 10 }, rows "both")
    local kinds = {}
    for i, line in ipairs(db.all("SELECT kind FROM _wdt_windows WHERE job LIKE '%both%' "
      .. "ORDER BY number")) do kinds[i] = line.kind end
    assert.same({ "whole", "changes", "whole" }, kinds)
  end)

  it("keeps each day's rows", function()
    world(60)
    read("stock", { by_day = true, whole = DAY / 2 })
    later(DAY)
    read("stock", { by_day = true, whole = DAY / 2 })
    assert.same({ { n = "60" }, { n = "60" } },
      db.all 'SELECT count(*) AS n FROM "stock_by_day" GROUP BY "_day"')
  end)

  it("marks nothing where a window is not proved", function()
    local list = world(300)
    read "unproved"
    box.world:remove(list[1])
    later(HOUR)
    local records = client.records
    function client.records(...)
      local stream = records(...)
      local progress = stream.progress
      function stream.progress(self)
        local told = progress(self)
        told.certificate = "none"
        return told
      end
      return stream
    end
    local progress = read "unproved"
    client.records = records
    assert.same({ 2, 1 }, { progress.windows, progress.uncertified })
    assert.same({ 300, 0 }, rows "unproved")
    later(HOUR)
    read "unproved"
    assert.same({ 299, 1 }, rows "unproved")
  end)

  it("has a beginning, one query, and is bound to both", function()
    world(3)
    for words, more in pairs{ ["'from' is nil"] = { from = false },
      ["not by several"] = { query = { warehouse_no = { "a", "b" } } },
      ["what has no times is read whole every time"] = { method = "shop", whole = DAY } } do
      local o = { name = "x", method = "stock_query", to = db.target, every = HOUR, from = FROM,
        query = {} }
      for key, value in pairs(more) do o[key] = value or nil end
      local ok, err = pcall(snapshot.open, client, o)
      assert.is_false(ok)
      assert.truthy(err:find(words, 1, true), err)
    end
    read "bound"
    local job, err, code = open("bound", { from = FROM + DAY })
    assert.is_nil(job)
    assert.same({ "state", true }, { code, err:find("of another query", 1, true) ~= nil })
  end)
end)
