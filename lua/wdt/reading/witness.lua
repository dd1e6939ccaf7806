--- Watches whether totals are those of their own questions.
--
-- A server that keeps the count of a question for the next one (a cache, a count made in the
-- background) tells a total that is right, of another interval. Where it caps its pages as well,
-- the first rows of a long window can then look like all of a short one. Such a total is the number
-- of rows of some question that was asked before. So a total that equals its page, while no other
-- question has shown as many rows, is of its own question, if the page was surely not cut; not so
-- the first one, before which others may have asked the same. A total that is below its page takes
-- all of that back, since no total of the own question would be.
-- @module wdt.reading.witness
local proof = require "wdt.reading.proof"
local setmetatable = setmetatable

local Witness = {}
Witness.__index = Witness

--- Takes an answer.
-- @tparam integer received rows of its page
-- @tparam boolean whole whether they are as many as its total announces, and the page was surely
-- not cut by the server
-- @tparam ?number total
function Witness:hear(received, whole, total)
  local held = self.held
  local first = self.strange > 0
  self.strange = self.strange - 1
  if proof.is_total(total) and total < received then
    self.proven, self.candidate = false, nil
  elseif received == self.candidate then
    self.candidate = nil
  elseif self.candidate then
    self.left = self.left - 1
  elseif whole and not first and received > 0 and not held[received] and not self.proven then
    self.candidate, self.left = received, self.flying
  end
  held[received] = true
  if self.candidate and self.left <= 0 then self.proven, self.candidate = true, nil end
end

--- True if no other question has shown so many rows, nor may have had before: then a total of as
-- many is of its own question.
-- @tparam integer received
-- @treturn boolean
function Witness:is_news(received)
  return self.strange <= 0 and not self.held[received]
end

--- A page was tested whose total was news: totals are of their own questions.
function Witness:prove()
  self.proven = true
end

--- Questions were asked whose rows do not tell how many there are (pages of a sweep, a reading that
-- broke off): the next totals may be theirs.
function Witness:lose_track()
  self.candidate, self.strange = nil, self.flying + 1
end

--- True if nothing is asked between two questions.
-- @treturn boolean
function Witness:is_alone()
  return self.flying == 0
end

local M = {}

--- @tparam integer flying questions that may be under way beside one: an answer that comes later
-- may be of an earlier question
-- @treturn Witness with `proven`: totals are of their own questions
function M.new(flying)
  return setmetatable({ held = {}, flying = flying, strange = flying + 1, left = 0,
    candidate = nil, proven = false }, Witness)
end

return M
