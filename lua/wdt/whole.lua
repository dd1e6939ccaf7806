--- Whole numbers. Lua 5.4 tells 1 and 1.0 apart, LuaJIT does not; a user may write either.
--
-- @module wdt.whole
local floor, type = math.floor, type

local M = {}

--- True if a value is a whole number within bounds. A text of digits is none, nor is an infinity.
-- @param value of any type
-- @tparam ?number least without one, any
-- @tparam ?number most without one, any
-- @treturn boolean
function M.is(value, least, most)
  return type(value) == "number" and value == floor(value) and value - value == 0
    and (not least or value >= least) and (not most or value <= most)
end

--- The digits of a whole number, without a fraction or an exponent.
-- @param value of any type
-- @treturn ?string nil where it is none
function M.text(value)
  return M.is(value) and ("%.0f"):format(value) or nil
end

return M
