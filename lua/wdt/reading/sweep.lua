--- Reads a window by page numbers: page 0 for the total, then the last page down to the first, then
-- page 0 again.
--
-- Rows that leave a window shift the pages after them forward, towards pages that are still to be
-- read, so nothing is missed while rows *only leave*, whatever the order, as long as that stays the
-- same. So `swept` is claimed only where nothing speaks against it:
--
-- * Each page before the last is full (wdt.reading.proof), by a total told before it: a page that
--   is not is read again after page 0 has told the total anew; one that stays short makes the
--   window `none`.
-- * The total never grows.
-- * Rows come twice only as leaving rows make them: the end of a page is the beginning of the page
--   read before it, and not more of them than the total has lost.
-- * At the end, at least as many different rows have been read as page 0 then announces.
--
-- Cheaper per call than seek, and chosen by the caller. A reader (wdt.reading).
-- @module wdt.reading.sweep
local copies = require "wdt.reading.copies"
local page_test = require "wdt.reading.page_test"
local proof = require "wdt.reading.proof"
local window = require "wdt.reading.window"
local setmetatable, tostring, max, floor = setmetatable, tostring, math.max, math.floor

local ROUNDS = 3 -- sweeps of one window before what contradicts is accepted as uncertified

local Sweep = {}
Sweep.__index = Sweep

function Sweep:ask()
  if self.certificate then return nil end
  self:begin_page()
  if self.test then
    local page_no, page_size = self.test:ask()
    return { start = self.start, stop = self.stop, page_no = page_no, page_size = page_size,
      params = self.params }
  end
  -- Where the server's pages are smaller than asked for, it is not known by which size it counts
  -- them: so theirs is asked for.
  return { start = self.start, stop = self.stop, page_no = self.step == "pages" and self.page_no
    or 0,
    page_size = self.size or self.pages.asked, params = self.params }
end

function Sweep:begin_page()
  self.rows, self.twice, self.fresh, self.shown, self.turn = 0, 0, 0, {}, self.seen:turn()
  if self.copies and (self.step == "first" or self.step == "check") then
    self.copies = copies.new() end
end

function Sweep:again()
  if self.copies then self.copies:undo(self.shown) end
  self:begin_page()
end

function Sweep:row(id, modified, time)
  self.rows = self.rows + 1
  id = tostring(id)
  self.shown[self.rows] = id
  if self.copies then id = self.copies:name(id) end
  local fresh, twice = self.seen:fresh(id, modified, time, self.turn)
  if fresh then self.fresh = self.fresh + 1 end
  if twice then self.twice = self.twice + 1 end
  return fresh
end

-- Draws in the window's end where it holds more rows than it may. Returns whether it did.
function Sweep:shorten(total)
  if not (self.limit and proof.is_total(total)) then return false end
  local stop = self.stop
  self.stop = window.shorten(self.start, stop, self.overlap, total, self.limit, self.most)
  return self.stop < stop
end

-- Page 0, which opens the window: it may be all, or tells how many pages there are.
function Sweep:open_window(total)
  local sheets, received = self.pages, self.rows
  local verdict
  if self.test then -- this was a page of the test
    verdict = self.test:page(received, self.fresh, total)
    if not verdict then return end
    total, received, self.test = self.test.held, self.test.held, false
  else
    verdict = sheets:judge(received, received - self.twice, total)
  end
  if verdict == "untested" then
    self.test = page_test.new(sheets, received)
    return
  end
  local seconds = self.start and window.seconds(self.start, self.stop, self.overlap)
  local steer = self.steer
  if verdict == "odd" and sheets:again(self.tries)
    or verdict == "whole" and self.tries == 0 and steer and steer:misses(seconds, received) then
    self.tries = self.tries + 1
    return
  end
  if steer and proof.is_total(total) then steer:learn(seconds, max(total, received)) end
  if verdict == "whole" then
    self.certificate = "atomic"
  elseif verdict == "odd" and (not proof.is_total(total) or total <= received) then
    sheets:give_up() -- the server's total is none, or its rows are not told apart
    self.certificate = "none"
  elseif not self:shorten(total) then
    -- it stays short: so the server's pages are of that size
    if verdict == "odd" and received > 0 then sheets:believe(received) end
    self:begin_round(total)
  end
  self.tries = 0
end

-- Reads all pages, from the last one to the first. A total that is below what page 0 has shown
-- tells nothing: then pages are read until one is not full.
function Sweep:begin_round(total)
  self.size, self.doubt = self.pages.size, false
  self.pages:lose_track()
  if not proof.is_total(total) or total < self.rows then self.doubt, total = true, self.size end
  self.rounds, self.total, self.least, self.tries = self.rounds + 1, total, total, 0
  self.read, self.received, self.distinct, self.repeated, self.before = {}, 0, 0, 0, {}
  self.step, self.page_no = "pages", max(1, floor(total / self.size))
  self.last = self.page_no
  if self.copies then self.copied, self.copies = self.rounds > 1 and self.copies, copies.new() end
end

-- Rows come again only as rows that left make them: the end of a page is the beginning of the one
-- read before it.
function Sweep:count()
  local shown, read, before, again = self.shown, self.read, self.before, 0
  for i = 1, #shown do
    local id = shown[i]
    if not read[id] then
      read[id], self.distinct = true, self.distinct + 1
    elseif not self.copies then
      again = again + 1
    end
  end
  for i = 1, again do
    if shown[#shown - again + i] ~= before[i] then self.doubt = true end
  end
  if self.twice > 0 or #shown > self.size then self.doubt = true end
  self.repeated, self.before, self.received = self.repeated + again, shown, self.received + #shown
end

-- A page after the first. One that is short may be so because rows have left, which page 0 tells.
function Sweep:page_of_round()
  if proof.fills(self.rows, self.page_no, self.size, self.least) then return self:accept() end
  self.short = { rows = self.rows, twice = self.twice, shown = self.shown, fresh = self.fresh,
    copies = self.copies }
  self.step = "check"
end

-- Page 0 again, after a page that was short. Only a page that was read after a total is judged by
-- it: a row that has left since would excuse one that the page has withheld. So the page is read
-- again; without counting, while the total falls.
function Sweep:check(total)
  local short = self.short
  if proof.is_total(total) and total < self.least then
    self.least, self.tries = total, 0
  elseif total ~= self.least then
    self.doubt = true
  end
  self.step, self.copies = "pages", short.copies
  if self.pages:again(self.tries) then
    self.tries = self.tries + 1
    if self.copies then self.copies:undo(short.shown) end
    return
  end
  self.doubt = true
  self.rows, self.twice, self.shown, self.fresh = short.rows, short.twice, short.shown, short.fresh
  self:accept()
end

-- The page is what it can be: goes on with the one before it. After a last page that is full there
-- may be another one.
function Sweep:accept()
  self.tries = 0
  if self.page_no == self.last and self.rows >= self.size then
    self.doubt = true
    if self.fresh > 0 then
      self.last, self.page_no = self.last + 1, self.page_no + 1
      if self.copies then self.copies:undo(self.shown) end
      return
    end
  end
  self:count()
  self.page_no = self.page_no - 1
  if self.page_no == 0 then self.step = "final" end
end

-- True if nothing speaks against the round.
function Sweep:is_complete(total)
  if self.doubt or not proof.is_total(total) or total > self.least then return false end
  if self.copies then
    return total == self.total and self.received == total and self.copied
      and self.copies:equals(self.copied)
  end
  return self.repeated <= self.total - total and self.distinct >= total
    and self.distinct <= self.total
end

-- Page 0, which ends a round.
function Sweep:close_round(total)
  local fills = proof.is_total(total) and proof.fills(self.rows, 0, self.size, total)
  if not fills and self.pages:again(self.tries) then
    self.tries = self.tries + 1
    if self.copies then self.copies:undo(self.shown) end
    return
  end
  self.doubt = self.doubt or not fills
  self:count()
  if self:is_complete(total) then
    self.certificate = "swept"
    self.pages:agree()
  elseif self.rounds < ROUNDS and self.pages:may_agree(ROUNDS) then
    self:begin_round(total)
  else
    self.pages:give_up()
    self.certificate = "none"
  end
end

local STEPS = { first = Sweep.open_window, pages = Sweep.page_of_round, check = Sweep.check,
  final = Sweep.close_round }

function Sweep:page(total)
  STEPS[self.step](self, total)
end

local M = {}

--- @tparam table w `{ start, stop, overlap, params, pages, seen, steer, limit, most, copies }`;
-- without `start` a look-up that has no times; without `steer` nothing is learnt from it; `copies`:
-- whether equal rows are rows of their own
-- @treturn Sweep
function M.new(w)
  return setmetatable({ start = w.start, stop = w.stop, overlap = w.overlap, params = w.params,
    pages = w.pages,
    seen = w.seen, steer = w.steer, limit = w.limit, most = w.most, copies = w.copies
    and copies.new(), step = "first",
    page_no = 0, rounds = 0, tries = 0, test = false }, Sweep)
end

return M
