-- A copy of all shipped stockouts in SQLite, as tables: run it every minute, or let it follow.
-- Needs a wdt that was built with SQLite, or LuaSQL (Debian: lua-sql-sqlite3). Killed at any
-- moment, nothing is lost and nothing stands there twice: the database keeps the job's state
-- itself, in one transaction with the rows.
--
--   lua5.4 sync_sqlite.lua [DATABASE FIRST-SECOND [follow]]
--
-- e.g. shipped.db "2026-01-01 00:00:00"
local wdt = require "wdt"

local path, from = arg[1] or "shipped.db", arg[2] or "2026-11-01 00:00:00"

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", from = from,
  into = "sqlite:" .. path, follow = arg[3] == "follow", revisit = { "1d", "7d", "30d" },
  audit = true })
assert(job:run())

local seen = job:progress()
print(("%d windows, %d rows"):format(seen.windows, seen.rows))
job:close()
