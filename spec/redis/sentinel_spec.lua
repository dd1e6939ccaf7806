-- A master of Redis that sentinels watch: found, and found again after a failover.
local curl_host = require "wdt.host.curl"
local eventually = require "support.eventually"
local nginx = require "support.nginx"
local pacers = require "wdt.redis.pacer"
local redis = require "wdt.redis"
local sentinel = require "support.sentinel"
local shell = require "support.shell"
local stores = require "support.stores"
local wdt = require "wdt"

local function place(text) return redis.parse("redis+sentinel://" .. text) end

describe("sentinels", function()
  it("are named by an address", function()
    assert.same({ sentinels = { { host = "a", port = 26379 }, { host = "b", port = 1 } },
      master = "shop", database = 0 }, place "a,b:1/shop")
    assert.same({ sentinels = { { host = "::1", port = 2 } }, master = "m-1", database = 3,
      user = "u", password = "p" }, place "u:p@[::1]:2/m-1/3")
    for _, wrong in ipairs{ "", "a", "a/", "/shop", ",/shop", "a:0/shop", "a/shop/x", "a/sh op",
      "a/shop/1/2", "u@a/shop", "a@b@c/shop" } do
      assert.is_nil(place(wrong), wrong)
    end
    assert.is_nil(redis.parse "redis+other://a/shop")
  end)

  it("that can't be reached are asked in turn, and all are named", function()
    local shared = redis.open "redis+sentinel://127.0.0.1:1,127.0.0.1:2/shop"
    local _, err = shared:run("return 1", {}, {})
    assert.truthy(err:find("shop of the sentinels 127.0.0.1:1,127.0.0.1:2: no sentinel tells the "
      .. "master shop (connection refused)", 1, true), err)
    local asked = {}
    local at = place "a,b/shop"
    local function ask(host)
      asked[#asked + 1] = host
      if host == "a" then return nil, "down" end
      return "10.0.0.9", "7"
    end
    assert.same({ "10.0.0.9", 7 }, { redis.locate(at, ask) })
    assert.same({ "10.0.0.9", 7 }, { redis.locate(at, ask) })
    assert.same({ "a", "b", "b" }, asked) -- the one that did not answer waits
    assert.same({ n = 2, nil, "no sentinel tells the master shop (unknown to them)" },
      { n = 2, redis.locate(at, function() end) })
  end)

  it("are asked again where a master is none any more", function()
    for answer, demoted in pairs{ ["READONLY You can't write"] = true,
      ["NOREPLICAS Not enough good replicas to write."] = true, ["ERR unknown"] = false } do
      assert.equal(demoted, redis.is_demoted(answer))
    end
  end)

  describe("of a server and its replica", function()
    local folder, set, host, ngx

    setup(function()
      folder = shell.folder()
      set, host = sentinel.start(folder), curl_host.new()
      ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m;" })
    end)
    teardown(function()
      ngx:stop()
      host:close()
      set.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    -- Returns how long a budget has calls wait, on plain Lua, on a loop and inside nginx.
    local function waits()
      local function new(at)
        return pacers.new{ shared = redis.open(set.address):on(at), key = "k", rate = 5,
          name = redis.unique() }
      end
      local loop, on_loop = wdt.loop(), nil
      loop:spawn("asks", function() on_loop = new(loop):wait("m", loop:now()) or "none" end)
      assert.same({}, loop:run())
      loop:close()
      return { new(host):wait("m", host:now()) or "none", on_loop, (ngx:run("content", ([[
        local shared = require "wdt.redis".open("%s", require "wdt.nginx.redis")
        local p = require "wdt.redis.pacer".new{ shared = shared, key = "k", rate = 5,
          name = require "wdt.redis".unique() }
        return p:wait("m", ngx.now()) or "none"]]):format(set.address))) }
    end

    local function set_quiet(seconds)
      local key = "wdt:{" .. require "wdt.core".md5 "k" .. "}:budget:facts"
      set.master().cli(("eval \"redis.call('hset', KEYS[1], 'quiet', redis.call('time')[1] * 1000 "
        .. "+ %d)\" 1 %s"):format(seconds * 1000, key))
    end

    it("tell the one that took over, which counts as full for a minute", function()
      local store, other = wdt.state.redis(set.address, "job", 60),
        wdt.state.redis(set.address, "job", 60)
      assert.is_true(store:lock())
      assert.is_true(store:save "x")
      for _, wait in ipairs(waits()) do assert.is_true(wait > 50, tostring(wait)) end
      set_quiet(0)
      assert.same({ 0, 0, 0 }, waits())
      assert.equal("OK\n", set.master().cli "set seen 1")
      eventually(function() return set.master().cli "wait 1 1000":find "1" end)
      set.kill()
      set.rejoin()
      local list
      eventually(function()
        list = waits()
        for _, wait in ipairs(list) do
          if wait == "none" then return nil end
        end
        return true
      end)
      for _, wait in ipairs(list) do assert.is_true(wait > 30, tostring(wait)) end
      assert.is_true(store:renew())
      stores.assert_failure("in use by", other:lock())
      assert.equal("x", other:load())
      store:unlock()
    end)
  end)
end)
