--- 销售出库单 of the ultimate edition (`wms.stockout.Sales.queryWithDetail`).
--
-- The fields in the order of the vendor's table; what a field is made of: `wdt.schema`.
-- @module wdt.schema.sales_stockout

local PLATFORMS, CARRIERS = require "wdt.schema.platforms", require "wdt.schema.carriers"

local LOGISTICS = {
  { "rec_id", "物流单id", "int", length = "11" },
  { "stockout_id", "出库单id", "int", length = "11" },
  { "logistics_no", "物流单号", "text", length = "40" },
  { "calc_weight", "估算重量", "decimal", length = "19,4", wire = "number" },
  { "weight", "称重重量", "decimal", length = "19,4", wire = "number" },
  { "package_name", "包装", "text", length = "40" },
  { "logistics_name", "物流名称", "text", length = "40" },
  { "logistics_id", "物流ID", "int", length = "6" },
  { "postage", "估算邮资", "decimal", length = "19,4", wire = "text" },
  { "remark", "备注", "text", length = "256" },
  { "length", "长", "decimal", length = "19,4", wire = "number" },
  { "width", "宽", "decimal", length = "19,4", wire = "number" },
  { "height", "高", "decimal", length = "19,4", wire = "number" },
  { "volume", "体积", "decimal", length = "19,4", wire = "text" },
}

return {
  { "stockout_id", "出库单ID", "int", length = "11" },
  { "order_no", "出库单号", "text", length = "40" },
  { "virtual_warehouse_no", "虚拟仓编号", "text", length = "40" },
  { "virtual_warehouse_name", "虚拟仓名称", "text", length = "64" },
  { "src_order_no", "系统订单编号", "text", length = "40" },
  { "warehouse_no", "仓库编号", "text", length = "40" },
  { "warehouse_name", "仓库名称", "text", length = "64" },
  -- text yyyy-MM-dd HH:mm:ss; absent when not consigned (although marked required)
  { "consign_time", "发货时间", "datetime", length = "40" },
  { "order_type", "源单据类别", "int", length = "4", values = { ["1"] = "销售订单" } },
  -- JSON number in the sample
  { "goods_count", "货品数量", "decimal", length = "19,4", wire = "number" },
  { "logistics_no", "物流单号", "text", length = "50" },
  -- own-platform/offline shops only
  { "receiver_name", "收件人姓名", "text", length = "100", private = true },
  { "receiver_country", "国家", "int", length = "11" },
  -- numeric region code
  { "receiver_province", "省份ID", "int", length = "11" },
  -- numeric region code
  { "receiver_city", "城市ID", "int", length = "11" },
  -- numeric region code
  { "receiver_district", "地区ID", "int", length = "11" },
  -- own-platform/offline shops only
  { "receiver_address", "地址", "text", length = "256", private = true },
  -- own-platform/offline shops only
  { "receiver_mobile", "收件人手机", "text", length = "40", private = true },
  -- own-platform/offline shops only
  { "receiver_telno", "收件人固话", "text", length = "100", private = true },
  { "receiver_zip", "收件人邮编", "text", length = "20" },
  { "receiver_area", "省市区", "text", length = "128" },
  { "remark", "出库单备注", "text", length = "255" },
  -- kg; JSON number 0 in the sample
  { "weight", "重量", "decimal", length = "19,4", wire = "number" },
  { "block_reason", "截停原因", "int", length = "11", bits = {
    [1] = "申请退款", [2] = "已退款", [4] = "地址被修改", [8] = "发票被修改",
    [16] = "物流被修改", [32] = "仓库变化", [64] = "备注修改", [128] = "更换货品", [256] = "取消退款", [1024] = "其它原因",
    [2048] = "拦截赠品",
    [8192] = "修改买家留言", [16384] = "平台已发货", [32768] = "配送时间变更", [65536] = "撤销出库",
    [16777216] = "阶梯满赠赠品重算,发现赠送错误",
    [33554432] = "分销取消", [1073741824] = "驳回审核" } },
  { "logistics_type", "物流方式", "int", length = "6", values = CARRIERS },
  { "logistics_code", "物流编号", "text", length = "40" },
  { "logistics_name", "物流公司名称", "text", length = "40" },
  { "shop_id", "店铺id", "int", length = "6" },
  { "warehouse_id", "仓库id", "int", length = "6" },
  { "logistics_id", "物流id", "int", length = "6" },
  { "bad_reason", "异常原因", "int", length = "4", bits = {
    [1] = "无库存记录", [2] = "地址发生变化", [4] = "发票变化", [8] = "仓库变化",
    [16] = "备注变化", [32] = "平台更换货品", [64] = "退款" } },
  { "receiver_dtb", "大头笔", "text", length = "128" },
  { "refund_status", "退款状态", "int", length = "4", values = {
    ["0"] = "无退款", ["1"] = "申请退款", ["2"] = "部分退款", ["3"] = "全部退款" } },
  -- values 101-110 are custom types
  { "trade_type", "销售类型", "int", length = "4", values = {
    ["1"] = "网店销售", ["2"] = "线下订单", ["3"] = "售后换货", ["4"] = "批发业务",
    ["7"] = "现款销售", ["8"] = "分销订单", ["101"] = "订单自定义属性", ["102"] = "订单自定义属性", ["103"] = "订单自定义属性",
    ["104"] = "订单自定义属性",
    ["105"] = "订单自定义属性", ["106"] = "订单自定义属性", ["107"] = "订单自定义属性", ["108"] = "订单自定义属性",
    ["109"] = "订单自定义属性",
    ["110"] = "订单自定义属性" } },
  -- absent when salesman is the system user
  { "salesman_no", "业务员编号", "text", length = "40" },
  -- absent when salesman is the system user
  { "fullname", "业务员姓名", "text", length = "40" },
  { "picker_name", "拣货员", "text", length = "50" },
  { "examiner_name", "验货员", "text", length = "50" },
  { "consigner_name", "发货员", "text", length = "50" },
  { "printer_name", "打单员", "text", length = "50" },
  { "packager_name", "打包员", "text", length = "50" },
  { "trade_status", "订单状态", "int", length = "4", values = {
    ["4"] = "线下退款", ["5"] = "已取消", ["6"] = "待转预订单(待审核)",
    ["7"] = "待转已完成", ["10"] = "未付款", ["12"] = "待尾款", ["15"] = "等未付", ["16"] = "延时审核",
    ["19"] = "预订单前处理", ["20"] = "审核前处理",
    ["21"] = "自流转待发货", ["23"] = "异常预订单", ["24"] = "换货预订单", ["25"] = "待处理预订单", ["27"] = "待分配预订单",
    ["30"] = "待客审",
    ["35"] = "待财审", ["55"] = "已审核", ["95"] = "已发货", ["96"] = "成本确认（待录入计划成本，订单结算时有货品无计划成本）",
    ["101"] = "已过账", ["110"] = "已完成" } },
  { "trade_no", "订单编号", "text", length = "40" },
  -- platform order numbers comma-joined, ascending, de-duplicated, truncated when too long
  { "src_trade_no", "原始单号", "text", length = "255" },
  -- own-platform/offline shops only
  { "nick_name", "客户网名", "text", length = "100", private = true },
  { "customer_no", "客户编码", "text", length = "40" },
  -- own-platform/offline shops only
  { "customer_name", "客户姓名", "text", length = "100", private = true },
  { "trade_time", "下单时间", "datetime", length = "40", wire = "milliseconds" },
  { "pay_time", "支付时间", "datetime", length = "40", wire = "milliseconds" },
  { "flag_name", "标记名称", "text", length = "32" },
  { "post_amount", "邮费", "decimal", length = "19,4", wire = "text" },
  { "id_card_type", "证件类别", "int", length = "4" },
  -- own-platform/offline shops only
  { "id_card", "证件号码", "text", length = "40", private = true },
  { "shop_name", "店铺名称", "text", length = "128" },
  { "shop_no", "店铺编号", "text", length = "20" },
  { "shop_remark", "店铺备注", "text", length = "255" },
  -- values below 10 all mean cancelled per the doc
  { "status", "出库单状态", "int", length = "4", values = {
    ["5"] = "已取消", ["10"] = "待放回", ["50"] = "待审核", ["51"] = "缺货",
    ["52"] = "缺货待入库", ["53"] = "WMS已接单", ["54"] = "获取电子面单", ["58"] = "档口锁定", ["60"] = "待分配",
    ["61"] = "排队中", ["63"] = "待补货",
    ["65"] = "待处理", ["70"] = "待发货", ["73"] = "爆款锁定", ["74"] = "预打包", ["75"] = "待拣货",
    ["77"] = "拣货中,PDA拣货后", ["79"] = "已拣货",
    ["90"] = "延时发货", ["110"] = "已完成", ["-1"] = "未发货" } },
  { "invoice_type", "发票类型", "int", length = "4", values = {
    ["0"] = "不需要", ["1"] = "电子普通发票", ["2"] = "增值税普通发票",
    ["3"] = "电子增值税专用发票", ["4"] = "纸质普通发票", ["5"] = "纸质增值税专用发票" } },
  -- only 0/1 used; 1 = invoiced (meaning of 0 not spelled out)
  { "invoice_id", "发票ID", "int", length = "11", values = { ["1"] = "已开发票" } },
  { "cod_amount", "货到付款金额", "decimal", length = "19,4", wire = "text" },
  { "delivery_term", "发货条件", "int", length = "4", values = {
    ["1"] = "款到发货", ["2"] = "货到付款(包含部分货到付款)", ["3"] = "分期付款",
    ["4"] = "挂账" } },
  { "platform_id", "平台ID", "int", length = "11", values = PLATFORMS },
  { "trade_id", "订单ID", "int", length = "11" },
  -- absent for the system user
  { "employee_no", "审核员编号", "text", length = "40" },
  { "discount", "优惠金额", "decimal", length = "19,4", wire = "text" },
  { "tax", "税额", "decimal", length = "19,4", wire = "text" },
  { "tax_rate", "税率", "decimal", length = "19,4", wire = "text" },
  -- empty string in the sample
  { "currency", "币种", "text", length = "20" },
  { "created", "系统订单建单时间", "datetime", length = "40", wire = "milliseconds" },
  { "stock_check_time", "出库单建单时间", "datetime", length = "40", wire = "milliseconds" },
  { "print_remark", "打印备注", "text", length = "1000" },
  { "buyer_message", "买家留言", "text", length = "1024" },
  { "cs_remark", "客服备注", "text", length = "1024" },
  { "invoice_title", "发票抬头", "text", length = "255" },
  { "invoice_content", "发票内容", "text", length = "255" },
  { "post_fee", "称重预估邮资", "decimal", length = "19,4", wire = "text" },
  -- from client 1.5.9.4 follows the order packaging cost
  { "package_fee", "包装成本", "decimal", length = "19,4", wire = "text" },
  -- JSON number 3 in the sample while sibling amounts are strings
  { "receivable", "已付金额", "decimal", length = "19,4", wire = "number" },
  { "goods_total_cost", "总成本价", "decimal", length = "19,4", wire = "text" },
  { "goods_total_amount", "总货款", "decimal", length = "19,4", wire = "text" },
  -- text yyyy-MM-dd HH:mm:ss
  { "modified", "最后修改时间", "datetime", length = "40" },
  { "fenxiao_nick", "分销商昵称", "text", length = "40" },
  { "trade_label", "订单标签", "text", length = "255" },
  { "trade_from", "订单来源", "int", length = "4", values = {
    ["1"] = "接口抓取", ["2"] = "手工创建", ["3"] = "Excel导入", ["4"] = "复制订单",
    ["5"] = "接口推送", ["6"] = "补发订单", ["7"] = "PDA选货开单", ["8"] = "分销补发订单" } },
  { "picklist_no", "分拣波次", "text", length = "40" },
  { "picklist_seq", "分拣序号", "int", length = "6" },
  { "logistics_print_status", "物流单打印状态", "int", length = "4",
    values = { ["0"] = "未打印", ["1"] = "打印中", ["2"] = "已打印",
    ["3"] = "无需打印" } },
  { "paid", "已付", "decimal", length = "19,4", wire = "text" },
  { "shop_platform_id", "店铺平台id", "int", values = PLATFORMS },
  { "sub_platform_id", "子平台id", "int" },
  { "error_info", "接口处理错误信息", "text", length = "255" },
  { "custom_type", "其他出库自定义子类别", "int", length = "6" },
  { "sendbill_template_id", "发货单模板id", "int", length = "11" },
  { "customer_id", "客户id", "int", length = "11" },
  { "warehouse_type", "仓库类别", "int", length = "6", values = {
    ["1"] = "普通（内部）", ["2"] = "自流转", ["3"] = "平台", ["4"] = "京东沧海",
    ["6"] = "抖音云仓", ["125"] = "代发仓", ["126"] = "分销委外" } },
  { "operator_id", "制单人id（操作员）", "int", length = "6" },
  { "outer_no", "外部单号", "text", length = "40" },
  -- bit mask by its values
  { "consign_status", "出库状态", "int", length = "6", bits = {
    [1] = "已验货", [2] = "已称重", [16] = "已拣货", [32] = "电子面单回传",
    [64] = "已分拣", [128] = "配送清单打印状态", [4096] = "订单回告（订单生成出库单中间量，暂时只有订单合并回告使用）" } },
  { "goods_type_count", "货品种类", "int", length = "6" },
  { "calc_post_cost", "预估邮资成本", "decimal", length = "19,4", wire = "text" },
  { "batch_no", "打印批次", "text", length = "40" },
  -- text datetime (stockout creation)
  { "created_date", "销售出库单创建时间", "datetime", length = "40" },
  { "fenxiao_tid", "分销原始单号", "text", length = "40" },
  { "fenxiao_nick_no", "分销商编号", "text", length = "40" },
  { "logistics_list", "物流单列表", "list", id = { "rec_id" }, fields = LOGISTICS },
  { "details_list", "销售出库单详情", "list", id = { "rec_id" },
    fields = require "wdt.schema.sales_stockout_details" },
  { "anchor_name", "主播", "text", length = "50" },
  -- spelled achor in the API
  { "assist_achor_name", "助播", "text", length = "50" },
  -- spelled achor in the API
  { "control_achor_name", "场控", "text", length = "50" },
  { "operation_anchor_name", "运营", "text", length = "50" },
  { "pick_group_name", "拣货分组名称", "text", length = "100" },
  { "fenxiao_shop_name", "分销店铺名称", "text", length = "40" },
  { "wms_code", "wms业务单号", "text", length = "40" },
  { "stockout_flag_name", "销售出库单标记名称", "text", length = "32" },
  -- only when need_gov_subsidy_info is set
  { "gov_subsidy_info", "国补信息", "list", fields = {
    { "tid", "原始单号", "text" },
    { "oid", "原始子单号", "text" },
    { "corp_entity_name", "公司主体名称", "text" },
  } },
  -- of archived rows alone
  { "is_card_type", "证件类别", "int", length = "4" },
  -- not in the field table, present in the sample as JSON str
  { "warehouse_mapping_code", "", "text" },
  -- not in the field table, present in the sample as JSON int
  { "pick_group", "", "int" },
  -- not in the field table, present in the sample as JSON int
  { "seq_no", "", "int" },
  -- not in the field table, present in the sample as JSON int
  { "src_order_id", "", "int" },
  -- not in the field table, present in the sample as JSON str
  { "new_trade_label", "", "text" },
}
