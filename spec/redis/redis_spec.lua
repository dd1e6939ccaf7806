-- The budget and the state that hosts share, on a real Redis.
local core = require "wdt.core"
local curl_host = require "wdt.host.curl"
local pacers = require "wdt.redis.pacer"
local redis = require "wdt.redis"
local sandbox = require "wdt.sandbox"
local server = require "support.redis"
local shell = require "support.shell"
local stores = require "support.stores"
local wdt = require "wdt"
local huge = math.huge

local PREFIX = "wdt:{" .. core.md5 "account" .. "}:budget"

describe("Redis", function()
  local folder, handle, host

  setup(function()
    folder = shell.folder()
    handle = server.start(folder)
    host = curl_host.new()
  end)
  teardown(function()
    handle.stop()
    host:close()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  describe("an address", function()
    it("is taken apart", function()
      assert.same({ host = "h", port = 6379, database = 0 }, redis.parse "redis://h")
      assert.same({ host = "10.0.0.5", port = 1, database = 3 }, redis.parse "redis://10.0.0.5:1/3")
      assert.same({ host = "h", port = 6379, database = 0, password = "p:w" },
        redis.parse "redis://:p:w@h/")
      assert.same({ host = "::1", port = 2, database = 0, user = "u", password = "p" },
        redis.parse "redis://u:p@[::1]:2")
    end)

    it("that is none is refused, and its password not shown", function()
      for _, wrong in ipairs{ 1, "h", "redis://", "redis://h:0", "redis://h:65536", "redis://h/x",
        "redis://u@h", "redis://u:@h", "http://h" } do
        assert.is_nil(redis.parse(wrong))
        assert.equal("config", select(3, redis.open(wrong)))
      end
      local _, err = pcall(wdt.new, { edition = "enterprise", sid = "s", appkey = "k",
        appsecret = "a", budget = "redis://u:hunter2@h/x" })
      assert.truthy(err:find("setting 'budget' can't be used", 1, true), err)
      assert.is_nil(err:find("hunter2", 1, true))
    end)
  end)

  describe("a budget", function()
    local function new(o)
      o = o or {}
      return pacers.new{ shared = redis.open(handle.address), key = "account", rate = o.rate or 3,
        share = o.share, name = redis.unique(), window = o.window or 60 }
    end

    -- A store that has been asked before, and in which nothing is taken: the minute after an empty
    -- one is over.
    local function still()
      handle.cli("flushall")
      new():used()
      handle.cli(("hdel %s:facts quiet"):format(PREFIX))
    end

    local function call(p)
      local wait = p:wait("m", host:now(), {})
      if wait ~= 0 then return wait end
      p:done(p:take "m")
      return 0
    end

    before_each(still)

    it("is one for all who share it", function()
      local a, b = new(), new()
      assert.equal(0, call(a))
      assert.equal(0, call(b))
      assert.equal(0, call(a))
      local wait = call(b)
      assert.is_true(wait > 0 and wait <= 60)
      assert.equal(3, (a:used()))
    end)

    it("holds a call in flight until it is answered, and then for a minute", function()
      local a, b = new{ rate = 1 }, new{ rate = 1 }
      assert.equal(0, a:wait("m", host:now(), {}))
      local ticket = a:take "m"
      assert.equal(huge, b:wait("m", host:now(), {}))
      a:done(ticket)
      a:done(ticket)
      b = new{ rate = 1 }
      local wait = b:wait("m", host:now(), {})
      assert.is_true(wait > 0 and wait <= 60)
    end)

    it("holds a call that no one reports until its lease ends, and no longer", function()
      local a = new{ rate = 1 }
      assert.equal(0, a:wait("m", host:now(), {}))
      local ticket = a:take "m"
      local free = tonumber(handle.cli(("zrange %s:places 0 0 withscores"):format(PREFIX))
        :match "\n(%d+)")
      local left = free / 1000 - tonumber(handle.cli("time"):match "%d+")
      assert.is_true(left > 290 and left <= 301, left) -- longer than any call
      handle.cli(("eval \"return redis.call('zadd', KEYS[1], 1, redis.call('zrange', KEYS[1], 0, 0)"
        .. "[1])\" 1 %s:places"):format(PREFIX)) -- so long ago
      local b = new{ rate = 1 }
      assert.equal(0, call(b))
      a:done(ticket) -- it comes back late
      assert.equal(1, (b:used()))
    end)

    it("is forgotten after a month of idleness", function()
      call(new())
      for _, key in ipairs{ "facts", "places" } do
        local seconds = tonumber(handle.cli(("ttl %s:%s"):format(PREFIX, key)))
        assert.is_true(seconds > 29 * 86400 and seconds <= 30 * 86400, seconds)
      end
    end)

    it("reserves a place for one who waits, and the next one waits for the next", function()
      local a, b = new{ rate = 2, window = 2 }, new{ rate = 2, window = 2 }
      assert.equal(0, call(a))
      assert.equal(0, call(a))
      local first, second = {}, {}
      local wait = b:wait("m", host:now(), first)
      assert.is_true(wait > 0 and wait <= 2)
      assert.is_true(b:wait("m", host:now(), first) <= wait) -- its own, asked for again
      assert.is_true(b:wait("m", host:now(), second) > 0)
      assert.equal(huge, a:wait("m", host:now(), {})) -- none is left to wait for
      host:sleep(wait)
      repeat local left = b:wait("m", host:now(), first) until left == 0
      assert.truthy(b:take "m")
    end)

    it("of a method is asked beside the account's, and both are taken or none", function()
      local a = new{ rate = { default = 2, slow = 1 } }
      assert.equal(0, a:wait("slow", host:now(), {}))
      a:done(a:take "slow")
      assert.is_true(a:wait("slow", host:now(), {}) > 0)
      assert.equal(1, (a:used()))
      assert.equal(0, call(a))
    end)

    it("leaves a part to others where a share was asked for", function()
      local background, person = new{ rate = 4, share = 0.5 }, new{ rate = 4 }
      assert.equal(0, call(background))
      assert.equal(0, call(background))
      local wait = call(background)
      assert.is_true(wait > 0 and wait <= 60)
      assert.equal(0, call(person))
      assert.equal(0, call(person))
      assert.is_true(call(person) > 0)
    end)

    it("is quiet for all when one is throttled, and they go on one after the other", function()
      local a, b = new(), new()
      call(a)
      a:quiet(host:now() + 300)
      local one, two = b:wait("m", host:now(), {}), b:wait("m", host:now(), {})
      assert.is_true(one > 290 and one <= 301)
      assert.is_true(two - one > 10 and two - one <= 20.1) -- a minute, by a rate of 3
      a:quiet(host:now() + 10) -- never shorter
      assert.is_true(b:wait("m", host:now(), false) > 290)
    end)

    it("counts as full for a minute when it is empty", function()
      handle.cli("flushall")
      local wait = call(new())
      assert.is_true(wait > 59 and wait <= 60)
    end)

    it("counts as full for a minute when another server holds it", function()
      assert.equal(0, call(new()))
      handle.cli(("hset %s:facts server 0123abcd"):format(PREFIX)) -- as a replica that took over
      local wait = call(new())
      assert.is_true(wait > 59 and wait <= 60)
      assert.equal(1, (new():used())) -- what is known stays so
      handle.cli(("hdel %s:facts quiet server"):format(PREFIX)) -- of an edition that noted none
      assert.equal(0, call(new()))
    end)

    it("that stands in the far future counts as lost, not as a stop for good", function()
      handle.cli(("hset %s:facts last 99999999999999"):format(PREFIX))
      local wait = call(new())
      assert.is_true(wait > 59 and wait <= 60)
    end)

    it("allows no call while it can't be asked, says so, and goes on after", function()
      local a = new()
      assert.equal(0, call(a))
      handle.kill()
      local wait, err, code = a:wait("m", host:now(), {})
      assert.is_nil(wait)
      assert.equal("budget", code)
      assert.truthy(err:find("nothing is sent", 1, true), err)
      a:quiet(host:now() + 100) -- the others can't be told; this process keeps quiet all the same
      handle.start()
      assert.is_true(a:wait("m", host:now(), {}) > 90)
      assert.is_true(call(new()) > 59)
    end)

    it("gives up on a Redis that does not answer", function()
      local a = new{ rate = 50 }
      call(a)
      handle.pause()
      local before = host:now()
      local wait, _, code = a:wait("m", host:now(), {})
      handle.go_on()
      assert.is_nil(wait)
      assert.equal("budget", code)
      assert.is_true(host:now() - before >= redis.TIMEOUT)
      -- All that comes late belongs to no one: the connection is another.
      assert.equal(0, call(new{ rate = 50 }))
      assert.equal(0, call(a))
    end)

    it("keeps no other task of a loop waiting, and takes few connections", function()
      local loop = wdt.loop()
      local failed, granted, ticks = 0, 0, 0
      local function ask(expected)
        local shared = redis.open(handle.address):on(loop)
        for i = 1, 30 do
          loop:spawn("asker " .. i, function()
            local p = pacers.new{ shared = shared, key = "account", rate = 100,
              name = redis.unique() }
            local wait, err, code = p:wait("m", loop:now(), {})
            if wait == 0 then
              granted = granted + 1
              p:done(p:take "m")
            else
              assert.same({ "budget", true }, { code, err:find("timeout", 1, true) ~= nil })
              failed = failed + 1
            end
          end)
        end
        loop:spawn("ticker", function()
          while failed + granted < expected do
            loop:sleep(0.01)
            ticks = ticks + 1
          end
        end)
        assert.same({}, loop:run())
      end
      local function connected()
        return tonumber(handle.cli("info clients"):match "connected_clients:(%d+)")
      end
      local before = connected()
      ask(30)
      assert.equal(30, granted)
      assert.is_true(connected() - before <= 8, connected() - before)
      handle.pause()
      ticks = 0
      ask(60)
      handle.go_on()
      assert.equal(30, failed)
      assert.is_true(ticks >= 5, ticks) -- of 200, where the machine is idle
      ask(90)
      assert.equal(60, granted)
      loop:close()
    end)

    it("that two tasks were granted is taken by both", function()
      local p = new{ rate = { default = 9, slow = 5 } }
      local first, second = {}, {}
      assert.equal(0, p:wait("m", host:now(), first))
      assert.equal(0, p:wait("slow", host:now(), second))
      p:forgo(first, "m")
      p:done(p:take "slow")
      assert.equal(1, (p:used()))
      assert.same({}, p.ready)
    end)

    it("is never exceeded by several processes, and is used", function()
      local rate, window, calls, processes = 6, 0.5, 12, 4
      new{ window = window }:used()
      handle.cli "flushall"
      local key = "wdt:{" .. core.md5 "spec" .. "}:budget:facts"
      local p = pacers.new{ shared = redis.open(handle.address), key = "spec", rate = rate,
        name = redis.unique(), window = window }
      p:used()
      handle.cli(("hdel %s quiet"):format(key))
      local parts = {}
      for i = 1, processes do
        parts[i] = ("%s %s/spec/support/budget_caller.lua %s %d %g %d >%s/calls%d 2>&1 & "):format(
          shell.lua, shell.root, handle.address, rate, window, calls, folder, i)
      end
      local text = shell.must(table.concat(parts) .. ("wait; sort -n %s/calls*"):format(folder))
      local moments = {}
      for line in text:gmatch "[^\n]+" do moments[#moments + 1] = assert(tonumber(line), text) end
      assert.equal(calls * processes, #moments)
      for i = rate + 1, #moments do
        assert.is_true(moments[i] - moments[i - rate] >= window - 0.002,
          moments[i] - moments[i - rate])
      end
    end)
  end)

  describe("a client", function()
    it("asks the shared budget, and fails with its code when it is gone for good", function()
      local from = 1790000000
      local box = sandbox.new{ seed = 5, rows_per_day = 300, from = from, to = from + 3600,
        now = from + 7200 }
      local settings = box:settings "enterprise"
      settings.budget, settings.share = "redis://127.0.0.1:1/0", 0.5
      settings.retry = { attempts = 2, base = 0.001 }
      local client = wdt.new(settings)
      local _, err, code = client:stockouts{ start = from, stop = from + 60,
        status = 95 }:next()
      assert.equal("budget", code)
      assert.truthy(err:find("Redis at 127.0.0.1:1", 1, true), err)
      assert.equal(0, client.stats.calls)
      client:close()
    end)
  end)

  describe("a store", function()
    local lost = 0

    local function open() return wdt.state.redis(handle.address, "job " .. lost, 30) end
    before_each(function() lost = lost + 1 end)

    stores.behaves(it, open)

    it("is found by its text, too", function()
      local one, same = open(), wdt.state.open(handle.address:gsub("1$", "1/job ") .. lost)
      assert.is_true(one:lock())
      assert.is_true(one:save "x")
      assert.equal("x", same:load())
      one:unlock()
    end)

    it("refuses a host that comes back late", function()
      local slow, quick = open(), open()
      assert.is_true(slow:lock())
      assert.is_true(slow:save "one")
      handle.cli(("hset 'wdt:{job %d}:job' until 1"):format(lost)) -- its lease has run out
      assert.is_true(quick:lock())
      assert.is_true(quick:save "two")
      stores.assert_failure("its lease ran out", slow:save "late")
      stores.assert_failure("its lease ran out", slow:renew())
      slow:unlock()
      assert.equal("two", quick:load())
      assert.is_true(quick:renew())
      quick:unlock()
    end)

    it("that can't be reached says so, and keeps what was saved", function()
      local store = open()
      assert.is_true(store:lock())
      handle.pause()
      stores.assert_failure("can't be saved", store:save "x")
      handle.go_on()
      assert.is_true(store:save "y")
      assert.equal("y", store:load())
      store:unlock()
      local away = wdt.state.redis("redis://127.0.0.1:1", "x")
      stores.assert_failure("can't be locked", away:lock())
      stores.assert_failure("can't be read", away:load())
    end)

    it("wants an address, a name and a lease", function()
      assert.has_error(function() wdt.state.redis("x", "y") end)
      assert.has_error(function() wdt.state.redis(handle.address, "") end)
      assert.has_error(function() wdt.state.redis(handle.address, "x", 0) end)
    end)
  end)
end)
