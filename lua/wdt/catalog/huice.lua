--- Methods of the huice edition (慧策网页版). Sources: the vendor's pages whose names end in `_Y`, read
-- in 2026, and public clients. Spans that no page tells are an hour; ids are 64-bit numbers that
-- travel as text. The fields: `wdt.catalog`.
-- @module wdt.catalog.huice

local duration = require "wdt.duration"
local DAY = duration.DAY

-- 1 (the default): modified, 2: consigned.
local BY_TYPE = { { param = "time_type", equals = "2", field = "consign_time" },
  { field = "modified" } }

-- 1: modified, 2: trade, 3: created, 4: paid, 5: consigned; without it, as far as clients tell,
-- modified.
local TRADE_BY_TYPE = { { param = "time_type", equals = "2", field = "trade_time" },
  { param = "time_type", equals = "3", field = "created" },
  { param = "time_type", equals = "4", field = "pay_time" },
  { param = "time_type", equals = "5", field = "consign_time" }, { field = "modified" } }

-- No status, or one of 95 and more: consigned; else modified. Times are spelt with a T.
local BY_STATUS = { { param = "status", below = 95, field = "modify_date" },
  { field = "consign_time" } }

return {
  -- reads shipped orders: "there is no stockout process yet"; no filter by status. status_type 1
  -- (the default): shipped and later, 2: audited and later
  stockout_order_query_trade = { title = "销售出库单", list = "stockout_list", id = "stockout_id",
    span = 30 * DAY - 1, ends = "closed", clock = BY_TYPE, page_size = 100, page_max = 100,
    lookups = "src_order_no",
    params = "time_type status_type shop_no warehouse_no src_order_no fetch_stock_only",
    numbers = "time_type status_type fetch_stock_only",
    nested = "details_list sn_list position_list logistics_list" },
  -- by modification; an order can be shipped and withdrawn again, so that an id may come twice
  stockout_order_query_trade_cancel = { title = "撤销发货的销售出库单查询", list = "stockout_list",
    id = "stockout_id", span = 30 * DAY - 1, ends = "closed", page_size = 100, page_max = 100,
    params = "shop_no warehouse_no", nested = "details_list" },
  -- a client reads a day at a time
  trade_query = { title = "查询系统订单", list = "trades", id = "trade_id", span = DAY - 1,
    clock = TRADE_BY_TYPE, page_max = 100, lookups = "trade_no src_tid",
      nested = "goods_list logistics_list abnormal_list" },
  refund_query = { title = "查询退换管理", list = "refunds", id = "refund_id", page_max = 100,
    nested = "refund_order_list refund_out_goods_list" },
  stockin_order_query_refund = { title = "查询退货入库单", list = "stockin_list", id = "stockin_id",
    page_max = 100, nested = "details_list" },
  stockout_order_query = { title = "查询出库单管理", list = "stockout_list", id = "id",
    modified = "modify_date", clock = BY_STATUS, page_max = 100, nested = "order_detail_list" },
  stock_query = { title = "查询库存", list = "stocks", id = "rec_id", page_max = 100 },
  -- its sample shows a total of -1, and a public program gets identical rows that are two
  stock_detail_report_query = { title = "查询出入库明细表", list = "data", clock = { {} },
    page_max = 100 },
  goods_query = { title = "查询货品档案", list = "goods_list", id = "goods_id", page_max = 100,
    lookups = "spec_no goods_no", nested = "spec_list" },
  suites_query = { title = "查询组合装", list = "suites", id = "suite_id", page_max = 100,
    lookups = "suite_no", nested = "specs_list" },
  shop = { title = "查询店铺", list = "shoplist", id = "shop_id", times = {}, page_max = 100 },
  warehouse_query = { title = "查询仓库", list = "warehouses", id = "warehouse_id", times = {},
    page_max = 100 },
  purchase_order_query = { title = "查询采购单管理", list = "purchase_list", id = "purchase_id",
    page_max = 100, nested = "details_list" },
  logistics_sync_query = { title = "查询物流同步", list = "trades", id = "rec_id", paged = false,
    times = {} },

  logistics_sync_ack = { kind = "action", title = "物流同步回写" },
}
