--- Cuts a range into windows, and steers their width by the density of rows that is seen.
--
-- Windows are closed intervals of Beijing seconds that cover the range without a gap and never
-- exceed the method's cap. Where windows are documented as closed, neighbours step by one second;
-- where no one says whether the last second is included, neighbours share it, and the range is read
-- one second further, so that its own last second is surely covered.
-- @module wdt.reading.window
local setmetatable, min, max, floor, ceil = setmetatable, math.min, math.max, math.floor, math.ceil

local M = {
  --- Where as many rows were expected, one piece of 20 is empty by chance.
  EXPECTED = 3,
}

local Steer = {}
Steer.__index = Steer

-- Rows that the density rests on at most: enough to know it well, few enough to follow the hours of
-- a day.
local MEMORY = 700

-- Of pieces of a few rows each, so many.
local PIECES = 10

-- Of what chance leaves, this many standard deviations are still chance.
local CHANCE = 3

--- Rows were counted over an interval. One count that chance explains is averaged with those before
-- it; one that it does not explain is a surprise, which moves the density by itself, but fourfold
-- at most.
-- @tparam number seconds its length
-- @tparam number rows
function Steer:learn(seconds, rows)
  seconds = seconds + self.ends
  local known = self.density
  if known == nil then
    -- an empty interval says little about the next one
    self.density, self.weight = max(rows, 1 / 4) / seconds, rows
    return
  end
  local expected = known * seconds
  local weight = max(1, min(self.weight or MEMORY / 5, MEMORY, PIECES * max(expected, rows)))
  local apart = rows - expected
  if apart * apart <= CHANCE * CHANCE * (expected + 1) then
    self.density, self.weight = (weight + rows) / (weight / known + seconds), weight + rows
  else
    self.density, self.weight = max(known / 4, min(known * 4, rows / seconds)), rows
  end
end

--- The number of seconds in which about `rows` rows are expected.
-- @tparam number rows
-- @treturn ?number whole seconds, at least 1; nil while nothing is known
function Steer:width(rows)
  if self.density == nil then return nil end
  return max(1, floor(rows / self.density - self.ends + 0.5))
end

--- True if an interval shows no rows where the density says that it should have some.
-- @tparam number seconds its length
-- @tparam integer rows
-- @treturn boolean
function Steer:misses(seconds, rows)
  return rows == 0 and self.density ~= nil and self.density * (seconds + self.ends) >= M.EXPECTED
end

--- An interval was seen to show the second that it shares with its neighbour: it shows one more
-- than its length.
function Steer:overlap()
  self.ends = 1
end

--- Takes back what was learnt since: it says nothing about what comes.
-- @tparam ?number density as it was
function Steer:forget(density)
  self.density = density
end

--- @tparam ?number density as it was known before
-- @treturn Steer with `density`, rows a second, to be read; nil while nothing is known
function M.steer(density)
  return setmetatable({ density = density, ends = 0 }, Steer)
end

--- Where the neighbour of an interval that ends at `stop` begins.
-- @tparam integer stop
-- @tparam boolean overlap whether neighbours share their boundary second
function M.after(stop, overlap)
  return overlap and stop or stop + 1
end

--- The number of seconds that an interval accounts for.
function M.seconds(start, stop, overlap)
  return max(1, overlap and stop - start or stop - start + 1)
end

--- True if an interval that ends at `stop` holds nothing of one that begins at `start`.
function M.is_before(stop, start, overlap)
  return stop < start or overlap and stop == start
end

--- True if an interval is too short to be cut by time.
function M.is_instant(start, stop, overlap)
  return stop - start <= (overlap and 1 or 0)
end

--- The last second of a piece of so many seconds.
function M.last(start, seconds, overlap)
  return overlap and start + seconds or start + seconds - 1
end

--- Cuts an even piece off the front of an interval.
-- @tparam integer start
-- @tparam integer stop
-- @tparam boolean overlap
-- @tparam ?number width seconds wanted; nil for the whole
-- @treturn integer the last second of the piece
function M.piece(start, stop, overlap, width)
  local seconds = M.seconds(start, stop, overlap)
  if width == nil or width >= seconds then return stop end
  local even = ceil(seconds / ceil(seconds / width))
  return min(stop, overlap and start + even or start + even - 1)
end

--- Where a window may end that turned out to hold far more rows than wanted, by the number that it
-- does hold; the rest becomes a later window.
-- @tparam integer start where the part begins that is still to be read
-- @tparam integer stop the window's end
-- @tparam boolean overlap
-- @tparam number total rows in that part
-- @tparam number wanted rows of it
-- @tparam number most rows above which the end is drawn in
-- @treturn integer an earlier second than `stop`, or `stop` itself
function M.shorten(start, stop, overlap, total, wanted, most)
  if total <= most then return stop end
  local seconds = M.seconds(start, stop, overlap)
  return M.piece(start, stop, overlap, max(1, floor(seconds * wanted / total)))
end

local Plan = {}
Plan.__index = Plan

-- True if nothing is left between the cursor and the end of the block.
function Plan:block_done()
  return self.at > self.block_stop or self.overlap and self.at == self.block_stop
end

function Plan:next_block()
  local start = self.block_start == nil and self.start or M.after(self.block_stop, self.overlap)
  if start > self.stop or self.overlap and start == self.stop then return false end
  self.block_start, self.block_stop = start, min(self.stop, start + self.span)
  return true
end

--- Which query the next window belongs to. A range is read in blocks of the cap's length: over each
-- block one query after the other, from window to window.
-- @treturn ?integer 1 to `variants`, nil when the range is done
function Plan:ahead()
  if self.block_start == nil or self:block_done() then
    if self.variant < self.variants and self.block_start ~= nil then
      self.variant = self.variant + 1
    elseif self:next_block() then
      self.variant = 1
    else
      return nil
    end
    self.at = self.block_start
  end
  return self.variant
end

--- The next window.
-- @tparam ?number width seconds wanted at most; nil for as much as the cap allows
-- @treturn ?table `{ start, stop, variant, block }`, nil when the range is done; `block`, with
-- several queries: where its block begins
function Plan:next(width)
  local variant = self:ahead()
  if not variant then return nil end
  local stop = M.piece(self.at, self.block_stop, self.overlap, width)
  self.last = { variant = variant, block_start = self.block_start, block_stop = self.block_stop }
  local planned = { start = self.at, stop = stop, variant = variant,
    block = self.variants > 1 and self.block_start or nil }
  self.at = M.after(stop, self.overlap)
  return planned
end

--- Shortens the window that was handed out last: the next one begins after `stop`, and is of the
-- same query and block, also where `ahead` has looked further meanwhile.
-- @tparam table planned
-- @tparam integer stop
function Plan:shorten(planned, stop)
  local last = self.last
  planned.stop = stop
  self.variant, self.block_start, self.block_stop = last.variant, last.block_start, last.block_stop
  self.at = M.after(stop, self.overlap)
end

--- Ends the range, for every query, where a window ended.
-- @tparam table planned that window
-- @treturn integer the first second after it
function Plan:cut(planned)
  local stop = planned.stop
  self.variant, self.block_start = planned.variant, planned.block or self.block_start
  self.stop, self.block_stop = stop, stop
  self.at = M.after(stop, self.overlap)
  return self.at
end

--- Where a reading has to begin that is to hand out, for every query, all that was not planned yet.
-- @treturn integer epoch seconds
function Plan:resume_at()
  if self.block_start == nil then return self.start end
  if self.variants == 1 then return self.at end
  if self.variant == self.variants and self:block_done() then
    return M.after(self.block_stop, self.overlap) end
  return self.block_start
end

--- Seconds of the whole range, counted once for each query.
function Plan:length()
  return M.seconds(self.start, self.stop, self.overlap) * self.variants
end

--- Seconds of the range, counted once for each query, that have not been handed out.
function Plan:rest()
  if self.block_start == nil then return self:length() end
  local block = M.seconds(self.block_start, self.block_stop, self.overlap)
  local left = max(0, self.stop - self.block_stop)
  return max(0, self.block_stop - self.at + (self.overlap and 0 or 1)) + (
    self.variants - self.variant) * block + left * self.variants
end

--- Plans a range.
-- @tparam table range `{ start, stop, span, overlap, variants }`: epoch seconds (closed), the cap,
-- whether neighbours share their boundary, and how many queries are read over the range
-- @treturn Plan
function M.plan(range)
  return setmetatable({ start = range.start, stop = range.overlap and range.stop + 1
    or range.stop, span = range.span,
    overlap = range.overlap, variants = range.variants or 1, variant = 1 }, Plan)
end

return M
