-- A client of nginx went away in the middle of a call: its place in the budget came back when the
-- collector ran and another call asked, which in a worker without other work was after the 300 s of
-- a lease. One in Redis came back no sooner than that, whatever else the worker did.
local redis = require "support.redis"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local nginx = require "support.nginx"
local shell = require "support.shell"
local wdt = require "wdt"

-- Holds what stands in the one place of the budget: "in flight", "free again in 60 s" or "none".
local PLACE = [[
  for _, key in ipairs(ngx.shared.wdt:get_keys(0)) do
    if key:find "^rate:.*:0$" then
      local value = ngx.shared.wdt:get(key)
      if type(value) == "string" then return "in flight" end
      local seconds = value - require "wdt.nginx.clock".now()
      return seconds > 0 and seconds <= 60 and "free again in 60 s" or tostring(seconds)
    end
  end
  return "none"]]

describe("a request of nginx that is aborted in the middle of a call", function()
  it("gives its place in the budget back, in a worker with nothing else to do", function()
    local now = os.time()
    local box = assert(server.start{ world = { seed = 5, rows_per_day = 900,
      from = now - 86400, to = now + 86400, now = now } })
    local ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m;" })
    finally(function()
      ngx:stop()
      server.stop(box)
    end)
    local settings = sandbox.settings("enterprise", box.url)
    settings.rate = 1
    assert(server.control(box, "inject", { kind = "stall", at = 500 }))
    shell.write(ngx.prefix .. "/chunk", require "cjson".encode{ given = settings, code = [[
      local stream = wdt.new(given):stockouts{ start = ngx.time() - 7200, stop = ngx.time() - 3600 }
      for _ in stream do end]] })
    assert.equal(28, (select(2, ngx:curl("/abort", "--max-time 1"))))
    local stop, place = os.time() + 20
    repeat place = ngx:run("content", PLACE) until place ~= "in flight" or os.time() > stop
    assert.equal("free again in 60 s", place)
  end)

  it("gives it back to the hosts that share it in Redis as well", function()
    local now, folder = os.time(), shell.folder()
    local box = assert(server.start{ world = { seed = 5, rows_per_day = 900,
      from = now - 86400, to = now + 86400, now = now } })
    local handle = redis.start(folder)
    local ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m;" })
    finally(function()
      ngx:stop()
      handle.stop()
      server.stop(box)
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    local settings = sandbox.settings("enterprise", box.url)
    settings.rate, settings.budget = 1, handle.address
    -- a budget that is new counts as full for a minute
    local empty = ngx:run("timer", ([[
      local client = wdt.new(require "cjson".decode [==[%s]==])
      return client.pacer:wait("m", 0) ]]):format(require "cjson".encode(settings)))
    assert.is_true(empty > 0, empty)
    local facts = handle.cli "--scan --pattern '*:budget:facts'":gsub("%s+$", "")
    handle.cli(("HDEL '%s' quiet"):format(facts))
    assert(server.control(box, "inject", { kind = "stall", at = 500 }))
    shell.write(ngx.prefix .. "/chunk", require "cjson".encode{ given = settings, code = [[
      local stream = wdt.new(given):stockouts{ start = ngx.time() - 7200, stop = ngx.time() - 3600 }
      for _ in stream do end]] })
    assert.equal(28, (select(2, ngx:curl("/abort", "--max-time 1"))))
    local places, stop, place = (facts:gsub("facts$", "places")), os.time() + 20
    repeat
      place = handle.cli(("ZRANGE '%s' 0 -1"):format(places))
    until place:sub(1, 1) ~= "f" or os.time() > stop
    assert.equal("a", place:sub(1, 1))
  end)

  it("gives it back where it was aborted before the connection stood", function()
    local box = sandbox.new{ now = 1790000000 }
    local client = wdt.new(box:settings("enterprise", { rate = 1,
      timeout = { connect = 5, stall = 20 } }))
    local host = client.host
    function host.open() coroutine.yield() end
    finally(function() host.open = nil end)
    local thread = coroutine.create(function() client:call("shop_query", {}) end)
    assert(coroutine.resume(thread)) -- and never again
    local function wait_after(seconds)
      host:sleep(seconds)
      for request in pairs(client.account.flying) do request:bury() end
      return client.pacer:wait("shop_query", host:now())
    end
    assert.equal(math.huge, wait_after(25))
    assert.equal(60, wait_after(20))
    assert.equal("suspended", coroutine.status(thread))
  end)
end)
