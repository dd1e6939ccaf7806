--- `application/x-www-form-urlencoded`, which is also how a query string is written.
-- @module wdt.dialect.form
local pairs, sort, concat, format = pairs, table.sort, table.concat, string.format

local function escape(c)
  return format("%%%02X", c:byte())
end

local M = {}

--- Encodes a table of text fields, sorted by name so that the same fields give the same bytes.
-- @tparam {[string]=string} fields
-- @treturn string
function M.encode(fields)
  local parts = {}
  for name, value in pairs(fields) do
    parts[#parts + 1] = name:gsub("[^%w%-._~]", escape) .. "=" .. value:gsub("[^%w%-._~]", escape)
  end
  sort(parts)
  return concat(parts, "&")
end

return M
