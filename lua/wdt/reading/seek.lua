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

local Seek = {}
Seek.__index = Seek

function Seek:top()
  return self.stack[#self.stack]
end

-- Whether the interval is asked for whole, to be followed along the time order.
function Seek:follows(top)
  if top.cut or self.width then return false end
  local state = self.order.state
  return state == "asc" or state == "desc" and not self.open and (not self.shared or self.order.documented)
end

function Seek:ask()
  if self.inner then
    local ask = self.inner:ask()
    if ask then return ask end
    self:settle(self.inner.certificate, self.asked.stop)
    self.inner = nil
    self.steer.density = self.calm -- a crowd says nothing about the seconds around it
  end
  if self.redo then
    self.stack[#self.stack + 1] = self.redo
    self.redo = nil
  end
  local top = self:top()
  if top == nil then return nil end
  local stop = top.stop
  if not self:follows(top) then
    local width = self.steer:width(FILL * self.pages.size)
    if self.width then width = min(width or self.width, self.width) end
    stop = window.piece(top.start, stop, self.shared, width)
  end
  self.asked = { start = top.start, stop = stop }
  self:again()
  return { start = top.start, stop = stop, page_no = 0, page_size = self.pages.asked, params = self.params }
end

function Seek:again()
  if self.inner then return self.inner:again() end
  self.rows, self.last_time, self.at_last = 0, nil, 0
  self.shown = order.page()
end

function Seek:row(id, modified, time, facts)
  for i = 1, #self.cuts do
    local value = facts and facts[self.cuts[i].field]
    if value ~= nil then self:learn_value(self.cuts[i].param, value) end
  end
  if self.inner then return self.inner:row(id, modified, time, facts) end
  self.rows = self.rows + 1
  self.shown:row(id, time)
  if time == self.last_time then
    self.at_last = self.at_last + 1
  else
    self.last_time, self.at_last = time, 1
  end
  return self.seen:fresh(id, modified, time)
end

local MOST_VALUES = 1000 -- per parameter: a server that invents shops must not cost memory without bound

function Seek:learn_value(param, value)
  local learnt = self.learnt[param]
  if learnt == nil then
    learnt = {}
    self.learnt[param], self.learnt_count[param] = learnt, 0
  end
  if not learnt[value] and self.learnt_count[param] < MOST_VALUES then
    learnt[value] = true
    self.learnt_count[param] = self.learnt_count[param] + 1
  end
end

-- Everything up to `stop` has been read, with this certificate.
function Seek:settle(proof, stop)
  self.certificate = certificate.weaker(self.certificate, proof)
  self.width, self.shorts = nil, 0
  local top = self:top()
  top.start = window.after(stop, self.shared)
  if top.start > top.stop or self.shared and top.start == top.stop then self.stack[#self.stack] = nil end
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
    self.width = 1
    return
  end
  local top, stop = self:top(), self:top().stop
  top.stop = self.shared and time or time - 1
  if top.stop < top.start or self.shared and top.stop == top.start then self.stack[#self.stack] = nil end
  self.stack[#self.stack + 1] = { start = time, stop = stop, cut = true }
end

-- The window holds more rows than the page.
function Seek:overflow(total)
  local asked, top = self.asked, self:top()
  local seconds = window.seconds(asked.start, asked.stop, self.shared)
  self.steer:learn(seconds, total)
  if window.is_instant(asked.start, asked.stop, self.shared) then
    self.inner = crowd.new{ start = asked.start, stop = asked.stop, shared = self.shared, params = self.params,
      pages = self.pages, seen = self.seen, cuts = self.cuts, learnt = self.learnt, total = total }
  elseif #self.stack == 1 and asked.stop == self.stop and window.shorten(self, asked.start, total) then
    top.stop = self.stop
  elseif self:follows(top) and asked.stop == top.stop and self.order:conforms(self.shown) and self.last_time then
    self:follow(total)
  else
    -- Surely narrower than before, also where a page that should have held everything stayed short.
    self.width = max(1, floor(min(seconds * FILL * self.pages.size / total, seconds * FILL)))
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
    self:settle("atomic", asked.stop)
  elseif self.shorts > pages.REPEATS and window.is_instant(asked.start, asked.stop, self.shared) then
    self:settle("none", asked.stop) -- the server keeps announcing rows that it does not serve
  else
    self:overflow(total)
  end
end

-- The order that was followed has turned out not to be one: what rested on it is read again, in pieces.
function Seek:restart()
  self.certificate, self.width, self.redo, self.followed = nil, nil, nil, false
  self.stack = { { start = self.start, stop = self.stop } }
end

local M = { FILL = FILL }

--- @tparam table w
-- `start`, `stop`: epoch seconds, closed; `shared`: whether neighbouring windows share a second; `open`: whether rows may still
-- arrive at its end; `params`; `limit`, `most`: rows wanted, and rows above which the window draws in its end (nil: never).
-- Shared by all windows of a stream: `pages` (wdt.reading.pages), `seen`, `steer`, `order`, `cuts = { {param, field} … }`,
-- `learnt`, `learnt_count`
-- @treturn Seek
function M.new(w)
  return setmetatable({ start = w.start, stop = w.stop, shared = w.shared, open = w.open, params = w.params,
    limit = w.limit, most = w.most, pages = w.pages, seen = w.seen, steer = w.steer, calm = w.steer.density,
    order = w.order, cuts = w.cuts, learnt = w.learnt, learnt_count = w.learnt_count,
    stack = { { start = w.start, stop = w.stop } }, shorts = 0, rows = 0, at_last = 0 }, Seek)
end

return M
