--- The reports there are: their columns, with labels, and of which rows they need a copy.
-- @module wdt.report.names

local ACCOUNT = { "account", "账号" }
local DAY = { "day", "日期" }
local SHOP, SHOP_NAME = { "shop_no", "店铺编号" }, { "shop_name", "店铺名称" }
local WAREHOUSE, WAREHOUSE_NAME = { "warehouse_no", "仓库编号" }, { "warehouse_name", "仓库名称" }
local SPEC, GOODS, SPEC_NAME = { "spec_no", "商家编码" }, { "goods_name", "货品名称" },
  { "spec_name", "规格名称" }

local QUANTITY = { "b.goods_count|num" }
local COST = { "b.goods_count|num", "b.cost_price|goods_cost" }

local function decimal(name, label) return { name, label, "decimal" } end

-- Each: `name`, `needs` and `uses` (roles, see `wdt.report.tables`), `columns` (`{ name, label,
-- kind }`), `daily` (true: it has a column `day`), `order` (names of columns), `requires`: by role,
-- the fields without which it tells nothing: "a.x" of the rows, "b.x|y" one of two of the lines.
return {
  { name = "daily_sales", needs = { "stockouts" }, uses = { "refunds" }, daily = true,
    requires = { stockouts = QUANTITY, refunds = { "b.refund_order_amount|refund_amount|"
      .. "total_amount" } },
    order = { "day", "shop_no", "spec_no", "account" },
    en = "sales by day, shop and SKU, net of returns; gifts apart",
    zh = "按日、店铺、单品的销售，扣除退货；赠品单列",
    columns = { ACCOUNT, DAY, SHOP, SHOP_NAME, SPEC, GOODS, SPEC_NAME, decimal("quantity", "数量"),
      decimal("amount", "分摊后金额"), decimal("gift_quantity", "赠品数量"),
      decimal("gift_amount", "赠品金额"), decimal("returned_quantity", "退货数量"),
      decimal("returned_amount", "退款金额"), decimal("net_quantity", "净销量"),
      decimal("net_amount", "净销售额") } },
  { name = "margin", needs = { "stockouts" }, daily = true, requires = { stockouts = COST },
    order = { "day", "shop_no", "spec_no", "account" },
    en = "margin by day, shop and SKU; lines without a cost are counted apart",
    zh = "按日、店铺、单品的毛利；无成本的明细单独计数",
    columns = { ACCOUNT, DAY, SHOP, SHOP_NAME, SPEC, GOODS, SPEC_NAME, decimal("quantity", "数量"),
      decimal("amount", "分摊后金额"), decimal("cost", "成本"), decimal("margin", "毛利"),
      { "zero_cost_lines", "无成本明细数", "count" }, decimal("zero_cost_amount", "无成本明细金额") } },
  { name = "zero_cost", needs = { "stockouts" }, daily = true, requires = { stockouts = COST },
    order = { "day", "shop_no", "order_no", "spec_no", "account" },
    en = "the lines without a cost, which margin can't tell of",
    zh = "无成本的明细（毛利中无法计算）",
    columns = { ACCOUNT, DAY, SHOP, SHOP_NAME, { "order_no", "出库单号" }, SPEC, GOODS, SPEC_NAME,
      decimal("quantity", "数量"), decimal("amount", "分摊后金额") } },
  { name = "freight", needs = { "stockouts" }, daily = true,
    requires = { stockouts = { "a.post_fee" } },
    order = { "day", "logistics_name", "province", "account" },
    en = "freight by day, carrier and province, against the postage that was charged",
    zh = "按日、物流公司、省份的运费成本与所收邮费",
    columns = { ACCOUNT, DAY, { "logistics_name", "物流公司" }, { "province", "省份" },
      { "orders", "单数", "count" }, decimal("weight", "重量"), decimal("freight", "邮资成本"),
      decimal("postage", "所收邮费"), decimal("difference", "差额") } },
  { name = "stock_days", needs = { "stockouts", "stock" }, requires = { stockouts = QUANTITY },
    order = { "warehouse_no", "spec_no", "account" },
    en = "how many days the stock lasts, by what was shipped in the last 30 days of the copy",
    zh = "库存可售天数（按副本中最近 30 天的发货量）",
    columns = { ACCOUNT, WAREHOUSE, WAREHOUSE_NAME, SPEC, GOODS, SPEC_NAME,
      decimal("stock", "库存量"), decimal("shipped_30_days", "30 天发货量"),
      decimal("days_left", "可售天数") } },
}
