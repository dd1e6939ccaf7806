--- The lines of a 销售出库单 of the ultimate edition.
--
-- The fields in the order of the vendor's table; what a field is made of: `wdt.schema`.
-- @module wdt.schema.sales_stockout_details

local PLATFORMS = require "wdt.schema.platforms"

local POSITIONS = {
  { "rec_id", "货位明细id", "int", length = "11" },
  { "stockout_detail_id", "销售出库单详情id", "int", length = "11" },
  -- negative in the sample (-6 = 其它未上架)
  { "position_id", "货位id", "int", length = "11" },
  { "position_no", "货位号", "text", length = "20" },
  { "expire_date", "有效期", "datetime", length = "40" },
  { "production_date", "生产日期", "text" },
  { "batch_no", "批次号", "text", length = "20" },
  -- quantity taken from this position
  { "position_goods_count", "当前货位出库总货品数量", "decimal", length = "19,4", wire = "number" },
}

return {
  { "rec_id", "销售出库单详情的id", "int", length = "11" },
  { "stockout_id", "出库单id", "int", length = "11" },
  { "src_order_detail_id", "订单明细id", "int", length = "11" },
  { "spec_id", "单品id", "int", length = "11" },
  { "spec_no", "商家编码", "text", length = "40" },
  -- total when grouped by position
  { "goods_count", "货品数量", "decimal", length = "19,4", wire = "number" },
  -- zh is total COST (cost_price*goods_count), not total price
  { "total_amount", "总成本", "decimal", length = "19,4", wire = "number" },
  -- does not change when the goods change; use share_price for the deal price of the stockout row
  { "sell_price", "成交价", "decimal", length = "19,4", wire = "number" },
  { "remark", "出库单明细备注", "text", length = "255" },
  { "goods_name", "货品名称", "text", length = "255" },
  { "goods_no", "货品编号", "text", length = "40" },
  { "spec_name", "规格名称", "text", length = "100" },
  { "spec_code", "规格码", "text", length = "40" },
  { "cost_price", "货品成本", "decimal", length = "19,4", wire = "number" },
  { "weight", "总重量", "decimal", length = "11", wire = "number" },
  { "goods_id", "货品id", "int", length = "11" },
  { "prop1", "规格自定义属性1", "text", length = "255" },
  { "prop2", "规格自定义属性2", "text", length = "255" },
  { "prop3", "规格自定义属性3", "text", length = "255" },
  { "prop4", "规格自定义属性4", "text", length = "255" },
  { "prop5", "规格自定义属性5", "text", length = "255" },
  { "prop6", "规格自定义属性6", "text", length = "255" },
  { "platform_id", "平台id", "int", length = "6", values = PLATFORMS },
  { "refund_status", "退款状态", "int", length = "4", values = {
    ["0"] = "无退款", ["1"] = "取消退款", ["2"] = "已申请退款", ["3"] = "等待退货",
    ["4"] = "等待收货", ["5"] = "退款成功" } },
  { "market_price", "单价/货品原单价", "decimal", length = "19,4", wire = "number" },
  { "discount", "货品总优惠", "decimal", length = "19,4", wire = "number" },
  { "share_price", "货品成交价", "decimal", length = "19,4", wire = "number" },
  -- goods deal total
  { "share_amount", "总货款/货品成交总价", "decimal", length = "19,4", wire = "number" },
  { "tax_rate", "税率", "decimal", length = "19,4", wire = "number" },
  { "barcode", "主条码", "text", length = "50" },
  { "unit_name", "基本单位名称", "text", length = "20" },
  { "sale_order_id", "订单货品(子订单)id", "int", length = "11" },
  -- 65 only from client 1.5.7.0
  { "gift_type", "是否是赠品", "int", length = "11", values = {
    ["0"] = "非赠品", ["1"] = "自动赠送", ["2"] = "手工赠送", ["4"] = "周期购赠送",
    ["8"] = "平台赠送", ["32"] = "阶梯满赠", ["64"] = "CRM追加赠送", ["65"] = "主品（1.5.7.0版本以上返回）" } },
  { "src_oid", "原始子订单号", "text", length = "40" },
  { "src_tid", "子单原始订单号", "text", length = "40" },
  -- bit mask; plus ext-N flags; the extended flags 2 小时达订单, 4 自选物流, 16 国补订单 stand elsewhere
  { "from_mask", "订单内部来源", "int", length = "11", bits = {
    [1] = "手机", [2] = "聚划算", [32] = "开具电子发票", [64] = "按需配送",
    [256] = "承诺结构化/QIC", [2048] = "当日达", [4096] = "次日达", [8192] = "承诺时效", [16384] = "商仓鸟配",
    [524288] = "天猫物流升级",
    [1048576] = "预售单", [2097152] = "区域零售", [4194304] = "拼多多厂家代打", [8388608] = "周期购",
    [33554432] = "前N有礼" } },
  { "goods_type", "货品类型", "int", length = "4", values = {
    ["0"] = "其它", ["1"] = "销售货品", ["2"] = "原材料", ["3"] = "包装物",
    ["4"] = "周转材料", ["5"] = "虚拟商品", ["6"] = "固定资产", ["8"] = "分装箱" } },
  { "good_prop1", "货品自定义属性1", "text", length = "255" },
  { "good_prop2", "货品自定义属性2", "text", length = "255" },
  { "good_prop3", "货品自定义属性3", "text", length = "255" },
  { "good_prop4", "货品自定义属性4", "text", length = "255" },
  { "good_prop5", "货品自定义属性5", "text", length = "255" },
  { "good_prop6", "货品自定义属性6", "text", length = "255" },
  -- comma-joined SNs, only when need_sn=true
  { "sn_list", "", "text" },
  { "suite_no", "组合装编码", "text", length = "40" },
  { "suite_num", "组合装数量", "decimal", length = "19,4", wire = "number" },
  { "share_post_amount", "分摊邮费", "decimal", length = "19,4", wire = "number" },
  { "paid", "已付", "decimal", length = "19,4", wire = "number" },
  { "is_package", "是否包装", "boolean", length = "1", values = { ["true"] = "是", ["false"] = "否" } },
  { "brand_no", "品牌编号", "text", length = "32" },
  { "brand_name", "品牌名称", "text", length = "64" },
  { "src_order_type", "源单据类别", "int", length = "11", values = { ["1"] = "销售订单" } },
  { "base_unit_id", "基本单位id", "int", length = "11" },
  { "unit_id", "辅助单位", "int", length = "11" },
  { "unit_ratio", "单位换算", "decimal", length = "19,4", wire = "number" },
  { "num2", "辅助数量", "decimal", length = "19,4", wire = "number" },
  { "num", "货品数量", "decimal", length = "19,4", wire = "number" },
  { "position_id", "出库货位id", "int", length = "11" },
  { "batch_id", "指定出库批次", "int", length = "11" },
  { "is_examined", "是否验货", "int", length = "1" },
  { "expire_date", "有效期", "datetime", length = "40" },
  { "scan_type", "扫描方式", "int", length = "11", values = {
    ["0"] = "未验货", ["1"] = "扫描验货", ["2"] = "手工验货", ["3"] = "快速验货",
    ["4"] = "无需验货" } },
  { "modified_date", "最后修改时间", "datetime", length = "40" },
  { "created_date", "创建时间", "datetime", length = "40" },
  { "class_name", "分类", "text", length = "100" },
  { "api_goods_id", "平台货品id", "text", length = "40" },
  { "api_spec_id", "平台规格id", "text", length = "40" },
  { "pack_score", "打包积分", "decimal", length = "19,4" },
  { "pick_score", "拣货积分", "decimal", length = "19,4" },
  { "scan_score", "验货积分", "decimal", length = "19,4" },
  { "api_goods_name", "平台货品名称", "text", length = "255" },
  -- of archived rows alone
  { "batch_no", "批次号", "text", length = "20" },
  { "position_details_list", "出库货位明细", "list", id = { "rec_id" }, fields = POSITIONS },
  { "pick_position_details_list", "拣货位明细", "list" },
  -- not in the field table, present in the sample as JSON int: an amount like the others, by its
  -- name
  { "goods_amount", "", "decimal", wire = "number" },
  -- not in the field table, present in the sample as JSON int
  { "class_id", "", "int" },
}
