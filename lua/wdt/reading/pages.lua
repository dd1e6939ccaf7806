--- The size of pages: what is asked for, and what the server really serves.
--
-- A first page must hold min(total, page size) rows. One that holds fewer is asked for again: its rows and its total may be
-- from different moments. But a server may also serve smaller pages than it is asked for, and say nothing.
-- @module wdt.reading.pages
local setmetatable, min = setmetatable, math.min

local Pages = {}
Pages.__index = Pages

--- Whether a first page holds what it should. Two pages that are short by the same number of rows at different totals tell that
-- the server's pages are of that size; a longer page tells that they are not.
-- @tparam integer rows that the page holds
-- @tparam integer total that it announces
-- @treturn boolean
function Pages:holds(rows, total)
  if rows > self.size then self.size = self.asked end
  if rows >= min(total, self.size) then return true end
  local before = self.short_total[rows]
  self.short_total[rows] = total
  if rows == 0 or before == nil or before == total then return false end
  self.size = rows
  return true
end

local M = {
  --- Readings of a short page before it is taken as it is.
  REPEATS = 3,
}

--- @tparam integer asked rows a page that are asked for
-- @treturn Pages with `asked`, and `size` as it is believed
function M.new(asked)
  return setmetatable({ asked = asked, size = asked, short_total = {} }, Pages)
end

return M
