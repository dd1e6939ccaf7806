--- Decides what the rows and totals of a reading prove. The one place that does.
--
-- A page is one statement of the server, and its total another one, made a moment before or after.
-- So a total alone proves nothing, and neither does a page that is full: the server may have
-- stopped there. Only a page that could have held more shows all there is, and only if the total
-- says so as well and no row stands in it twice:
--
--     received = distinct = total, and received < page size
--
-- Pure.
-- @module wdt.reading.proof
local whole = require "wdt.whole"

local M = {}

--- True if a total is one that a server can mean: a whole number, not negative.
-- @param total
-- @treturn boolean
function M.is_total(total)
  return whole.is(total, 0)
end

--- True if what was received is exactly what the total announces, each row once.
-- @tparam integer received rows
-- @tparam integer distinct rows among them, told apart by identity and version
-- @tparam ?number total
-- @treturn boolean
function M.agrees(received, distinct, total)
  return received == distinct and received == total
end

--- Says what a first page is.
-- @tparam integer received rows
-- @tparam integer distinct rows among them
-- @tparam ?number total
-- @tparam integer size rows that a full page has
-- @treturn string `"whole"`: it shows all of its interval; `"full"`: there may be more than it
-- shows; `"odd"`: rows and total contradict each other, so that it has to be asked for again
function M.page(received, distinct, total, size)
  if received >= size then return "full" end
  return M.agrees(received, distinct, total) and "whole" or "odd"
end

--- Says whether one page of a sweep holds what it should: each page before the last one has to be
-- full.
-- @tparam integer received rows
-- @tparam integer page_no counted from 0
-- @tparam integer size rows that a full page has
-- @tparam number total rows of the window
-- @treturn boolean
function M.fills(received, page_no, size, total)
  return received >= size or page_no * size + received >= total
end

return M
