-- What can go wrong, and how it is told. A row that was handed out stays yours, whatever happens behind it.
--
--   lua5.4 errors.lua FIRST-SECOND LAST-SECOND
local wdt = require "wdt"

-- Misuse raises an error at your line: it is a mistake in the program.
print(pcall(function()
  for _ in wdt.stockouts{ start = "2026-02-30 00:00:00", stop = arg[2] } do error "not reached" end
end))

-- What the world does is returned by `next`, with a stable code to act upon.
local stream = wdt.stockouts{ start = arg[1], stop = arg[2] }
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
print(("%d rows, %d calls, %d retries, certificate %s"):format(rows, seen.calls, seen.retries, seen.certificate or "-"))

-- In a `for` loop the same failure is raised, as the same string.
local fine, err = pcall(function()
  for _ in wdt.new{ edition = "enterprise", sid = "nobody", appkey = "x", appsecret = "y", url = os.getenv "WDT_URL" }
    :stockouts{ start = arg[1], stop = arg[2] } do
    error "not reached"
  end
end)
print(fine, err)
