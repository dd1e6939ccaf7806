-- How failures are told. A row that was handed out stays yours, whatever happens after it.
--
--   lua5.4 errors.lua [FIRST-SECOND LAST-SECOND]              the last day
local wdt = require "wdt"

local start, stop = arg[1] or os.time() - 86400, arg[2] or os.time()

-- Misuse raises an error at your line: it is a mistake in the program.
print(pcall(function()
  for _ in wdt.stockouts{ start = "2026-02-30 00:00:00", stop = stop } do error "not reached" end
end))

-- A failure of the world is returned by `next`, with a stable code to act upon.
local stream = wdt.stockouts{ start = start, stop = stop }
local rows = 0
while true do
  local so, err, code = stream:next()
  if so then
    rows = rows + 1
  elseif not err then
    break -- nil alone: the proven end
  elseif code == "auth" or code == "permission" then
    print("ask the account's owner:", err)
    break
  else -- retries are over; run again later from the last row you stored
    print("gave up:", err)
    break
  end
end
local seen = stream:progress()
print(("%d rows, %d calls, %d retries, certificate %s"):format(
  rows, seen.calls, seen.retries, seen.certificate or "-"))

-- In a `for` loop the same failure is raised, as the same string.
local fine, err = pcall(function()
  for _ in wdt.new{ edition = "enterprise", sid = "nobody", appkey = "x", appsecret = "y",
    url = os.getenv "WDT_URL" }
    :stockouts{ start = start, stop = stop } do
    error "not reached"
  end
end)
print(fine, err)
