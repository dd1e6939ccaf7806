--- A table for people, in pieces, so that it needs no more memory than one of them. Later pieces
-- may be wider.
-- @module wdt.format.table
local columns = require "wdt.format.columns"
local fields = require "wdt.format.fields"
local preview = require "wdt.format.preview"
local setmetatable, concat, ipairs, min, max = setmetatable, table.concat, ipairs, math.min,
  math.max

local Table = {}
Table.__index = Table

local M = {}

-- Lines of a piece, and the width where there is no terminal that has one.
local PIECE, USUAL_WIDTH = 100, 120

-- Cells of one column, of one that is cut, and how few columns are better folded.
local MOST, SHORT, FEW = 32, 8, 3

--- @tparam table o `write`, `say`, what `wdt.format.fields.new` takes, `header`, `width` (of the
-- terminal)
function M.new(o)
  o.preview = true
  return setmetatable({ o = o, fields = fields.new(o), lines = {}, widths = {} }, Table)
end

local function is_name(self, i)
  return self.fields.preview and preview.NAMES[self.fields.columns[i].path]
end

-- The cells that a column takes where all of it is shown, and the fewest that it can do with: a
-- name can be cut, and so can a title above short values.
local function widths_of(self)
  local titles, whole, values, least = self.fields:titles(self.o.header), {}, {}, {}
  columns.format(titles, self.lines, MOST, whole)
  columns.format(nil, self.lines, MOST, values)
  for i = 1, #whole do
    if not self.fields.preview then
      least[i] = whole[i]
    elseif is_name(self, i) then
      least[i] = min(whole[i], SHORT)
    else
      least[i] = max(values[i], min(whole[i], SHORT))
    end
  end
  return whole, least
end

-- How many columns fit. Where the user chose them and they don't, or where nearly none do, rows are
-- folded.
function Table:choose()
  local count, sum, width = #self.fields.columns, 0, self.o.width
  local real = width and width > 0
  local whole, least = widths_of(self)
  if not real then width = USUAL_WIDTH end
  local shown = count
  for i = 1, count do
    sum = sum + least[i] + (i > 1 and 2 or 0)
    if sum > width then
      sum = sum - least[i] - 2
      shown = max(1, i - 1)
      break
    end
  end
  self.folds = real and shown < count and (self.o.fields and count > 1
    or self.fields.preview and shown < FEW)
  if self.folds then return count end
  self.titles, self.most = self.fields:titles(self.o.header), {}
  for i = 1, shown do -- room that is left goes to what is cut
    local cells = min(whole[i], least[i] + max(0, width - sum))
    sum = sum + cells - least[i]
    self.titles[i] = columns.clip(self.titles[i], cells)
    -- a later number that is longer stands out: none is cut
    self.most[i] = cells < whole[i] and is_name(self, i) and cells or MOST
  end
  return shown
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
    -- a value tells more than the end of its title
    local title = min(measured[1], max(SHORT, self.o.width - measured[2] - 2))
    for _, line in ipairs(columns.format(nil, rows, { title, self.o.width })) do
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
    titles = self.titles and first(self.titles, self.shown)
  end
  if self.folds then return self:fold() end
  local rows = {}
  for i, cells in ipairs(self.lines) do rows[i] = first(cells, self.shown) end
  self.lines = {}
  self.o.write(concat(columns.format(titles, rows, self.most, self.widths), "\n"), "\n")
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
