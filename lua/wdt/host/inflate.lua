--- Compressed bodies for hosts that have only a socket, by lua-zlib where that is installed.
--
-- gzip may be several members, one after the other (RFC 1952 §2.2). "deflate" is a zlib stream
-- (RFC 9110 §8.4.1.2) or, as servers also send it, one without its head. csrc/transport/inflate.c
-- does the same for libcurl.
-- @module wdt.host.inflate
local failure = require("wdt.error").failure
local pcall, require, setmetatable = pcall, require, setmetatable
local rawget, rawset, _G = rawget, rawset, _G
local tostring, type = tostring, type

-- Window bits, as zlib takes them: 15 for any stream, 16 more for gzip's head and check sum,
-- negative for neither.
local ZLIB, GZIP, BARE = 15, 15 + 16, -15
local PIECE = 1024 -- bytes inflated in one go; of them zlib makes a thousand times as many at most

-- Other libraries have this name as well. lua-zlib sets a global of it, which inside a request of
-- nginx is a warning in the log, but for one that is there already.
local function load()
  local before = rawget(_G, "zlib")
  rawset(_G, "zlib", before or {})
  local loaded, zlib = pcall(require, "zlib")
  rawset(_G, "zlib", before)
  if not loaded or type(zlib) ~= "table" or not tostring(zlib._VERSION):find("lua-zlib", 1,
    true) then
    return nil
  end
  return zlib
end

local zlib = load()

local CODINGS = { gzip = "gzip", ["x-gzip"] = "gzip", deflate = "deflate" }

local M = {
  --- True where gzip can be asked for.
  available = zlib ~= nil,
}

local Inflater = {}
Inflater.__index = Inflater

-- Begins a member, by its first byte. A deflate stream of which the first byte ends in 8 has a zlib
-- head: without one it would be a stored block whose padding is not zero, which no encoder makes.
local function begin(self, first)
  local bits = self.coding == "gzip" and GZIP or first % 16 == 8 and ZLIB or BARE
  self.member, self.taken = zlib.inflate(bits), 0
end

--- Takes the next bytes of the body.
-- @tparam string bytes
-- @treturn ?boolean true; nil, err, code where they are no gzip (`syntax`), or the sink refuses
-- them
function Inflater:feed(bytes)
  local at = 1
  while at <= #bytes do
    if self.over then
      return failure("syntax", "the answer is not compressed as it says (more bytes after its end)")
    end
    if not self.member then begin(self, bytes:byte(at)) end
    local piece = bytes:sub(at, at + PIECE - 1)
    local sound, out, ended, taken = pcall(self.member, piece)
    if not sound then return failure("syntax", "the answer is not compressed as it says (%s)",
      out) end
    at = at + (ended and taken - self.taken or #piece)
    self.taken, self.bytes = taken, self.bytes + #out
    if ended then self.member, self.over = nil, self.coding == "deflate" end
    local ok, err, code = self.sink:feed(out)
    if not ok then return nil, err, code end
  end
  return true
end

--- True after bytes that have come to no end.
-- @treturn boolean
function Inflater:is_cut()
  return self.member ~= nil
end

--- Puts an inflater before a sink.
-- @param sink whose `feed(bytes)` gets the body inflated
-- @tparam string encoding a Content-Encoding, in any case
-- @treturn ?Inflater with `bytes`, inflated so far; nil for an encoding that it does not know
function M.new(sink, encoding)
  local coding = CODINGS[encoding:lower()]
  if not (coding and zlib) then return nil end
  return setmetatable({ sink = sink, coding = coding, bytes = 0, taken = 0 }, Inflater)
end

return M
