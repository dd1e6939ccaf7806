--- The fields of a method's rows as JSON Schema, for `wdt tap`.
--
-- Rows are read typed: whole numbers are integers, decimals stay the digits that were sent (a text
-- of the format `singer.decimal`, since a JSON number would be rounded on the way), times are
-- `date-time` with Beijing's offset, and a time that is empty or 0000-00-00 is null. A value that
-- is not of its type is handed on as it came; `fit` then widens the schema by it.
-- @module wdt.cli.tap.schema
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.json"
local schema = require "wdt.schema"
local getmetatable, ipairs, pairs, type, floor = getmetatable, ipairs, pairs, type, math.floor

local M = {}

local FORMATS = { datetime = "date-time", decimal = "singer.decimal" }
local TYPES = { int = "integer", boolean = "boolean", list = "array", object = "object" }

-- The pattern of a text of a format.
local PATTERNS = { ["date-time"] = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%+08:00$",
  ["singer.decimal"] = "^%-?%d+%.?%d*$" }

local function object_of(fields)
  local properties = {}
  for _, field in ipairs(fields) do
    local kind = field[3]
    local one = { type = json.list{ "null", TYPES[kind] or "string" }, format = FORMATS[kind],
      description = field[2] ~= "" and field[2] or nil }
    if kind == "list" then one.items = object_of(field.fields or {}) end
    if kind == "object" then one.properties = object_of(field.fields or {}).properties end
    properties[field[1]] = one
  end
  return { type = json.list{ "object" }, properties = properties }
end

--- @tparam table stream of `wdt.cli.tap.catalog`; where it has `only`, those fields alone
-- @treturn table JSON Schema of a row
function M.of(stream)
  local fields = {}
  for _, field in ipairs(schema.methods[stream.fields]) do
    if not stream.only or stream.only[field[1]] then fields[#fields + 1] = field end
  end
  local one = object_of(fields)
  for _, name in ipairs(stream.keys) do
    -- an identity may have a part that the field tables leave out
    one.properties[name] = one.properties[name] or { type = json.list{ "null", "string" } }
  end
  return one
end

local function kind_of(value)
  local kind = type(value)
  if kind == "table" then return getmetatable(value) == core.array_mt and "array" or "object" end
  if kind == "number" then return value == floor(value) and "integer" or "number" end
  return (kind == "string" or kind == "boolean") and kind or "null"
end

local function allows(types, kind)
  for _, one in ipairs(types) do
    if one == kind or one == "number" and kind == "integer" then return true end
  end
  return false
end

--- Widens a schema until a value fits it.
-- @tparam table one JSON Schema as `of` makes it; changed in place
-- @param value
-- @treturn boolean true if it had to be changed
function M.fit(one, value)
  local kind, changed = kind_of(value), false
  if not allows(one.type, kind) then
    one.type[#one.type + 1], changed = kind, true
  end
  if kind == "string" and one.format and not value:find(PATTERNS[one.format]) then
    one.format, changed = nil, true
  elseif kind == "object" and one.properties then
    for name, member in pairs(value) do
      local of = one.properties[name]
      if of and M.fit(of, member) then changed = true end
    end
  elseif kind == "array" and one.items then
    for _, member in ipairs(value) do
      if M.fit(one.items, member) then changed = true end
    end
  end
  return changed
end

return M
