-- Shipped stockouts as NDJSON, one file a day of shipping, one row a line as the ERP sent it.
-- Killed at any moment, no line is lost and none stands there twice.
--
--   lua5.4 sync_ndjson.lua [FOLDER FIRST-SECOND [follow]]
--
-- e.g. shipped "2026-01-01 00:00:00"
local wdt = require "wdt"

local folder, from = arg[1] or "shipped", arg[2] or "2026-11-01 00:00:00"

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", from = from,
  into = "ndjson:" .. folder, state = "file:" .. folder .. "/state", follow = arg[3] == "follow" })
assert(job:run())
job:close()
