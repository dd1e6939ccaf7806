-- The account of this worker, from the environment; and what becomes of its calls, counted over all
-- workers.
local wdt = require "resty.wdt"
local config = require "wdt.config"
local ngx = require "ngx"

local dict = ngx.shared.wdt

local settings = config.from_environment()

-- No event holds a parameter, a row or a secret.
function settings.log(event)
  if event.event == "call" then
    dict:incr("calls", 1, 0)
  elseif event.event == "wait" then
    dict:incr("waited", event.seconds, 0)
  elseif event.event == "failure" then
    dict:incr("failures:" .. event.code, 1, 0)
    dict:set("last_failure", os.date("!%Y-%m-%d %H:%M:%SZ ") .. event.error)
  end
end

return wdt.new(settings)
