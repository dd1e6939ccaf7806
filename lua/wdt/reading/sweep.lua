--- Reads a window by page numbers: page 0 for the total, then the last page down to the first, then page 0 again.
--
-- Rows that leave a window shift the pages behind them forward, towards pages that are still to be read, so nothing is missed
-- while rows *only leave*, whatever the order. A row that arrives, or ties that change places, can defeat it; arrivals that
-- show in the total make it start over. Cheaper per call than seek, and chosen by the caller.
--
-- Every reader in this folder is a pure state machine with the same face:
--
--     reader:ask()                          -> { start, stop, page_no, page_size, params }, or nil when the window is done
--     reader:row(id, modified, time, x, y, z)  whether to hand the row out; x, y, z: its values of the fields `facts`
--     reader:again()                           the page broke and is being read again from its beginning
--     reader:page(total)                       the page is complete; `total` as the gateway said it, nil behind page 0
--     reader.certificate                       once done (wdt.reading.certificate)
--     reader.stop                              the window's end; a reader may draw it in while it learns the density
--
-- @module wdt.reading.sweep
local pages = require "wdt.reading.pages"
local window = require "wdt.reading.window"
local setmetatable, ceil = setmetatable, math.ceil

local ROUNDS = 3 -- sweeps of one window before an arrival at each of them is accepted as uncertified

local Sweep = {}
Sweep.__index = Sweep

function Sweep:ask()
  if self.certificate then return nil end
  self:again()
  return { start = self.start, stop = self.stop, page_no = self.page_no, page_size = self.pages.asked,
    params = self.params }
end

function Sweep:again()
  self.rows = 0
end

function Sweep:row(id, modified, time)
  self.rows = self.rows + 1
  return self.seen:fresh(id, modified, time)
end

-- The first page of a round tells how many pages there are.
function Sweep:first(total)
  if not self.pages:holds(self.rows, total) then
    self.repeats = self.repeats + 1
    if self.repeats <= pages.REPEATS then return end
    -- It stays short: page numbers count by what the server serves, so that is what the other pages are counted by.
    if self.rows > 0 then self.pages.size = self.rows end
  end
  if self.steer and self.rounds == 0 then
    self.steer:learn(window.seconds(self.start, self.stop, self.shared), total)
  end
  if self.rows >= total then
    self.certificate = "atomic"
    return
  end
  if self.limit and not self.final and window.shorten(self, self.start, total) then return end
  if self.final and (total <= self.total or self.rounds == ROUNDS) then
    self.certificate = total <= self.total and "swept" or "none"
    return
  end
  self.total, self.final, self.repeats = total, false, 0
  self.rounds = self.rounds + 1
  self.page_no = ceil(total / self.pages.size) - 1
end

function Sweep:page(total)
  if self.page_no == 0 then return self:first(total) end
  self.page_no = self.page_no - 1
  if self.page_no == 0 then self.final, self.repeats = true, 0 end
end

local M = {}

--- @tparam table w `{ start, stop, shared, params, pages, seen, steer, limit, most }`; without `start` a look-up
-- that has no times; without `steer` nothing is learnt from it
-- @treturn Sweep
function M.new(w)
  return setmetatable({ start = w.start, stop = w.stop, shared = w.shared, params = w.params, pages = w.pages,
    seen = w.seen, steer = w.steer, limit = w.limit, most = w.most, page_no = 0, final = false, rounds = 0, repeats = 0,
    rows = 0 }, Sweep)
end

return M
