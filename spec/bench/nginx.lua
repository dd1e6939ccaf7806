-- Describes what a pull costs the nginx worker that makes it:
--
--   lua5.4 spec/bench/nginx.lua latency [ROUNDS]     a plain location of the same single worker,
--       idle and while pages are pulled
--   lua5.4 spec/bench/nginx.lua memory [PAGES]       memory of the worker over so many pages
--   (10000)
--   lua5.4 spec/bench/nginx.lua syscalls             what the worker asks of the system meanwhile
--       (needs strace)
--   luajit spec/bench/nginx.lua throughput [ROUNDS]  whole rows a worker reads, beside the libcurl
--       host of this very process, in turn
--
-- with LUA_PATH, LUA_CPATH and WDT_SANDBOX_CPATH as spec/run.sh sets them. Exits with 1 where a
-- bound is broken; the bounds are generous, since other processes of the machine are measured as
-- well.
local cjson = require "cjson"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local nginx = require "support.nginx"
local shell = require "support.shell"

local DAY = 86400
local NOW = os.time()

local function started(gateway, world, workers)
  local w = { seed = 2, from = NOW - 40 * DAY, to = NOW + DAY, now = NOW }
  for k, v in pairs(world) do w[k] = v end
  local box = assert(server.start{ gateway = gateway, world = w })
  local ngx = assert(nginx.start{ workers = workers })
  local settings = sandbox.settings("enterprise", box.url)
  settings.rate = 100000
  return box, ngx, settings
end

local PULL = [[
  local stream = wdt.new(given.settings):stockouts(given.query)
  for _ in stream do end
  local p = stream:progress()
  return p.calls, p.rows, p.bytes]]

-- Runs in another nginx: so many requests, one every millisecond or so, each timed. Percentiles in
-- milliseconds.
local PROBE = [[
  local now, times = require "wdt.nginx.clock".now, {}
  local function one()
    local socket = ngx.socket.tcp()
    local begun = now()
    assert(socket:connect("unix:" .. given.prefix .. "/http"))
    assert(socket:send("GET /plain HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"))
    repeat local line = assert(socket:receive("*l")) until line == ""
    assert(socket:receive(6) == "plain\n")
    local took = now() - begun
    assert(socket:setkeepalive(10000, 4))
    ngx.sleep(0.001)
    return took * 1000
  end
  for i = 1, given.requests do times[i] = one() end
  table.sort(times)
  local function at(share) return times[math.max(1, math.ceil(share * #times))] end
  return at(0.5), at(0.99), times[#times] ]]

local programs = {}

-- Probes one nginx while another, or the same one, pulls; or while no one does.
local function probed(probe, probed_one, puller, settings)
  local given, pipe = { prefix = probed_one.prefix, requests = 2000 }, nil
  if puller then
    local query = { start = NOW - 39 * DAY, stop = NOW - 2 * DAY, status = 95 }
    shell.write(puller.prefix .. "/chunk", cjson.encode{
      code = PULL, given = { settings = settings, query = query } })
    pipe = io.popen(("curl -sS --max-time 300 --unix-socket %s/http --data-binary @%s/chunk "
      .. "http://x/content"):format(
      puller.prefix, puller.prefix))
  end
  local p50, p99, most = probe:run("content", PROBE, given)
  local line = ("%8.3f %7.3f %7.3f"):format(p50, p99, most)
  if pipe then
    local said = cjson.decode((pipe:read("*a")))
    pipe:close()
    assert(said.ok, said["1"])
    line = line .. ("   %d pages, %d rows, %.0f MB"):format(said["1"], said["2"], said["3"] / 1e6)
  end
  return p99, line
end

-- Beside the idle machine there is a second comparison: the gateway and the pull take most of a
-- small machine's processors, and a program that wants one has to wait, nginx or not.
function programs.latency(rounds)
  local box, ngx, settings = started({}, { rows_per_day = 4000 })
  local probe, other = assert(nginx.start()), assert(nginx.start())
  local added = math.huge
  print("ms                        p50     p99     max")
  for _ = 1, rounds or 3 do
    local _, idle = probed(probe, ngx)
    local beside99, beside = probed(probe, ngx, other, settings)
    local pulling99, pulling = probed(probe, ngx, ngx, settings)
    print("idle                 " .. idle .. "\nanother one pulls    " .. beside
      .. "\nthis worker pulls    " .. pulling)
    added = math.min(added, pulling99 - beside99)
  end
  print(("p99 added by the pull: %.3f ms, in the quietest round"):format(added))
  for _, one in ipairs{ probe, other, ngx } do one:stop() end
  server.stop(box)
  return added <= 10
end

function programs.memory(pages)
  pages = pages or 10000
  local box, ngx, settings = started({ fields = "short" }, { rows_per_day = 4000 })
  local query = { start = NOW - 30 * DAY, stop = NOW - 2 * DAY, status = 95, page_size = 40 }
  local function state() -- without LuaJIT's traces, whose number it bounds itself
    local kept = ngx:run(
      "content", "jit.flush() collectgarbage() collectgarbage() return collectgarbage('count')")
    return kept, tonumber(shell.read("/proc/" .. ngx:workers()[1] .. "/status"):match(
      "VmRSS:%s*(%d+)"))
  end
  local done, first_kept, first_rss, kept, rss = 0, nil, nil, nil, nil
  print("  pages   Lua kB   RSS kB")
  while done < pages do
    local calls = ngx:run("content", PULL, { settings = settings, query = query })
    done = done + calls
    kept, rss = state()
    first_kept, first_rss = first_kept or kept, first_rss or rss
    print(("%7d %8.0f %8d"):format(done, kept, rss))
  end
  ngx:stop()
  server.stop(box)
  -- At this rate the budget's queue holds every call of the last minute, 8 bytes each.
  return kept < first_kept + 250 and rss < first_rss + 2000
end

-- Calls that would stop the worker, and every other event of it: only epoll_wait may wait.
local WAITING = { "poll", "ppoll", "select", "pselect6", "nanosleep", "clock_nanosleep", "wait4",
  "fsync", "fdatasync", "flock" }

function programs.syscalls()
  local box, ngx, settings = started({}, { rows_per_day = 4000 })
  local log = ngx.prefix .. "/strace"
  local pipe = io.popen(("strace -f -y -o %s -p %s 2>&1 & echo $!"):format(log, ngx:workers()[1]))
  local tracer = pipe:read("*l")
  assert((pipe:read("*l") or ""):find("attached"), "strace can't attach")
  local query = { start = NOW - 4 * DAY, stop = NOW - 2 * DAY, status = 95, lanes = 3 }
  local pages = ngx:run("content", PULL, { settings = settings, query = query })
  shell.must("kill -INT " .. tracer)
  pipe:close()
  local counts, bad = {}, {}
  for line in io.lines(log) do
    local name = line:match("^%d+%s+([%w_]+)%(")
    if name then counts[name] = (counts[name] or 0) + 1 end
    if name == "connect" and not line:find("EINPROGRESS") and not line:find("= 0$") then
      bad[#bad + 1] = line end
  end
  for _, name in ipairs(WAITING) do
    if counts[name] then bad[#bad + 1] = name .. ": " .. counts[name] .. " times" end
  end
  local names = {}
  for name, n in pairs(counts) do names[#names + 1] = ("%s %d"):format(name, n) end
  table.sort(names)
  print(pages .. " pages: " .. table.concat(names, ", "))
  for _, line in ipairs(bad) do print("waits: " .. line) end
  ngx:stop()
  server.stop(box)
  return #bad == 0
end

local BOTH = [[
  local now = require "wdt.nginx.clock".now
  local client = wdt.new(given.settings)
  local begun, cpu = now(), os.clock()
  local stream = client:stockouts(given.query)
  for _ in stream do end
  local seconds, p = now() - begun, stream:progress()
  assert(p.rows == given.rows and p.certificate ~= "none", p.certificate)
  client:close()
  return seconds, os.clock() - cpu]]

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

-- Both hosts read the same pages, round by round. "CPU" is that of the process that reads, a
-- million rows' worth.
function programs.throughput(rounds)
  assert(rawget(_G, "jit"), "run this by luajit: nginx is compared with this process")
  local gateway = require "bench.transfer.gateway"
  local pages = 512 -- of 100 rows
  local box, url = gateway.start(pages)
  local ngx = assert(nginx.start{ http = "lua_socket_buffer_size 64k;" }) -- as examples/ have it
  local given = { rows = pages * 100,
    query = { start = gateway.first, stop = gateway.first + pages * 100 - 1, status = 95 },
    settings = { edition = "enterprise", sid = "bench", appkey = "bench", appsecret = "bench",
      url = url .. "/0", rate = 100000 } }
  local here = assert(load("local wdt, given = ... " .. BOTH:gsub("wdt.nginx.clock", "wdt.curl")))
  local ratios, rates, costs = {}, { {}, {} }, { {}, {} }
  for i = 1, rounds or 5 do
    local inside, cpu = ngx:run("content", BOTH, given)
    local plain, plain_cpu = here(require "wdt", given)
    ratios[i], rates[1][i], rates[2][i] = plain / inside, pages / inside, pages / plain
    costs[1][i], costs[2][i] = cpu / given.rows * 1e6, plain_cpu / given.rows * 1e6
  end
  ngx:stop()
  box:stop()
  print("                pages/s   CPU s per million rows")
  print(("nginx        %10.0f %10.1f"):format(median(rates[1]), median(costs[1])))
  print(("libcurl host %10.0f %10.1f"):format(median(rates[2]), median(costs[2])))
  local ratio = median(ratios)
  print(("nginx to libcurl %.2f"):format(ratio))
  return ratio >= 0.8
end

local program = programs[arg[1]] or error("latency, memory, syscalls or throughput?", 0)
os.exit(program(tonumber(arg[2])) and 0 or 1)
