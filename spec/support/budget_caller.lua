-- One of several processes that share a budget: calls as often as it may, and prints the moment of
-- each call on the system's monotonic clock.
--
--   LUA budget_caller.lua ADDRESS RATE WINDOW CALLS
local curl_host = require "wdt.host.curl"
local redis = require "wdt.redis"
local address, rate, window, calls = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])
local host = curl_host.new()
local pacer = require "wdt.redis.pacer".new{ shared = redis.open(address), key = "spec",
  rate = rate, name = redis.unique(), window = window }
for _ = 1, calls do
  local who = {}
  while true do
    local wait = assert(pacer:wait("m", host:now(), who))
    if wait == 0 then break end
    host:sleep(math.min(wait, 1))
  end
  print(("%.6f"):format(host:now()))
  pacer:done(pacer:take "m")
end
