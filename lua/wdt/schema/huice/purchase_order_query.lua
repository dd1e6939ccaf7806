--- 查询采购单管理: `purchase_order_query`.
-- Written by spec/house/schemas.lua from spec/schema/fields: do not edit.
-- @module wdt.schema.huice.purchase_order_query

local DETAILS_LIST = {
  { "rec_id", "主键", "int", length = "20", wire = "text" },
  { "purchase_id", "采购单id", "int", length = "20", wire = "text" },
  { "spec_no", "商家编码", "text", length = "40" },
  { "num", "数量", "decimal", length = "19,4", wire = "text" },
  { "price", "单价", "decimal", length = "19,4", wire = "text" },
  { "remark", "备注", "text", length = "255" },
  { "goods_no", "货品编号", "text", length = "40" },
  { "goods_name", "货品名称", "text", length = "255" },
  { "spec_name", "规格名称", "text", length = "255" },
  { "spec_id", "规格id", "int", length = "20", wire = "text" },
  { "purchase_price", "采购金额", "decimal", length = "19,4", wire = "text" },
  { "cancel_num", "取消数量", "decimal", length = "19,4", wire = "text" },
  { "provider_no", "供应商编码", "text", length = "40" },
  { "provider_id", "供应商id", "int", length = "11", wire = "text" },
  { "provider_name", "供应商名称", "text", length = "40" },
}

return {
  { "purchase_id", "采购单id", "int", length = "20", wire = "text" },
  { "purchase_no", "采购单号", "text", length = "40" },
  { "purchase_outer_no", "外部单号", "text", length = "40" },
  { "warehouse_name", "仓库", "text", length = "64" },
  { "warehouse_no", "仓库编号", "text", length = "64" },
  { "status", "采购单状态", "int", length = "4",
    values = { ["5"] = "待审核", ["7"] = "待财审", ["10"] = "已审核", ["11"] = "待推送", ["12"] = "推送失败",
    ["13"] = "已推送", ["20"] = "部分推送", ["30"] = "已入库", ["99"] = "已取消" } },
  { "provider_name", "供应商名称", "text", length = "64" },
  { "purchaser_name", "采购员", "text", length = "20" },
  { "post_fee", "邮资", "decimal", length = "19,4", wire = "text" },
  { "remark", "备注", "text", length = "255" },
  { "modified", "最后修改时间", "datetime" },
  { "created", "创建时间", "datetime" },
  { "creator_id", "创建人id", "int", length = "11", wire = "text" },
  { "creator_name", "创建人姓名", "text", length = "40" },
  { "provider_id", "供应商", "int", length = "20", wire = "text" },
  { "goods_fee", "货品总价", "decimal", length = "19,4", wire = "text" },
  { "goods_count", "货品数量", "decimal", length = "19,4", wire = "text" },
  { "cancel_num", "取消数量", "int", length = "11", wire = "text" },
  { "provider_no", "供应商编码", "text", length = "40" },
  { "purchase_platform_order_no", "平台单号", "text", length = "40" },
  { "details_list", "采购单明细节点", "list", length = "40", id = { "rec_id" },
    fields = DETAILS_LIST },
}
