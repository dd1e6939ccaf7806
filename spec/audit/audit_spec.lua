-- Control totals: what was lost from a copy is found to the last, named and repaired; a copy that
-- lacks nothing raises no alarm, whatever the world does meanwhile.
local audit = require "wdt.audit"
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local databases = require "support.databases"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local shell = require "support.shell"

local FROM = beijing.parse(copying.FROM)
local DAY = 86400
local SHIPPED = { 95, 105, 110, 113 }

local function box_of(days, per_day, more)
  local o = { seed = 5, rows_per_day = per_day, from = FROM, to = FROM + days * DAY - 1,
    now = FROM + (days + 1) * DAY, latency = 0.05, business = true }
  for name, value in pairs(more or {}) do o[name] = value end
  return sandbox.new(o)
end

local function copy(client, job)
  local opened = assert(client:sync(job))
  assert.is_true(opened:run())
  opened:close()
end

local function job_into(target, query)
  return { name = "stockouts", what = "stockouts", from = copying.FROM, into = target,
    query = query or { status = SHIPPED } }
end

-- Takes rows out of a copy, whole: every n-th, beginning with the one of the draw.
local function lose(db, n, seed)
  local ids = db.all "SELECT stockout_id, shop_no FROM stockouts ORDER BY stockout_id"
  local lost, draw = {}, random.stream(seed, 7)
  for i = draw(n), #ids, n do
    local id = ids[i].stockout_id
    db.run("DELETE FROM stockouts WHERE stockout_id = " .. id)
    db.run("DELETE FROM stockouts_details_list WHERE _stockout_id = " .. id)
    lost[id] = ids[i].shop_no
  end
  return lost
end

local function count(set)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  return n
end

for _, name in ipairs{ "sqlite", "postgres", "mysql" } do
  describe("an audit of a copy in " .. name, function()
    local folder, db, box, client, job

    setup(function()
      folder = shell.folder()
      db = databases[name](folder)
      box = box_of(2, 120)
      client = copying.client_of(box)
      job = job_into(db.target)
      copy(client, job)
    end)
    teardown(function()
      if db then db.stop() end
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    local function rows()
      local n = db.all "SELECT COUNT(*) AS n FROM stockouts"[1].n
      local lines = db.all "SELECT COUNT(*) AS n FROM stockouts_details_list"[1].n
      return n .. " " .. lines
    end

    it("finds nothing where nothing is missing", function()
      local found = assert(audit.run(client, job, { sample = 10 }))
      assert.same({}, found.differences)
      assert.same({}, found.unexplained)
      assert.same({ 2, 10, 0 }, { found.days_of_statistic, found.looked_up, found.repaired })
      assert.is_nil(found.unproved)
    end)

    for how, options in pairs{ ["by reading, and the statistic"] = {}, ["by totals alone"] = {
      totals = true, statistic = false } } do
      it("finds what was lost to the last, and repairs it, " .. how, function()
        local whole = rows()
        local ledger = tonumber(db.all "SELECT COUNT(*) AS n FROM _wdt_windows"[1].n)
        local lost = lose(db, 30, #how)
        assert.is_true(count(lost) > 3)
        local found = assert(audit.run(client, job, options))
        local named = {}
        for _, one in ipairs(found.differences) do
          assert.equal("missing", one.kind)
          assert.is_true(one.repaired)
          assert.truthy(one.day:find "^2026%-10%-0")
          assert.truthy(one.number:find "^CK")
          named[one.id] = one.shop_no
        end
        assert.same(lost, named)
        assert.equal(0, found.left)
        assert.same({}, found.unexplained)
        assert.equal(whole, rows())
        local repairs = db.all("SELECT * FROM _wdt_windows WHERE kind = 'repair'")
        assert.is_true(#repairs > 0)
        assert.equal(ledger + found.repaired, tonumber(db.all(
          "SELECT COUNT(*) AS n FROM _wdt_windows")[1].n))
      end)
    end

    it("finds lines that were lost, by the statistic, and names their SKUs", function()
      local whole = rows()
      local line = db.all("SELECT _stockout_id AS id, spec_no FROM stockouts_details_list l "
        .. "WHERE goods_count > 0 ORDER BY _stockout_id, _n")[30]
      db.run("DELETE FROM stockouts_details_list WHERE _stockout_id = " .. line.id)
      local found = assert(audit.run(client, job, {}))
      assert.equal(1, #found.differences)
      local one = found.differences[1]
      assert.same({ "lines", line.id, true }, { one.kind, one.id, one.repaired })
      local named = {}
      for _, sku in ipairs(one.skus) do named[sku] = true end
      assert.is_true(named[line.spec_no])
      assert.equal(whole, rows())
    end)

    it("only tells, where it is to repair nothing", function()
      local whole = rows()
      local lost = lose(db, 50, 3)
      local less = rows()
      local found = assert(audit.run(client, job, { dry = true }))
      assert.equal(count(lost), found.left)
      assert.equal(0, found.repaired)
      assert.equal(less, rows())
      found = assert(audit.run(client, job, { start = FROM, stop = FROM + DAY - 1 }))
      for _, one in ipairs(found.differences) do assert.equal("2026-10-01", one.day) end
      assert(audit.run(client, job, {}))
      assert.equal(whole, rows())
    end)

    it("finds a value that was altered in the copy, by looking rows up", function()
      db.run "UPDATE stockouts SET weight = weight + 1"
      local found = assert(audit.run(client, job, { sample = 5 }))
      assert.same({ 5, 5 }, { #found.differences, found.left })
      for _, one in ipairs(found.differences) do
        assert.same({ "differs", "weight" }, { one.kind, one.field })
      end
      db.run "UPDATE stockouts SET weight = weight - 1"
    end)
  end)
end

describe("an audit", function()
  local folder, db
  before_each(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
  end)
  after_each(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  local DRIFT = { touch = 1 / 2000, ship = 1 / 3000, complete = 1 / 1500, settle = 1 / 6000,
    cancel = 1 / 9000, reship = 1 / 9000, renumber = 1 / 9000, arrive = 1 / 6000,
    remove = 1 / 40000 }

  it("raises no alarm in 30 days of drift, and finds what is lost then", function()
    for days, query in pairs{ [30] = { status = SHIPPED }, [10] = {} } do
      local box = box_of(days, 15, { drift = DRIFT, now = FROM + 60 })
      local client = copying.client_of(box, nil, { rate = 100000 })
      local job = job_into(db.target, query)
      for day = 1, days do
        box.host:sleep(DAY)
        copy(client, job)
        if day % 10 == 0 then -- of a copy of up to 30 days
          local found = assert(audit.run(client, job, { totals = day == 20 }))
          assert.same({}, found.differences)
          assert.is_nil(found.unproved)
        end
      end
      local lost = lose(db, math.floor(days * 15 / 6), 11)
      assert.is_true(count(lost) >= 5)
      local found = assert(audit.run(client, job, {}))
      local missed = count(lost)
      for _, one in ipairs(found.differences) do
        missed = missed - (lost[one.id] and 1 or 0)
      end
      -- what the gateway does not show any more can't be found missing
      for id in pairs(lost) do
        local row = box.world:get(tonumber(id))
        local shown = row and row.consign_time and row.status >= 95
          and (query.status or row.status == 95 or row.status == 110)
        if not shown then missed = missed - 1 end
      end
      assert.equal(0, missed)
      assert.equal(0, found.left)
      db.run "DROP TABLE stockouts"
      db.run "DROP TABLE stockouts_details_list"
      db.run "DELETE FROM _wdt_jobs"
    end
  end)

  it("finds rows that became visible later than the lag", function()
    local box = box_of(2, 100)
    local client = copying.client_of(box)
    local job = job_into(db.target)
    copy(client, job)
    local row = box.world:put{ modified = FROM + 3600, status = 95, consign_time = FROM + 3600 }
    local found = assert(audit.run(client, job, { totals = true }))
    assert.same({ 1, "missing", ("%d"):format(row.id), true }, { #found.differences,
      found.differences[1].kind, found.differences[1].id, found.differences[1].repaired })
  end)

  it("works without the statistic, by modified time, and in a range", function()
    local box = box_of(3, 120)
    local client = copying.client_of(box)
    local job = job_into(db.target, { status = 5 })
    copy(client, job)
    local lost = lose(db, 4, 2)
    assert.is_true(count(lost) > 2)
    local found = assert(audit.run(client, job, {}))
    assert.equal(0, found.days_of_statistic)
    assert.equal(count(lost), #found.differences)
    assert.equal(0, found.left)
    local none, err, code = audit.run(client, job, { start = FROM + 300 * DAY })
    assert.is_nil(none)
    assert.equal("state", code)
    assert.truthy(err:find("nothing of that range has been copied", 1, true))
  end)
end)
