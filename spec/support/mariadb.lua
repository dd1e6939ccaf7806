--- A server of MariaDB for one spec: on a free port of the loopback, in a folder of its
-- own, as a user without rights.
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local template = require "support.template"
local quote, must = shell.quote, shell.must

local M = {}

-- mariadbd refuses to be root.
local AS = must "id -u" == "0\n" and "setpriv --reuid=65534 --regid=65534 --clear-groups " or ""

--- Starts one.
-- @tparam string folder
-- @tparam ?string options further ones of mariadbd
-- @treturn table `{ url, connect(), rows(statement, key), execute(statement), stop(), kill(),
-- start() }`: `url` is a target with the database `erp`, where a user `erp` without a password may
-- do everything; `connect` returns a connection of LuaSQL and its environment; `rows` tells rows by
-- one of their columns; `kill` ends the server as a crash does, `start` starts it again
function M.start(folder, options)
  local place = folder .. "/my"
  must(("chmod 755 %s && mkdir %s && chmod 777 %s"):format(quote(folder), quote(place),
    quote(place)))
  template.copy((must "command -v mariadbd || echo /usr/sbin/mariadbd":gsub("%s", "")),
    place .. "/data", function(made)
      must(("cd / && %smysql_install_db --no-defaults --datadir=%s "
        .. "--auth-root-authentication-method=normal --skip-test-db"):format(AS, quote(made)),
        { HOME = place, TMPDIR = place })
    end)
  local handle = { port = server.free_port() }

  function handle.start()
    -- Ready once it has written its process id; it goes on when the shell that started it is gone.
    must(("cd / && rm -f %s/pid && { %smariadbd --no-defaults --datadir=%s/data "
      .. "--socket=%s/socket --pid-file=%s/pid "
      .. "--bind-address=127.0.0.1 --port=%d --tmpdir=%s --innodb-buffer-pool-size=16M "
        .. "--skip-name-resolve %s >%s/log 2>&1 & } "
      .. "&& n=0; until [ -s %s/pid ] && grep -q 'ready for connections' %s/log; do n=$((n + 1)); "
        .. "[ $n -lt 4000 ] || { cat %s/log; "
      .. "exit 1; }; sleep 0.01; done"):format(place, AS, place, place, place, handle.port, place,
        options or "", place, place, place,
      place))
    handle.pid = tonumber(shell.read(place .. "/pid"))
  end

  function handle.stop() shell.finish(handle.pid, "TERM") end
  function handle.kill() shell.finish(handle.pid, "KILL") end

  function handle.connect(password)
    local environment = require "luasql.mysql".mysql()
    local db = assert(environment:connect("erp", "erp", password, "127.0.0.1", handle.port))
    assert(db:execute "SET NAMES utf8mb4")
    assert(db:execute "SET sql_mode = 'ANSI_QUOTES'")
    return db, environment
  end

  function handle.rows(statement, key)
    local db, environment = handle.connect()
    local rows, cursor = {}, assert(db:execute(statement))
    local row = cursor:fetch({}, "a")
    while row do
      rows[row[key]] = row
      row = cursor:fetch({}, "a")
    end
    cursor:close()
    db:close()
    environment:close()
    return rows
  end

  function handle.execute(statement)
    local db, environment = handle.connect()
    assert(db:execute(statement))
    db:close()
    environment:close()
  end

  handle.start()
  local root = require "luasql.mysql".mysql()
  local db = assert(root:connect("mysql", "root", nil, "localhost", nil, place .. "/socket"))
  for _, statement in ipairs{ "CREATE DATABASE erp", "CREATE USER erp@'127.0.0.1'",
    "GRANT ALL ON erp.* TO erp@'127.0.0.1'" } do
    assert(db:execute(statement))
  end
  db:close()
  root:close()
  handle.url = ("mysql://erp@127.0.0.1:%d/erp"):format(handle.port)
  return handle
end

return M
