-- A synchronising process (support/copy_into.lua) that lays rows out as tables is killed again and
-- again, at random moments and before random statements, while the world that it copies changes:
-- into SQLite, PostgreSQL and MariaDB. Whenever it gets to its end, every row and every line is the
-- world's, and nothing stands there twice.
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local databases = require "support.databases"
local held = require "support.held"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local text = require "wdt.state.text"
local wdt = require "wdt"
local quote, must = shell.quote, shell.must

-- Kills a database; the other Lua shows that nothing depends on it.
local KILLS = tonumber(os.getenv "WDT_KILLS") or rawget(_G, "jit") and 20 or 60

local DAY, KILLED = 86400, 137
local ALL = { status = { 5, 55, 95, 105, 110, 113 }, is_by_modified = 1 }

describe("tables that are killed while they are written", function()
  local handle, settings, from, draw, folder

  setup(function()
    local now = os.time()
    handle = assert(server.start{ world = { seed = 12, rows_per_day = 200, from = now - 2 * DAY,
      to = now + DAY, now = now, drift = { from = now - 8 * 3600, touch = 0.1, ship = 0.02,
        complete = 0.02, settle = 0.01, cancel = 0.01, renumber = 0.01, arrive = 0.04 } } })
    settings = sandbox.settings("enterprise", handle.url)
    from = beijing.format(now - 2 * DAY)
    draw = random.stream(12, 900)
  end)
  teardown(function() server.stop(handle) end)
  before_each(function() folder = shell.folder() end)
  after_each(function() must("rm -rf " .. quote(folder)) end)

  -- Runs the program; kills it after so many seconds, or before so many statements, unless it ends
  -- before.
  local function run(target, seconds, statements)
    local under = seconds and ("timeout -s KILL %.3f "):format(seconds) or ""
    return shell.run(("%s%s %s/spec/support/copy_into.lua %s %s -"):format(under, shell.lua,
      quote(shell.root), quote(target), quote(from)), { WDT_EDITION = settings.edition,
      WDT_SID = settings.sid, WDT_APPKEY = settings.appkey, WDT_APPSECRET = settings.appsecret,
      WDT_URL = settings.url, LUA_PATH = package.path, LUA_CPATH = package.cpath,
      LUA_INIT = "@" .. shell.root .. "/spec/support/syncing.lua",
      WDT_TRACE = folder .. "/trace", WDT_LAG = "2", WDT_QUERY = "all",
      WDT_DIE = statements and "statement " .. statements or false })
  end

  -- Rows of the world before the watermark that have not changed since, as the gateway tells them.
  local function world(watermark)
    local client, rows = wdt.new{ edition = settings.edition, sid = settings.sid,
      appkey = settings.appkey, appsecret = settings.appsecret, url = settings.url,
      rate = 100000 }, {}
    local query = { start = from, stop = watermark - 1 }
    for name, value in pairs(ALL) do query[name] = value end
    local stream = client:stockouts(query)
    for row in stream do rows[#rows + 1] = row end
    client:close()
    return rows
  end

  local function assert_is_the_world(db)
    local state = db.all("SELECT state FROM _wdt_jobs")[1].state
    local kept = assert(text.open(state, "state"))
    local watermark = checkpoint.watermark(kept)
    assert.is_true(watermark > os.time() - 60)
    local rows_of_world = world(watermark)
    assert.same({}, held.differences(db, "shipped", rows_of_world))
    assert.is_true(#rows_of_world > 300, #rows_of_world)
    local windows = db.all "SELECT number, row_count AS n FROM _wdt_windows ORDER BY number"
    assert.equal(kept.windows, #windows)
    local rows = 0
    for i, window in ipairs(windows) do
      assert.equal(tostring(i - 1), window.number)
      rows = rows + tonumber(window.n)
    end
    assert.equal(kept.rows, rows)
    assert.same({}, db.all "SELECT reason FROM _wdt_rejects")
  end

  for _, scheme in ipairs{ "sqlite", "postgres", "mysql" } do
    it("are the world in " .. scheme, function()
      local db, kills, ends = databases[scheme](folder), 0, 0
      finally(db.stop)
      while kills < KILLS do
        local output, status
        if kills % 2 == 0 then
          output, status = run(db.target, 0.03 + draw() * 0.5)
        else
          output, status = run(db.target, nil, 1 + draw(300))
        end
        if status == KILLED then
          kills = kills + 1
        else
          assert.equal(0, status, output)
          ends = ends + 1
          if ends % 3 == 1 then assert_is_the_world(db) end
          for _, name in ipairs{ "shipped", "shipped_details_list", "_wdt_jobs",
            "_wdt_windows", "_wdt_columns" } do
            db.run("DROP TABLE " .. name)
          end
        end
      end
      local output, status = run(db.target)
      assert.equal(0, status, output)
      assert_is_the_world(db)
      if os.getenv "WDT_KILLS" then
        print(("%s: %d kills, %d times to the end"):format(scheme, kills, ends + 1))
      end
    end)
  end
end)
