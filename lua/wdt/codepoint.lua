--- Code points as UTF-8, on every Lua.
-- @module wdt.codepoint
local char, floor = string.char, math.floor

local M = {}

--- Encodes one code point.
-- @tparam integer code 0 to 0x10FFFF; halves of surrogate pairs are encoded like others
-- @treturn string 1 to 4 bytes
function M.utf8(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + floor(code / 0x40), 0x80 + code % 0x40) end
  local low, middle = 0x80 + code % 0x40, 0x80 + floor(code / 0x40) % 0x40
  if code < 0x10000 then return char(0xE0 + floor(code / 0x1000), middle, low) end
  return char(0xF0 + floor(code / 0x40000), 0x80 + floor(code / 0x1000) % 0x40, middle, low)
end

return M
