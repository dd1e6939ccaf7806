--- CSV as RFC 4180 describes it, which spreadsheets open without running anything in it.
-- @module wdt.format.csv
local core = require "wdt.native".load "wdt.core"
local fields = require "wdt.format.fields"
local setmetatable, type, pairs, ipairs, concat = setmetatable, type, pairs, ipairs, table.concat

local Csv = {}
Csv.__index = Csv

local M = { documents = true }

local BOM = "\239\187\191"

-- A spreadsheet takes a text that begins like this for a formula, a Chinese one also where it
-- begins with a wide =, +, - or @; a plain number is none.
local function defused(text)
  if text:find "^\239\188[\139\141\157\160]" or text:find "^[%c=+@-]"
  and not text:find "^[+-]?%d+%.?%d*$" then
    return "'" .. text
  end
  return text
end

-- Digits that a spreadsheet would round (it keeps 15), or whose zeros it would drop.
local function is_long(text)
  return text:find "^%d+$" ~= nil and (#text > 15 or #text > 1 and text:find "^0" ~= nil)
end

--- A cell of a line.
-- @tparam string text
-- @tparam ?boolean excel whether digits that Excel would alter are written as `="…"`
-- @treturn string
function M.cell(text, excel)
  text = excel and is_long(text) and '="' .. text .. '"' or defused(text)
  if text:find '[",\r\n]' then return '"' .. text:gsub('"', '""') .. '"' end
  return text
end

--- @tparam table o `write`, `say`, what `wdt.format.fields.new` takes, `header` (`"name"` or
-- `"label"`), `bom`, `excel`, `continued` (the head is there); `damaged(err, code)` is told of a
-- row that came as bytes and is no JSON
function M.new(o)
  return setmetatable({ o = o, fields = fields.new(o), begun = o.continued }, Csv)
end

function Csv:line(cells)
  for i, text in ipairs(cells) do cells[i] = M.cell(text, self.o.excel) end
  self.o.write(concat(cells, ","), "\r\n")
end

function Csv:begin()
  if self.begun then return end
  self.begun = true
  if self.o.bom or self.o.excel then self.o.write(BOM) end
  self:line(self.fields:titles(self.o.header))
end

-- Nearly all rows are written in C (csrc/core/formatter.c, by the rules above), from a table or
-- from the bytes that came. Left to Lua are a row with a table in a cell, which is written as JSON,
-- and one that is refused.
function Csv:text_of(row)
  local known = self.fields
  self.formatter = self.formatter or core.formatter(known:paths(), { explode = known.explode,
    excel = self.o.excel, any = known.chosen })
  return self.formatter:csv(row)
end

-- A row's table. Its names are admitted afterwards: from then on, rows that hold no other ones are
-- written from their bytes.
function Csv:decoded(document)
  self.decoder = self.decoder or core.decoder{ path = "rows" }
  self.decoder:reset()
  self.decoder:feed('{"rows":[' .. document .. "]}")
  local row, err, code = self.decoder:next()
  if row == nil then return nil, err or "syntax: a row is not complete", code or "syntax" end
  return row
end

function Csv:admit(row)
  for name in pairs(row) do
    if not self.fields.names[name] then self.formatter:admit(name) end
  end
end

--- Takes a row.
-- @tparam table|string row a table, or its JSON
function Csv:row(row)
  local document = type(row) == "string" and row
  if document then
    local text = self.formatter and self.formatter:csv(document)
    if text then return self.o.write(text) end
    local err, code
    row, err, code = self:decoded(document)
    if not row then return self.o.damaged(err, code) end
  end
  self.fields:see(row)
  local text = self:text_of(row)
  if document then self:admit(row) end
  local lines = not text and self.fields:lines(row)
  self:begin()
  if text then return self.o.write(text) end
  for _, cells in ipairs(lines) do self:line(cells) end
end

function Csv.flush() end

function Csv:finish()
  -- a table without rows has a head all the same
  if not self.fields.columns then self.fields:see{} end
  self:begin()
  self.fields:tell(self.o.say)
end

return M
