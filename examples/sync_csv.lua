-- Shipped stockouts as CSV that Excel opens with Chinese text intact, one file a day of shipping.
-- Killed at any moment, no line is lost and none stands there twice.
--
--   lua5.4 sync_csv.lua FOLDER FIRST-SECOND                      e.g. shipped "2026-01-01 00:00:00"
local wdt = require "wdt"

local FIELDS = { "consign_time", "stockout_id", "order_no", "src_tid", "shop_name", "receiver_name",
  "goods_total_amount", "cs_remark" }

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", from = arg[2],
  into = assert(wdt.sink.open("csv:" .. arg[1], { name = "shipped", fields = FIELDS })),
  state = "file:" .. arg[1] .. "/state" })
assert(job:run())
job:close()
