--- A month of ten streams of one account, run by one process on the account's one budget, on the
-- virtual clock: never above the rate, all current at the end, and every row the world's.
--
--     WDT_SANDBOX_CPATH=… LUA_PATH=… LUA_CPATH=… luajit spec/bench/month.lua \
--       [DATABASE [DAYS [ROWS [RATE]]]]
--
-- as spec/run.sh sets them; sqlite, 30 days, 500 rows to begin with, and 60 calls a minute unless
-- told otherwise. Fails where any of that is not so.
local databases = require "support.databases"
local month = require "support.month"
local shell = require "support.shell"

local name, days, rate = arg[1] or "sqlite", tonumber(arg[2]) or 30, tonumber(arg[4]) or 60
local folder = shell.folder()
local db = databases[name](folder)
local began = os.clock()
local fine, r = pcall(month.run, db, { days = days, per_day = tonumber(arg[3]) or 500,
  rate = rate })
db.stop()
shell.must("rm -rf " .. shell.quote(folder))
if not fine then error(r, 0) end

local WORDS = "%s: %g days of %d streams, %d changes of the world, %d rows compared: %d lost, "
  .. "%d invented; %d calls, at most %d in any 60 s of %d allowed, %d refused; late at the end: "
  .. "%d; most behind a target after the first hour: %.0f s; %.0f s of CPU"
print(WORDS:format(name, days, r.streams, r.changes, r.rows, r.lost, r.invented, r.calls,
  r.fullest, rate, r.refused, #r.late, r.ever_late, os.clock() - began))
assert(r.lost + r.invented + r.refused + #r.late + #r.failures == 0,
  table.concat(r.late, " ") .. table.concat(r.failures, "\n"))
assert(r.fullest <= rate, "above the rate")
