--- Rows in a database, the job's state and its ledger beside them, in one transaction: an upsert,
-- so that a window that comes again changes nothing. How a row lies there is its layout's: `tables`
-- (`wdt.sink.tables`), or `documents` (`wdt.sink.documents`), which a table that is one keeps.
--
-- Rows are gathered until their window is committed (`wdt.sink.spool`). So a transaction begins
-- when all that it writes is there, and ends without a wait for anything but the database: accounts
-- that share one, in one process or several, hold each other up for no longer than that. Where
-- others hold a lock, the transaction is taken back and tried again, and other accounts of the
-- process go on meanwhile.
--
-- The table `_wdt_jobs` of the same database has a line for each job, by its name and, where rows
-- of several accounts share tables, its account: the identity of its table, how many windows it had
-- committed when rows came last, and its state, where that is kept there. `_wdt_windows` has a line
-- for each window that was committed.
-- @module wdt.sink.sql
local beijing = require "wdt.beijing"
local map = require "wdt.map"
local database = require "wdt.sink.database"
local documents = require "wdt.sink.documents"
local failure = require "wdt.sink.failure"
local gateways = require "wdt.sync.gateway"
local passes = require "wdt.sink.passing"
local sink = require "wdt.sink"
local spool = require "wdt.sink.spool"
local state_failure = require "wdt.error".failure
local execute_all, first_row, plain = database.execute_all, database.first_row, database.plain
local literal, quoted = database.literal, database.quoted
local setmetatable, ipairs, require, tonumber = setmetatable, ipairs, require, tonumber
local concat, time = table.concat, os.time

local Sink = {}
Sink.__index = Sink

local M = {}

local JOBS, WINDOWS = "_wdt_jobs", "_wdt_windows"

--- Seconds for which a transaction is tried while others hold what it needs.
M.PATIENCE = 60

-- Seconds between two tries, at least and at most.
local SOON, LATER = 0.02, 0.1

-- Those who read the ledger name them too.
M.JOBS, M.WINDOWS = JOBS, WINDOWS

local TOO_LONG = { en = "a table's name has %d bytes at most, %s has %d",
  zh = "表名最多 %d 字节，%s 为 %d 字节" }
local RESERVED = { en = "a table can't have the name %s", zh = "%s 不能用作表名" }
local OTHER_LAYOUT = { en = "the table %s is laid out as %s: give layout=%s, or another name",
  zh = "表 %s 的结构是 %s：请用 layout=%s，或换一个名称" }
local FOREIGN = { en = "the table %s is another program's: give another name",
  zh = "表 %s 属于其他程序：请换一个名称" }
local LOCKED = { en = "another program or job has held locks of %s for %d s (%s)",
  zh = "其他程序或任务已占用 %s 的锁 %d 秒（%s）" }
local IN_USE = { en = "%s is in use by another job", zh = "%s 正被另一个任务使用" }

--- Takes what an address says of the layout off it: `//h/db?layout=documents`, `?document=true`.
-- @tparam string address
-- @tparam table options of `wdt.sink.open`, which the address overrules
-- @treturn string address
-- @treturn table options, another table
function M.take_options(address, options)
  local taken = map.copy(options)
  local before, query = address:match "^(.*)%?([%w_=&%%./:-]*)$"
  if not query then return address, taken end
  local rest = {}
  for part in query:gmatch "[^&]+" do
    local layout, document = part:match "^layout=(%l+)$", part:match "^document=(%l+)$"
    if layout == "tables" or layout == "documents" then
      taken.layout = layout
    elseif document == "true" or document == "false" then
      taken.document = document == "true"
    else
      rest[#rest + 1] = part
    end
  end
  return before .. (#rest > 0 and "?" .. concat(rest, "&") or ""), taken
end

--- Returns what ends an INSERT, in SQLite and PostgreSQL: rows that are there are replaced.
-- @tparam string keys names of columns, by commas
-- @tparam {string...} columns the others' names
-- @treturn string
function M.on_conflict(keys, columns)
  local list = {}
  for i, name in ipairs(columns) do list[i] = name .. " = excluded." .. name end
  return (" ON CONFLICT (%s) DO UPDATE SET %s"):format(keys, concat(list, ", "))
end

--- Opens a database.
-- @tparam table dialect `driver` (of LuaSQL), `debian` and `rock` (the packages that have it),
-- `module` (our own, which is used where it was built, nil where there is none) and `library` (the
-- package that it is built with),
-- `key` (the type of texts that rows are told apart by), `exists` (a format: a query for a table,
-- of its name as a literal), `longest_name` (bytes of a table's name), `session` (statements to
-- begin with), `text` (the type of the state), `options` (what ends CREATE TABLE),
-- `clean(document)` (a row as this database can hold it), `lock(sink, name)` and `unlock(sink,
-- name)` (only one job may use a state).
--
-- For documents: `document` (the type of a row's JSON), `field(name)` (an expression for a field of
-- the document `d`), `version(field)` (a version as text that sorts by time: epoch milliseconds
-- occur beside dates), `cast` (a format: a literal as a document), `upsert_document(table, key)`
-- (what ends a statement), `statement` (bytes that a statement of several rows may have; nil: one
-- row each).
--
-- For tables: `types` (of columns, by `wdt.sink.kinds`), `decimal`, `fractions`, `booleans` (see
-- `wdt.sink.kinds.fit`), `text_literal(text)`, `as_text` (a format: a column as text),
-- `upsert(keys, columns)`, `retype(connection, table, column, type, change)` (statements that make
-- a column one of texts; `change` as an ALTER writes it), `comment` or `comment_on` (how a column's
-- label is told), `arrays` (true where rows are sent as an array for each column) with
-- `cell(text)` (a text in such an array), `adapt(sink)`, `packet` (bytes that a statement must not
-- reach), `inline_keys` (true where indexes are made by CREATE and ALTER TABLE), `prefix` (of a
-- text that is indexed), `puts(target, columns, n, upsert)` (of our own connections: the statement
-- that `put` runs for rows of n columns, nil where SQL has to do, and lists of those before and
-- after it; `upsert` ends an INSERT, "" where no row stands there), `begins`, `ends`, `hasty` and
-- `patient` (see `wdt.sink.database.begin`), `snapshot` (a statement after which a transaction
-- reads what was there when it began; nil where it always does)
-- @tparam table options `name` (of the table), `account` (whose rows they are), `layout`,
-- `document` (true: tables keep each row's JSON as well)
-- @param ... what is connected to
-- @treturn Sink; or nil, err, code, zh
function M.open(dialect, options, ...)
  local longest, name = dialect.longest_name, options.name
  if longest and #name > longest then return failure(TOO_LONG, longest, name, #name) end
  if name:find "^_wdt" then return failure(RESERVED, name) end
  local connection, environment, code, zh = database.connect(dialect, ...)
  if not connection then return nil, environment, code, zh end
  local self = setmetatable({ as = "json", dialect = dialect, name = name,
    account = options.account, wants_document = options.document, emit = function() end,
    environment = environment, connection = connection, spool = spool.new() }, Sink)
  local ok, err
  ok, err, code, zh = execute_all(connection, dialect.session)
  if ok and dialect.adapt then dialect.adapt(self) end
  if ok then ok, err, code, zh = self:choose(options.layout) end
  if ok then ok, err, code, zh = self:find_key() end
  if ok then return self end
  self:close()
  return nil, err, code, zh
end

--- True if a table has a column.
-- @tparam string name
-- @tparam string column
-- @treturn boolean
function Sink:has_column(name, column)
  local savepoint = self.within and self.connection:execute "SAVEPOINT wdt_look"
  local cursor = self.connection:execute(("SELECT t.%s FROM %s t WHERE 1 = 0"):format(
    quoted(column), quoted(name)))
  if cursor then cursor:close() end
  if savepoint then self.connection:execute "ROLLBACK TO SAVEPOINT wdt_look" end
  return cursor ~= nil
end

-- Chooses the layout: the one that a table has, else the one that is wanted.
function Sink:choose(wanted)
  local there, err, code, zh = self:has(self.name)
  if there == nil then return nil, err, code, zh end
  local found
  if there then
    found = self:has_column(self.name, "_account") and "tables"
      or self:has_column(self.name, "_document") and "documents"
    if not found then return failure(FOREIGN, self.name) end
    if wanted and wanted ~= found then
      return failure(OTHER_LAYOUT, self.name, found, found)
    end
  end
  self.tabular = (found or wanted or "tables") == "tables"
  local layout = self.tabular and require "wdt.sink.tables" or documents
  self.layout = layout.new(self)
  return true
end

-- Finds the name of this job's line: where accounts share tables, the account stands in it. One who
-- only looks may not know it.
function Sink:find_key()
  self.key = self.name
  if not self.tabular then return true end
  if self.account then
    self.key = self.name .. "@" .. self.account
    return true
  end
  local there, err, code, zh = self:has(JOBS)
  if not there then return there ~= nil or nil, err, code, zh end
  local names, ok = {}
  ok, err, code, zh = database.each_row(self.connection, ("SELECT name FROM %s WHERE "
    .. "substr(name, 1, %d) = %s"):format(JOBS, #self.name + 1, literal(self.name .. "@")),
    function(row) names[#names + 1] = row[1] end)
  if not ok then return nil, err, code, zh end
  if #names == 1 then self.key = names[1] end
  return true
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
    ("SELECT %s FROM %s WHERE name = %s"):format(column, JOBS, literal(self.key)))
  if not row then return nil, err, code, zh end
  return row[1]
end

-- Changes this table's line of jobs, by SQL's words of an UPDATE.
function Sink:set(assignments)
  return execute_all(self.connection, { ("UPDATE %s SET %s WHERE name = %s"):format(JOBS,
    assignments, literal(self.key)) })
end

-- Sees that no job here copied this account through another gateway. A ledger that is older than
-- this tells nothing of it.
function Sink:check_gateway(job)
  self.gateway = job.gateway
  local there, err, code, zh = self:has(JOBS)
  if not there or not self.tabular or not job.gateway then return not err or nil, err, code, zh end
  self.notes_gateways = self:has_column(JOBS, "gateway")
  if not self.notes_gateways then return true end
  local suffix, found, ok = "@" .. self.account, {}
  ok, err, code, zh = database.each_row(self.connection, ("SELECT name, gateway FROM %s WHERE "
    .. "gateway IS NOT NULL ORDER BY name"):format(JOBS), function(row)
      local other, ours = gateways.foreign(row[2], job.gateway, job.adopt)
      if row[1]:sub(-#suffix) ~= suffix then return end
      found[#found + 1] = other and { row[1], other, ours }
    end)
  if not ok then return nil, err, code, zh end
  for _, one in ipairs(found) do
    there, err, code, zh = self:has(one[1]:sub(1, -#suffix - 1)) -- it may have been dropped since
    if err then return nil, err, code, zh end
    if there then return failure(gateways.OTHER, one[1], one[2], one[3], one[2]) end
  end
  return true
end

--- See `wdt.sink`. Nothing is made before the first window begins.
function Sink:prepare(job)
  local there, err, code, zh = self:has(self.name)
  if err then return nil, err, code, zh end
  self.entry, self.fields, self.emit = job.entry, job.fields, job.emit or self.emit
  self.host = job.host
  if self.tabular and not self.account then
    self.account = job.account or ""
    if self.key == self.name then self.key = self.name .. "@" .. self.account end
  end
  local fine
  fine, err, code, zh = self:check_gateway(job)
  if not fine then return nil, err, code, zh end
  local identity, committed
  if there then identity, err, code, zh = self:get "identity" end
  if identity then committed, err, code, zh = self:get "committed" end
  if committed then self.writer, err, code, zh = self:get "writer" end
  if err then return nil, err, code, zh end
  self.there, self.new = there, not identity
  self.identity = identity or sink.new_identity()
  -- made before tables had identities: what the state says of it is believed
  if there and not identity and not self.tabular then
    self.believed = job.committed > 0 and job.committed or nil
    return self.identity, self.believed
  end
  return self.identity, tonumber(committed), self.writer
end

-- Statements that make the tables of jobs and windows.
local function creation(dialect)
  local key, options, text = dialect.key or "TEXT", dialect.options or "", dialect.text or "TEXT"
  return { ("CREATE TABLE IF NOT EXISTS %s (name %s NOT NULL PRIMARY KEY, identity %s NOT NULL, "
    .. "committed BIGINT, writer %s, state %s, gateway %s)%s"):format(JOBS, key, key, key, text,
    key, options),
    ("CREATE TABLE IF NOT EXISTS %s (job %s NOT NULL, number BIGINT NOT NULL, kind %s, start %s, "
    .. "stop %s, row_count BIGINT, calls BIGINT, certificate %s, first_row %s, last_row %s, "
    .. "committed_at %s, PRIMARY KEY (job, number))%s"):format(WINDOWS, key, key, key, key, key,
    key, key, key, options) }
end

-- Gives a ledger that is older the column of gateways; another job may do so at the same time.
function Sink:add_gateways()
  if self.notes_gateways ~= false then return true end
  local ok, err, code, zh = database.execute(self.connection,
    ("ALTER TABLE %s ADD COLUMN gateway %s"):format(JOBS, self.dialect.key or "TEXT"))
  self.notes_gateways = ok and true or self:has_column(JOBS, "gateway")
  if self.notes_gateways then return true end
  return nil, err, code, zh
end

-- Makes the tables, and this one's line of jobs. A table that is made anew holds no one's rows.
function Sink:make()
  if self.made then return true end
  local ok, err, code, zh = self:hold()
  if ok then ok, err, code, zh = self:add_gateways() end
  if not ok then return nil, err, code, zh end
  local list, key = creation(self.dialect), literal(self.key)
  if self.new then
    for _, name in ipairs{ JOBS, WINDOWS } do
      local column = name == JOBS and "name" or "job"
      list[#list + 1] = ("DELETE FROM %s WHERE %s = %s"):format(name, column, key)
      if self.tabular and not self.there then
        list[#list + 1] = ("DELETE FROM %s WHERE substr(%s, 1, %d) = %s"):format(name, column,
          #self.name + 1, literal(self.name .. "@"))
      end
    end
    list[#list + 1] = ("INSERT INTO %s (name, identity, committed) VALUES (%s, '%s', %s)"):format(
      JOBS, key, self.identity, self.believed and ("%d"):format(self.believed) or "NULL")
  end
  if self.tabular and self.gateway then
    list[#list + 1] = ("UPDATE %s SET gateway = %s WHERE name = %s"):format(JOBS,
      literal(self.gateway), key)
  end
  self.made, err, code, zh = self:transact(function()
    local made, why, word, text = self.layout:make()
    if not made then return nil, why, word, text end
    return execute_all(self.connection, list)
  end)
  return self.made, err, code, zh
end

-- Sees that no other job writes this one's rows: what is newer is looked up before it is written.
function Sink:hold()
  if self.locked or not self.tabular then return true end
  local ok, holder = self.dialect.lock(self, self.key)
  if not ok then
    if holder then return plain(holder) end
    return failure(IN_USE, self.key, self.key)
  end
  self.locked = "rows" -- until a store takes it over
  return true
end

-- Takes a transaction back. What the layout knows of its tables may not be so any more.
function Sink:undo()
  self.within, self.stale = false, true
  return database.rollback(self.connection, self.dialect)
end

-- Waits a little before another try: true; or nil, err, code where the host breaks it off.
function Sink:pause()
  self.host = self.host or require "wdt.host.curl".new()
  local _, err, code = self.host:sleep(SOON + (LATER - SOON) * self.host:random())
  if err then return nil, err, code end
  return true
end

-- Writes in a transaction, once.
local function attempt(self, write, stays_open)
  local ok, err, code, zh = database.begin(self.connection, self.dialect)
  if not ok then return nil, err, code, zh end
  self.within = true
  ok, err, code, zh = self.layout:reset(self.stale)
  if ok then
    self.stale = false
    ok, err, code, zh = write()
  end
  if ok and not stays_open then ok, err, code, zh = self:finish() end
  if ok then return true end
  self:undo() -- where that fails as well, the connection has ended
  return nil, err, code, zh
end

--- Writes in a transaction; while others hold locks that it needs, again and again.
-- @tparam function write may be called several times: true; or nil, err, code, zh
-- @tparam ?boolean stays_open true: it is committed later (`finish`), after more of it that waits
-- for nothing
-- @treturn boolean true; or nil, err, code, zh
function Sink:transact(write, stays_open)
  local first
  while true do
    local ok, err, code, zh = attempt(self, write, stays_open)
    if ok then return true end
    if not database.is_locked(err) then return nil, err, code, zh end
    ok, err, code = self:pause()
    if not ok then return nil, err, code end
    local now = self.host:now()
    first = first or now
    if now - first >= M.PATIENCE then
      return failure(LOCKED, self.dialect.path or self.name, M.PATIENCE, zh)
    end
  end
end

--- See `wdt.sink`.
function Sink:begin(committed, writer, repairs)
  self.committed, self.writer, self.repairs = committed, writer, repairs
  self.spool:clear()
  if self.within then
    local ok, err, code, zh = self:undo()
    if not ok then return nil, err, code, zh end
  end
  return self:make()
end

--- See `wdt.sink`.
function Sink:row(document)
  return self.spool:add(document)
end

local function moment(second)
  return second and literal(beijing.format(second)) or "NULL"
end

-- The statement that notes a window in the ledger.
function Sink:note(line)
  return ("INSERT INTO %s VALUES (%s, %d, %s, %s, %s, %d, %d, %s, %s, %s, %s)"):format(WINDOWS,
    literal(self.key), self.committed, literal(line.kind), moment(line.start), moment(line.stop),
    line.rows, line.calls, literal(line.certificate), moment(line.first), moment(line.last),
    moment(time()))
end

--- Counts the rows that were written as a window's, and notes it in the ledger: a part of a
-- transaction.
-- @tparam ?table line
-- @treturn boolean true; or nil, err, code, zh
function Sink:settle(line)
  local ok, err, code, zh = self:set(("committed = %d, writer = %s"):format(self.committed,
    self.writer and literal(self.writer) or "NULL"))
  if not ok or not line then return ok, err, code, zh end
  return execute_all(self.connection, { ("DELETE FROM %s WHERE job = %s AND number = %d"):format(
    WINDOWS, literal(self.key), self.committed), self:note(line) })
end

--- See `wdt.sink`. Where the state is kept here, the rows are committed together with it.
function Sink:commit(_, line)
  return self:transact(function()
    local ok, err, code, zh = self.spool:each(function(document)
      return self.layout:row(document)
    end)
    if ok then ok, err, code, zh = self.layout:flush() end
    if not ok then return nil, err, code, zh end
    return self:settle(line)
  end, self.keeps_state)
end

-- Commits what there is; nil, err, code, zh where it is gone.
function Sink:finish()
  local ok, err, code, zh = database.commit(self.connection, self.dialect)
  if not ok then return nil, err, code, zh end
  self.within = false
  self.spool:clear()
  return true
end

--- See `wdt.sink`.
function Sink:lost(err)
  return err ~= nil and passes(err) or first_row(self.connection, "SELECT 1") == nil
end

-- Gives the lock on the state back, if it is held.
function Sink:unlock()
  if not self.locked then return end
  self.locked = false
  self.dialect.unlock(self, self.key)
end

--- Idempotent; what was not committed is gone.
function Sink:close()
  local connection = self.connection
  if not connection then return end
  self:unlock()
  self.spool:clear()
  self.connection = nil
  connection:close()
  if self.environment then self.environment:close() end
end

-- A job's state in the table of jobs --------------------------------------------------------------

local Store = {}
Store.__index = Store

local STATE_IN_USE = "the state of %s is in use by another job"

local function as_state(err)
  return state_failure("state", "%s", (err:gsub("^output: ", "", 1)))
end

function Store:lock()
  local owner = self.sink
  if owner.locked == true then return state_failure("state", STATE_IN_USE, self.path) end
  local ok, holder = owner.locked == "rows", nil
  if not ok then ok, holder = owner.dialect.lock(owner, owner.key) end
  owner.locked = ok
  if ok then return true end
  if holder then return as_state(holder) end
  return state_failure("state", STATE_IN_USE, self.path)
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
  local owner = self.sink
  local function write() return owner:set("state = " .. literal(text)) end
  local ok, err = owner:make()
  if ok and not owner.within then
    ok, err = owner:transact(write)
  elseif ok then
    ok, err = write()
    if ok then ok, err = owner:finish() end
    if not ok then owner:undo() end
  end
  if ok then return true end
  return as_state(err)
end

--- The windows of this job's ledger that end at a second or later, oldest first.
-- @tparam integer since epoch seconds
-- @treturn {table} `start`, `stop` (epoch seconds), `rows`, `certificate`; or nil, err, code, zh
function Sink:windows(since)
  local list = {}
  local ok, err, code, zh = database.each_row(self.connection, ("SELECT start, stop, row_count, "
    .. "certificate FROM %s WHERE job = %s AND stop >= %s ORDER BY number"):format(WINDOWS,
    literal(self.key), moment(since)), function(row)
      list[#list + 1] = { start = beijing.parse(row[1]), stop = beijing.parse(row[2]),
        rows = tonumber(row[3]), certificate = row[4] }
    end)
  if not ok then return nil, err, code, zh end
  return list
end

--- See `wdt.sink`.
function Sink:store()
  self.keeps_state = true
  return setmetatable({ sink = self, path = self.name }, Store)
end

return M
