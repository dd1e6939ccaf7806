--- 慧策网页版 as the sandbox plays it: the enterprise edition's protocol with methods, rows and numbers
-- of its own. Source: the vendor's pages whose names end in `_Y`.
-- @module wdt.sandbox.huice
local catalogue = require "wdt.sandbox.catalogue"
local enterprise = require "wdt.sandbox.enterprise"
local sales = require "wdt.sandbox.sales"
local records = require "wdt.sandbox.records"
local stockout_fields = require "wdt.schema.huice.stockout_order_query_trade"
local cancelled_fields = require "wdt.schema.huice.stockout_order_query_trade_cancel"
local format, pairs, setmetatable, min = string.format, pairs, setmetatable, math.min

local M = { methods = {} }

-- Returns what follows of a window's refusal: this edition numbers it anew.
local function window(p, span)
  local from, to, code, text = enterprise.window(p, span)
  return from, to, code == 2102 and 2160 or code, text
end

local CLOCKS = { ["1"] = "modified", ["2"] = "consign_time" }
local STATUSES = { ["1"] = { 95, 105, 110, 113 }, ["2"] = { 55, 95, 105, 110, 113 } }

local function stockout_filter(method, p)
  local clock, statuses = CLOCKS[p.time_type or "1"], STATUSES[p.status_type or "1"]
  if not clock then return nil, 2101, "time_type参数错误" end
  if not statuses then return nil, 2101, "status_type参数错误" end
  local filter = { history = "both", shop_no = p.shop_no, warehouse_no = p.warehouse_no,
    src_order_no = p.src_order_no, status = statuses }
  if p.src_order_no and not (p.start_time or p.end_time) then return filter end
  if not (p.start_time or p.end_time or p.src_order_no) then
    return nil, 2900, "时间和单号不能同时为空"
  end
  local from, to, code, text = window(p, method.span)
  if not from then return nil, code, text end
  filter.from, filter.to, filter.clock = from, to, clock
  return filter
end

local function cancelled_filter(method, p)
  local from, to, code, text = window(p, method.span)
  if not from then return nil, code, text end
  return { history = "both", cancelled = true, clock = "modified", from = from, to = to,
    shop_no = p.shop_no, warehouse_no = p.warehouse_no }
end

local function document_filter(method, p)
  return catalogue.filter(method, p, function(m) return window(p, m.span) end, function(name)
    return 2900, name .. "参数为空"
  end)
end

catalogue.add("huice", M.methods, document_filter, { as_text = true })

for name, own in pairs{
  stockout_order_query_trade = { stockout_filter, stockout_fields },
  stockout_order_query_trade_cancel = { cancelled_filter, cancelled_fields },
} do
  local method = M.methods[name]
  method.filter, method.fields, method.write, method.span = own[1], own[2], "huice",
    method.entry.span
end

local IDS = "275628620%010d" -- 19 digits: more than a double holds

--- The id on the wire of a row.
-- @tparam integer id the world's
-- @treturn string
function M.id(id)
  return format(IDS, id)
end

--- Writes one row.
function M.write(writer, row, method)
  local c = records.context(writer.seed, row)
  c.id, c.no, c.status = M.id(row.id), row.src_order_no, min(row.status, 95)
  c.logistics_no = row.consign_time and format("SF%d", row.id) or ""
  return sales.write_row(writer, c, method.fields)
end

M.read = enterprise.reader{ name = "huice", methods = M.methods, lengths = "bytes" }

return setmetatable(M, { __index = enterprise })
