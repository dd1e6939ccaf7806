--- A master of Redis with two replicas, and a sentinel that fails over half a second after the
-- master is gone. A master without a replica takes no writes: one that was stopped, and goes on
-- before it knows that it was replaced, grants nothing.
local eventually = require "support.eventually"
local redis = require "support.redis"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local quote, must = shell.quote, shell.must

local M = {}

local CONF = [[
port %d
bind 127.0.0.1
dir %s
sentinel monitor shop 127.0.0.1 %d 1
sentinel down-after-milliseconds shop 500
sentinel failover-timeout shop 2000
]]

--- Starts them.
-- @tparam string folder
-- @treturn table `{ address, master(), kill(), rejoin(), pause(), go_on(), stop() }`: `address` as
-- a client's setting has it; `master` is the server that the sentinel tells; `kill` ends it, and
-- `rejoin`, once the other one is the master, starts it again; `promotion`: seconds until then
function M.start(folder)
  local servers = {}
  local function follows(one)
    return one.cli "info replication":find("master_link_status:up", 1, true)
  end
  for i = 1, 3 do
    must(("mkdir %s/redis%d"):format(quote(folder), i))
    servers[i] = redis.start(folder .. "/redis" .. i, "--min-replicas-to-write 1 "
      .. "--repl-diskless-sync-delay 0" .. (servers[1] and " --replicaof 127.0.0.1 "
      .. servers[1].port or ""))
  end
  eventually(function() return follows(servers[2]) and follows(servers[3]) end)
  local port = server.free_port()
  shell.write(folder .. "/sentinel.conf", CONF:format(port, folder, servers[1].port))
  local pid = tonumber(must(("redis-server %s/sentinel.conf --sentinel >%s/sentinel.log 2>&1 & "
    .. "echo $!"):format(quote(folder), quote(folder))))
  local handle = { address = ("redis+sentinel://127.0.0.1:%d/shop/1"):format(port), promotion = 3 }

  local function told()
    local said = shell.run(("redis-cli -p %d sentinel get-master-addr-by-name shop"):format(port))
    return tonumber(said:match "127.0.0.1\n(%d+)")
  end

  function handle.master()
    local at = told()
    for _, one in ipairs(servers) do
      if one.port == at then return one end
    end
  end
  -- it has to know the replicas
  eventually(function()
    local said = shell.run(("redis-cli -p %d sentinel replicas shop"):format(port))
    return said:find(tostring(servers[2].port), 1, true)
      and said:find(tostring(servers[3].port), 1, true)
  end)

  local gone, paused

  function handle.kill()
    gone = handle.master()
    gone.kill()
  end

  function handle.rejoin()
    local now
    eventually(function()
      now = told() ~= gone.port and handle.master()
      return now and now.cli "role":find "^master"
    end)
    gone.start()
    gone.cli(("replicaof 127.0.0.1 %d"):format(now.port))
    eventually(function() return follows(gone) end)
  end

  function handle.pause()
    paused = handle.master()
    paused.pause()
  end

  function handle.go_on() paused.go_on() end

  function handle.stop()
    shell.finish(pid, "TERM")
    for _, one in ipairs(servers) do one.stop() end
  end

  return handle
end

return M
