--- The times of a query.
-- @module wdt.query.range
local beijing = require "wdt.beijing"
local whole = require "wdt.whole"
local problem, show = require "wdt.error".problem, require "wdt.error".show
local ipairs, floor = ipairs, math.floor

local M = {}

-- Epoch seconds of a time, or nil and what is wrong.
local function time_of(name, value)
  if whole.is(value, 0, 2 ^ 33 - 1) then return floor(value) end
  local epoch = beijing.parse(value)
  if epoch then return epoch end
  return problem(
    name, value, 'a time that exists, as "YYYY-MM-DD HH:MM:SS" (Beijing time) or whole epoch '
      .. 'seconds')
end

-- The pair of the method's times that the query names, else the first; nil where it has none.
local function pair_of(query, entry)
  local named
  for _, pair in ipairs(entry.times) do
    if query[pair[1]] ~= nil or query[pair[2]] ~= nil then
      if named then
        return problem(
          pair[1], query[pair[1]], ("nothing beside '%s': a window has one pair of times"):format(
          named[1]))
      end
      named = pair
    end
  end
  return named or entry.times[1]
end

--- True if a query of this method may go without times.
-- @tparam table query
-- @tparam table entry
-- @treturn boolean
function M.needs_none(query, entry)
  if entry.timeless then return true end
  for _, names in ipairs(entry.lookups) do
    local all = true
    for _, name in ipairs(names) do all = all and query[name] ~= nil end
    if all then return true end
  end
  return false
end

--- Reads the times.
-- @tparam table query
-- @tparam table entry
-- @treturn ?table `{ start, stop }`, epoch seconds, both included; nil where the query has no times
-- and needs none
-- @treturn ?string what is wrong
-- @treturn ?table the pair of `entry.times` that is meant
function M.of(query, entry)
  local pair, err = pair_of(query, entry)
  if err then return nil, err end
  if not pair then
    if query.start == nil and query.stop == nil then return nil end
    return problem(query.start ~= nil and "start" or "stop", query.start
      or query.stop, "nothing: this method knows no times")
  end
  local start_name = query.start == nil and query[pair[1]] ~= nil and pair[1] or "start"
  local stop_name = query.stop == nil and query[pair[2]] ~= nil and pair[2] or "stop"
  local from, to = query[start_name], query[stop_name]
  if from == nil and to == nil and M.needs_none(query, entry) then return nil end
  local start, stop
  start, err = time_of(start_name, from)
  if err then return nil, err end
  stop, err = time_of(stop_name, to)
  if err then return nil, err end
  if stop < start then
    return problem(stop_name, to, ("a time not before '%s' (%s)"):format(start_name, show(from)))
  end
  return { start = start, stop = stop }, nil, pair
end

return M
