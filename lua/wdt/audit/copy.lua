--- The copy's side of an audit: what stands in its tables.
-- @module wdt.audit.copy
local beijing = require "wdt.beijing"
local database = require "wdt.sink.database"
local failure = require "wdt.sink.failure"
local sink = require "wdt.sink"
local tables = require "wdt.report.tables"
local kinds = require "wdt.sink.kinds"
local whole = require "wdt.whole"
local literal, quoted = database.literal, database.quoted
local concat, format, ipairs, pairs, setmetatable, tonumber, type = table.concat,
  string.format, ipairs, pairs, setmetatable, tonumber, type

local Copy = { version = kinds.version }
Copy.__index = Copy

local M = {}

local NONE = { en = "no table %s of wdt sync stands there (layout tables)",
  zh = "其中没有 wdt sync 建立的数据表 %s（layout=tables）" }
local NO_CLOCK = { en = "the table %s has no column %s", zh = "表 %s 没有列 %s" }

--- Opens the tables of a job.
-- @tparam string target
-- @tparam string name of the job
-- @tparam string account whose rows they are
-- @tparam table reads as `job:reads` tells it
-- @treturn Copy; or nil, err, code, zh
function M.open(target, name, account, reads)
  local opened, err, code, zh = sink.open(target, { name = name, existing = true,
    account = account })
  if not opened then return nil, err, code, zh end
  local self = setmetatable({ sink = opened, entry = reads.entry, lists = {},
    account = literal(account) }, Copy)
  local noted
  noted, err, code, zh = tables.noted(opened)
  local one = noted and noted[opened.name]
  if noted and not one then noted, err, code, zh = failure(NONE, opened.name, opened.name) end
  if noted and not one.fields[reads.clock] then
    noted, err, code, zh = failure(NO_CLOCK, opened.name, reads.clock)
  end
  if not noted then
    self:close()
    return nil, err, code, zh
  end
  self.table, self.clock = one, quoted(one.fields[reads.clock].name)
  for other, lines in pairs(noted) do
    local list = other:sub(1, #one.name + 1) == one.name .. "_" and other:sub(#one.name + 2)
    local depth = 0
    for _, own in ipairs(lines.own) do depth = depth + (own:find "^_[parent_]*n$" and 1 or 0) end
    if list and depth == 1 then self.lists[list] = lines end
  end
  return self
end

-- Rows of a query, as lists of texts.
function Copy:select(statement)
  local list = {}
  local ok, err, code, zh = database.each_row(self.sink.connection, statement, function(row)
    local one = {}
    for i in pairs(row) do one[i] = row[i] end
    list[#list + 1] = one
  end)
  if not ok then return nil, err, code, zh end
  return list
end

-- Rows of this account whose clock lies in a range; those that are gone too.
function Copy:within(start, stop)
  return format("a._account = %s AND a.%s >= %s AND a.%s < %s", self.account, self.clock,
    literal(beijing.format(start)), self.clock, literal(beijing.format(stop + 1)))
end

--- Counts the rows of a range.
-- @tparam integer start epoch seconds
-- @tparam integer stop included
-- @treturn integer; or nil, err, code, zh
function Copy:count(start, stop)
  local rows, err, code, zh = self:select(format("SELECT COUNT(*) FROM %s a WHERE %s AND "
    .. "a._deleted_at IS NULL", quoted(self.table.name), self:within(start, stop)))
  if not rows then return nil, err, code, zh end
  return tonumber(rows[1][1])
end

-- The parts of a row's identity as texts; one that is absent is empty, as in the tables.
local function parts_of(self, row)
  local parts = {}
  for i, id in ipairs(self.entry.ids) do
    local value = row[id]
    parts[i] = value == nil and "" or whole.text(value)
      or kinds.fit("text", value, self.sink.dialect)
  end
  return parts
end

--- The types that rows are to be read with, as a decoder takes them: the parts of an identity as
-- they were sent, since the tables hold 1.50 and a Lua number would be 1.5.
-- @treturn {string=string}
function Copy:types()
  local types = {}
  for _, id in ipairs(self.entry.ids) do types[id] = "decimal" end
  return types
end

--- The identity of a row as a text.
-- @tparam table row as the gateway sent it, read with those types
-- @treturn string
function Copy:id_of(row)
  return concat(parts_of(self, row), "\0")
end

-- The columns of the identity: themselves, and as texts.
local function columns_of(self)
  local names, texts = {}, {}
  for i, id in ipairs(self.entry.ids) do
    names[i] = "a." .. quoted(self.table.fields[id].name)
    texts[i] = self.sink.dialect.as_text:format(names[i])
  end
  return names, texts
end

-- Adds rows that a condition picks, with the number of their lines, to `found`.
function Copy:add(found, where)
  local n = #self.entry.ids
  local names, texts = columns_of(self)
  names, texts = concat(names, ", "), concat(texts, ", ")
  local rows, err, code, zh = self:select(format("SELECT a._modified, a._deleted_at, %s FROM %s a "
    .. "WHERE %s", texts, quoted(self.table.name), where))
  if not rows then return nil, err, code, zh end
  for _, row in ipairs(rows) do
    found[concat(row, "\0", 3, 2 + n)] = { version = row[1], deleted = row[2] ~= nil, lines = {} }
  end
  for list, lines in pairs(self.lists) do
    rows, err, code, zh = self:select(format("SELECT COUNT(*), %s FROM %s a JOIN %s b ON %s WHERE "
      .. "%s GROUP BY %s", texts, quoted(self.table.name), quoted(lines.name),
      tables.join(lines), where, names))
    if not rows then return nil, err, code, zh end
    for _, row in ipairs(rows) do
      local one = found[concat(row, "\0", 2, 1 + n)]
      if one then one.lines[list] = tonumber(row[1]) end
    end
  end
  return found
end

--- The rows of a range.
-- @tparam integer start epoch seconds
-- @tparam integer stop included
-- @treturn {string=table} by identity: `version`, `deleted`, `lines` (how many, by list); or nil,
-- err, code, zh
function Copy:rows(start, stop)
  return self:add({}, self:within(start, stop))
end

--- One row.
-- @tparam table row as the gateway sent it
-- @treturn ?table as `rows` has them; nil where there is none; or nil, err, code, zh
function Copy:find(row)
  local terms = { "a._account = " .. self.account }
  local _, texts = columns_of(self)
  for i, part in ipairs(parts_of(self, row)) do
    terms[#terms + 1] = texts[i] .. " = " .. literal(part)
  end
  local found, err, code, zh = self:add({}, concat(terms, " AND "))
  if not found then return nil, err, code, zh end
  return found[self:id_of(row)]
end

local function key_of(row)
  return concat({ row[1] or "", row[2] or "", row[3] or "" }, "\0")
end

--- Sums of a range by shop, warehouse and SKU, as the copy has them.
-- @tparam integer start epoch seconds
-- @tparam integer stop included
-- @treturn ?{string=number} quantities by "shop\0warehouse\0SKU"; nil where the copy has no such
-- columns; or nil, err, code, zh
function Copy:sales(start, stop)
  local lines, one = self.lists.details_list, self.table.fields
  local count = lines and (lines.fields.goods_count or lines.fields.num)
  if not (count and lines.fields.spec_no and one.shop_no and one.warehouse_no) then return nil end
  local names = format("a.%s, a.%s, b.%s", quoted(one.shop_no.name), quoted(one.warehouse_no.name),
    quoted(lines.fields.spec_no.name))
  local rows, err, code, zh = self:select(format("SELECT %s, SUM(b.%s) FROM %s a JOIN %s b ON %s "
    .. "WHERE %s AND a._deleted_at IS NULL GROUP BY %s", names, quoted(count.name),
    quoted(self.table.name), quoted(lines.name), tables.join(lines), self:within(start, stop),
    names))
  if not rows then return nil, err, code, zh end
  local sums = {}
  for _, row in ipairs(rows) do sums[key_of(row)] = tonumber(row[4]) end
  return sums
end

-- Kinds of columns whose values can be held against a row's.
local COMPARED = { text = true, int = true, decimal = true }

--- True if a field's values can be held against a row's.
-- @tparam string field
-- @treturn boolean
function Copy:compares(field)
  local column = self.table.fields[field]
  return column ~= nil and COMPARED[column.kind] or false
end

--- The types that rows are to be read with to be held against `sample`: every number that is
-- compared as the digits that were sent.
-- @treturn {string=string}
function Copy:sample_types()
  local types = self:types()
  for name, column in pairs(self.table.fields) do
    if COMPARED[column.kind] then types[name] = "decimal" end
  end
  return types
end

--- Rows at random.
-- @tparam integer n
-- @tparam string field to look them up by
-- @tparam integer start epoch seconds
-- @tparam integer stop included
-- @treturn {table} `{ number, id, version, day, cells }`, these by field, as texts; or nil, err,
-- code, zh
function Copy:sample(n, field, start, stop)
  local fields, columns = {}, {}
  local as_text = self.sink.dialect.as_text
  for name, column in pairs(self.table.fields) do
    if COMPARED[column.kind] then
      fields[#fields + 1] = name
      columns[#columns + 1] = as_text:format("a." .. quoted(column.name))
    end
  end
  local column = "a." .. quoted(self.table.fields[field].name)
  local _, texts = columns_of(self)
  local random = self.sink.dialect.driver == "mysql" and "RAND()" or "RANDOM()"
  local rows, err, code, zh = self:select(format("SELECT %s, a._modified, a.%s, %s, %s FROM %s a "
    .. "WHERE %s AND a._deleted_at IS NULL AND %s <> '' ORDER BY %s LIMIT %d",
    as_text:format(column), self.clock, concat(texts, ", "), concat(columns, ", "),
    quoted(self.table.name), self:within(start, stop), as_text:format(column), random, n))
  if not rows then return nil, err, code, zh end
  local list, ids = {}, #self.entry.ids
  for i, row in ipairs(rows) do
    local cells = {}
    for k, name in ipairs(fields) do cells[name] = row[3 + ids + k] end
    list[i] = { number = row[1], version = row[2], day = row[3]:sub(1, 10),
      id = concat(row, "\0", 4, 3 + ids), cells = cells }
  end
  return list
end

-- A number without the zeros that a database adds: what it writes as 1.5000 is 1.5.
local function least(text)
  local digits = text:match "^%-?%d+%.%d+$"
  if not digits then return text end
  digits = digits:gsub("0+$", ""):gsub("%.$", "")
  return digits == "-0" and "0" or digits
end

--- True where a value stands in a column as it was sent; as well where that can't be told, as of
-- half a character or a zero byte, which stand otherwise in a database. A column that became one
-- of texts holds earlier values as its database writes them.
-- @tparam string field one that `compares`
-- @param value read with the types of `sample_types`
-- @tparam ?string cell nil: NULL
-- @treturn boolean
function Copy:stands(field, value, cell)
  if value == nil or type(value) == "table" then return true end
  local expected = kinds.fit(self.table.fields[field].kind, value, self.sink.dialect)
  if expected == nil then return true end -- the column was of another kind when it came
  if expected == kinds.NULL or expected == "" then return cell == nil or cell == "" end
  if cell == nil then return false end
  return least(expected) == least(cell) or expected:find "%z" ~= nil
    or cell:find("\239\191\189", 1, true) ~= nil
end

--- Idempotent.
function Copy:close()
  if self.sink then self.sink:close() end
  self.sink = nil
end

return M
