-- An nginx that is reloaded every few seconds committed nothing: each worker gave its window back
-- when it shut down, and the next one read the same pages again.
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local FROM = 1790000000
local HOURS = 3600

describe("a worker that shuts down", function()
  local box, world_rows

  setup(function()
    box = sandbox.new{ seed = 9, rows_per_day = 40000, from = FROM, to = FROM + 24 * HOURS,
      now = FROM + 30 * HOURS }
    world_rows = #box.world:all{ clock = "consign_time", status = 95, from = FROM,
      to = FROM + 30 * HOURS - 61 }
  end)

  -- One life of a worker: it ends after so many calls. Counts the rows of committed windows.
  local function live(state, calls, seen)
    local ends = box.gateway.calls + calls
    local client = wdt.new(box:settings("enterprise", { rate = 1000 }))
    local host = client.host
    local sleep, open = host.sleep, host.open
    function host.stopping() return box.gateway.calls >= ends end
    function host.sleep(...)
      if host.stopping() then return nil, "closed: the worker shuts down", "closed" end
      return sleep(...)
    end
    function host.open(...)
      if host.stopping() then return nil, "closed: the worker shuts down", "closed" end
      return open(...)
    end
    finally(function() host.sleep, host.open, host.stopping = nil, nil, nil end)
    local job = assert(client:sync{ name = "reload", what = "stockouts", query = { status = 95 },
      from = FROM, state = state, lag = 60 })
    local before = job:progress().watermark
    while true do
      local w, err, code = job:next()
      if not w then
        assert.is_true(err == nil or code == "closed", err)
        break
      end
      local ids = {}
      local row
      repeat
        row, err, code = w:next()
        if row then ids[#ids + 1] = row.stockout_id end
      until not row
      if err then
        assert.equal("closed", code)
      else
        assert(w:commit())
        for _, id in ipairs(ids) do seen[id] = (seen[id] or 0) + 1 end
      end
    end
    local after, done = job:progress().watermark, not host.stopping()
    job:close()
    host.sleep, host.open, host.stopping = nil, nil, nil
    return after > before, done
  end

  it("commits what its window has, so that even short lives get on; nothing is lost", function()
    local done
    local state, seen, lives, idle = wdt.state.memory(), {}, 0, 0
    repeat
      local moved
      moved, done = live(state, 12, seen)
      lives, idle = lives + 1, moved and idle or idle + 1
      assert.is_true(lives < 200, "no progress")
    until done
    local n = 0
    for _ in pairs(seen) do n = n + 1 end
    assert.equal(world_rows, n)
    assert.is_true(lives > 5 and idle <= lives / 4, ("%d lives, %d idle"):format(lives, idle))
  end)
end)
