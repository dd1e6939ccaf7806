--- A table for people, in pieces, so that it needs no more memory than one of them. Later pieces
-- may be wider.
-- @module wdt.format.table
local columns = require "wdt.format.columns"
local fields = require "wdt.format.fields"
local setmetatable, concat, ipairs, min, max = setmetatable, table.concat, ipairs, math.min,
  math.max

local Table = {}
Table.__index = Table

local M = {}

-- Lines of a piece, and the width where there is no terminal that has one.
local PIECE, USUAL_WIDTH = 100, 120

-- Cells of one column.
local MOST = 32

--- @tparam table o `write`, `say`, what `wdt.format.fields.new` takes, `header`, `width` (of the
-- terminal)
function M.new(o)
  o.preview = true
  return setmetatable({ o = o, fields = fields.new(o), lines = {}, widths = {} }, Table)
end

-- How many columns fit. Where the user chose them and they don't, rows are folded.
function Table:choose()
  local count = #self.fields.columns
  local measured, sum, width = {}, 0, self.o.width
  if not width or width == 0 then width = USUAL_WIDTH end
  columns.format(self.fields:titles(self.o.header), self.lines, MOST, measured)
  for i = 1, count do
    sum = sum + measured[i] + (i > 1 and 2 or 0)
    if sum > width then
      self.folds = self.o.fields and count > 1 and self.o.width and self.o.width > 0
      return self.o.fields and count or max(1, i - 1)
    end
  end
  return count
end

-- A block for each row, a line for each of its fields.
function Table:fold()
  local titles, rows = self.fields:titles(self.o.header), {}
  for _, cells in ipairs(self.lines) do
    self.folded = (self.folded or 0) + 1
    self.o.write(("-- %d --\n"):format(self.folded))
    for i, title in ipairs(titles) do rows[i] = { title, cells[i] } end
    local measured = {}
    columns.format(nil, rows, MOST, measured)
    local room = max(1, self.o.width - measured[1] - 2)
    for _, line in ipairs(columns.format(nil, rows, max(room, measured[1]))) do
      self.o.write(columns.clip(line, self.o.width), "\n")
    end
  end
  self.lines = {}
end

local function first(cells, n)
  local kept = {}
  for i = 1, min(n, #cells) do kept[i] = cells[i] end
  return kept
end

function Table:row(row)
  self.fields:see(row)
  for _, cells in ipairs(self.fields:lines(row)) do self.lines[#self.lines + 1] = cells end
  if #self.lines >= PIECE then self:flush() end
end

function Table:flush()
  if #self.lines == 0 then return end
  local titles
  if not self.shown then
    self.shown = self:choose()
    titles = first(self.fields:titles(self.o.header), self.shown)
  end
  if self.folds then return self:fold() end
  local rows = {}
  for i, cells in ipairs(self.lines) do rows[i] = first(cells, self.shown) end
  self.lines = {}
  self.o.write(concat(columns.format(titles, rows, MOST, self.widths), "\n"), "\n")
end

function Table:finish()
  self:flush()
  if not self.shown then return self.o.say{ en = "no rows", zh = "没有数据" } end
  self.fields:tell_repeated(self.o.say)
  local count = self.fields:all()
  if self.shown < count then
    self.o.say({ en = "%d of %d fields are shown; --fields chooses them",
      zh = "仅显示 %d / %d 个字段，可用 --fields 选择（wdt fields 列出全部）" },
      self.shown, count)
  end
end

return M
