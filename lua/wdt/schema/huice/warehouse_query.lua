--- 查询仓库: `warehouse_query`.
-- Written by spec/house/schemas.lua from spec/schema/fields: do not edit.
-- @module wdt.schema.huice.warehouse_query

return {
  { "warehouse_id", "仓库id", "int", length = "20", wire = "text" },
  { "warehouse_no", "仓库编号", "text", length = "40" },
  { "name", "仓库名称", "text", length = "128" },
  { "warehouse_type", "仓库类型", "int",
    values = { ["0"] = "普通仓库", ["2"] = "分销仓", ["3"] = "委外仓库", ["4"] = "自流转仓" } },
  { "address", "仓库地址", "text", length = "256", private = true },
  { "contact", "联系人名称", "text", length = "128", private = true },
  { "mobile", "联系人手机号", "text", length = "56", private = true },
  { "telno", "联系人固定电话", "text", length = "56", private = true },
  { "remark", "备注", "text", length = "512" },
  { "province", "省名称", "text", length = "40" },
  { "city", "市名称", "text", length = "40" },
  { "district", "区名称", "text", length = "40" },
  { "is_disabled", "是否停用", "int",
    values = { ["0"] = "否", ["1"] = "是" } },
  { "modified", "最后修改时间", "datetime" },
  { "created", "创建时间", "datetime" },
}
