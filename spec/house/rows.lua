--- The editor types of rows, from the schema (lua/wdt/schema). A field may be missing: the gateways
-- leave some out, and a query may ask for a few.
local tags = require "house.tags"
local ipairs, concat, sort = ipairs, table.concat, table.sort

local M = {}

-- List of fields -> the class that its rows are.
local CLASSES = {
  { "wdt.Stockout", "wdt.schema.stockout",
    "销售出库单, enterprise edition (`stockout_order_query_trade`)" },
  { "wdt.SalesStockout", "wdt.schema.sales_stockout",
    "销售出库单, ultimate edition (`wms.stockout.Sales.queryWithDetail`)" },
  { "wdt.CancelledStockout", "wdt.schema.cancelled_stockout",
    "已取消出库单, ultimate edition (`wms.stockout.Sales.searchCancel`)" },
}

local BY_TYPE = { int = "integer", decimal = "number", text = "string", datetime = "string",
  boolean = "boolean",
  list = "table[]" }
-- With `typed = true`. A decimal is what the query's `decimal` says, a time what its `datetime`
-- makes of it.
local TYPED = { int = "integer", decimal = "string|number", text = "string", datetime = "integer",
  boolean = "boolean",
  list = "table[]" }
local BY_WIRE = { number = "number", text = "string", milliseconds = "integer" }

-- "details_list" of wdt.Stockout -> "wdt.Stockout.Details"
local function class_of_list(class, name)
  return class .. "." .. name:gsub("_list$", ""):gsub("^%l", function(c) return c:upper() end)
    :gsub("_(%l)", function(c) return c:upper() end)
end

local MOST_MEANINGS = 40 -- beyond that a table of its own is the better place to look

-- The meanings of a value, in order.
local function meanings(field)
  local list = {}
  for value, label in pairs(field.values or field.bits or {}) do list[#list + 1] = { tonumber(value)
    or value, label } end
  sort(list, function(a, b)
    if type(a[1]) ~= type(b[1]) then return type(a[1]) == "number" end
    return a[1] < b[1]
  end)
  for i, one in ipairs(list) do list[i] = tostring(one[1]) .. " " .. one[2] end
  return #list > 0 and #list <= MOST_MEANINGS and (field.bits and "; bits: " or ": ")
    .. concat(list, ", ") or ""
end

-- Returns what a field is as it comes.
local function plain_kind(class, field, all_text)
  if field.fields then return class_of_list(class, field[1]) .. "[]" end
  if all_text and field[3] ~= "list" then return "string" end
  return not all_text and BY_WIRE[field.wire] or BY_TYPE[field[3]]
end

local function write_class(out, class, fields, title, all_text)
  out[#out + 1] = "\n--- " .. title .. "\n---@class " .. class
  for _, field in ipairs(fields) do
    tags.add(out, ("---@field %s? %s"):format(field[1], plain_kind(class, field, all_text)),
      (field[2] .. meanings(field)):gsub("%s+$", ""))
  end
  for _, field in ipairs(fields) do
    if field.fields then write_class(out, class_of_list(class, field[1]), field.fields, field[2],
      all_text) end
  end
end

-- With `typed = true`: where it is different.
local function write_typed(out, class, plain, fields, title, all_text)
  out[#out + 1] = ("\n--- %s; with `typed = true`\n---@class %s : %s"):format(title, class, plain)
  for _, field in ipairs(fields) do
    local kind = field.fields and class_of_list(class, field[1]) .. "[]" or TYPED[field[3]]
    if kind ~= plain_kind(plain, field, all_text) then
      tags.add(out, ("---@field %s? %s"):format(field[1], kind), field[2])
    end
  end
  for _, field in ipairs(fields) do
    if field.fields then
      write_typed(out, class_of_list(class, field[1]), class_of_list(plain, field[1]), field.fields,
        field[2], all_text)
    end
  end
end

--- @treturn {string} lines: the classes of rows
function M.lines()
  local out = {}
  for _, class in ipairs(CLASSES) do
    local fields, all_text = require(class[2]), class[1] == "wdt.Stockout"
    write_class(out, class[1], fields, class[3], all_text)
    local typed = class[1]:gsub("^wdt%.", "wdt.Typed")
    write_typed(out, typed, class[1], fields, class[3], all_text)
  end
  return out
end

return M
