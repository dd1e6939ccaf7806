--- A long export by the real command: peak memory and rate, against the HTTP sandbox.
--
--     WDT_SANDBOX_CPATH=… LUA_PATH=… LUA_CPATH=… lua5.4 spec/bench/export.lua [rows] [format]
--
-- A million rows, unless told otherwise. Fails when the process ever took more than LIMIT. The
-- sandbox makes its rows as they are asked for, and is what this mostly waits for.
local beijing = require "wdt.beijing"
local command = require "support.command"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"

local LIMIT = 32 -- MB
local DAYS = 30

local wanted, format = tonumber(arg[1]) or 1000000, arg[2] or "ndjson"
local now = os.time() - 86400
local from = now - DAYS * 86400
-- Not all rows have been shipped; some more than are wanted.
local world = { rows_per_day = math.ceil(wanted / DAYS * 1.25), from = from, to = now, now = now }
local handle = assert(server.start{ world = world, gateway = { fields = "short" } })
local cli, s = command.new(), sandbox.settings("enterprise", handle.url)
local started = os.time()
local out, err =
  cli:must(("wdt stockouts --rate 100000 --start '%s' --stop '%s' --format %s | wc"):format(
  beijing.format(from), beijing.format(now), format), nil,
  { WDT_EDITION = "enterprise", WDT_SID = s.sid, WDT_APPKEY = s.appkey, WDT_APPSECRET = s.appsecret,
    WDT_URL = s.url,
    LUA_INIT = [[local exit = os.exit os.exit = function(...)
      for line in io.lines "/proc/self/status" do
        if line:find "^VmHWM" then io.stderr:write(line, "\n") end
      end
      io.stderr:write("cpu ", os.clock(), "\n")
      exit(...) end]] })
cli:close()
server.stop(handle)
local rows, _, bytes = out:match "(%d+)%s+(%d+)%s+(%d+)"
local peak = tonumber(err:match "VmHWM:%s+(%d+) kB") / 1024
print(("%s lines, %.0f MB, %d s of which %s s in the command; at most %.1f MB of memory"):format(
  rows, bytes / 1e6,
  os.time() - started, err:match "cpu ([%d.]+)", peak))
if peak > LIMIT then
  io.stderr:write(("more than %d MB\n"):format(LIMIT))
  os.exit(1)
end
