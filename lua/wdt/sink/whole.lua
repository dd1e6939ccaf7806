--- A list that was read whole, put into its table: rows that are no longer in it are marked
-- (`_deleted_at`), those that came back are not any more, and a day's rows are kept beside.
--
-- All of it is one transaction of a sink of tables (`wdt.sink.sql`): after a kill at any moment,
-- the table is the old one or the new one.
-- @module wdt.sink.whole
local beijing = require "wdt.beijing"
local database = require "wdt.sink.database"
local failure = require "wdt.sink.failure"
local literal, quoted = database.literal, database.quoted
local ipairs, concat, time = ipairs, table.concat, os.time

local M = {}

-- The identities that a reading has shown; of this connection alone.
local SEEN = "_wdt_seen"

local NO_TABLES = { en = "what is read whole is kept in tables of a database: sqlite:, postgres:, "
  .. "mysql:, without layout=documents", zh = "整体读取的数据只能存入数据库表（sqlite:、postgres:、mysql:，"
  .. "且不用 layout=documents）" }

local RESTLESS = { en = "the columns of %s change without end", zh = "%s 的列不断变化" }

-- Identities that one statement notes.
local BATCH = 500

--- Sees that a sink can take a list whole.
-- @tparam Sink sink
-- @treturn boolean true; or nil, err, code, zh
function M.check(sink)
  if sink.tabular then return true end
  return failure(NO_TABLES)
end

-- Names of the columns that are the identity, quoted.
local function names_of(root)
  local names = {}
  for i, column in ipairs(root.ids) do names[i] = quoted(column.name) end
  return names
end

-- Kinds of the identity's columns.
local function kinds_of(root)
  local kinds = {}
  for i, column in ipairs(root.ids) do kinds[i] = column.kind end
  return kinds
end

-- Makes the table of what was seen, empty, with the identity's columns as they are now.
local function begin(sink)
  local root = sink.layout.root
  local names = concat(names_of(root), ", ")
  sink.seen_kinds = kinds_of(root)
  return database.execute_all(sink.connection, { "DROP TABLE IF EXISTS " .. SEEN,
    ("CREATE TEMPORARY TABLE %s AS SELECT %s FROM %s WHERE 1 = 0"):format(SEEN, names,
      quoted(root.name)), ("CREATE INDEX %s_ids ON %s (%s)"):format(SEEN, SEEN, names) })
end

-- Makes it anew, as texts, where an identity's columns have become texts meanwhile: PostgreSQL
-- compares no number with a text.
local function follow_kinds(sink)
  local root, changed, casts = sink.layout.root, false, {}
  local names, kinds = names_of(root), kinds_of(root)
  for i, name in ipairs(names) do
    local differs = kinds[i] ~= sink.seen_kinds[i]
    casts[i], changed = differs and sink.dialect.as_text:format(name) or name, changed or differs
  end
  if not changed then return true end
  local list = concat(names, ", ")
  sink.seen_kinds = kinds
  return database.execute_all(sink.connection, {
    ("CREATE TEMPORARY TABLE %s_new AS SELECT %s FROM %s WHERE 1 = 0"):format(SEEN, list,
      quoted(root.name)),
    ("INSERT INTO %s_new SELECT %s FROM %s"):format(SEEN, concat(casts, ", "), SEEN),
    "DROP TABLE " .. SEEN, ("ALTER TABLE %s_new RENAME TO %s"):format(SEEN, SEEN),
    ("CREATE INDEX %s_ids ON %s (%s)"):format(SEEN, SEEN, list) })
end

-- Notes identities.
local function note(sink, rows)
  local ok, err, code, zh = follow_kinds(sink)
  if not ok then return nil, err, code, zh end
  for first = 1, #rows, BATCH do
    local values = {}
    for i = first, #rows do
      if i >= first + BATCH then break end
      values[#values + 1] = "(" .. concat(rows[i].cells, ",") .. ")"
    end
    ok, err, code, zh = database.execute(sink.connection,
      ("INSERT INTO %s VALUES %s"):format(SEEN, concat(values, ",")))
    if not ok then return nil, err, code, zh end
  end
  return true
end

-- The condition that a row of the table was, or was not, seen.
local function seen_where(root, word)
  local terms = {}
  for i, name in ipairs(names_of(root)) do
    terms[i] = ("s.%s = %s.%s"):format(name, quoted(root.name), name)
  end
  return ("%s EXISTS (SELECT 1 FROM %s s WHERE %s)"):format(word, SEEN, concat(terms, " AND "))
end

-- How many rows a statement of UPDATE changed.
local function update(sink, assignment, condition)
  local root = sink.layout.root
  return database.execute(sink.connection, ('UPDATE %s SET "_deleted_at" = %s WHERE "_account" = '
    .. "%s AND %s"):format(quoted(root.name), assignment, sink.layout.account, condition))
end

-- Marks what was not seen, where the reading proves that it is gone, and clears the mark of what
-- was. Returns how many rows have gone and how many came back.
local function compare(sink, proved, seen)
  local root = sink.layout.root
  local back, err, code, zh = update(sink, "NULL", '"_deleted_at" IS NOT NULL AND '
    .. seen_where(root, ""))
  if not back then return nil, err, code, zh end
  if not proved or seen == 0 or sink.layout.refused > 0 then return { gone = 0, back = back } end
  local gone
  gone, err, code, zh = update(sink, literal(beijing.format(time())), '"_deleted_at" IS NULL AND '
    .. seen_where(root, "NOT"))
  if not gone then return nil, err, code, zh end
  return { gone = gone, back = back }
end

-- The rows by day: a table with a column `_day` and those of the list.
local function day_table(sink)
  return sink.layout.root.name .. "_by_day"
end

-- Makes it, or gives it the columns that it lacks. MySQL ends a transaction with each, so this is
-- done before it begins.
local function prepare_days(sink)
  local root, name = sink.layout.root, day_table(sink)
  local types, list = sink.dialect.types, {}
  local there, err, code, zh = sink:has(name)
  if there == nil then return nil, err, code, zh end
  if not there then
    list[1] = ("CREATE TABLE %s (%s %s NOT NULL)%s"):format(quoted(name), quoted "_day",
      sink.dialect.key or "TEXT", sink.dialect.options or "")
  end
  for _, column in ipairs(root.columns) do
    if not there or not sink:has_column(name, column.name) then
      local kind = column.key and column.kind == "text" and sink.dialect.key or types[column.kind]
      list[#list + 1] = ("ALTER TABLE %s ADD COLUMN %s %s"):format(quoted(name),
        quoted(column.name), kind)
    end
  end
  if not there then
    list[#list + 1] = ("CREATE INDEX %s ON %s (%s, %s)"):format(quoted(name .. "_day"),
      quoted(name), quoted "_account", quoted "_day")
  end
  return database.execute_all(sink.connection, list)
end

-- Replaces this day's rows. Columns may have been added since the day's table was looked at.
local function keep_day(sink, day)
  local ok, err, code, zh = prepare_days(sink)
  if not ok then return nil, err, code, zh end
  local root, names = sink.layout.root, {}
  for i, column in ipairs(root.columns) do names[i] = quoted(column.name) end
  names = concat(names, ", ")
  local account, target = sink.layout.account, quoted(day_table(sink))
  return database.execute_all(sink.connection, {
    ('DELETE FROM %s WHERE "_account" = %s AND "_day" = %s'):format(target, account, literal(day)),
    ('INSERT INTO %s ("_day", %s) SELECT %s, %s FROM %s WHERE "_account" = %s AND "_deleted_at" '
      .. "IS NULL"):format(target, names, literal(day), names, quoted(root.name), account) })
end

-- Puts rows into the table. MySQL commits what was written where columns change: rows are taken
-- back before, the change alone is committed, and the answer is "again".
local function put(sink, each_row)
  local n, restless = 0, false
  sink.layout.on_rows = function(rows)
    return note(sink, rows)
  end
  sink.layout.on_change = sink.dialect.inline_keys and function(how)
    sink.connection[how](sink.connection)
    restless = true
  end or nil
  local ok, err, code, zh = each_row(function(document)
    n = n + 1
    return sink.layout:row(document)
  end)
  if ok and not restless then ok, err, code, zh = sink.layout:flush() end
  sink.layout.on_rows, sink.layout.on_change = nil, nil
  if ok and restless then return "again" end
  if not ok then return nil, err, code, zh end
  return n
end

-- Times that rows are put again because columns changed.
local MOST = 20

-- Compares the table with the rows that were put there, and notes the reading in the ledger.
local function finish(sink, rows, reading)
  local result, err, code, zh = compare(sink, reading.proved and not reading.partial, rows)
  if not result then return nil, err, code, zh end
  local ok = true
  if reading.day and reading.proved then ok, err, code, zh = keep_day(sink, reading.day) end
  if ok then ok, err, code, zh = sink:settle(reading.line) end
  if not ok then return nil, err, code, zh end
  return result
end

-- Puts rows, compares, notes: what `put` returns, or "again".
local function attempt(sink, each_row, reading)
  local ok, err, code, zh = begin(sink)
  if not ok then return nil, err, code, zh end
  sink.layout.refused = 0
  local rows
  rows, err, code, zh = put(sink, each_row)
  if not rows or rows == "again" then return rows, err, code, zh end
  return finish(sink, rows, reading)
end

--- Puts a list into its table. It is safe once the state is saved by `sink:store()`, in the same
-- transaction.
-- @tparam Sink sink of tables, prepared
-- @tparam table state `committed` (readings before this one), `writer`
-- @tparam function each_row `(take)`: calls `take(document)` for each row, from the first on,
-- however often it is called; true, or what `take` returned, where that failed
-- @tparam table reading `proved` (true: the list is complete), `partial`
-- (true: it is of what was changed only, and nothing has gone by it), `line` (of the
-- ledger), `day` (keeps the rows by this day, "YYYY-MM-DD"; nil: no)
-- @treturn ?table `{ gone, back }`, rows; or nil, err, code, zh
function M.put(sink, state, each_row, reading)
  for _ = 1, MOST do
    local result
    local ok, err, code, zh = sink:begin(state.committed, state.writer)
    if ok and reading.day then
      ok, err, code, zh = sink:transact(function() return prepare_days(sink) end)
    end
    if ok then
      ok, err, code, zh = sink:transact(function()
        local why, word, text
        result, why, word, text = attempt(sink, each_row, reading)
        return result ~= nil or nil, why, word, text
      end, true)
    end
    if not ok then return nil, err, code, zh end
    if result ~= "again" then return result end
  end
  return failure(RESTLESS, sink.name, sink.name)
end

return M
