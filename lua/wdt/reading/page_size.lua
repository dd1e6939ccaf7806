--- The size of pages: what is asked for, and what the server really serves; and how often a page is
-- asked for again.
--
-- A server may serve smaller pages than it is asked for, and say nothing. Where its totals count no
-- more than the page holds, are one too few, or are those of the question before, the first rows of
-- a long window look like all of a short one. A page that is shorter than one before was surely not
-- cut. One that is as long as the longest so far is believed to be whole only when two things have
-- shown that totals are what they should be:
--
-- * They count more than their page: one was above it.
-- * They are of their own question (wdt.reading.witness), as pages that were not cut have shown.
--
-- Until then such a page is tested (wdt.reading.page_test), where no other question can come
-- between it and its test; else there may always be more than it shows.
-- @module wdt.reading.page_size
local proof = require "wdt.reading.proof"
local witness = require "wdt.reading.witness"
local setmetatable, pairs, max = setmetatable, pairs, math.max

-- Readings of a page that contradicts its total, before it is taken as it is.
local REPEATS = 3

-- So many pages in a row that stay contradictory show that the server's totals mean nothing:
-- repeating them is in vain.
local IN_VAIN = 8

-- Rows of a page from which on it is worth a test: pages of a single row are no server's habit.
local WORTH = 2

local Pages = {}
Pages.__index = Pages

-- Two pages that are short by the same number of rows at different totals tell that the server's
-- pages are of that size.
local function is_capped(self, received, total)
  if received == 0 or not proof.is_total(total) or total <= received then return false end
  local before = self.short_total[received]
  self.short_total[received] = total
  return before ~= nil and before ~= total
end

--- Says what a first page is, and learns from it.
-- @tparam integer received rows
-- @tparam integer distinct rows among them
-- @tparam ?number total
-- @treturn string as `wdt.reading.proof.page` says it; or `"untested"`: whole if totals count more
-- than their page, which has to be tested (wdt.reading.page_test)
function Pages:judge(received, distinct, total)
  if received > self.size then self.size = self:longer(received) end
  local verdict = proof.page(received, distinct, total, self.size)
  local uncut = received < max(WORTH, self.longest)
  self.longest = max(self.longest, received)
  self:take_total(received, total)
  self.news = self.witness:is_news(received)
  self.witness:hear(received, uncut and verdict == "whole", total)
  if verdict == "odd" and is_capped(self, received, total) then
    self:believe(received)
    verdict = "full"
  end
  if verdict == "whole" then
    self.vain = 0
    local trusted = self.counts and self.witness.proven
    if not uncut and not trusted then return self:doubt(received) end
  end
  return verdict
end

--- A page has been tested to the end: where totals still count no more than their page, the next
-- one is not.
function Pages:has_been_tested()
  self.tested = true
end

-- A total that is above its page counts what there is.
function Pages:take_total(received, total)
  if proof.is_total(total) and total > received then self.counts = true end
end

-- No page was longer: the server may have stopped there, as far as its totals can tell.
function Pages:doubt(received)
  local may_tell = self.witness.proven or self.witness:is_alone()
  if may_tell and (self.counts or not self.tested) then return "untested" end
  return self:stopped(received)
end

--- The server may have stopped after so many rows.
-- @tparam integer received
-- @treturn string `"full"`
function Pages:stopped(received)
  self:believe(received)
  return "full"
end

--- The server's pages seem to be of that size.
-- @tparam integer size
function Pages:believe(size)
  self.size, self.believed[size] = size, true
end

-- A page was longer than was believed: it refutes the smaller sizes, and not one of its own length
-- that was believed before.
function Pages:longer(received)
  local size = self.asked
  for believed in pairs(self.believed) do
    if believed < received then
      self.believed[believed] = nil
    elseif believed < size then
      size = believed
    end
  end
  return size
end

--- True if a contradictory page is worth another try.
-- @tparam integer tries that it has had
-- @treturn boolean
function Pages:again(tries)
  return tries < REPEATS and self.vain < IN_VAIN
end

--- A page has stayed contradictory.
-- @treturn boolean false where so many have that it is not worth looking for the rows in question
function Pages:give_up()
  self.vain = self.vain + 1
  return self.vain < IN_VAIN
end

--- A reading of several pages has agreed with its total.
function Pages:agree()
  self.vain = 0
end

--- True if so few readings in a row have not agreed that another one may.
-- @tparam integer most
-- @treturn boolean
function Pages:may_agree(most)
  return self.vain < most
end

--- Pages are asked for that do not tell how many rows there are: `wdt.reading.witness`.
function Pages:lose_track()
  self.witness:lose_track()
end

local M = {
  --- Readings of a contradictory page before it is taken as it is.
  REPEATS = REPEATS,
}

--- @tparam integer asked rows a page that are asked for
-- @tparam ?Witness shared of all questions that are asked of the server (wdt.reading.witness)
-- @treturn Pages with `asked`, and `size` as it is believed, to be read
function M.new(asked, shared)
  return setmetatable({ asked = asked, size = asked, short_total = {}, believed = {},
    vain = 0, longest = 0, counts = false, tested = false, news = false,
    witness = shared or witness.new(0) }, Pages)
end

return M
