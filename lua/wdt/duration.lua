--- Lengths of time: how people write them ("90s", "15m", "6h", "30d", "2w") and read them
-- ("1:02:05").
-- @module wdt.duration
local floor, tonumber, type = math.floor, tonumber, type

local M = {
  --- Seconds of an hour and of a day.
  HOUR = 3600, DAY = 86400,
}

local UNITS = { s = 1, m = 60, h = 3600, d = 86400, w = 604800 }

--- Reads a length of time.
-- @tparam string text
-- @treturn ?number seconds; nil where it is none
function M.parse(text)
  local count, unit = text:match "^(%d+)([smhdw])$"
  return count and tonumber(count) * UNITS[unit]
end

--- @tparam number seconds
-- @treturn string of the nearest whole second: "0:05", "2:05", "1:02:05"
function M.clock(seconds)
  seconds = floor(seconds + 0.5)
  local minutes = floor(seconds / 60)
  if minutes < 60 then return ("%d:%02d"):format(minutes, seconds % 60) end
  return ("%d:%02d:%02d"):format(floor(minutes / 60), minutes % 60, seconds % 60)
end

--- @param value
-- @tparam number least
-- @tparam number most
-- @treturn boolean whether it is a number of seconds within these, both included
function M.is_seconds(value, least, most)
  return type(value) == "number" and value >= least and value <= most
end

return M
