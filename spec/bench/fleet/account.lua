-- An account that makes calls one after the other, as a process of its own: prints what CPU it took
-- from the first call on, user's and system's, and how many rows came.
--
--   LUA account.lua URL CA_FILE FIRST LAST TARGET STATE
--
-- FIRST, LAST: epoch seconds; CA_FILE: "" for plain HTTP; TARGET: "rows", which are dropped, or
-- where a sync job writes; STATE: where it keeps its state, "" in the target itself.
local wdt = require "wdt"
local url, ca_file, first, last, target, state = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4]),
  arg[5], arg[6]

local client = wdt.new{ edition = "enterprise", sid = "bench", appkey = "bench",
  appsecret = "bench", url = url, rate = 100000, ca_file = ca_file ~= "" and ca_file or nil }
local rows, cpu = 0, os.clock()
if target == "rows" then
  for _ in client:stockouts{ start = first, stop = last, status = 95 } do rows = rows + 1 end
else
  local job = assert(client:sync{ name = "job", what = "stockouts", from = first, stop = last,
    into = target, state = state ~= "" and state or nil,
    query = { status = 95 } })
  assert(job:run())
  local progress = job:progress()
  assert(progress.uncertified == 0)
  rows = progress.rows
  job:close()
end
print(("%.4f %d"):format(os.clock() - cpu, rows))
