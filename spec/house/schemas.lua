--- Writes the modules of fields (lua/wdt/schema/<edition>/<method>.lua) and their list
-- (lua/wdt/schema/index.lua) from the vendor's tables, which stand in spec/schema/fields as JSON.
--
--     lua5.4 spec/house/schemas.lua [--check] [TREE]
--
-- A field of a table: `name`, `label`, `type` as the vendor spells it, `length`, `sample` (the JSON
-- type of its value in the vendor's example), `values` or `bits`, `personal` (whose data it is),
-- and of a list `fields` and `id`. Types are the vendor's words in forty spellings, a third of them
-- wrong or missing; `type_of` says what becomes of them.
if arg and arg[0] and arg[0]:find "house/schemas%.lua$" then
  local spec = arg[0]:gsub("house/schemas%.lua$", "")
  package.path = spec .. "?.lua;" .. package.path
end
local cjson = require "cjson"
local source = require "house.source"

local M = {}

local FOLDER, TARGET = "spec/schema/fields", "lua/wdt/schema"
local EDITIONS = { "enterprise", "huice", "ultimate" }
local LONGEST = 94 -- what closes a table may follow

-- Modules that are written by hand, since they are read at length elsewhere; and the twins for
-- archived rows, which no table of their own describes.
local BY_HAND = {
  ["stockout_order_query_trade"] = "stockout",
  ["his_stockout_order_query_trade"] = "stockout",
  ["wms.stockout.Sales.queryWithDetail"] = "sales_stockout",
  ["wms.stockout.Sales.queryHistoryWithDetail"] = "sales_stockout",
  ["wms.stockout.Sales.searchCancel"] = "cancelled_stockout",
}
local TWINS = { "trade_query", "refund_query", "stockin_order_query_refund" }

-- The vendor's words for types, in lower case and without what stands in brackets.
local WORDS = { int = "int", integer = "int", tinyint = "int", smallint = "int", bigint = "int",
  long = "int", short = "int", byte = "int", decimal = "decimal", bigdecimal = "decimal",
  datetime = "datetime", timestamp = "datetime", timestemp = "datetime", date = "datetime",
  boolean = "boolean", bool = "boolean", map = "object", list = "list", ["data[]"] = "list",
  ["array[]"] = "list" }
local SAMPLES = { int = "int", float = "decimal", bool = "boolean", list = "list" }

local function is_time(name)
  return ("_" .. name):find "_time$" or ("_" .. name):find "_created$"
    or ("_" .. name):find "_modified$" or name:find "^modified_date$" or name:find "^created_date$"
end

-- Names that no number stands under, whatever the table says ("Long" for a warehouse's name).
local function is_words(name)
  return name:find "_name$" or name:find "_no$" or name:find "remark" or name:find "barcode"
end

-- Type of a field, by what its table says and its sample shows: a sample is believed where the
-- table says text and a number came, or nothing; of a field that neither tells, `known` (by name,
-- of all tables) does.
local function type_of(field, known)
  local word = field.type:lower():gsub("[(<].*$", "")
  local told, sample = WORDS[word], field.sample
  if field.fields then return word == "map" and "object" or "list" end
  if told == "int" and sample == "str" and is_words(field.name) then return "text" end
  if told == "int" and is_time(field.name) then return "datetime" end
  if told then return told end
  if is_time(field.name) then return "datetime" end
  if word == "unknown" and known and known ~= "list" and sample ~= "bool" and sample ~= "list" then
    return sample == "int" and known == "text" and "int" or known
  end
  return SAMPLES[sample] or "text"
end

-- How a value came, where its type does not tell.
local function wire_of(field, kind)
  local number = field.sample == "int" or field.sample == "float"
  if kind == "datetime" then return number and "milliseconds" or nil end
  if (kind == "int" and field.sample == "str") or (kind == "decimal" and field.sample == "str") then
    return "text"
  end
  if number and kind == "decimal" then return "number" end
end

local function quoted(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

-- Keys in order: numbers first, by their worth.
local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local m, n = tonumber(a), tonumber(b)
    if m and n then return m < n end
    if m or n then return m ~= nil end
    return a < b
  end)
  return keys
end

local function is_bit(text)
  local n = tonumber(text)
  while n and n > 1 do n = n / 2 end
  return n == 1
end

-- Parts of a table, as lines of a width.
local function wrapped(open, parts, close, indent)
  local lines, line = {}, open
  for i, part in ipairs(parts) do
    part = part .. (i < #parts and "," or close)
    if source.characters(line) + source.characters(part) + 1 > LONGEST - #indent then
      lines[#lines + 1], line = line, indent .. part
    else
      line = line .. " " .. part
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function meanings(field)
  local parts = {}
  for _, key in ipairs(sorted_keys(field.values or field.bits or {})) do
    local name = field.bits and tonumber(key) or key
    if not field.bits or is_bit(key) then
      parts[#parts + 1] = ("[%s] = %s"):format(field.bits and ("%d"):format(name) or quoted(key),
        quoted((field.values or field.bits)[key]))
    end
  end
  return parts
end

-- Tables of numbers that the ultimate edition's pages refer to.
local SHARED = { platform_id = "PLATFORMS", shop_platform_id = "PLATFORMS",
  logistics_type = "CARRIERS" }
local NEEDS = { PLATFORMS = "wdt.schema.platforms", CARRIERS = "wdt.schema.carriers" }

-- The text of one field; lists within it are told to `out` first.
local write_list

local function field_text(out, field, path)
  local kind = type_of(field, out.known[field.name])
  local parts = { quoted(field.name), quoted(field.label or ""), quoted(kind) }
  if field.length then parts[#parts + 1] = "length = " .. quoted(field.length) end
  local wire = out.edition ~= "enterprise" and wire_of(field, kind)
  if wire then parts[#parts + 1] = "wire = " .. quoted(wire) end
  if field.personal and field.personal ~= "staff" then parts[#parts + 1] = "private = true" end
  if field.id then
    parts[#parts + 1] = ('id = { "%s" }'):format(table.concat(field.id, '", "'))
  end
  if field.fields then
    parts[#parts + 1] = "fields = " .. write_list(out, field, path .. field.name)
  end
  local shared = kind == "int" and out.edition == "ultimate" and SHARED[field.name]
  local list = meanings(field)
  if shared and #list == 0 then
    out.needs[shared] = true
    parts[#parts + 1] = "values = " .. shared
  elseif #list > 0 then
    local values = wrapped(field.bits and "bits = {" or "values = {", list, " }",
      "    ")
    return wrapped("  {", parts, ",", "    ") .. "\n    " .. values .. " },"
  end
  return wrapped("  {", parts, " },", "    ")
end

-- Writes a list's fields as a local; returns its name.
function write_list(out, list, path)
  local name = path:upper():gsub("[^%w]", "_")
  local lines = { ("local %s = {"):format(name) }
  for _, field in ipairs(list.fields) do lines[#lines + 1] = field_text(out, field, path .. "_") end
  lines[#lines + 1] = "}\n"
  out.lists[#out.lists + 1] = table.concat(lines, "\n")
  return name
end

local HEAD = [[
--- %s: `%s`.
-- Written by spec/house/schemas.lua from spec/schema/fields: do not edit.
-- @module wdt.schema.%s

]]

local function module_text(edition, method, name, document, known)
  local out = { edition = edition, known = known, lists = {}, needs = {} }
  local lines = {}
  for _, field in ipairs(document.fields) do lines[#lines + 1] = field_text(out, field, "") end
  local needs = {}
  for _, shared in ipairs(sorted_keys(out.needs)) do
    needs[#needs + 1] = ('local %s = require "%s"\n'):format(shared, NEEDS[shared])
  end
  local title = document.title ~= "" and document.title or "Rows"
  return HEAD:format(title, method, name) .. table.concat(needs)
    .. (#needs > 0 and "\n" or "") .. table.concat(out.lists, "\n")
    .. (#out.lists > 0 and "\n" or "") .. "return {\n" .. table.concat(lines, "\n") .. "\n}\n"
end

-- Types by the names of fields, where all tables agree that tell one.
local function types_by_name(documents)
  local known = {}
  local function learn(fields)
    for _, field in ipairs(fields) do
      local word = field.type:lower():gsub("[(<].*$", "")
      if word ~= "unknown" then
        local kind = type_of(field)
        if known[field.name] == nil then known[field.name] = kind end
        if known[field.name] ~= kind then known[field.name] = false end
      end
      if field.fields then learn(field.fields) end
    end
  end
  for _, one in ipairs(documents) do learn(one.document.fields) end
  return known
end

local function documents_of(root)
  local list = {}
  for _, edition in ipairs(EDITIONS) do
    for _, file in ipairs(source.files(root, FOLDER .. "/" .. edition, { json = true })) do
      local method = file:match "([^/]+)%.json$"
      list[#list + 1] = { edition = edition, method = method,
        name = edition .. "." .. method:gsub("%.", "_"),
        document = cjson.decode(source.read(root .. "/" .. file)) }
    end
  end
  return list
end

local INDEX = [[
--- The module of each method's fields. A name that two editions have stands with its edition for
-- the second one (`wdt.schema.of`). Written by spec/house/schemas.lua: do not edit.
-- @module wdt.schema.index

return {
%s
}
]]

local function index_text(documents)
  local modules = {}
  for method, name in pairs(BY_HAND) do modules[method] = name end
  for _, one in ipairs(documents) do
    local huice = one.edition == "huice"
    modules[huice and "huice:" .. one.method or one.method] = one.name
  end
  for _, method in ipairs(TWINS) do modules["his_" .. method] = modules[method] end
  local lines = {}
  for _, method in ipairs(sorted_keys(modules)) do
    local line = ('  ["%s"] = "%s",'):format(method, modules[method])
    lines[#lines + 1] = #line > LONGEST and line:gsub(" = ", " =\n    ") or line
  end
  return INDEX:format(table.concat(lines, "\n"))
end

--- Visits each generated file.
-- @tparam string root of the tree
-- @tparam function visit file (relative to root), its text as it should be
function M.each(root, visit)
  local documents = documents_of(root)
  local known = types_by_name(documents)
  for _, one in ipairs(documents) do
    visit(("%s/%s.lua"):format(TARGET, one.name:gsub("%.", "/", 1)),
      module_text(one.edition, one.method, one.name, one.document, known))
  end
  visit(TARGET .. "/index.lua", index_text(documents))
end

local function current(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  return text
end

--- @treturn {string} files that differ from what would be written
function M.drift(root)
  local list = {}
  M.each(root, function(file, text)
    if current(root .. "/" .. file) ~= text then list[#list + 1] = file end
  end)
  return list
end

local function main(words)
  local checking = words[1] == "--check"
  local root = words[checking and 2 or 1] or "."
  local list = M.drift(root)
  if checking then
    for _, file in ipairs(list) do
      print(file .. " is not what lua5.4 spec/house/schemas.lua writes")
    end
    return #list > 0 and 1 or 0
  end
  M.each(root, function(file, text)
    if current(root .. "/" .. file) == text then return end
    os.execute("mkdir -p " .. root .. "/" .. file:match "^(.*)/")
    local out = assert(io.open(root .. "/" .. file, "wb"))
    assert(out:write(text) and out:close())
    print("wrote " .. file)
  end)
  return 0
end

if arg and arg[0] and arg[0]:find "house/schemas%.lua$" then os.exit(main(arg)) end

return M
