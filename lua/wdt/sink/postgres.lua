--- `postgres:ADDRESS`: a database of PostgreSQL; the address is what libpq takes, `postgres://…` or
-- `host=… dbname=…`.
-- @module wdt.sink.postgres
local database = require "wdt.sink.database"
local escapes = require "wdt.sink.escapes"
local sql = require "wdt.sink.sql"
local literal, quoted = database.literal, database.quoted
local setmetatable, concat = setmetatable, table.concat

-- PostgreSQL can't hold U+0000 either: it becomes a blank.
local function clean(document)
  if not document:find("\\u", 1, true) then return document end
  return escapes.replace(escapes.whole(document), "u0000", function() return " " end)
end

-- Epoch milliseconds as the date that they are in Beijing.
local VERSION = [[CASE WHEN %s ~ '^[0-9]{13}$' THEN
  to_char(to_timestamp(CAST(%s AS numeric) / 1000) AT TIME ZONE 'Asia/Shanghai',
    'YYYY-MM-DD HH24:MI:SS.MS') ELSE %s END]]

-- Characters of a text in an array, which stands in a literal.
local ESCAPES = { ["\0"] = " ", ["\\"] = "\\\\", ['"'] = '\\"', ["'"] = "''" }

-- Longer names would be cut by the server, two of them to the same one.
-- A column's type can't change while a view reads it: reports (`wdt.report`) are taken away and
-- made again, in one transaction.
local AWAY = [[DO $wdt$ DECLARE v record; made text := ''; BEGIN
  FOR v IN SELECT DISTINCT c.oid::regclass::text AS name, pg_get_viewdef(c.oid) AS query
    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class c ON c.oid = r.ev_class
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = %s::regclass AND c.relkind = 'v' AND c.relname LIKE 'report\_%%'
  LOOP
    made := made || 'CREATE VIEW ' || v.name || ' AS ' || v.query || ';';
    EXECUTE 'DROP VIEW ' || v.name;
  END LOOP;
  PERFORM set_config('wdt.views', made, false);
END $wdt$]]
local BACK = [[DO $wdt$ BEGIN
  IF current_setting('wdt.views') <> '' THEN EXECUTE current_setting('wdt.views'); END IF;
END $wdt$]]

-- COPY takes no ON CONFLICT: where rows stand there already, it goes to a table of this connection
-- only, and from there with one merge.
local MERGE = "pg_temp.wdt_rows"

local function puts(target, columns, _, upsert)
  local copy = "COPY %s (" .. columns:gsub("%%", "%%%%") .. ") FROM STDIN"
  if upsert == "" then return copy:format(target) end
  return copy:format(MERGE), { ("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS SELECT %s FROM %s "
    .. "WITH NO DATA"):format(MERGE:match "[^.]+$", columns, target) },
    { ("INSERT INTO %s (%s) SELECT %s FROM %s%s"):format(target, columns, columns, MERGE, upsert),
      "DROP TABLE " .. MERGE }
end

-- Documents go there likewise, as the texts that they are made of.
local function puts_documents(target, width, query, upsert)
  local columns = {}
  for i = 1, width do columns[i] = ("c%d TEXT"):format(i) end
  return ("COPY %s FROM STDIN"):format(MERGE),
    { ("CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP"):format(MERGE:match "[^.]+$",
      concat(columns, ", ")) },
    { ("INSERT INTO %s %s FROM %s %s"):format(target, query, MERGE, upsert),
      "DROP TABLE " .. MERGE }
end

local DIALECT = { module = "wdt.postgres", library = "libpq-dev", driver = "postgres",
  debian = "lua-sql-postgres", rock = "luasql-postgres", puts = puts,
  document = "JSONB",
  snapshot = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
  cast = "CAST(%s AS JSONB)", longest_name = 63,
  exists = "SELECT 1 FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND "
    .. "relname = %s",
  -- The server notices within a minute that a host is gone without a word, and gives its locks
  -- back; by default that takes two hours.
  session = { "SET client_encoding TO 'UTF8'", "SET client_min_messages TO warning",
    "SET standard_conforming_strings TO on", "SET datestyle TO ISO, YMD",
    "SET tcp_keepalives_idle TO 30", "SET tcp_keepalives_interval TO 10",
    "SET tcp_keepalives_count TO 3",
    -- such a wait holds up the process: a longer one is `wdt.sink.sql`'s
    "SET lock_timeout TO '1s'" },
  field = function(name) return ("d->>'%s'"):format(name) end,
  version = function(field) return VERSION:format(field, field, field) end,
  upsert_document = function(target, key)
    return ([[ON CONFLICT (%s) DO UPDATE
      SET "_modified" = excluded."_modified", "_document" = excluded."_document"
      WHERE excluded."_modified" >= %s."_modified"]]):format(key, target)
  end,
  clean = clean, document_cell = "c%d", puts_documents = puts_documents,
  types = { int = "BIGINT", decimal = "NUMERIC", datetime = "TIMESTAMP", boolean = "BOOLEAN",
    text = "TEXT" },
  decimal = {}, fractions = true, booleans = { [true] = "true", [false] = "false" },
  as_text = "CAST(%s AS TEXT)", upsert = sql.on_conflict, comment_on = true,
  arrays = true, cell = function(text)
    if text:find "[%z\\\"']" then text = text:gsub("[%z\\\"']", ESCAPES) end
    return '"' .. text .. '"'
  end,
  text_literal = function(text) return literal((text:gsub("%z", " "))) end,
  retype = function(_, name, column)
    return { AWAY:format(literal(quoted(name))),
      ("ALTER TABLE %s ALTER COLUMN %s TYPE TEXT USING CAST(%s AS TEXT)"):format(
      quoted(name), quoted(column), quoted(column)), BACK }
  end }

-- Who may make no temporary tables merges by SQL.
function DIALECT.adapt(sink)
  local may = database.first_row(sink.connection,
    "SELECT 1 WHERE has_database_privilege(current_database(), 'TEMPORARY')")
  if may then return end
  sink.dialect = setmetatable({ puts = function(target, columns, n, upsert)
    if upsert == "" then return puts(target, columns, n, upsert) end
  end, puts_documents = false }, { __index = DIALECT })
end

local LOCK = "SELECT %s(hashtext('wdt.' || current_schema()), hashtext('%s'))"

-- The server's own lock of this connection: it ends with it.
local function ask(sink, call, name)
  local cursor, err = sink.connection:execute(LOCK:format(call, name:gsub("'", "''")))
  if not cursor then return false, err end
  local answer = cursor:fetch()
  cursor:close()
  return answer == "t"
end

function DIALECT.lock(sink, name)
  return ask(sink, "pg_try_advisory_lock", name)
end

function DIALECT.unlock(sink, name)
  ask(sink, "pg_advisory_unlock", name)
end

local M = { form = "postgres:ADDRESS", as = "json", takes = { layout = true, document = true } }

--- True if an address holds a password, which everybody on this machine could read in the command
-- line.
-- @tparam string address
-- @treturn boolean
function M.shows_a_secret(address)
  return address:find("//[^/@]*:[^/@]*@") ~= nil or address:find("password%s*=") ~= nil
end

--- See `wdt.sink.sql`.
function M.open(address, options, target)
  local scheme = address:find "^//" and target:match "^%l+:" or ""
  address, options = sql.take_options(address, options)
  return sql.open(DIALECT, options, scheme .. address)
end

return M
