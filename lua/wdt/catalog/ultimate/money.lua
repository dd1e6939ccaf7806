--- Refunds, finance, statistics, settings.
--
-- Queries of the ultimate edition, as the vendor's pages describe them. The fields: `wdt.catalog`.
-- @module wdt.catalog.ultimate.money

local duration = require "wdt.duration"
local DAY, HOUR = duration.DAY, duration.HOUR

return {
  ["aftersales.refund.RawRefund.search"] = { title = "原始退款单查询",
    hides = "taobao pinduoduo supply", list = "data.order",
    id = "refund_id", span = 30 * DAY,
    clock = { { param = "time_type", equals = "2" }, { field = "modified" } },
    lookups = "platform_id+refund_no refund_no platform_id+tid logistics_no",
    history = "aftersales.refund.RawRefund.searchHistory",
    params = "time_type refund_no logistics_no platform_id shop_no tid oid detail_mask "
      .. "filter_detail",
    nested = "detail_list discount_list" },
  ["aftersales.refund.RawRefund.searchHistory"] = { title = "历史原始退款单查询",
    hides = "taobao pinduoduo supply", list = "data.order",
    id = "refund_id",
    span = 30 * DAY, clock = { { param = "time_type", equals = "2" }, { field = "modified" } },
    lookups = "platform_id+refund_no platform_id+tid logistics_no",
    params = "time_type refund_no logistics_no platform_id shop_no tid oid detail_mask",
    nested = "detail_list discount_list" },
  -- all range params optional in the table, but the error sample demands a range; order_type=1
  -- sorts by modified descending; page does not say whether a document number lifts the range
  ["aftersales.refund.Refund.search"] = { title = "退换单查询",
    hides = "taobao", list = "data.order", id = "refund_id",
    times = { { "modified_from", "modified_to", field = "modified" },
      { "settle_from", "settle_to", field = false },
      { "agree_from", "agree_to", field = false },
      { "current_phase_timeout_from", "current_phase_timeout_to", field = false } },
        span = 30 * DAY,
    history = "aftersales.refund.Refund.searchHistory",
    sorted = { modified = { "order_type", 1, "desc" } },
    params = "shop_nos tid buyer_nick trade_no refund_no return_logistics_no status "
      .. "stockin_status return_warehouse_nos "
      .. "type fuzzy_query return_mask_manual_intercept refund_mask_reject_return order_type "
      .. "rr_status "
      .. "need_gov_subsidy_info raw_refund_nos", nested = "detail_list amount_detail_list" },
  ["aftersales.refund.Refund.searchHistory"] = { title = "历史退换单查询",
    hides = "taobao", list = "data.order",
    id = "refund_id", span = 30 * DAY,
    lookups = "refund_no", params = "shop_no refund_no type status", nested = "detail_list" },
  -- platform_id required
  ["finance.AlipayAccountCheck.search"] = { title = "平台对账单查询", list = "data.order", id = "rec_id",
    clock = { { param = "time_type", equals = "2", field = "consign_time" },
      { param = "time_type", equals = "3" },
      { param = "time_type", equals = "4" }, { field = "modified" } }, required = "platform_id",
    params = "time_type platform_id status" },
  ["finance.Payment.search"] = { title = "收付款单查询", list = "data.order", id = "rec_id",
    span = 30 * DAY,
    clock = { { param = "time_type", equals = "2", field = "modified" }, { field = "created" } },
    params = "time_type type status", nested = "detail_list" },
  ["finance.RawPayment.search"] = { title = "平台账单查询", list = "data.detail_list", id = "rec_id",
    span = 30 * DAY,
    clock = { { param = "time_type", equals = "2" }, {} },
    params = "shop_no order_no time_type type" },
  -- no row id in the table; natural key warehouse_no+spec_no(+defect); warehouse_no is "" unless
  -- multi-warehouse costing is on
  ["finance.StockCost.search"] = { title = "存货成本查询", list = "data.detail_list",
    id = { "warehouse_no", "spec_no", "defect" }, span = 30 * DAY,
    lookups = "warehouse_no spec_nos",
    params = "warehouse_no spec_nos" },
  -- by default returns only offline invoices waiting to be issued unless mode=1; success sample is
  -- unwrapped (no status/data)
  ["finance.invoice.InvoiceOrder.search"] = { title = "发票信息查询", list = "data.order",
    id = "invoice_order_no",
    span = 30 * DAY, lookups = "invoice_order_no", params =
      "invoice_order_no mode status platform_type",
    nested = "detail_list" },
  ["finance.settle.Logistics.search"] = { title = "电子面单号查询", list = "data.detail_list",
    id = "rec_id", span = HOUR,
    params = "status" },
  -- whether a range is mandatory: unknown
  ["finance.settle.Purchase.search"] = { title = "采购结算单查询", list = "data.order", id = "settle_no",
    times = { { "modified_from", "modified_to", field = "modified" },
      { "create_from", "create_to", field = "created" } },
    timeless = "unknown",
    params = "warehouse_no provider_no purchaser_name settle_no purchase_no status",
    nested = "detail_list" },
  -- transfer_order_id also present on rows
  ["finance.settle.Transfer.search"] = { title = "调拨结算查询", list = "data.order", id = "settle_no",
    span = 30 * DAY,
    clock = { { param = "time_type", equals = "1", field = "modified" }, { field = "created" } },
    lookups = "settle_no transfer_no",
    params = "from_warehouse_no to_warehouse_no settle_no transfer_no status time_type",
    nested = "detail_list" },
  -- range optional in the table but the error sample demands one
  ["finance.settle.process.search"] = { title = "生产结算单查询", list = "data.order", id = "settle_id",
    clock = { { field = "created" } }, page_max = 1000, params = "process_no settle_no producer_no",
    nested = "detail_list" },
  -- needs parent id OR a range
  ["setting.Address.citySearch"] = { title = "地址查询-市", list = "data.detail_list", id = "city_id",
    span = 30 * DAY,
    lookups = "province_id", params = "province_id" },
  -- needs parent id OR a range
  ["setting.Address.districtSearch"] = { title = "地址查询-区", list = "data.detail_list",
    id = "district_id", span = 30 * DAY,
    lookups = "city_id", params = "city_id" },
  ["setting.Address.provinceSearch"] = { title = "地址查询-省", list = "data.detail_list",
    id = "province_id", timeless = true,
    params = "" },
  -- without a range returns everything; trade label masks are bit positions into the ordered full
  -- list
  ["setting.CustomAttr.getTradeLabel"] = { title = "订单标签查询", list = "data.detail_list",
    id = "rec_id", span = 30 * DAY,
    timeless = true, params = "" },
  ["setting.Employee.search"] = { title = "员工查询", list = "data.order_list", id = "employee_id",
    params = "employee_no" },
  -- disabled logistics excluded
  ["setting.Logistics.queryLogistics"] = { title = "物流公司查询", list = "data.details",
    id = "logistics_id", times = {},
    params = "logistics_no logistics_name hide_delete need_quantity" },
  -- without a range returns everything; page notes are copied from the label page
  ["setting.OperationReason.search"] = { title = "退换原因查询", list = "data.detail_list",
    id = "reason_id", span = 30 * DAY,
    timeless = true, params = "" },
  -- error sample demands a range but the table marks all optional
  ["setting.PurchaseProvider.queryDetail"] = { title = "供应商查询", list = "data.details",
    id = "provider_id",
    times = { { "modified_begin", "modified_end", field = "modified" },
      { "created_begin", "created_end", field = "created" } }, timeless = true,
    params = "provider_no provider_name telno mobile description contact is_disabled deleted" },
  -- no shop_no = all shops
  ["setting.Shop.queryShop"] = { title = "店铺查询", list = "data.details", id = "shop_id", times = {},
    params = "shop_no platform_id" },
  -- deleted warehouses hidden by default
  ["setting.Warehouse.queryWarehouse"] = { title = "仓库查询", list = "data.details",
    id = "warehouse_id", timeless = true,
    params = "warehouse_no warehouse_name type sub_type hide_delete" },
  ["setting.strategy.VirtualWarehouse.orderSearch"] =
    { title = "虚拟仓单据查询", list = "data.order", id = "order_id",
    span = 30 * DAY, params = "virtual_warehouse_no warehouse_no order_type",
    nested = "detail_list" },
  ["setting.strategy.VirtualWarehouse.query"] = { title = "虚拟仓信息查询", list = "data.detail_list",
    id = "virtual_warehouse_id",
    times = {}, params = "virtual_warehouse_no sys_warehouse_no",
    nested = "sys_warehouse_list shop_list" },
  ["setting.strategy.VirtualWarehouse.stockSearch"] =
    { title = "虚拟仓库存查询", list = "data.detail_list", id = "rec_id",
    span = 30 * DAY, lookups = "spec_nos", params = "spec_nos virtual_warehouse_no warehouse_no" },
  ["setting.strategy.VirtualWarehouse.warehouseSearch"] =
    { title = "虚拟仓仓库查询", list = "data.detail_list",
    id = "virtual_warehouse_id", span = 30 * DAY, params = "virtual_warehouse_no warehouse_no",
    nested = "warehouse_list" },
  -- in public clients, on no page: logistics_status goes with times
  ["statistic.GoodsSendStatistic.searchLogisticsTrace"] = { title = "物流轨迹查询",
    list = "data.order_list", clock = { {} }, lookups = "logistics_no",
    params = "logistics_status warehouse_no shop_no need_detail logistics_no" },
  -- in a public client, on no page
  ["statistic.StatSalesStatistic.statSalesBySpecShopWarehouse"] = { title = "销售统计（货品、店铺、仓库）",
    clock = { {} }, timeless = "unknown" },
  ["statistic.StockinCollect.queryCostWithDetail"] =
    { title = "入库瞬时成本查询", list = "data.order", id = "stockin_id",
    span = 7 * DAY, clock = { { param = "time_type", equals = "2" }, { field = "created" } },
    lookups = "stockin_no",
    params = "warehouse_no time_type stockin_no", nested = "detail_list" },
  -- page has no response sample; keys taken from its tables
  -- the server's time; in a public client's tests, on no page
  ["system.Core.now"] = { title = "服务器时间", paged = false, times = {}, args = "" },
  ["statistic.StockoutCollect.queryCostWithDetail"] =
    { title = "出库瞬时成本查询", list = "data.order", id = "stockout_id",
    span = 7 * DAY, clock = { { field = "consign_time" } }, lookups = "stockout_no",
    params = "warehouse_no stockout_no" },
}
