--- The size of pages: what is asked for, and what the server really serves; and how often a page is
-- asked for again.
--
-- A server may serve smaller pages than it is asked for, and say nothing. Where its totals count no
-- more than the page holds, or are those of the question before, the first rows of a long window
-- look like all of a short one. So a page that is as long as the longest so far is believed to be
-- whole only when two things have shown that totals are what they should be:
--
-- * They count more than their page: one was above it. Until then the first page that is worth it
--   is followed by a test: the same interval in a page of one row, whose total has to be that of
--   the page before.
-- * They are of their own question (wdt.reading.witness). Until then a page is tested like that
--   each time, where no other question can come between the two.
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
-- than their page, which has to be tested (`test`)
function Pages:judge(received, distinct, total)
  if received > self.size then self.size = self:longer(received) end
  local verdict = proof.page(received, distinct, total, self.size)
  local longest = self.longest
  self.longest = max(longest, received)
  self:take_total(received, total)
  self.witness:hear(received, verdict == "whole", total)
  if verdict == "odd" and is_capped(self, received, total) then
    self:believe(received)
    verdict = "full"
  end
  if verdict == "whole" then
    self.vain = 0
    local trusted = self.counts and self.witness.proven
    if not trusted and received >= max(WORTH, longest) then return self:doubt(received) end
  end
  return verdict
end

-- A total that is above its page counts what there is.
function Pages:take_total(received, total)
  if proof.is_total(total) and total > received then self.counts = true end
end

-- No page was longer: the server may have stopped there, as far as its totals can tell.
function Pages:doubt(received)
  local may_tell = self.counts and self.witness:is_alone()
  if not self.tested or may_tell then return "untested" end
  return self:stopped(received)
end

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

--- Takes what the test has shown: a page of one row, of an interval that has just shown more.
-- @tparam integer held rows that the interval has shown
-- @tparam integer received rows of the test's page
-- @tparam ?number total
-- @treturn string what the tested page is: `"whole"` or `"full"`
function Pages:test(held, received, total)
  self.tested = true
  self:take_total(received, total)
  local own = self.witness.proven or self.witness:is_alone()
  return self.counts and total == held and own and "whole" or self:stopped(held)
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
    vain = 0, longest = 0, counts = false, tested = false, witness = shared or witness.new(0) },
    Pages)
end

return M
