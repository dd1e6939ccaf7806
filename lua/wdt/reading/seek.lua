--- Reads a window completely, although rows leave it and arrive in it meanwhile. A pure state
-- machine (wdt.reading).
--
-- A page number means nothing once a row has left: what stood after it has moved. Only page 0 of an
-- interval that fits one page is a snapshot (wdt.reading.proof). So only page 0 is ever asked for,
-- of pieces that are cut to fit:
--
-- * A page that shows all of its piece is a snapshot (`atomic`); the cursor moves past it.
-- * A piece that overflows is cut, by the rows that it is known to hold (wdt.reading.known_totals).
-- * Where the server's documentation promises an order of time, the interval is asked for whole and
--   followed: the next one begins where the page ended, that second included (`seek`). The next
--   total has to be what is left of the one before; if not, the passed piece is read by itself. A
--   row that is found in it, or a page that is not in order, breaks the promise: the window is read
--   again, in pieces.
-- * An order that only shows itself is followed where rows are not expected to move, and only as
--   long as nothing at all does: each total is what is left of the one before, and at the end the
--   whole window still holds what it held (`conserved`). Else the window is read again, in pieces.
-- * A single second that is still too full is a dense second (wdt.reading.dense_second).
--
-- A window that reaches the present is never read from its end: a row that is modified meanwhile
-- moves to the end, and is met there by a cursor that comes from the front.
-- @module wdt.reading.seek
local window = require "wdt.reading.window"
local certificate = require "wdt.reading.certificate"
local copies = require "wdt.reading.copies"
local dense_second = require "wdt.reading.dense_second"
local known_totals = require "wdt.reading.known_totals"
local order = require "wdt.reading.order"
local page_test = require "wdt.reading.page_test"
local proof = require "wdt.reading.proof"
local setmetatable, ipairs, max, min, sort = setmetatable, ipairs, math.max, math.min, table.sort

local Seek = {}
Seek.__index = Seek

function Seek:top()
  return self.stack[#self.stack]
end

-- True if the interval is asked for whole, to be followed along the order of time. Where neighbours
-- share a second, a descending reading balances only if it is known which of them the second is in.
function Seek:follows(top)
  if top.cut or self.single then return false end
  local state = self.order.state
  if state ~= "asc" and (state ~= "desc" or self.open()) then return false end
  if self.order.documented then return true end
  return self.still and (state == "asc" or self.closed or not self.overlap)
end

-- Where the next piece ends.
function Seek:piece_stop(top)
  local size, overlap, hint = self.pages.size, self.overlap, self.hint
  if hint then return hint end
  if self.single then return window.piece(top.start, top.stop, overlap, 1) end
  if top.empty then return top.stop end -- as much as was empty, at once
  local width = self.known_totals:width(top.start, size, self.steer.density, overlap)
  if width then return min(top.stop, window.last(top.start, width, overlap)) end
  width = self.steer:width(known_totals.room(size))
  local stop = width and window.last(top.start, width, overlap)
  if stop and stop + width < top.stop then return stop end
  return window.piece(top.start, top.stop, overlap, width) -- what is left is divided evenly
end

function Seek:ask()
  if self.inner then return self.inner:ask() end
  if self.test then return self:ask_for_test() end
  if self.redo then
    self.stack[#self.stack + 1] = self.redo
    self.redo = false
  end
  local top = self:top()
  if top == nil and self.followed then top = self.followed end -- is everything as it was?
  if top == nil then return nil end
  local stop = self:follows(top) and top.stop or self:piece_stop(top)
  self.asked, self.hint = { start = top.start, stop = stop }, false
  self:again()
  return { start = top.start, stop = stop, page_no = 0, page_size = self.pages.asked,
    params = self.params }
end

-- Can the total be believed (wdt.reading.page_test)?
function Seek:ask_for_test()
  self:again()
  local page_no, page_size = self.test:ask()
  return { start = self.asked.start, stop = self.asked.stop, page_no = page_no,
    page_size = page_size, params = self.params }
end

function Seek:again()
  if self.inner then return self.inner:again() end
  self.rows, self.twice, self.fresh, self.turn = 0, 0, 0, self.seen:turn()
  self.last_time, self.at_last, self.times, self.timed = nil, 0, {}, 0
  if self.copies then self.copies = copies.new() end
  self.shown = order.page()
end

function Seek:row(id, modified, time, x, y, z)
  local known = self.known
  if x ~= nil and not known[1][x] then self:learn(1, x) end
  if y ~= nil and not known[2][y] then self:learn(2, y) end
  if z ~= nil and not known[3][z] then self:learn(3, z) end
  if self.inner then return self.inner:row(id, modified, time) end
  self.rows = self.rows + 1
  self.shown:row(id, time)
  if time then self.timed, self.times[self.rows] = self.timed + 1, time end
  if time == self.last_time then
    self.at_last = self.at_last + 1
  else
    self.time_before, self.at_before = self.last_time, self.at_last
    self.last_time, self.at_last = time, 1
    if time == self.asked.stop then
      self.includes_end = true
      if self.overlap then self.steer:overlap() end
    end
  end
  if self.copies then id = self.copies:name(id) end
  local fresh, twice = self.seen:fresh(id, modified, time, self.turn)
  if fresh then self.fresh, self.handed = self.fresh + 1, self.handed + 1 end
  if twice then self.twice = self.twice + 1 end
  return fresh
end

-- per field: a server that invents shops must not cost memory without bound
local MOST_VALUES = 1000

-- A value of that field is new.
function Seek:learn(which, value)
  local field, count = self.facts[which], self.learnt_count
  if count[field] == MOST_VALUES then return end
  self.learnt[field][value], count[field] = true, count[field] + 1
end

-- Everything up to `stop` has been read, with this certificate.
function Seek:settle(how, stop, rows)
  self.certificate = certificate.weaker(self.certificate, how)
  self.single, self.tries, self.settled = false, 0, self.settled + rows
  local top, stack = self:top(), self.stack
  local missing = self.known_totals:settle(top.start, stop, rows, self.pages.size, self.overlap,
    top.empty ~= nil)
  top.start = window.after(stop, self.overlap)
  if window.is_before(top.stop, top.start, self.overlap) then stack[#stack] = nil end
  for _, piece in ipairs(missing or {}) do
    stack[#stack + 1] = { start = piece[1], stop = piece[2], cut = true, empty = true }
  end
  self:end_early(stop)
end

-- Pages that may still be asked for before the window can end.
local SPARE = 2

-- True if this window is to end as soon as it can: as many rows have come as were wanted of it, or,
-- counted with those of pages that overflowed, nearly as many as it may hold; or there is no time.
function Seek:has_enough()
  local limit, size = self.limit, self.pages.size
  return limit and (self.hurried or self.settled >= limit
    or self.handed >= max(limit + SPARE * size, self.most - SPARE * size))
end

-- The window ends here where it has enough, and the rest is a later one. Returns whether it does.
function Seek:end_early(stop)
  local left = self.stack[1]
  if not self:has_enough() then return false end
  if #self.stack ~= 1 or self.redo or self.followed or stop >= self.stop then return false end
  -- read from its end: what is left comes before
  if left.start ~= window.after(stop, self.overlap) then return false end
  self.stop, self.stack = stop, {}
  return true
end

-- Draws in the window's end where the rest of it, just asked for, holds more rows than it may.
function Seek:shorten(total, follows)
  local asked = self.asked
  if not self.limit or #self.stack ~= 1 or self.followed or asked.stop ~= self.stop
    or self.settled > 0 and not follows then return false end
  local before, size, limit = self.handed - self.fresh, self.pages.size, self.limit
  self.stop = window.shorten(asked.start, asked.stop, self.overlap, total,
    max(min(size, limit), limit - before), max(size, self.most - before))
  return self.stop < asked.stop
end

--- Ends the window as soon as what was read ends in one second.
function Seek:hurry()
  self.hurried = true
end

--- The first second that has not been read.
-- @treturn ?integer nil where nothing is settled, or what is settled does not end in one second
function Seek:unread()
  local left = self.stack[1]
  if #self.stack ~= 1 or self.redo or self.followed or self.inner then return nil end
  return left.start > self.start and left.start or nil
end

-- The rows of the page run in order: go on where it ended, that second included.
function Seek:follow(total)
  local top, asked, time, overlap = self:top(), self.asked, self.last_time, self.overlap
  local ascending, documented = self.order.state == "asc", self.order.documented
  local start, stop = asked.start, asked.stop
  if ascending then start = time else stop = overlap and time + 1 or time end
  if start == asked.start and stop >= asked.stop then return self:single_out(time, ascending) end
  -- Descending, neighbours may share the second after this one: then its rows are announced again,
  -- where it is included.
  local next_to = not ascending and overlap and self.time_before == time + 1 and self.at_before or 0
  top.most = total - (self.rows - self.at_last) + next_to
  top.least = documented and not self.closed and top.most - next_to or top.most
  top.passed = ascending and { start = asked.start, stop = overlap and time
    or time - 1, cut = true, redone = true }
    or { start = window.after(stop, overlap), stop = asked.stop, cut = true, redone = true }
  top.start, top.stop = start, stop
  if not documented then self.followed = self.followed
    or { start = asked.start, stop = asked.stop, total = total } end
  -- Rows that stand there twice show that the identity is none: one of two rows may have been taken
  -- for the other.
  local how = documented and "seek" or "conserved"
  self.certificate = certificate.weaker(self.certificate, self.twice == 0 and how or "none")
  if not (ascending and documented) then return end
  self.settled = self.settled + self.rows
  self:end_early(overlap and time or time - 1)
end

-- The whole page is of the second at which the interval begins (or, descending, ends): that second
-- is to be read by itself.
function Seek:single_out(time, ascending)
  if ascending then
    self.single = true
    return
  end
  -- Left at the second that was singled out, an interval whose end is included would show nothing
  -- but that second again. It ends a second earlier then, and what lies between, rows of fractions
  -- of a second, is read with the second that is singled out.
  local top, overlap = self:top(), self.overlap
  local earlier = not overlap or self.includes_end
  local piece = { start = earlier and overlap and max(top.start, time - 1) or time,
    stop = top.stop, cut = true }
  top.stop = earlier and time - 1 or time
  if window.is_before(top.stop, top.start, overlap and not earlier) then
    self.stack[#self.stack] = nil
  end
  self.stack[#self.stack + 1] = piece
end

-- The times of the rows shown, in order; nil where some row tells none.
function Seek:times_shown()
  local times, shown = self.times, self.shown
  if self.timed ~= self.rows then return nil end
  sort(times)
  local direction = shown:runs()
  times.first, times.last = direction == "asc", direction == "desc"
  return times
end

-- There are more rows than the page shows, at least as far as can be told.
function Seek:overflow(announced)
  local total = max(proof.is_total(announced) and announced or 0, self.pages.size + 1)
  local asked, top = self.asked, self:top()
  local follows = self:follows(top) and asked.stop == top.stop
  self.tries = 0
  if follows and not self.order:conforms(self.shown) then return self:restart() end
  if window.is_instant(asked.start, asked.stop, self.overlap) then
    self.inner = dense_second.new{ start = asked.start, stop = asked.stop, overlap = self.overlap,
      closed = self.closed,
      params = self.params, pages = self.pages, seen = self.seen, cuts = self.cuts,
      learnt = self.learnt, total = announced,
      copies = self.copies and true }
    return
  end
  if not self.known_totals:innermost(asked.start, self.overlap) then
    self.steer:learn(window.seconds(asked.start, asked.stop, self.overlap), total)
  end
  if self:shorten(total, follows) then
    top.stop = self.stop
  elseif follows and self.last_time then
    self:follow(proof.is_total(announced) and announced >= self.rows and announced or total)
  elseif top.start == self.start
    or not self:end_early(self.overlap and top.start or top.start - 1) then
    top.empty = false
    self.known_totals:add(asked.stop, total, self:times_shown())
  end
end

-- No rows, where what was read before says that there should be some: by the rows that an overflow
-- has announced, or, where nothing else is known, by the density.
function Seek:is_too_empty()
  local asked, top = self.asked, self:top()
  if self.rows > 0 or self.tries > 0 or top.empty then return false end
  local seconds = window.seconds(asked.start, asked.stop, self.overlap)
  local innermost = self.known_totals:innermost(asked.start, self.overlap)
  if not innermost then return self.steer:misses(seconds, 0) end
  local expected = self.known_totals:expect(asked.start, asked.stop, self.overlap)
  return expected ~= nil and expected >= (asked.stop >= innermost.stop and 1 or window.EXPECTED)
end

function Seek:page_of_dense_second(total)
  local inner = self.inner
  inner:page(total)
  if not inner.certificate then return end
  self.inner = false
  self.steer:forget(self.density_before) -- a dense second tells nothing of those around it
  self:settle(inner.certificate, self.asked.stop, inner.total or self.pages.size)
end

function Seek:page(total)
  if self.inner then return self:page_of_dense_second(total) end
  if self.test then return self:page_of_test(total) end
  local rows, pages = self.rows, self.pages
  local verdict = pages:judge(rows, rows - self.twice, total)
  local top = self:top()
  if top == nil then return self:close_followed(total) end
  if verdict ~= "odd" then self.order:learn(self.shown) end
  if top.redone and self.fresh > 0 or self.followed and self.order.state == "none" then
    return self:restart() end
  if top.passed and total ~= top.least and total ~= top.most then
    if not self.order.documented then return self:give_way() end
    self.redo = top.passed
  end
  top.passed = nil
  if verdict == "full" then
    return self:overflow(total)
  elseif verdict == "untested" then
    self.test = page_test.new(pages, rows)
    return
  elseif verdict == "whole" and not self:is_too_empty() then
    return self:take_whole(rows)
  elseif verdict == "odd" and not pages:again(self.tries) then
    return self:stays_odd(total)
  end
  self:ask_again()
end

-- Has the page asked for once more.
function Seek:ask_again()
  self.tries = self.tries + 1
  self.hint = not self:follows(self:top()) and self.asked.stop
end

-- The page was all of its piece.
function Seek:take_whole(rows)
  local asked = self.asked
  self.steer:learn(window.seconds(asked.start, asked.stop, self.overlap), rows)
  self.density_before = self.steer.density
  self:settle("atomic", asked.stop, rows)
end

function Seek:page_of_test(total)
  local held = self.test.held
  local verdict = self.test:page(self.rows, self.fresh, total)
  if not verdict then return end
  self.test, self.rows = false, held
  if verdict == "whole" then return self:take_whole(held) end
  self:top().cut = true -- there is more than the page shows, but no total that could be followed
  self.last_time = nil
  self:overflow(held)
end

-- Rows and total contradict each other, however often they are asked for. Rows that are announced
-- and do not come are looked for in smaller pieces, as long as that leads anywhere.
function Seek:stays_odd(total)
  local asked = self.asked
  local hopeful = self.pages:give_up()
  if hopeful and proof.is_total(total) and total > self.rows
    and not window.is_instant(asked.start, asked.stop, self.overlap) then
    self:top().cut = true -- a short page is the beginning of nothing
    return self:overflow(total)
  end
  self.steer:learn(window.seconds(asked.start, asked.stop, self.overlap), self.rows)
  self:settle("none", asked.stop, self.rows)
end

-- Everything has been read along an observed order: now the whole window has to hold what it held
-- in the beginning.
function Seek:close_followed(total)
  if total ~= self.followed.total then return self:give_way() end
  self.followed = false
end

-- Something has moved while an observed order was followed: that proves nothing then.
function Seek:give_way()
  self.order:give_way()
  self.still = false
  self:read_again()
end

-- The promised order is none: what rested on it is read again, in pieces.
function Seek:restart()
  self.order:rule_out()
  self:read_again()
end

-- Nothing that was read so far counts.
function Seek:read_again()
  self.followed, self.tries = false, 0
  self.certificate, self.single, self.redo, self.settled = nil, false, false, 0
  self.known_totals:clear()
  self.stack = { { start = self.start, stop = self.stop } }
end

local M = {}

local function never() return false end
local function always() return true end

--- @tparam table w `start`, `stop`: epoch seconds, closed; `overlap`: whether neighbouring windows
-- share a second; `closed`: whether the server is known to include a window's last second; `open`:
-- whether rows may still arrive at its end, or a function that tells; `still`: whether rows are
-- not expected to leave it or arrive in it; `params`; `limit`, `most`: rows after which the window
-- ends where it stands, and rows above which it draws in its end (nil: never); `copies`: whether
-- equal rows are rows of their own. Shared by all windows of a stream: `pages`
-- (wdt.reading.page_size), `seen`, `steer`, `order`, `cuts = { {param, field} … }`; `facts`: up to
-- three fields whose values come with each row; `learnt`, `learnt_count`: the values that rows
-- have shown, and how many they are, by field
-- @treturn Seek
function M.new(w)
  local known = {}
  for i = 1, #w.facts do
    local field = w.facts[i]
    w.learnt[field], w.learnt_count[field] = w.learnt[field] or {}, w.learnt_count[field] or 0
    known[i] = w.learnt[field]
  end
  local open = w.open
  if not open or open == true then open = open and always or never end
  return setmetatable({ start = w.start, stop = w.stop, overlap = w.overlap, closed = w.closed,
    open = open, params = w.params,
    limit = w.limit, most = w.most, pages = w.pages, seen = w.seen, steer = w.steer,
    density_before = w.steer.density, order = w.order,
    cuts = w.cuts, facts = w.facts, learnt = w.learnt, learnt_count = w.learnt_count, known = known,
    stack = { { start = w.start, stop = w.stop } }, known_totals = known_totals.new(),
    inner = false, redo = false, followed = false, test = false,
    still = w.still and w.order:may_try(), tries = 0, settled = 0, handed = 0,
    hint = false, times = {}, copies = w.copies and copies.new() }, Seek)
end

return M
