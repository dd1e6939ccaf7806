--- Reads a window completely, although rows leave it and arrive in it meanwhile. A pure state machine (face: wdt.reading.sweep).
--
-- A page number means nothing once a row has left: what stood behind it has moved. Only page 0 of a window that fits one
-- page is a snapshot. So only page 0 is ever asked for, of windows that shrink until they fit:
--
-- * A page that holds all of its window is a snapshot (`atomic`); the cursor moves behind it.
-- * A fuller window whose rows come in time order is followed: the next window begins where the page ended, that second
--   included. Where the order is documented that is proof (`seek`). Where it is only observed, the next total must equal the
--   total less the rows passed (`conserved`); if not, the passed piece is read as a window of its own.
-- * Any other window is cut to the width that the density promises to fit.
-- * A single second that is still too full is a crowd (wdt.reading.crowd).
--
-- A window that reaches the present is never read from its end: a row that is modified meanwhile moves to the end, and is met
-- there by a cursor that comes from the front.
-- @module wdt.reading.seek
local window = require "wdt.reading.window"
local certificate = require "wdt.reading.certificate"
local crowd = require "wdt.reading.crowd"
local order = require "wdt.reading.order"
local pages = require "wdt.reading.pages"
local setmetatable, min, max, floor = setmetatable, math.min, math.max, math.floor

local FILL = 0.75 -- of a page: a piece of so many expected rows overflows in about one case of 500
local LUMP = 0.2 -- of a page: a piece cut to hold FILL that holds less shows that its rows are not spread evenly

local Seek = {}
Seek.__index = Seek

function Seek:top()
  return self.stack[#self.stack]
end

-- Whether the interval is asked for whole, to be followed along the time order.
function Seek:follows(top)
  if top.cut or self.single then return false end
  local state = self.order.state
  return state == "asc" or state == "desc" and not self.open and (not self.shared or self.order.documented)
end

-- The fence around a second, if there is one; a reading that followed a time order may have left some behind.
function Seek:fence(second)
  local fences = self.fences
  while #fences > 0 and window.is_before(fences[#fences].stop, second, self.shared) do fences[#fences] = nil end
  return fences[#fences]
end

-- Where the next piece ends. Inside a fence it is known how many rows are left up to its end; outside, only the density seen.
function Seek:piece_stop(top)
  if self.single then return window.piece(top.start, top.stop, self.shared, 1) end
  local room, fence = FILL * self.pages.size, self:fence(top.start)
  if not fence then return window.piece(top.start, top.stop, self.shared, self.steer:width(room)) end
  local stop = min(fence.stop, top.stop)
  if fence.rows <= self.pages.size then return stop end
  local seconds = window.seconds(top.start, stop, self.shared)
  local width = self.lumpy and seconds / 2 or seconds * min(FILL, room / fence.rows)
  return window.piece(top.start, stop, self.shared, max(1, floor(width)))
end

function Seek:ask()
  if self.inner then
    local ask = self.inner:ask()
    if ask then return ask end
    self:settle(self.inner.certificate, self.asked.stop, self.inner.total)
    self.inner = false
    self.steer.density = self.calm -- a crowd says nothing about the seconds around it
  end
  if self.redo then
    self.stack[#self.stack + 1] = self.redo
    self.redo = nil
  end
  local top = self:top()
  if top == nil then return nil end
  local stop = self:follows(top) and top.stop or self:piece_stop(top)
  self.asked = { start = top.start, stop = stop }
  self:again()
  return { start = top.start, stop = stop, page_no = 0, page_size = self.pages.asked, params = self.params }
end

function Seek:again()
  if self.inner then return self.inner:again() end
  self.rows, self.last_time, self.at_last = 0, nil, 0
  self.shown = self.order.state ~= "none" and order.page() -- nobody would look at it
end

function Seek:row(id, modified, time, x, y, z)
  local known = self.known
  if x ~= nil and not known[1][x] then self:learn(1, x) end
  if y ~= nil and not known[2][y] then self:learn(2, y) end
  if z ~= nil and not known[3][z] then self:learn(3, z) end
  if self.inner then return self.inner:row(id, modified, time) end
  self.rows = self.rows + 1
  if self.shown then self.shown:row(id, time) end
  if time == self.last_time then
    self.at_last = self.at_last + 1
  else
    self.last_time, self.at_last = time, 1
    if time == self.asked.stop then self.includes_end = true end
  end
  return self.seen:fresh(id, modified, time)
end

local MOST_VALUES = 1000 -- per field: a server that invents shops must not cost memory without bound

-- A value of that field is new.
function Seek:learn(which, value)
  local field, count = self.facts[which], self.learnt_count
  if count[field] == MOST_VALUES then return end
  self.learnt[field][value], count[field] = true, count[field] + 1
end

-- Everything up to `stop` has been read, with this certificate.
function Seek:settle(proof, stop, rows)
  self.certificate = certificate.weaker(self.certificate, proof)
  self.single, self.shorts = false, 0
  local fences = self.fences
  for i = #fences, 1, -1 do
    fences[i].rows = fences[i].rows - rows
    if fences[i].stop <= stop then fences[i] = nil end
  end
  -- Far fewer rows than an even spread would have put there: they stand in a lump further on.
  self.lumpy = #fences > 0 and (self.lumpy or rows < LUMP * self.pages.size)
  local top = self:top()
  top.start = window.after(stop, self.shared)
  if window.is_before(top.stop, top.start, self.shared) then self.stack[#self.stack] = nil end
end

-- Piece by piece more rows have come than were wanted of the whole window: it ends here, and the rest is a later one.
function Seek:end_early(stop)
  self.settled = self.settled + self.rows
  if not self.enough or self.settled < self.enough or #self.stack ~= 1 or self.redo then return end
  self.stop, self.stack = stop, {}
end

-- A piece that overflowed becomes a fence: what it holds is known, and is used up piece by piece.
function Seek:fence_in(stop, total)
  local fences = self.fences
  local innermost = fences[#fences]
  if not innermost or innermost.stop > stop then
    innermost = { stop = stop }
    fences[#fences + 1] = innermost
  end
  innermost.rows = max(total, self.pages.size + 1) -- also where a page that should have held everything stayed short
end

-- The rows of the page run in time order: go on where it ended, that second included.
function Seek:follow(total)
  local top, asked, time = self:top(), self.asked, self.last_time
  local ascending = self.order.state == "asc"
  local start, stop = asked.start, asked.stop
  if ascending then start = time else stop = self.shared and time + 1 or time end
  if start == asked.start and stop >= asked.stop then return self:single_out(time, ascending) end
  if not self.order.documented then
    self.followed = true
    top.expected = total - (self.rows - self.at_last)
    top.passed = ascending and { start = asked.start, stop = self.shared and time or time - 1, cut = true }
      or { start = stop + 1, stop = asked.stop, cut = true }
  end
  top.start, top.stop = start, stop
  self.certificate = certificate.weaker(self.certificate, self.order.documented and "seek" or "conserved")
end

-- The whole page is of the second at which the interval begins (or, descending, ends): that second is to be read by itself.
function Seek:single_out(time, ascending)
  if ascending then
    self.single = true
    return
  end
  -- Left at the second that was singled out, an interval whose end is included would show nothing but that second again.
  local top, stop, shared = self:top(), self:top().stop, self.shared and not self.includes_end
  top.stop = shared and time or time - 1
  if window.is_before(top.stop, top.start, shared) then self.stack[#self.stack] = nil end
  self.stack[#self.stack + 1] = { start = time, stop = stop, cut = true }
end

-- The window holds more rows than the page.
function Seek:overflow(total)
  local asked, top = self.asked, self:top()
  if window.is_instant(asked.start, asked.stop, self.shared) then
    self.inner = crowd.new{ start = asked.start, stop = asked.stop, shared = self.shared, params = self.params,
      pages = self.pages, seen = self.seen, cuts = self.cuts, learnt = self.learnt, total = total }
    return
  end
  if #self.fences == 0 then self.steer:learn(window.seconds(asked.start, asked.stop, self.shared), total) end
  if #self.stack == 1 and asked.stop == self.stop and window.shorten(self, asked.start, total) then
    top.stop = self.stop
  elseif self:follows(top) and asked.stop == top.stop and self.order:conforms(self.shown) and self.last_time then
    self:follow(total)
  else
    self:fence_in(asked.stop, total)
  end
end

function Seek:page(total)
  if self.inner then return self.inner:page(total) end
  if not self.pages:holds(self.rows, total) then
    self.shorts = self.shorts + 1
    if self.shorts <= pages.REPEATS then return end -- the same page again
  end
  self.order:learn(self.shown)
  if self.followed and self.order.state == "none" then return self:restart() end
  local asked, top = self.asked, self:top()
  if top.expected and top.expected ~= total then self.redo = top.passed end
  top.expected = nil
  if self.rows >= total then
    self.steer:learn(window.seconds(asked.start, asked.stop, self.shared), self.rows)
    self.calm = self.steer.density
    self:settle("atomic", asked.stop, self.rows)
    self:end_early(asked.stop)
  elseif self.shorts > pages.REPEATS and window.is_instant(asked.start, asked.stop, self.shared) then
    self:settle("none", asked.stop, self.rows) -- the server keeps announcing rows that it does not serve
  else
    self:overflow(total)
  end
end

-- The order that was followed has turned out not to be one: what rested on it is read again, in pieces.
function Seek:restart()
  self.certificate, self.single, self.redo, self.followed, self.fences = nil, false, nil, false, {}
  self.stack = { { start = self.start, stop = self.stop } }
end

local M = { FILL = FILL }

--- @tparam table w
-- `start`, `stop`: epoch seconds, closed; `shared`: whether neighbouring windows share a second; `open`: whether rows may still
-- arrive at its end; `params`; `limit`, `most`: rows wanted, and rows above which the window draws in its end (nil: never);
-- `enough`: rows read after which it ends where it stands (nil: never).
-- Shared by all windows of a stream: `pages` (wdt.reading.pages), `seen`, `steer`, `order`, `cuts = { {param, field} … }`;
-- `facts`: up to three fields whose values come with each row; `learnt`, `learnt_count`: the values that rows have shown, and
-- how many they are, by field
-- @treturn Seek
function M.new(w)
  local known = {}
  for i = 1, #w.facts do
    local field = w.facts[i]
    w.learnt[field], w.learnt_count[field] = w.learnt[field] or {}, w.learnt_count[field] or 0
    known[i] = w.learnt[field]
  end
  return setmetatable({ start = w.start, stop = w.stop, shared = w.shared, open = w.open, params = w.params,
    limit = w.limit, most = w.most, enough = w.enough, pages = w.pages, seen = w.seen, steer = w.steer, calm = w.steer.density,
    order = w.order, cuts = w.cuts, facts = w.facts, learnt = w.learnt, learnt_count = w.learnt_count, known = known,
    stack = { { start = w.start, stop = w.stop } }, fences = {}, inner = false, shorts = 0, rows = 0,
    settled = 0, at_last = 0 }, Seek)
end

return M
