-- Every stockout shipped in a month (95 已发货), with its lines.
--
--   lua5.4 month_of_shipped.lua [FIRST-SECOND LAST-SECOND]   the last 30 days
--
-- The account comes from WDT_EDITION, WDT_SID, WDT_APPKEY and WDT_APPSECRET; `eval "$(sh
-- examples/shell.sh)"` sets a sandbox's.
local wdt = require "wdt"

local start, stop = arg[1] or os.time() - 30 * 86400, arg[2] or os.time()
local orders, lines = 0, 0

for so in wdt.stockouts{ start = start, stop = stop, status = 95 } do
  print(so.order_no, so.consign_time, so.shop_name, so.goods_total_amount)
  orders, lines = orders + 1, lines + #so.details_list
end

print(("%d stockouts, %d lines"):format(orders, lines))
