--- 查询销售汇总: `vip_stat_sales_by_spec_shop_warehouse_query`.
-- Written by spec/house/schemas.lua from spec/schema/fields: do not edit.
-- @module wdt.schema.enterprise.vip_stat_sales_by_spec_shop_warehouse_query

local SPEC_LIST = {
  { "rec_id", "行标识", "int" },
  { "created", "创建日期", "datetime" },
  { "consign_date", "发货日期", "datetime" },
}

return {
  { "stat_no", "汇总维度", "text" },
  { "spec_list", "汇总明细节点", "list", id = { "rec_id" }, fields = SPEC_LIST },
}
