-- Every stockout shipped in a month (95 已发货), with its lines.
--
--   WDT_EDITION=enterprise WDT_SID=… WDT_APPKEY=… WDT_APPSECRET=… lua5.4 month_of_shipped.lua [FIRST-SECOND LAST-SECOND]
local wdt = require "wdt"

local start, stop = arg[1] or "2026-10-01 00:00:00", arg[2] or "2026-10-31 23:59:59"
local orders, lines = 0, 0

for so in wdt.stockouts{ start = start, stop = stop, status = 95 } do
  print(so.order_no, so.consign_time, so.shop_name, so.goods_total_amount)
  orders, lines = orders + 1, lines + #so.details_list
end

print(("%d stockouts, %d lines"):format(orders, lines))
