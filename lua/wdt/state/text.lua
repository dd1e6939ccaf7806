--- A state as text: versioned, and with a checksum, so that damage is noticed whatever it is stored
-- in.
--
--     wdt-state 1 9e107d9d372bb6826bd81d3542a419d6
--     {"query":…}
--
-- @module wdt.state.text
local cjson = require "cjson"
local core = require "wdt.native".load "wdt.core"
local failure = require "wdt.error".failure
local whole = require "wdt.whole"
local pcall, type, tonumber, pairs, floor = pcall, type, tonumber, pairs, math.floor

local M = { VERSION = 1 }

local DAMAGED =
  "%s: the stored state is damaged (%s); restore it from a backup, or remove it to read all again "
    .. "from 'from'"

-- MD5 of the text in a frame: states that were written long ago have it.
local function checksum(text)
  return core.md5("wdt-statebody" .. text .. "wdt-state")
end

-- lua-cjson reads every number as a float; a whole one is an integer again, where this Lua has
-- integers.
local function to_integers(value)
  if whole.is(value) then return floor(value) end
  if type(value) ~= "table" then return value end
  for name, one in pairs(value) do value[name] = to_integers(one) end
  return value
end

--- Writes a state.
-- @tparam table state what JSON can hold; whole numbers below 1e14
-- @treturn string
function M.seal(state)
  local body = cjson.encode(state) .. "\n"
  return ("wdt-state %d %s\n%s"):format(M.VERSION, checksum(body), body)
end

--- Reads a state.
-- @tparam string text
-- @tparam string where it comes from, for the error
-- @treturn table; or nil, "state: text", "state"
function M.open(text, where)
  local version, sum, body = text:match("^wdt%-state (%d+) (%x+)\n(.*)$")
  if not version then return failure("state", DAMAGED, where, "no header") end
  if tonumber(version) ~= M.VERSION then
    return failure("state", "%s: the stored state is of version %s, this library reads version %d",
      where, version, M.VERSION)
  end
  if checksum(body) ~= sum then return failure("state", DAMAGED, where, "wrong checksum") end
  local fine, state = pcall(cjson.decode, body)
  if not fine or type(state) ~= "table" then return failure("state", DAMAGED, where, "no JSON") end
  return to_integers(state)
end

return M
