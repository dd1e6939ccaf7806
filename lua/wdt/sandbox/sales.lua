--- 销售出库单 of the ultimate edition as the sandbox plays them: `wms.stockout.Sales.queryWithDetail`
-- and its history. The fields and their types on the wire come from `wdt.schema`.
-- @module wdt.sandbox.sales
local fields = require "wdt.schema.sales_stockout"
local records = require "wdt.sandbox.records"
local format, concat, ipairs, tonumber, tostring = string.format, table.concat, ipairs, tonumber,
  tostring

local M = {}

-- The world's status on the wire, and back.
local WIRE = { [5] = 5, [55] = 70, [95] = 110, [105] = 110, [110] = 110, [113] = 90 }
local WORLD = { ["5"] = { 5 }, ["70"] = { 55 }, ["90"] = { 113 }, ["110"] = { 95, 105, 110 } }
local SHIPPED, NONE = { 95, 105, 110, 113 }, { -1 }

-- status_type -> clock, statuses (absent is 1)
local TYPES = {
  ["0"] = { "consign_time", SHIPPED }, ["1"] = { "modified", { 5 } },
  ["2"] = { "modified", { 55 } },
  ["3"] = { "consign_time", SHIPPED }, -- without `status`
}

-- order_type: by modification or by shipping, the last first
local ORDERS = { ["1"] = "modified", ["2"] = "consign_time" }

--- Which rows are asked for.
-- @tparam table method of the sandbox
-- @tparam table p parameters
-- @tparam ?function window reads the times: from, to or nil, nil, code, text
-- @treturn ?table filter; nil, code, text when refused
function M.filter(method, p, window)
  local kind = TYPES[tostring(p.status_type or 1)]
  if not kind then return nil, 2, "status_type" end
  local filter = { history = method.history, shop_no = p.shop_nos, warehouse_no = p.warehouse_no,
    no = p.stockout_no,
    src_order_no = p.src_order_no, id = p.logistics_no and tonumber(p.logistics_no:match("%d+$")) }
  if (filter.no or filter.src_order_no or filter.id) and not (p.start_time or p.end_time)
    and not method.history then
    return filter
  end
  local from, to, code, text = window(method, p)
  if not from then return nil, code, text end
  filter.from, filter.to, filter.clock, filter.status = from, to, kind[1], kind[2]
  if tostring(p.status_type) == "3" and p.status then
    filter.clock, filter.status = "modified", WORLD[tostring(p.status)] or NONE
  end
  if p.order_type and ORDERS[tostring(p.order_type)] == filter.clock then
    filter.order = "time_desc" end
  return filter
end

-- A field of the row -> what of the row's context it shows, where the names differ.
local SHOWS = { order_no = "no", trade_no = "src_order_no", src_trade_no = "tids",
  receiver_name = "name",
  customer_name = "name", receiver_address = "address", receiver_mobile = "mobile",
  receiver_area = "area",
  receiver_dtb = "town", nick_name = "nick", buyer_message = "message", cs_remark = "note",
  flag_name = "flag",
  goods_count = "count", goods_total_amount = "amount", paid = "amount", receivable = "amount",
  created_date = "check_time",
  num = "line_count", goods_amount = "line_amount", share_amount = "line_amount",
  share_price = "price", sell_price = "price",
  market_price = "price", unit_name = "unit", src_oid = "oid", src_tid = "tid", stockout_id = "id" }

-- On the wire as epoch milliseconds.
local MOMENTS = { trade_time = "created", pay_time = "created", created = "created",
  stock_check_time = "check_time" }

local DEFAULTS = { int = 0, decimal = "0.0000", text = "", boolean = false, datetime = "",
  list = {} }

-- All that a row shows with `fields = "short"` (wdt.sandbox.records).
local SHORT = { stockout_id = true, order_no = true, trade_no = true, src_order_no = true,
  warehouse_no = true, shop_no = true, status = true, consign_time = true, modified = true,
  created = true, stockout_no = true }

-- Those of its fields, by list of fields.
local shorts = {}
local function short(list)
  local kept = shorts[list]
  if kept then return kept end
  kept = {}
  for _, field in ipairs(list) do
    if SHORT[field[1]] then kept[#kept + 1] = field end
  end
  shorts[list] = kept
  return kept
end

local write_object

local function lists(name, c)
  return name == "details_list" and #c.lines or name == "logistics_list" and c.row.consign_time
    and 1 or 0
end

local function write_list(writer, field, c)
  local list = {}
  for i = 1, field.fields and lists(field[1], c) or 0 do
    if field[1] == "details_list" then records.line_context(c, i) end
    list[i] = write_object(writer, field.fields, c)
  end
  return "[" .. concat(list, ",") .. "]"
end

local function write_value(writer, field, c)
  local name, kind = field[1], field[3]
  if kind == "list" then return write_list(writer, field, c) end
  if field.wire == "milliseconds" then return format("%d000", c.row[MOMENTS[name]]) end
  local value = c[SHOWS[name] or name]
  if value == nil then value = DEFAULTS[kind] end
  if field.wire == "text" then return writer.quote(tostring(value)) end
  if kind == "int" or field.wire == "number" then return tostring(tonumber(value)):gsub(
    "%.0$", "") end
  if kind == "boolean" then return tostring(value) end
  return writer.quote(value)
end

function write_object(writer, list, c)
  local parts, colon = {}, writer.pretty and '": ' or '":'
  for _, field in ipairs(list) do
    if field[1] ~= "consign_time" or c.row.consign_time then -- absent while it is not shipped
      parts[#parts + 1] = '"' .. field[1] .. colon .. write_value(writer, field, c)
    end
  end
  return "{" .. concat(parts, ",") .. "}"
end

--- Writes a row, or one of its lists.
-- @tparam Writer writer
-- @tparam table c the row's context (`wdt.sandbox.records`)
-- @tparam table list its fields (`wdt.schema`)
-- @treturn string
function M.write_row(writer, c, list)
  return write_object(writer, writer.short and short(list) or list, c)
end

--- Writes one row.
function M.write(writer, row)
  local c = records.context(writer.seed, row)
  c.status, c.logistics_no = WIRE[row.status], row.consign_time and format("SF%d", row.id) or ""
  return M.write_row(writer, c, fields)
end

return M
