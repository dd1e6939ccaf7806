--- Lengths of time as people write them: "90s", "15m", "6h", "30d", "2w".
-- @module wdt.duration
local tonumber = tonumber

local M = {}

local UNITS = { s = 1, m = 60, h = 3600, d = 86400, w = 604800 }

--- Reads a length of time.
-- @tparam string text
-- @treturn ?number seconds; nil where it is none
function M.parse(text)
  local count, unit = text:match "^(%d+)([smhdw])$"
  return count and tonumber(count) * UNITS[unit]
end

return M
