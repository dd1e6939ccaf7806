--- Rows as documents: a table has a text column for each field of the identity, `_modified` (the
-- row's version, as text) and `_document` (the row as the gateway sent it). The database itself
-- takes the rows' JSON apart. An older version never replaces a newer one, and a row without an
-- identity is a failure.
-- @module wdt.sink.documents
local database = require "wdt.sink.database"
local literal, quoted = database.literal, database.quoted
local setmetatable, ipairs, concat = setmetatable, ipairs, table.concat

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
  return database.execute_all(self.sink.connection, {
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

--- Puts the rows that were gathered into the table.
-- @treturn boolean true; or nil, err, code, zh
function Layout:flush()
  if #self.pending == 0 then return true end
  local statement = self.before .. concat(self.pending, " UNION ALL ") .. ") AS rows_read "
    .. self.after
  self:reset()
  self.sink.dirty = true
  local done, err, code, zh = database.execute(self.sink.connection, statement)
  if not done then return nil, err, code, zh end
  return true
end

--- Takes a row.
-- @tparam string document
-- @treturn boolean true; or nil, err, code, zh
function Layout:row(document)
  local dialect = self.sink.dialect
  local text = "SELECT " .. dialect.cast:format(literal(dialect.clean(document))) .. " AS d"
  if self.bytes + #text > (dialect.statement or 0) then
    local ok, err, code, zh = self:flush()
    if not ok then return nil, err, code, zh end
  end
  self.pending[#self.pending + 1], self.bytes = text, self.bytes + #text + 16
  return true
end

--- @tparam Sink sink of `wdt.sink.sql`
-- @treturn Layout
function M.new(sink)
  return setmetatable({ sink = sink, pending = {}, bytes = 0 }, Layout)
end

return M
