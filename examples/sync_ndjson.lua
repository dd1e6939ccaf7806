-- Shipped stockouts as NDJSON, one file a day of shipping, one row a line as the ERP sent it.
-- Killed at any moment, no line is lost and none stands there twice.
--
--   lua5.4 sync_ndjson.lua FOLDER FIRST-SECOND [follow]
--
-- e.g. shipped "2026-01-01 00:00:00"
local wdt = require "wdt"

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", from = arg[2],
  into = "ndjson:" .. arg[1], state = "file:" .. arg[1] .. "/state", follow = arg[3] == "follow" })
assert(job:run())
job:close()
