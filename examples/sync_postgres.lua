-- A copy of all shipped stockouts in PostgreSQL, as tables: run it every minute, or let
-- it follow. Needs LuaSQL (Debian: lua-sql-postgres). Killed at any moment, nothing is lost and
-- nothing stands there twice: the database keeps the job's state itself, in one transaction with
-- the rows.
--
--   lua5.4 sync_postgres.lua [CONNECTION FIRST-SECOND [follow]]
--
-- e.g. "dbname=erp" "2026-01-01 00:00:00"
local wdt = require "wdt"

local address, from = arg[1] or "dbname=erp", arg[2] or "2026-11-01 00:00:00"

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", from = from,
  into = "postgres:" .. address, follow = arg[3] == "follow", revisit = { "1d", "7d", "30d" },
  audit = true })
assert(job:run())

local seen = job:progress()
print(("%d windows, %d rows"):format(seen.windows, seen.rows))
job:close()
