-- Those who work long in one worker share the time of a round, whatever their number.
local nginx = require "support.nginx"

-- `worker(n)`: works in pieces of a third of a millisecond until it is killed, or has done `n`;
-- `done[i]`: pieces of the i-th. `spawn(f, ...)`.
local PRELUDE = [[
  local turns, ngx = require "wdt.nginx.turns", require "ngx"
  local spawn, done = ngx.thread.spawn, {}
  local function worker(i, n)
    done[i] = 0
    turns.woken()
    while done[i] < n do
      local stop = os.clock() + 0.0003
      while os.clock() < stop do end
      done[i] = done[i] + 1
      turns.rest()
    end
  end
]]

describe("turns of the event loop", function()
  local inside

  setup(function() inside = assert(nginx.start()) end)
  teardown(function()
    local log = inside:stop()
    assert.is_nil(log:find("%[error%]"), log)
  end)

  local function run(code) return inside:run("content", PRELUDE .. code) end

  it("let a neighbour wait for one turn, however many there are who work", function()
    -- processor's time of the worker between two looks of a neighbour
    local p95, n = run[[
      local workers, times = {}, {}
      for i = 1, 40 do workers[i] = spawn(worker, i, 60) end
      local before = os.clock()
      while workers[40] and done[40] < 60 do
        ngx.sleep(0.001)
        local now = os.clock()
        times[#times + 1], before = now - before, now
      end
      table.sort(times)
      return times[math.ceil(#times * 0.95)], #times]]
    assert.is_true(n > 50, n)
    assert.is_true(p95 < 0.012, p95)
  end)

  it("come to all alike", function()
    local least, most = run[[
      local workers = {}
      for i = 1, 8 do workers[i] = spawn(worker, i, 400) end
      ngx.thread.wait(unpack(workers))
      local least, most = math.huge, 0
      for i = 1, 8 do least, most = math.min(least, done[i]), math.max(most, done[i]) end
      return least, most]]
    assert.equal(400, most)
    assert.is_true(least > 200, least)
  end)

  it("are not held up by one who was killed while it waited", function()
    local alone, after = run[[
      local function time(n)
        local begun = os.clock()
        worker(1, n)
        return os.clock() - begun
      end
      local alone = time(60)
      local others = {}
      for i = 2, 20 do others[i - 1] = spawn(worker, i, 1e9) end
      ngx.sleep(0.02)
      for _, one in ipairs(others) do ngx.thread.kill(one) end
      local counts = {}
      for i = 2, 20 do counts[i] = done[i] end
      local begun = ngx.now()
      worker(1, 60)
      ngx.update_time()
      local after = ngx.now() - begun
      for i = 2, 20 do assert(counts[i] == done[i]) end
      return alone, after]]
    assert.is_true(alone > 0.015, alone)
    assert.is_true(after < 5, after)
  end)
end)
