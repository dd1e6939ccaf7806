--- The tables that a list of rows is laid out as, and their columns: one for the list, one for each
-- list within it.
--
-- The table `_wdt_columns` holds what stands in each: a field, its column, its kind. A field that
-- is seen for the first time, and a value that does not fit its column's kind, change both.
-- @module wdt.sink.columns
local map = require "wdt.map"
local core = require "wdt.native".load "wdt.core"
local database = require "wdt.sink.database"
local misuse = require "wdt.error".misuse
local literal, quoted = database.literal, database.quoted
local setmetatable, ipairs, pairs, concat = setmetatable, ipairs, pairs, table.concat

local M = { COLUMNS = "_wdt_columns" }

local Table = {}
Table.__index = Table

-- Fields of rows that people look orders up by.
local NUMBERS = { order_no = true, trade_no = true, src_order_no = true, refund_no = true,
  purchase_no = true, logistics_no = true, tid = true, spec_no = true, goods_no = true,
  suite_no = true }

local SUM = 8

-- Names that a decoder takes, of 1024, and tables within tables.
local MOST_NAMES, DEEPEST = 1000, 7

-- A name that fits into the database: cut where it is too long, told apart by a checksum of what it
-- stands for.
local function fitting(name, longest, taken, of)
  if #name <= longest and not taken then return name end
  local sum = core.md5(of or name):sub(1, SUM)
  return name:sub(1, longest - SUM - 1) .. "_" .. sum
end

local function own(name, kind, more)
  local column = { name = name, kind = kind }
  map.add(column, more)
  return column
end

function Table:add(column)
  local columns = self.columns
  columns[#columns + 1] = column
  column.at, self.width = #columns, #columns
  self.taken[column.name:lower()] = true
  if column.field then self.by_field[column.field] = column end
  return column
end

-- The name of the column of a field that has none yet. Databases tell no names apart by their case,
-- and take none that is empty, holds control characters or ends in a blank.
function Table:name_for(field)
  local plain = field:gsub("%c", "_"):gsub(" $", "_")
  local taken = self.taken[field:lower()] or field:sub(1, 1) == "_" and field ~= "_value"
    or plain ~= field or field == ""
  return fitting(plain, self.longest, taken, field)
end

-- The SQL type of a column.
local function type_of(dialect, column)
  if column.counter then return "INTEGER NOT NULL" end
  if column.document then return dialect.document end
  if column.key then
    return (column.kind == "int" and dialect.types.int or dialect.key or "TEXT") .. " NOT NULL"
  end
  return column.name == "_modified" and (dialect.key or "TEXT") .. " NOT NULL"
    or dialect.types[column.kind]
end

-- A column as CREATE and ALTER write it.
local function definition(dialect, column)
  local text = quoted(column.name) .. " " .. type_of(dialect, column)
  if dialect.comment and column.label and column.label ~= "" then
    text = text .. " COMMENT " .. literal(column.label)
  end
  return text
end

-- Statements that tell a database its comments by themselves.
local function comments(dialect, owner, columns)
  local list = {}
  for _, column in ipairs(dialect.comment_on and columns or {}) do
    if column.label and column.label ~= "" then
      list[#list + 1] = ("COMMENT ON COLUMN %s.%s IS %s"):format(quoted(owner.name),
        quoted(column.name), literal(column.label))
    end
  end
  return list
end

local function indexed(owner, column)
  if column.key or column.counter or not column.field then return false end
  if owner.parent then return column.field == owner.own_id or column.field == "spec_no" end
  return owner.clocks[column.field] or NUMBERS[column.field]
end

local function index_name(owner, column)
  return quoted(fitting(owner.name .. "__" .. column.name, owner.longest))
end

-- Indexes of columns, as parts of a statement that makes or changes their table.
local function inline_keys(dialect, owner, columns, word)
  local list = {}
  for _, column in ipairs(dialect.inline_keys and columns or {}) do
    if indexed(owner, column) then
      list[#list + 1] = ("%s %s (%s%s)"):format(word, index_name(owner, column),
        quoted(column.name), column.kind == "text" and dialect.prefix or "")
    end
  end
  return list
end

-- Statements that make the indexes of columns, where their tables' can't.
local function indexes(dialect, owner, columns)
  local list = {}
  for _, column in ipairs(dialect.inline_keys and {} or columns) do
    if indexed(owner, column) then
      list[#list + 1] = ("CREATE INDEX %s ON %s (%s)"):format(index_name(owner, column),
        quoted(owner.name), quoted(column.name))
    end
  end
  return list
end

-- Statements that note columns.
local function notes(owner, columns)
  local list = {}
  for i, column in ipairs(columns) do
    list[i] = ("(%s, %s, %s, %s)"):format(literal(owner.name), literal(column.field
      or ""), literal(column.name), literal(column.kind))
  end
  return ("INSERT INTO %s (table_name, field, column_name, kind) VALUES %s"):format(M.COLUMNS,
    concat(list, ", "))
end

--- The statement that makes the table of columns.
-- @tparam table dialect
-- @treturn string
function M.create(dialect)
  local key = dialect.key or "TEXT"
  return ("CREATE TABLE IF NOT EXISTS %s (table_name %s NOT NULL, field %s NOT NULL, column_name "
    .. "%s NOT NULL, kind %s NOT NULL, PRIMARY KEY (table_name, column_name))%s"):format(M.COLUMNS,
    key, key, key, key, dialect.options or "")
end

-- Names of the columns that are its key, quoted.
function Table:keys()
  local keys = {}
  for _, column in ipairs(self.columns) do
    if column.key or column.counter then keys[#keys + 1] = quoted(column.name) end
  end
  return keys
end

local function append(list, more)
  for _, one in ipairs(more) do list[#list + 1] = one end
  return list
end

-- Makes a table that is not there. Statements, in order: it is noted first, for a server may commit
-- what stands before a table is made.
function Table:creation()
  local dialect, parts = self.dialect, {}
  for i, column in ipairs(self.columns) do parts[i] = definition(dialect, column) end
  parts[#parts + 1] = ("PRIMARY KEY (%s)"):format(concat(self:keys(), ", "))
  append(parts, inline_keys(dialect, self, self.columns, "KEY"))
  local list = { ("DELETE FROM %s WHERE table_name = %s"):format(M.COLUMNS, literal(self.name)),
    notes(self, self.columns), ("CREATE TABLE %s (%s)%s"):format(quoted(self.name),
      concat(parts, ", "), dialect.options or "") }
  append(list, comments(dialect, self, self.columns))
  return append(list, indexes(dialect, self, self.columns))
end

-- The rows that were laid out, one after the other.
local function by_row(owner)
  local tuples = {}
  for i, cells in ipairs(owner.rows) do tuples[i] = "(" .. concat(cells, ",") .. ")" end
  return " VALUES " .. concat(tuples, ",")
end

-- Arrays for all columns, whose items `items(column)` returns.
local function of_arrays(owner, items)
  local arrays = {}
  for at, column in ipairs(owner.columns) do
    arrays[at] = ("'{%s}'::%s[]"):format(items(at), (type_of(owner.dialect, column):gsub(
      " NOT NULL", "")))
  end
  return " SELECT * FROM unnest(" .. concat(arrays, ",") .. ")"
end

-- The rows that were laid out, as an array for each column.
local function by_column(owner)
  local rows, array = owner.rows, {}
  return of_arrays(owner, function(at)
    for i = 1, #rows do array[i] = rows[i][at] end
    return concat(array, ",")
  end)
end

-- Names of all columns, by commas.
local function names_of(owner)
  local names = {}
  for i, column in ipairs(owner.columns) do names[i] = quoted(column.name) end
  return concat(names, ",")
end

-- Returns what ends an INSERT: rows that stand there are replaced, if there may be some.
local function upsert_of(owner, replaces)
  if not replaces then return "" end
  local others = {}
  for _, column in ipairs(owner.columns) do
    if not (column.key or column.counter) then others[#others + 1] = quoted(column.name) end
  end
  return owner.dialect.upsert(concat(owner:keys(), ","), others)
end

-- The statement that inserts what `values` says.
local function insertion(owner, values, replaces)
  return "INSERT INTO " .. quoted(owner.name) .. " (" .. names_of(owner) .. ")" .. values
    .. upsert_of(owner, replaces)
end

--- The statement that inserts the rows that were laid out in Lua.
-- @tparam boolean replaces true: some of them stand there
-- @treturn string
function Table:insertion(replaces)
  return insertion(self, (self.dialect.arrays and by_column or by_row)(self), replaces)
end

-- The statement that inserts rows that `core.laying` laid out; nil where there are none.
local function laid_insertion(owner, layer, place, rows, replaces)
  if not owner.dialect.arrays then
    local text, n = layer:tuples(place, rows)
    return n > 0 and insertion(owner, " VALUES " .. text, replaces) or nil
  end
  if layer:array(place, 1, rows) == "" then return nil end
  return insertion(owner, of_arrays(owner, function(at) return layer:array(place, at, rows) end),
    replaces)
end

--- Adds statements that insert rows that `core.laying` laid out.
-- @tparam {string|table,...} list as `wdt.sink.database.execute_all` takes it
-- @tparam table layer
-- @tparam integer place of this table in its plan
-- @tparam {integer...} rows of the layer
-- @tparam boolean replaces true: some of them stand there
function Table:insert_laid(list, layer, place, rows, replaces)
  local put, before, after
  if self.connection.put then
    put, before, after = self.dialect.puts(quoted(self.name), names_of(self), self.width,
      upsert_of(self, replaces))
  end
  if not put then
    list[#list + 1] = laid_insertion(self, layer, place, rows, replaces)
    return
  end
  append(list, before or {})
  list[#list + 1] = { put, layer, place, rows }
  append(list, after or {})
end

--- Returns what adds a column. One that is there, and is not noted, is left of a process that was
-- killed.
-- @tparam Column column
-- @tparam boolean there true: the database has a column of that name
-- @treturn {string...} statements to run
function Table:extension(column, there)
  local dialect, list = self.dialect, {}
  if not there then
    local parts = append({ "ADD COLUMN " .. definition(dialect, column) },
      inline_keys(dialect, self, { column }, "ADD INDEX"))
    list[1] = ("ALTER TABLE %s %s"):format(quoted(self.name), concat(parts, ", "))
    append(list, comments(dialect, self, { column }))
    append(list, indexes(dialect, self, { column }))
  end
  list[#list + 1] = notes(self, { column })
  return list
end

--- A column for a field that has none.
-- @tparam string field
-- @treturn Column
function Table:column_for(field)
  local known = self.known[field]
  local kind = known and self.dialect.types[known[3]] and known[3] or "text"
  return self:add(own(self:name_for(field), kind, { field = field, label = known and known[2] }))
end

--- Makes a column one of texts.
-- @tparam Column column
-- @treturn {string...} statements to run; or nil, err, code, zh
function Table:retype(column)
  local dialect, drop = self.dialect, ""
  if dialect.inline_keys and indexed(self, column) then
    drop = ("DROP INDEX %s, "):format(index_name(self, column))
  end
  column.kind = "text"
  local change = drop .. "MODIFY COLUMN " .. definition(dialect, column)
  if drop ~= "" then
    change = change .. ", " .. inline_keys(dialect, self, { column }, "ADD INDEX")[1]
  end
  local list, err, code, zh = dialect.retype(self.connection, self.name, column.name,
    type_of(dialect, column), change)
  if not list then return nil, err, code, zh end
  return append(list, { ("UPDATE %s SET kind = 'text' WHERE table_name = %s AND column_name = %s")
    :format(M.COLUMNS, literal(self.name), literal(column.name)) })
end

--- Reads what stands in the database, and goes by that: a table that an older version made lacks
-- fields of this one's schema, and has those that came later.
-- @treturn boolean true where it is another than was known; or nil, err, code, zh
function Table:load()
  local found, columns, changed = {}, self.columns, false
  local ok, err, code, zh = database.each_row(self.connection, ("SELECT field, column_name, kind "
    .. "FROM %s WHERE table_name = %s"):format(M.COLUMNS, literal(self.name)), function(row)
    found[#found + 1] = { row[1], row[2], row[3] }
    found[row[2]] = row[3]
  end)
  if not ok then return nil, err, code, zh end
  self.columns, self.by_field, self.taken = {}, {}, {}
  for _, column in ipairs(columns) do
    local kind = found[column.name]
    changed = changed or kind ~= column.kind
    if kind then
      self:add(column)
      column.kind, found[column.name] = kind, nil
    end
  end
  for _, row in ipairs(found) do
    if found[row[2]] and row[2] == "_document" then
      self.document = self:add(own(row[2], row[3], { document = true }))
    elseif found[row[2]] then
      local known = self.known[row[1]]
      self:add(own(row[2], row[3], { field = row[1], label = known and known[2] }))
      changed = true
    end
  end
  return changed
end

--- The types of its fields, as a decoder takes them: numbers as the digits that were sent. It
-- takes so many names, so deep: beyond them, what a number can't hold still comes as its digits.
-- @tparam ?table left `{ names }`, counted down
-- @treturn table
function Table:types(left)
  local types = {}
  left = left or { MOST_NAMES }
  for field, column in pairs(self.by_field) do
    if left[1] > 0 and field ~= "" and field ~= "_value" then
      types[field], left[1] = column.kind == "boolean" and "any" or "decimal", left[1] - 1
    end
  end
  for field, list in pairs(self.lists) do
    if left[1] > 0 and field ~= "" and self.depth < DEEPEST then
      left[1] = left[1] - 1
      types[field] = list:types(left)
    end
  end
  return types
end

-- Columns of the fields that are known and hold no list.
local function add_known(owner, fields)
  for _, field in ipairs(fields) do
    owner.known[field[1]] = field
    if field[3] ~= "list" and field[3] ~= "object" and not owner.by_field[field[1]] then
      owner:add(own(owner:name_for(field[1]), field[3], { field = field[1], label = field[2] }))
    end
  end
end

local function new(name, base, more)
  local owner = setmetatable({ name = name, dialect = base.dialect, connection = base.connection,
    longest = base.longest, used = base.used, columns = {}, by_field = {}, taken = {}, lists = {},
    known = {}, clocks = {}, rows = {} }, Table)
  map.add(owner, more)
  base.used[name:lower()] = true
  owner:add(own("_account", "text", { key = true }))
  return owner
end

-- A part of an identity is a whole number or a text: nothing else comes back as it was sent.
local function kind_of_id(fields, id, parts)
  for _, field in ipairs(fields) do
    if field[1] == id then
      return parts == 1 and field[3] == "int" and "int" or "text", field[2]
    end
  end
  return "text"
end

--- The table of a list within another's rows.
-- @tparam Table parent
-- @tparam string field
-- @treturn Table
function M.child(parent, field)
  local known = parent.known[field] or {}
  local name = parent.name .. "_" .. field
  if #name > parent.longest then name = parent.root.name .. "_" .. field end
  name = fitting(name, parent.longest, parent.used[name:lower()])
  local owner = new(name, parent, { parent = parent, root = parent.root, depth = parent.depth + 1,
    own_id = known.id and #known.id == 1 and known.id[1] or nil })
  for _, id in ipairs(parent.root.ids) do
    owner:add(own(fitting("_" .. id.name, owner.longest), id.kind, { key = true, of = id }))
  end
  for level = parent.depth, 1, -1 do
    owner:add(own(fitting(("_parent"):rep(level) .. "_n", owner.longest), "int",
      { counter = true }))
  end
  owner:add(own("_n", "int", { counter = true }))
  add_known(owner, known.fields or {})
  parent.lists[field] = owner
  return owner
end

--- The table of a list.
-- @tparam string name
-- @tparam table base `{ dialect, connection, longest }`
-- @tparam table entry of the catalogue
-- @tparam {table...} fields of the schema; empty where none are known
-- @tparam boolean document true: the row's JSON stands beside
-- @treturn Table
function M.root(name, base, entry, fields, document)
  base.used = {}
  local owner = new(name, base, { depth = 0, ids = {} })
  owner.root = owner
  if #entry.ids == 0 then misuse(2, "entry.id", nil, "an identity: rows are kept under it") end
  owner.clocks[entry.modified] = true
  for _, rule in ipairs(entry.clock or {}) do
    if rule.field then owner.clocks[rule.field] = true end
  end
  for i, id in ipairs(entry.ids) do
    local kind, label = kind_of_id(fields, id, #entry.ids)
    owner.ids[i] = owner:add(own(owner:name_for(id), kind, { field = id, label = label,
      key = true }))
  end
  add_known(owner, fields)
  owner.modified = owner:add(own("_modified", "text"))
  owner.read_at = owner:add(own("_read_at", "datetime"))
  owner.deleted_at = owner:add(own("_deleted_at", "datetime"))
  if document then owner.document = owner:add(own("_document", "text", { document = true })) end
  return owner
end

return M
