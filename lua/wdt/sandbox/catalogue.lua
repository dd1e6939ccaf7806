--- Every method of the catalogue that the sandbox does not play by itself: queries answer
-- `wdt.sandbox.documents`, pushes and actions are acknowledged and do nothing.
--
-- A query refuses what the catalogue says it refuses: times that are missing or too far apart,
-- parameters that it does not know, a required one that is missing. Rows are filtered by shop,
-- warehouse and status, and by the numbers of a look-up; other parameters change nothing.
-- @module wdt.sandbox.catalogue
local catalog = require "wdt.catalog"
local map = require "wdt.map"
local documents = require "wdt.sandbox.documents"
local pairs, ipairs, next, tonumber, setmetatable = pairs, ipairs, next, tonumber, setmetatable

local M = {}

local FILTERS = { shop_no = "shop_no", shop_nos = "shop_no", warehouse_no = "warehouse_no" }
local LIST = documents.LIST
local ANY = setmetatable({}, { __index = function() return true end })

-- The world's id that a look-up is for, where all names of one of the method's combinations are
-- there.
local function looked_up(entry, p)
  for _, names in ipairs(entry.lookups) do
    local id, all = nil, true
    for _, name in ipairs(names) do
      all = all and p[name] ~= nil
      if p[name] ~= nil and not FILTERS[name] and name ~= "status" then
        id = documents.id_in(p[name]) end
    end
    if all then return true, id end
  end
  return false
end

local function pair_of(entry, p)
  for _, pair in ipairs(entry.times) do
    if p[pair[1]] ~= nil or p[pair[2]] ~= nil then return pair end
  end
end

--- Which rows are asked for.
-- @tparam table method of the sandbox
-- @tparam table p parameters
-- @tparam function window reads the times of a pair of parameters: from, to or nil, nil, code, text
-- @tparam function missing code, text for a parameter that is missing
-- @treturn ?table filter; nil, code, text when refused
function M.filter(method, p, window, missing)
  local entry = method.entry
  local filter = { history = method.history, clock = "modified", status = tonumber(p.status) }
  for name, field in pairs(FILTERS) do filter[field] = filter[field] or p[name] end
  for _, name in ipairs(entry.required) do
    if p[name] == nil then return nil, missing(name) end
  end
  local pair, looks, id = pair_of(entry, p), looked_up(entry, p)
  filter.id = id
  if looks and not pair then
    if id then filter.clock = nil end
    return filter
  end
  if pair or not (entry.timeless or method.call) then
    pair = pair or entry.times[1]
    local from, to, code, text = window({ span = catalog.span(entry, p), times = pair,
      too_wide = method.too_wide }, p)
    if not from then return nil, code, text end
    filter.from, filter.to = from, to
    if catalog.clock(entry, p, pair) == "consign_time" then filter.clock = "consign_time" end
    local sorted = entry.sorted[filter.clock]
    if sorted and tonumber(p[sorted[1]]) == sorted[2] then filter.order = "time_" .. sorted[3] end
  end
  return filter
end

local function params_of(entry)
  if not entry.params then return ANY end
  local params = {}
  for name in pairs(entry.params) do params[name] = true end
  for name in pairs(entry.fixed) do params[name] = true end
  for _, pair in ipairs(entry.times) do params[pair[1]], params[pair[2]] = true, true end
  return params
end

--- Adds the methods of the catalogue.
-- @tparam string edition
-- @tparam table methods of the sandbox, by name; what is there stays
-- @tparam function filter as `wdt.sandbox.enterprise.methods` have it
-- @tparam ?table more fields of every method
function M.add(edition, methods, filter, more)
  local twins = {}
  for _, entry in pairs(catalog[edition]) do
    if entry.history then twins[entry.history] = true end
  end
  for name, entry in pairs(catalog[edition]) do
    local method = { entry = entry, list = entry.list or LIST, write = "document",
      params = params_of(entry), filter = filter, page_size = entry.page_size,
      page_max = entry.page_max or 5000, silent = entry.kind ~= "query", call = not entry.paged,
      bare = entry.list == "data" or entry.total == "total", history = "both" }
    if entry.history or twins[name] then method.history = twins[name] or false end
    map.add(method, more)
    methods[name] = methods[name] or method
    methods[name].hides = next(entry.hides) ~= nil
  end
end

return M
