--- A status, or another parameter that is a small whole number, as people give it.
-- @module wdt.edition.small_number
local tonumber, floor = tonumber, math.floor

--- @param value a number, or its text
-- @treturn ?integer from 0 to 255, nil where it is none
return function(value)
  local n = tonumber(value)
  return n and n == floor(n) and n >= 0 and n < 256 and floor(n) or nil
end
