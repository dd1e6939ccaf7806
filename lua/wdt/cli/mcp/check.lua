--- Checks a tool's arguments against its input schema, of which this is what the tools use: types,
-- `required`, `enum`, `minimum`, `maximum`, `items`, no other names.
-- @module wdt.cli.mcp.check
local core = require "wdt.native".load "wdt.core"
local nearest = require "wdt.nearest"
local show = require "wdt.error".show
local getmetatable, ipairs, pairs, type, floor, concat = getmetatable, ipairs, pairs, type,
  math.floor, table.concat

local M = {}

local IS = {
  string = function(value) return type(value) == "string" end,
  boolean = function(value) return type(value) == "boolean" end,
  integer = function(value) return type(value) == "number" and value == floor(value) end,
  array = function(value)
    return type(value) == "table" and getmetatable(value) == core.array_mt
  end,
  object = function(value)
    return type(value) == "table" and getmetatable(value) ~= core.array_mt
  end,
}

local function has(list, value)
  for _, one in ipairs(list) do
    if one == value then return true end
  end
  return false
end

-- Says what a value should be: "an integer from 1 to 100".
local function expected(rule)
  if rule.enum then return "one of " .. concat(rule.enum, ", ") end
  local text = rule.type == "array" and "a list of texts" or "of type " .. rule.type
  return rule.maximum and ("%s from %d to %d"):format(text, rule.minimum, rule.maximum) or text
end

local function fits(rule, value)
  if not IS[rule.type](value) then return false end
  if rule.enum and not has(rule.enum, value) then return false end
  if rule.minimum and (value < rule.minimum or value > rule.maximum) then return false end
  for _, member in ipairs(rule.items and value or {}) do
    if not fits(rule.items, member) then return false end
  end
  return true
end

--- @tparam table schema of an object
-- @tparam table arguments
-- @treturn boolean
-- @treturn ?string what is wrong: "usage: …"
function M.arguments(schema, arguments)
  for name, value in pairs(arguments) do
    local rule = schema.properties[name]
    if not rule then
      local near = nearest.of(name, schema.properties)
      return false, ("usage: argument '%s' is not known%s"):format(name,
        #near > 0 and "; the nearest known: " .. concat(near, ", ") or "")
    end
    if not fits(rule, value) then
      return false, ("usage: argument '%s' is %s, expected %s"):format(name, type(value) == "table"
        and "another kind of list" or show(value), expected(rule))
    end
  end
  for _, name in ipairs(schema.required or {}) do
    if arguments[name] == nil then
      return false, ("usage: argument '%s' is missing, expected %s"):format(name,
        expected(schema.properties[name]))
    end
  end
  return true
end

return M
