--- Statements on a connection of a database, and how they fail. A connection is one of our own
-- modules, where wdt was built with it (`wdt.sqlite`, `wdt.postgres`), else one of LuaSQL: both
-- execute and fetch alike. Our own have `put` besides, by which rows that were laid out
-- (`core.laying`) get there without becoming SQL first, and end transactions exactly.
--
-- Each statement is committed by itself, but for those from `begin` to `commit` or `rollback`. A
-- transaction holds locks that others wait for: nothing is waited for within one but the database.
-- @module wdt.sink.database
local failure = require "wdt.sink.failure"
local native = require "wdt.native"
local ipairs, pcall, require, tostring, type = ipairs, pcall, require, tostring, type
local unpack = table.unpack or unpack -- luacheck: ignore 143 113
local find, gsub = string.find, string.gsub

local M = {}

local NO_DRIVER = { en = "it needs LuaSQL: apt-get install %s, or luarocks install %s",
  zh = "需要 LuaSQL：apt-get install %s，或 luarocks install %s" }
local NO_MODULE = {
  en = "it needs LuaSQL: apt-get install %s, or luarocks install %s, or apt-get install %s and a "
    .. "new build of wdt",
  zh = "需要 LuaSQL：apt-get install %s，或 luarocks install %s，或 apt-get install %s 后重新编译 wdt" }
local CLOSED = { en = "it is closed", zh = "已关闭" }

--- A name as SQL writes it.
-- @tparam string name
-- @treturn string
function M.quoted(name)
  return '"' .. gsub(name, '"', '""') .. '"'
end

--- A text as SQL writes it, where backslashes are no escapes.
-- @tparam string text
-- @treturn string
function M.literal(text)
  if find(text, "'", 1, true) then text = gsub(text, "'", "''") end
  return "'" .. text .. "'"
end

--- A database's failure without its quotations of the row: PostgreSQL has them in further lines,
-- MySQL in quotes.
-- @param err
-- @treturn nil
-- @treturn string "output: text"
-- @treturn string "output"
-- @treturn string the text in Chinese
function M.plain(err)
  err = tostring(err):match "^[^\n]*":gsub("near '.*", "near a value")
  for _, word in ipairs{ "value:", "entry" } do
    err = err:gsub("(" .. word .. ") '.*' for ", "%1 … for "):gsub("(" .. word .. ") '.*'", "%1 …")
  end
  return failure(err)
end

-- Words for a statement that failed because others hold locks, by the SQLSTATE; and those of which
-- one is in the message then, also where LuaSQL tells no state.
local LOCKED = { ["40001"] = "serialization failure", ["40P01"] = "deadlock detected",
  ["55P03"] = "lock timeout" }
local LOCKED_WORDS = { "database is locked", "database table is locked", "serialization failure",
  "deadlock detected", "lock timeout", "could not serialize", "Lock wait timeout",
  "Deadlock found" }

--- True if a failure passes once others have ended their transactions.
-- @tparam ?string err
-- @treturn boolean
function M.is_locked(err)
  for _, words in ipairs(LOCKED_WORDS) do
    if err and find(err, words, 1, true) then return true end
  end
  return false
end

--- Runs a statement.
-- @param connection nil: it was closed
-- @tparam string|table statement of SQL; or what `put` of a connection takes, in a list
-- @return what it answers; or nil, err, code, zh
function M.execute(connection, statement)
  if not connection then return failure(CLOSED) end
  local done, err, state
  if type(statement) == "table" then
    done, err, state = connection:put(unpack(statement))
  else
    done, err, state = connection:execute(statement)
  end
  if done then return done end
  local known = LOCKED[state]
  return M.plain(known and ("%s (%s)"):format(err:match "^[^\n]*", known) or err)
end

--- The first row of a query.
-- @param connection
-- @tparam string statement
-- @treturn ?table a list; nil where there is none; or nil, err, code, zh
function M.first_row(connection, statement)
  local cursor, err, code, zh = M.execute(connection, statement)
  if not cursor then return nil, err, code, zh end
  local row, why = cursor:fetch({}, "n")
  cursor:close()
  if why then return M.plain(why) end
  return row
end

--- Visits the rows of a query.
-- @param connection
-- @tparam string statement
-- @tparam function visit takes a list that is used again for the next row
-- @treturn boolean true; or nil, err, code, zh
function M.each_row(connection, statement, visit)
  local cursor, err, code, zh = M.execute(connection, statement)
  if not cursor then return nil, err, code, zh end
  local row, why = cursor:fetch({}, "n")
  while row do
    visit(row)
    row, why = cursor:fetch(row, "n")
  end
  cursor:close()
  if why then return M.plain(why) end
  return true
end

--- Runs statements, in order.
-- @param connection
-- @tparam {string|table,...} list as `execute` takes them
-- @treturn boolean true; or nil, err, code, zh
function M.execute_all(connection, list)
  for _, statement in ipairs(list) do
    local done, err, code, zh = M.execute(connection, statement)
    if not done then return nil, err, code, zh end
    if type(done) == "userdata" then done:close() end -- a pragma answers
  end
  return true
end

-- Begins or ends a transaction by a method of our own connections, of the others by statements.
local function turn(connection, method, reads, list)
  if not connection then return failure(CLOSED) end
  local done, err
  if connection.put then
    done, err = connection[method](connection, reads)
  else
    for i = 1, #list do
      done, err = connection:execute(list[i])
      if not done then break end
    end
  end
  if done then return true end
  return M.plain(err)
end

--- Begins a transaction. Where others hold the lock that it begins with, it fails at once.
-- @param connection
-- @tparam table dialect `begins` and `ends`: statements of LuaSQL's connections for it, before the
-- first and after the last; `hasty` and `patient`: those that have a lock not waited for, and again
-- waited for
-- @tparam ?boolean reads true: nothing is written in it
-- @treturn boolean true; or nil, err, code, zh
function M.begin(connection, dialect, reads)
  if reads then return turn(connection, "begin", true, { "BEGIN" }) end
  local ok, err, code, zh = M.execute_all(connection, { dialect.hasty })
  if not ok then return nil, err, code, zh end
  ok, err, code, zh = turn(connection, "begin", false, { dialect.begins or "BEGIN" })
  local again, why, word, text = M.execute_all(connection, { dialect.patient })
  if not ok then return nil, err, code, zh end
  return again, why, word, text
end

--- Commits what was executed; nil, err, code, zh where it is gone, or the answer is.
-- @param connection
-- @tparam table dialect
-- @treturn boolean true; or nil, err, code, zh
function M.commit(connection, dialect)
  return turn(connection, "commit", nil, { "COMMIT", dialect.ends })
end

--- Takes back what was executed since `begin`.
-- @param connection
-- @tparam table dialect
-- @treturn boolean true; or nil, err, code, zh
function M.rollback(connection, dialect)
  return turn(connection, "rollback", nil, { "ROLLBACK", dialect.ends })
end

--- Connects.
-- @tparam table dialect `module` (our own, nil where there is none), `driver` (of LuaSQL),
-- `debian`, `rock`, `library`
-- @param ... what either connects to
-- @return its connection; or nil, err, code, zh
-- @return the environment of LuaSQL, nil where it is our own
function M.connect(dialect, ...)
  local own = dialect.module and native.find(dialect.module)
  if own then
    local connection, err = own.connect(...)
    if connection then return connection end
    return M.plain(err)
  end
  local loaded, driver = pcall(require, "luasql." .. dialect.driver)
  if not loaded then
    if not dialect.module then return failure(NO_DRIVER, dialect.debian, dialect.rock) end
    return failure(NO_MODULE, dialect.debian, dialect.rock, dialect.library)
  end
  local environment = driver[dialect.driver]()
  local connection, err = environment:connect(...)
  if connection then return connection, environment end
  environment:close()
  return M.plain(err)
end

return M
