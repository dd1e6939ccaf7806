--- Rows laid out as tables: one for the list, one for each list within it, with a typed column for
-- each field (`docs/tables.md`).
--
-- Rows are gathered as the bytes that came, and taken apart some hundred at a time: what is not
-- newer than what stands there is left out; of the others, the lists within are replaced together
-- with the row. A field that has no column gets one, a column that a value does not fit becomes one
-- of texts, and the rows are laid out again: no value is changed, cut or left out. A row that the
-- database refuses all the same is kept aside in `_wdt_rejects`.
-- @module wdt.sink.tables
local beijing = require "wdt.beijing"
local columns = require "wdt.sink.columns"
local core = require "wdt.native".load "wdt.core"
local database = require "wdt.sink.database"
local escapes = require "wdt.sink.escapes"
local failure = require "wdt.sink.failure"
local batch = require "wdt.sink.batch"
local laying = require "wdt.sink.laying"
local passes = require "wdt.sink.passing"
local plan = require "wdt.sink.plan"
local literal, quoted = database.literal, database.quoted
local setmetatable, ipairs, next, select, concat = setmetatable, ipairs, next, select,
  table.concat
local unpack = table.unpack or unpack -- luacheck: ignore 143 113
local find, floor, min, time = string.find, math.floor, math.min, os.time

local Layout = {}
Layout.__index = Layout

local M = { REJECTS = "_wdt_rejects" }

-- Bytes of JSON that are taken apart at once: of SQL a statement is made of them, which the server
-- must take; a connection that takes rows as they are laid out has no such limit.
local BATCH, LARGE_BATCH = 262144, 2097152

-- Times that rows are laid out again because columns changed: a list may hold a list.
local MOST_CHANGES = 20

local TOO_LARGE = { en = "it is larger than the server's packets (max_allowed_packet = %d)",
  zh = "超过服务器的 max_allowed_packet = %d" }
local RESTLESS = { en = "the columns of %s change without end", zh = "%s 的列不断变化" }

-- The tables --------------------------------------------------------------------------------------

-- Visits a table and those of the lists within.
local function each(owner, visit)
  local ok, err, code, zh = visit(owner)
  if not ok then return nil, err, code, zh end
  for _, list in next, owner.lists do
    ok, err, code, zh = each(list, visit)
    if not ok then return nil, err, code, zh end
  end
  return true
end

-- Makes tables for the lists that are known.
local function add_lists(owner)
  for name, field in next, owner.known do
    if field.fields then add_lists(columns.child(owner, name)) end
  end
end

-- Makes a table, or reads how it stands there.
function Layout:make_table(owner)
  local there, err, code, zh = self.sink:has(owner.name)
  if there == nil then return nil, err, code, zh end
  if not there then return database.execute_all(self.sink.connection, owner:creation()) end
  local changed
  changed, err, code, zh = owner:load()
  if changed == nil then return nil, err, code, zh end
  return true
end

--- Makes the tables that are not there.
-- @treturn boolean true; or nil, err, code, zh
function Layout:make()
  local sink = self.sink
  local dialect, key = sink.dialect, sink.dialect.key or "TEXT"
  local ok, err, code, zh = database.execute_all(sink.connection, { columns.create(dialect),
    ("CREATE TABLE IF NOT EXISTS %s (job %s NOT NULL, identity %s NOT NULL, reason %s, document "
      .. "%s, rejected_at %s, PRIMARY KEY (job, identity))%s"):format(M.REJECTS, key, key,
      dialect.types.text, dialect.types.text, dialect.types.datetime, dialect.options or "") })
  if not ok then return nil, err, code, zh end
  self.account = dialect.text_literal(sink.account or "")
  self.root = columns.root(sink.name, { dialect = dialect, connection = sink.connection,
    longest = dialect.longest_name or 200 }, sink.entry, sink.fields or {}, sink.wants_document)
  add_lists(self.root)
  ok, err, code, zh = each(self.root, function(owner) return self:make_table(owner) end)
  self:prepare()
  return ok, err, code, zh
end

-- Reads again how the tables stand there, which another job may have changed. True where something
-- changed; nil, err, code, zh on failure.
function Layout:reload()
  local any = false
  local ok, err, code, zh = each(self.root, function(owner)
    local changed, why, word, text = owner:load()
    if changed == nil then return nil, why, word, text end
    any = any or changed
    return true
  end)
  if not ok then return nil, err, code, zh end
  self:prepare()
  return any
end

-- Rows --------------------------------------------------------------------------------------------

-- Makes what takes rows apart, for the columns as they are now: `layer` for rows that fit them,
-- `decoder` for the others.
function Layout:prepare()
  if self.decoder then self.decoder:close() end
  if self.layer then self.layer:close() end
  self.decoder = core.decoder{ path = "rows", types = self.root:types() }
  self.layer, self.places = plan.laying(self.root, self.sink.dialect, self.sink.entry.modified)
end

-- Terms of a condition in one pair of brackets: SQLite takes no more than 1000 in a row.
local JOINED = 100

-- Terms joined by OR, so many at a time.
local function any_of(terms)
  local groups = {}
  for first = 1, #terms, JOINED do
    groups[#groups + 1] = "("
      .. concat(terms, " OR ", first, min(first + JOINED - 1, #terms)) .. ")"
  end
  return "(" .. concat(groups, " OR ") .. ")"
end

-- The condition that picks rows out by their identity, in a table whose columns are `names`.
local function where(rows, names, account)
  local parts = {}
  for i, one in ipairs(rows) do
    if #names == 1 then
      parts[i] = one.cells[1]
    else
      local terms = {}
      for k, name in ipairs(names) do terms[k] = name .. " = " .. one.cells[k] end
      parts[i] = "(" .. concat(terms, " AND ") .. ")"
    end
  end
  local ids = #names == 1 and names[1] .. " IN (" .. concat(parts, ",") .. ")"
    or any_of(parts)
  return ' WHERE "_account" = ' .. account .. " AND " .. ids
end

-- Those of the rows that are newer than what stands there; which of them replace something is
-- noted.
function Layout:newer(rows)
  if #rows == 0 then return rows end
  local root, names, texts, found = self.root, {}, {}, {}
  for i, column in ipairs(root.ids) do
    names[i] = quoted(column.name)
    texts[i] = self.sink.dialect.as_text:format(names[i])
  end
  local ok, err, code, zh = database.each_row(self.sink.connection,
    ('SELECT "_modified", "_deleted_at", %s FROM %s'):format(concat(texts, ", "),
    quoted(root.name)) .. where(rows, names, self.account), function(row)
    found[concat(row, "\0", 3, 2 + #names)] = { row[1], row[2] }
  end)
  if not ok then return nil, err, code, zh end
  local list = {}
  for _, one in ipairs(rows) do
    local there = found[one.id]
    one.replaces = there ~= nil
    if not there or one.version > there[1] or one.version == ""
      or (there[2] or self.sink.repairs) and one.version == there[1] then
      list[#list + 1] = one
    end
  end
  return list
end

-- Lays out in Lua the rows that are not laid out, until no column has to change for it.
function Layout:fill(rows)
  local root = self.root
  for _ = 1, MOST_CHANGES do
    each(root, function(owner)
      owner.rows = {}
      return true
    end)
    local write = self.laying.write
    local now, account = write(beijing.format(time())), write(self.sink.account or "")
    for _, one in ipairs(rows) do
      if not one.at then
        local extra = { [root.modified.at] = write(one.version), [root.read_at.at] = now }
        if root.document then
          extra[root.document.at] = write(self.sink.dialect.clean(one.document))
        end
        self.laying:put(root, one.row, { account, unpack(one.keys) }, nil, extra)
      end
    end
    if #self.laying.changes == 0 then return true end
    local ok, err, code, zh = self:apply()
    if ok then ok, err, code, zh = self:again() end
    if not ok then return nil, err, code, zh end
  end
  return failure(RESTLESS, self.sink.name)
end

-- Reads the batch's rows again, as the columns are now: all of them, for what was laid out is gone.
function Layout:again()
  local documents, rows = {}, self.batch
  for i, one in ipairs(rows) do documents[i] = one.document end
  local read, err = batch.decode(self, documents)
  if not read then return failure(batch.NO_ROW, err, err) end
  for i, one in ipairs(rows) do
    one.row, one.at = read[i], nil
    one.id, one.cells, one.keys = self.laying:identify(self.root, read[i])
  end
  return true
end

-- Changes of columns ------------------------------------------------------------------------------

function Layout:run(owner, list, err, code, zh)
  if not list then return nil, err, code, zh end
  local ok
  ok, err, code, zh = database.execute_all(self.sink.connection, list)
  if not ok then return nil, err, code, zh end
  return owner
end

-- Makes a column one of texts, and with a part of the identity those that refer to it.
function Layout:retype(owner, column)
  local from = column.kind
  if from == "text" then return true end
  return each(owner, function(one)
    for _, other in ipairs(one.columns) do
      if other == column or column.key and other.of == column then
        local ok, err, code, zh = self:run(one, one:retype(other))
        if not ok then return nil, err, code, zh end
        self.sink.emit("column_retyped", { table = one.name, column = other.name, from = from,
          to = "text" })
      end
    end
    return true
  end)
end

function Layout:extend(owner, field)
  if owner.by_field[field] then return true end
  local column = owner:column_for(field)
  local there = self.sink:has_column(owner.name, column.name)
  local ok, err, code, zh = self:run(owner, owner:extension(column, there))
  if not ok then return nil, err, code, zh end
  self.sink.emit("column_added", { table = owner.name, column = column.name, kind = column.kind })
  return true
end

-- Makes a table for a list that is seen for the first time.
function Layout:extend_list(owner, field)
  if owner.lists[field] then return true end
  local list = columns.child(owner, field)
  add_lists(list)
  self.sink.emit("table_added", { table = list.name })
  return each(list, function(one) return self:make_table(one) end)
end

-- Makes the changes that were noted. Another job of this table may have made them: that is looked
-- at first.
function Layout:apply()
  local changes = self.laying.changes
  self.laying.changes = {}
  if self.on_change then self.on_change("rollback") end
  local changed, err, code, zh = self:reload()
  if changed == nil then return nil, err, code, zh end
  for _, change in ipairs(changes) do
    local owner, field, what = change[1], change[2], change[3]
    local ok
    if what == "list" then
      ok, err, code, zh = self:extend_list(owner, field)
    elseif what then
      ok, err, code, zh = self:retype(owner, owner.by_field[field])
    else
      ok, err, code, zh = self:extend(owner, field)
    end
    if not ok then return nil, err, code, zh end
  end
  if self.on_change then self.on_change("commit") end
  self:prepare()
  return true
end

-- Into the database -------------------------------------------------------------------------------

function Layout:reject(document, id, words, reason)
  self.refused = (self.refused or 0) + 1
  self.rejected[#self.rejected + 1] = { document, id, words.en:format(reason) }
end

-- Writes rows that were refused aside.
function Layout:keep_rejected()
  local dialect, now = self.sink.dialect, literal(beijing.format(time()))
  for _, one in ipairs(self.rejected) do
    local document, name = dialect.clean(one[1]), one[2]
    name = (name or core.md5(document)):gsub("%z", " "):sub(1, 180)
    if #document > (dialect.statement or BATCH * 64) / 2 then document = "" end
    local ok, err, code, zh = database.execute_all(self.sink.connection, {
      ("DELETE FROM %s WHERE job = %s AND identity = %s"):format(M.REJECTS, literal(self.sink.key),
        dialect.text_literal(name)),
      ("INSERT INTO %s VALUES (%s, %s, %s, %s, %s)"):format(M.REJECTS, literal(self.sink.key),
        dialect.text_literal(name), literal(one[3]), dialect.text_literal(document), now) })
    if not ok then return nil, err, code, zh end
    self.sink.emit("row_rejected", { table = self.sink.name, identity = name, error = one[3] })
  end
  self.rejected = {}
  return true
end

-- Statements that put what was laid out into the tables.
function Layout:statements(rows)
  local list, replaced, laid, root = {}, {}, {}, self.root
  for _, one in ipairs(rows) do
    laid[#laid + 1] = one.at
    if one.replaces or self.sink.repairs then replaced[#replaced + 1] = one end
  end
  each(root, function(owner)
    if owner ~= root and #replaced > 0 then
      local names = {}
      for i in ipairs(root.ids) do names[i] = quoted(owner.columns[1 + i].name) end
      list[#list + 1] = "DELETE FROM " .. quoted(owner.name) .. where(replaced, names,
        self.account)
    end
    local replaces = owner == root and #replaced > 0
    if #owner.rows > 0 then list[#list + 1] = owner:insertion(replaces) end
    if #laid > 0 then
      owner:insert_laid(list, self.layer, self.places[owner], laid, replaces)
    end
    return true
  end)
  return list
end

-- Puts rows into the tables, or none of them. True; false, err, code, zh where the database refuses
-- them; nil, err, code, zh where it does not answer, or where that is no row's fault.
function Layout:attempt(rows)
  local connection = self.sink.connection
  local ok, err, code, zh = self:fill(rows)
  if not ok then return nil, err, code, zh end
  local list, packet = self:statements(rows), self.sink.dialect.packet
  for _, statement in ipairs(packet and list or {}) do -- the server would hang up
    if #statement >= packet then return false, select(2, failure(TOO_LARGE, packet, packet)) end
  end
  ok, err, code, zh = database.execute(connection, "SAVEPOINT wdt_rows")
  if not ok then return nil, err, code, zh end
  ok, err, code, zh = database.execute_all(connection, list)
  if ok then
    ok, err, code, zh = database.execute(connection, "RELEASE SAVEPOINT wdt_rows")
    if ok then return true end
    return nil, err, code, zh
  end
  if passes(err)
    or not database.execute(connection, "ROLLBACK TO SAVEPOINT wdt_rows") then
    return nil, err, code, zh
  end
  return false, err, code, zh
end

-- Puts rows into the tables; halves them where the database refuses them, until the one is found
-- that it refuses. How many it took; or nil, err, code, zh, also where that is no row's fault.
function Layout:divide(rows)
  local ok, err, code, zh = self:attempt(rows)
  if ok == nil then return nil, err, code, zh end
  if ok then return #rows end
  if #rows == 1 then
    self:reject(rows[1].document, rows[1].id, { en = "%s" }, (err:gsub("^output: ", "")))
    return 0, err, code, zh
  end
  local taken, middle = 0, floor(#rows / 2)
  for _, span in ipairs{ { 1, middle }, { middle + 1, #rows } } do
    local part = {}
    for i = span[1], span[2] do part[#part + 1] = rows[i] end
    local n
    n, err, code, zh = self:divide(part)
    if not n then return nil, err, code, zh end
    taken = taken + n
  end
  return taken, err, code, zh
end

--- Puts the rows that were gathered into the tables.
-- @treturn boolean true; or nil, err, code, zh
function Layout:flush()
  local documents = self.pending
  if #documents == 0 then return true end
  self:reset()
  local rows = batch.read(self, documents)
  local ok, err, code, zh
  if #self.laying.changes > 0 then -- an identity that no longer fits its column
    ok, err, code, zh = self:apply()
    self.batch = rows
    if ok then ok, err, code, zh = self:again() end
    if not ok then return nil, err, code, zh end
  end
  if self.on_rows then
    ok, err, code, zh = self.on_rows(rows)
    if not ok then return nil, err, code, zh end
  end
  rows, err, code, zh = self:newer(rows)
  if not rows then return nil, err, code, zh end
  self.batch = rows
  local taken = #rows
  if taken > 0 then taken, err, code, zh = self:divide(rows) end
  -- A database that refuses every row is in trouble itself.
  if not taken or taken == 0 and #rows > 1 then return nil, err, code, zh end
  return self:keep_rejected()
end

--- Forgets rows that were not flushed; after a rollback, how the tables stood before it as well.
-- @tparam ?boolean rolled_back
-- @treturn boolean true; or nil, err, code, zh
function Layout:reset(rolled_back)
  self.pending, self.bytes, self.rejected, self.laying.changes = {}, 0, {}, {}
  if not rolled_back or not self.root then return true end
  return self:make()
end

--- Takes a row.
-- @tparam string document
-- @treturn boolean true; or nil, err, code, zh
function Layout:row(document)
  if find(document, "\\u", 1, true) then document = escapes.whole(document) end
  self.pending[#self.pending + 1], self.bytes = document, self.bytes + #document
  if self.bytes < self.most then return true end
  return self:flush()
end

--- A layout of tables. `on_rows(rows)`, where it is set, is told of the rows that are about to be
-- put there, `on_change(how)` before columns change ("rollback") and after it ("commit"), both of
-- `wdt.sink.whole`; `refused` counts the rows that were kept aside.
-- @tparam Sink sink of `wdt.sink.sql`: `account`, `fields` (of the schema), `wants_document`
-- @treturn Layout
function M.new(sink)
  local self = setmetatable({ sink = sink, laying = laying.new(sink.dialect),
    most = sink.connection.put and LARGE_BATCH or BATCH }, Layout)
  self:reset()
  return self
end

return M
