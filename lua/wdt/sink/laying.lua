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

-- Values whose cells are kept, of each kind, and the longest of them: what is longer is a number of
-- one row.
local KEPT = 16384
local LONGEST = { int = 6, decimal = 9, datetime = 0, boolean = 5, text = 40 }

-- Kinds whose cells are numbers.
local BARE = { int = true, decimal = true }

local NULL, NOTHING, array_mt = kinds.NULL, core.null, core.array_mt

-- The cell of a value that is not kept; false where it does not fit. Most short values of a row
-- stand in others as well.
function Laying:cell(kind, value)
  local is_text = type(value) == "string"
  local text
  if kind == "text" and is_text then
    text = self.write(value)
  else
    local fit = kinds.fit(kind, value, self.dialect)
    if fit == NULL then
      text = "NULL"
    elseif fit == nil then
      text = false
    else
      text = BARE[kind] and fit or self.write(fit)
    end
  end
  if not is_text or #value <= LONGEST[kind] then
    local n = self.counts[kind] + 1
    if n > KEPT then
      n = 1
      for key in next, self.kept[kind] do self.kept[kind][key] = nil end
    end
    self.counts[kind], self.kept[kind][value] = n, text
  end
  return text
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
-- @tparam {string...} keys cells of the keys of the row that it is in, or of its own
-- @tparam ?integer n its place in its list, from 1 on; nil for a row of no list
-- @tparam ?table extra cells by their place
function Laying:put(owner, row, keys, n, extra)
  local by_field, kept, cells = owner.by_field, self.kept, {}
  local own, lists = #keys, nil
  for i = 1, own do cells[i] = keys[i] end
  if n then
    own = own + 1
    cells[own] = n
  end
  for i = own + 1, owner.width do cells[i] = "NULL" end
  for field, value in next, row do
    local column = by_field[field]
    if column and type(value) ~= "table" then
      local kind = column.kind
      local text = kept[kind][value]
      if text == nil then text = self:cell(kind, value) end
      if text then
        cells[column.at] = text
      else
        self:change(owner, field, column)
      end
    else
      lists = lists or {}
      lists[field] = value
    end
  end
  for at, text in next, extra or {} do cells[at] = text end
  local rows = owner.rows
  rows[#rows + 1] = cells
  if not lists then return end
  if n then -- a row within a list is known by its place as well
    keys = {}
    for i = 1, own do keys[i] = cells[i] end
  end
  for field, value in next, lists do self:put_other(owner, field, value, keys) end
end

--- The identity of a row.
-- @tparam Table root
-- @tparam table row
-- @treturn ?string the identity as the database tells it; nil where the row has none
-- @treturn ?{string...} literals of its parts
-- @treturn ?{string...} their cells
function Laying:identify(root, row)
  local texts, cells, keys, any = {}, {}, {}, false
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
    keys[i] = BARE[column.kind] and texts[i] or self.write(texts[i])
  end
  if any then return concat(texts, "\0"), cells, keys end
end

--- @tparam table dialect
-- @treturn Laying `changes`: a list of `{ table, field, column or "list" or nil }`
function M.new(dialect)
  local self = setmetatable({ dialect = dialect, write = dialect.cell or dialect.text_literal,
    kept = {}, counts = {}, changes = {} }, Laying)
  for _, kind in ipairs{ "int", "decimal", "datetime", "boolean", "text" } do
    self.kept[kind], self.counts[kind] = {}, 0
  end
  return self
end

return M
