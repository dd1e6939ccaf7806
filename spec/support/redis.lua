--- A server of Redis for one spec, on a free port of the loopback, which keeps nothing on the disk.
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local quote, must = shell.quote, shell.must

local M = {}

--- Starts one.
-- @tparam string folder for its log
-- @tparam ?string options further ones of redis-server
-- @treturn table `{ port, address, cli(words), start(), stop(), kill(), pause(), go_on() }`
function M.start(folder, options)
  local handle = { port = server.free_port() }
  handle.address = ("redis://127.0.0.1:%d/1"):format(handle.port)

  function handle.cli(words)
    return must(("redis-cli -p %d -n 1 %s"):format(handle.port, words))
  end

  function handle.start()
    must(("redis-server --port %d --bind 127.0.0.1 --save '' --appendonly no --dir %s %s >>%s/log "
      .. "2>&1 & echo $! >%s/pid; n=0; until redis-cli -p %d ping 2>&1 | "
      .. "grep -qE 'PONG|NOAUTH'; do n=$((n + 1)); [ $n -lt 4000 ] || { cat %s/log; exit 1; }; "
      .. "done"):format(handle.port, quote(folder), options or "", quote(folder), quote(folder),
      handle.port, quote(folder)))
    handle.pid = tonumber(shell.read(folder .. "/pid"))
  end

  function handle.stop() shell.finish(handle.pid, "TERM") end
  function handle.kill() shell.finish(handle.pid, "KILL") end
  function handle.pause() must("kill -STOP " .. handle.pid) end
  function handle.go_on() must("kill -CONT " .. handle.pid) end

  handle.start()
  return handle
end

return M
