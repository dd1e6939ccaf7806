--- The version of a row: the time of its last change, as the servers spell it.
--
-- Times come as text (`2026-11-01 08:00:05`, or with a T) and as epoch milliseconds
-- (`1793491205000`), in one answer even. The text drops the milliseconds, so a text and a number of
-- the same second are the same version; two numbers are only if they are equal. A version that is
-- no time is compared as text. Pure.
-- @module wdt.reading.version
local beijing = require "wdt.beijing"
local tonumber, floor = tonumber, math.floor

local M = {}

--- The second that a version names.
-- @tparam string version
-- @treturn ?integer epoch seconds, nil where the version is no time
-- @treturn ?boolean true where it is spelt as text
function M.second(version)
  local second = beijing.parse((version:gsub("T", " ", 1):gsub("%.%d+$", "")))
  if second then return second, true end
  if version:find "^%d%d%d%d%d%d%d%d%d%d%d%d%d?$" then
    return floor(tonumber(version) / 1000), false end
end

--- True if two versions are one, whatever their spelling.
-- @tparam string a
-- @tparam string b
-- @treturn boolean
function M.same(a, b)
  if a == b then return true end
  local second_a, text_a = M.second(a)
  if second_a == nil then return false end
  local second_b, text_b = M.second(b)
  return second_a == second_b and text_a ~= text_b
end

--- True if a version is later than another, as far as both tell.
-- @tparam string a
-- @tparam string b
-- @treturn boolean false where one is no time, or they name the same second in two spellings
function M.is_newer(a, b)
  if a == b then return false end
  local second_a, text_a = M.second(a)
  local second_b, text_b = M.second(b)
  if second_a == nil or second_b == nil then return false end
  if second_a ~= second_b then return second_a > second_b end
  return not text_a and not text_b and tonumber(a) > tonumber(b)
end

return M
