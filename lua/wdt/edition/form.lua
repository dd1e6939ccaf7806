--- `application/x-www-form-urlencoded`, which is also how a query string is written.
-- @module wdt.edition.form
local pairs, tonumber, sort, concat, format = pairs, tonumber, table.sort, table.concat,
  string.format
local char = string.char

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

local function unescape(hex)
  return char(tonumber(hex, 16))
end

--- Reads what `encode` has written.
-- @tparam string text
-- @treturn {[string]=string} fields
function M.decode(text)
  local fields = {}
  for name, value in text:gmatch "([^&=]+)=([^&]*)" do
    fields[name:gsub("%%(%x%x)", unescape)] = value:gsub("%%(%x%x)", unescape)
  end
  return fields
end

return M
