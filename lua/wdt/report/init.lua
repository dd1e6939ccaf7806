--- Reports of a copy in tables: views in its database, which any program reads.
--
--     local reports = assert(report.open "sqlite:erp.db")
--     assert(reports:make "daily_sales")                  -- CREATE VIEW report_daily_sales AS …
--     for row in assert(reports:rows("daily_sales", { from = "2026-11-01", to = "2026-11-30" })) do
--
-- The SQL stands in `views/`, one file for each dialect.
-- @module wdt.report
local database = require "wdt.sink.database"
local failure = require "wdt.sink.failure"
local json = require "wdt.json"
local misuse = require "wdt.error".misuse
local names = require "wdt.report.names"
local sink = require "wdt.sink"
local tables = require "wdt.report.tables"
local literal, quoted = database.literal, database.quoted
local assert, debug, io, ipairs, pairs, setmetatable, tonumber, type = assert, debug, io, ipairs,
  pairs, setmetatable, tonumber, type
local concat = table.concat

local M = { NAMES = names, ROLES = tables.ROLES }

local FOLDER = (debug.getinfo(1, "S").source:match "^@(.*)init%.lua$" or "./") .. "views/"

-- Files by the driver of LuaSQL.
local FILES = { sqlite3 = "sqlite", postgres = "postgres", mysql = "mysql" }

local NO_TABLES = { en = "reports are made of a copy in a database", zh = "报表只能由数据库中的副本生成" }

local Reports = {}
Reports.__index = Reports

-- Parts and reports of a dialect's file.
local function read_views(name)
  local found, into = { part = {}, report = {} }, nil
  for line in assert(io.lines(FOLDER .. name .. ".sql")) do
    local kind, word = line:match "^%-%- (%l+): ([%l_]+)$"
    if found[kind] then
      into = {}
      found[kind][word] = into
    elseif into then
      into[#into + 1] = line
    end
  end
  for _, texts in pairs(found) do
    for word, lines in pairs(texts) do texts[word] = (concat(lines, "\n"):gsub("%s+$", "")) end
  end
  return found.part, found.report
end

--- A report by its name.
-- @tparam string name
-- @treturn ?table see `wdt.report.names`
function M.find(name)
  for _, one in ipairs(names) do
    if one.name == name then return one end
  end
end

--- Opens the database of a copy.
-- @tparam string target as `wdt.sink` takes it
-- @tparam ?{string=string} wanted names of tables by role (`stockouts`, `refunds`, `stock`), where
-- several may be meant
-- @treturn Reports; or nil, err, code, zh
function M.open(target, wanted)
  local module = sink.find(target)
  if not module then misuse(2, "target", target, "a database: sqlite:FILE, …") end
  if module.keyless then return failure(NO_TABLES) end
  local opened, err, code, zh = sink.open(target, { name = "wdt_report", existing = true })
  if not opened then return nil, err, code, zh end
  local self = setmetatable({ sink = opened, wanted = wanted or {} }, Reports)
  self.dialect = FILES[opened.dialect.driver]
  self.parts, self.views = read_views(self.dialect)
  return self
end

-- Numbers out of a column of texts: NULL for what is none. PostgreSQL has them of any column: a
-- view is to outlast that it becomes one of texts (`wdt.sink.postgres`).
local NUMBERS = {
  sqlite = "CASE WHEN %s NOT GLOB '*[^-.0-9]*' THEN CAST(%s AS REAL) END",
  postgres = "CAST(substring(CAST(%s AS TEXT) FROM '^-?[0-9]+[.]?[0-9]*$') AS NUMERIC)",
  mysql = "CASE WHEN %s REGEXP '^-?[0-9]+[.]?[0-9]*$' THEN CAST(%s AS DECIMAL(26,8)) END" }

-- A number that no field tells.
local ABSENT = { sqlite = "CAST(NULL AS REAL)", postgres = "CAST(NULL AS NUMERIC)",
  mysql = "CAST(NULL AS DECIMAL(26,8))" }

-- Stands for a field that a table has not.
local function absent(one, fields, sign, dialect, found)
  if sign == "" then return "NULL" end
  if sign == "?" then return "0" end
  found.absent[one.name .. "." .. fields:match "^[^|]+"] = true
  return ABSENT[dialect]
end

-- The column of a field of a table, by its alias: the first of "x|y" that there is. As a number
-- where there is a sign: "#", or "?" of a field that may be absent. A column of texts that is to be
-- a number is noted.
local function column_of(one, alias, fields, sign, dialect, found)
  for field in fields:gmatch "[^|]+" do
    local column = one and one.fields[field]
    if column then
      local name = alias .. "." .. quoted(column.name)
      if sign == "" then return name end
      if column.kind == "text" then found.texts[one.name .. "." .. column.name] = true end
      if column.kind == "text" or dialect == "postgres" then
        name = NUMBERS[dialect]:gsub("%%s", function() return name end)
      end
      return "COALESCE(" .. name .. ", 0)"
    end
  end
  return absent(one, fields, sign, dialect, found)
end

-- Returns what stands in braces.
local function meaning(word, sign, one, dialect, found)
  local alias, fields = word:match "^([ab])%.(.+)$"
  if alias then
    return column_of(alias == "a" and one or one.lines, alias, fields, sign, dialect, found)
  end
  local name, what = word:match "^(%l+)%.(%l+)$"
  local meant = found[name or word]
  if not meant then return nil end
  if not name then return quoted(meant.name) end
  if what == "lines" then return quoted(meant.lines.name) end
  if what == "state" then
    return column_of(meant, "a", meant.list.state, sign, dialect, found)
  end
  if what == "amount" then
    return column_of(meant.lines, "b", meant.list.amount, sign, dialect, found)
  end
  return what == "join" and meant.join or meant.list[what]
end

-- Puts a copy's names into a text. Within a part, `a` is the table of the role that it names first,
-- `b` that of its lines.
local function filled(text, found, dialect)
  local one = found[text:match "FROM {(%l+)} a"]
  return (text:gsub("{([#?]?)([%w_.|]+)}", function(sign, word)
    return meaning(word, sign, one, dialect, found)
  end))
end

--- The query of a report.
-- @tparam string name
-- @treturn string SQL; or nil, err, code, zh
-- @treturn {string=table} the tables that it reads, by role; and `texts`, a set: columns of texts
-- that it takes for numbers, and `absent`, a set: fields that no table has, so that what they would
-- tell is NULL
function Reports:query(name)
  local report = M.find(name)
  if not report then misuse(2, "name", name, "a report's name") end
  local found, err, code, zh = tables.find(self.sink, report, self.wanted)
  if not found then return nil, err, code, zh end
  found.texts, found.absent = {}, {}
  local text = self.views[name]:gsub("{with (%l+)}(.-){end}", function(role, inner)
    return found[role] and inner or ""
  end)
  text = text:gsub("{(%l+)}", function(part)
    return self.parts[part] and filled(self.parts[part], found, self.dialect)
  end)
  return filled(text, found, self.dialect), found
end

--- The view of a report.
-- @tparam string name
-- @treturn string
function M.view(name)
  return "report_" .. name
end

--- The statements that make a report's view.
-- @tparam string name
-- @treturn {string...}; or nil, err, code, zh
-- @treturn {string=table} the tables that it reads, by role
function Reports:statements(name)
  local query, found, code, zh = self:query(name)
  if not query then return nil, found, code, zh end
  local view = quoted(M.view(name))
  if self.dialect == "mysql" then
    return { ("CREATE OR REPLACE VIEW %s AS\n%s"):format(view, query) }, found
  end
  return { "DROP VIEW IF EXISTS " .. view, ("CREATE VIEW %s AS\n%s"):format(view, query) }, found
end

--- Makes a report's view, or makes it anew.
-- @tparam string name
-- @treturn {string=table} the tables that it reads, by role; or nil, err, code, zh
function Reports:make(name)
  local list, found, code, zh = self:statements(name)
  if not list then return nil, found, code, zh end
  local ok, err
  ok, err, code, zh = self.sink:transact(function()
    return database.execute_all(self.sink.connection, list)
  end)
  if not ok then return nil, err, code, zh end
  return found
end

-- A cell as a text: a decimal with four places, which all databases round to.
local function cell(value, kind)
  if value == nil then return nil end
  if kind == "decimal" or kind == "count" then
    local number = tonumber(value)
    if type(value) == "number" or number and not value:find "^%-?%d+%.?%d*$" then
      return (kind == "count" and "%.0f" or "%.4f"):format(number)
    end
    if kind == "decimal" then
      local whole, part = value:match "^(%-?%d+)%.?(%d*)$"
      return whole .. "." .. (part .. "0000"):sub(1, 4)
    end
  end
  return type(value) == "number" and json.number(value) or value
end

--- Reads a report.
-- @tparam string name
-- @tparam ?table range `from` and `to`: days, included, of a report that has days
-- @treturn function an iterator: a table of texts by column, without those that are NULL; or nil,
-- err, code, zh
function Reports:rows(name, range)
  local report, where = M.find(name), {}
  local columns, order = {}, {}
  for i, column in ipairs(report.columns) do columns[i] = quoted(column[1]) end
  for i, column in ipairs(report.order) do order[i] = quoted(column) end
  for bound, sign in pairs{ from = ">=", to = "<=" } do
    local day = range and range[bound]
    if day then where[#where + 1] = ("day %s %s"):format(sign, literal(day)) end
  end
  self:end_cursor()
  local cursor, err, code, zh = database.execute(self.sink.connection,
    ("SELECT %s FROM %s%s ORDER BY %s"):format(concat(columns, ", "), quoted(M.view(name)),
    #where > 0 and " WHERE " .. concat(where, " AND ") or "", concat(order, ", ")))
  if not cursor then return nil, err, code, zh end
  self.cursor = cursor
  local values = {}
  return function()
    if self.cursor ~= cursor then return nil end -- ended, or another report is read now
    values = cursor:fetch(values, "n")
    if not values then return self:end_cursor() end
    local row = {}
    for i, column in ipairs(report.columns) do row[column[1]] = cell(values[i], column[3]) end
    return row
  end
end

--- Sums of a report of days, by day, without its view: nothing is made in the database.
-- @tparam string name
-- @tparam string account whose rows
-- @tparam table range `from` and `to`: days, included
-- @treturn {table...} texts by column, in order of `day`: only days with rows, only decimals; or
-- nil, err, code, zh
function Reports:by_day(name, account, range)
  local query, err, code, zh = self:query(name)
  if not query then return nil, err, code, zh end
  local columns, sums, list = {}, {}, {}
  for _, column in ipairs(M.find(name).columns) do
    if column[3] == "decimal" then
      columns[#columns + 1] = column[1]
      sums[#sums + 1] = ("ROUND(SUM(%s), 4)"):format(quoted(column[1]))
    end
  end
  local ok
  ok, err, code, zh = database.each_row(self.sink.connection, ("SELECT day, %s FROM (%s) wdt_days "
    .. "WHERE account = %s AND day >= %s AND day <= %s GROUP BY day ORDER BY day"):format(
    concat(sums, ", "), query, literal(account), literal(range.from), literal(range.to)),
    function(row)
      local one = { day = row[1] }
      for i, column in ipairs(columns) do one[column] = cell(row[1 + i], "decimal") end
      list[#list + 1] = one
    end)
  if not ok then return nil, err, code, zh end
  return list
end

-- A report that was read only in part leaves its cursor, with which no connection can be closed.
function Reports:end_cursor()
  if self.cursor then self.cursor:close() end
  self.cursor = nil
end

--- Idempotent.
function Reports:close()
  self:end_cursor()
  if self.sink then self.sink:close() end
  self.sink = nil
end

return M
