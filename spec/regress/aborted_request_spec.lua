-- A client of nginx went away in the middle of a call: its place in the budget came back when the
-- collector ran and another call asked, which in a worker without other work was after the 300 s of
-- a lease.
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
