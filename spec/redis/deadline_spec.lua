-- A caller's deadline and the budget that hosts share through a real Redis.
local core = require "wdt.core"
local curl_host = require "wdt.host.curl"
local pacers = require "wdt.redis.pacer"
local redis = require "wdt.redis"
local server = require "support.redis"
local shell = require "support.shell"

local PREFIX = "wdt:{" .. core.md5 "account" .. "}:budget"

describe("a deadline and a budget in Redis", function()
  local folder, handle, host, budget

  setup(function()
    folder = shell.folder()
    handle = server.start(folder)
    host = curl_host.new()
  end)
  teardown(function()
    budget = nil
    collectgarbage() -- its connection
    collectgarbage()
    handle.stop()
    host:close()
    shell.must("rm -rf " .. shell.quote(folder))
  end)
  before_each(function()
    handle.cli "flushall"
    budget = pacers.new{ shared = redis.open(handle.address), key = "account",
      rate = { default = 2, own = 1 }, name = redis.unique() }
    budget:used()
    handle.cli(("hdel %s:facts quiet"):format(PREFIX)) -- the minute after an empty store is over
  end)

  local function call(method)
    local who = {}
    assert.equal(0, budget:wait(method or "m", host:now(), who))
    budget:done(budget:take(method or "m", who))
  end

  -- The places of a set: how many of each kind, and when each is free.
  local function places(set)
    local said, kinds, free = handle.cli(("zrange %s:%s 0 -1 withscores"):format(PREFIX, set)), "",
      {}
    for kind, moment in said:gmatch "(%l)[^\n]*\n(%d+)" do
      kinds, free[#free + 1] = kinds .. kind, tonumber(moment)
    end
    return kinds, free
  end

  it("tells at once that the wait is too long, and reserves nothing", function()
    call()
    call()
    local before, free = places "places"
    for _ = 1, 3 do
      local wait, err, code = budget:wait("m", host:now(), {}, host:now() + 5)
      assert.is_nil(wait)
      assert.equal("rate", code)
      assert.matches("^rate: the account's rate lets this call go in [56]%d%.%d s, and its "
        .. "deadline is in 5%.0 s$", err)
    end
    assert.equal("aa", before)
    assert.same({ before, free }, { places "places" })
    assert.is_true(budget:wait("m", host:now(), {}, host:now() + 70) > 50)
    assert.equal("ar", (places "places"))
  end)

  it("gives a reserved place back as it was, never sooner", function()
    call()
    call()
    local who = {}
    local _, before = places "places"
    assert.is_true(budget:wait("m", host:now(), who) > 50)
    assert.equal("ar", (places "places"))
    assert.equal("rate", select(3, budget:wait("m", host:now(), who, host:now() + 5)))
    local kinds, free = places "places"
    assert.equal("aa", kinds)
    assert.same(before, free)
  end)

  it("heeds the budget of a method", function()
    call "own"
    assert.equal("rate", select(3, budget:wait("own", host:now(), {}, host:now() + 5)))
    assert.same({ "a", "a" }, { (places "places"), (places "m:own") })
    assert.equal(0, budget:wait("m", host:now(), {}, host:now() + 5))
  end)

  it("does not stand in line for the end of a quiet that is too long", function()
    budget:wait("m", host:now())
    budget:quiet(host:now() + 300)
    for _ = 1, 4 do
      assert.equal("rate", select(3, budget:wait("m", host:now(), {}, host:now() + 5)))
    end
    local first = budget:wait("m", host:now(), {}, host:now() + 400)
    assert.is_true(first > 290 and first <= 300.1, first)
  end)

  it("is heeded where Redis can't be told of a quiet", function()
    local away = pacers.new{ shared = { run = function() return nil, "away" end }, key = "account",
      rate = 2, name = "away" }
    assert.equal("budget", select(3, away:wait("m", 100, {}, 105)))
    away:quiet(400)
    assert.equal("rate", select(3, away:wait("m", 101, {}, 106)))
    assert.equal(299, away:wait("m", 101, {}, 500))
  end)
end)
