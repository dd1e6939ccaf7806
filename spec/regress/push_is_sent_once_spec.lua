-- A push was executed twice: libcurl, and inside nginx our own host, sent a POST again by itself
-- when a kept connection ended without a byte (6 pushes, 11 executions, all answered ok); and up to
-- 8 times where an answer had a header line of more than 100 KB.
local beijing = require "wdt.beijing"
local peer = require "support.peer"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"
local curl_host = require "wdt.host.curl"
local core = require "wdt.core"
local steps, answer = peer.steps, peer.answer

describe("a push", function()
  local server

  setup(function() server = peer.start() end)
  teardown(function() server:close() end)

  -- The answer of the peer to a script; `options` of the request.
  local function ask(host, script, options)
    local request = { url = "http://127.0.0.1:" .. server.plain .. "/", body = script }
    for name, value in pairs(options or {}) do request[name] = value end
    local decoder = core.decoder{ path = "rows" }
    local exchange = assert(host:open(request, decoder))
    local more, err, code
    repeat more, err, code = exchange:pull() until not more
    local sent, status = exchange.sent, exchange.status
    exchange:close()
    return { err = err, code = code, sent = sent, status = status, envelope = decoder:finish()
      and decoder:envelope() }
  end

  local function received()
    local host = curl_host.new()
    local n = ask(host, steps.requests).envelope.requests
    host:close()
    return n
  end

  -- Host whose only kept connection is one that the peer ends as soon as the next request has come.
  local function with_kept_connection()
    local host = curl_host.new()
    assert.equal(200, ask(host, answer "{}").status)
    return host
  end

  -- A client of the peer, whose requests are replaced by what the peer is to do.
  local function client_over(host, script)
    local clocks = setmetatable({ sleep = function() end }, { __index = function(_, name)
      return function() return host[name](host) end
    end })
    function clocks.open(_, request, decoder)
      request.body = script
      return host:open(request, decoder)
    end
    return wdt.new{ edition = "enterprise", sid = "s", appkey = "k", appsecret = "x", rate = 1000,
      host = clocks,
      url = "http://127.0.0.1:" .. server.plain }
  end

  it("is not sent again by libcurl where a kept connection ends without a byte", function()
    for _, ending in ipairs{ steps.finish, steps.reset } do
      local host, before = with_kept_connection(), received()
      local got = ask(host, ending)
      assert.equal("truncated", got.code, got.err)
      assert.truthy(got.err:find("ended the connection without an answer", 1, true), got.err)
      assert.is_true(got.sent)
      assert.equal(before + 2, received()) -- this one, and the one that asks
      host:close()
    end
  end)

  it("is executed once, and whatever its answer lacks is told as unconfirmed", function()
    local long = steps.send("HTTP/1.1 200 OK\r\nX-Long: ") .. steps.rep(3, ("x"):rep(60000))
      .. steps.wait
    for _, script in ipairs{ steps.finish, steps.reset, long, steps.send "garbage\r\n\r\n"
      .. steps.wait, answer("{}", 502),
      answer "{", answer "<html>", steps.send(peer.head(101, {}) .. "{}") .. steps.finish,
        answer("{}", 201),
      steps.send(peer.head(200, { "Content-Length: 9" }) .. "{}") .. steps.finish } do
      local host = with_kept_connection()
      local before = received()
      local result, err, code = client_over(host, script):call("trade_push", { trade_list = {} })
      assert.is_nil(result)
      assert.equal("unconfirmed", code, err)
      assert.truthy(err:find("^unconfirmed: the request was sent, and may have been acted on %("),
        err)
      assert.equal(before + 2, received(), err)
      host:close()
    end
  end)

  it("that never left, or was refused, is no unconfirmed one", function()
    local function client_of(fault, times)
      local box = sandbox.new{ now = beijing.parse "2026-10-01 00:00:00" }
      box.gateway:inject{ kind = fault, times = times, status = 502 }
      return box, wdt.new(box:settings "enterprise")
    end
    local box, client = client_of("connect", 3)
    local _, err, code = client:call("trade_push", {})
    assert.is_true(code ~= "unconfirmed" and code ~= "connect",
      err) -- the fourth try arrived: the sandbox knows no such method
    assert.equal(1, box.gateway.calls)
    box, client = client_of("reset", 1)
    _, err, code = client:call("trade_push", {})
    assert.equal("unconfirmed", code, err)
    assert.equal(1, box.gateway.calls)
    box, client = client_of("http_5xx", 1)
    _, err, code = client:call("trade_push", {})
    assert.equal("unconfirmed", code, err)
    assert.equal(1, box.gateway.calls)
  end)

  it("is not signed anew after a refusal that may have been made half way", function()
    local host, before = with_kept_connection(), received()
    local said = answer('{"code":"1999","message":"3 of 5 orders were taken"}', 200,
      "Date: Thu, 01 Oct 2026 00:00:00 GMT")
    local _, err, code = client_over(host, said):call("trade_push", {})
    assert.equal("api: 1999 3 of 5 orders were taken", err)
    assert.equal("api", code)
    assert.equal(before + 2, received())
    host:close()
  end)
end)
