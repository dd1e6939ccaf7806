--- `sqlite:FILE`: a database of SQLite, made where there is none.
-- @module wdt.cli.sinks.sqlite
local sql = require "wdt.cli.sinks.sql"

local DIALECT = { driver = "sqlite3", debian = "lua-sql-sqlite3", rock = "luasql-sqlite3", document = "TEXT",
  session = { "PRAGMA busy_timeout = 10000" }, -- whoever reads it meanwhile makes this wait, not fail
  field = function(name) return ("CAST(json_extract(d, '$.\"%s\"') AS TEXT)"):format(name) end,
  clean = function(document) return document end }

local M = { as = "json" }

--- See `wdt.cli.sinks.sql`.
function M.open(path, job)
  return sql.open(DIALECT, path, job)
end

return M
