-- A caller's deadline: a wait for the rate that can't end before it fails at once, and takes no
-- place from others. The budget in Redis has cases of its own (spec/redis/deadline_spec.lua).
local beijing = require "wdt.beijing"
local joint = require "wdt.calling.joint"
local pacer = require "wdt.calling.pacer"
local sandbox = require "wdt.sandbox"
local shared = require "wdt.nginx.pacer"
local shared_dict = require "support.shared_dict"
local wdt = require "wdt"

local huge = math.huge

local NOW = beijing.parse "2026-11-01 00:00:00"

local dict

-- Budgets of two calls a minute, one of the method "own".
local RATE = { default = 2, own = 1 }

local function of_nginx(key, rate)
  return shared.new{ dict = dict, key = key, rate = rate, name = key .. ".1",
    now = function() return dict.now end }
end

local KINDS = {
  ["of a process"] = function() return pacer.new(RATE) end,
  ["of an nginx"] = function() return of_nginx("k", RATE) end,
  ["of an account behind a gate"] = function()
    return joint.new(of_nginx("gate", 100), of_nginx("account", RATE))
  end,
}

for kind, make in pairs(KINDS) do
  describe("a deadline and the budget " .. kind, function()
    local budget

    before_each(function()
      dict = shared_dict.new()
      dict.now = 1000
      budget = make()
    end)

    local function call(at, method)
      dict.now = at
      local who = {}
      assert.equal(0, budget:wait(method or "m", at, who))
      budget:done(budget:take(method or "m", who), at)
    end

    local function wait(who, left, method)
      local seconds, err, code = budget:wait(method or "m", dict.now, who,
        left and dict.now + left)
      return seconds and math.floor(seconds * 10 + 0.5) / 10, err, code
    end

    it("tells at once that the wait is too long", function()
      call(1000)
      call(1030)
      assert.same({ nil, "rate: the account's rate lets this call go in 30.0 s, and its deadline "
        .. "is in 5.0 s", "rate" }, { wait({}, 5) })
      assert.equal(30, wait({}, 31))
      assert.equal("rate", select(3, wait({}, -1)))
    end)

    it("leaves the place to the one who can wait for it", function()
      call(1000)
      call(1030)
      for _ = 1, 5 do assert.equal("rate", select(3, wait({}, 5))) end
      assert.equal("rate", select(3, wait(nil, 5)))
      local who = {}
      assert.equal(30, wait(who))
      dict.now = 1061
      assert.equal(0, (wait(who, 5)))
    end)

    it("heeds the budget of a method, and the quiet after a throttle", function()
      call(1000, "own")
      assert.equal("rate", select(3, wait({}, 59, "own")))
      assert.equal(60, wait({}, 61, "own"))
      budget:quiet(dict.now + 300)
      for _ = 1, 5 do assert.equal("rate", select(3, wait({}, 299))) end
      assert.equal(300, wait({}, 301))
    end)

    it("is not known to come too late while all places are in flight", function()
      local tickets = {}
      for i = 1, 2 do
        local who = {}
        assert.equal(0, budget:wait("m", dict.now, who, dict.now + 5))
        tickets[i] = budget:take("m", who)
      end
      assert.equal(huge, budget:wait("m", dict.now, {}, dict.now + 5))
      budget:done(tickets[1], dict.now)
      assert.equal("rate", select(3, wait({}, 5)))
    end)
  end)
end

describe("a deadline", function()
  local box, client, failures

  before_each(function()
    box = sandbox.new{ seed = 3, rows_per_day = 2000, latency = 0.5, fields = "short",
      from = NOW - 2 * 86400, to = NOW, now = NOW }
    failures = 0
    client = wdt.new(box:settings("enterprise", { rate = 3, log = function(event)
      if event.event == "failure" then failures = failures + 1 end
    end }))
  end)

  local function call(deadline)
    return client:call("shop", {}, nil, { deadline = deadline })
  end

  it("of a call is held against the wait for the rate, which is then no throttle", function()
    for _ = 1, 3 do assert(call(5)) end
    local before = box.host:now()
    local answer, err, code = call(5)
    assert.same({ nil, "rate" }, { answer, code })
    assert.matches("^rate: the account's rate lets this call go in 5%d%.%d s, and its deadline is "
      .. "in 5%.0 s$", err)
    assert.equal(before, box.host:now())
    assert.equal(0, failures)
    assert(call(120)) -- the account is not silenced
    assert.is_true(box.host:now() < before + 61)
  end)

  it("that has come has nothing sent, or tried again", function()
    box.gateway:inject{ kind = "http_5xx", times = 100 }
    local before, calls = box.host:now(), client.stats.calls
    local _, err, code = call(0.2)
    assert.equal("server", code)
    assert.matches("HTTP 5", err)
    assert.equal(calls + 1, client.stats.calls)
    assert.is_true(box.host:now() < before + 1)
  end)

  it("does not keep a throttle from silencing the account", function()
    box.gateway:inject{ kind = "rate", times = 1 }
    local before = box.host:now()
    assert.equal("rate", select(3, call(20)))
    assert.is_true(box.host:now() < before + 1)
    local _, err, code = call(20)
    assert.equal("rate", code)
    assert.matches("lets this call go in %d%d%d%.%d s, and its deadline is in 20%.0 s", err)
    assert(call())
    assert.is_true(box.host:now() > before + 290)
  end)

  it("comes while every place is in flight", function()
    local pacer_of, tickets = client.account.pacer, {}
    for i = 1, 3 do tickets[i] = pacer_of:take "shop" end -- never answered
    local before = box.host:now()
    local _, err, code = call(7)
    assert.same({ "timeout: its deadline has come, and the call was not sent", "timeout" },
      { err, code })
    assert.is_true(math.abs(box.host:now() - before - 7) < 0.1)
    for i = 1, 3 do pacer_of:done(tickets[i], box.host:now()) end
  end)

  it("of a reading ends it where it is", function()
    local now = box.host:time()
    local stream, rows = client:stockouts{ start = now - 86400, stop = now - 3600, page_size = 20,
      deadline = 30 }, 0
    local row, err, code = stream:next()
    while row do
      rows = rows + 1
      row, err, code = stream:next()
    end
    assert.equal("rate", code, err)
    assert.is_true(rows > 0)
    assert.same({ nil, err, code }, { stream:next() })
    local n
    n, err, code = client:count("stockout_order_query_trade", { start = now - 86400,
      stop = now - 3600, deadline = 5 })
    assert.same({ nil, "rate" }, { n, code }, err)
  end)

  it("is seconds, and no job has one", function()
    for _, wrong in ipairs{ 0, -1, "5", 0 / 0, huge } do
      assert.error_matches(function() call(wrong) end,
        "parameter 'options.deadline' is .*, expected seconds above 0")
      assert.error_matches(function()
        client:stockouts{ start = 1, stop = 2, deadline = wrong }
      end, "parameter 'deadline' is .*, expected seconds above 0")
    end
    assert.error_matches(function() client:call("shop", {}, nil, { deadlin = 5 }) end,
      "expected nothing: a call takes a route and a deadline.*'deadline'")
    assert.error_matches(function()
      client:sync{ what = "stockouts", from = 1, state = wdt.state.memory(),
        query = { deadline = 5 } }
    end, "parameter 'query.deadline' is 5, expected nothing: a job waits for its rate")
  end)
end)
