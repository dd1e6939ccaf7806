--- Many processes on one account by a Redis: what a gateway counts of their calls.
local curl_host = require "wdt.host.curl"
local nginx = require "support.nginx"
local redis = require "support.redis"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"

local RATE, WINDOW = 60, 60
local PROCESSES, MINUTES = 50, 5
local WANTED = 0.97

local SERVER = [[
    listen 127.0.0.1:%d;
    location / { content_by_lua_block { require("bench.fleet.inside").answer() } }
    location = /stamps { content_by_lua_block { require("bench.fleet.inside").stamps() } }]]

local function start(interpreter, folder, url, address)
  local pids = {}
  for i = 1, PROCESSES do
    pids[i] = tonumber(shell.must(("%s %s/spec/bench/fleet/caller.lua %s %s >>%s/callers 2>&1 & "
      .. "echo $!"):format(interpreter, shell.quote(shell.root), url, address, folder)))
  end
  return pids
end

-- The most calls of any 60 seconds, and the part of the budget that whole minutes from the first
-- call on have used.
local function judge(stamps)
  table.sort(stamps)
  local most, first, used = 0, 1, 0
  for i, at in ipairs(stamps) do
    while at - stamps[first] >= WINDOW do first = first + 1 end
    most = math.max(most, i - first + 1)
    if at < stamps[1] + MINUTES * WINDOW then used = used + 1 end
  end
  return most, used / (MINUTES * RATE)
end

local function measure(interpreter, folder, ngx, port, store)
  local pids = start(interpreter, folder, "http://127.0.0.1:" .. port, store.address)
  -- an empty store counts as full for a minute
  curl_host.new():sleep((MINUTES + 1) * WINDOW + 5)
  for _, pid in ipairs(pids) do shell.finish(pid, "TERM") end
  local said = shell.read(folder .. "/callers")
  assert(said == "", said)
  local stamps = {}
  for stamp in ngx:curl("/stamps"):gmatch "[%d.]+" do stamps[#stamps + 1] = tonumber(stamp) end
  return judge(stamps)
end

--- Measures for six minutes.
-- @tparam function tell takes a line's name, its figure as a text, and whether it is as wanted
-- @tparam string interpreter that runs the processes
return function(tell, interpreter)
  local folder, port = shell.folder(), server.free_port()
  local store = redis.start(folder)
  local ngx = assert(nginx.start{ http = "lua_shared_dict calls 10m;",
    server = SERVER:format(port) })
  local ok, most, used = pcall(measure, interpreter, folder, ngx, port, store)
  ngx:stop()
  store.stop()
  shell.must("rm -rf " .. shell.quote(folder))
  assert(ok, most)
  local who = PROCESSES .. " processes on one account, "
  tell(who .. "most calls in 60 s", ("%d (<= %d)"):format(most, RATE), most <= RATE)
  tell(who .. "share used", ("%.1f %% of %d minutes (>= %d)"):format(used * 100, MINUTES,
    WANTED * 100), used >= WANTED)
end
