-- Jobs that lay rows out as tables in a database: where they end, what their state is bound to, and
-- that each edition's rows come there whole.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local databases = require "support.databases"
local sandbox = require "wdt.sandbox"
local shell = require "support.shell"
local wdt = require "wdt"

local FROM = beijing.parse(copying.FROM)

describe("a job into tables", function()
  local folder, db

  before_each(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
  end)
  after_each(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  local function job_of(client, more)
    local o = { name = "copy", what = "stockouts", from = copying.FROM, into = db.target }
    for name, value in pairs(more or {}) do o[name] = value end
    return client:sync(o)
  end

  local function run(client, more)
    local job = assert(job_of(client, more))
    assert.is_true(job:run())
    local progress = job:progress()
    job:close()
    return progress
  end

  it("ends where it is told to, included, and goes on from there", function()
    local client = copying.client_of(copying.small_box(300, 60))
    for _, follow in ipairs{ false, true } do
      local stop = FROM + (follow and 7200 or 3600)
      local progress = run(client, { stop = beijing.format(stop), follow = follow,
        signals = false })
      assert.equal(stop + 1, progress.watermark)
      assert.equal(follow and 121 or 61, tonumber(db.all "SELECT count(*) AS n FROM copy"[1].n))
    end
    run(client)
    assert.equal(300, tonumber(db.all "SELECT count(*) AS n FROM copy"[1].n))
    local windows = db.all "SELECT start, stop, row_count FROM _wdt_windows ORDER BY number"
    local at, rows = FROM, 0
    for _, window in ipairs(windows) do
      assert.equal(at, beijing.parse(window.start))
      at, rows = beijing.parse(window.stop) + 1, rows + tonumber(window.row_count)
    end
    assert.equal(300, rows)
    for _, bad in ipairs{ "soon", FROM - 1 } do
      local ok, err = pcall(job_of, client, { stop = bad })
      assert.is_false(ok)
      assert.truthy(err:find("parameter 'stop' is", 1, true), err)
    end
  end)

  it("goes on with its state in no other database, and in none that was emptied", function()
    local client = copying.client_of(copying.small_box(100, 60))
    local state, first = wdt.state.memory(), db
    run(client, { state = state })
    shell.must("mkdir " .. folder .. "/other")
    db = databases.sqlite(folder .. "/other")
    local job, err, code = job_of(client, { state = state })
    assert.is_nil(job)
    assert.same({ "state", true }, { code, err:find("is another target", 1, true) ~= nil })
    db = first
    db.run "DROP TABLE copy"
    for _, kept in ipairs{ state, false } do
      job, err, code = job_of(client, { state = kept or nil })
      if kept then
        assert.is_nil(job)
        assert.same({ "state", true }, { code, err:find("was deleted", 1, true) ~= nil })
      else
        job:close()
      end
    end
  end)

  -- Everything of a row stands in a table's line: "" and null may be nothing there.
  local function compare(row, cells, lists, keys)
    local n = 0
    for name, value in pairs(row) do
      local cell = name == "stockout_id" and cells.exact_id or cells[name]
      if type(value) == "table" then
        for i, line in ipairs(value) do
          local found = lists(name, i)
          assert.truthy(found, name .. " " .. i)
          n = n + compare(line, found, function(inner, k)
            return lists(name .. "_" .. inner, k, i)
          end, keys)
        end
      elseif value ~= "" and value ~= wdt.null then
        n = n + 1
        local same = tostring(value) == cell or tonumber(value) == tonumber(cell)
          and tonumber(cell) or value == true and cell == "1" or value == false and cell == "0"
          or type(value) == "number" and beijing.format(value / 1000) == cell
          or value == "0000-00-00 00:00:00" and cell == nil
        assert.truthy(same, ("%s: %s stands as %s"):format(name, tostring(value), tostring(cell)))
      end
    end
    return n
  end

  for _, edition in ipairs{ "enterprise", "ultimate", "huice" } do
    it("holds every value of the " .. edition .. " edition's rows and of their lists", function()
      local box = sandbox.new{ seed = 3, rows_per_day = 150, from = FROM, to = FROM + 86400,
        now = FROM + 86400, latency = 0.05 }
      local client = copying.client_of(box, edition)
      run(client)
      local tables, n, values = {}, 0, 0
      for _, one in ipairs(db.all "SELECT DISTINCT table_name AS name FROM _wdt_columns") do
        -- LuaSQL makes a number of an integer that no double holds
        tables[one.name] = db.all(('SELECT *, CAST(%s AS TEXT) AS exact_id FROM "%s"'):format(
          one.name == "copy" and "stockout_id" or "_stockout_id", one.name))
      end
      local stream = client:stockouts{ start = copying.FROM, stop = "2026-10-01 23:50:00" }
      for row in stream do
        local id = tostring(row.stockout_id)
        local cells
        for _, one in ipairs(tables.copy) do cells = one.exact_id == id and one or cells end
        assert.truthy(cells, id)
        n = n + 1
        values = values + compare(row, cells, function(list, k, parent)
          for _, line in ipairs(tables["copy_" .. list] or {}) do
            if line.exact_id == id and tonumber(line._n) == k
              and (not parent or tonumber(line._parent_n) == parent) then
              return line
            end
          end
        end)
      end
      assert.is_true(n > 50 and values > n * 60, ("%d rows, %d values"):format(n, values))
      assert.same({}, db.all "SELECT * FROM _wdt_rejects")
    end)
  end
end)
