--- Statements on a connection of LuaSQL, and how they fail.
-- @module wdt.sink.database
local failure = require "wdt.sink.failure"
local ipairs, pcall, require, tostring, type = ipairs, pcall, require, tostring, type
local find, gsub = string.find, string.gsub

local M = {}

local NO_DRIVER = { en = "it needs LuaSQL: apt-get install %s, or luarocks install %s",
  zh = "需要 LuaSQL：apt-get install %s，或 luarocks install %s" }
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

--- Runs a statement.
-- @param connection nil: it was closed
-- @tparam string statement
-- @return what it answers; or nil, err, code, zh
function M.execute(connection, statement)
  if not connection then return failure(CLOSED) end
  local done, err = connection:execute(statement)
  if done then return done end
  return M.plain(err)
end

--- The first row of a query.
-- @param connection
-- @tparam string statement
-- @treturn ?table a list; nil where there is none; or nil, err, code, zh
function M.first_row(connection, statement)
  local cursor, err, code, zh = M.execute(connection, statement)
  if not cursor then return nil, err, code, zh end
  local row = cursor:fetch({}, "n")
  cursor:close()
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
  local row = cursor:fetch({}, "n")
  while row do
    visit(row)
    row = cursor:fetch(row, "n")
  end
  cursor:close()
  return true
end

--- Runs statements, in order.
-- @param connection
-- @tparam {string...} list
-- @treturn boolean true; or nil, err, code, zh
function M.execute_all(connection, list)
  for _, statement in ipairs(list) do
    local done, err, code, zh = M.execute(connection, statement)
    if not done then return nil, err, code, zh end
    if type(done) == "userdata" then done:close() end -- a pragma answers
  end
  return true
end

--- Connects.
-- @tparam table dialect `driver`, `debian`, `rock`
-- @param ... what LuaSQL connects to
-- @return its environment; or nil, err, code, zh
-- @return its connection
function M.connect(dialect, ...)
  local loaded, driver = pcall(require, "luasql." .. dialect.driver)
  if not loaded then return failure(NO_DRIVER, dialect.debian, dialect.rock) end
  local environment = driver[dialect.driver]()
  local connection, err = environment:connect(...)
  if connection then return environment, connection end
  environment:close()
  return M.plain(err)
end

return M
