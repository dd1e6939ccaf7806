-- The stockouts cancelled on one day. Works with either edition; the ultimate edition allows an
-- hour a call, which is not your concern.
--
--   lua5.4 cancelled_of_a_day.lua [2026-11-20]               yesterday
local wdt = require "wdt"

local day = arg[1] or os.date("!%Y-%m-%d", os.time() + 8 * 3600 - 86400) -- in Beijing
local count = 0

for so in wdt.cancelled_stockouts{ start = day .. " 00:00:00", stop = day .. " 23:59:59" } do
  count = count + 1
  print(so.stockout_id, so.stockout_no or so.order_no, so.status, so.modified)
end

print(("%d cancelled on %s"):format(count, day))
