--- Describes what pieces that overflowed have told of the rows in them.
--
-- A piece that held more than a page becomes a known total: a second, and the rows that are left
-- up to it. Reading on in smaller pieces uses them up. Inside a known total it is known how many
-- rows there are; outside, only the density that was seen. Known totals lie within each other, the
-- innermost last. Those of what is still to be read before a piece tell nothing of it. Pure.
-- @module wdt.reading.known_totals
local window = require "wdt.reading.window"
local setmetatable, ipairs, max, min, floor, sqrt, log, insert = setmetatable, ipairs, math.max,
  math.min, math.floor, math.sqrt, math.log, table.insert

-- Of a page: a piece that was cut to be well filled and holds less shows that its rows are not
-- spread evenly.
local LUMP = 0.2

-- Standard deviations that a piece stays below a page, so that least calls are needed: the larger
-- the page, the less is lost by staying below it, and the more by asking in vain.
local function margin(size)
  return 0.31 + 0.27 * log(size)
end

-- Rows that a piece should hold so that it rarely overflows a page; `spread`: the variance of what
-- a piece holds for each row expected, 1 where chance alone spreads them.
local function room(size, spread)
  local deviations = margin(size) * sqrt(spread or 1)
  local root = (sqrt(deviations * deviations + 4 * (size - 1)) - deviations) / 2
  return max(1, root * root)
end

-- Rows of a page for each that it shows, up to which it tells better where rows stand than an even
-- spread.
local TELLING = 3

-- Pieces in a row that may overflow before they are halved.
local IN_VAIN = 3

local KnownTotals = {}
KnownTotals.__index = KnownTotals

--- A piece has overflowed.
-- @tparam integer stop its last second
-- @tparam number rows that it holds
-- @tparam ?table times of the rows shown, none before another; `first`: they are the piece's first
-- rows, `last`: its last ones; else they are any
function KnownTotals:add(stop, rows, times)
  local at = #self + 1
  while at > 1 and self[at - 1].stop < stop do at = at - 1 end
  if at > 1 and self[at - 1].stop == stop then
    self[at - 1].rows, self[at - 1].times = rows, times
  else
    insert(self, at, { stop = stop, rows = rows, times = times })
  end
  self.vain = self.vain + 1
end

-- The second up to which a known total's page lets expect a well filled piece; nil where it tells
-- too little.
local function sampled_stop(known_total, start, size)
  local times, rows = known_total.times, known_total.rows
  local n, first = times and #times or 0, 1
  while first <= n and times[first] < start do first = first + 1 end
  local shown = n - first + 1
  if shown == 0 then return nil end
  local exact = times.first or times.last
  local weight = exact and 1 or max(1, rows / shown)
  if weight > TELLING then return nil end
  local left, hidden = room(size, weight - 1), max(0, exact and rows - shown or 0)
  if times.last and hidden > 0 then
    if hidden >= left then
      return start + floor((times[first] - start) * room(size) / hidden) end
    left = left - hidden
  end
  local at = first + floor(left / weight)
  if at <= n then return times[at] - 1 end
  if not times.first or hidden == 0 then return known_total.stop end
  local share = (room(size) - shown) / hidden
  return share > 0 and times[n] + floor((known_total.stop - times[n]) * min(1, share))
    or times[n] - 1
end

-- True if a piece has fewer rows than stood in it when its total's page was shown, or than it was
-- cut for.
local function is_refuted(times, start, stop, rows)
  local shown = 0
  for i = 1, times and #times or 0 do
    if times[i] >= start and times[i] <= stop then shown = shown + 1 end
  end
  return times and (times.last or shown > rows)
end

--- The innermost known total that reaches beyond where a piece begins. Pieces are not always read
-- in their order: one that is passed along a promised order, and read by itself after all, comes
-- while others before it are left.
-- @tparam integer start
-- @tparam boolean overlap
-- @treturn ?table `stop`, `rows`; nil where none does
-- @treturn integer its place, 0 where none does
function KnownTotals:innermost(start, overlap)
  local at = #self
  while at > 0 and window.is_before(self[at].stop, start, overlap) do at = at - 1 end
  return self[at], at
end

--- Everything up to a second has been read.
-- @tparam integer start where the piece began
-- @tparam integer stop
-- @tparam integer rows
-- @tparam integer size rows of a page
-- @tparam boolean overlap
-- @tparam ?boolean confirmed whether it has been asked for again
-- @treturn ?{{integer,integer}...} pieces that were empty, and have to be asked for again: a known
-- total is used up, and not all of the rows that it announced have come
function KnownTotals:settle(start, stop, rows, size, overlap, confirmed)
  local innermost = self:innermost(start, overlap)
  if innermost and rows == 0 and not confirmed then
    local empty = innermost.empty or {}
    innermost.empty = empty
    local last = empty[#empty]
    if last and start == window.after(last[2], overlap) then
      last[2] = stop else empty[#empty + 1] = { start, stop } end
  end
  local missing
  for i = #self, 1, -1 do
    local known_total = self[i]
    known_total.rows = known_total.rows - rows
    if known_total.stop <= stop then
      for _, piece in ipairs(known_total.rows > 0 and known_total.empty or {}) do
        missing = missing or {}
        missing[#missing + 1] = piece
      end
      self[i] = nil
    end
  end
  local lean = rows < LUMP * size
  if innermost and lean and is_refuted(innermost.times, start, stop, rows) then
    innermost.times = nil
  end
  self.uneven = #self > 0 and (self.uneven or lean)
  self.vain = 0
  return missing
end

--- Forgets everything.
function KnownTotals:clear()
  for i = #self, 1, -1 do self[i] = nil end
  self.uneven, self.vain = false, 0
end

--- Rows that a piece should have: those that are left, if the innermost known total ends with it,
-- else its share of them; nil where nothing is known: outside of known totals, or where rows have
-- turned out not to be spread evenly.
-- @tparam integer start
-- @tparam integer stop
-- @tparam boolean overlap
-- @treturn ?number
function KnownTotals:expect(start, stop, overlap)
  local known_total = self:innermost(start, overlap)
  if not known_total or stop < known_total.stop and self.uneven then return nil end
  local share = window.seconds(start, stop, overlap)
    / window.seconds(start, known_total.stop, overlap)
  return known_total.rows * (share < 1 and share or 1)
end

--- Seconds that the next piece should be long.
-- @tparam integer start where it begins
-- @tparam integer size rows of a page
-- @tparam ?number density rows a second, as seen so far
-- @tparam boolean overlap whether neighbours share their boundary second
-- @treturn ?number nil where no known total tells
function KnownTotals:width(start, size, density, overlap)
  local known_total, at = self:innermost(start, overlap)
  if not known_total then return nil end
  local seconds, rows = window.seconds(start, known_total.stop, overlap), known_total.rows
  if rows >= size then return self:narrow(known_total, start, size, seconds) end
  -- The rest would not fill a page: goes on into what is beyond, unless rows are looked for.
  local outer = self[at - 1]
  if known_total.empty then return seconds end
  if outer then
    local stop = sampled_stop(outer, start, size)
    return stop and max(seconds, seconds + stop - known_total.stop) or seconds
  end
  local more = room(size) - rows
  if self.uneven or not density or more <= 0 then return seconds end
  return seconds + floor(more / density)
end

-- Seconds of a piece of a known total that holds more than a page.
function KnownTotals:narrow(known_total, start, size, seconds)
  local stop = self.vain < IN_VAIN and sampled_stop(known_total, start, size)
  local width = stop and seconds + stop - known_total.stop
    or (self.uneven or self.vain >= IN_VAIN) and seconds / 2
    or seconds * room(size) / known_total.rows
  return max(1, floor(min(width, seconds - 1)))
end

local M = { room = room }

--- @treturn KnownTotals
function M.new()
  return setmetatable({ uneven = false, vain = 0 }, KnownTotals)
end

return M
