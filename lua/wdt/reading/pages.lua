--- The size of pages: what is asked for, and what the server really serves; and how often a page is asked for again.
--
-- A server may serve smaller pages than it is asked for, and say nothing.
-- @module wdt.reading.pages
local proof = require "wdt.reading.proof"
local setmetatable = setmetatable

-- Readings of a page that contradicts its total, before it is taken as it is.
local REPEATS = 3

-- So many pages in a row that stay contradictory show that the server's totals mean nothing: repeating them is in vain.
local IN_VAIN = 8

local Pages = {}
Pages.__index = Pages

-- Two pages that are short by the same number of rows at different totals tell that the server's pages are of that size.
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
-- @treturn string as `wdt.reading.proof.page` says it
function Pages:judge(received, distinct, total)
  if received > self.size then self.size = self.asked end -- a longer page: they are not that small
  local verdict = proof.page(received, distinct, total, self.size)
  if verdict == "odd" and is_capped(self, received, total) then
    self.size, verdict = received, "full"
  end
  if verdict == "whole" then self.vain = 0 end
  return verdict
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

local M = {
  --- Readings of a contradictory page before it is taken as it is.
  REPEATS = REPEATS,
}

--- @tparam integer asked rows a page that are asked for
-- @treturn Pages with `asked`, and `size` as it is believed
function M.new(asked)
  return setmetatable({ asked = asked, size = asked, short_total = {}, vain = 0 }, Pages)
end

return M
