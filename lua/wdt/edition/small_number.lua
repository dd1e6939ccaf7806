--- A status, or another parameter that is a small whole number, as people give it.
-- @module wdt.edition.small_number
local whole = require "wdt.whole"
local tonumber, floor = tonumber, math.floor

--- @param value a number, or its text
-- @treturn ?integer from 0 to 255, nil where it is none
return function(value)
  local n = tonumber(value)
  return whole.is(n, 0, 255) and floor(n) or nil
end
