--- What pieces that overflowed have told of the rows in them.
--
-- A piece that held more than a page becomes a fence: a second, and the rows that are left up to
-- it. Reading on in smaller pieces uses them up. Inside a fence it is known how many rows there
-- are; outside, only the density that was seen. Fences lie within each other, the innermost last.
-- Pure.
-- @module wdt.reading.known_totals
local window = require "wdt.reading.window"
local setmetatable, max, floor, sqrt, insert = setmetatable, math.max, math.floor, math.sqrt,
  table.insert

-- Of a page: a piece that was cut to be well filled and holds less shows that its rows are not
-- spread evenly.
local LUMP = 0.2

-- Standard deviations that a piece stays below a page: it overflows by chance in about one case of
-- 20.
local MARGIN = 1.6

-- Rows that a piece should hold so that it rarely overflows a page; `total`: where it is known how
-- many rows there are around it, so that chance has less to say.
local function room(size, total)
  local rows = size - MARGIN * sqrt(size)
  if total then rows = size - MARGIN * sqrt(max(1, rows * (1 - rows / total))) end
  return max(1, floor(rows))
end

local Fences = {}
Fences.__index = Fences

--- A piece has overflowed.
-- @tparam integer stop its last second
-- @tparam number rows that it holds
function Fences:add(stop, rows)
  local at = #self + 1
  while at > 1 and self[at - 1].stop < stop do at = at - 1 end
  if at > 1 and self[at - 1].stop == stop then
    self[at - 1].rows = rows
  else
    insert(self, at, { stop = stop, rows = rows })
  end
end

--- Everything up to a second has been read.
-- @tparam integer start where the piece began
-- @tparam integer stop
-- @tparam integer rows
-- @tparam integer size rows of a page
-- @tparam boolean shared
-- @tparam ?boolean confirmed whether it has been asked for again
-- @treturn ?{{integer,integer}...} pieces that were empty, and have to be asked for again: a fence
-- is used up, and not all of the rows that it announced have come
function Fences:settle(start, stop, rows, size, shared, confirmed)
  local innermost = self[#self]
  if innermost and rows == 0 and not confirmed then
    local empty = innermost.empty or {}
    innermost.empty = empty
    local last = empty[#empty]
    if last and start == window.after(last[2], shared) then
      last[2] = stop else empty[#empty + 1] = { start, stop } end
  end
  local missing
  for i = #self, 1, -1 do
    local fence = self[i]
    fence.rows = fence.rows - rows
    if fence.stop <= stop then
      if fence.rows > 0 and fence.empty then missing = fence.empty end
      self[i] = nil
    end
  end
  self.uneven = #self > 0 and (self.uneven or rows < LUMP * size)
  return missing
end

--- Forgets everything.
function Fences:clear()
  for i = #self, 1, -1 do self[i] = nil end
  self.uneven = false
end

--- Rows that a piece should have: those that are left, if the innermost fence ends with it, else
-- its share of them; nil where nothing is known: outside of fences, or where rows have turned out
-- not to be spread evenly.
-- @tparam integer start
-- @tparam integer stop
-- @tparam boolean shared
-- @treturn ?number
function Fences:expect(start, stop, shared)
  local fence = self[#self]
  if not fence or stop < fence.stop and self.uneven then return nil end
  local share = window.seconds(start, stop, shared) / window.seconds(start, fence.stop, shared)
  return fence.rows * (share < 1 and share or 1)
end

--- Seconds that the next piece should be long.
-- @tparam integer start where it begins
-- @tparam integer size rows of a page
-- @tparam ?number density rows a second, as seen so far
-- @tparam boolean shared whether neighbours share their boundary second
-- @treturn ?number nil where no fence tells
function Fences:width(start, size, density, shared)
  local fence = self[#self]
  if not fence then return nil end
  local seconds, rows = window.seconds(start, fence.stop, shared), fence.rows
  if rows >= size then return max(1, floor(self.uneven and seconds / 2
    or seconds * room(size, rows) / rows)) end
  -- What is left would not fill a page; where the density beyond is no worse than it was, go on
  -- into it.
  local more = room(size) - rows
  if #self > 1 or self.uneven or not density or more <= 0 then return seconds end
  return seconds + floor(more / density)
end

local M = { room = room }

--- @treturn Fences
function M.new()
  return setmetatable({ uneven = false }, Fences)
end

return M
