--- Learns how many rows a page may have, where no document tells (`page_size = "learn"`).
--
-- Sizes are tried from the least upwards. A page of exactly the size that was asked for shows that
-- the server serves it; only then is the next one tried. A size that the server caps or refuses is
-- given up for the one below, and neither it nor a larger one is tried again.
--
-- A size has knowledge of its own (wdt.reading.page_size), which begins empty: a window is always
-- read as it would be if its size had been given, and what pages of one size have shown proves
-- nothing of those of another. The one that changes sizes between windows, and begins a window
-- again where it does so within one, is wdt.reading.learning.
-- @module wdt.reading.page_ladder
local page_size = require "wdt.reading.page_size"
local proof = require "wdt.reading.proof"
local setmetatable, ipairs, huge = setmetatable, ipairs, math.huge

-- Sizes that servers in production were seen to accept.
local STEPS = { 100, 200, 500, 1000 }

-- Refusals that may mean the size of the page.
local OF_THE_SIZE = { param = true, api = true, limit = true }

-- Failures that a page may have because it is too large, where its size has not been served yet.
local OF_THE_WEIGHT = { server = true, timeout = true, truncated = true, syntax = true }

local Ladder = {}
Ladder.__index = Ladder

-- The step above a size, nil where none may be tried.
function Ladder:above(size)
  for _, step in ipairs(self.kept.steps) do
    if step > size then return step <= self.kept.most and step or nil end
  end
end

function Ladder:below(size)
  local below = self.kept.least
  for _, step in ipairs(self.kept.steps) do
    if step < size and step > below then below = step end
  end
  return below
end

--- Tells with which pages the next window is to be read.
-- @treturn Pages (wdt.reading.page_size)
function Ladder:pages()
  local size = self.kept.asked
  local pages = self.known[size] or page_size.new(size, self.heard)
  self.known[size] = pages
  return pages
end

--- Takes a first page.
-- @tparam Pages pages that it was asked for with
-- @tparam integer received its rows
-- @treturn boolean true if a larger size is to be tried
function Ladder:climbs(pages, received)
  local kept, asked = self.kept, pages.asked
  if received ~= asked then return false end
  if asked == kept.asked then self:change(self:above(asked) or asked) end
  return kept.asked > asked
end

function Ladder:change(size)
  if size == self.kept.asked then return end
  self.kept.asked = size
  if self.told then self.told(size) end
end

-- No page of that size is asked for any more, nor of a larger one.
function Ladder:fall(size)
  if self.kept.asked < size then return end
  self.kept.most = self:below(size)
  self:change(self.kept.most)
end

--- Judges a first page that its reader has been told: the server caps pages below their size where
-- the reader has come to believe that, or where the page is no longer than those of the size below
-- while its total says that there is more.
-- @tparam Pages pages that it was asked for with
-- @tparam integer received its rows
-- @tparam ?number total
-- @treturn boolean true if its size has been given up
function Ladder:is_capped(pages, received, total)
  local asked = pages.asked
  if asked == self.kept.least then return false end
  local more = proof.is_total(total) and total > received
  if pages.size == asked and not (more and received <= self:below(asked)) then return false end
  self:fall(asked)
  return true
end

--- Judges a page that has failed for good.
-- @tparam Pages pages that it was asked for with
-- @tparam string code
-- @treturn boolean true if its size has been given up
function Ladder:is_refused(pages, code)
  local asked = pages.asked
  local untried = pages.longest < asked
  if asked == self.kept.least or not (OF_THE_SIZE[code] or untried and OF_THE_WEIGHT[code]) then
    return false end
  self:fall(asked)
  return true
end

local M = {}

--- Makes what is kept of a method's page size, for all of an account's readings.
-- @tparam integer least the size to begin with, which the server surely serves
-- @tparam ?{integer,...} steps the sizes that are tried, ascending
-- @treturn table `least`, `steps`; `asked`: the size in force; `most`: none above is tried
function M.kept(least, steps)
  return { least = least, steps = steps or STEPS, asked = least, most = huge }
end

--- @tparam table kept of the method (`kept`)
-- @tparam ?Witness heard shared of all questions that are asked of the server
-- (wdt.reading.witness)
-- @tparam ?function told called with the size whenever another one is asked for from now on
-- @treturn Ladder
function M.new(kept, heard, told)
  return setmetatable({ kept = kept, heard = heard, told = told, known = {} }, Ladder)
end

return M
