--- Rows into a table of a database, as documents under their identity: an upsert, so that a window
-- that comes again changes nothing. The databases themselves take the rows' JSON apart.
--
-- A table has a text column for each field of the identity, `_modified` (the row's version, as
-- text) and `_document` (the row as the gateway sent it). An older version never replaces a newer
-- one, and a row without an identity is a failure.
--
-- The table `_wdt_jobs` of the same database has a line for each such table: its identity, how many
-- windows the job had committed when rows came into it last, and the job's state, where it is kept
-- there.
-- @module wdt.sink.sql
local failure = require "wdt.sink.failure"
local sink = require "wdt.sink"
local state_failure = require "wdt.error".failure
local setmetatable, ipairs, pcall, require, tostring, type = setmetatable, ipairs, pcall, require,
  tostring, type
local concat, tonumber = table.concat, tonumber

local Sink = {}
Sink.__index = Sink

local M = {}

local JOBS = "_wdt_jobs"

local NO_DRIVER = { en = "it needs LuaSQL: apt-get install %s, or luarocks install %s",
  zh = "需要 LuaSQL：apt-get install %s，或 luarocks install %s" }
local TOO_LONG = { en = "a table's name has %d bytes at most, %s has %d",
  zh = "表名最多 %d 字节，%s 为 %d 字节" }
local CLOSED = { en = "it is closed", zh = "已关闭" }
local RESERVED = { en = "a table can't have the name %s", zh = "%s 不能用作表名" }

local function quoted(name)
  return '"' .. name:gsub('"', '""') .. '"'
end

local function literal(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

-- Expressions for the identity of the document `d`: '' for a part that is missing, NULL, which the
-- table refuses, for all.
local function identity_of(dialect, entry)
  local fields, values = {}, {}
  for i, id in ipairs(entry.ids) do fields[i] = dialect.field(id) end
  for i, field in ipairs(fields) do values[i] = ("coalesce(%s, '')"):format(field) end
  values[1] = #fields == 1 and fields[1]
    or ("CASE WHEN coalesce(%s) IS NOT NULL THEN %s END"):format(concat(fields, ", "), values[1])
  return values
end

-- The statement that makes a table; and what stands before, between and after the rows in the one
-- that puts them there.
local function statements(dialect, name, entry)
  local columns, keys = {}, {}
  for i, id in ipairs(entry.ids) do
    keys[i], columns[i] = quoted(id), ("%s %s NOT NULL"):format(quoted(id), dialect.key or "TEXT")
  end
  local target, key = quoted(name), concat(keys, ", ")
  local create = ('CREATE TABLE IF NOT EXISTS %s (%s, "_modified" %s NOT NULL, "_document" %s NOT '
    .. 'NULL, PRIMARY KEY (%s))%s')
    :format(target, concat(columns, ", "), dialect.key or "TEXT", dialect.document, key,
      dialect.options or "")
  return create, ("INSERT INTO %s SELECT %s, coalesce(%s, ''), d FROM ("):format(target,
    concat(identity_of(dialect, entry), ", "), dialect.version(dialect.field(entry.modified))),
      dialect.upsert(target, key)
end

-- Returns a database's failure without its quotations of the row: PostgreSQL has them in further
-- lines, MySQL in quotes.
local function plain(err)
  err = tostring(err):match "^[^\n]*":gsub("near '.*", "near a value")
  for _, word in ipairs{ "value:", "entry" } do
    err = err:gsub("(" .. word .. ") '.*' for ", "%1 … for "):gsub("(" .. word .. ") '.*'", "%1 …")
  end
  return failure(err)
end

-- Runs a statement: what it answers; or nil, err, code, zh.
local function execute(connection, statement)
  if not connection then return failure(CLOSED) end
  local done, err = connection:execute(statement)
  if done then return done end
  return plain(err)
end

-- The first row of a query, as a list; nil where there is none; or nil, err, code, zh.
local function first_row(connection, statement)
  local cursor, err, code, zh = execute(connection, statement)
  if not cursor then return nil, err, code, zh end
  local row = cursor:fetch({}, "n")
  cursor:close()
  return row
end

-- Runs statements, in order.
local function execute_all(connection, list)
  for _, statement in ipairs(list) do
    local done, err, code, zh = execute(connection, statement)
    if not done then return nil, err, code, zh end
    if type(done) == "userdata" then done:close() end -- a pragma answers
  end
  return true
end

local function connect(dialect, ...)
  local loaded, driver = pcall(require, "luasql." .. dialect.driver)
  if not loaded then return failure(NO_DRIVER, dialect.debian, dialect.rock) end
  local environment = driver[dialect.driver]()
  local connection, err = environment:connect(...)
  if connection then return environment, connection end
  environment:close()
  return plain(err)
end

--- Opens a database.
-- @tparam table dialect `driver` (of LuaSQL), `debian` and `rock` (the packages that have it),
-- `document` and `key` (the types of a row's JSON, and of the fields of an identity), `field(name)`
-- (an expression for a field of the document `d`), `version(field)` (a version as text that sorts
-- by time: epoch milliseconds occur beside dates), `cast` (a format: a literal as a document),
-- `upsert(table, key)` (what ends a statement), `session` (statements to begin with),
-- `clean(document)` (a row as this database can hold it), `exists` (a format: a query for a table,
-- of its name as a literal), `longest_name` (bytes of a table's name), `statement` (bytes that a
-- statement of several rows may have; nil: one row each), `lock(sink, name)` and `unlock(sink)`
-- (only one job may use a state)
-- @tparam string name of the table
-- @param ... what LuaSQL connects to
-- @treturn Sink; or nil, err, code, zh
function M.open(dialect, name, ...)
  local longest = dialect.longest_name
  if longest and #name > longest then return failure(TOO_LONG, longest, name, #name) end
  if name:find "^_wdt" then return failure(RESERVED, name) end
  local environment, connection, code, zh = connect(dialect, ...)
  if not environment then return nil, connection, code, zh end
  local self = setmetatable({ as = "json", dialect = dialect, name = name,
    environment = environment, connection = connection,
    pending = {}, bytes = 0 }, Sink)
  local ok, err
  ok, err, code, zh = execute_all(connection, dialect.session)
  if ok then return self end
  self:close()
  return nil, err, code, zh
end

-- True if the database has a table, false if not; nil, err, code, zh where it can't be asked.
function Sink:has(name)
  local row, err, code, zh = first_row(self.connection, self.dialect.exists:format(literal(name)))
  if err then return nil, err, code, zh end
  return row ~= nil
end

-- A column of this table's line of jobs; nil where there is none; or nil, err, code, zh.
function Sink:get(column)
  local there, err, code, zh = self:has(JOBS)
  if not there then return nil, err, code, zh end
  local row
  row, err, code, zh = first_row(self.connection,
    ("SELECT %s FROM %s WHERE name = %s"):format(column, JOBS, literal(self.name)))
  if not row then return nil, err, code, zh end
  return row[1]
end

-- Changes this table's line of jobs, by SQL's words of an UPDATE.
function Sink:set(assignments)
  return execute_all(self.connection, { ("UPDATE %s SET %s WHERE name = %s"):format(JOBS,
    assignments, literal(self.name)) })
end

--- See `wdt.sink`. Nothing is made before the first window begins.
function Sink:prepare(job)
  local there, err, code, zh = self:has(self.name)
  if err then return nil, err, code, zh end
  local identity, committed
  if there then identity, err, code, zh = self:get "identity" end
  if identity then committed, err, code, zh = self:get "committed" end
  if committed then self.writer, err, code, zh = self:get "writer" end
  if err then return nil, err, code, zh end
  self.entry, self.new = job.entry, not identity
  self.identity = identity or sink.new_identity()
  -- made before tables had identities: what the state says of it is believed
  if there and not identity then
    self.believed = job.committed > 0 and job.committed or nil
    return self.identity, self.believed
  end
  return self.identity, tonumber(committed), self.writer
end

-- Makes the tables, and this one's line of jobs.
function Sink:make()
  if self.made then return true end
  local dialect, name = self.dialect, literal(self.name)
  local text, options = dialect.key or "TEXT", dialect.options or ""
  local create
  create, self.before, self.after = statements(dialect, self.name, self.entry)
  local list = { create, ("CREATE TABLE IF NOT EXISTS %s (name %s NOT NULL PRIMARY KEY, "
    .. "identity %s NOT NULL, committed BIGINT, writer %s, state %s)%s"):format(JOBS, text, text,
    text, dialect.text or "TEXT", options) }
  if self.new then
    list[3] = ("DELETE FROM %s WHERE name = %s"):format(JOBS, name)
    list[4] = ("INSERT INTO %s (name, identity, committed) VALUES (%s, '%s', %s)"):format(JOBS,
      name, self.identity, self.believed and ("%d"):format(self.believed) or "NULL")
  end
  local ok, err, code, zh = execute_all(self.connection, list)
  if not ok then return nil, err, code, zh end
  self.connection:setautocommit(false)
  self.made = true
  return true
end

--- See `wdt.sink`.
function Sink:begin(committed, writer)
  self.committed, self.writer, self.pending, self.bytes = committed, writer, {}, 0
  local ok, err, code, zh = self:make()
  if not ok or not self.dirty then return ok, err, code, zh end
  self.dirty = false
  ok, err = self.connection:rollback()
  if not ok then return plain(err) end
  return true
end

-- Puts the rows that were gathered into the table.
function Sink:flush()
  if #self.pending == 0 then return true end
  local statement = self.before .. concat(self.pending, " UNION ALL ") .. ") AS rows_read "
    .. self.after
  self.pending, self.bytes, self.dirty = {}, 0, true
  local done, err, code, zh = execute(self.connection, statement)
  if not done then return nil, err, code, zh end
  return true
end

--- See `wdt.sink`.
function Sink:row(document)
  local text = "SELECT " .. self.dialect.cast:format(literal(self.dialect.clean(document)))
    .. " AS d"
  if self.bytes + #text > (self.dialect.statement or 0) then
    local ok, err, code, zh = self:flush()
    if not ok then return nil, err, code, zh end
  end
  self.pending[#self.pending + 1], self.bytes = text, self.bytes + #text + 16
  return true
end

--- See `wdt.sink`. Where the state is kept here, the rows are committed together with it.
function Sink:commit()
  local ok, err, code, zh = self:flush()
  if not ok then return nil, err, code, zh end
  self.dirty = true
  ok, err, code, zh = self:set(("committed = %d, writer = %s"):format(self.committed,
    self.writer and literal(self.writer) or "NULL"))
  if not ok then return nil, err, code, zh end
  if self.keeps_state then return true end
  return self:finish()
end

-- Commits what there is; nil, err, code, zh where it is gone.
function Sink:finish()
  local ok, err = self.connection:commit()
  if not ok then return plain(err) end
  self.dirty = false
  return true
end

--- See `wdt.sink`.
function Sink:lost()
  return first_row(self.connection, "SELECT 1") == nil
end

-- Gives the lock on the state back, if it is held.
function Sink:unlock()
  if not self.locked then return end
  self.locked = false
  self.dialect.unlock(self)
end

--- Idempotent; what was not committed is gone.
function Sink:close()
  local connection = self.connection
  if not connection then return end
  self:unlock()
  self.connection = nil
  connection:close()
  self.environment:close()
end

-- A job's state in the table of jobs --------------------------------------------------------------

local Store = {}
Store.__index = Store

local IN_USE = "the state of %s is in use by another job"

local function as_state(err)
  return state_failure("state", "%s", (err:gsub("^output: ", "", 1)))
end

function Store:lock()
  local owner = self.sink
  if owner.locked then return state_failure("state", IN_USE, self.path) end
  local ok, holder = owner.dialect.lock(owner, owner.name)
  owner.locked = ok
  if ok then return true end
  if holder then return as_state(holder) end
  return state_failure("state", IN_USE, self.path)
end

function Store:unlock()
  self.sink:unlock()
end

function Store:load()
  local text, err = self.sink:get "state"
  if err then return as_state(err) end
  return text
end

function Store:save(text)
  local ok, err = self.sink:make()
  if ok then ok, err = self.sink:set("state = " .. literal(text)) end
  if ok then ok, err = self.sink:finish() end
  if ok then return true end
  if self.sink.connection then self.sink.connection:rollback() end
  return as_state(err)
end

--- See `wdt.sink`.
function Sink:store()
  self.keeps_state = true
  return setmetatable({ sink = self, path = self.name }, Store)
end

return M
