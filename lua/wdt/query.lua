--- A user's query, checked and split into what to ask for and how to read it.
-- @module wdt.query
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local show = require "wdt.error".show
local type, pairs, ipairs, tostring, tonumber, floor = type, pairs, ipairs, tostring, tonumber, math.floor
local sort, concat = table.sort, table.concat

local M = {}

local function problem(name, value, expected)
  return nil, ("parameter '%s' is %s, expected %s"):format(name, show(value), expected)
end

-- Of a single call whose pager gives none (newer vendor pages, enterprise).
local DEFAULT_PAGE_SIZE = 40

local READ = { seek = true, sweep = true }
local AS = { table = true, json = true }

local function is_count(value, most)
  return type(value) == "number" and value == floor(value) and value >= 1 and value <= most
end

local function is_field_list(value)
  if type(value) ~= "table" or #value == 0 then return false end
  for _, path in ipairs(value) do
    if type(path) ~= "string" or path == "" then return false end
  end
  return true
end

-- How to read: name -> check(value, entry) -> true | false, expected
local OPTIONS = {
  start = function() return true end,
  stop = function() return true end,
  start_time = function() return true end,
  end_time = function() return true end,
  null = function() return true end,
  fields = function(value) return is_field_list(value), 'a list of field names, e.g. {"order_no", "details_list.spec_no"}' end,
  as = function(value) return AS[value], '"table" or "json"' end,
  read = function(value) return READ[value], '"seek" or "sweep"' end,
  strict = function(value) return type(value) == "boolean", "true or false" end,
  lanes = function(value) return is_count(value, 64), "a whole number from 1 to 64" end,
  history = function(value, entry)
    if value == false then return true end
    if not entry.history then return false, "nothing: this method has no history" end
    return value == true or value == "both", 'false, true or "both"'
  end,
  page_size = function(value, entry)
    return is_count(value, entry.page_size), ("a whole number from 1 to %d"):format(entry.page_size)
  end,
}

-- Epoch seconds of a time, or nil and what is wrong.
local function time_of(name, value)
  if type(value) == "number" and value == floor(value) and value >= 0 and value < 2 ^ 33 then return floor(value) end
  local epoch = beijing.parse(value)
  if epoch then return epoch end
  return problem(name, value, 'a time that exists, as "YYYY-MM-DD HH:MM:SS" (Beijing time) or whole epoch seconds')
end

local function range_of(query, entry)
  local start_name = query.start == nil and query.start_time ~= nil and "start_time" or "start"
  local stop_name = query.stop == nil and query.end_time ~= nil and "end_time" or "stop"
  local from, to = query[start_name], query[stop_name]
  if from == nil and to == nil then
    for _, name in ipairs(entry.lookups) do
      if query[name] ~= nil then return nil end -- a look-up without times
    end
  end
  local start, err = time_of(start_name, from)
  if err then return nil, err end
  local stop
  stop, err = time_of(stop_name, to)
  if err then return nil, err end
  if stop < start then return problem(stop_name, to, ("a time not before '%s' (%s)"):format(start_name, show(from))) end
  return { start = start, stop = stop }
end

-- One value of a business parameter, as text; nil when it can't be one.
local function value_text(name, value)
  if name == "status" or name == "is_by_modified" then
    local n = tonumber(value)
    return n and n == floor(n) and n >= 0 and n < 256 and ("%d"):format(n) or nil
  end
  if type(value) == "number" and value == floor(value) then return ("%.0f"):format(value) end
  return type(value) == "string" and value ~= "" and value or nil
end

local function values_of(name, value)
  local list = type(value) == "table" and value or { value }
  local texts = {}
  for i, one in ipairs(list) do
    texts[i] = value_text(name, one)
    if texts[i] == nil then return nil, one end
  end
  if #texts == 0 then return nil, value end
  return texts
end

-- A row moves through its statuses in one direction; read in that direction, a row that moves meanwhile is met again.
local function sort_by_life(values, lifecycle)
  local rank = {}
  for i, status in ipairs(lifecycle) do rank[status] = i end
  sort(values, function(a, b) return (rank[a] or 0) < (rank[b] or 0) end)
end

local function known_names(entry)
  local names = {}
  for name in pairs(entry.params) do names[#names + 1] = name end
  sort(names)
  if #names == 0 then return "no business parameter: this method takes none" end
  return "one of " .. concat(names, ", ")
end

-- The queries of one value each that a query with lists of values stands for.
local function variants_of(query, entry)
  local variants = { {} }
  local names = {}
  for name in pairs(query) do
    if not OPTIONS[name] then names[#names + 1] = tostring(name) end
  end
  sort(names)
  for _, name in ipairs(names) do
    if not entry.params[name] then return problem(name, query[name], known_names(entry)) end
    local values, bad = values_of(name, query[name])
    if not values then
      return problem(name, bad, name == "status" and "a status number, or a list of them" or "text, or a list of texts")
    end
    if name == "status" then sort_by_life(values, entry.lifecycle or {}) end
    local more = {}
    for _, params in ipairs(variants) do
      for _, value in ipairs(values) do
        local copy = { [name] = value }
        for k, v in pairs(params) do copy[k] = v end
        more[#more + 1] = copy
      end
    end
    variants = more
  end
  return variants
end

local function methods_of(method, entry, history)
  if history == "both" then return { method, entry.history } end -- a row is archived from the first to the second
  return { history and entry.history or method }
end

--- Checks a pager.
-- @tparam ?table pager `{ page_no = 0, page_size = 40 }`
-- @treturn ?table complete, or nil when there is none
-- @treturn ?string what is wrong
function M.pager(pager)
  if pager == nil then return nil end
  if type(pager) ~= "table" then return problem("pager", pager, "a table { page_no = n, page_size = n }") end
  for name in pairs(pager) do
    if name ~= "page_no" and name ~= "page_size" then
      return problem("pager." .. tostring(name), pager[name], "nothing: a pager is { page_no = n, page_size = n }")
    end
  end
  local page_no, page_size = pager.page_no or 0, pager.page_size or DEFAULT_PAGE_SIZE
  if page_no ~= 0 and not is_count(page_no, 2 ^ 31) then return problem("pager.page_no", page_no, "a whole number from 0") end
  if not is_count(page_size, 2 ^ 31) then return problem("pager.page_size", page_size, "a whole number from 1") end
  return { page_no = page_no, page_size = page_size, total = page_no == 0 }
end

--- Checks a query.
-- @tparam string edition
-- @tparam string method a method of the catalogue
-- @tparam table query the user's
-- @treturn ?table `{ entry, range, variants, methods, page_size, read, fields, as, null, lanes, strict }`; `range` is nil for
-- a look-up without times; each of `variants` is `{ params, clock }`
-- @treturn ?string what is wrong
function M.parse(edition, method, query)
  local entry = catalog[edition][method]
  if type(query) ~= "table" then return problem("query", query, "a table") end
  for name, value in pairs(query) do
    local check = OPTIONS[name]
    if check then
      local fine, expected = check(value, entry)
      if not fine then return problem(name, value, expected) end
    end
  end
  local range, err = range_of(query, entry)
  if err then return nil, err end
  local params
  params, err = variants_of(query, entry)
  if err then return nil, err end
  local variants = {}
  for i, one in ipairs(params) do variants[i] = { params = one, clock = catalog.clock(entry, one) } end
  return { entry = entry, range = range, variants = variants, methods = methods_of(method, entry, query.history),
    page_size = query.page_size or entry.page_size, read = query.read or "seek", fields = query.fields,
    as = query.as or "table", null = query.null, lanes = query.lanes, strict = query.strict or false }
end

return M
