--- Tells rows apart that are equal in all fields, by numbering them: the first, the second, …
--
-- A report without a key may hold rows that really are identical, and the ERP counts each. Within
-- one page, or one round over all pages, the n-th copy of a row is a row of its own; in the next
-- reading the n-th copy is that one again. Pure.
-- @module wdt.reading.copies
local setmetatable, pairs = setmetatable, pairs

local Copies = {}
Copies.__index = Copies

--- The identity of the next copy of a row.
-- @tparam string row
-- @treturn string
function Copies:name(row)
  local n = (self.counts[row] or 0) + 1
  self.counts[row] = n
  return row .. "\0" .. n
end

--- Takes back what a page has counted that is read again.
-- @tparam {string...} rows
function Copies:undo(rows)
  for i = 1, #rows do
    local left = self.counts[rows[i]] - 1
    self.counts[rows[i]] = left > 0 and left or nil
  end
end

--- True if two readings have found the same rows equally often.
-- @tparam Copies other
-- @treturn boolean
function Copies:equals(other)
  for row, n in pairs(self.counts) do
    if other.counts[row] ~= n then return false end
  end
  for row in pairs(other.counts) do
    if not self.counts[row] then return false end
  end
  return true
end

local M = {}

--- @treturn Copies
function M.new()
  return setmetatable({ counts = {} }, Copies)
end

return M
