--- 店铺查询: `setting.Shop.queryShop`.
-- Written by spec/house/schemas.lua from spec/schema/fields: do not edit.
-- @module wdt.schema.ultimate.setting_Shop_queryShop

local PLATFORMS = require "wdt.schema.platforms"

return {
  { "shop_id", "店铺id", "int", length = "11" },
  { "shop_name", "店铺名称", "text", length = "128" },
  { "shop_no", "店铺编号", "text", length = "20" },
  { "platform_id", "平台id", "int", length = "4", values = PLATFORMS },
  { "sub_platform_id", "子平台id", "int", length = "4" },
  { "contact", "联系人", "text", length = "32", private = true },
  { "province", "省份", "text", length = "40" },
  { "city", "城市", "text", length = "60" },
  { "district", "区县", "text", length = "40" },
  { "address", "地址", "text", length = "255", private = true },
  { "telno", "电话", "text", length = "40", private = true },
  { "mobile", "手机", "text", length = "40", private = true },
  { "zip", "邮编", "text", length = "16" },
  { "email", "Email", "text", length = "64", private = true },
  { "remark", "备注", "text", length = "255" },
  { "website", "网址", "text", length = "1024" },
  { "group_id", "分组", "text", length = "100" },
  { "account_id", "平台的主键", "text" },
  { "is_disabled", "停用", "boolean", length = "1" },
  { "auth_state", "授权状态", "int", length = "4",
    values = { ["0"] = "未授权", ["1"] = "已授权", ["2"] = "授权失效", ["3"] = "授权停用" } },
  { "auth_time", "授权时间", "datetime" },
  { "re_expire_time", "refresh_token过期时间", "datetime" },
  { "modified", "修改时间", "datetime" },
  { "expire_time", "session过期时间", "datetime" },
  { "created", "创建时间", "datetime" },
}
