--- Sales: trades, raw trades, sales stockouts, payments.
--
-- Queries of the ultimate edition, as the vendor's pages describe them. The fields: `wdt.catalog`.
-- @module wdt.catalog.ultimate.sales

local duration = require "wdt.duration"
local DAY, HOUR = duration.DAY, duration.HOUR

-- time_type 1 (the default): modified, 2: paid, 3: ordered.
local TRADE = { { param = "time_type", equals = "2", field = "pay_time" },
  { param = "time_type", equals = "3", field = "trade_time" }, { field = "modified" } }

-- The `status` of a stockout on the enterprise edition, and the query that asks for it here; "" is
-- a query without one.
local WORDS = { param = "status", sets = "status_type",
  [""] = { value = 0 }, -- as there: what has been shipped, by the time of shipping
  -- these are the delayed and the completed ones, which 90 and 110 would bring again
  ["95"] = { value = 0, except = "90 110" },
  ["55"] = { value = 2 },
  ["5"] = { value = 1 },
  other = { value = 3, keep = true },
}

return {
  -- data itself is the array and the count is top-level "total"; own-platform shops only
  ["sales.LogisticsSync.getSyncListExt"] = { title = "待同步列表查询", list = "data", total = "total",
    id = "sync_id", times = {},
    page_max = 1000, params = "shop_no is_own_platform tid logistics_no is_part_sync" },
  ["sales.Payment.queryWithDetail"] = { title = "销售收付单查询", list = "data.payment_list",
    id = "payment_id", span = 30 * DAY,
    clock = { { param = "time_type", equals = "1" }, { field = "created" } },
    params = "time_type status is_refund payment_no sales_order_no shop_nos" },
  ["sales.RawTrade.search"] = { title = "原始单查询",
    hides = "taobao", list = "data.order", id = "rec_id",
    span = 30 * DAY, lookups = "tid",
    history = "sales.RawTrade.searchHistory", params = "tid shop_no is_slave detail_mask",
    nested = "trade_orders discount_list" },
  ["sales.RawTrade.searchHistory"] = { title = "历史原始单查询",
    hides = "taobao", list = "data.order", id = "rec_id",
    span = 30 * DAY,
    lookups = "tid", params = "tid shop_no is_slave detail_mask",
    nested = "trade_orders discount_list" },
  ["sales.RawTrade.searchHistorySelfOrder"] = { title = "历史原始单查询--仅返回自有平台、线下平台订单",
    list = "data.order", id = "rec_id",
    span = 30 * DAY, lookups = "tid", params = "tid shop_no is_slave detail_mask",
    nested = "trade_orders discount_list" },
  ["sales.RawTrade.searchSelfOrder"] = { title = "原始单查询--仅返回自有平台、线下平台订单", list = "data.order",
    id = "rec_id",
    span = 30 * DAY, lookups = "tid", history = "sales.RawTrade.searchHistorySelfOrder",
    params = "tid shop_no is_slave detail_mask", nested = "trade_orders discount_list" },
  -- calculation; response sample is unwrapped with success_date[] and error_date[]
  ["sales.StockSync.batchCalcStock"] = { title = "支持批量查询", paged = false, times = {},
    params = "api_goods_id force_sync" },
  -- positional args apiGoodsId, forceSync; data is one object
  ["sales.StockSync.calcStock"] = { title = "库存同步计算查询", paged = false, times = {},
    args = "apiGoodsId forceSync" },
  -- what calcStock replaced; public clients still call it
  ["sales.StockSync.calcStockWithAuth"] = { title = "库存同步计算查询（旧）", paged = false, times = {},
    args = "apiGoodsId forceSync" },
  -- positional args count, position; data.position is the next cursor; list holds ids, not objects
  ["sales.StockSync.getSelfWaitSyncIdListOpen"] = { title = "获取自有平台货品需要同步信息", list = "data.id_list",
    paged = false,
    times = {}, args = "count position" },
  -- no batch lookup; sample is unwrapped (detail_list at top)
  ["sales.TradeQuery.getLog"] = { title = "订单日志查询", list = "data.detail_list", paged = false,
    times = {},
    params = "trade_no" },
  -- rows are kept 7 days, purged Monday 01:00
  ["sales.TradeQuery.getTradeMergedLog"] = { title = "被合并订单查询", list = "data.log_list",
    id = "rec_id", paged = false,
    span = 7 * DAY, clock = { {} }, params = "" },
  ["sales.TradeQuery.queryHistorySelfOrderWithDetail"] =
    { title = "历史订单查询--仅返回自有平台、线下平台订单", list = "data.order",
    id = "trade_id", span = HOUR, clock = TRADE, lookups = "trade_no",
    params = "time_type warehouse_no status trade_no shop_no logistics_no src_tid is_slave "
      .. "cal_share_post_amount",
    nested = "detail_list" },
  ["sales.TradeQuery.queryHistoryWithDetail"] = { title = "历史订单查询",
    hides = "taobao pinduoduo supply", list = "data.order",
    id = "trade_id", span = HOUR,
    clock = TRADE, lookups = "trade_no",
    params = "time_type warehouse_no status trade_no shop_no logistics_no src_tid is_slave "
      .. "cal_share_post_amount "
      .. "accurate_query", nested = "detail_list" },
  ["sales.TradeQuery.querySelfOrderWithDetail"] = { title = "订单查询--仅返回自有平台、线下平台订单信息",
    list = "data.order", id = "trade_id",
    span = HOUR, clock = TRADE, lookups = "trade_no src_tid logistics_no",
    history = "sales.TradeQuery.queryHistorySelfOrderWithDetail",
    params = "warehouse_no status trade_no shop_no logistics_no src_tid is_slave "
      .. "cal_share_post_amount trade_from "
      .. "order_type time_type need_gift_relation accurate_query cut_logistics_no",
        nested = "detail_list" },
  ["sales.TradeQuery.queryWithDetail"] = { title = "订单查询",
    hides = "taobao pinduoduo supply", list = "data.order", id = "trade_id",
    span = HOUR, clock = TRADE,
    lookups = "trade_no src_tid logistics_no", history = "sales.TradeQuery.queryHistoryWithDetail",
    params = "warehouse_no status trade_no shop_no logistics_no src_tid is_slave "
      .. "cal_share_post_amount trade_from "
      .. "order_type time_type need_gift_relation accurate_query cut_logistics_no",
        nested = "detail_list" },
  -- range optional in the table; whether it is mandatory: unknown
  ["sales.jit.JitRefund.search"] = { title = "JIT退货单查询", list = "data.order_list", id = "rec_id",
    span = 30 * DAY,
    timeless = "unknown", params = "jit_refund_no", nested = "detail_list" },
  -- status_type 0: shipped, by the time of shipping; 1 (also when absent): cancelled, 2: not
  -- shipped, 3: what `status` lists, all by the last modification (3 without `status`: by the time
  -- of shipping). `words`: how the `status` of a query is said here.
  ["wms.stockout.Sales.queryWithDetail"] = { title = "销售出库单查询",
    hides = "taobao pinduoduo supply", list = "data.order",
    id = "stockout_id", span = HOUR,
    clock = { { param = "status_type", equals = "0", field = "consign_time" },
      { param = "status_type", equals = "3", without = "status", field = "consign_time" },
        { field = "modified" } },
    lookups = "stockout_no src_order_no logistics_no",
    history = "wms.stockout.Sales.queryHistoryWithDetail",
    params = "status_type status warehouse_no stockout_no shop_nos src_order_no logistics_no "
      .. "need_sn position is_slave "
      .. "get_anchor order_type need_pick_position need_gov_subsidy_info src_tid",
        nested = "details_list logistics_list",
    numbers = "status status_type", words = WORDS,
    sorted = { modified = { "order_type", 1, "desc" }, consign_time = { "order_type", 2, "desc" } },
    cuts = { { param = "shop_nos", field = "shop_no" },
      { param = "warehouse_no", field = "warehouse_no" } },
    lifecycle = { "2", "3", "0", "1" } },
  -- It takes no `status`, and no document says which numbers it looks up without times.
  ["wms.stockout.Sales.queryHistoryWithDetail"] = { title = "历史销售出库单查询",
    hides = "taobao pinduoduo supply", list = "data.order",
    id = "stockout_id",
    span = HOUR, clock = { { param = "status_type", equals = "0", field = "consign_time" },
      { field = "modified" } },
    params = "status_type warehouse_no stockout_no shop_nos src_order_no",
    nested = "details_list logistics_list",
    numbers = "status_type", words = WORDS,
    cuts = { { param = "shop_nos", field = "shop_no" },
      { param = "warehouse_no", field = "warehouse_no" } },
    lifecycle = { "2", "3", "0", "1" } },
  -- Seed U.
  ["wms.stockout.Sales.searchCancel"] = { title = "已取消出库单查询",
    hides = "taobao", list = "data.order_list", -- §4
    id = "stockout_id", span = HOUR, -- §1.5; a full 3600 s is accepted in the sample (§5)
    params = "" },
  -- status required
  ["wms.stockout.Sales.searchLogistics"] = { title = "物流单查询", list = "data.order_list",
    id = "rec_id", span = DAY,
    required = "status", params = "status warehouse_no order_type trade_no src_tids shop_no" },
  ["wms.stockout.Sales.searchPositionDetail"] = { title = "销售出库实际出库明细查询", list = "data.order_list",
    id = "stockout_id",
    span = HOUR, params = "stockout_no trade_no warehouse_no", nested = "detail_list" },
  -- positional arg pick_no; nested envelope: data.data is one object, data.status repeats the
  -- status
  ["wms.stockout.SalesPick.pickListOverviewForApi"] =
    { title = "分拣单全览", list = "data.data", paged = false, times = {},
    args = "pick_no", nested = "pick_goods_data_list" },
}
