--- Methods of the enterprise edition (企业版). Sources: seed E for the stockouts, the vendor's other
-- pages for the rest, of which few name the parameters: an entry without `params` takes any. The
-- fields: `wdt.catalog`.
-- @module wdt.catalog.enterprise

local duration = require "wdt.duration"
local map = require "wdt.map"
local DAY, HOUR = duration.DAY, duration.HOUR

-- Seed E §1.3; is_by_modified is on a later vendor page.
local BY_STATUS = { { param = "is_by_modified", equals = "1", field = "modified" },
  { param = "status", below = 95, field = "modified" }, { field = "consign_time" } }

-- 0 (the default): modified, 1: settled, 2: created.
local BY_TYPE = { { param = "time_type", equals = "1" },
  { param = "time_type", equals = "2", field = "created" },
  { field = "modified" } }

local M = {
  -- Seed E, section by section.
  stockout_order_query_trade = { title = "查询销售出库单", list = "stockout_list",
    id = "stockout_id", -- §1.5: order_no changes when an order is rejected and audited again
    hides = "taobao", -- §1.5
    span = 30 * DAY - 1, ends = "closed", -- §1.4: …-01 00:00:00 to …-30 23:59:59
    clock = BY_STATUS, page_size = 100, page_max = 100, -- §3.3
    lookups = "src_order_no src_tid stockout_no", -- §3.3
    history = "his_stockout_order_query_trade", -- §3.1
    -- is_by_modified and those after it stand on newer pages
    params = "status src_order_no src_tid stockout_no shop_no warehouse_no is_by_modified shop_nos "
      .. "fetch_stock_only is_no_position",
    numbers = "status is_by_modified fetch_stock_only is_no_position",
    cuts = { { param = "shop_no", field = "shop_no" },
      { param = "warehouse_no", field = "warehouse_no" },
      { param = "status", field = "status" } },
    lifecycle = { "55", "95", "105", "110", "113", "5" }, nested = "details_list" },

  -- closed interval (00:00:00..00:59:59 in the example); page warns that orders cannot be pulled
  -- 30 days at a time; trade_id: documented as primary key, trade_no is its number; page_size range
  -- from the third-party provider
  trade_query = { title = "查询订单管理", list = "trades", id = "trade_id", span = HOUR - 1,
    hides = "taobao", -- by the vendor's guide to Qimen, for this and those below
    ends = "closed", page_max = 100, lookups = "trade_no src_tid logistics_no",
    history = "his_trade_query" },
  -- list key recorded in an earlier pass; re-check; no source names trade_id here
  sales_trade_query = { title = "查询订单管理（仅自有平台、线下）", list = "trades", id = "trade_no",
    span = HOUR - 1,
    history = "sales_his_trade_query" },
  refund_query = { title = "查询退换管理", list = "refunds", id = "refund_id", span = 30 * DAY - 1,
    hides = "taobao",
    clock = BY_TYPE, page_max = 40, lookups = "refund_no src_refund_no trade_no tid",
    history = "his_refund_query" },
  -- status defaults to 80 (completed only); stockin_id by analogy with
  -- stockin_order_query_purchase; needs_time_range not stated in the excerpt
  stockin_order_query_refund = { title = "查询退货入库单", list = "stockin_list", id = "stockin_id",
    span = 30 * DAY - 1,
    timeless = "unknown", page_size = 50, page_max = 50,
    history = "his_stockin_order_query_refund" },
  -- sales stockouts are NOT returned (newer page); default statuses consigned+completed; status
  -- list adds 50; list key stockout_list in a client of a sibling endpoint; stockout_id: documented
  -- as primary key
  stockout_order_query = { title = "查询出库单管理", list = "stockout_list", id = "stockout_id",
    span = 30 * DAY - 1, clock = BY_STATUS, timeless = "unknown", lookups = "stockout_no" },
  -- refund stock-ins are not returned; stockin_id by analogy
  stockin_order_query = { title = "查询入库单管理", list = "stockin_list", id = "stockin_id",
    span = 30 * DAY - 1,
    timeless = "unknown" },
  -- status defaults to 80
  stockin_order_query_purchase = { title = "查询采购入库单", list = "stockin_list", id = "stockin_id",
    span = 30 * DAY - 1,
    lookups = "src_order_no" },
  -- Qimen variant caps page_size at 30; a Java client declares total_count as an int; id by analogy
  stockout_order_query_return = { title = "查询采购退货出库单", list = "stockout_list", id = "stockout_id",
    span = 30 * DAY - 1,
    clock = BY_STATUS, timeless = "unknown" },
  -- natural key warehouse_no+spec_no (+defect); page suggests full sweeps by spec_no at most 3
  -- times a day
  stock_query = { title = "增量查询库存", list = "stocks", id = { "warehouse_no", "spec_no", "defect" },
    span = 30 * DAY - 1,
    page_max = 100, lookups = "spec_no barcode" },
  -- in use by public programs, on no page: with spec_no, with times or without
  stock_query_detail = { title = "查询库存明细", span = 30 * DAY - 1, page_max = 100,
    lookups = "spec_no" },
  -- in use by a public program, on no page
  shop_stock_query = { title = "查询店铺库存", paged = "unknown", timeless = "unknown",
    clock = { {} } },
  shop_stock_rule_query = { title = "查询店铺库存规则", paged = "unknown", timeless = "unknown",
    clock = { {} } },
  -- production answers only 00:00-02:00, otherwise an error
  vip_stock_query_all = { title = "全量查询库存", list = "stocks",
    id = { "warehouse_no", "spec_no", "defect" },
    span = 30 * DAY - 1, timeless = true, page_max = 100 },
  -- custom-built; same 00:00-02:00 limit; default window is the previous hour
  stock_query_all = { title = "全量查询库存（定制）", clock = { {} }, timeless = true },
  -- no params returns everything; the oldest page has its 1.3 and 1.4 texts swapped
  stock_transfer_query = { title = "查询调拨单", list = "transfer_list", id = "transfer_id",
    span = 30 * DAY - 1,
    timeless = true },
  stock_pd_order_query = { title = "查询盘点单", span = 30 * DAY - 1, timeless = "unknown" },
  -- order_type 0 stock-out (default) / 1 stock-in
  stock_inout_sn_query = { title = "查询出入库对应序列号", span = 30 * DAY - 1, timeless = "unknown" },
  -- span from the newer page only; older page states none
  stock_goods_sn_query = { title = "序列号管理查询接口", span = 30 * DAY - 1, lookups = "sn+spec_no" },
  -- the two numbers as a public Java client reads them
  stockin_pre_order_query = { title = "查询退货预入库单", span = 30 * DAY - 1, timeless = "unknown",
    page_max = 100, nothing_found = "7200 7201" },
  stall_order_query = { title = "查询档口管理", span = 30 * DAY - 1, timeless = "unknown",
    page_max = 100 },
  stall_order_detail_query = { title = "档口单明细查询", span = 30 * DAY - 1, timeless = "unknown",
    page_max = 100 },
  -- disabled goods excluded; with spec_no/goods_no the times are ignored; goods_id not confirmed
  -- for this endpoint
  goods_query = { title = "查询货品档案", list = "goods_list", id = "goods_id", span = 30 * DAY - 1,
    page_max = 100,
    lookups = "spec_no goods_no" },
  -- disabled suites excluded; suite_no and times combine (AND) when both are sent; suite_id: the
  -- primary key of the sibling edition, not surely here (else a query says id = "suite_no")
  suites_query = { title = "查询组合装", list = "suites", id = "suite_id",
    span = 30 * DAY - 1, lookups = "suite_no" },
  goods_class_query = { title = "查询货品分类", list = "goods_class", id = "class_id", times = {},
    page_max = 100 },
  api_goods_query = { title = "查询平台货品（定制）", span = 30 * DAY - 1, clock = { {} },
    timeless = "unknown", page_max = 100 },
  -- an example in treelab shows total_count as a JSON string ("210")
  vip_api_goods_query = { title = "查询平台货品", list = "goods_list", id = "rec_id", span = 30 * DAY - 1,
    timeless = "unknown" },
  vip_api_trade_query = { title = "查询原始订单", span = 30 * DAY - 1, timeless = "unknown",
    hides = "taobao",
    history = "vip_his_api_trade_query" },
  -- platform_id only together with tid or refund_no; one TS SDK calls api_refund_query.php instead;
  -- refund_id: documented as auto increment
  vip_api_refund_query = { title = "查询原始退款单", list = "trade_list", id = "refund_id",
    hides = "taobao",
    span = 30 * DAY - 1, timeless = "unknown", page_max = 100,
    nested = "goods_list discount_list" },
  -- purchase_id: documented as primary key
  purchase_order_query = { title = "查询采购单", list = "purchase_list", id = "purchase_id",
    span = 30 * DAY - 1, timeless = "unknown", nested = "details_list" },
  purchase_apply_query = { title = "查询采购申请单", span = 30 * DAY - 1, clock = { {} },
    timeless = "unknown", page_max = 100 },
  -- id from the third-party catalogue; official page not found
  purchase_return_query = { title = "查询采购退货单", id = "return_id", clock = { {} },
    timeless = "unknown" },
  -- page states that total_count is returned only on page 0; its interval example contradicts the
  -- 24 h limit; custom twin jit_stockout_order_query.php
  vip_jit_stockout_order_query = { title = "查询JIT出库单", span = DAY - 1, clock = { {} },
    page_size = 10, page_max = 100 },
  -- status needs order_type
  vip_stock_outside_wms_query = { title = "查询委外出入库单", span = 30 * DAY - 1, timeless = "unknown" },
  -- shop_id: documented as primary key
  shop = { title = "查询店铺", list = "shoplist", id = "shop_id", times = {}, page_max = 100 },
  -- warehouse_no is the natural key
  warehouse_query = { title = "查询仓库", list = "warehouses", id = "warehouse_no", times = {},
    page_size = 30,
    page_max = 100 },
  -- no paging stated
  logistics = { title = "查询物流", list = "logistics_list", id = "logistics_id", paged = false,
    times = {} },
  -- paging seen only in a demo call
  purchase_provider_query = { title = "查询供应商", timeless = "unknown", clock = { {} } },
  -- rec_id as the acknowledged id comes from callers, no page confirms it
  logistics_sync_query = { title = "查询物流同步", list = "trades", id = "rec_id", paged = false,
    times = {} },
  api_goods_stock_change_query = { title = "查询库存同步", list = "stock_change_list", paged = false,
    times = {} },
  -- paging only with is_page=1
  vip_stat_sales_by_spec_shop_warehouse_query = { title = "查询销售汇总", list = "content", times = {},
    required = "consign_date",
    fixed = { is_page = "1" }, page_max = 100 },
  -- title only; everything else unknown
  vip_stat_refund_by_spec_shop_warehouse_query = { title = "查询销售退货汇总", paged = "unknown",
    timeless = "unknown",
    clock = { {} } },
  -- title only; everything else unknown
  vip_invoice_info_query = { title = "查询开票信息", paged = "unknown", timeless = "unknown",
    clock = { {} } },
  -- title only; everything else unknown
  vip_jit_return_stockin_order_query = { title = "查询JIT退货入库单", paged = "unknown",
    timeless = "unknown", clock = { {} } },

  logistics_sync_ack = { kind = "action", title = "物流同步回写" },
  api_goods_stock_change_ack = { kind = "action", title = "库存同步回写" },
  vip_invoice_info_update = { kind = "action", title = "回传开票结果" },
  vip_trade_modify = { kind = "action", title = "修改订单标记" },
  vip_stockout_sales_weight_push = { kind = "push", title = "重量回传" },
  trade_push = { kind = "push", title = "创建原始订单" },
  goods_push = { kind = "push", title = "创建货品档案" },
  api_goodsspec_push = { kind = "push", title = "创建平台货品" },
  sales_refund_push = { kind = "push", title = "创建原始退款单" },
  stockin_refund_push = { kind = "push", title = "创建退货入库单" },
  purchase_order_push = { kind = "push", title = "创建采购单" },
  stockin_purchase_push = { kind = "push", title = "创建采购入库单" },
  purchase_return_push = { kind = "push", title = "创建采购退货单" },
  purchase_return_order_push = { kind = "push", title = "创建采购退货出库单" },
  stock_sync_by_pd = { kind = "push", title = "创建盘点单" },
  stockin_order_push = { kind = "push", title = "创建其他入库单" },
  stockout_order_push = { kind = "push", title = "创建其他出库单" },
  stock_transfer_push = { kind = "push", title = "创建调拨单" },
  stockout_transfer_push = { kind = "push", title = "创建调拨出库单" },
  stockin_transfer_push = { kind = "push", title = "创建调拨入库单" },
  purchase_provider_create = { kind = "push", title = "创建供应商" },
  vip_wms_stockinout_order_push = { kind = "push", title = "创建委外出入库单" },
}

-- The twins for archived rows. Only their addresses and titles are documented; parameters, keys and
-- spans are taken to be the same.
local function twin(method, title)
  local copy = map.copy(M[method])
  copy.title, copy.history = title, nil
  M[M[method].history] = copy
end

twin("stockout_order_query_trade", "查询历史销售出库单")
twin("trade_query", "查询ERP已归档历史订单")
twin("sales_trade_query", "查询历史订单（仅自有平台、线下）")
twin("refund_query", "查询历史退换单")
twin("stockin_order_query_refund", "查询历史退货入库单")
twin("vip_api_trade_query", "查询历史原始单")

return M
