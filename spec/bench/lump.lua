--- Memory of one process that reads 30 days of which 10 hours hold all the rows: by a stream, and
-- by a copy into each sink. Linux: /proc.
--
--     WDT_SANDBOX_CPATH=… LUA_PATH=… LUA_CPATH=… lua5.4 spec/bench/lump.lua [ROWS] [KIND…]
--
-- as spec/run.sh sets them; a million rows and all kinds (stream, ndjson, csv, sqlite, postgres,
-- mysql) unless told otherwise. The gateway (spec/bench/lump_gateway.lua) and the databases are
-- processes of their own, and so is each reading. Prints rows, calls, the most rows that one window
-- held, and the peak; fails where that is above LIMIT, or a window held more than twice the rows
-- wanted.
local LIMIT = { stream = 25, copy = 60 } -- MB
local DAYS, WANTED = 30, 1500

local wdt = require "wdt"
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"

local function peak()
  for line in io.lines "/proc/self/status" do
    local kb = line:match "^VmHWM:%s+(%d+) kB"
    if kb then return tonumber(kb) / 1024 end
  end
end

local function report(rows, calls, proof, windows, most)
  print(("%d %d %s %d %d %.1f"):format(rows, calls, tostring(proof), windows, most, peak()))
end

local readings = {}

function readings.stream(client, from)
  local rows, before, most, windows = 0, 0, 0, 0
  local stream = client:stockouts{ start = beijing.format(from),
    stop = beijing.format(from + DAYS * 86400 - 1) }
  for _ in stream do
    rows = rows + 1
    local done = stream:progress().windows
    if done ~= windows then most, before, windows = math.max(most, rows - before), rows, done end
  end
  local p = stream:progress()
  report(rows, p.calls, p.certificate, p.windows, math.max(most, rows - before))
end

-- Databases keep the state themselves.
function readings.copy(client, from, target, state)
  local most = 0
  local job = assert(client:sync{ name = "lump", what = "stockouts", from = beijing.format(from),
    into = target, rows = WANTED, state = state and wdt.state.file(state),
    query = target:find "^csv:" and { fields = { "stockout_id", "modified", "shop_no" } } or {} })
  assert(job:run(function(rows) most = math.max(most, rows) end))
  local p = job:progress()
  report(p.rows, p.calls, p.uncertified == 0 and "proved" or "none", p.windows, most)
  job:close()
end

if arg[1] == "read" then -- a process of its own
  local settings = sandbox.settings("enterprise", arg[3])
  settings.rate = 100000
  return readings[arg[2]](wdt.new(settings), tonumber(arg[4]), arg[5], arg[6])
end

local nginx = require "support.nginx"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local sinks = require "support.sinks"

local wanted = tonumber(arg[1]) or 1000000
local kinds = {}
for i = 2, #arg do kinds[i - 1] = arg[i] end
if not kinds[1] then kinds = { "stream", "ndjson", "csv", "sqlite", "postgres", "mysql" } end

local from = os.time() - (DAYS + 2) * 86400
local port = server.free_port()
local gateway = assert(nginx.start{ server = ([[
    listen 127.0.0.1:%d;
    location /openapi2/ {
      content_by_lua_block { require("bench.lump_gateway").serve(%d, %d) }
    }]]):format(port, from + 14 * 86400, wanted) })

local function read(kind)
  local folder = shell.folder()
  local place = sinks.places[kind] and sinks.places[kind](folder)
  local words, i = {}, 0
  while arg[i - 1] do
    i = i - 1
    words[1] = shell.quote(arg[i])
  end
  for _, word in ipairs{ arg[0], "read", place and "copy" or "stream",
    "http://127.0.0.1:" .. port, tostring(from), place and place.target,
    place and place.target:find "^[nc]" and folder .. "/state" } do
    words[#words + 1] = shell.quote(word)
  end
  local began = os.time()
  local said, status = shell.run(table.concat(words, " "))
  if place then place.stop() end
  shell.must("rm -rf " .. shell.quote(folder))
  assert(status == 0, said)
  local rows, calls, proof, windows, most, memory =
    said:match "(%d+) (%d+) (%S+) (%d+) (%d+) ([%d.]+)%s*$"
  print(("%-9s %s rows, %s calls (%.1f per 1000), certificate %s, %s windows, at most %s rows in "
    .. "one, %s MB, %d s"):format(kind, rows, calls, calls / rows * 1000, proof, windows, most,
    memory, os.time() - began))
  local limit = place and LIMIT.copy or LIMIT.stream
  return tonumber(rows) == wanted and proof ~= "none" and tonumber(most) <= 2 * WANTED
    and tonumber(memory) <= limit
end

local held = true
for _, kind in ipairs(kinds) do held = read(kind) and held end
gateway:stop()
os.exit(held and 0 or 1)
