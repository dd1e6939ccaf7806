--- `sqlite:FILE`: a database of SQLite, made where there is none.
-- @module wdt.sink.sqlite
local failure = require "wdt.sink.failure"
local posix = require "wdt.native".load "wdt.posix"
local sql = require "wdt.sink.sql"

local M = { form = "sqlite:FILE", as = "json" }

local NONE = { en = "%s: there is no such file", zh = "%s：没有这个文件" }

-- Epoch milliseconds as the date that they are in Beijing.
local VERSION = "CASE WHEN %s GLOB "
  .. "'[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' "
  .. "THEN strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s / 1000.0, 'unixepoch', '+8 hours') ELSE %s END"

local DIALECT = { driver = "sqlite3", debian = "lua-sql-sqlite3", rock = "luasql-sqlite3",
  document = "TEXT", cast = "%s",
  exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = %s",
  -- A reader makes this wait, not fail. In the journal mode DELETE the unlinking of the journal is
  -- what commits. FULL, the default, does not have the folder on the disk then: after a power
  -- failure the journal is back, and takes the rows out again that the state says are there. EXTRA
  -- does.
  session = { "PRAGMA busy_timeout = 10000", "PRAGMA synchronous = EXTRA" },
  field = function(name) return ("CAST(json_extract(d, '$.\"%s\"') AS TEXT)"):format(name) end,
  version = function(field) return VERSION:format(field, field, field) end,
  upsert = function(target, key)
    return ([[WHERE true ON CONFLICT (%s) DO UPDATE
      SET "_modified" = excluded."_modified", "_document" = excluded."_document"
      WHERE excluded."_modified" >= %s."_modified"]]):format(key, target)
  end,
  clean = function(document) return document end }

-- A lock that dies with its holder, in a file beside the database: SQLite's own last for a
-- transaction.
function DIALECT.lock(sink, name)
  local lock, err = posix.lock(("%s-%s.lock"):format(sink.path, name:gsub("[/%c]", "_")))
  sink.held = lock
  return lock ~= nil, err ~= "busy" and err or nil
end

function DIALECT.unlock(sink)
  if sink.held then sink.held:close() end
  sink.held = nil
end

--- See `wdt.sink.sql`.
function M.open(path, options)
  -- a file's name, whatever SQLite would make of ":memory:" or "file:…"
  if not path:find "^/" then path = "./" .. path end
  -- SQLite would let everyone read it; its journals take the same permissions
  if not posix.kind(path) then
    if options.existing then return failure(NONE, path, path) end
    local file, err = posix.output(path)
    if not file then return failure(path .. ": " .. err) end
    file:close()
  end
  local sink, err, code, zh = sql.open(DIALECT, options.name, path)
  if not sink then return nil, err, code, zh end
  sink.path = path
  return sink
end

return M
