--- Reads a window while the size of its pages is learnt (wdt.reading.page_ladder).
--
-- The window is read by a reader of one size. Where the size changes within the window, that reader
-- is let go with all that it has found, and another one begins the window again, up to the end that
-- it may have drawn in: a certificate always is of one size from the window's beginning to its end.
-- Rows that were handed out are known to `seen`, and do not come again.
--
-- * Down, where the server caps or refuses the size.
-- * Up, where the first page of the window has just shown that its size is served: nothing has been
--   read yet. Later full pages are of use to the next window.
--
-- A reader (wdt.reading).
-- @module wdt.reading.learning
local setmetatable = setmetatable

local Learning = {}
Learning.__index = Learning

-- Begins the window, with the size that is in force.
function Learning:begin()
  self.pages = self.ladder:pages()
  self.inner = self.make(self.pages, self.stop)
  self.first, self.certificate = true, nil
  if self.hurried and self.inner.hurry then self.inner:hurry() end
end

function Learning:ask()
  self.rows, self.asked = 0, self.inner:ask()
  return self.asked
end

function Learning:again()
  self.rows = 0
  self.inner:again()
end

function Learning:row(id, modified, time, x, y, z)
  self.rows = self.rows + 1
  return self.inner:row(id, modified, time, x, y, z)
end

-- True if the page is a first one of the size in force: those of a test are smaller, a sweep asks
-- for pages of the server's size.
function Learning:is_of_size()
  return self.asked.page_no == 0 and self.asked.page_size == self.pages.asked
end

function Learning:page(total)
  local ladder, pages, rows = self.ladder, self.pages, self.rows
  local telling, first = self:is_of_size(), self.first
  self.first = false
  if telling and ladder:climbs(pages, rows) and first then
    pages:judge(rows, rows, total) -- it is heard, though its reader is not told
    return self:begin()
  end
  self.inner:page(total)
  self.stop = self.inner.stop
  if telling and ladder:is_capped(pages, rows, total) then
    pages:lose_track()
    return self:begin()
  end
  self.certificate = self.inner.certificate
end

--- The page that was asked for has failed for good.
-- @tparam string code
-- @treturn boolean true if the window begins again, with smaller pages
function Learning:refused(code)
  if not self.ladder:is_refused(self.pages, code) then return false end
  self.pages:lose_track()
  self:begin()
  return true
end

--- Ends the window as soon as what was read ends in one second, if its reader can.
function Learning:hurry()
  self.hurried = true
  if self.inner.hurry then self.inner:hurry() end
end

--- The first second that has not been read.
-- @treturn ?integer nil where that can't be told
function Learning:unread()
  return self.inner.unread and self.inner:unread()
end

local M = {}

--- @tparam table w `stop`: the window's end; `ladder` (wdt.reading.page_ladder); `make`: a function
-- of pages and an end, which returns a reader of the window up to there
-- @treturn Learning
function M.new(w)
  local self = setmetatable({ stop = w.stop, ladder = w.ladder, make = w.make, rows = 0,
    asked = false, hurried = false }, Learning)
  self:begin()
  return self
end

return M
