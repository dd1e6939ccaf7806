--- `sqlite:FILE`: a database of SQLite, made where there is none.
-- @module wdt.cli.sinks.sqlite
local posix = require "wdt.native".load "wdt.posix"
local sql = require "wdt.cli.sinks.sql"

-- In the journal mode DELETE the unlinking of the journal is what commits. FULL, the default, does not have the folder on the disk
-- then: after a power failure the journal is back, and takes the rows out again that the state says are there. EXTRA does.
local DIALECT = { driver = "sqlite3", debian = "lua-sql-sqlite3", rock = "luasql-sqlite3", document = "TEXT",
  session = { "PRAGMA busy_timeout = 10000", -- a reader makes this wait, not fail
    "PRAGMA synchronous = EXTRA" },
  field = function(name) return ("CAST(json_extract(d, '$.\"%s\"') AS TEXT)"):format(name) end,
  clean = function(document) return document end }

local M = { as = "json" }

--- See `wdt.cli.sinks.sql`.
function M.open(path, job)
  if not path:find "^/" then path = "./" .. path end -- a file's name, whatever SQLite would make of ":memory:" or "file:…"
  if not posix.kind(path) then -- SQLite would let everyone read it; its journals take the same permissions
    local file, err = posix.output(path)
    if not file then return nil, path .. ": " .. err end
    file:close()
  end
  return sql.open(DIALECT, path, job)
end

return M
