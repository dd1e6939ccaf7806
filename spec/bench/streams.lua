--- Memory of one process that holds many open streams, each of an account of its own, on one loop:
-- after the first row of a page, in the middle of it, and between two pages. Linux: /proc.
--
--     WDT_SANDBOX_CPATH=… LUA_PATH=… LUA_CPATH=… lua5.4 spec/bench/streams.lua [STREAMS [LIMIT]]
--
-- as spec/run.sh sets them; 1000 streams unless told otherwise. Pages are of 100 orders (400 KB);
-- each state is measured in a process of its own, and so is the gateway. Prints what the process
-- holds in the end, beyond what it had before the first stream, and the most that it held on the
-- way; fails where that is above LIMIT MB (120).
local beijing = require "wdt.beijing"
local wdt = require "wdt"

local START = "2026-11-01 00:00:00"
local ROWS = { first = 1, middle = 50, between = 101 } -- the last one is on the next page

local function resident(name)
  for line in io.lines "/proc/self/status" do
    local kb = line:match("^" .. name .. ":%s+(%d+) kB")
    if kb then return tonumber(kb) / 1024 end
  end
end

-- Reads so many rows, and is then left open: between pages it waits for its rate.
local function hold(loop, url, i, rows, counts)
  local client = wdt.new{ edition = "enterprise", sid = "s" .. i, appkey = "bench",
    appsecret = "bench", url = url, rate = 1, host = loop }
  local stream = client:stockouts{ start = START, stop = beijing.parse(START) + 30 * 86400 - 1,
    status = 95 }
  for at = 1, rows do
    if at == 100 then counts.pages = counts.pages + 1 end
    local row, err = stream:next()
    if not row then
      print(err)
      os.exit(1)
    end
  end
  counts.open = counts.open + 1
  loop:sleep(1e6)
end

-- A process of its own: tells what it holds once all streams are where they should be.
local function measure(state, url, n)
  local loop, counts = wdt.loop(), { open = 0, pages = 0 }
  collectgarbage()
  local before = resident "VmRSS"
  for i = 1, n do loop:spawn("s" .. i, hold, loop, url, i, ROWS[state], counts) end
  loop:spawn("watch", function()
    local reached = state == "between" and "pages" or "open"
    repeat loop:sleep(0.05) until counts[reached] == n
    loop:sleep(1) -- transfers that still may move do
    print(("%d %.1f %.1f"):format(counts[reached], resident "VmRSS" - before,
      resident "VmHWM" - before))
    os.exit(0)
  end)
  loop:run()
end

if ROWS[arg[1]] then return measure(arg[1], arg[2], tonumber(arg[3])) end

local nginx = require "support.nginx"
local pages = require "bench.pages"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"

local n, limit = tonumber(arg[1]) or 1000, tonumber(arg[2]) or 120
local port = server.free_port()
local ngx = assert(nginx.start{ connections = 2 * n + 100, server = ([[
    listen 127.0.0.1:%d;
    location / { error_page 405 =200 /page; return 405; }
    location = /page { root $PREFIX; }]]):format(port) })
shell.write(ngx.prefix .. "/page", (pages.page(1):gsub('("consign_time":")[^"]*',
  "%1" .. START)))

local words, i = {}, 0
while arg[i - 1] do
  i = i - 1
  words[1] = shell.quote(arg[i])
end
local fine = true
for _, state in ipairs{ "first", "middle", "between" } do
  local said = shell.run(("%s %s %s http://127.0.0.1:%d %d"):format(words[1], shell.quote(arg[0]),
    state, port, n))
  local held, now, most = said:match "^(%d+) ([%d.]+) ([%d.]+)\n$"
  assert(tonumber(held) == n, said)
  fine = fine and tonumber(most) <= limit
  print(("%s, %d open streams, %-8s %6.1f MB, at most %6.1f MB"):format(rawget(_G, "jit")
    and "LuaJIT" or _VERSION, n, state, now, most))
end
ngx:stop()
os.exit(fine and 0 or 1)
