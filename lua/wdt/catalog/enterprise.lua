--- Methods of the enterprise edition (企业版). Source: seed E.
-- @module wdt.catalog.enterprise

local DAY = 86400

-- Seed E, section by section.
local stockouts = {
  title = "查询销售出库单",
  list = "stockout_list",
  id = "stockout_id", -- §1.5: order_no changes when an order is rejected and audited again
  modified = "modified",
  span = 30 * DAY - 1, -- §1.4: closed at both ends, …-01 00:00:00 to …-30 23:59:59
  ends = "closed",
  clock = { -- §1.3; is_by_modified is on a later vendor page
    { param = "is_by_modified", equals = "1", field = "modified" },
    { param = "status", below = 95, field = "modified" },
    { field = "consign_time" },
  },
  page_size = 100, -- §3.3
  lookups = { "src_order_no", "src_tid", "stockout_no" }, -- §3.3
  history = "his_stockout_order_query_trade", -- §3.1
  params = { status = true, src_order_no = true, src_tid = true, stockout_no = true, shop_no = true, warehouse_no = true,
    is_by_modified = true },
  cuts = { { param = "shop_no", field = "shop_no" }, { param = "warehouse_no", field = "warehouse_no" },
    { param = "status", field = "status" } },
  lifecycle = { "55", "95", "105", "110", "113", "5" },
}

-- The twin for archived rows; the same parameters, keys and span, of which only the address is documented (§3.1).
local function twin(entry, title)
  local copy = {}
  for k, v in pairs(entry) do copy[k] = v end
  copy.title, copy.history = title, nil
  return copy
end

return {
  stockout_order_query_trade = stockouts,
  his_stockout_order_query_trade = twin(stockouts, "查询历史销售出库单"),
}
