--- Rows as documents: a table has a text column for each field of the identity, `_modified` (the
-- row's version, as text) and `_document` (the row as the gateway sent it). The database itself
-- takes the rows' JSON apart; where it is slow at that, `core.laying` finds identity and version.
-- An older version never replaces a newer one, and a row without an identity is a failure.
-- @module wdt.sink.documents
local database = require "wdt.sink.database"
local core = require "wdt.native".load "wdt.core"
local literal, quoted, execute_all = database.literal, database.quoted, database.execute_all
local setmetatable, ipairs, concat, find = setmetatable, ipairs, table.concat, string.find

-- Parts of an identity, after a zero byte each, that a database may write in another way.
local ODD_NUMBER, ODD_ZERO = "%z%-?%d[%d.]*[eE]", "%z%-0"

-- Bytes of JSON that are gathered before they go to the database.
local BATCH = 1048576

local Layout = {}
Layout.__index = Layout

local M = {}

-- Expressions for the identity of the document `d`: '' for a part that is missing, NULL, which the
-- table refuses, for all.
local function identity_of(dialect, entry)
  local fields, values = {}, {}
  for i, id in ipairs(entry.ids) do fields[i] = dialect.field(id) end
  for i, field in ipairs(fields) do values[i] = ("coalesce(%s, '')"):format(field) end
  values[1] = #fields == 1 and fields[1]
    or ("CASE WHEN coalesce(%s) IS NOT NULL THEN %s END"):format(concat(fields, ", "), values[1])
  return values
end

-- Prepares to give the database the cells of rows that are plain: account (which has no column),
-- identity, version and document.
function Layout:prepare_cells(target)
  local dialect, entry = self.sink.dialect, self.sink.entry
  local fields, values, places = {}, {}, {}
  local function cell(at) return dialect.document_cell:format(at) end
  for i, id in ipairs(entry.ids) do
    fields[i], values[i], places[id] = { id, "text", i + 1 }, cell(i + 1), i + 1
  end
  local width = #fields + 3
  if not places[entry.modified] then
    places[entry.modified] = width - 1
    fields[#fields + 1] = { entry.modified, "text", width - 1 }
  end
  self.layer = core.laying{ any = true, yes = dialect.booleans[true], no = dialect.booleans[false],
    document_at = width,
    tables = { { width = width, own = #entry.ids + 1, fields = fields } } }
  self.puts, self.puts_before, self.puts_after = dialect.puts_documents(target, width,
    ("SELECT %s, coalesce(%s, ''), %s"):format(concat(values, ", "),
      dialect.version(cell(places[entry.modified])), dialect.cast:format(cell(width))), self.after)
end

--- Makes the table.
-- @treturn boolean true; or nil, err, code, zh
function Layout:make()
  local dialect, entry, columns, keys = self.sink.dialect, self.sink.entry, {}, {}
  local text = dialect.key or "TEXT"
  for i, id in ipairs(entry.ids) do
    keys[i], columns[i] = quoted(id), ("%s %s NOT NULL"):format(quoted(id), text)
  end
  local target, key = quoted(self.sink.name), concat(keys, ", ")
  self.before = ("INSERT INTO %s SELECT %s, coalesce(%s, ''), d FROM ("):format(target,
    concat(identity_of(dialect, entry), ", "), dialect.version(dialect.field(entry.modified)))
  self.after = dialect.upsert_document(target, key)
  if dialect.puts_documents and self.sink.connection.put then self:prepare_cells(target) end
  return execute_all(self.sink.connection, {
    ('CREATE TABLE IF NOT EXISTS %s (%s, "_modified" %s NOT NULL, "_document" %s NOT NULL, '
      .. 'PRIMARY KEY (%s))%s'):format(target, concat(columns, ", "), text, dialect.document, key,
      dialect.options or "") })
end

--- Forgets rows that were not flushed.
-- @treturn boolean true
function Layout:reset()
  self.pending, self.bytes = {}, 0
  return true
end

-- Lays rows out: the lists of them that may be put at once, in order; nil where one of them is for
-- the database to take apart. A row that comes again begins a list: PostgreSQL changes no row twice
-- in a statement.
function Layout:lay(documents)
  local clean, lists, rows, seen = self.sink.dialect.clean, {}, {}, {}
  self.layer:reset("", "")
  local function note(row, _, id, ...)
    if not row then return false end
    if ... then id = concat({ id, ... }, "\0") end
    if find("\0" .. id, ODD_NUMBER) or find("\0" .. id, ODD_ZERO) then return false end
    if seen[id] then lists[#lists + 1], rows, seen = rows, {}, {} end
    rows[#rows + 1], seen[id] = row, true
    return true
  end
  for _, document in ipairs(documents) do
    local cleaned = clean(document)
    if cleaned == document then cleaned = nil end
    if not note(self.layer:put(document, cleaned)) then return nil end
  end
  lists[#lists + 1] = rows
  return lists
end

-- Puts rows into the table from where they were laid out: true; false where one of them is for the
-- database to take apart; or nil, err, code, zh.
function Layout:put(documents)
  local lists = self.layer and self:lay(documents)
  if not lists then return false end
  local connection = self.sink.connection
  for _, rows in ipairs(lists) do
    local put = { self.puts, self.layer, 1, rows }
    local ok, err, code, zh = execute_all(connection, self.puts_before)
    if ok then ok, err, code, zh = execute_all(connection, { put }) end
    if ok then ok, err, code, zh = execute_all(connection, self.puts_after) end
    if not ok then return nil, err, code, zh end
  end
  return true
end

-- Has the database take rows apart, as many in a statement as it allows.
function Layout:take_apart(documents)
  local dialect, list, parts, bytes = self.sink.dialect, {}, {}, 0
  local function finish()
    if not parts[1] then return end
    list[#list + 1] = self.before .. concat(parts, " UNION ALL ") .. ") AS rows_read " .. self.after
    parts, bytes = {}, 0
  end
  for _, document in ipairs(documents) do
    local text = "SELECT " .. dialect.cast:format(literal(dialect.clean(document))) .. " AS d"
    if bytes + #text > (dialect.statement or 0) then finish() end
    parts[#parts + 1], bytes = text, bytes + #text + 16
  end
  finish()
  return execute_all(self.sink.connection, list)
end

--- Puts the rows that were gathered into the table.
-- @treturn boolean true; or nil, err, code, zh
function Layout:flush()
  local documents = self.pending
  if #documents == 0 then return true end
  self:reset()
  local done, err, code, zh = self:put(documents)
  if done == false then done, err, code, zh = self:take_apart(documents) end
  return done, err, code, zh
end

--- Takes a row.
-- @tparam string document
-- @treturn boolean true; or nil, err, code, zh
function Layout:row(document)
  if self.bytes + #document > BATCH then
    local ok, err, code, zh = self:flush()
    if not ok then return nil, err, code, zh end
  end
  self.pending[#self.pending + 1], self.bytes = document, self.bytes + #document
  return true
end

--- @tparam Sink sink of `wdt.sink.sql`
-- @treturn Layout
function M.new(sink)
  return setmetatable({ sink = sink, pending = {}, bytes = 0 }, Layout)
end

return M
