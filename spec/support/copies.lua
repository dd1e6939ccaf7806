--- Describes what stands in the copies that a synchronisation keeps: rows by their identity, and
-- how many there are.
local shell = require "support.shell"
local template = require "support.template"
local quote, must = shell.quote, shell.must

local M = {}

local PATIENT = "PRAGMA busy_timeout = 60000"

--- All rows of a statement, by the text of the columns that are their identity.
-- @param environment of LuaSQL; it is closed
-- @tparam string address of the database
-- @tparam string statement
-- @tparam {string} ids
-- @treturn table
-- @treturn integer rows
function M.rows(environment, address, statement, ids)
  local db = assert(environment:connect(address))
  if tostring(environment):find "^SQLite" then -- the one who writes may hold its lock
    assert(db:execute(PATIENT)):close()
  end
  local cursor = assert(db:execute(statement))
  local copy, n = {}, 0
  local row = cursor:fetch({}, "a")
  while row do
    local key = {}
    for i, id in ipairs(ids) do key[i] = row[id] end
    copy[table.concat(key, " ")], n = row, n + 1
    row = cursor:fetch({}, "a")
  end
  cursor:close()
  db:close()
  environment:close()
  return copy, n
end

--- A table of SQLite.
-- @treturn table documents by identity
-- @treturn integer rows
function M.sqlite(path, name, ids)
  local copy, n = M.rows(require "luasql.sqlite3".sqlite3(), path,
    ('SELECT * FROM "%s"'):format(name), ids or { "stockout_id" })
  for key, row in pairs(copy) do copy[key] = row._document end
  return copy, n
end

local function files_in(folder, extension)
  return must(("ls %s | grep '[.]%s$' || true"):format(quote(folder), extension)):gmatch("[^\n]+")
end

--- Files of a row a line, each of the day that its name tells.
function M.lines(folder, extension)
  local copy, n = {}, 0
  for name in files_in(folder, extension) do
    local day = name:match("%-(%d%d%d%d%-%d%d%-%d%d)%.")
    for line in io.lines(folder .. "/" .. name) do
      assert(line:find('"consign_time":"' .. day, 1, true), name)
      copy[assert(line:match('"stockout_id":"?(%d+)'))], n = line, n + 1
    end
  end
  return copy, n
end

-- Cells of RFC 4180, a line at a time.
local function records(text)
  local at = 1
  return function()
    if at > #text then return nil end
    local cells = {}
    while true do
      local cell, stop = text:match('^"([^"]*)"()', at)
      if cell then
        while text:sub(stop, stop) == '"' do -- a doubled quote
          local more, next_stop = text:match('^"([^"]*)"()', stop)
          cell, stop = cell .. '"' .. more, next_stop
        end
      else
        cell, stop = text:match("^([^,\r\n]*)()", at)
      end
      cells[#cells + 1] = cell
      at = stop
      if text:sub(at, at) ~= "," then break end
      at = at + 1
    end
    assert(text:sub(at, at + 1) == "\r\n", "no end of a line at byte " .. at)
    at = at + 2
    return cells
  end
end

--- Files for Excel, all of the same columns; the first one is the identity.
function M.csv(folder)
  local copy, n, head = {}, 0, nil
  for name in files_in(folder, "csv") do
    local text = shell.read(folder .. "/" .. name)
    assert(text:sub(1, 3) == "\239\187\191", name)
    local next_record = records(text:sub(4))
    local titles = table.concat(next_record(), ",")
    head = head or titles
    assert(titles == head, name)
    for cells in next_record do copy[cells[1]], n = cells, n + 1 end
  end
  return copy, n
end

--- Where a C module is, by `package.cpath`: an absolute path.
function M.module(name)
  for pattern in package.cpath:gmatch("[^;]+") do
    local path = pattern:gsub("%?", (name:gsub("%.", "/")))
    local file = io.open(path, "rb")
    if file then
      file:close()
      return (must("realpath " .. quote(path)):gsub("\n$", ""))
    end
  end
  error(name .. " is nowhere in " .. package.cpath)
end

--- Starts a server of PostgreSQL that no one else reaches.
-- @tparam string folder
-- @tparam ?integer port where it listens on the loopback as well
-- @treturn table `{ address, stop(), execute(statement), read(statement, ids) }`; `read` answers
-- the rows by identity, and how many they are
function M.postgres(folder, port)
  local bin = must("ls -d /usr/lib/postgresql/*/bin"):match("([^\n]+)\n$")
  -- The server refuses to be root.
  local as = must("id -u") == "0\n" and "setpriv --reuid=65534 --regid=65534 --clear-groups " or ""
  must(("mkdir %s/pg && chmod 755 %s && chmod 777 %s/pg"):format(folder, folder, folder))
  local data = folder .. "/pg/data"
  template.copy(bin .. "/initdb", data, function(made)
    must(("cd / && %s%s/initdb -D %s -U erp -A trust -E UTF8 --locale=C --no-sync"):format(as, bin,
      quote(made)), { HOME = folder .. "/pg" })
  end)
  local function control(word)
    must(("cd / && %s%s/pg_ctl -D %s -w -s -l %s/pg/log -o %s %s"):format(as, bin, data, folder,
      quote(("-c listen_addresses=%s -c port=%d -c fsync=off -c unix_socket_directories=%s/pg")
        :format(port and "127.0.0.1" or "", port or 5432, folder)), word))
  end
  control "start"
  local address = ("host=%s/pg port=%d user=erp dbname=postgres"):format(folder, port or 5432)
  local luasql = require "luasql.postgres"
  return { address = address, stop = function() control "-m immediate stop" end,
    start = function() control "start" end,
    execute = function(statement)
      local environment = luasql.postgres()
      local db = assert(environment:connect(address))
      assert(db:execute(statement))
      db:close()
      environment:close()
    end,
    read = function(statement, ids) return M.rows(luasql.postgres(), address, statement, ids) end }
end

return M
