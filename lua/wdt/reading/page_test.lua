--- Tests a first page that may have been cut by the server although its total agrees with it.
--
-- A server that serves fewer rows than asked for, and tells a total that is not of this moment (the
-- page's own rows, one too few, the count of the question before), shows three of four rows and
-- says that there are three. So such a page is held against answers that no such server can give
-- together:
--
-- * `beyond`: the row after those shown, which must not be there, while the total is what it was;
-- * `count`: where that answer tells no total, a page of one row, whose total has to be what was
--   shown; that alone, where totals are known to be of their own question;
-- * `again`: the page itself, which must show no other rows. One that left before `beyond` was
--   asked for would have made room for one that was hidden.
--
-- Any other answer fails the test: it is not taken a second time, since a row that hides and comes
-- back may pass one of several. One that is hidden at `beyond` alone, of a server that tells no
-- total there, caps its pages and tells one row too few, is not found out.
--
-- Pure.
-- @module wdt.reading.page_test
local setmetatable = setmetatable

local Test = {}
Test.__index = Test

--- The page to ask for.
-- @treturn integer page_no
-- @treturn integer page_size
function Test:ask()
  if self.step == "beyond" then return self.held, 1 end
  return 0, self.step == "count" and 1 or self.pages.asked
end

function Test:beyond(received, _, total)
  local pages = self.pages
  if received == 0 and total == nil then
    self.step = "count"
    return nil
  elseif received == 0 and total == self.held then
    pages:take_total(received, total)
    return "whole"
  end
  if received == 0 and total == 0 and not pages.counts then pages:has_been_tested() end
  return pages:stopped(self.held)
end

function Test:count(received, _, total)
  local pages = self.pages
  pages:has_been_tested()
  pages:take_total(received, total)
  if not pages.counts or total ~= self.held then return pages:stopped(self.held) end
  if pages.witness.proven then return "whole" end
  self.step = "again"
end

function Test:again(received, fresh, total)
  local held = self.held
  if received == held and fresh == 0 and total == held then return "whole" end
  return self.pages:stopped(held)
end

--- Takes the page that was asked for.
-- @tparam integer received its rows
-- @tparam integer fresh those of them that had not been shown before
-- @tparam ?number total
-- @treturn ?string what the tested page is, as `wdt.reading.proof.page` says it: `"whole"`,
-- or `"full"`; nil while the test goes on
function Test:page(received, fresh, total)
  local verdict = self[self.step](self, received, fresh, total)
  if verdict == "whole" and self.news then self.pages.witness:prove() end
  return verdict
end

local M = {}

--- @tparam table pages the reading's (wdt.reading.page_size)
-- @tparam integer held rows that the page has shown
-- @treturn Test
function M.new(pages, held)
  return setmetatable({ pages = pages, held = held, news = pages.news,
    step = pages.witness.proven and "count" or "beyond" }, Test)
end

return M
