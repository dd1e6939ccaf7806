-- One order by its number; a look-up needs no times.
--
--   lua5.4 one_order.lua JY201905180001
local wdt = require "wdt"

local number = assert(arg[1], "usage: one_order.lua SRC_ORDER_NO")
local found = 0

for so in wdt.stockouts{ src_order_no = number, history = "both" } do
  found = found + 1
  print(so.order_no, so.status, so.consign_time, so.logistics_name, so.logistics_no)
  for _, line in ipairs(so.details_list) do
    print("", line.spec_no, line.goods_name, line.goods_count, line.sell_price)
  end
end

if found == 0 then print("no stockout of order " .. number) end
