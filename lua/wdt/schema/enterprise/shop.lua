--- 查询店铺: `shop`.
-- Written by spec/house/schemas.lua from spec/schema/fields: do not edit.
-- @module wdt.schema.enterprise.shop

return {
  { "platform_id", "平台ID", "int" },
  { "sub_platform_id", "子平台ID", "int" },
  { "shop_id", "店铺ID", "int" },
  { "shop_no", "店铺编号", "text" },
  { "shop_name", "店铺名称", "text" },
  { "account_id", "平台授权账号ID", "text" },
  { "account_nick", "平台授权账号昵称", "text", private = true },
  { "province", "省份ID", "int" },
  { "city", "城市ID", "int" },
  { "district", "区县ID", "int" },
  { "province_name", "省份名称", "text" },
  { "city_name", "城市名称", "text" },
  { "district_name", "区县名称", "text" },
  { "address", "地址", "text", private = true },
  { "contact", "联系人", "text", private = true },
  { "zip", "邮编", "text" },
  { "mobile", "移动电话", "text", private = true },
  { "telno", "固定电话", "text", private = true },
  { "remark", "备注", "text" },
  { "shop_short_name", "店铺简称", "text" },
  { "auth_state", "授权状态", "text" },
  { "push_rds_id", "是否启用推送", "text" },
  { "email", "邮件", "text", private = true },
  { "modified", "最后修改时间", "datetime" },
  { "created", "创建时间", "datetime" },
  { "is_disabled", "是否停用", "int" },
}
