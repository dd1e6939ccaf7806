--- Describes what a query reads: its method as the catalogue knows it, with what the query itself
-- says of it.
--
-- A query may describe its method: `list`, `total`, `id`, `modified`, `clock` (the field of a row
-- that windows are about), `cap` (seconds), `ends`, `times` (the names of the two parameters),
-- `private` (further fields that `mask` is to hide). It has to where the catalogue doesn't know,
-- and may contradict it where a tenant's server does. Without an `id`, rows that are equal in all
-- fields are rows of their own (`duplicates = "keep"`).
-- @module wdt.query.method
local catalog = require "wdt.catalog"
local problem = require "wdt.error".problem
local map = require "wdt.map"
local whole = require "wdt.whole"
local type, ipairs = type, ipairs

local M = {}

local function is_name(value)
  return type(value) == "string" and value ~= ""
end

local function is_names(value, least, most)
  if type(value) ~= "table" or #value < least or #value > most then return false end
  for _, name in ipairs(value) do
    if not is_name(name) then return false end
  end
  return true
end

--- The words of a description: word -> { check(value), what it has to be, how it changes the entry
-- }.
M.WORDS = {
  list = { is_name, 'the dotted path of the rows in the answer, e.g. "data.order"',
    function(entry, value) entry.list = value end },
  total = { is_name, 'the dotted path of the number of rows in the answer, e.g. "data.total_count"',
    function(entry, value) entry.total = value end },
  id = { function(value) return is_name(value) or is_names(value, 1, 3) end,
    "the field that is a row's identity, or a list of up to three that are it together",
    function(entry, value) entry.ids, entry.cuts = type(value) == "table" and value
      or { value }, {} end },
  modified = { is_name, "the field that tells a row's versions apart",
    function(entry, value) entry.modified = value end },
  clock = { is_name, "the field of a row that windows are about",
    function(entry, value)
      entry.clock = { { field = value } }
      for i, pair in ipairs(entry.times) do entry.times[i] = { pair[1], pair[2] } end
    end },
  cap = { function(value) return whole.is(value, 1, 2 ^ 33 - 1) end,
    "the longest window that the method accepts, whole seconds",
    function(entry, value) entry.span, entry.spans = value, {} end },
  ends = { function(value) return value == "closed"
    or value == "unknown" end, '"closed" or "unknown"',
    function(entry, value) entry.ends = value end },
  private = { function(value) return catalog.is_paths(value) and #value <= 100 end,
    'a list of paths, e.g. { "receiver_name", "details_list.remark" }',
    function(entry, value)
      local paths = {}
      for _, list in ipairs{ entry.private, value } do
        for _, path in ipairs(list) do paths[#paths + 1] = path end
      end
      entry.private = paths
    end },
  times = { function(value) return is_names(value, 2, 2) end,
    'two names of parameters, e.g. { "start_time", "end_time" }',
    function(entry, value) entry.times = { value } end },
}

-- A copy in which what a description changes can be changed.
local function copy_of(entry)
  local copy = map.copy(entry)
  copy.times = {}
  for i, pair in ipairs(entry.times) do copy.times[i] = pair end
  return copy
end

-- Where the query says nothing either.
local UNKNOWN = ": no document tells it for this method, so the query has to tell"

--- The entry that a query is read by.
-- @tparam string edition
-- @tparam string method
-- @tparam table query the user's
-- @treturn ?table a complete entry of the catalogue
-- @treturn ?string what is wrong
function M.entry(edition, method, query)
  local known = catalog[edition][method]
  if known and (known.kind ~= "query" or not known.paged) then
    return problem(
      "method", method, "a method that is read page by page; this one is called, by client:call")
  elseif not known and query.list == nil then
    return problem(
      "method", method,
      "a query method of the catalogue, or one that the query describes ('list' and 'id')")
  end
  local entry = copy_of(known or catalog.complete(edition, {}))
  for _, word in ipairs{ "times", "clock", "list", "total", "id", "modified", "cap", "ends",
    "private" } do
    local value, rule = query[word], M.WORDS[word]
    if value ~= nil then
      if not rule[1](value) then return problem(word, value, rule[2]) end
      rule[3](entry, value)
    end
  end
  if entry.list == nil then return problem("list", nil, M.WORDS.list[2] .. UNKNOWN) end
  if #entry.ids == 0 and query.duplicates == "drop" then
    return problem("id", nil, M.WORDS.id[2] .. UNKNOWN .. ", or leave out 'duplicates'")
  end
  return entry
end

return M
