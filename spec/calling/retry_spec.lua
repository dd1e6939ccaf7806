local retry = require "wdt.calling.retry"

local POLICY = { attempts = 8, base = 1, cap = 60, cooldown = 300, total = 1800 }

local function attempts(policy, repeatable, budget)
  return retry.attempts(policy or POLICY, budget or retry.budget(60, 0), repeatable ~= false, 0)
end

describe("a failure", function()
  it("that can't pass is final at once", function()
    for _, code in ipairs{ "auth", "permission", "param", "config", "api", "http", "tls", "limit",
      "closed" } do
      assert.is_nil(attempts():failed(code, 0, 0.5), code)
    end
  end)

  it("that may pass is waited out with full jitter under a doubling bound", function()
    local a = attempts()
    local waits = {}
    for i = 1, 7 do waits[i] = a:failed("server", 0, 0.5) end
    assert.same({ 0.5, 1, 2, 4, 8, 16, 30 }, waits)
    assert.is_nil(a:failed("server", 0, 0.5)) -- the eighth try was the last
    assert.equal(0, attempts():failed("timeout", 0, 0))
  end)

  it("of an action is repeated only when it surely was not acted on", function()
    for _, code in ipairs{ "server", "connect", "timeout", "truncated", "syntax" } do
      assert.is_nil(attempts(nil, false):failed(code, 0, 0.5, true), code)
      assert.equal(0.5, attempts(nil, false):failed(code, 0, 0.5, false), code)
    end
    assert.is_nil(attempts(nil, false):failed("api", 0, 0.5, false))
    assert.equal(450, attempts(nil, false):failed("rate", 0, 0.5, true))
    assert.equal(0.5, attempts(nil, false):failed("clock", 0, 0.5, true))
  end)

  it("by a ban that tells its seconds is waited for as long, and a second more", function()
    for _, repeatable in ipairs{ true, false } do
      local wait, quiet = attempts(nil, repeatable):failed("rate", 0, 0.25, true, nil, 90)
      assert.equal(91.25, wait)
      assert.is_true(quiet)
    end
    assert.equal(375, (attempts():failed("rate", 0, 0.25, true, nil, true))) -- without seconds
    assert.is_nil((attempts():failed("rate", 0, 0.25, true, nil, 1800))) -- beyond the deadline
  end)

  it("leaves open whether an action was executed, unless the gateway refused it", function()
    for _, code in ipairs{ "param", "auth", "permission", "clock", "rate", "api" } do
      assert.is_false(retry.may_be_done(code, 200), code)
    end
    for _, code in ipairs{ "server", "connect", "timeout", "truncated", "syntax", "limit", "http",
      "closed" } do
      assert.is_true(retry.may_be_done(code), code)
    end
    assert.is_false(retry.may_be_done("http", 302))
    assert.is_false(retry.may_be_done("http", 404))
    assert.is_true(retry.may_be_done("http", 201))
    assert.is_true(retry.may_be_done("http", 200)) -- not HTTP as it should be
  end)

  it("by throttling is answered by 5 to 10 minutes of quiet", function()
    assert.equal(300, attempts():failed("rate", 0, 0))
    assert.equal(599.4, attempts():failed("rate", 0, 0.998))
  end)

  it("is final when the next try would come after the deadline", function()
    assert.is_nil(attempts():failed("server", 1799.6, 0.5))
    assert.is_nil(attempts():failed("rate", 1600, 0))
    assert.equal(0.5, attempts():failed("server", 1799.5, 0.5))
  end)
end)

describe("the retry budget", function()
  it("adds at most a tenth of the account's rate in steady state, after a burst", function()
    local budget = retry.budget(60, 0)
    local now, spent = 0, {}
    for _ = 1, 1000 do
      now = now + budget:spend(now)
      spent[#spent + 1] = now
    end
    assert.equal(0, spent[20]) -- the burst
    -- 6 a minute at 60 calls a minute
    assert.is_true(math.abs((spent[1000] - spent[20]) / 980 - 10) < 0.01)
  end)

  it("bounds amplification at 50 % failures to 1.1 of the healthy load", function()
    -- A gateway that fails every second call, read without a pause for two hours at a call a second
    -- when healthy.
    local budget, now, calls, fail = retry.budget(60, 0), 0, 0, false
    while now < 7200 do
      now = now + 1
      if now > 600 then calls = calls + 1 end
      fail = not fail
      if fail then
        local wait = retry.attempts(POLICY, budget, true, now):failed("server", now, 0.5)
        now = now + wait
      end
    end
    assert.is_true(calls <= 1.1 * (7200 - 600), calls)
    assert.is_true(calls / (7200 - 600) * 60 <= 2 * 6.1) -- a retry and its page every ten seconds
  end)

  it("fills again while nothing fails", function()
    local budget = retry.budget(60, 0)
    for _ = 1, 20 do budget:spend(0) end
    assert.is_true(budget:spend(0) > 0)
    assert.equal(0, budget:spend(10000))
  end)
end)
