--- All that a row holds, as one text: two rows have the same if and only if they are equal in all
-- fields.
-- @module wdt.reading.fingerprint
local type, tostring, pairs, sort, concat = type, tostring, pairs, table.sort, table.concat

local M = {}

-- Each value with its type and length, so that no two values look alike.
local function add(parts, value)
  local kind = type(value)
  if kind ~= "table" then
    local text = tostring(value)
    parts[#parts + 1] = kind:sub(1, 1) .. #text .. ":" .. text
    return
  end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  parts[#parts + 1] = "{"
  for i = 1, #keys do
    add(parts, keys[i])
    add(parts, value[keys[i]])
  end
  parts[#parts + 1] = "}"
end

--- @param row a table of strings, numbers, booleans and such tables; or its JSON text
-- @treturn string
function M.of(row)
  if type(row) == "string" then return row end
  local parts = {}
  add(parts, row)
  return concat(parts)
end

return M
