--- Databases for specs of tables: `databases.NAME(folder)` starts one and returns `{ target,
-- all(statement), run(statement), prefix, stop() }`; `all` answers rows as tables of texts, in
-- order, `prefix` is what an index of a text needs; of a server, `kill` ends it as a crash does and
-- `start` starts it again.
local copies = require "support.copies"
local mariadb = require "support.mariadb"

local M = {}

-- Rows of a cursor, every value a text.
local function drain(cursor)
  local list, row = {}, cursor:fetch({}, "a")
  while row do
    local copy = {}
    for name, value in pairs(row) do
      copy[name] = type(value) == "number" and ("%.15g"):format(value) or value
    end
    list[#list + 1] = copy
    row = cursor:fetch({}, "a")
  end
  cursor:close()
  return list
end

local function handle(target, connect, stop, prefix)
  local function with(use)
    local db, environment = connect()
    local result = use(db)
    db:close()
    environment:close()
    return result
  end
  return { target = target, stop = stop, prefix = prefix or "",
    all = function(statement)
      return with(function(db) return drain(assert(db:execute(statement))) end)
    end,
    run = function(statement) with(function(db) assert(db:execute(statement)) end) end }
end

function M.sqlite(folder)
  local path = folder .. "/tables.db"
  return handle("sqlite:" .. path, function()
    local environment = require "luasql.sqlite3".sqlite3()
    local db = assert(environment:connect(path))
    assert(db:execute "PRAGMA busy_timeout = 10000"):close()
    return db, environment
  end, function() end)
end

function M.postgres(folder)
  local pg = copies.postgres(folder)
  local db = handle("postgres:" .. pg.address, function()
    local environment = require "luasql.postgres".postgres()
    return assert(environment:connect(pg.address)), environment
  end, pg.stop)
  db.start, db.kill = pg.start, pg.stop
  return db
end

function M.mysql(folder)
  local server = mariadb.start(folder)
  local db = handle(server.url, server.connect, server.stop, "(64)")
  db.start, db.kill = server.start, server.kill
  return db
end

return M
