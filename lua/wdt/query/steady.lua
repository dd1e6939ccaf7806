--- Queries whose rows stay: once a row has the time that the range is about, it is among their rows
-- for ever or never. Only those can be answered out of what was read before: what was shipped, by
-- the time of shipping. A row that changes leaves a range of modified times, and enters the rows of
-- a later status long after the time of shipping. Pure.
-- @module wdt.query.steady
local catalog = require "wdt.catalog"
local words = require "wdt.query.method".WORDS
local ipairs, pairs, tostring = ipairs, pairs, tostring

local M = {}

-- The status that rows have when they get a time.
local function first_status(entry, clock)
  for _, status in ipairs(entry.lifecycle or {}) do
    if catalog.clock(entry, { status = status }) == clock then return status end
  end
end

-- True if a row that has its time keeps to what a parameter asks for.
local function is_steady(entry, clock, name, value)
  if name == "status" then return tostring(value) == first_status(entry, clock) end
  for _, rule in ipairs(entry.clock) do
    if rule.param == name and rule.equals == tostring(value) then return rule.field == clock end
  end
  for _, cut in ipairs(entry.cuts) do
    if cut.param == name then
      return cut.field == "shop_no" or cut.field == "warehouse_no" and clock == "consign_time"
    end
  end
  return false
end

--- True if a query leaves to the catalogue what the rows of its method are, and which of its times
-- the range is about. `private` only says what `mask` hides.
-- @tparam ?table given the query
-- @tparam table spec as `wdt.query.parse` returns it
-- @treturn boolean
function M.is_plain(given, spec)
  for word in pairs(words) do
    if word ~= "private" and given and given[word] ~= nil then return false end
  end
  return spec.times[1] == spec.entry.times[1]
end

--- Returns why the rows of a query do not stay.
-- @tparam table given the query
-- @tparam table spec as `wdt.query.parse` returns it
-- @treturn ?string nil where they do
function M.problem(given, spec)
  if not spec.range then return "it has no range of times" end
  if spec.duplicates == "keep" then return "its rows have no identity" end
  if not M.is_plain(given, spec) then return "it describes its method by itself" end
  for _, variant in ipairs(spec.variants) do
    local clock = variant.clock
    if not clock or clock == spec.entry.modified or clock ~= spec.variants[1].clock then
      return "rows that change leave its range"
    end
    for name, value in pairs(variant.params) do
      if not is_steady(spec.entry, clock, name, value) then
        return ("rows may come to have, or lose, this '%s'"):format(name)
      end
    end
  end
end

return M
