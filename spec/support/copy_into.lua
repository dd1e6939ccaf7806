-- A program that keeps a copy, for specs that kill it: TARGET FIRST-SECOND STATE [follow]; STATE is
-- a store's text, or "-" for a target that keeps it itself.
local wdt = require "wdt"

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", query = {}, from = arg[2],
  into = arg[1], route = os.getenv "WDT_ROUTE",
  state = arg[3] ~= "-" and arg[3] or nil, follow = arg[4] == "follow" })
assert(job:run())
local seen = job:progress()
print(("%d windows, %d rows"):format(seen.windows, seen.rows))
job:close()
