--- What is known of each method, as data: one table per edition, keyed by the method's name.
--
-- An entry of a query method:
--
-- | field | meaning |
-- | --- | --- |
-- | `title` | the vendor's name for it |
-- | `list` | dotted path of the rows in the answer |
-- | `id`, `modified` | the row's identity and version |
-- | `span` | the largest stop − start that is accepted, seconds |
-- | `ends` | `"closed"`: a window includes its last second; `"unknown"`: nobody documents it |
-- | `clock` | which time of a row a window is about: a list of rules, the first that holds decides |
-- | `page_size` | the largest page |
-- | `lookups` | parameters that need no times |
-- | `history` | the method that serves archived rows |
-- | `params` | the business parameters it takes |
-- | `cuts` | parameters by which a crowded second can be cut, and the row's field for each |
-- | `lifecycle` | the order in which a row passes through the values of `status` |
--
-- @module wdt.catalog
local tonumber, tostring = tonumber, tostring

local M = {
  enterprise = require "wdt.catalog.enterprise",
  ultimate = require "wdt.catalog.ultimate",
}

local function holds(rule, params)
  if rule.param == nil then return true end
  local value = params[rule.param]
  if value == nil then return false end
  if rule.below then return tonumber(value) ~= nil and tonumber(value) < rule.below end
  return tostring(value) == rule.equals
end

--- The field of a row that a window of this query is about.
-- @tparam table entry
-- @tparam table params
-- @treturn string
function M.clock(entry, params)
  for i = 1, #entry.clock do
    if holds(entry.clock[i], params) then return entry.clock[i].field end
  end
end

return M
