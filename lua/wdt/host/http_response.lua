--- An HTTP/1.1 response, read while its bytes arrive, for hosts that have only a socket.
--
--     local response = response.new(decoder)
--     response:feed(bytes)  -- cut anywhere; the body of a 200 goes to decoder:feed
--     response:over()               -- the connection has ended
--
-- Its results never depend on how the bytes were cut. No length is believed: every one has a
-- limit, a body is complete only when exactly as many bytes have come as were announced, and
-- whatever could be read in two ways (two lengths, an unknown transfer encoding, a folded line) is
-- refused, as a connection that went out of step would give one answer's bytes to the next.
-- @module wdt.host.http_response
local failure = require("wdt.error").failure
local inflate = require "wdt.host.inflate"
local setmetatable, tonumber = setmetatable, tonumber

-- Bytes of one line of a chunk, of all other lines of an answer, and of a body that no one wants
-- (any but a 200's); the second and third are those of wdt.curl.
local LINE, HEADERS_MAX, DISCARD = 16384, 16384, 1048576

-- Lengths of more digits are no one's.
local DECIMAL, HEXADECIMAL = 15, 12

local Response = {}
Response.__index = Response

local function refuse(text, ...)
  return failure("http", "the answer is not HTTP as it should be (" .. text .. ")", ...)
end

-- The line that begins at `at`, or nil while it is not whole; and where to go on. Nil, nil, err,
-- code where it is too long.
local function line_of(self, bytes, at)
  local stop = bytes:find("\n", at, true)
  local part = bytes:sub(at, stop or #bytes)
  if #self.partial + #part > LINE then
    return nil, nil, select(2, failure("limit", "a chunk's line has more than %d bytes (LINE)",
      LINE))
  end
  part = self.partial .. part
  self.partial = stop and "" or part
  if not stop then return nil, #bytes + 1 end
  return part:match("^(.-)\r?\n$"), stop + 1
end

-- As line_of, of the head and the trailer.
local function head_line(self, bytes, at)
  local stop = bytes:find("\n", at, true) or #bytes
  self.head_bytes = self.head_bytes + stop - at + 1
  if self.head_bytes > HEADERS_MAX then
    return nil, nil,
      select(2, failure(
      "limit", "the answer has more than %d bytes of response headers (HEADERS_MAX)", HEADERS_MAX))
  end
  return line_of(self, bytes, at)
end

-- The body is over: true; or nil, err, code where what is compressed is not.
local function complete(self)
  if self.inflater and self.inflater:is_cut() then
    return failure("truncated", "the answer broke off after %d bytes of its body (as it inflates)",
      self.bytes)
  end
  self.complete = true
  self.step = "after"
  return true
end

-- Hands over a piece of the body.
local function take(self, bytes, at, stop)
  local piece = at == 1 and stop == #bytes and bytes or bytes:sub(at, stop)
  if not self.inflater then self.bytes = self.bytes + #piece end
  if self.status == 200 then
    local ok, err, code = self.sink:feed(piece)
    if not ok and not self.refused then self.refused = { err, code } end
    if self.inflater then self.bytes = self.inflater.bytes end
  elseif self.bytes > DISCARD then -- enough: its status says all
    self.keep = false
    complete(self)
  end
end

-- True if a comma-separated header names this token.
local function has_token(value, token)
  for word in (value or ""):lower():gmatch("[^,%s]+") do
    if word == token then return true end
  end
  return false
end

-- The one number that a Content-Length tells, as text: "5", "5, 5"; or nil.
local function one_length(value)
  local first
  for part in (value .. ","):gmatch("[ \t]*([^,]-)[ \t]*,") do
    if not part:find("^%d+$") or #part > DECIMAL or first and part ~= first then return nil end
    first = part
  end
  return first
end

-- Has the body of a 200 inflated where it says that it is compressed; or nil, err, code.
local function begin_encoding(self, encoding)
  if encoding == "" or encoding:lower() == "identity" or self.status ~= 200 then return true end
  self.inflater = inflate.new(self.sink, encoding)
  if not self.inflater then return refuse("it is encoded, which was not asked for") end
  self.sink = self.inflater
  return true
end

-- How the body is delimited, and whether another answer may follow it on this connection. Nil, err,
-- code, or true.
local function begin_body(self)
  local headers = self.headers
  local length, coding = headers["content-length"], headers["transfer-encoding"]
  if coding and coding:lower() == "identity" then coding = nil end -- as RFC 2616 still had it
  if self.minor == "1" then self.keep = not has_token(headers.connection, "close")
  else self.keep = has_token(headers.connection, "keep-alive") end
  local ok, err, code = begin_encoding(self, headers["content-encoding"] or "")
  if not ok then
    return nil, err, code
  elseif self.status == 204 or self.status == 304 then
    complete(self)
  elseif coding then
    if coding:lower() ~= "chunked" then return refuse("an unknown transfer encoding") end
    -- RFC 9112 §6.3: perhaps somebody in between read it by the other one
    if length then self.keep = false end
    self.step = "chunk_line"
  elseif length then
    length = one_length(length)
    if not length then return refuse("its length is not one number") end
    self.left = tonumber(length)
    self.step = "counted"
    if self.left == 0 then complete(self) end
  else
    self.keep = false
    self.step = "until_end"
  end
  return true
end

-- Headers of which each counts.
local LISTS = { connection = true, ["content-length"] = true, ["content-encoding"] = true }

-- Each step takes bytes from `at` on, and returns where the next one goes on; or nil, err, code.
local steps = {}

function steps.status_line(self, bytes, at)
  local line, next_at, err, code = head_line(self, bytes, at)
  if not line then return next_at, err, code end
  local minor, status = line:match("^HTTP/1%.([01]) ([1-9]%d%d)$")
  if not minor then minor, status = line:match("^HTTP/1%.([01]) ([1-9]%d%d) ") end
  if not minor then return refuse("no status line") end
  self.minor, self.status, self.headers = minor, tonumber(status), {}
  self.step = "header_line"
  return next_at
end

function steps.header_line(self, bytes, at)
  local line, next_at, err, code = head_line(self, bytes, at)
  if not line then return next_at, err, code end
  if line ~= "" then
    local name, value = line:match("^([%w!#$%%&'*+.^_`|~-]+):[ \t]*(.-)[ \t]*$")
    if not name or value:find("[%z\r]") then return refuse("a broken header line") end
    name = name:lower()
    local before = self.headers[name]
    if before and name == "transfer-encoding" then return refuse("an unknown transfer encoding") end
    if before and LISTS[name] then value = before .. "," .. value end
    if not before or LISTS[name] then self.headers[name] = value end
    return next_at
  end
  if self.status == 101 then return refuse("another protocol") end
  if self.status < 200 then -- an interim answer: the real one follows
    self.status, self.step = nil, "status_line"
    return next_at
  end
  local ok
  ok, err, code = begin_body(self)
  if not ok then return nil, err, code end
  self.begun = true
  return next_at
end

function steps.counted(self, bytes, at)
  local stop = at + self.left - 1
  if stop > #bytes then stop = #bytes end
  self.left = self.left - (stop - at + 1)
  take(self, bytes, at, stop)
  if self.left == 0 then
    local ok, err, code = complete(self)
    if not ok then return nil, err, code end
  end
  return stop + 1
end

function steps.until_end(self, bytes, at)
  take(self, bytes, at, #bytes)
  return #bytes + 1
end

function steps.chunk_line(self, bytes, at)
  local line, next_at, err, code = line_of(self, bytes, at)
  if not line then return next_at, err, code end
  local size = line:match("^(%x+)[ \t]*$") or line:match("^(%x+)[ \t]*;")
  if not size or #size > HEXADECIMAL then return refuse("a broken chunk") end
  self.left = tonumber(size, 16)
  self.step = self.left > 0 and "chunk" or "trailer"
  return next_at
end

function steps.chunk(self, bytes, at)
  local stop = at + self.left - 1
  if stop > #bytes then stop = #bytes end
  self.left = self.left - (stop - at + 1)
  if self.left == 0 then self.step = "chunk_end" end
  take(self, bytes, at, stop)
  return stop + 1
end

function steps.chunk_end(self, bytes, at)
  local line, next_at, err, code = line_of(self, bytes, at)
  if not line then return next_at, err, code end
  if line ~= "" then return refuse("a broken chunk") end
  self.step = "chunk_line"
  return next_at
end

function steps.trailer(self, bytes, at)
  local line, next_at, err, code = head_line(self, bytes, at)
  if line ~= "" then return next_at, err, code end
  local ok
  ok, err, code = complete(self)
  if not ok then return nil, err, code end
  return next_at
end

-- No one asked for these.
function steps.after(self, bytes)
  self.keep = false
  return #bytes + 1
end

--- Takes the next bytes.
-- @tparam string bytes
-- @treturn ?boolean true; nil, err, code where they are no answer (`http`) or one beyond a limit
-- (`limit`): for good
function Response:feed(bytes)
  local at, err, code = 1, self.err, self.code
  while at and not err and at <= #bytes do
    at, err, code = steps[self.step](self, bytes, at)
  end
  if not err then return true end
  self.err, self.code, self.keep = err, code, false
  return nil, err, code
end

--- The connection has ended.
-- @treturn boolean whether the answer is complete by that, or was already
function Response:over()
  self.keep = false
  if self.step == "until_end" and not self.err then complete(self) end
  return self.complete
end

local M = { LINE = LINE, HEADERS_MAX = HEADERS_MAX, DISCARD = DISCARD }

--- @param sink whose `feed(bytes)` gets the body of a 200; any other body is thrown away
-- @treturn Response with `begun` (status and headers have come), `status`, `headers` (by name in
-- lower case; of several equal names the first), `bytes` (of the body), `complete`, `keep` (the
-- connection may be used again), `refused` (the sink's `{ err, code }`, once it has one)
function M.new(sink)
  return setmetatable({ sink = sink, step = "status_line", partial = "", head_bytes = 0, bytes = 0,
    complete = false,
    keep = false, begun = false }, Response)
end

return M
