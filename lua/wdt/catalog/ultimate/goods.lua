--- Goods, production, purchase.
--
-- Queries of the ultimate edition, as the vendor's pages describe them. The fields: `wdt.catalog`.
-- @module wdt.catalog.ultimate.goods

local duration = require "wdt.duration"
local DAY = duration.DAY

return {
  ["goods.ApiGoods.search"] = { title = "平台货品查询", hides = "taobao pinduoduo supply",
    list = "data.goods_list", id = "rec_id",
    span = 30 * DAY,
    params = "shop_no goods_id spec_id" },
  ["goods.Category.search"] = { title = "平台类目查询", list = "data.category_list", id = "rec_id",
    span = 30 * DAY,
    params = "shop_no" },
  -- end_time defaults to now
  ["goods.Goods.queryWithSpec"] = { title = "货品档案查询", list = "data.goods_list", id = "goods_id",
    span = 30 * DAY,
    lookups = "spec_no goods_no",
    params = "spec_no goods_no brand_name class_name barcode hide_deleted",
    nested = "spec_list" },
  ["goods.GoodsBrand.search"] = { title = "品牌查询", list = "data.detail_list", id = "brand_id",
    timeless = true,
    params = "brand_no brand_name" },
  ["goods.GoodsClass.search"] = { title = "货品分类查询", list = "data.order_list", id = "class_id",
    timeless = true,
    params = "class_name" },
  -- end_time defaults to now
  ["goods.Suite.search"] = { title = "组合装查询", list = "data.suite_list", id = "suite_id",
    modified = "suite_modified", clock = { { field = "suite_modified" } }, span = 30 * DAY,
    lookups = "suite_no",
    params = "spec_no goods_no brand_name class_name barcode suite_no suite_name hide_deleted",
    nested = "detail_list" },
  ["process.Bom.search"] = { title = "物料清单", list = "data.order_list", id = "bom_id",
    span = 30 * DAY, lookups = "bom_no",
    params = "bom_no show_disabled", nested = "material_list product_list" },
  ["process.Process.search"] = { title = "生产单查询", list = "data.order", id = "process_id",
    span = 30 * DAY,
    lookups = "out_warehouse_no in_warehouse_no status process_no",
    params = "out_warehouse_no in_warehouse_no status process_no", nested = "detail_list" },
  -- natural key provider_no+spec_no; no params = everything
  ["purchase.ProviderGoods.queryDetail"] = { title = "供应商货品查询", list = "data.details",
    id = { "provider_no", "spec_no" },
    times = {}, params = "provider_no goods_no spec_no provider_goods_no goods_name barcode" },
  -- success sample is unwrapped (no status/data)
  ["purchase.PurchaseApply.search"] = { title = "采购申请单查询", list = "data.order_list",
    id = "purchase_apply_no",
    span = 30 * DAY, clock = { {} }, timeless = "unknown", params = "purchase_apply_no",
    nested = "detail_list" },
  ["purchase.PurchaseOrder.queryWithDetail"] = { title = "采购单及明细查询", list = "data.order",
    id = "purchase_id",
    span = 30 * DAY, lookups = "purchase_no",
    params = "purchase_no provider_no expect_warehouse_no receive_warehouse_no stockin_status "
      .. "status fuzzy_query",
    nested = "detail_list" },
  ["purchase.PurchaseReturn.queryWithDetail"] = { title = "采购退货单及明细查询", list = "data.order",
    id = "return_id",
    span = 30 * DAY, lookups = "return_no", params = "provider_no return_no status fuzzy_query",
    nested = "detail_list" },
  -- error sample shows status 5
  ["purchase.StockInPreOrder.search"] = { title = "预约入库单查询", list = "data.order_list",
    id = "pre_order_id", span = 7 * DAY,
    lookups = "pre_order_no", params = "pre_order_no", nested = "detail_list" },
}
