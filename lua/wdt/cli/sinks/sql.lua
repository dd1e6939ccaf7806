--- Rows into a table of a database, as documents under their identity: an upsert, so that a window that comes again changes
-- nothing. The databases themselves take the rows' JSON apart.
--
-- A table has a text column for each field of the identity, `_modified` (the row's version, as text) and `_document` (the row as
-- the gateway sent it). An older version never replaces a newer one.
-- @module wdt.cli.sinks.sql
local setmetatable, ipairs, pcall, require, tostring, type, concat = setmetatable, ipairs, pcall, require, tostring, type,
  table.concat

local Sink = {}
Sink.__index = Sink

local M = {}

local function quoted(name)
  return '"' .. name:gsub('"', '""') .. '"'
end

-- The statement that makes the table; and what stands before and behind a row in the one that puts it there.
local function statements(dialect, name, entry)
  local columns, keys, values = {}, {}, {}
  for i, id in ipairs(entry.ids) do
    keys[i], columns[i] = quoted(id), quoted(id) .. " TEXT NOT NULL"
    values[i] = ("coalesce(%s, '')"):format(dialect.field(id))
  end
  local target, key = quoted(name), concat(keys, ", ")
  return ('CREATE TABLE IF NOT EXISTS %s (%s, "_modified" TEXT NOT NULL, "_document" %s NOT NULL, PRIMARY KEY (%s))')
    :format(target, concat(columns, ", "), dialect.document, key),
    ("INSERT INTO %s SELECT %s, coalesce(%s, ''), d FROM (SELECT CAST('"):format(target, concat(values, ", "),
      dialect.field(entry.modified)),
    ([[' AS %s) AS d) AS one WHERE true
      ON CONFLICT (%s) DO UPDATE SET "_modified" = excluded."_modified", "_document" = excluded."_document"
      WHERE excluded."_modified" >= %s."_modified"]]):format(dialect.document, key, target)
end

-- What a database says of a failure, without its details: those show the row.
local function plain(done, err)
  if done then return done end
  return nil, (tostring(err):match("^[^\n]*"))
end

local function connect(dialect, address)
  local loaded, driver = pcall(require, "luasql." .. dialect.driver)
  if not loaded then
    return nil, { en = ("it needs LuaSQL: apt-get install %s, or luarocks install %s"):format(dialect.debian, dialect.rock),
      zh = ("需要 LuaSQL：apt-get install %s，或 luarocks install %s"):format(dialect.debian, dialect.rock) }
  end
  local environment = driver[dialect.driver]()
  local connection, err = plain(environment:connect(address))
  if connection then return { environment = environment, connection = connection } end
  environment:close()
  return nil, err
end

--- Opens a sink.
-- @tparam table dialect `driver` (of LuaSQL), `debian` and `rock` (the packages that have it), `document` (the type of a column
-- of JSON), `field(name)` (an expression for a field of the document `d`), `session` (statements to begin with),
-- `clean(document)` (a row as this database can hold it)
-- @tparam string address
-- @tparam table job `name` (of the table), `entry` (of the catalogue)
-- @treturn ?Sink
-- @return what is wrong: a text, or `{ en, zh }`
function M.open(dialect, address, job)
  local db, err = connect(dialect, address)
  if not db then return nil, err end
  local self = setmetatable({ db = db, clean = dialect.clean }, Sink)
  local create
  create, self.before, self.behind = statements(dialect, job.name, job.entry)
  for i = 1, #dialect.session + 1 do
    local done
    done, err = plain(db.connection:execute(dialect.session[i] or create))
    if not done then
      self:close()
      return nil, err
    end
    if type(done) == "userdata" then done:close() end -- a pragma answers
  end
  db.connection:setautocommit(false)
  return self
end

--- A window begins; nothing is left of one that was not committed.
-- @treturn boolean true
function Sink.begin()
  return true
end

--- @tparam string document a row
-- @treturn ?boolean true
-- @treturn ?string what is wrong
function Sink:row(document)
  local text = self.clean(document):gsub("'", "''")
  return plain(self.db.connection:execute(self.before .. text .. self.behind))
end

--- @treturn ?boolean true once the rows are safe
-- @treturn ?string what is wrong
function Sink:commit()
  return plain(self.db.connection:commit())
end

--- Idempotent; what was not committed is gone.
function Sink:close()
  local db = self.db
  self.db = nil
  if not db then return end
  db.connection:close()
  db.environment:close()
end

return M
