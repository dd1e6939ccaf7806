--- `sqlite:FILE`: a database of SQLite, made where there is none.
-- @module wdt.sink.sqlite
local database = require "wdt.sink.database"
local failure = require "wdt.sink.failure"
local posix = require "wdt.native".load "wdt.posix"
local sql = require "wdt.sink.sql"
local literal, quoted = database.literal, database.quoted
local ipairs, setmetatable, concat = ipairs, setmetatable, table.concat

local M = { form = "sqlite:FILE", as = "json", takes = { layout = true, document = true } }

local NONE = { en = "%s: there is no such file", zh = "%s：没有这个文件" }

-- Epoch milliseconds as the date that they are in Beijing.
local VERSION = "CASE WHEN %s GLOB "
  .. "'[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' "
  .. "THEN strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s / 1000.0, 'unixepoch', '+8 hours') ELSE %s END"

local PATIENT = "PRAGMA busy_timeout = 10000"

local DIALECT = { module = "wdt.sqlite", library = "libsqlite3-dev", driver = "sqlite3",
  debian = "lua-sql-sqlite3", rock = "luasql-sqlite3",
  document = "TEXT", cast = "%s",
  exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = %s",
  -- A commit waits for readers, whom nothing else keeps from ending. The one who writes may do so
  -- for longer: a beginning waits in `wdt.sink.sql`, so that other accounts of the process go on.
  -- In the journal mode DELETE the unlinking of the journal is what commits. FULL, the default,
  -- does not have the folder on the disk then: after a power failure the journal is back, and takes
  -- the rows out again that the state says are there. EXTRA does.
  session = { PATIENT, "PRAGMA synchronous = EXTRA" },
  hasty = "PRAGMA busy_timeout = 0", patient = PATIENT, begins = "BEGIN IMMEDIATE",
  field = function(name) return ("CAST(json_extract(d, '$.\"%s\"') AS TEXT)"):format(name) end,
  version = function(field) return VERSION:format(field, field, field) end,
  upsert_document = function(target, key)
    return ([[WHERE true ON CONFLICT (%s) DO UPDATE
      SET "_modified" = excluded."_modified", "_document" = excluded."_document"
      WHERE excluded."_modified" >= %s."_modified"]]):format(key, target)
  end,
  puts_documents = true, clean = function(document) return document end,
  types = { int = "BIGINT", decimal = "DECIMAL", datetime = "DATETIME", boolean = "BOOLEAN",
    text = "TEXT" },
  -- A decimal is kept as a double, which gives fifteen digits back.
  decimal = { significant = 15 }, fractions = true, booleans = { [true] = "1", [false] = "0" },
  as_text = "CAST(%s AS TEXT)", upsert = sql.on_conflict,
  puts = function(target, columns, n, upsert)
    return ("INSERT INTO %s (%s) VALUES (?%s)%s"):format(target, columns, (",?"):rep(n - 1), upsert)
  end }

-- A statement ends at its first zero byte.
function DIALECT.text_literal(text)
  text = literal(text)
  if not text:find("\0", 1, true) then return text end
  return "(" .. text:gsub("%z", "' || char(0) || '") .. ")"
end

local function texts(connection, statement)
  local list = {}
  local ok, err, code, zh = database.each_row(connection, statement, function(row)
    list[#list + 1] = row[1]
  end)
  if not ok then return nil, err, code, zh end
  return list
end

-- A column's type is the table's, so the table is made again, with its indexes and triggers.
function DIALECT.retype(connection, name, column, kind)
  local target, temporary = quoted(name), quoted(name .. "_retyped")
  local named = ("FROM sqlite_master WHERE tbl_name = %s AND "):format(literal(name))
  local creation, err, code, zh = texts(connection, "SELECT sql " .. named .. "type = 'table'")
  if not creation then return nil, err, code, zh end
  local others = texts(connection, "SELECT sql " .. named .. "type <> 'table' AND sql IS NOT NULL")
  local columns, values = texts(connection, ("SELECT name FROM pragma_table_info(%s)"):format(
    literal(name))), {}
  for i, one in ipairs(columns) do
    columns[i] = quoted(one)
    values[i] = one == column and ("CAST(%s AS TEXT)"):format(quoted(one)) or quoted(one)
  end
  local function plainly(text) return (text:gsub("%p", "%%%0")) end
  local made = creation[1]:gsub(plainly(quoted(column)) .. " %u+[ %u]*", function(found)
    return quoted(column) .. " " .. kind .. found:match "%s*$"
  end, 1):gsub("^CREATE TABLE%s+" .. plainly(target), function()
    return "CREATE TABLE " .. temporary
  end)
  local list = { "PRAGMA legacy_alter_table = ON", made,
    ("INSERT INTO %s (%s) SELECT %s FROM %s"):format(temporary, concat(columns, ", "),
      concat(values, ", "), target), "DROP TABLE " .. target,
    ("ALTER TABLE %s RENAME TO %s"):format(temporary, target) }
  for _, statement in ipairs(others) do list[#list + 1] = statement end
  return list
end

-- A lock that dies with its holder, in a file beside the database: SQLite's own last for a
-- transaction.
function DIALECT.lock(sink, name)
  local lock, err = posix.lock(("%s-%s.lock"):format(sink.dialect.path, name:gsub("[/%c]", "_")))
  sink.held = lock
  return lock ~= nil, err ~= "busy" and err or nil
end

function DIALECT.unlock(sink)
  if sink.held then sink.held:close() end
  sink.held = nil
end

--- See `wdt.sink.sql`.
function M.open(path, options)
  path, options = sql.take_options(path, options)
  -- a file's name, whatever SQLite would make of ":memory:" or "file:…"
  if not path:find "^/" then path = "./" .. path end
  -- SQLite would let everyone read it; its journals take the same permissions
  if not posix.kind(path) then
    if options.existing then return failure(NONE, path, path) end
    local file, err = posix.output(path)
    if not file then return failure(path .. ": " .. err) end
    file:close()
  end
  return sql.open(setmetatable({ path = path }, { __index = DIALECT }), options, path)
end

return M
