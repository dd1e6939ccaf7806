-- A copy of all shipped stockouts in MySQL or MariaDB, as tables: run it every minute, or let it
-- follow. Needs LuaSQL (Debian: lua-sql-mysql). Killed at any moment, nothing is lost and nothing
-- stands there twice: the database keeps the job's state itself, in one transaction with the rows.
-- MYSQL_PWD is the password.
--
--   lua5.4 sync_mysql.lua [TARGET FIRST-SECOND [follow]]
--
-- e.g. mysql://erp@localhost/erp "2026-01-01 00:00:00"
local wdt = require "wdt"

local target, from = arg[1] or "mysql://erp@localhost/erp", arg[2] or "2026-11-01 00:00:00"

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", from = from,
  into = target, follow = arg[3] == "follow", revisit = { "1d", "7d", "30d" }, audit = true })
assert(job:run())

local seen = job:progress()
print(("%d windows, %d rows"):format(seen.windows, seen.rows))
job:close()
