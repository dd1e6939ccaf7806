-- The transport against a real peer over real sockets: what is sent, what may come back, and every
-- way it can go wrong. What the peer does is written here, in the body of each request
-- (support/peer.c).
local peer = require "support.peer"
local fetch = require "support.fetch"
local core = require "wdt.core"
local steps, head, answer = peer.steps, peer.head, peer.answer
local rep, format, concat = string.rep, string.format, table.concat

local SMALL = '{"code":0,"stockout_list":[{"id":1},{"id":2}],"total_count":2}'
local MIB = 1024 * 1024

describe("wdt.curl", function()
  local server, f

  setup(function()
    server = peer.start()
    f = fetch.new(server)
  end)
  teardown(function() server:close() end)
  before_each(function() f:start() end)
  after_each(function() f:stop() end)

  describe("request", function()
    it("is a POST with the given body, headers and user agent, and no Expect, however long",
      function()
      local padding = steps.unblock(rep("x", 2 * MIB))
      local got = f:get(steps.echo .. padding, { user_agent = "someone/1",
        headers = { ["Content-Type"] = "application/json", ["X-Trace"] = "a b" } })
      local request = got.envelope.request
      assert.are.equal("POST /openapi?sid=x&sign=SECRET HTTP/1.1\r\n", request:match("^.-\r\n"))
      assert.truthy(request:find("\r\nContent-Type: application/json\r\n", 1, true))
      assert.truthy(request:find("\r\nX-Trace: a b\r\n", 1, true))
      assert.truthy(request:find("\r\nUser-Agent: someone/1\r\n", 1, true))
      assert.truthy(request:find("\r\nAccept-Encoding: gzip\r\n", 1, true))
      assert.truthy(request:find("\r\nContent-Length: " .. (#steps.echo + #padding) .. "\r\n", 1,
        true))
      assert.is_nil(request:find("\r\nExpect", 1, true))
    end)

    it("goes through the proxy that is given", function()
      local got = f:get(steps.echo, { url = "http://shop.invalid/openapi",
        proxy = "http://127.0.0.1:" .. server.plain })
      assert.are.equal("POST http://shop.invalid/openapi HTTP/1.1\r\n",
        got.envelope.request:match("^.-\r\n"))
      f:fails("connect", "shop.invalid:80", "", { url = "http://shop.invalid/",
        proxy = "http://127.0.0.1:" .. server.refusing })
    end)

    it("does not wait in open, and reports a dead address in pull", function()
      local got = f:fails("connect", "127.0.0.1:" .. server.refusing, "",
        { url = "http://127.0.0.1:" .. server.refusing .. "/?sign=SECRET" })
      assert.truthy(got.err:find("Connection refused", 1, true), got.err)
      assert.is_nil(got.status)
      f:fails("connect", "nowhere.invalid:80", "", { url = "http://nowhere.invalid/?sign=SECRET" })
    end)

    it("is refused when libcurl cannot take it", function()
      local exchange, err, code = f:open("", { user_agent = rep("x", 9000000) })
      assert.is_nil(exchange)
      assert.are.equal("limit", code)
      assert.truthy(err:find("^limit: libcurl refuses the request to 127%.0%.0%.1:%d+ "), err)
    end)
  end)

  describe("answer", function()
    it("pours a 200 into the decoder and tells status, headers and bytes", function()
      local exchange, from = f:open(answer(SMALL, 200, "Date: Sun, 01 Nov 2026 00:00:00 GMT",
        "retry-after:  7  "))
      assert.is_nil(exchange.status)
      local rows, whole = f:read(exchange, from)
      assert.are.same({ { id = 1 }, { id = 2 } }, rows)
      assert.is_true(whole)
      assert.are.same({ code = 0, total_count = 2 }, from:envelope())
      assert.are.equal(200, exchange.status)
      assert.are.equal(#SMALL, exchange.bytes)
      assert.are.equal("Sun, 01 Nov 2026 00:00:00 GMT", exchange:header("date"))
      assert.are.equal("7", exchange:header("Retry-After"))
      assert.are.equal(tostring(#SMALL), exchange:header("content-length"))
      for _, absent in ipairs { "", "retry", "retry-after:", "retry-after: 7",
        "HTTP/1.1 200 Whatever" } do
        assert.is_nil(exchange:header(absent))
      end
      assert.is_nil(exchange.nothing)
      assert.is_nil(exchange[1])
    end)

    it("may come in chunks of odd sizes, with extensions and trailers", function()
      local out, at, size = { steps.send(head(200, {
        "Transfer-Encoding: chunked", "Trailer: X-Sum" })) }, 1, 1
      while at <= #SMALL do
        local piece = SMALL:sub(at, at + size - 1)
        out[#out + 1] = steps.send(format("%X;odd=yes\r\n%s\r\n", #piece, piece))
        at, size = at + size, size % 7 + 2
      end
      local got = f:get(concat(out) .. steps.send("0\r\nX-Sum: 9\r\n\r\n"))
      assert.are.equal(2, #got.rows)
      assert.is_true(got.whole)
      assert.are.equal("9", got.exchange:header("x-sum"))
    end)

    it("may end with the connection; the decoder then knows whether it was all", function()
      local got = f:get(steps.send(head(200, {}) .. SMALL) .. steps.finish)
      assert.are.equal(2, #got.rows)
      assert.is_true(got.whole)
      got = f:get(steps.send(head(200, {}) .. SMALL:sub(1, 40)) .. steps.finish)
      assert.are.equal("truncated", got.code)
      assert.are.equal(1, #got.rows)
    end)

    it("may be compressed", function()
      server:file("body", '{"code":0,"stockout_list":['
        .. rep('{"remark":"' .. rep("x", 1000) .. '"},', 4000) .. "{}]}")
      local body = server:output("gzip -c body")
      local got = f:get(answer(body, 200, "Content-Encoding: gzip"))
      assert.are.equal(4001, #got.rows)
      assert.is_true(got.whole)
      assert.is_true(got.exchange.bytes > 4000000 and #body < 100000)
      got = f:get(answer(body:sub(1, -1000), 200, "Content-Encoding: gzip"))
      assert.are.equal("truncated", got.code)
    end)

    it("is what follows the provisional answers", function()
      local got = f:get(steps.send(head(103, { "Link: early" })) .. answer(SMALL))
      assert.are.equal(200, got.status)
      assert.is_true(got.whole)
      assert.is_nil(got.exchange:header("link"))
    end)

    it("of any other status is a status, its body is thrown away", function()
      for _, status in ipairs { 201, 302, 401, 404, 500, 502 } do
        local got = f:get(answer("<html>" .. status, status,
          "Location: http://127.0.0.1:" .. server.refusing .. "/"))
        assert.are.equal(status, got.status)
        assert.are.equal(0, #got.rows)
        assert.are.equal("truncated", got.code) -- the decoder has seen nothing
        assert.are.equal(9, got.exchange.bytes)
      end
      assert.are.equal(204, f:get(steps.send(head(204, {}))).status)
    end)

    it("of any other status may be endless, broken or stalled", function()
      local function ends_with_502(script, timeout)
        local exchange = f:open(script, { timeout = timeout })
        local more
        repeat more = exchange:pull() until not more
        assert.is_false(more)
        assert.are.equal(502, exchange.status)
        return exchange.bytes
      end
      local bytes = ends_with_502(steps.send(head(502, {})) .. steps.rep(1000000, rep("x", 1000))
        .. steps.finish)
      assert.is_true(bytes > MIB and bytes < 2 * MIB)
      local half = steps.send(head(502, { "Content-Length: 100" }) .. "half")
      assert.are.equal(4, ends_with_502(half .. steps.finish))
      assert.are.equal(4, ends_with_502(half .. steps.wait, { stall = 0.1 }))
    end)
  end)

  describe("fault", function()
    it("no answer", function()
      f:fails("truncated", "ended the connection without an answer", steps.finish)
      f:fails("truncated", "ended the connection without an answer", steps.reset)
      f:fails("truncated", "ended the connection without an answer",
        steps.send("HTTP/1.1 200 OK\r\nContent-") .. steps.reset)
    end)

    it("body shorter than announced", function()
      local got = f:fails("truncated", "broke off after " .. #SMALL .. " bytes",
        steps.send(head(200, { "Content-Length: " .. #SMALL + 1 }) .. SMALL) .. steps.finish)
      assert.are.equal(2, #got.rows)
      got = f:fails("truncated", "broke off", steps.send(
        head(200, { "Transfer-Encoding: chunked" }) .. "100\r\n" .. SMALL)
        .. steps.finish)
      assert.are.equal(2, #got.rows)
      f:fails("truncated", "broke off", steps.send(head(200, { "Transfer-Encoding: chunked" })
        .. "nonsense\r\n"))
    end)

    it("reset in the middle of the body", function()
      -- The peer resets when the first row has been read: a reset may destroy what stands unread.
      local exchange, from = f:open(steps.send(head(200, { "Content-Length: 1000" })
        .. SMALL:sub(1, 40)) .. steps.block "reset"
        .. steps.reset)
      while not from:next() do assert.is_true(exchange:pull()) end
      f:connections(steps.unblock "reset")
      local rows, _, err, code = f:read(exchange, from)
      assert.are.equal("truncated", code)
      assert.truthy(err:find("broke off after 40 bytes of its body", 1, true), err)
      assert.are.same({}, rows)
    end)

    it("not HTTP, or not the compression it says", function()
      f:fails("http", "HTTP/0.9", steps.send("garbage\r\n\r\n") .. steps.finish)
      f:fails("syntax", "not compressed as it says", answer(SMALL, 200, "Content-Encoding: gzip"))
    end)

    it("headers without end", function()
      f:fails("limit", "more than 16384 bytes of response headers",
        steps.send("HTTP/1.1 200 OK\r\n")
        .. steps.rep(100000, "X-Header: " .. rep("x", 100) .. "\r\n"))
    end)

    it("a body the decoder refuses: rows first, then its error, and the connection is shut",
      function()
      local before = f:connections()
      local exchange, from = f:open(steps.send(head(200, { "Content-Length: 100000000" })
        .. '{"code":0,"stockout_list":[{"id":1},{"id":2},{id:3}')
          .. steps.rep(100000, rep("x", 1000)) .. steps.wait)
      local rows, _, err, code = f:read(exchange, from)
      assert.are.equal("syntax", code)
      assert.are.equal(2, #rows)
      local again
      repeat again = { exchange:pull() } until not again[1]
      assert.are.same({ nil, err, code }, again)
      assert.are.same({ nil, err, code }, { exchange:pull() })
      assert.is_true(exchange.bytes < 2 * MIB)
      assert.are.equal(before + 2, f:connections(steps.alone))
      from:reset()
      assert.are.same({ nil, "closed: the decoder refused the answer and was reset since",
        "closed" }, { exchange:pull() })
    end)

    it("a body the decoder refuses, by one who does not ask the decoder", function()
      local exchange, from = f:open(fetch.many(100, 1000), nil,
        fetch.decoder { limits = { body = 1000 } })
      local more, err, code
      repeat more, err, code = exchange:pull() until not more
      assert.are.equal("limit", code)
      assert.are.same({ nil, err, code }, { from:next() })
    end)

    it("a body above the decoder's limits", function()
      local got = f:fails("limit", "", fetch.many(100000, 1000), nil,
        fetch.decoder { limits = { body = 100000 } })
      assert.is_true(#got.rows > 50 and #got.rows < 100)
      got = f:fails("limit", "", fetch.many(1, 3 * MIB), nil,
        fetch.decoder { limits = { row = MIB } })
      assert.are.equal(0, #got.rows)
      assert.is_true(got.exchange.bytes < 2 * MIB)
    end)

    it("a decoder that was closed", function()
      local into = fetch.decoder()
      local exchange = f:open(answer(SMALL), nil, into)
      into:close()
      local more, _, code
      repeat more, _, code = exchange:pull() until not more
      assert.are.equal("closed", code)
    end)
  end)

  describe("TLS", function()
    local function url(name) return "https://" .. (name or "127.0.0.1") .. ":" .. server.tls
      .. "/openapi?sign=SECRET" end

    it("wants a certificate it can trust", function()
      f:fails("tls", "no trusted connection to 127.0.0.1:" .. server.tls
        .. " (SSL certificate problem: self", answer(SMALL),
        { url = url() })
      f:fails("tls", "", answer(SMALL), { url = url(), ca_file = server:file("empty.pem", "") })
      f:fails("tls", "absent.pem", answer(SMALL), { url = url(),
        ca_file = server.dir .. "/absent.pem" })
    end)

    it("takes the authorities of ca_file, and keeps the connection", function()
      local before = f:connections()
      for _ = 1, 3 do
        local got = f:get(answer(SMALL), { url = url(), ca_file = server.ca_file })
        assert.is_true(got.whole)
      end
      assert.are.equal(before + 2, f:connections())
      -- nothing is left of one request in the next
      f:fails("tls", "", answer(SMALL), { url = url() })
    end)

    it("wants the certificate to be the server's; a proxy's 200 is not the answer's", function()
      local proxied = { url = url "localhost", ca_file = server.ca_file,
        proxy = "http://127.0.0.1:" .. server.plain }
      local got = f:get(answer("no", 404), proxied)
      assert.are.equal(404, got.status)
      assert.is_nil(got.exchange:header("x-proxy"))
      proxied.url = url "shop.invalid"
      f:fails("tls", "shop.invalid:" .. server.tls, answer(SMALL), proxied)
      proxied.url = url "refused.invalid"
      got = f:fails("connect", "refused.invalid:" .. server.tls, answer(SMALL), proxied)
      assert.is_nil(got.status)
      assert.is_nil(got.exchange:header("x-proxy"))
    end)

    it("may end without a farewell; the decoder knows whether it was all", function()
      local trusted = { url = url(), ca_file = server.ca_file }
      local got = f:fails("truncated", "", steps.send(head(200, {}) .. SMALL:sub(1, 40))
        .. steps.cut, trusted)
      assert.are.equal(1, #got.rows)
      f:fails("truncated", "broke off", steps.send(head(200, { "Content-Length: 100" }) .. SMALL)
        .. steps.cut, trusted)
    end)
  end)

  it("shows no metatable, and its types are told apart", function()
    local exchange = f:open(answer(SMALL))
    local pool = require("wdt.curl").pool()
    assert.is_false(getmetatable(exchange))
    assert.is_false(getmetatable(pool))
    for _, foreign in ipairs { pool, io.stdout, core.decoder {}, {} } do
      assert.has_error(function() exchange.pull(foreign) end)
      assert.has_error(function() exchange.close(foreign) end)
    end
    assert.has_error(function() pool.close(exchange) end)
    pool:close()
  end)
end)
