--- JSON values as XML, as a gateway writes them that was asked for no format.
-- @module wdt.sandbox.xml
local pairs, ipairs, next, type, tostring = pairs, ipairs, next, type, tostring
local sort, concat = table.sort, table.concat

local M = {}

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

local function element(name, value, null)
  if value == null then return "<" .. name .. "/>" end
  if type(value) ~= "table" then
    return "<" .. name .. ">" .. tostring(value):gsub("[&<>]", ESCAPES) .. "</" .. name .. ">"
  end
  local parts, keys = {}, {}
  if #value > 0 then
    for i, one in ipairs(value) do parts[i] = element(name, one, null) end
    return concat(parts)
  end
  for key in pairs(value) do keys[#keys + 1] = key end
  sort(keys)
  for i, key in ipairs(keys) do parts[i] = element(key, value[key], null) end
  return "<" .. name .. ">" .. concat(parts) .. "</" .. name .. ">"
end

--- The document of a table with one member.
-- @tparam table value
-- @param null stands for null
-- @treturn string
function M.of(value, null)
  local name, inside = next(value)
  return '<?xml version="1.0" encoding="utf-8" ?>' .. element(name, inside, null)
end

return M
