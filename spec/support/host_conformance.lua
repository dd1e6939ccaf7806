--- Cases that every host with a network passes, beside those of support/any_host.lua:
-- spec/host/curl_spec.lua and spec/nginx/socket_spec.lua run them against a real peer over real
-- sockets (support/peer.c). Each request's body is the script that the peer plays.
--
-- A driver is `{ server, fetch(request) -> what read returns, gzip = true where bodies may be
-- compressed, by_name(request) -> likewise, of a name whose addresses its labels say (nil: names
-- are another host's), close() }`;
-- all requests of one case are made by one host, so that connections may be kept.
local M = {}

--- Reads an exchange to its end, which has to last. Runs inside nginx as well, so it knows no test
-- library.
-- @treturn table `rows`, `done`, `err`, `code`, `status`, `bytes`, `sent`, and what else of the
-- answer is asked about
function M.read(x, decoder, err, code)
  if not x then return { err = err, code = code, rows = 0, opened = false } end
  local got = { rows = 0, opened = true, early = x:header "date" }
  local more
  while true do
    local row, e, c = decoder:next()
    if row then
      got.rows = got.rows + 1
    elseif e then
      got.decoder, got.decoder_code = e, c
      repeat more = x:pull() until not more
      break
    else
      more, err, code = x:pull()
      if not more then break end
    end
  end
  for _ = 1, 3 do
    local again, err2, code2 = x:pull()
    assert(got.decoder or again == more and err2 == err and code2 == code, "the end does not last")
    assert(x:poll(), "the end is not told by poll")
  end
  got.err, got.code, got.status, got.bytes, got.done = err, code, x.status, x.bytes, more == false
  got.sent, got.date, got.nothing = x.sent, x:header "Date", x:header "x-nothing"
  local whole = decoder:finish() and decoder:envelope() or {}
  got.whole, got.name = next(whole) ~= nil, whole.name
  got.request, got.accepted, got.requests = whole.request, whole.accepted, whole.requests
  x:close()
  x:close()
  local _, _, closed = x:pull()
  got.closed = closed
  return got
end

-- Imported here, so that the part above loads inside nginx.
local any_host = require "support.any_host"
local peer, steps, answer, head, send

local SMALL = any_host.SMALL

-- The script of an answer of any_host.
local function script_of(given)
  local ending = given.ends and steps[given.ends] or ""
  if given.ends and not given.at then return ending end
  return send(head(given.status or 200, { "Content-Length: " .. #given.body })
    .. given.body:sub(1, given.at)) .. ending
end

-- One gzip member.
local function gzip_of(server, text)
  server:file("plain", text)
  return server:output("gzip -nc plain")
end

-- The deflate stream inside a gzip member: its head has 10 bytes, its trailer 8.
local function bare(member) return member:sub(11, -9) end

-- The check sum of a zlib stream (RFC 1950 §8.2).
local function adler32(text)
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  local function pair(n) return string.char(math.floor(n / 256), n % 256) end
  return pair(b) .. pair(a)
end

-- Compressed answers of SMALL: { title, encoding, function(gzip) -> body }.
local function compressed_answers()
  local first, second = SMALL:sub(1, 20), SMALL:sub(21)
  return {
    { "gzip", "gzip", function(gzip) return gzip(SMALL) end },
    { "gzip by its old name", "X-GZip", function(gzip) return gzip(SMALL) end },
    { "gzip in several members", "gzip",
      function(gzip) return gzip(first) .. gzip "" .. gzip(second) end },
    { "deflate as a zlib stream", "deflate",
      function(gzip) return "\120\156" .. bare(gzip(SMALL)) .. adler32(SMALL) end },
    { "deflate without a head", "Deflate", function(gzip) return bare(gzip(SMALL)) end },
    { "what is not compressed after all", "identity", function() return SMALL end },
  }
end

-- { title, encoding, code, function(gzip) -> body }.
local function compressed_badly()
  local cut = function(gzip) return gzip(SMALL):sub(1, -5) end
  local damaged = function(gzip)
    return gzip(SMALL):sub(1, -9) .. "\0\0\0\0" .. gzip(SMALL):sub(-4)
  end
  return {
    { "gzip that is none", "gzip", "syntax", function() return SMALL end },
    { "gzip with garbage after it", "gzip", "syntax",
      function(gzip) return gzip(SMALL) .. "more" end },
    { "deflate with a stream after it", "deflate", "syntax",
      function(gzip) return bare(gzip(SMALL)):rep(2) end },
    { "gzip of which the check sum is another's", "gzip", "syntax", damaged },
    { "gzip that is cut in its check sum", "gzip", "truncated", cut },
    { "gzip whose second member is cut", "gzip", "truncated",
      function(gzip) return gzip(SMALL) .. gzip(" "):sub(1, 5) end },
    { "gzip in gzip", "gzip, gzip", "http", function(gzip) return gzip(gzip(SMALL)) end },
    { "an encoding that no one asked for", "br", "http", function() return SMALL end },
  }
end

-- An answer of SMALL: { title, script }.
local function whole_answers()
  local chunks, at, size = {}, 1, 1
  while at <= #SMALL do
    chunks[#chunks + 1] = ("%X;odd=yes\r\n%s\r\n"):format(#SMALL:sub(at, at + size - 1),
      SMALL:sub(at, at + size - 1))
    at, size = at + size, size % 7 + 2
  end
  local chunked = table.concat(chunks) .. "0\r\nX-Sum: 9\r\n\r\n"
  local length = "Content-Length: " .. #SMALL
  return {
    { "with a length", answer(SMALL) },
    { "in chunks", send(head(200, { "Transfer-Encoding: chunked" }) .. chunked) },
    { "up to the end of the connection", send(head(200, {}) .. SMALL) .. steps.finish },
    { "of the transfer encoding identity", send(head(200, { "Transfer-Encoding: identity", length })
      .. SMALL) },
    { "with its length twice", send(head(200, { length, length }) .. SMALL) },
    { "with its length twice in one line", send(head(200, { length .. ", " .. #SMALL }) .. SMALL) },
    { "after provisional ones", send(head(100, {}) .. head(103, { "Link: early" }))
      .. answer(SMALL) },
    { "after a byte order mark", answer("\239\187\191" .. SMALL), #SMALL + 3 },
    { "with bare line feeds", send("HTTP/1.1 200 OK\n" .. length .. "\n\n" .. SMALL) },
  }
end

-- { title, code, words, script }: the request was sent.
local function failures()
  local bytes = ("x"):rep(60000)
  return {
    { "half a head", "truncated", "without an answer", send "HTTP/1.1 200 OK\r\nContent-"
      .. steps.finish },
    { "half a chunk", "truncated", "broke off after 10 bytes of its body",
      send(head(200, { "Transfer-Encoding: chunked" }) .. "20\r\n" .. SMALL:sub(1, 10))
        .. steps.finish },
    { "no HTTP", "http", "not HTTP as it should be", send "SSH-2.0-OpenSSH\r\n\r\n"
      .. steps.finish },
    { "another protocol", "http", "another protocol", send(head(101, { "Upgrade: x" }) .. "{}")
      .. steps.finish },
    { "two lengths", "http", "its length is not one number",
      send(head(200, { "Content-Length: 1", "Content-Length: 2" })) .. steps.wait },
    { "two lengths in one line", "http", "its length is not one number",
      send(head(200, { "Content-Length: 46, 47" }) .. SMALL) .. steps.wait },
    { "a header line of 180 KB", "limit", "more than 16384 bytes of response headers (HEADERS_MAX)",
      send "HTTP/1.1 200 OK\r\nX-Long: " .. steps.rep(3, bytes) .. steps.wait },
    { "header lines without end", "limit",
      "more than 16384 bytes of response headers (HEADERS_MAX)",
      send "HTTP/1.1 200 OK\r\n" .. steps.rep(10000, "X-Header: " .. ("x"):rep(100) .. "\r\n") },
  }
end

--- Returns what tests ask a peer with: a request, whose signature no error may show.
-- @tparam function server_of the peer of the running test
-- @tparam function fetch fetch(request) -> what M.read returns
-- @treturn function get(script, options) -> what comes of the script when the peer plays it
-- @treturn function fails(code, text, script, options): it has to fail so
function M.asking(server_of, fetch)
  local assert = require "luassert"
  local function get(script, options)
    local request = { url = "http://127.0.0.1:" .. server_of().plain .. "/openapi?sign=SECRET",
      body = script, timeout = { connect = 10, stall = 10, total = 10 } }
    for key, value in pairs(options or {}) do request[key] = value end
    local got = fetch(request)
    assert.is_nil((got.err or ""):find("SECRET", 1, true))
    return got
  end
  return get, function(code, text, script, options)
    local got = get(script, options)
    assert.equal(code, got.code, got.err)
    assert.truthy(got.err:find(text, 1, true), got.err)
    assert.equal(code .. ": ", got.err:sub(1, #code + 2))
    return got
  end
end

--- Defines the tests.
-- @tparam function driver_of makes a driver; called once for each test
function M.describe(driver_of)
  local assert = require "luassert"
  local busted = require "busted"
  local describe, it, before_each, after_each = busted.describe, busted.it, busted.before_each,
    busted.after_each
  peer = require "support.peer"
  steps, answer, head, send = peer.steps, peer.answer, peer.head, peer.steps.send
  local driver

  any_host.describe(function()
    driver = driver_of()
    local server = driver.server
    local function fetch(script, timeout, fresh)
      return driver.fetch{ url = "http://127.0.0.1:" .. server.plain, body = script,
        timeout = timeout, fresh = fresh }
    end
    local asked = 0
    return {
      play = function(given, timeout) return fetch(script_of(given), timeout) end,
      refuse = function()
        return driver.fetch{ url = "http://127.0.0.1:" .. server.refusing, body = "" }
      end,
      received = function() -- the questions for it are requests, too
        asked = asked + 1
        return fetch(steps.requests, nil, true).requests - asked
      end,
      close = driver.close,
    }
  end)

  local get, fails = M.asking(function() return driver.server end,
    function(request) return driver.fetch(request) end)

  -- So many requests has the peer read, without the one that asks.
  local function received()
    return get(steps.requests, { fresh = true }).requests - 1
  end

  describe("a host", function()
    before_each(function() driver = driver_of() end)
    after_each(function() driver.close() end)

    for _, case in ipairs(whole_answers()) do
      it("reads an answer " .. case[1], function()
        local got = get(case[2])
        assert.same({ 2, true, true, 200, case[3] or #SMALL }, { got.rows, got.done, got.whole,
          got.status, got.bytes })
        assert.same({ true, "closed" }, { got.sent, got.closed })
        assert.is_nil(got.nothing)
      end)
    end

    for _, case in ipairs(failures()) do
      it("tells " .. case[1] .. ", and sends once", function()
        get(answer "{}") -- leaves a kept connection
        local before = received()
        local got = fails(case[2], case[3], case[4], { timeout = case[5] })
        assert.is_true(got.sent)
        assert.is_nil(got.decoder)
        assert.equal(before + 2, received()) -- and the one that asked
      end)
    end

    it("tells another status, its headers too", function()
      local got = get(send(head(503, { "Content-Length: 100", "Date: now" }) .. SMALL)
        .. steps.finish)
      assert.same({ 0, true, 503, "now" }, { got.rows, got.done, got.status, got.date })
      assert.equal(404, get(answer("<html>", 404, "Content-Encoding: gzip")).status)
      assert.equal(204, get(send(head(204, {}))).status)
    end)

    it("asks for gzip where it can read it, and refuses it else", function()
      local asked = get(steps.echo).request:find("\r\nAccept-Encoding: gzip\r\n", 1, true) ~= nil
      assert.equal(driver.gzip, asked)
      if driver.gzip then return end
      fails("http", "encoded, which was not asked for", answer("x", 200, "Content-Encoding: gzip"))
    end)

    for _, case in ipairs(compressed_answers()) do
      it("reads " .. case[1], function()
        if not driver.gzip then return end
        local body = case[3](function(text) return gzip_of(driver.server, text) end)
        local script = answer(body, 200, "Content-Encoding: " .. case[2])
        for _ = 1, 2 do -- the second one on the same connection
          local got = get(script)
          assert.same({ 2, true, true, #SMALL }, { got.rows, got.done, got.whole, got.bytes },
            got.err)
        end
        local pieces = {}
        for i = 1, #body do pieces[i] = "1\r\n" .. body:sub(i, i) .. "\r\n" end
        local got = get(send(head(200, { "Content-Encoding: " .. case[2],
          "Transfer-Encoding: chunked" }) .. table.concat(pieces) .. "0\r\n\r\n"))
        assert.same({ 2, true, true, #SMALL }, { got.rows, got.done, got.whole, got.bytes },
          got.err)
      end)
    end

    for _, case in ipairs(compressed_badly()) do
      it("tells " .. case[1], function()
        if not driver.gzip then return end
        local body = case[4](function(text) return gzip_of(driver.server, text) end)
        for _, script in ipairs{ answer(body, 200, "Content-Encoding: " .. case[2]),
          send(head(200, { "Content-Encoding: " .. case[2] }) .. body) .. steps.finish } do
          local got = get(script)
          assert.equal(case[3], got.decoder_code or got.code, got.decoder or got.err)
          assert.is_false(got.done)
        end
      end)
    end

    it("keeps a connection after a complete answer, and never after another", function()
      local function connections() return get(steps.count).accepted end
      local before = connections()
      for _ = 1, 3 do get(answer(SMALL)) end
      get(answer(SMALL, 500)) -- any status
      assert.equal(before, connections())
      for i, script in ipairs{ answer(SMALL, 200, "Connection: close"), send(head(200,
        { "Content-Length: 100" })) .. steps.finish,
        send(head(200, { "Content-Length: " .. #SMALL }) .. SMALL .. "more") } do
        get(script)
        assert.equal(before + i, connections())
      end
    end)

    it("makes a new connection for a request that has to be fresh", function()
      local before = get(steps.count).accepted
      assert.equal(before + 1, get(steps.count, { fresh = true }).accepted)
      assert.equal(before + 2, get(steps.count, { fresh = true }).accepted)
    end)

    it("tells that a request never left", function()
      local at = "127.0.0.1:" .. driver.server.refusing
      local got = fails("connect", "no connection to " .. at, "", { url = "http://" .. at })
      assert.same({ true, false }, { got.opened, got.sent })
      at = "127.0.0.1:" .. driver.server.silent
      got = fails("timeout", "no connection to " .. at .. " within 0.05 s (connect", "",
        { url = "https://" .. at, timeout = { connect = 0.05 } })
      assert.same({ true, false }, { got.opened, got.sent })
      at = "127.0.0.1:" .. driver.server.tls
      local before = received()
      for _ = 1, 20 do -- quick handshakes and slow ones
        got = fails("tls", "no trusted connection to " .. at, "", { url = "https://" .. at })
        assert.same({ true, false }, { got.opened, got.sent })
      end
      assert.equal(before + 1, received())
    end)

    it("goes on to another address of the name where one refuses", function()
      if not driver.by_name then return end -- the host opens by one that is tested
      local got = driver.by_name{ url = "http://2.1.peer:" .. driver.server.plain,
        body = answer(SMALL), fresh = true }
      assert.same({ 2, true, true }, { got.rows, got.done, got.sent }, got.err)
      got = driver.by_name{ url = "http://2.3.peer:" .. driver.server.plain, body = "" }
      assert.same({ "connect", false }, { got.code, got.sent })
    end)

  end)
end

return M
