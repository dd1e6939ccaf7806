local inflate = require "wdt.host.inflate"
local response = require "wdt.host.http_response"

-- A sink that keeps what it is fed, and takes the byte "!" for an error.
local function new_sink()
  return { text = "", feed = function(self, piece)
    self.text = self.text .. piece
    if piece:find("!", 1, true) then return nil, "syntax: no !", "syntax" end
    return self
  end }
end

local function read(pieces, ends)
  local sink = new_sink()
  local r = response.new(sink)
  local err, code
  for _, piece in ipairs(pieces) do
    local ok
    ok, err, code = r:feed(piece)
    if not ok then break end
  end
  if ends then r:over() end
  return { status = r.status, begun = r.begun, complete = r.complete, keep = r.keep,
    bytes = r.bytes, body = sink.text, err = err,
    code = code, refused = r.refused and r.refused[1], date = r.begun and r.headers.date or nil }
end

-- Reads whole, byte by byte and at every two-way cut, and insists on one result.
local function every_cut(text, ends)
  local whole = read({ text }, ends)
  local bytes = {}
  for i = 1, #text do bytes[i] = text:sub(i, i) end
  assert.same(whole, read(bytes, ends))
  for i = 1, #text - 1 do assert.same(whole, read({ text:sub(1, i), text:sub(i + 1) }, ends)) end
  return whole
end

local function head(status, ...)
  return table.concat({ "HTTP/1.1 " .. status .. " Whatever", ... }, "\r\n") .. "\r\n\r\n"
end

local function refused(text, bytes)
  local got = every_cut(bytes)
  assert.equal("http", got.code)
  assert.equal("http: the answer is not HTTP as it should be (" .. text .. ")", got.err)
  assert.is_false(got.keep)
  assert.is_false(got.complete)
  local r = response.new(new_sink())
  r:feed(bytes)
  assert.equal(got.err, select(2, r:feed "more")) -- for good
  assert.is_false(r:over())
end

describe("a response", function()
  it("with a length is complete with its last byte, and its connection good for another", function()
    local got = every_cut(head(200, "Date: Sun, 01 Nov 2026 00:00:00 GMT", "Content-Length: 5")
      .. "hello")
    assert.same({ status = 200, begun = true, complete = true, keep = true, bytes = 5,
      body = "hello",
      date = "Sun, 01 Nov 2026 00:00:00 GMT" }, got)
    assert.is_true(every_cut(head(200, "content-length:0")).complete)
    got = every_cut(head(200, "Content-Length: 6") .. "hello")
    assert.is_false(got.complete)
    assert.is_false(read({ head(200, "Content-Length: 6") .. "hello" }, true).complete)
  end)

  it("in chunks is the bytes between them", function()
    local got = every_cut(head(200, "Transfer-Encoding: Chunked") ..
      "1\r\nh\r\n00004;name=\"value\"\r\nello\r\nA \r\n, 0123456\r\r\n0\r\nX-Trailer: 1\r\n\r\n")
    assert.equal("hello, 0123456\r", got.body)
    assert.is_true(got.complete)
    assert.is_true(got.keep)
    got = read({ head(200, "Transfer-Encoding: chunked") .. "5\r\nhello\r\n0\r\n" }, true)
    assert.is_false(got.complete)
    got = every_cut(head(200, "Transfer-Encoding: chunked", "Content-Length: 3")
      .. "5\r\nhello\r\n0\r\n\r\n")
    assert.equal("hello", got.body)
    assert.is_false(got.keep) -- somebody in between may have read it otherwise
  end)

  it("without a length ends with its connection", function()
    local got = every_cut(head(200) .. "hello", true)
    assert.equal("hello", got.body)
    assert.is_true(got.complete)
    assert.is_false(got.keep)
    assert.is_false(every_cut(head(200) .. "hello").complete)
    assert.is_false(every_cut("HTTP/1.1 200 OK\r\n", true).complete)
    assert.is_false(read({}, true).complete)
  end)

  it("gives its connection back only where both sides mean it", function()
    local function keeps(first, ...)
      return every_cut(table.concat({ first, "Content-Length: 0", ... }, "\r\n") .. "\r\n\r\n").keep
    end
    assert.is_true(keeps "HTTP/1.1 200 OK")
    assert.is_true(keeps "HTTP/1.1 200")
    assert.is_false(keeps "HTTP/1.0 200 OK")
    assert.is_true(keeps("HTTP/1.0 200 OK", "Connection: Keep-Alive"))
    assert.is_false(keeps("HTTP/1.1 200 OK", "Connection: foo, Close"))
    assert.is_false(keeps("HTTP/1.1 200 OK", "Connection: foo", "Connection: close"))
    -- bytes no one asked for
    assert.is_false(every_cut(head(200, "Content-Length: 2") .. "okX").keep)
  end)

  it("may come after interim ones, with bare line feeds, or without a body", function()
    local got = every_cut(head(100) .. head(103, "Content-Length: 7")
      .. "HTTP/1.1 200 OK\nContent-Length: 2\n\nok")
    assert.equal("ok", got.body)
    assert.is_true(got.complete)
    assert.is_true(every_cut(head(204)).complete)
    assert.is_true(every_cut(head(304, "Content-Length: 10")).complete)
  end)

  it("of any status but 200 says its status, and its body goes nowhere", function()
    local got = every_cut(head(502, "Content-Length: 5", "Content-Encoding: gzip") .. "hello")
    assert.same({ status = 502, begun = true, complete = true, keep = true, bytes = 5, body = "" },
      got)
    local endless = { head(500) }
    for i = 1, response.DISCARD / 65536 do endless[i + 1] = ("x"):rep(65536) end
    assert.is_false(read(endless).complete)
    endless[#endless + 1] = "x"
    assert.is_true(read(endless).complete) -- enough of it
    assert.is_false(read(endless).keep)
  end)

  it("whose sink refuses it remembers the first reason", function()
    local got = read{ head(200, "Content-Length: 4"), "a!", "!b" }
    assert.equal("syntax: no !", got.refused)
    assert.is_nil(got.err)
  end)

  it("is refused where it could be read in two ways, or is none", function()
    local ok = "HTTP/1.1 200 OK\r\n"
    for _, line in ipairs{ "", "HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK",
      "HTTP/1.1 099 OK", "HTTP/1.1  200 OK",
      "SSH-2.0-x", "HTTP/1.2 200 OK", "<html>" } do
      refused("no status line", line .. "\r\n")
    end
    refused("another protocol", head(101, "Upgrade: x"))
    for _, line in ipairs{ "name", ": x", "a b: x", "a : x", " folded: x", "a: \0x", "a: b\rc" } do
      refused("a broken header line", ok .. line .. "\r\n")
    end
    assert.is_true(every_cut(ok .. "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok").complete)
    assert.is_true(every_cut(ok .. "Content-Length: 2 , 2,2\r\n\r\nok").complete)
    for _, length in ipairs{ "-1", "0x10", "5, 6", "5,", ",5", "5\r\nContent-Length: 6", "1e3", "",
      "1234567890123456" } do
      refused("its length is not one number", ok .. "Content-Length: " .. length .. "\r\n\r\n")
    end
    for _, coding in ipairs{ "gzip, chunked", "identity, chunked",
      "chunked\r\nTransfer-Encoding: chunked" } do
      refused("an unknown transfer encoding", ok .. "Transfer-Encoding: " .. coding .. "\r\n\r\n")
    end
    assert.is_true(
      every_cut(ok .. "Transfer-Encoding: Identity\r\nContent-Length: 2\r\n\r\nok").complete)
    refused("it is encoded, which was not asked for",
      head(200, "Content-Encoding: br", "Content-Length: 1"))
    for _, chunk in ipairs{ "", "x", "5 5", "-1", "0x5", "1234567890123" } do
      refused("a broken chunk", head(200, "Transfer-Encoding: chunked") .. chunk .. "\r\n")
    end
    refused("a broken chunk", head(200, "Transfer-Encoding: chunked") .. "1\r\nxx\r\n")
  end)

  it("has limits", function()
    local long = ("x"):rep(response.LINE)
    local function too_much(text, bytes)
      local r = response.new(new_sink())
      local _, err, code = r:feed(bytes)
      assert.same({ "limit: " .. text, "limit" }, { err, code })
      assert.same({ nil, err, code }, { r:feed "more" })
    end
    too_much("a chunk's line has more than 16384 bytes (LINE)",
      head(200, "Transfer-Encoding: chunked") .. long .. "x")
    local line = "a: " .. ("x"):rep(4000) .. "\r\n"
    for _, before in ipairs{ "", "HTTP/1.1 200 OK\r\n",
      head(200, "Transfer-Encoding: chunked") .. "0\r\n" } do
      if before ~= "" then
        too_much("the answer has more than 16384 bytes of response headers (HEADERS_MAX)",
          before .. line:rep(5))
      end
      too_much("the answer has more than 16384 bytes of response headers (HEADERS_MAX)",
        before .. long .. "x")
    end
    -- interim answers without end
    too_much("the answer has more than 16384 bytes of response headers (HEADERS_MAX)",
      head(100):rep(3000))
  end)

  it("may be compressed, in one gzip member or several", function()
    if not inflate.available then return pending "lua-zlib is not installed" end
    local deflate = require("zlib").deflate
    local function gzip(text) return (deflate(6, 31)(text, "finish")) end
    local body = gzip "hello, " .. gzip "" .. gzip "world"
    local got = every_cut(head(200, "Content-Encoding: gzip", "Content-Length: " .. #body) .. body)
    assert.equal("hello, world", got.body)
    assert.equal(12, got.bytes)
    assert.is_true(got.complete)
    got = read({ head(200, "Content-Encoding: gzip"), gzip("hello"):sub(1, 4),
      "!!!!" .. ("x"):rep(30) })
    assert.equal("syntax: the answer is not compressed as it says", got.refused:match "^[^(]*[^ (]")
  end)
end)
