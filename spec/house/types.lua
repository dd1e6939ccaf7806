--- The editor types (LuaLS) of all that is public: lua/wdt/types.lua, from api_tables.lua,
-- api_objects.lua and the schema.
local objects = require "house.api_objects"
local rows = require "house.rows"
local tags = require "house.tags"
local tables = require "house.api_tables"

local M = {}

local HEAD = [[
---@meta wdt
-- Written by spec/house/write.lua from spec/house/api_tables.lua, api_objects.lua and
-- lua/wdt/schema: change those, and write it again.
-- luacheck: ignore 211 212 241]]

-- Markdown of a table's cell, as a comment.
local function plain(text)
  return (text:gsub("\\|", "|"))
end

-- "sid, appkey" -> "sid", "appkey"
local function each_name(names, visit)
  for name in names:gmatch "[%w_]+" do visit(name) end
end

-- The words of a table's first column.
local function words_of(list)
  local words = {}
  for _, one in ipairs(list) do
    each_name(one[1], function(name) words[#words + 1] = '"' .. name .. '"' end)
  end
  return words
end

local function write_fields(out, fields)
  for _, field in ipairs(fields) do
    each_name(field[1], function(name)
      local default = field[3] ~= "" and "; default: " .. field[3] or ""
      local optional = field.required and "" or "?"
      if field[2]:find "%?$" then optional = "" end
      local text = (plain(field[4]) .. plain(default)):gsub("^; ", ""):gsub("%s+$", "")
      tags.add(out, ("---@field %s%s %s"):format(name, optional, field[2]), text)
    end)
  end
end

local PARENT = { ["wdt.Query"] = " : wdt.MethodWords" }

local function write_class(out, class)
  out[#out + 1] = ("\n--- %s\n---@class %s%s"):format(class.en, class.name, PARENT[class.name]
    or "")
  write_fields(out, class.fields)
  if class.name == "wdt.Query" then
    out[#out + 1] = "---@field [string] any the API's own parameters"
  end
end

local function write_function(out, owner, colon, f)
  out[#out + 1] = ""
  tags.text(out, plain(f[4]))
  local names = {}
  for i, param in ipairs(f[2]) do
    names[i] = param[1]:gsub("%?$", "")
    out[#out + 1] = ("---@param %s %s"):format(param[1], param[2])
  end
  for _, value in ipairs(f[3]) do
    local kind = value[2]
    if f.fails and not kind:find "%?$" and kind ~= "any" then kind = kind .. "?" end
    out[#out + 1] = ("---@return %s %s"):format(kind, value[1])
  end
  if f.fails then
    out[#out + 1] = '---@return string? err "code: text"\n---@return wdt.Code? code'
  end
  out[#out + 1] = ("function %s%s%s(%s) end"):format(owner, colon, f[1]:match "[%w_]+$",
    table.concat(names, ", "))
end

local function write_object(out, object)
  local owner = object.name:match "[%w_]+$"
  if object == objects.module then owner = "wdt" end
  out[#out + 1] = ("\n--- %s\n---@class %s"):format(object.en, object.name)
  write_fields(out, object.fields or {})
  if object.overload then out[#out + 1] = "---@overload " .. object.overload end
  out[#out + 1] = ("local %s = {}"):format(owner)
  for _, list in ipairs{ object.functions, object.twins or {} } do
    for _, f in ipairs(list) do
      write_function(out, owner, object.self:match "[.:]$", f)
    end
  end
end

--- @treturn string the whole file
function M.text()
  local out = { HEAD }
  out[#out + 1] = "\n--- Stable words for what went wrong."
  tags.alias(out, "wdt.Code", words_of(tables.codes))
  out[#out + 1] = "\n--- How a window was proved complete, from the strongest to the weakest."
  tags.alias(out, "wdt.Certificate", words_of(tables.certificates))
  local events = {}
  for i, name in ipairs(tables.event_names) do events[i] = '"' .. name .. '"' end
  out[#out + 1] = "\n--- Kinds of events."
  tags.alias(out, "wdt.EventName", events)
  for _, name in ipairs(tables.classes) do write_class(out, tables[name]) end
  for _, object in ipairs(objects.classes) do write_object(out, object) end
  out[#out + 1] = "\n--- A row of stockouts: of either edition, sold or cancelled, `typed` or not."
  tags.alias(out, "wdt.AnyStockout", objects.stockout_rows)
  out[#out + 1] = "\n--- A stream of stockouts.\n---@class wdt.StockoutStream : wdt.Stream\n"
    .. "---@overload fun(): wdt.AnyStockout"
  out[#out + 1] = "\n--- A bit that is set.\n---@class wdt.Flag\n---@field bit integer\n"
    .. "---@field label? string the vendor's word, where a document names it"
  for _, line in ipairs(rows.lines()) do out[#out + 1] = line end
  out[#out + 1] = "\nreturn wdt"
  return table.concat(out, "\n") .. "\n"
end

return M
