-- A window whose end was drawn in has shown rows after it. They were counted with it, and again by
-- the process that came after a kill (shown_before_its_window_spec.lua kills some); and a window
-- that was committed again, because the state could not be written, lost those that files had kept.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local state_text = require "wdt.state.text"
local wdt = require "wdt"
local shell = require "support.shell"

local START = beijing.parse "2026-11-11 00:00:00"

describe("rows that are shown after a drawn-in end", function()
  local folder, box, client

  before_each(function()
    folder = shell.folder()
    -- A quiet night, then a lump.
    box = sandbox.new{ seed = 3, now = START + 2 * 86400, order = "time_asc", fields = "short" }
    for i = 0, 9 do box.world:put{ modified = START + i * 2000, status = 55 } end
    for i = 1, 1500 do box.world:put{ modified = START + 30000 + i % 900, status = 55 } end
    client = wdt.new(box:settings("enterprise",
      { retry = { attempts = 2, base = 0.1, cap = 1, cooldown = 5, total = 60 } }))
  end)
  after_each(function() shell.must("rm -rf " .. folder) end)

  local function open(more)
    local options = { name = "all", what = "stockouts", query = { status = 55 }, from = START,
      stop = START + 86400, into = "ndjson:" .. folder .. "/out", rows = 150, signals = false,
      state = wdt.state.file(folder .. "/state") }
    for name, value in pairs(more or {}) do options[name] = value end
    return assert(client:sync(options))
  end

  local function assert_all_came_once(rows)
    local lines, n = {}, 0
    for line in shell.must("cat " .. folder .. "/out/*"):gmatch "[^\n]+" do
      assert.is_nil(lines[line], line)
      lines[line], n = true, n + 1
    end
    assert.equal(1510, n)
    assert.equal(1510, rows)
  end

  it("come and count once, where each window is read by a process of its own", function()
    local shown = 0
    local rows
    repeat
      local job = open() -- knows what the state knows
      local before = job:progress().windows
      assert(job:run(function(n) if n == 0 then job:stop() end end))
      local progress, ledger = job:progress(), job:ledger()
      local line = ledger[#ledger]
      if line.last and line.last > line.stop then shown = shown + 1 end
      job:close()
      rows = progress.rows
    until progress.windows == before
    assert.is_true(shown > 1, shown)
    assert_all_came_once(rows)
  end)

  it("are not lost where the state can't be written, and the job goes on", function()
    local store, failures = wdt.state.file(folder .. "/state"), 0
    local save, n = store.save, 0
    store.save = function(self, text)
      n = n + 1
      if n % 2 == 0 then
        failures = failures + 1
        return nil, "state: no space left", "state"
      end
      return save(self, text)
    end
    local job = open{ state = store }
    for _ = 1, 40 do
      if job:run() then break end
    end
    local progress = job:progress()
    job:close()
    assert.is_true(failures > 5)
    assert_all_came_once(progress.rows)
  end)

  it("are counted in the hour that they stand in", function()
    local job = open{ into = "sqlite:" .. folder .. "/copy.db", audit = { "1h", "30d" } }
    assert(job:run())
    job:close()
    local state = assert(state_text.open(shell.read(folder .. "/state"), "state"))
    local known = 0
    for _, bucket in ipairs(state.buckets) do known = known + bucket.known end
    assert.equal(1510, known)
  end)
end)
