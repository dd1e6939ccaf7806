-- Shipped stockouts as CSV that Excel opens with Chinese text intact, one file a day of shipping.
-- Killed at any moment, no line is lost and none stands there twice.
--
--   lua5.4 sync_csv.lua [FOLDER FIRST-SECOND]
--
-- e.g. shipped "2026-01-01 00:00:00"
local wdt = require "wdt"

local folder, from = arg[1] or "shipped-csv", arg[2] or "2026-11-01 00:00:00"

local FIELDS = { "consign_time", "stockout_id", "order_no", "src_tids", "shop_name",
  "receiver_name",
  "goods_total_amount", "cs_remark" }

local job = assert(wdt.sync{ name = "shipped", what = "stockouts", from = from,
  into = assert(wdt.sink.open("csv:" .. folder, { name = "shipped", fields = FIELDS })),
  state = "file:" .. folder .. "/state" })
assert(job:run())
job:close()
