-- 20 calls at a rate of 20 a minute, and the server saw 39: libcurl sent again by itself where a
-- kept connection had ended, past the rate budget. Every request that leaves the machine is one of
-- `stats.calls`, and has its place in the budget.
local peer = require "support.peer"
local wdt = require "wdt"
local curl_host = require "wdt.host.curl"
local core = require "wdt.core"
local steps, answer = peer.steps, peer.answer

describe("a server that ends every kept connection", function()
  local server

  setup(function() server = peer.start() end)
  teardown(function() server:close() end)

  local function received(host)
    local decoder = core.decoder{}
    local exchange = assert(host:open({ url = "http://127.0.0.1:" .. server.plain,
      body = steps.requests, fresh = true }, decoder))
    repeat until not exchange:pull()
    assert(decoder:finish())
    exchange:close()
    return decoder:envelope().requests
  end

  it("sees as many requests as were counted", function()
    local host, real, slept = curl_host.new(), curl_host.new(), 0
    local clocks = setmetatable({ sleep = function(_, seconds) slept = slept + seconds end,
      now = function()
      return real:now() + slept
    end }, { __index = function(_, name) return function() return real[name](real) end end })
    function clocks.open(_, request, decoder)
      request.body = steps.first .. answer '{"code":0,"shoplist":[]}'
      return real:open(request, decoder)
    end
    local client = wdt.new{ edition = "enterprise", sid = "s", appkey = "k", appsecret = "x",
      rate = 20, host = clocks,
      url = "http://127.0.0.1:" .. server.plain }
    local before = received(host)
    for _ = 1, 20 do assert(client:call "shop") end
    local seen = received(host) - before - 1
    assert.equal(client.stats.calls, seen)
    assert.equal(client.stats.calls, 20 + client.stats.retries)
    assert.is_true(client.stats.retries > 0)
    assert.is_true(slept >= 60 * (math.ceil(seen / 20) - 1),
      ("%d requests in %g seconds"):format(seen, slept)) -- rate 20
    real:close()
    host:close()
  end)
end)
