--- Which rows a stream has handed out, and which of those that come it hands out now.
-- @module wdt.stream.deliveries
local seen = require "wdt.reading.seen"
local setmetatable, pairs = setmetatable, pairs

local Deliveries = {}
Deliveries.__index = Deliveries

--- Tells the rows that were read, as the readers of one route know them. A row that two routes show
-- is known to both: what one of them has read proves nothing about the other.
-- @tparam string route
-- @treturn Seen
function Deliveries:seen_by(route)
  if not self._merges then return self._all end
  local known = self._by_route[route]
  if not known then
    known = seen.new()
    self._by_route[route] = known
  end
  return known
end

--- Begins a page: rows that show no time are remembered as long as those of its last second.
-- @tparam Seen known of the page's route (`seen_by`)
-- @tparam integer stop the last second that is asked for
function Deliveries:expect_until(known, stop)
  self._all:expect_until(stop)
  known:expect_until(stop)
end

--- A row has come that its window's reader takes for new: true if the user is to have it.
-- @tparam Seen known of the row's route (`seen_by`)
-- @param id its identity
-- @param modified its version
-- @tparam ?integer time of the window's clock, epoch seconds
-- @treturn boolean
function Deliveries:hand_out(known, id, modified, time)
  -- The second after the range was read only because the last one might not have been included.
  if time and time == self._after then
    known:take_back(id, time)
    return false
  end
  if self._merges and not self._all:newest(id, modified, time) then
    if self._watch_twins then self._watch_twins(time) end -- the other route has shown it
    return false
  end
  if self._watch then self._watch(time) end
  return true
end

--- Forgets the rows that no later window can contain.
-- @tparam integer time epoch seconds: everything before it is done
function Deliveries:forget_before(time)
  self._all:forget_before(time)
  for _, known in pairs(self._by_route) do known:forget_before(time) end
end

--- Has rows told, each by its time of the window's clock, nil where it shows none.
-- @tparam ?function rows called with that of each row that is handed out
-- @tparam ?function twins called with that of each row that another route has shown
function Deliveries:watch(rows, twins)
  self._watch, self._watch_twins = rows or false, twins or false
end

--- Tells the rows handed out so far that may still come again.
-- @treturn Seen
function Deliveries:all()
  return self._all
end

--- Begins with rows that were handed out already, so that they do not come again.
-- @tparam Seen known its own from now on
function Deliveries:assume(known)
  self._all = known
end

local M = {}

--- @tparam boolean merges true if two routes may show one row; the later version wins then
-- @tparam ?integer after the second after the range, of which nothing is handed out; nil for a
-- look-up
-- @treturn Deliveries
function M.new(merges, after)
  return setmetatable({ _merges = merges, _after = after or false, _all = seen.new(),
    _by_route = {}, _watch = false,
    _watch_twins = false }, Deliveries)
end

return M
