--- Finds the tables of a copy that a report reads: by the fields that they hold, whatever they are
-- called.
-- @module wdt.report.tables
local columns = require "wdt.sink.columns"
local database = require "wdt.sink.database"
local quoted = database.quoted
local failure = require "wdt.sink.failure"
local ipairs, pairs, concat, sort = ipairs, pairs, table.concat, table.sort

local M = {}

-- Roles, each with the fields that its table has; `lists`: those that may hold its lines, with what
-- differs between them: `state`, a field, and `dead`, its values of what was cancelled; `amount`,
-- fields. `method`: what to copy where it is missing.
M.ROLES = {
  stockouts = { fields = { "consign_time", "status", "shop_no", "logistics_no" },
    lists = { details_list = { fields = { "spec_no", "share_amount" } } } },
  refunds = { fields = { "refund_no", "type", "shop_no" },
    lists = {
      refund_order_list = { fields = { "spec_no", "refund_num" }, state = "process_status",
        dead = "10, 40", amount = "refund_order_amount|total_amount" },
      detail_list = { fields = { "spec_no", "refund_num" }, state = "status", dead = "10",
        amount = "refund_amount|total_amount" } } },
  stock = { fields = { "spec_no", "stock_num", "warehouse_no" } },
}

local NO_COPY = { en = "no tables of wdt sync stand there", zh = "其中没有 wdt sync 建立的数据表" }
local MISSING = { en = "%s: no copy of %s stands there; see wdt sync --what, docs/tables.md",
  zh = "%s：其中没有 %s 的副本；参见 wdt sync --what 与 docs/tables.md" }
local SEVERAL = { en = "several tables hold %s: choose one, --table %s=NAME (%s)",
  zh = "有多个数据表含有 %s：请用 --table %s=表名 选择（%s）" }
local NO_FIELD = { en = "%s: the table %s has no field %s, without which there is no such report",
  zh = "%s：表 %s 中没有字段 %s，无法生成此报表" }
local NOT_IT = { en = "the table %s holds no %s", zh = "表 %s 中没有 %s" }

--- The tables of a copy, as `_wdt_columns` notes them.
-- @tparam Sink sink of `wdt.sink.sql`
-- @treturn table name -> `{ name, fields = field -> { name, kind }, own = names of columns without
-- a field }`; or nil, err, code, zh
function M.noted(sink)
  local there, err, code, zh = sink:has(columns.COLUMNS)
  if there == nil then return nil, err, code, zh end
  if not there then return failure(NO_COPY) end
  local tables = {}
  local ok
  ok, err, code, zh = database.each_row(sink.connection, ("SELECT table_name, field, column_name, "
    .. "kind FROM %s"):format(columns.COLUMNS), function(row)
    local one = tables[row[1]] or { name = row[1], fields = {}, own = {} }
    tables[row[1]] = one
    if row[2] ~= "" then
      one.fields[row[2]] = { name = row[3], kind = row[4] }
    else
      one.own[#one.own + 1] = row[3]
    end
  end)
  if not ok then return nil, err, code, zh end
  return tables
end

local function has_all(one, fields)
  for _, field in ipairs(fields) do
    if not one.fields[field] then return false end
  end
  return true
end

--- The columns that join a table (`a`) and that of its lines (`b`): the account and the identity.
-- @tparam table lines as `noted` tells it
-- @treturn string SQL
function M.join(lines)
  local terms = { "b._account = a._account" }
  for _, name in ipairs(lines.own) do
    if name ~= "_account" and not name:find "^_[parent_]*n$" then
      terms[#terms + 1] = ("b.%s = a.%s"):format(quoted(name), quoted(name:sub(2)))
    end
  end
  return concat(terms, " AND ")
end

-- A table in a role: `{ name, fields, lines, join, list }`; nil where it is not of it.
local function in_role(tables, one, role)
  local has_row = false
  for _, name in ipairs(one.own) do has_row = has_row or name == "_modified" end
  if not has_row or not has_all(one, role.fields) then return nil end
  if not role.lists then return { name = one.name, fields = one.fields } end
  for list, more in pairs(role.lists) do
    local lines = tables[one.name .. "_" .. list]
    if lines and has_all(lines, more.fields) then
      return { name = one.name, fields = one.fields, lines = lines, join = M.join(lines),
        list = more }
    end
  end
end

-- The table of a role; false where there is none; nil, err, code, zh where it can't be told.
local function choose(sink, tables, name, wanted)
  local role, found, names = M.ROLES[name], {}, {}
  for other, one in pairs(tables) do
    local fits = (not wanted or wanted == other) and in_role(tables, one, role)
    if fits and sink:has(other) then
      found[other], names[#names + 1] = fits, other
    end
  end
  if wanted and not found[wanted] then return failure(NOT_IT, wanted, name) end
  if found[name] then return found[name] end
  if #names < 2 then return found[names[1]] or false end
  sort(names)
  return failure(SEVERAL, name, name, concat(names, ", "))
end

-- Sees that the tables have the fields without which a report would tell nothing: true; or nil,
-- err, code, zh.
local function check_fields(report, by_role)
  for role, wanted in pairs(report.requires or {}) do
    local one = by_role[role]
    for _, word in ipairs(one and wanted or {}) do
      local alias, fields = word:match "^([ab])%.(.+)$"
      local inside, there = alias == "a" and one or one.lines, false
      for field in fields:gmatch "[^|]+" do there = there or inside.fields[field] ~= nil end
      if not there then
        return failure(NO_FIELD, report.name, inside.name, (fields:gsub("|", ", ")))
      end
    end
  end
  return true
end

--- Finds the tables of a report.
-- @tparam Sink sink of `wdt.sink.sql`
-- @tparam table report see `wdt.report.names`
-- @tparam {string=string} wanted tables' names by role
-- @treturn ?{string=table} `{ name, fields, lines, join, list }` by role; a role that the report
-- only uses may be missing; or nil, err, code, zh
function M.find(sink, report, wanted)
  local tables, err, code, zh = M.noted(sink)
  if not tables then return nil, err, code, zh end
  local by_role = {}
  for _, roles in ipairs{ report.needs, report.uses or {} } do
    for _, name in ipairs(roles) do
      local one
      one, err, code, zh = choose(sink, tables, name, wanted[name])
      if one == nil then return nil, err, code, zh end
      if not one and roles == report.needs then
        return failure(MISSING, report.name, name)
      end
      by_role[name] = one or nil
    end
  end
  local ok
  ok, err, code, zh = check_fields(report, by_role)
  if not ok then return nil, err, code, zh end
  return by_role
end

return M
