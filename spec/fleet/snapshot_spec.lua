-- Data without a time is read whole and compared with what the copy holds: rows that have gone are
-- marked, those that come back are not any more, and no reading that is short marks anything.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local database = require "wdt.sink.database"
local databases = require "support.databases"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local shell = require "support.shell"
local snapshot = require "wdt.fleet.snapshot"

local DAY = 86400
local FROM = beijing.parse(copying.FROM)

for _, scheme in ipairs{ "sqlite", "postgres", "mysql" } do
  describe("a list that is read whole, into " .. scheme, function()
    local folder, db, box, client

    setup(function()
      folder = shell.folder()
      db = databases[scheme](folder)
    end)
    teardown(function()
      db.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    local quote = scheme == "mysql" and "`" or '"'
    local function sql(text) return (text:gsub('"', quote)) end

    local function world(n, options)
      local o = { now = FROM + DAY, fields = "short", latency = 0.05 }
      for name, value in pairs(options or {}) do o[name] = value end
      box = sandbox.new(o)
      for _ = 1, n do box.world:put{ modified = FROM } end
      client = copying.client_of(box)
    end

    local function open(name, more)
      local o = { name = name, method = "shop", to = db.target, every = DAY, query = {} }
      for key, value in pairs(more or {}) do o[key] = value end
      return snapshot.open(client, o)
    end

    -- Reads the list once; how many steps that took.
    local function read(name, more)
      local job, steps = assert(open(name, more)), 0
      repeat
        local again = assert(job:step())
        steps = steps + 1
      until not again or job:progress().behind < DAY
      local progress = job:progress()
      job:close()
      return progress, steps
    end

    local function rows(name)
      local there, gone = {}, {}
      for _, row in ipairs(db.all(sql('SELECT shop_id, "_deleted_at" FROM "' .. name .. '"'))) do
        local set = row._deleted_at and gone or there
        set[#set + 1] = row.shop_id
      end
      return #there, #gone
    end

    -- The next day.
    local function tomorrow()
      box.host:sleep(DAY + 10)
    end

    local function ids()
      local list = {}
      for _, row in ipairs(box.world:all{}) do list[#list + 1] = row.id end
      return list
    end

    it("is the account's own, whatever goes and comes", function()
      world(250)
      local progress = read "shops"
      assert.same({ 250, 0 }, { rows "shops" })
      assert.same({ 1, 250, 0 }, { progress.windows, progress.rows, progress.uncertified })
      local job = assert(open "shops")
      assert.is_false(job:step()) -- it is as new as it has to be
      job:close()
      local list = ids()
      local kept = box.world:get(list[7])
      for i = 1, 40 do box.world:remove(list[i]) end
      box.world:put{ modified = FROM }
      tomorrow()
      read "shops"
      assert.same({ 211, 40 }, { rows "shops" })
      box.world:put(kept)
      tomorrow()
      read "shops"
      assert.same({ 212, 39 }, { rows "shops" })
      local kinds = db.all "SELECT kind, row_count, certificate FROM _wdt_windows ORDER BY number"
      assert.equal(3, #kinds)
      for _, line in ipairs(kinds) do
        assert.equal("whole", line.kind)
        assert.not_equal("none", line.certificate)
      end
    end)

    it("is cut into steps, between which others have their turn", function()
      world(2000)
      local _, steps = read("stepped", { query = { page_size = 40 } })
      assert.is_true(steps >= 4, steps)
      assert.same({ 2000, 0 }, { rows "stepped" })
    end)

    it("marks nothing where a reading is short, or shows nothing", function()
      world(300)
      read "short"
      local gateway = box.gateway
      local none = 0
      for seed, odd in ipairs{ { pages = 1 }, { hollow = 1 }, { total = "own", pages = 2 },
        { short = 0.7 }, { total = "zero", empty = 0.5 }, { total = "capped" } } do
        local bad = sandbox.new{ world = box.world, odd = odd, seed = seed, fields = "short" }
        client = copying.client_of(bad)
        bad.host:sleep(seed * (DAY + 10) + box.host:now())
        local job = assert(open "short")
        local more, err = true, nil
        while more do
          more, err = job:step()
          if more and job:progress().behind < DAY then break end
        end
        assert(more or err)
        none = none + job:progress().uncertified
        job:close()
        assert.same({ 300, 0 }, { rows "short" })
      end
      assert.equal(gateway, box.gateway)
      assert.is_true(none > 0)
    end)

    -- Reads a list while rows come and go, calls are throttled and connections break, and answers
    -- are odd; rows that were there throughout. How many readings were proved.
    local function read_amid(seed, name, odd)
      local draw, proved = random.stream(seed, 9), 0
      local bad = sandbox.new{ world = box.world, odd = odd, seed = seed, fields = "short",
        faults = { rate = 0.1, concurrency = 0.1, http_5xx = 0.1, reset = 0.05, truncate = 0.05 } }
      client = copying.client_of(bad, nil, { retry = { attempts = 3, base = 0.1, cap = 1,
        cooldown = 5, total = 30 } })
      local throughout, handle = {}, bad.gateway.handle
      for _, row in ipairs(box.world:all{}) do throughout[("%d"):format(row.id)] = true end
      function bad.gateway.handle(...)
        if draw(3) == 1 then
          local id = ids()[draw(#ids())]
          throughout[("%d"):format(id)] = nil
          box.world:remove(id)
        elseif draw(3) == 1 then
          box.world:put{ modified = FROM }
        end
        return handle(...)
      end
      bad.host:sleep(seed * (DAY + 10) + box.host:now())
      local job = assert(open(name, { query = { page_size = 20 } }))
      local before, more = job:progress(), true
      while more and job:progress().windows == before.windows do
        more = job:step() -- or it fails, which leaves the copy as it was
      end
      if more and job:progress().uncertified == before.uncertified then proved = 1 end
      job:close()
      return throughout, proved
    end

    it("marks no row that is there, whatever happens while it is read", function()
      local odds = { {}, { short = 0.1 }, { empty = 0.1 }, { hollow = 0.2 }, { joined = 0.05 },
        { turns = 0.2 }, { total = "stale" }, { total = "less" }, { short = 0.05, empty = 0.05 } }
      world(150)
      read("amid", { query = { page_size = 20 } })
      local proved, n_gone = 0, 0
      for seed = 1, scheme == "sqlite" and 36 or 9 do
        local throughout, n = read_amid(seed, "amid", odds[seed % #odds + 1])
        proved = proved + n
        for _, row in ipairs(db.all(sql 'SELECT shop_id, "_deleted_at" FROM "amid"')) do
          assert.is_false(row._deleted_at ~= nil and throughout[row.shop_id] or false,
            ("seed %d: %s is marked"):format(seed, row.shop_id))
          n_gone = n_gone + (row._deleted_at and 1 or 0)
        end
      end
      assert.is_true(proved > 0 and n_gone > 0, proved)
      box.host:sleep(2000 * DAY)
      client = copying.client_of(box)
      read("amid", { query = { page_size = 20 } })
      assert.equal(#ids(), (rows "amid"))
    end)

    it("keeps each day's rows where that is asked for", function()
      world(30)
      read("stock", { by_day = true })
      local list = ids()
      for i = 1, 10 do box.world:remove(list[i]) end
      tomorrow()
      read("stock", { by_day = true })
      local days = db.all(sql('SELECT "_day" AS day, count(*) AS n FROM "stock_by_day" '
        .. 'GROUP BY "_day" ORDER BY "_day"'))
      assert.equal(2, #days)
      assert.same({ "30", "20" }, { days[1].n, days[2].n })
      assert.is_true(days[1].day < days[2].day)
    end)

    it("is the old or the new one whole, whichever statement it is killed before", function()
      world(120)
      read "whole"
      local list = ids()
      for i = 1, 30 do box.world:remove(list[i]) end
      for _ = 1, 15 do box.world:put{ modified = FROM } end
      tomorrow()
      local execute, killed = database.execute, 0
      for n = 1, 1000 do
        local job, left = assert(open "whole"), n
        -- the connection ends in the middle, as its process does
        database.execute = function(...)
          left = left - 1
          if left == 0 then error "killed" end
          return execute(...)
        end
        local ok, err = pcall(function()
          while job:progress().behind >= DAY do assert(job:step()) end
        end)
        database.execute = execute
        job:close()
        assert(ok or err:find "killed$", err)
        local there, gone = rows "whole"
        if ok then
          assert.same({ 105, 30 }, { there, gone })
          break
        end
        killed = killed + 1
        assert.same({ 120, 0 }, { there, gone })
      end
      assert.is_true(killed > 8, killed)
    end)

    it("has rows with an identity, no times, and a place in tables", function()
      world(3)
      for method, words in pairs{ no_such_query = "method", goods_query = "'from' is nil" } do
        local ok, err = pcall(open, "x", { method = method })
        assert.is_false(ok)
        assert.truthy(err:find(words, 1, true), err)
      end
      local job, err, code = open("x", { to = db.target
        .. (db.target:find("?", 1, true) and "&" or "?") .. "layout=documents" })
      assert.is_nil(job)
      assert.same({ "output", true }, { code, err:find("kept in tables", 1, true) ~= nil })
    end)
  end)
end
