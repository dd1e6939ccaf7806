-- One of the processes that share an account: calls as often as its budget lets it, until it is
-- ended.
--
--   LUA caller.lua URL REDIS
local client = require "wdt".new{ edition = "enterprise", sid = "bench", appkey = "bench",
  appsecret = "bench", url = arg[1], budget = arg[2] }
while true do assert(client:call "shop") end
