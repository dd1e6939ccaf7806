--- The gateway of the fleet's figures, inside nginx: it stamps each call as it comes, and answers
-- after a while that there is nothing.
local now = require "wdt.nginx.clock".now
local ngx = ngx -- luacheck: globals ngx

local M = {}

local LATENCY = 0.1 -- seconds

--- Answers a call.
function M.answer()
  assert(ngx.shared.calls:rpush("stamps", now()))
  ngx.req.read_body()
  ngx.sleep(LATENCY)
  ngx.print '{"code":0,"message":"succeed","total_count":0,"shoplist":[]}'
end

--- Tells the moments of all calls, monotonic seconds, a line each.
function M.stamps()
  local calls = ngx.shared.calls
  for _ = 1, calls:llen "stamps" do ngx.say(("%.6f"):format(calls:lpop "stamps")) end
end

return M
