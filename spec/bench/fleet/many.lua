-- Many accounts in one process, each reading orders as fast as its budget lets it, for minutes of
-- virtual time. Prints what `accounts.lua` reads.
--
--   LUA many.lua URL FIRST LAST ACCOUNTS MINUTES
--
-- FIRST, LAST: epoch seconds, read again and again.
--
-- Time is the CPU time of this process and what it would have slept: as on a core of its own,
-- whatever else the machine does. The gateway's time is not counted. Beside the accounts that are
-- counted one of a hundred has a gateway that can't be reached, and tries again and again.
local curl = require "wdt.native".load "wdt.curl"
local clock = os.clock
local url, first, last, n, minutes = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4]),
  tonumber(arg[5])

local WINDOW, RATE = 60, 60
local PAGE = 20 -- orders
local DEAD = 100

local skipped, began = 0, os.time() - clock()
function curl.now() return clock() + skipped end
function curl.time() return began + curl.now() end

collectgarbage("setpause", 140) -- as the command does
local wdt = require "wdt"
local loop = wdt.loop()

local pool = loop.plain.pool
loop.plain.pool = { open = function(_, ...) return pool:open(...) end,
  close = function() pool:close() end,
  news = function() return pool:news() end,
  turn = function(_, seconds, fds)
    if next(loop.awaited) then
      pool:turn(seconds > 0 and 1 or 0, fds)
    else
      skipped = skipped + seconds
    end
  end }

local late, worst_count, least_share = {}, 0, 1

-- Looks at an account's calls: what any minute had, and how much of its budget it used.
local function judge(sent, start)
  local from, used = 1, 0
  for i = 1, #sent do
    while sent[i] - sent[from] >= WINDOW do from = from + 1 end
    worst_count = math.max(worst_count, i - from + 1)
    if sent[i] < start + minutes * WINDOW then used = used + 1 end
  end
  least_share = math.min(least_share, used / (minutes * RATE))
end

-- Notes when calls were sent, and how long after the moment at which their budget let them.
local function noted(sent)
  local due
  return function(event)
    if event.event == "wait" then
      due = curl.now() + event.seconds
    elseif event.event == "call" then
      sent[#sent + 1] = curl.now() - event.seconds
      if due then late[#late + 1] = sent[#sent] - due end
      due = nil
    end
  end
end

local function account(i, start, place, log)
  loop:sleep(start)
  local client = wdt.new{ edition = "enterprise", sid = "s" .. i, appkey = "bench",
    appsecret = "bench", url = place, host = loop, rate = RATE, log = log }
  local stop = start + minutes * WINDOW
  return function()
    for _ in client:stockouts{ start = first, stop = last, status = 95, page_size = PAGE } do
      if curl.now() >= stop then return false end
    end
    return true
  end
end

local function good(i)
  local start, sent = curl.now() + i * WINDOW / n, {}
  local read = account(i, i * WINDOW / n, url, noted(sent))
  while read() do end
  judge(sent, start)
end

local function dead(i)
  local read = account(i, i % WINDOW, "http://127.0.0.1:1")
  while curl.now() < (minutes + 1) * WINDOW do pcall(read) end
end

for i = 1, n do loop:spawn("s" .. i, good, i) end
for i = 1, n / DEAD do loop:spawn("dead " .. i, dead, n + i) end
local cpu, start = clock(), curl.now()
for name, err in pairs(loop:run()) do error(name .. ": " .. err) end
cpu = (clock() - cpu) / (curl.now() - start)

table.sort(late)
local memory
for line in io.lines "/proc/self/status" do
  memory = memory or line:match "^VmHWM:%s+(%d+) kB"
end
print(("%d %.4f %.1f %.1f %.1f %.3f"):format(worst_count, least_share,
  late[math.ceil(#late * 0.99)] * 1000, late[#late] * 1000, memory / 1024, cpu))
