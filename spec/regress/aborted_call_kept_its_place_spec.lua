-- A request that was aborted kept its place in the budget of all workers for the 300 s of a lease.
local shared = require "wdt.nginx.pacer"
local shared_dict = require "support.shared_dict"

describe("a call that no one reports any more", function()
  local dict, pacer

  before_each(function()
    dict = shared_dict.new()
    pacer = shared.new{ dict = dict, key = "k", rate = 1, name = "w", now = function()
      return dict.now
    end }
  end)

  local function drop()
    assert.equal(0, pacer:wait("m", dict.now))
    pacer:take "m"
  end

  it("is counted for 60 seconds from when that is noticed, and no longer", function()
    drop()
    dict.now = 5
    collectgarbage()
    collectgarbage()
    assert.equal(60, pacer:wait("m", 5))
    dict.now = 64.9
    assert.is_true(pacer:wait("m", 64.9) > 0)
    dict.now = 65
    assert.equal(0, pacer:wait("m", 65))
  end)

  it("leaves alone the place of one that was reported", function()
    assert.equal(0, pacer:wait("m", 0))
    local ticket = pacer:take "m"
    pacer:done(ticket, 0)
    ticket = nil -- luacheck: ignore 311
    dict.now = 30
    collectgarbage()
    collectgarbage()
    assert.equal(30, pacer:wait("m", 30))
  end)

  it("is reported to Redis once, where the budget is there", function()
    local runs = {}
    local shared_by_hosts = { run = function(_, script, _, args)
      runs[#runs + 1] = (script:find("'a' .. ARGV[3]", 1, true) and "done " or "other ")
        .. tostring(args[3])
      return 0
    end }
    local budget = require "wdt.redis.pacer".new{ shared = shared_by_hosts, key = "k", rate = 5,
      name = "host" }
    assert.equal(0, budget:wait("m", 0, {}))
    budget:take "m"
    assert.equal(0, budget:wait("m", 0, {}))
    local reported = budget:take "m"
    assert.equal(2, budget.open)
    budget:done(reported)
    reported = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    budget:reclaim()
    budget:reclaim()
    assert.equal(0, budget.open)
    assert.same({ "other host.1", "other host.2", "done host.2", "done host.1" }, runs)
  end)
end)
