--- Memory of a stream over 30 days, of which 10 hours hold all the rows.
--
--     LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;;" LUA_CPATH="BUILD/?.so;;" lua5.4 spec/bench/lump.lua [ROWS]
--
-- Prints rows, calls, the most rows that one window held and that were remembered at once, and the
-- memory that Lua needed more than before the reading (the sandbox's own included, which makes its
-- rows as they are asked for).
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local rows_wanted = tonumber(arg[1]) or 1000000
local from, hours = beijing.parse "2026-10-15 08:00:00", 10
local box = sandbox.new{ seed = 5, rows_per_day = math.floor(rows_wanted * 24 / hours), from = from,
  to = from + hours * 3600 - 1,
  now = beijing.parse "2026-11-05 00:00:00", fields = "short", latency = 0.1 }
local most, before = 0, 0
local client = wdt.new(box:settings("enterprise", { rate = 100000 }))
local stream = client:stockouts{ start = "2026-10-01 00:00:00", stop = "2026-10-30 23:59:59" }
collectgarbage()
local base, peak, rows, remembered, windows = collectgarbage "count", 0, 0, 0, 0
for _ in stream do
  rows = rows + 1
  if rows % 500 == 0 then
    peak = math.max(peak, collectgarbage "count" - base)
    local n = 0
    for _ in pairs(stream:delivered().times) do n = n + 1 end
    remembered = math.max(remembered, n)
  end
  if stream:progress().windows ~= windows then
    most, before, windows = math.max(most, rows - before), rows, stream:progress().windows
  end
end
local p = stream:progress()
print(("%d rows, %d calls (%.1f per 1000), certificate %s, %d windows"):format(
  rows, p.calls, p.calls / rows * 1000,
  p.certificate, p.windows))
print(("at most %d rows a window, %d remembered, %.1f MB"):format(most, remembered, peak / 1024))
