--- Describes what is known of the fields of rows, as data; and what their numbers mean.
--
-- A field is `{ name, label, type, … }`: the vendor's Chinese label ("" for a field that stands in
-- the vendor's sample and not in its table), and `"int"`, `"decimal"`, `"text"`, `"datetime"`,
-- `"boolean"`, `"list"` or `"object"` (one row in the place of a list); and where they apply:
--
-- * `length`: as the vendor writes it, e.g. `"40"`, `"19,4"`
-- * `values`: what its values mean, by their text
-- * `bits`: what each bit of its value means, by the bit's worth
-- * `private`: true: it tells who somebody is
-- * `wire`: how it is sent where its type does not tell: `"number"`, `"text"`, `"milliseconds"`
--   (epoch)
-- * `fields`: of the rows of a list, or of the one object that stands in its place
-- * `id`: of a list: the names of the fields that are together the identity of its rows
--
-- The enterprise edition sends every scalar as text (seed E §6.1).
-- @module wdt.schema
local map = require "wdt.map"
local nearest = require "wdt.nearest"
local whole = require "wdt.whole"
local misuse, problem = require "wdt.error".misuse, require "wdt.error".problem
local require, setmetatable, next, pairs = require, setmetatable, next, pairs
local type, tonumber, tostring, ipairs, sort, floor = type, tonumber, tostring, ipairs, table.sort,
  math.floor

local M = {}

--- By method: the fields of its rows; nil where none are known. A method is read when somebody asks
-- for it: what is in memory is in the collector's way. Of huice, whose methods bear the names of
-- another edition's, see `of`.
-- @table methods
M.methods = setmetatable({}, { __index = function(methods, method)
  local name = require "wdt.schema.index"[method]
  if not name then return nil end
  methods[method] = require("wdt.schema." .. name)
  return methods[method]
end })

--- The name under which a method's fields are known.
-- @tparam string edition
-- @tparam string method
-- @treturn string
function M.of(edition, method)
  return edition == "huice" and "huice:" .. method or method
end

--- The methods whose fields are known.
-- @treturn {string...} sorted
function M.names()
  local names = {}
  for method in pairs(require "wdt.schema.index") do names[#names + 1] = method end
  sort(names)
  return names
end

local by_name = {} -- list of fields -> name -> field

local function named(fields, name)
  local names = by_name[fields]
  if not names then
    names = {}
    for _, field in ipairs(fields) do names[field[1]] = field end
    by_name[fields] = names
  end
  return names[name]
end

--- A field of a method's rows.
-- @tparam string method
-- @tparam string path e.g. `"status"`, `"details_list.gift_type"`
-- @treturn ?table the field; nil where none is known under that path
function M.field(method, path)
  local fields, field = M.methods[method], nil
  for name in path:gmatch("[^.]+") do
    field = fields and named(fields, name)
    fields = field and field.fields
  end
  return field
end

-- The last field of a path, or nil and the names that stand where it went wrong, with their prefix.
-- Fields of a list that no document takes apart are all known.
local function resolve(fields, path)
  local field, before = nil, ""
  for name in path:gmatch("[^.]+") do
    if not fields then
      return field[3] == "list" and field or nil, { [before:sub(1, -2)] = true }
    end
    field = named(fields, name)
    if not field then
      local known = {}
      for _, one in ipairs(fields) do known[before .. one[1]] = true end
      return nil, known
    end
    fields, before = field.fields, before .. name .. "."
  end
  return field
end

--- Checks paths of fields, where the fields of the method's rows are known.
-- @tparam string parameter that the paths were given by, for the error
-- @tparam string method
-- @tparam {string...} paths
-- @treturn ?boolean true; or nil where a path is not known
-- @treturn ?string what is wrong, with the nearest known names
function M.check(parameter, method, paths)
  local fields = M.methods[method]
  for _, path in ipairs(fields and paths or {}) do
    local field, known = resolve(fields, path)
    if not field then
      return problem(parameter, path, "a field of its rows" .. nearest.hint(path, known)
        .. " (a field that no document names: allow_unknown)")
    end
  end
  return true
end

--- Checks the name of a list within a method's rows, where those are known.
-- @tparam string parameter that it was given by, for the error
-- @tparam string method
-- @tparam string name
-- @tparam ?{string...} nested the lists that the catalogue names
-- @treturn ?boolean true; or nil where it is not known
-- @treturn ?string what is wrong, with the nearest known names
function M.check_list(parameter, method, name, nested)
  local lists = map.set(nested)
  for _, field in ipairs(M.methods[method] or {}) do
    if field[3] == "list" then lists[field[1]] = true end
  end
  if next(lists) == nil or lists[name] then return true end
  return problem(parameter, name, "a list within its rows" .. nearest.hint(name, lists)
    .. " (a list that no document names: allow_unknown)")
end

local function known_field(method, path)
  if type(method) ~= "string" or not M.methods[method] then
    misuse(2, "method", method, "a method whose fields are known") end
  local field = type(path) == "string" and M.field(method, path)
  if not field then
    misuse(2, "field", path,
    "a field of its rows, e.g. \"status\" or \"details_list.gift_type\"") end
  return field
end

--- Returns what a value means.
-- @tparam string method
-- @tparam string path
-- @param value as the gateway sent it: a number or its text
-- @treturn ?string the vendor's words; nil for a value that no document names
-- @usage wdt.label("stockout_order_query_trade", "status", so.status) --> "已发货"
function M.label(method, path, value)
  local field = known_field(method, path)
  return field.values and field.values[whole.text(value) or tostring(value)]
end

--- The bits that are set in a number, for a field that is at hand.
-- @tparam table field with `bits`
-- @tparam number n a whole number from 0
-- @treturn table as `flags`
function M.flags_of(field, n)
  local flags, bit = {}, 1
  while n > 0 do
    if n % 2 == 1 then flags[#flags + 1] = { bit = bit, label = field.bits[bit] } end
    n, bit = floor(n / 2), bit * 2
  end
  return flags
end

--- The bits that are set in a value.
-- @tparam string method
-- @tparam string path a field with bits
-- @param value as the gateway sent it: a whole number or its text
-- @treturn table a list of `{ bit, label }`, the smallest bit first; without `label` where no
-- document names the bit
-- @usage for _, flag in ipairs(wdt.flags(method, "bad_reason", so.bad_reason)) do print(flag.label)
-- end
function M.flags(method, path, value)
  local field, n = known_field(method, path), tonumber(value)
  if not field.bits then misuse(1, "field", path, "a field with bits, e.g. \"bad_reason\"") end
  if not whole.is(n, 0, 2 ^ 53 - 1) then
    misuse(1, "value", value, "a whole number from 0") end
  return M.flags_of(field, n)
end

-- Ways to deliver a decimal -> the decoder's word for it.
local DECIMALS = { text = "decimal", number = "number", scaled = "scaled" }

local function types_of(fields, decimal)
  local types = {}
  for _, field in ipairs(fields) do
    local kind = field[3]
    if kind == "object" then
      types[field[1]] = "any" -- the decoder has types for lists alone
    elseif field.fields then
      types[field[1]] = types_of(field.fields, decimal)
    elseif decimal then
      types[field[1]] = kind == "decimal" and DECIMALS[decimal] or kind
    else
      types[field[1]] = "any"
    end
  end
  return types
end

--- The types of a method's fields, as the decoder takes them.
-- @tparam string method
-- @tparam ?string decimal `"text"`, `"number"` or `"scaled"`: how decimals are delivered; without
-- it, names are known and nothing is converted
-- @treturn ?table nil where no fields are known
function M.types(method, decimal)
  return M.methods[method] and types_of(M.methods[method], decimal)
end

--- The fields that tell who somebody is.
-- @tparam string method
-- @treturn table a list of paths
function M.private(method)
  local paths = {}
  local function add(fields, before)
    for _, field in ipairs(fields) do
      if field.private then paths[#paths + 1] = before .. field[1] end
      if field.fields then add(field.fields, before .. field[1] .. ".") end
    end
  end
  add(M.methods[method] or {}, "")
  sort(paths)
  return paths
end

return M
