--- Lays rows out as the cells of tables (`wdt.sink.columns`): one row of SQL literals for the row,
-- and one for each row of the lists within. Fields that have no column, and values that do not fit
-- theirs, are noted for the caller, who changes the columns and begins again.
-- @module wdt.sink.laying
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.json"
local kinds = require "wdt.sink.kinds"
local setmetatable, getmetatable, ipairs, next, type, tostring, concat = setmetatable,
  getmetatable, ipairs, next, type, tostring, table.concat

local M = {}

local Laying = {}
Laying.__index = Laying

-- Values whose literals are kept, of each kind; and the longest of them.
local KEPT, SHORT = 16384, 40

local NULL, NOTHING, array_mt = kinds.NULL, core.null, core.array_mt

-- The literals of a kind, by value; false for a value that does not fit. Most values of a row stand
-- in others as well.
local function literals_of(dialect, kind)
  local kept, n = {}, 0
  return function(value)
    local text = kept[value]
    if text ~= nil then return text end
    local fit = kinds.fit(kind, value, dialect)
    text = fit == NULL and "NULL" or fit ~= nil and dialect.text_literal(fit) or false
    if type(value) ~= "string" or #value <= SHORT then
      n = n + 1
      if n > KEPT then kept, n = {}, 1 end
      kept[value] = text
    end
    return text
  end
end

-- Notes that a field needs a column, a column another kind, or a list a table ("list").
function Laying:change(owner, field, what)
  self.changes[#self.changes + 1] = { owner, field, what }
end

local function is_list(value)
  return value[1] ~= nil or getmetatable(value) == array_mt
end

-- Lays the rows of a list out, under the keys of the row that they are in. One object in the place
-- of a list is its one row.
function Laying:put_list(owner, value, keys)
  if not is_list(value) then return next(value) ~= nil and self:put(owner, value, keys, 1) end
  for i = 1, #value do
    local one = value[i]
    if type(one) == "table" and not is_list(one) then
      self:put(owner, one, keys, i)
    elseif one ~= NOTHING then -- a list of scalars
      self:put(owner, { _value = type(one) == "string" and one or json.encode(one) }, keys, i)
    end
  end
end

-- Takes a value that is not a scalar of a known column.
function Laying:put_other(owner, field, value, keys)
  local list = owner.lists[field]
  if type(value) == "table" then
    if list then return self:put_list(list, value, keys) end
    if next(value) ~= nil then self:change(owner, field, "list") end
  elseif value ~= NOTHING and (value ~= "" or not list) then
    self:change(owner, field)
  end
end

--- Lays a row out, and those of the lists within.
-- @tparam Table owner
-- @tparam table row
-- @tparam string keys literals of the keys of the row that it is in, or of its own
-- @tparam ?integer n its place in its list, from 1 on; nil for a row of no list
-- @tparam ?table extra cells by their place
function Laying:put(owner, row, keys, n, extra)
  local by_field, literals, cells = owner.by_field, self.literals, {}
  for i = 1, #owner.columns do cells[i] = "NULL" end
  local own_keys = n and keys .. "," .. n or keys
  for field, value in next, row do
    local column = by_field[field]
    if column and type(value) ~= "table" then
      local text = literals[column.kind](value)
      if text then
        cells[column.at] = text
      else
        self:change(owner, field, column)
      end
    else
      self:put_other(owner, field, value, own_keys)
    end
  end
  for at, text in next, extra or {} do cells[at] = text end
  local tuples = owner.tuples
  tuples[#tuples + 1] = n and "(" .. own_keys .. "," .. concat(cells, ",", owner.first + 1) .. ")"
    or "(" .. concat(cells, ",") .. ")"
end

--- The identity of a row.
-- @tparam Table root
-- @tparam table row
-- @treturn ?string the identity as the database tells it; nil where the row has none
-- @treturn ?{string...} literals of its parts
function Laying:identify(root, row)
  local texts, cells, any = {}, {}, false
  for i, column in ipairs(root.ids) do
    local value = row[column.field]
    local fit
    if value ~= nil and type(value) ~= "table" then
      fit = kinds.fit(column.kind, value, self.dialect)
      if fit == nil then
        self:change(root, column.field, column)
        fit = tostring(value)
      end
    end
    texts[i] = type(fit) == "string" and fit or ""
    any = any or texts[i] ~= "" or fit == "" and #root.ids > 1
    cells[i] = column.kind == "int" and texts[i] or self.dialect.text_literal(texts[i])
  end
  if any then return concat(texts, "\0"), cells end
end

--- @tparam table dialect
-- @treturn Laying `changes`: a list of `{ table, field, column or "list" or nil }`
function M.new(dialect)
  local self = setmetatable({ dialect = dialect, literals = {}, changes = {} }, Laying)
  for _, kind in ipairs{ "int", "decimal", "datetime", "boolean", "text" } do
    self.literals[kind] = literals_of(dialect, kind)
  end
  return self
end

return M
