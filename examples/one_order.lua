-- One order by its number; a look-up needs no times.
--
--   lua5.4 one_order.lua [JY201905180001]                    one that was shipped in the last day
local wdt = require "wdt"

local number = arg[1]
if not number then
  local stream = wdt.stockouts{ start = os.time() - 86400, stop = os.time(),
    fields = { "src_order_no" } }
  number = assert(stream:next(), "nothing was shipped in the last day").src_order_no
  stream:close()
end
local found = 0

for so in wdt.stockouts{ src_order_no = number, history = "both" } do
  found = found + 1
  print(so.order_no, so.status, so.consign_time, so.logistics_name, so.logistics_no)
  for _, line in ipairs(so.details_list) do
    print("", line.spec_no, line.goods_name, line.goods_count, line.sell_price)
  end
end

if found == 0 then print("no stockout of order " .. number) end
