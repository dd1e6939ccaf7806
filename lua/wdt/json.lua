--- Values as JSON text: what a decoder built, written so that nothing is rounded and the same value
-- is always the same text.
-- @module wdt.json
local core = require "wdt.native".load "wdt.core"
local type, pairs, ipairs, tostring, tonumber, floor, next = type, pairs, ipairs, tostring,
  tonumber, math.floor, next
local sort, concat = table.sort, table.concat
local getmetatable, setmetatable = getmetatable, setmetatable
local integer_type = math.type -- luacheck: ignore 143

local M = {}

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escaped(c)
  return ESCAPES[c] or ("\\u%04x"):format(c:byte())
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', escaped) .. '"'
end

--- A number in the fewest digits that say it.
-- @tparam number n
-- @treturn string
function M.number(n)
  if integer_type and integer_type(n) == "integer" then return ("%d"):format(n) end
  if n == floor(n) and n > -2 ^ 63 and n < 2 ^ 63 then return ("%.0f"):format(n) end
  for digits = 14, 16 do
    local text = ("%." .. digits .. "g"):format(n)
    if tonumber(text) == n then return text end
  end
  return ("%.17g"):format(n)
end

local function is_list(value)
  return getmetatable(value) == core.array_mt or value[1] ~= nil
end

local write

local function write_list(list, parts, indent)
  for i = 1, #list do
    parts[#parts + 1] = (i == 1 and "" or ",") .. (indent or "")
    write(list[i], parts, indent and indent .. "  ")
  end
end

local function write_object(object, parts, indent)
  local names = {}
  for name in pairs(object) do names[#names + 1] = tostring(name) end
  sort(names)
  for i, name in ipairs(names) do
    parts[#parts + 1] = (i == 1 and "" or ",") .. (indent or "") .. quoted(name)
      .. (indent and ": " or ":")
    write(object[name], parts, indent and indent .. "  ")
  end
end

function write(value, parts, indent)
  local kind = type(value)
  if kind == "table" then
    local list = is_list(value)
    parts[#parts + 1] = list and "[" or "{"
    if next(value) ~= nil then
      (list and write_list or write_object)(value, parts, indent)
      parts[#parts + 1] = indent and indent:sub(1, -3) or nil
    end
    parts[#parts + 1] = list and "]" or "}"
  elseif kind == "string" then
    parts[#parts + 1] = quoted(value)
  elseif kind == "number" then
    parts[#parts + 1] = M.number(value)
  else
    parts[#parts + 1] = kind == "boolean" and tostring(value) or "null"
  end
end

--- Writes a value: texts, numbers, booleans, `wdt.null`, lists and tables with names.
-- @param value
-- @tparam ?boolean pretty for people: a line for each value
-- @treturn string JSON text; names are sorted
function M.encode(value, pretty)
  local parts = {}
  write(value, parts, pretty and "\n  " or nil)
  return concat(parts)
end

--- A list that stays a list in JSON when it is empty.
-- @tparam table list
-- @treturn table the same
function M.list(list)
  return setmetatable(list, core.array_mt)
end

--- A value in a line of its own.
-- @param value
-- @treturn string
function M.line(value)
  return M.encode(value) .. "\n"
end

return M
