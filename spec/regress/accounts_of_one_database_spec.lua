-- Two accounts that were copied into one SQLite file ended with "database is locked": rows were
-- written in the middle of a window, and the lock on the file was then held while the job waited
-- for its gateway, longer than the other one waited for the lock.
local beijing = require "wdt.beijing"
local databases = require "support.databases"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local wdt = require "wdt"

local DAY = 86400

-- Orders of a day, of 4 KB each, of which a fifth is shipped.
local ROWS = 6000

-- Rows of a window after which the first account's gateway is slow: 2 MB were written at once.
local SLOW = 700

describe("two accounts of one SQLite file", function()
  local handle, folder, db, from, stop, now

  setup(function()
    now = os.time()
    now = now - now % 3600
    stop = now - DAY
    from = stop - DAY
    handle = assert(server.start{ world = { seed = 9, rows_per_day = ROWS, from = from,
      to = stop + 3600, now = now } })
  end)
  teardown(function() server.stop(handle) end)
  before_each(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
  end)
  after_each(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  -- Copies the rows of an account on a loop; `slow` is called while its gateway is.
  local function copy(loop, name, layout, slow)
    local settings = sandbox.settings("enterprise", handle.url)
    settings.host, settings.rate = loop, 100000
    local client = wdt.new(settings)
    local job = assert(client:sync{ name = name, what = "stockouts", from = beijing.format(from),
      stop = beijing.format(stop - 1), into = db.target .. "?layout=" .. layout,
      query = { status = 95 } })
    local was_slow = false
    assert(job:run(function(n)
      if n ~= SLOW or was_slow then return end
      was_slow = true
      if slow then slow() end
    end))
    assert(was_slow, "a window is to have as many rows")
    local rows = job:progress().rows
    job:close()
    client:close()
    return rows
  end

  for _, layout in ipairs{ "tables", "documents" } do
    it("are both copied, by one loop into " .. layout, function()
      local loop, rows = wdt.loop(), {}
      loop:spawn("first", function()
        rows.first = copy(loop, "first", layout, function()
          loop:spawn("second", function()
            rows.second = false
            rows.second = copy(loop, "second", layout)
          end)
          repeat loop:sleep(0.01) until rows.second or loop.failures.second
        end)
      end)
      local failures = loop:run()
      loop:close()
      assert.same({}, failures)
      assert.is_true(rows.first > SLOW, rows.first)
      assert.equal(rows.first, rows.second)
      assert.equal(tostring(rows.first), db.all("SELECT COUNT(*) AS n FROM second")[1].n)
    end)
  end

  it("are both copied, by two processes", function()
    local said, status
    local s = sandbox.settings("enterprise", handle.url)
    local rows = copy(nil, "first", "tables", function()
      said, status = shell.run(("%s %s/spec/support/copy_into.lua %s '%s' -"):format(shell.lua,
        shell.quote(shell.root), shell.quote(db.target), beijing.format(from)),
        { WDT_EDITION = s.edition, WDT_SID = s.sid, WDT_APPKEY = s.appkey,
          WDT_APPSECRET = s.appsecret, WDT_URL = s.url })
    end)
    assert.equal(0, status, said)
    assert.matches("rows", said)
    assert.equal(tostring(rows), db.all("SELECT COUNT(*) AS n FROM first")[1].n)
  end)
end)
