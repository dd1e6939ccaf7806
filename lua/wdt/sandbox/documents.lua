--- The rows of all the queries that the sandbox has no story of its own for. Their shape comes from
-- the catalogue: identity, times, the numbers that a look-up takes, lists within the row.
--
-- A document's times are one: each row shows, whatever its window's clock is called, the world's
-- time of modification, or, where the clock is the time of shipping, that one. A number that a
-- look-up takes is the parameter's name and the row's id (`trade_no-10000001`), or where it is
-- called an id, the id itself.
-- @module wdt.sandbox.documents
local stamp = require "wdt.sandbox.records".stamp
local format, concat, ipairs, setmetatable, type = string.format, table.concat, ipairs,
  setmetatable, type
local tonumber, tostring = tonumber, tostring

local M = {}

--- The list of an answer whose path no one documents.
M.LIST = "rows"

--- The identity of rows whose own no one documents.
M.ID = "rec_id"

-- The world's fields under the names that parameters and rows have for them.
local WORLD = { shop_no = "shop_no", shop_nos = "shop_no", warehouse_no = "warehouse_no" }
local TIMES = { created = true, modified = true, suite_modified = true, pay_time = true,
  trade_time = true }

--- Returns what a field of a document holds.
-- @tparam table row the world's
-- @tparam string name
-- @treturn ?string|number
function M.value(row, name)
  if WORLD[name] then return row[WORLD[name]] end
  if TIMES[name] then return stamp(row.modified) end
  if name == "consign_time" then return row.consign_time and stamp(row.consign_time) end
  if name == "status" then return row.status end
  if name == "platform_id" or name == "defect" then return 0 end
  if name:find("_id$") then return row.id end
  return name .. "-" .. format("%d", row.id)
end

--- The world's id in a number that a look-up takes.
-- @param value
-- @treturn ?number
function M.id_in(value)
  return tonumber((type(value) == "number" and format("%.0f", value)
    or tostring(value)):match("%d+$"))
end

-- The fields of a method's rows that the catalogue tells of, in an order that is always the same.
local function names_of(entry)
  local names, known = {}, {}
  local function add(name)
    if name and not known[name] then
      known[name], names[#names + 1] = true, name
    end
  end
  for _, id in ipairs(entry.ids) do add(id) end
  if #entry.ids == 0 then add(M.ID) end
  add(entry.modified)
  for _, rule in ipairs(entry.clock) do add(rule.field) end
  for _, pair in ipairs(entry.times) do add(pair.field or nil) end
  for _, lookup in ipairs(entry.lookups) do
    for _, name in ipairs(lookup) do add(name) end
  end
  add "status"
  add "shop_no"
  add "warehouse_no"
  return names
end

local names_by_entry = setmetatable({}, { __mode = "k" })

local function member(writer, name, value, as_text)
  local key = format('"%s":%s', name, writer.pretty and " " or "")
  if value == nil then return nil end
  if type(value) == "number" then return key .. format(as_text and '"%d"' or "%d", value) end
  return key .. writer.quote(value)
end

local function lines(writer, row, as_text)
  local list = {}
  for i = 1, row.id % 3 do
    list[i] = "{" .. concat({ member(writer, "rec_id", row.id * 32 + i, as_text),
      member(writer, "spec_no", "SKU-" .. i),
      member(writer, "num", i, as_text) }, ",") .. "}"
  end
  return "[" .. concat(list, ",") .. "]"
end

--- Writes a document.
-- @tparam Writer writer
-- @tparam table row
-- @tparam table method of the sandbox; its `entry` is the catalogue's
-- @treturn string
function M.write(writer, row, method)
  local entry, as_text, parts = method.entry, method.as_text, {}
  local names = names_by_entry[entry] or names_of(entry)
  names_by_entry[entry] = names
  for _, name in ipairs(names) do
    local value = M.value(row, name)
    -- of shops and warehouses themselves
    if WORLD[name] and name == entry.id then value = name .. "-" .. format("%d", row.id) end
    parts[#parts + 1] = member(writer, name, value, as_text)
  end
  for _, name in ipairs(entry.nested) do parts[#parts + 1] = format('"%s":', name)
    .. lines(writer, row, as_text) end
  return "{" .. concat(parts, ",") .. "}"
end

return M
