--- 销售出库单 of the enterprise edition (seed E §4).
--
-- The fields in the order of the vendor's table; what a field is made of: `wdt.schema`.
-- @module wdt.schema.stockout

local DETAILS = {
  { "rec_id", "出库明细主键", "int", length = "11" },
  { "stockout_id", "出库单主键id", "int", length = "11" },
  -- SKU merchant code
  { "spec_no", "商家编码", "text", length = "40" },
  { "goods_count", "货品数量", "decimal", length = "19,4" },
  -- final deal price after discounts
  { "sell_price", "销售价", "decimal", length = "19,4" },
  { "brand_no", "品牌编号", "text", length = "50" },
  { "brand_name", "品牌名称", "text", length = "64" },
  { "goods_type", "货品类型", "int", length = "1", values = {
    ["0"] = "其它", ["1"] = "销售商品", ["2"] = "原材料", ["3"] = "包装",
    ["4"] = "周转材料", ["5"] = "虚拟商品", ["6"] = "固定资产" } },
  { "gift_type", "是否是赠品", "int", length = "1", values = {
    ["0"] = "非赠品", ["1"] = "自动赠送", ["2"] = "手工赠送" } },
  { "goods_name", "货品名称", "text", length = "255" },
  -- SPU code
  { "goods_no", "货品编号", "text", length = "40" },
  { "spec_name", "规格名称", "text", length = "100" },
  { "spec_code", "规格码", "text", length = "40" },
  { "suite_no", "来源组合装编码", "text", length = "40" },
  { "cost_price", "成本价", "decimal", length = "19,4" },
  -- = sell_price * goods_count
  { "total_amount", "总货款", "decimal", length = "19,4" },
  { "goods_id", "货品id", "int", length = "11" },
  { "spec_id", "商品主键", "int", length = "11" },
  { "weight", "估重", "decimal", length = "19,4" },
  { "remark", "备注", "text", length = "64" },
  { "paid", "已支付金额", "decimal", length = "19,4" },
  -- values not listed for the detail row
  { "refund_status", "退款状态", "int", length = "4" },
  { "market_price", "零售价", "decimal", length = "19,4" },
  { "discount", "总折扣金额", "decimal", length = "19,4" },
  { "share_amount", "分摊后合计应收", "decimal", length = "19,4" },
  { "tax_rate", "税率", "decimal", length = "8,4" },
  { "barcode", "条码", "text", length = "50" },
  -- JSON null in the sample
  { "unit_name", "基本单位", "text", length = "20" },
  { "sale_order_id", "订单详情表主键", "int", length = "11" },
  { "share_post", "邮费分摊", "decimal", length = "19,4" },
  { "src_oid", "原始子订单号", "text", length = "40" },
  { "src_tid", "原始订单号", "text", length = "40" },
  -- bit mask; sample value 131072 is outside the listed bits
  { "from_mask", "单据内部来源", "int", length = "11", bits = {
    [1] = "手机订单", [2] = "聚划算", [4] = "服务子订单", [8] = "家装",
    [16] = "二次付款", [32] = "开具电子发票", [1024] = "库存不足", [2048] = "当日达", [4096] = "次日达",
    [8192] = "预约时效" } },
  { "good_prop1", "货品档案自定义属性1", "text", length = "255" },
  { "good_prop2", "货品档案自定义属性2", "text", length = "255" },
  { "good_prop3", "货品档案自定义属性3", "text", length = "255" },
  { "good_prop4", "货品档案自定义属性4", "text", length = "255" },
  { "good_prop5", "货品档案自定义属性5", "text", length = "255" },
  { "good_prop6", "货品档案自定义属性6", "text", length = "255" },
  { "prop1", "单品列表自定义属性1", "text", length = "255" },
  { "prop2", "单品列表自定义属性2", "text", length = "255" },
  { "prop3", "单品列表自定义属性3", "text", length = "255" },
  { "prop4", "单品列表自定义属性4", "text", length = "255" },
  { "prop5", "单品列表自定义属性5", "text", length = "255" },
  { "prop6", "单品列表自定义属性6", "text", length = "255" },
  -- only explicitly assigned batches; auto-assigned ones are not returned
  { "batch_no", "批次号", "text", length = "20" },
  -- not in the field table, present in the sample ("0")
  { "platform_id", "", "text" },
}

return {
  { "stockout_id", "出库单主键id", "int", length = "11" },
  -- unique stockout number; changes if the order is rejected and re-audited (seed 1.5 note 2)
  { "order_no", "出库单号", "text", length = "40" },
  -- ERP trade number, usually JY…
  { "src_order_no", "源单号", "text", length = "40" },
  { "warehouse_no", "仓库编号", "text", length = "40" },
  { "consign_time", "发货时间", "datetime" },
  -- values not listed; sample 1
  { "order_type", "出库单类型", "int", length = "4" },
  { "trade_status", "订单状态", "int", length = "4", values = {
    ["5"] = "已取消", ["10"] = "待付款", ["12"] = "待尾款", ["13"] = "待选仓",
    ["15"] = "等未付", ["16"] = "延时审核", ["19"] = "预订单前处理", ["20"] = "前处理(赠品,合并,拆分)", ["21"] = "委外前处理",
    ["22"] = "抢单前处理",
    ["25"] = "预订单", ["27"] = "待抢单", ["30"] = "待客审", ["35"] = "待财审", ["40"] = "待递交仓库",
    ["45"] = "递交仓库中", ["50"] = "已递交仓库",
    ["53"] = "未确认", ["55"] = "已确认", ["95"] = "已发货", ["105"] = "部分打款", ["110"] = "已完成" } },
  -- table says fixed text 销售出库; sample shows 销售订单
  { "order_type_name", "出库单类型名称", "text", length = "40" },
  -- source elides values between 7 and 101
  { "trade_type", "订单类型", "int", length = "1", values = {
    ["1"] = "网店销售", ["2"] = "线下零售", ["3"] = "售后换货", ["4"] = "批发业务",
    ["5"] = "保修换新", ["6"] = "保修完成", ["7"] = "订单补发", ["101"] = "自定义类型1", ["102"] = "自定义类型2",
    ["103"] = "自定义类型3",
    ["104"] = "自定义类型4", ["105"] = "自定义类型5", ["106"] = "自定义类型6" } },
  { "subtype", "出库子类型", "text", length = "256" },
  { "goods_count", "数量", "decimal", length = "19,4" },
  { "goods_total_amount", "货品总售价", "decimal", length = "19,4" },
  { "goods_total_cost", "货品总成本", "decimal", length = "19,4" },
  { "post_fee", "邮资成本", "decimal", length = "19,4" },
  { "logistics_no", "物流单号", "text", length = "40" },
  { "package_fee", "包装费", "decimal", length = "19,4" },
  -- not returned for Taobao-family platforms (absent or empty: unknown)
  { "receiver_name", "收件人", "text", private = true },
  { "receiver_country", "国家", "int", length = "6" },
  { "receiver_province", "省份", "text", length = "40" },
  { "receiver_city", "城市", "text", length = "40" },
  { "receiver_district", "地区", "text", length = "40" },
  -- not returned for Taobao-family platforms (absent or empty: unknown)
  { "receiver_address", "详细地址", "text", private = true },
  -- not returned for Taobao-family platforms (absent or empty: unknown)
  { "receiver_mobile", "收件人移动电话", "text", private = true },
  -- not returned for Taobao-family platforms (absent or empty: unknown)
  { "receiver_telno", "收件人固定电话", "text", private = true },
  { "receiver_zip", "邮编", "text", length = "40" },
  { "receiver_dtb", "大头笔", "text", length = "128" },
  -- scale reading, or the goods-archive estimate when the scale was not used
  { "weight", "实际重量", "decimal", length = "19,4" },
  -- ERP id; mapped by a separate logistics table
  { "logistics_type", "物流公司类型", "int", length = "6" },
  { "logistics_code", "物流公司编号", "text", length = "60" },
  { "logistics_name", "物流公司名称", "text", length = "40" },
  { "print_remark", "打印备注", "text", length = "255" },
  { "paid", "已付金额", "decimal", length = "19,4" },
  { "refund_status", "退款状态", "int", length = "4", values = {
    ["0"] = "无退款", ["1"] = "申请退款", ["2"] = "部分退款", ["3"] = "全部退款" } },
  { "salesman_no", "业务员编号", "text", length = "40" },
  { "salesman_name", "业务员名称", "text", length = "40" },
  { "fullname", "业务员名称", "text", length = "40" },
  { "warehouse_name", "仓库", "text", length = "40" },
  { "created", "创建时间", "datetime" },
  { "remark", "备注", "text", length = "255" },
  { "stockout_reason", "出库原因", "text", length = "32" },
  { "outer_no", "外部单号", "text", length = "40" },
  -- ERP trade number; same value as src_order_no in the sample
  { "trade_no", "订单编号", "text", length = "40" },
  -- platform order number(s); comma-separated when orders were merged
  { "src_trade_no", "原始单号", "text", length = "255" },
  -- not returned for Taobao-family platforms (absent or empty: unknown)
  { "nick_name", "网名", "text", length = "100", private = true },
  -- not returned for Taobao-family platforms (absent or empty: unknown); taken from receiver_name
  { "customer_name", "客户名称", "text", private = true },
  { "customer_no", "客户编号", "text", length = "40" },
  { "trade_time", "交易时间", "datetime" },
  { "pay_time", "付款时间", "datetime" },
  -- request-side status filter lists the same six values; third-party code lists further values
  -- 48,50,52,53,54,100,115,120
  { "status", "出库单状态", "int", length = "4", values = {
    ["5"] = "已取消", ["55"] = "已审核", ["95"] = "已发货", ["105"] = "部分打款",
    ["110"] = "已完成", ["113"] = "异常发货" } },
  { "shop_name", "店铺名称", "text", length = "128" },
  { "shop_no", "店铺编号", "text", length = "20" },
  { "buyer_message", "买家留言", "text", length = "1024" },
  { "cs_remark", "客服备注", "text", length = "1024" },
  { "flag_name", "订单标记", "text", length = "32" },
  -- postage of the sales order as received from the platform
  { "post_amount", "邮费", "decimal", length = "19,4" },
  { "block_reason", "截停原因", "int", length = "11", bits = {
    [1] = "申请退款", [2] = "已退款", [4] = "地址被修改", [8] = "发票被修改",
    [16] = "物流被修改", [32] = "仓库变化", [64] = "备注修改", [128] = "更换货品", [256] = "取消退款" } },
  { "invoice_type", "发票类别", "int", length = "4", values = {
    ["0"] = "不需要", ["1"] = "普通发票", ["2"] = "普通增值税发票",
    ["3"] = "专用增值税发票" } },
  { "invoice_title", "发票抬头", "text", length = "255" },
  { "invoice_content", "发票内容", "text", length = "255" },
  -- only 0/1 used; 1 = invoiced
  { "invoice_id", "发票ID", "int", length = "11" },
  { "delivery_term", "发货条件", "int", length = "4", values = {
    ["1"] = "款到发货", ["2"] = "货到付款(包含部分货到付款)", ["3"] = "分期付款",
    ["4"] = "挂账单" } },
  { "fenxiao_type", "分销类别", "int", length = "4", values = {
    ["0"] = "非分销订单", ["1"] = "转供销", ["2"] = "代销", ["3"] = "经销" } },
  { "fenxiao_nick", "分销商ID", "text", length = "40" },
  { "cod_amount", "货到付款金额", "decimal", length = "19,4" },
  -- length ambiguous in the flattened source text ("tinyint11 身份证" read as tinyint(1), value 1)
  { "id_card_type", "证件类别", "int", length = "1", values = { ["1"] = "身份证" } },
  -- province city district joined by spaces
  { "receiver_area", "收件人地址", "text", length = "128" },
  { "shop_remark", "店铺备注", "text", length = "255" },
  { "modified", "最后修改时间", "datetime" },
  { "platform_id", "平台id", "int", length = "4" },
  { "trade_id", "订单表主键", "int", length = "11" },
  -- zh label in the source says 审单员编号 (auditor number) for both checker_name and employee_no
  { "checker_name", "审单员编号", "text", length = "40" },
  { "employee_no", "审单员编号", "text", length = "40" },
  { "operator_name", "审核员", "text", length = "40" },
  { "packager_no", "打包员编号", "text", length = "40" },
  { "packager_name", "打包员", "text", length = "40" },
  { "picker_no", "拣货员编号", "text", length = "40" },
  { "picker_name", "拣货员", "text", length = "40" },
  { "printer_no", "打单员编号", "text", length = "40" },
  { "printer_name", "打单员", "text", length = "40" },
  { "examiner_no", "验货员编号", "text", length = "40" },
  { "examiner_name", "验货员", "text", length = "40" },
  { "discount", "优惠金额", "decimal", length = "19,4" },
  -- platform order number(s)
  { "src_tids", "原始单号", "text", length = "255" },
  { "tax", "税额", "decimal", length = "19,4" },
  { "tax_rate", "税率", "decimal", length = "19,4" },
  { "currency", "币种", "text", length = "20" },
  -- not returned for Taobao-family platforms (absent or empty: unknown)
  { "id_card", "证件号码", "text", length = "40", private = true },
  { "stock_check_time", "出库单审核时间", "datetime" },
  -- bit mask; list elided between 64 and 512 in the source
  { "bad_reason", "异常状态", "int", length = "11", bits = {
    [1] = "无库存记录", [2] = "地址发生变化", [4] = "发票变化", [8] = "仓库变化",
    [16] = "备注变化", [32] = "平台更换货品", [64] = "退款", [512] = "抢单异常" } },
  -- needs client >= 2.4.0.8
  { "print_batch_no", "打印批次", "text", length = "20" },
  -- array of detail rows
  { "details_list", "货品列表节点", "list", id = { "rec_id" }, fields = DETAILS },
  -- not in the field table, present in the sample ("310000")
  { "receiver_province_code", "", "text" },
  -- not in the field table, present in the sample ("310100")
  { "receiver_city_code", "", "text" },
  -- not in the field table, present in the sample ("310109")
  { "receiver_district_code", "", "text" },
}
