--- `mysql://USER@HOST:PORT/DATABASE/TABLE`: a database of MySQL or MariaDB. Without a table it is
-- the job's name; a password may stand after the user (`USER:PASSWORD@`) in a program, the command
-- takes it from MYSQL_PWD. `?socket=PATH` connects by a socket.
--
-- The document is text, as the gateway sent it (but for half characters, which MariaDB does not
-- take for JSON): MySQL's own type JSON would make doubles of decimals.
-- @module wdt.sink.mysql
local database = require "wdt.sink.database"
local escapes = require "wdt.sink.escapes"
local failure = require "wdt.sink.failure"
local sql = require "wdt.sink.sql"
local literal, quoted, concat = database.literal, database.quoted, table.concat
local char, getenv, ipairs, min, setmetatable, tonumber = string.char, os.getenv, ipairs, math.min,
  setmetatable, tonumber

local M = { form = "mysql://USER@HOST/DATABASE", as = "json",
  takes = { layout = true, document = true } }

local BAD = { en = "%s is no address: mysql://USER@HOST:PORT/DATABASE, perhaps with /TABLE",
  zh = "%s 不是有效地址：mysql://用户@主机:端口/库，可加 /表" }

-- Bytes of a statement of several rows, where the server takes as many; a row that is longer goes
-- alone.
local STATEMENT = 1048576

-- A field of the document; NULL where it is missing or null. Of what is no JSON to this server
-- MariaDB makes NULL and a warning, so that an identity of it is refused by the table.
local FIELD = [[CASE WHEN JSON_TYPE(JSON_EXTRACT(d, '$."%s"')) <> 'NULL' THEN
  JSON_UNQUOTE(JSON_EXTRACT(d, '$."%s"')) END]]

-- Epoch milliseconds as the date that they are in Beijing.
local VERSION = [[CASE WHEN %s REGEXP '^[0-9]{13}$' THEN
  DATE_FORMAT(DATE_ADD('1970-01-01 08:00:00', INTERVAL %s * 1000 MICROSECOND),
    '%%Y-%%m-%%d %%H:%%i:%%s.%%f') ELSE %s END]]

local DIALECT = { driver = "mysql", debian = "lua-sql-mysql", rock = "luasql-mysql",
  document = "LONGTEXT", text = "LONGTEXT",
  snapshot = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
  cast = "CONVERT(%s USING utf8mb4)", longest_name = 64, statement = STATEMENT,
  exists = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND "
    .. "table_name = %s",
  -- Backslashes are no escapes and double quotes no strings, so that quotes are doubled and nothing
  -- else is special; what does not fit is an error; and the tables are transactional or not made.
  session = { "SET NAMES utf8mb4", "SET SESSION sql_mode = "
    .. "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,"
    .. "NO_ENGINE_SUBSTITUTION'", "SET SESSION autocommit = 1",
    -- a wait for a lock holds up the process: a longer one is `wdt.sink.sql`'s, who knows it by
    -- these words
    "SET SESSION innodb_lock_wait_timeout = 1", "SET SESSION lock_wait_timeout = 1",
    "SET SESSION lc_messages = 'en_US'" },
  -- A change of a table ends a transaction; what follows it is one as well.
  begins = "SET SESSION autocommit = 0", ends = "SET SESSION autocommit = 1",
  field = function(name) return FIELD:format(name, name) end,
  version = function(field) return VERSION:format(field, field, field) end,
  upsert_document = function()
    return [[ON DUPLICATE KEY UPDATE
      "_document" = IF(VALUES("_modified") >= "_modified", VALUES("_document"), "_document"),
      "_modified" = GREATEST(VALUES("_modified"), "_modified")]]
  end,
  clean = escapes.whole,
  types = { int = "BIGINT", decimal = "DECIMAL(26,8)", datetime = "DATETIME",
    boolean = "BOOLEAN", text = "MEDIUMTEXT" },
  decimal = { whole = 18, places = 8 }, booleans = { [true] = "1", [false] = "0" },
  as_text = "CAST(%s AS CHAR)", text_literal = literal, comment = true, prefix = "(64)",
  upsert = function(_, columns)
    local list = {}
    for i, name in ipairs(columns) do list[i] = ("%s = VALUES(%s)"):format(name, name) end
    return " ON DUPLICATE KEY UPDATE " .. concat(list, ", ")
  end,
  inline_keys = true, -- a change of a table is committed by itself: all of it, or none
  retype = function(_, name, _, _, change)
    return { ("ALTER TABLE %s %s"):format(quoted(name), change) }
  end }

-- GET_LOCK's names have 64 characters at most, and are the whole server's.
local LOCK = "SELECT %s(CONCAT('wdt ', MD5(CONCAT(DATABASE(), '/', '%s')))%s)"

-- Seconds that the lock is waited for: of a process that was killed, the server notices late.
local PATIENCE = 5

-- The server's own lock of this connection: it ends with it.
local function ask(sink, call, name, more)
  local cursor, err = sink.connection:execute(LOCK:format(call, name:gsub("'", "''"), more))
  if not cursor then return false, err end
  local answer = cursor:fetch()
  cursor:close()
  return tonumber(answer) == 1
end

function DIALECT.lock(sink, name)
  return ask(sink, "GET_LOCK", name, ", " .. PATIENCE)
end

function DIALECT.unlock(sink, name)
  ask(sink, "RELEASE_LOCK", name, "")
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(digits) return char(tonumber(digits, 16)) end))
end

--- Takes an address apart.
-- @tparam string address `"//USER:PASSWORD@HOST:PORT/DATABASE/TABLE?socket=PATH"`
-- @treturn ?table `{ user, password, host, port, database, table, socket }`, all texts but the
-- port, nil where it is none
function M.parse(address)
  local plain, query = address:match "^([^?]*)%??(.*)$"
  local authority, path = plain:match "^//([^/]*)/(.+)$"
  if not authority then return nil end
  local user, host = authority:match "^(.*)@([^@]*)$"
  local name, password = (user or ""):match "^([^:]*):?(.*)$"
  host = host or authority
  local port = host:match ":(%d+)$"
  host = host:gsub(":%d+$", ""):gsub("^%[(.*)%]$", "%1")
  local base, tail = path:match "^([^/]+)/?(.*)$"
  local socket = query:match "^socket=(.+)$"
  if not base or tail:find "/" or query ~= "" and not socket or host:find "[:@]"
    and not authority:find "%[" then
    return nil
  end
  local parts = { user = name, password = password, host = host, database = base, table = tail,
    socket = socket }
  for key, value in pairs(parts) do parts[key] = value ~= "" and decoded(value) or nil end
  parts.port = port and tonumber(port)
  return parts
end

--- True if an address holds a password, which everybody on this machine could read in the command
-- line.
-- @tparam string address
-- @treturn boolean
function M.shows_a_secret(address)
  return address:find "^//[^/]*:[^/]*@" ~= nil
end

-- Ids of rows are compared byte by byte, trailing blanks included; each server has a collation of
-- its own that does.
local COLLATIONS = { "utf8mb4_nopad_bin", "utf8mb4_0900_bin", "utf8mb4_bin" }

-- The first row of a query.
local function row_of(connection, statement)
  local cursor = connection:execute(statement)
  local row = cursor and cursor:fetch({}, "n") or {}
  if cursor then cursor:close() end
  return row
end

-- Gives a sink the dialect of its server: its collation, and the packets that it takes.
function DIALECT.adapt(sink)
  local connection = sink.connection
  local dialect = setmetatable({}, { __index = DIALECT })
  for _, name in ipairs(COLLATIONS) do
    local found = row_of(connection, ("SELECT 1 FROM information_schema.collations WHERE "
      .. "collation_name = '%s'"):format(name))[1]
    if found then
      dialect.key = ("VARCHAR(191) CHARACTER SET utf8mb4 COLLATE %s"):format(name)
      dialect.options = (" ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE %s"):format(name)
      break
    end
  end
  local most = tonumber(row_of(connection, "SELECT @@max_allowed_packet")[1])
  if most then dialect.statement, dialect.packet = min(STATEMENT, most / 2), most end
  sink.dialect = dialect
end

--- See `wdt.sink.sql`.
function M.open(_, options, target)
  local address
  address, options = sql.take_options(target:match "^mysql:(.*)$", options)
  local at = M.parse(address)
  if not at then return failure(BAD, (target:gsub(":[^/@]*@", ":***@"))) end
  options.name = at.table or options.name
  return sql.open(DIALECT, options, at.database, at.user, at.password or getenv "MYSQL_PWD",
    at.host, at.port, at.socket)
end

return M
