--- Refunds, stock and the statistic of sales of the enterprise edition, so that reports and control
-- totals have something to hold a copy against: where the gateway's option `business` asks for
-- them.
--
-- A refund is what becomes of a world's row: of its lines, the first ones come back. Stock is a row
-- for each good and warehouse: the world's rows, in order, are those. The statistic adds up what
-- was shipped on a day; only the beginning of the vendor's table of its fields is known, the names
-- of shop, warehouse, SKU, quantity and amount are the sandbox's guess.
-- @module wdt.sandbox.business
local beijing = require "wdt.beijing"
local records = require "wdt.sandbox.records"
local concat, floor, format, ipairs, pairs, sort = table.concat, math.floor, string.format, ipairs,
  pairs, table.sort

local M = {}

local TYPES = { "2", "2", "2", "1", "3", "4", "5" }
local STATES = { "90", "80", "60", "10", "90", "40" }

local function object(writer, members)
  local list = {}
  for i, one in ipairs(members) do list[i] = format('"%s":%s', one[1], writer.quote(one[2])) end
  return list
end

--- A row of `refund_query`.
-- @tparam Writer writer
-- @tparam table row
-- @treturn string
function M.refund(writer, row)
  local c, lines, amount = records.context(writer.seed, row), {}, 0
  for i, line in ipairs(c.lines) do
    if i > 2 then break end
    records.line_context(c, i)
    local worth = line.q * line.goods[5]
    amount = amount + worth
    lines[i] = "{" .. concat(object(writer, { { "refund_id", c.id }, { "spec_no", c.spec_no },
      { "goods_name", c.goods_name }, { "spec_name", c.spec_name },
      { "refund_num", format("%d.0000", line.q) }, { "order_num", c.line_count },
      { "refund_order_amount", records.money(worth) }, { "cost_price", c.cost_price } }), ",")
        .. "}"
  end
  local members = object(writer, { { "refund_id", c.id }, { "refund_no", "TK" .. c.id },
    { "type", TYPES[row.id % #TYPES + 1] }, { "process_status", STATES[row.id % #STATES + 1] },
    { "status", "5" }, { "shop_no", row.shop_no }, { "shop_name", c.shop_name },
    { "refund_time", c.modified }, { "modified", c.modified },
    { "refund_amount", records.money(amount) } })
  members[#members + 1] = '"refund_order_list":[' .. concat(lines, ",") .. "]"
  return "{" .. concat(members, ",") .. "}"
end

-- The first id of a world.
local FIRST = 10000001

--- A row of `stock_query`.
-- @tparam Writer writer
-- @tparam table row
-- @treturn string
function M.stock(writer, row)
  local goods, warehouses = records.GOODS, { "WH001", "WH002", "华东仓" }
  local n = row.id - FIRST
  local one, warehouse = goods[n % #goods + 1], warehouses[floor(n / #goods) % 3 + 1]
  local round = floor(n / #goods / 3)
  return "{" .. concat(object(writer, { { "warehouse_no", warehouse },
    { "warehouse_name", warehouse .. "号仓" },
    { "spec_no", one[1] .. "-" .. one[4] .. (round > 0 and "-" .. round or "") },
    { "goods_name", one[2] }, { "spec_name", one[2] .. one[3] }, { "defect", "0" },
    { "stock_num", format("%d.0000", row.id * 37 % 500) },
    { "modified", records.stamp(row.modified) } }), ",") .. "}"
end

local function key_of(...)
  return concat({ ... }, "\0")
end

--- The quantities shipped on a day, by SKU, shop and warehouse, as the statistic counts it.
-- @tparam World world
-- @tparam integer seed
-- @tparam string day "2026-11-01"
-- @treturn {table} `{ shop_no, warehouse_no, spec_no, quantity, amount }`, in order; the amount in
-- hundredths
function M.sales(world, seed, day)
  local from = beijing.parse(day .. " 00:00:00")
  local sums, list = {}, {}
  for _, row in ipairs(world:all{ clock = "consign_time", from = from, to = from + 86399,
    status = { 95, 105, 110, 113 }, route = "direct" }) do
    local c = records.context(seed, row)
    for i, line in ipairs(c.lines) do
      records.line_context(c, i)
      local key = key_of(row.shop_no, row.warehouse_no, c.spec_no)
      local sum = sums[key]
      if not sum then
        sum = { key = key, shop_no = row.shop_no, warehouse_no = row.warehouse_no,
          spec_no = c.spec_no, quantity = 0, amount = 0 }
        sums[key] = sum
      end
      sum.quantity, sum.amount = sum.quantity + line.q, sum.amount + line.q * line.goods[5]
    end
  end
  for _, sum in pairs(sums) do list[#list + 1] = sum end
  sort(list, function(a, b) return a.key < b.key end)
  return list
end

--- The statistic's rows of a page.
-- @tparam Gateway gateway
-- @tparam table q the query: its `filter.day`, `page_no`, `page_size`
-- @treturn {string} rows
-- @treturn integer how many there are altogether
function M.statistic(gateway, q)
  local day, out = q.filter.day, {}
  local list = M.sales(gateway.world, gateway.writer.seed, day)
  for i = q.page_no * q.page_size + 1, (q.page_no + 1) * q.page_size do
    local sum = list[i]
    if not sum then break end
    local members = object(gateway.writer, { { "rec_id", format("%d", i) },
      { "created", day }, { "consign_date", day }, { "shop_no", sum.shop_no },
      { "warehouse_no", sum.warehouse_no }, { "spec_no", sum.spec_no },
      { "num", format("%d.0000", sum.quantity) }, { "amount", records.money(sum.amount) } })
    out[#out + 1] = format('{"stat_no":"SALES_%s_%d","spec_list":[{%s}]}', day, i,
      concat(members, ","))
  end
  return out, #list
end

--- Gives methods of an edition their rows.
-- @tparam table methods by name
-- @tparam function refuse code, text for a day that is none
function M.add(methods, refuse)
  methods.refund_query.business, methods.stock_query.business = "refund", "stock"
  local statistic = methods.vip_stat_sales_by_spec_shop_warehouse_query
  local filter = statistic.filter
  statistic.business_rows = M.statistic
  function statistic.filter(method, p)
    local found, code, text = filter(method, p)
    if not found then return nil, code, text end
    if not beijing.parse(p.consign_date .. " 00:00:00") then return nil, refuse "consign_date" end
    found.day = p.consign_date
    return found
  end
end

return M
