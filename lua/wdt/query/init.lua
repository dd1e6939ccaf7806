--- A user's query, checked and split into what to ask for and how to read it.
-- @module wdt.query
local catalog = require "wdt.catalog"
local edition_room = require "wdt.edition"
local blind = require "wdt.edition.blind"
local method_of = require "wdt.query.method"
local range = require "wdt.query.range"
local values = require "wdt.query.values"
local variants_of = require "wdt.query.variants"
local schema = require "wdt.schema"
local problem = require "wdt.error".problem
local whole = require "wdt.whole"
local type, pairs, ipairs, tostring, min = type, pairs, ipairs, tostring, math.min

local M = {}

-- Of a single call whose pager gives none (newer vendor pages, enterprise).
local DEFAULT_PAGE_SIZE = 40

-- Of a page, where no document says how many there may be.
local MOST_ROWS = 5000

-- A page size that is to be learnt (wdt.reading.page_ladder), unless a document tells the most.
local LEARN = "learn"

local DUPLICATES = { keep = true, drop = true }
local READ = { seek = true, sweep = true }
local AS = { table = true, json = true }
local DECIMAL = { text = true, number = true, scaled = true }

-- How to read: name -> check(value, entry) -> true | false, expected
local OPTIONS = {
  start = function() return true end,
  stop = function() return true end,
  null = function() return true end,
  fields = function(value) return catalog.is_paths(value),
  'a list of field names, e.g. {"order_no", "details_list.spec_no"}' end,
  as = function(value) return AS[value], '"table" or "json"' end,
  read = function(value) return READ[value], '"seek" or "sweep"' end,
  duplicates = function(value) return DUPLICATES[value], '"keep" or "drop"' end,
  strict = function(value) return type(value) == "boolean", "true or false" end,
  allow_unknown = function(value) return type(value) == "boolean", "true or false" end,
  params = function(value)
    return type(value) == "table", "a table of parameters that no document names, by name"
  end,
  typed = function(value) return type(value) == "boolean", "true or false" end,
  decimal = function(value) return DECIMAL[value], '"text", "number" or "scaled"' end,
  datetime = function(value) return type(value) == "function",
  "a function of a time: epoch seconds and its text" end,
  deadline = function(value)
    return type(value) == "number" and value > 0 and value < 2 ^ 53, "seconds above 0"
  end,
  lanes = function(value) return whole.is(value, 1, 64), "a whole number from 1 to 64" end,
  route = function(value)
    return edition_room.routes(value) ~= nil, edition_room.expected_route() .. ' or "both"'
  end,
  history = function(value, entry)
    if value == false then return true end
    if not entry.history then return false, "nothing: this method has no history" end
    return value == true or value == "both", 'false, true or "both"'
  end,
  page_size = function(value, entry)
    local most = entry.page_max or MOST_ROWS
    return value == LEARN or whole.is(value, 1, most),
      ('a whole number from 1 to %d, or "learn"'):format(most)
  end,
}

--- Checks a pager.
-- @tparam ?table pager `{ page_no = 0, page_size = 40 }`
-- @treturn ?table complete, or nil when there is none
-- @treturn ?string what is wrong
function M.pager(pager)
  if pager == nil then return nil end
  if type(pager) ~= "table" then return problem("pager", pager,
    "a table { page_no = n, page_size = n }") end
  for name in pairs(pager) do
    if name ~= "page_no" and name ~= "page_size" then
      return problem("pager." .. tostring(name), pager[name],
        "nothing: a pager is { page_no = n, page_size = n }")
    end
  end
  local page_no, page_size = pager.page_no or 0, pager.page_size or DEFAULT_PAGE_SIZE
  if not whole.is(page_no, 0, 2 ^ 31) then
    return problem("pager.page_no", page_no, "a whole number from 0") end
  if not whole.is(page_size, 1, 2 ^ 31) then return problem(
    "pager.page_size", page_size, "a whole number from 1") end
  return { page_no = page_no, page_size = page_size, total = page_no == 0 }
end

-- Returns what is read in turn: a row is archived from the first to the second.
local function methods_of(method, entry, history)
  if history == "both" then return { method, entry.history } end
  return { history and entry.history or method }
end

local function check_options(query, entry)
  for name, value in pairs(query) do
    local check = OPTIONS[name]
    if check then
      local fine, expected = check(value, entry)
      if not fine then return problem(name, value, expected) end
    end
  end
  return true
end

-- Fields that a query names have to be known where all are, unless it says that it knows better.
local function check_fields(query, method)
  for _, name in ipairs{ "fields", "private" } do
    if query[name] and not query.allow_unknown then
      local fine, err = schema.check(name, method, query[name])
      if not fine then return nil, err end
    end
  end
  return true
end

-- Names that are no business parameters: how to read, what the query says of its method, its times.
local function other_names(query, entry)
  local names = { mask = values.owns_mask(query, entry) }
  for name in pairs(OPTIONS) do names[name] = true end
  for name in pairs(method_of.WORDS) do names[name] = true end
  for _, pair in ipairs(entry.times) do names[pair[1]], names[pair[2]] = true, true end
  return names
end

-- All that the live method is asked, its history has to understand as well. Returns the history's
-- pair of times.
local function check_history(query, live, times, history, variants)
  if times == nil and not range.needs_none(query, history) then
    return problem(
      "history", query.history, "false: the history of this method looks nothing up without times")
  elseif times and times ~= live.times[1] then
    return problem(
      "history", query.history, ("false: the history of this method has no '%s'"):format(times[1]))
  end
  for _, params in ipairs(variants) do
    for name, value in pairs(params) do
      if history.params and not history.params[name] then
        return problem(name, value, "nothing: the history of this method does not take it")
      end
    end
  end
  return history.times[1] or {}
end

-- Returns what is asked for in turn: all methods by one route, then by the next.
local function by_routes(edition, routes, methods, entries, times)
  local plan = { methods = {}, routes = {}, entries = {}, times = {} }
  for _, name in ipairs(routes) do
    local route = edition_room.route(edition, name)
    for i, method in ipairs(methods) do
      local at = #plan.methods + 1
      plan.methods[at], plan.routes[at], plan.times[at] = method, name, times[i]
      plan.entries[at] = route and route.entry(entries[i]) or entries[i]
    end
  end
  return plan
end

-- Rows without an identity are told apart within one route alone.
local function check_merging(query, entry)
  if #edition_room.routes(query.route) == 1 or #entry.ids > 0 and query.duplicates ~= "keep" then
    return true
  end
  return problem("route", query.route, "one route, as rows without an identity ('id', and not "
    .. "duplicates = \"keep\") can't be told apart over two")
end

-- The longest window that all of the query's calls accept.
local function span_of(entries, variants)
  local span = catalog.span(entries[1], variants[1])
  for _, entry in ipairs(entries) do
    for _, params in ipairs(variants) do span = min(span, catalog.span(entry, params)) end
  end
  return span
end

--- Checks a query.
-- @tparam string edition
-- @tparam string method a method of the catalogue, or one that the query describes
-- (`wdt.query.method`)
-- @tparam table query the user's
-- @treturn ?table `{ entry, range, variants, methods, routes, entries, times, page_size,
-- learns_page_size, read, duplicates, fields, as, null, lanes, strict, deadline, blind, types,
-- datetime, mask }` (the last three as the decoder takes them); `range` is nil for a query without
-- times; `deadline` is in seconds, nil for none; each of `variants` is `{ params, clock }`;
-- `routes`, `entries` (as the route's answers have them) and `times` (the names of the two
-- parameters) go with `methods`; `entry` is the catalogue's of the first method, its `span` the one
-- of this query; `blind`: what these routes can't show (`wdt.edition.blind`)
-- @treturn ?string what is wrong
function M.parse(edition, method, query)
  if type(query) ~= "table" then return problem("query", query, "a table") end
  local entry, err = method_of.entry(edition, method, query)
  if not entry then return nil, err end
  local fine
  fine, err = check_options(query, entry)
  if not fine then return nil, err end
  local methods, entries, live = methods_of(method, entry, query.history), { entry }, entry
  if query.history == true then -- then it is a query of that method alone
    entry, err = method_of.entry(edition, methods[1], query)
    if not entry then return nil, err end
    entries[1] = entry
  end
  fine, err = check_merging(query, entry)
  if not fine then return nil, err end
  fine, err = check_fields(query, method)
  if not fine then return nil, err end
  local wanted, times
  wanted, err, times = range.of(query, entry)
  if err then return nil, err end
  local params
  params, err = variants_of.of(edition, query, entry, other_names(query, entry))
  if err then return nil, err end
  local names = { times }
  if query.history == "both" then
    entries[2], err = method_of.entry(edition, methods[2], query)
    if not err then names[2], err = check_history(query, entry, times, entries[2], params) end
    if err then return nil, err end
  end
  local delivery
  delivery, err = values.of(query, method, { live, entries[1], entries[2] })
  if err then return nil, err end
  entry.span = span_of(entries, params)
  local duplicates = query.duplicates or #entry.ids == 0 and "keep" or "drop"
  local variants = {}
  for i, one in ipairs(params) do variants[i] = { params = one,
    clock = catalog.clock(entry, one, times) } end
  local plan = by_routes(edition, edition_room.routes(query.route), methods, entries, names)
  return { entry = entry, range = wanted, variants = variants, methods = plan.methods,
    routes = plan.routes, entries = plan.entries, times = plan.times,
    blind = blind.of(edition, methods, plan.routes),
    page_size = whole.is(query.page_size, 1) and query.page_size or entry.page_size,
    learns_page_size = query.page_size == LEARN and duplicates == "drop",
    read = query.read or "seek", duplicates = duplicates, fields = query.fields,
    as = query.as or "table", null = query.null, lanes = query.lanes, strict = query.strict
    or false, deadline = query.deadline, types = delivery.types,
    datetime = delivery.datetime, mask = delivery.mask }
end

return M
