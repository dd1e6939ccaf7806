--- Methods of the ultimate edition (旗舰版). Source: seed U.
-- @module wdt.catalog.ultimate

return {
  ["wms.stockout.Sales.searchCancel"] = {
    title = "已取消出库单查询",
    list = "data.order_list", -- §4
    id = "stockout_id",
    modified = "modified",
    span = 3600, -- §1.5; a full 3600 s is accepted in the sample (§5)
    ends = "unknown",
    clock = { { field = "modified" } }, -- §3.3
    page_size = 100, -- no maximum is stated; 100 is what the other edition allows
    lookups = {},
    params = {},
    cuts = {},
  },
}
