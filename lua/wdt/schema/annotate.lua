--- Writes the annotations of rows that editors with a Lua language server read: `lua/wdt/types.lua`. From a shell, at the top of
-- the tree: `lua5.4 lua/wdt/schema/annotate.lua >lua/wdt/types.lua`; a spec fails when that file is not what this one writes.
-- @module wdt.schema.annotate
local ipairs, concat, sort = ipairs, table.concat, table.sort

local M = {}

-- List of fields -> the class that its rows are.
local CLASSES = {
  { "wdt.Stockout", "wdt.schema.stockout", "销售出库单, enterprise edition (`stockout_order_query_trade`)" },
  { "wdt.SalesStockout", "wdt.schema.sales_stockout", "销售出库单, ultimate edition (`wms.stockout.Sales.queryWithDetail`)" },
  { "wdt.CancelledStockout", "wdt.schema.cancelled_stockout",
    "已取消出库单, ultimate edition (`wms.stockout.Sales.searchCancel`)" },
}

local BY_TYPE = { int = "integer", decimal = "number", text = "string", datetime = "string", boolean = "boolean",
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
  for value, label in pairs(field.values or field.bits or {}) do list[#list + 1] = { tonumber(value) or value, label } end
  sort(list, function(a, b)
    if type(a[1]) ~= type(b[1]) then return type(a[1]) == "number" end
    return a[1] < b[1]
  end)
  for i, one in ipairs(list) do list[i] = tostring(one[1]) .. " " .. one[2] end
  return #list > 0 and #list <= MOST_MEANINGS and (field.bits and "; bits: " or ": ") .. concat(list, ", ") or ""
end

local function write_class(out, class, fields, title, all_text)
  local lists = {}
  out[#out + 1] = "\n--- " .. title .. "\n---@class " .. class
  for _, field in ipairs(fields) do
    local kind = not all_text and BY_WIRE[field.wire] or BY_TYPE[field[3]]
    if field.fields then
      local of_list = class_of_list(class, field[1])
      lists[#lists + 1] = { of_list, field }
      kind = of_list .. "[]"
    elseif all_text and field[3] ~= "list" then
      kind = "string"
    end
    out[#out + 1] = ("---@field %s? %s %s%s"):format(field[1], kind, field[2], meanings(field)):gsub("%s+$", "")
  end
  for _, list in ipairs(lists) do write_class(out, list[1], list[2].fields, list[2][2], all_text) end
end

--- @treturn string the whole file
function M.text()
  local out = { "---@meta\n-- Written by lua/wdt/schema/annotate.lua: change the tables in lua/wdt/schema/, and write it again.\n"
    .. "-- A field may be missing: the gateways leave some out, and a query may ask for a few.\n-- luacheck: no max line length" }
  for _, class in ipairs(CLASSES) do
    write_class(out, class[1], require(class[2]), class[3], class[1] == "wdt.Stockout")
  end
  return concat(out, "\n") .. "\n"
end

if arg and arg[0] and arg[0]:find("schema/annotate%.lua$") then
  package.path = arg[0]:gsub("wdt/schema/annotate%.lua$", "?.lua") .. ";" .. package.path
  io.write(M.text())
end

return M
