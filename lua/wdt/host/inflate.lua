--- gzip bodies for hosts that have only a socket, by lua-zlib where that is installed.
--
-- A body may be several gzip members, one after the other (RFC 1952 §2.2).
-- @module wdt.host.inflate
local failure = require("wdt.error").failure
local pcall, require, setmetatable = pcall, require, setmetatable
local rawget, rawset, _G = rawget, rawset, _G
local tostring, type = tostring, type

local GZIP = 31   -- window bits, as zlib takes them: 15, and 16 for gzip's head
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

local M = {
  --- True where gzip can be asked for.
  available = zlib ~= nil,
}

local Inflater = {}
Inflater.__index = Inflater

--- Takes the next bytes of the body.
-- @tparam string bytes
-- @treturn ?boolean true; nil, err, code where they are no gzip (`syntax`), or the sink refuses
-- them
function Inflater:feed(bytes)
  local at = 1
  while at <= #bytes do
    if not self.member then self.member, self.taken = zlib.inflate(GZIP), 0 end
    local piece = bytes:sub(at, at + PIECE - 1)
    local sound, out, ended, taken = pcall(self.member, piece)
    if not sound then return failure("syntax", "the answer is not compressed as it says (%s)",
      out) end
    at = at + (ended and taken - self.taken or #piece)
    self.taken, self.bytes = taken, self.bytes + #out
    if ended then self.member = nil end
    local ok, err, code = self.sink:feed(out)
    if not ok then return nil, err, code end
  end
  return true
end

--- Puts an inflater before a sink.
-- @param sink whose `feed(bytes)` gets the body inflated
-- @treturn Inflater with `bytes`, inflated so far
function M.new(sink)
  return setmetatable({ sink = sink, bytes = 0, taken = 0 }, Inflater)
end

return M
