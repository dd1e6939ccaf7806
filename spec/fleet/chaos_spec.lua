-- A slice of `spec/bench/fleet/chaos.lua`: a few faults of each kind, and nothing is lost, there
-- twice, read again beyond a window, or above the rate.
local chaos = require "support.chaos"

local function check(o)
  o.window, o.hosts, o.interval = 2, 3, 0.25
  local r = chaos.run(o)
  assert.same({}, r.problems)
  assert.same({ 0, 0, 0 }, { r.lost, r.wrong, r.doubled })
  assert.is_true(r.most <= r.rate, r.most)
  assert.is_true(r.broken <= r.window + chaos.BESIDES, r.broken)
  local all = 0
  for _, n in pairs(r.faults) do all = all + n end
  assert.equal(o.rounds, all)
end

describe("chaos in a fleet", function()
  it("leaves what shares a Redis whole", function()
    check{ rounds = 10, seed = 2, store = "redis", sinks = { "sqlite", "lines" }, rows = 400,
      faults = { "kill", "stop", "worker", "partition", "pause", "empty", "clock" } }
  end)

  it("leaves what shares a PostgreSQL whole", function()
    check{ rounds = 4, seed = 3, store = "postgresql", sinks = { "postgres", "fenced" },
      rows = 200, faults = { "kill", "stop", "partition" } }
  end)
end)
