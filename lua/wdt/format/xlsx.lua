--- A workbook of Excel, through libxlsxwriter, which `wdt.xlsx` is built with where it is
-- installed. Memory does not grow with the rows. The file is there once all of them are: it can't
-- be written on, and not into a pipe.
--
-- Excel keeps 15 digits of a number. So a number is one in its cell only where nothing is lost:
-- amounts and quantities by the schema, and what the gateway sends as a number, up to 15 digits.
-- Identities, order numbers and all other text are text cells: none is rounded, loses zeros or
-- becomes a formula.
-- @module wdt.format.xlsx
local fields = require "wdt.format.fields"
local pcall, require, setmetatable, tonumber, type, ipairs = pcall, require, setmetatable, tonumber,
  type, ipairs

local M = { whole = true }

--- Said where the C module is missing.
M.MISSING = {
  en = "xlsx takes libxlsxwriter, which this wdt was built without; do: apt-get install "
    .. "libxlsxwriter-dev, and build wdt again",
  zh = "xlsx 需要 libxlsxwriter，当前 wdt 编译时没有它；请执行 apt-get install libxlsxwriter-dev 后重新编译 wdt" }

local DIGITS = 15

-- Kinds of fields that hold amounts: what people add up.
local AMOUNTS = { decimal = true, count = true }

-- A text may look like an escape of the format and be none: "_x0041_" would be read as "A".
local function escaped(text)
  if not text:find("_x", 1, true) then return text end
  return (text:gsub("_(x%x%x%x%x)%f[_]", "_x005F_%1"))
end

--- A number that Excel keeps whole, or nil.
-- @tparam string text
-- @treturn ?number
function M.number(text)
  local whole, part = text:match "^%-?(%d+)%.?(%d*)$"
  if not whole or whole:find "^0%d" or text:find "%.$" then return nil end
  part = part:gsub("0+$", "")
  if #(whole .. part):gsub("^0+", "") > DIGITS then return nil end
  return tonumber(text)
end

--- A value as a cell: a number, or a text.
-- @param value
-- @tparam table column `kind`: of its field
-- @treturn number|string
function M.cell(value, column)
  local text = fields.text(value)
  local number = (type(value) == "number" or AMOUNTS[column.kind]) and M.number(text)
  return number or escaped(text)
end

--- The C module; nil where it is missing.
-- @treturn ?table
function M.module()
  local loaded, xlsx = pcall(require, "wdt.xlsx")
  return loaded and xlsx or nil
end

--- Begins a workbook.
-- @tparam string path
-- @tparam {string} titles what stands above the columns
-- @tparam ?integer rows of a sheet, its heading among them; else as many as Excel takes
-- @treturn ?Book `row(cells, n)` takes texts and numbers, nil for an empty cell; `close()` writes
-- the file; `free()` gives everything back, idempotent. The first two return nil and what is wrong
-- @treturn ?string what is wrong
-- @treturn ?string in Chinese, where that is known
function M.book(path, titles, rows)
  local xlsx = M.module()
  if not xlsx then return nil, M.MISSING.en, M.MISSING.zh end
  local heads = {}
  for i, title in ipairs(titles) do heads[i] = escaped(title) end
  if #heads == 0 then heads[1] = "" end -- neither rows nor a schema
  return xlsx.new(path, heads, rows)
end

local Xlsx = { whole = true }
Xlsx.__index = Xlsx

--- @tparam table o `path` (of the file), `fail` (told what is wrong, `{ en, zh }`; does not
-- return), `say`, what `wdt.format.fields.new` takes, `header` (`"name"` or `"label"`), `book` (in
-- place of `book` here)
function M.new(o)
  o.cell = M.cell
  local self = setmetatable({ o = o, fields = fields.new(o) }, Xlsx)
  if not M.module() then o.fail(M.MISSING) end -- before anything is read
  return self
end

function Xlsx:check(ok, err, zh)
  if not ok then self.o.fail{ en = err, zh = zh or err } end
  return ok
end

function Xlsx:begin()
  self.book = self.book or self:check((self.o.book or M.book)(self.o.path,
    self.fields:titles(self.o.header)))
end

function Xlsx:row(row)
  self.fields:see(row)
  self:begin()
  for _, cells in ipairs(self.fields:lines(row)) do self:check(self.book:row(cells, #cells)) end
end

function Xlsx.flush() end

function Xlsx:finish()
  if not self.fields.columns then self.fields:see{} end
  self:begin()
  self:check(self.book:close())
  self.fields:tell(self.o.say)
end

return M
