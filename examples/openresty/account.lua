-- The account of this worker, from the environment; its calls are counted over all workers.
local wdt = require "resty.wdt"
local config = require "wdt.config"
local figures = require "figures"
local ngx = require "ngx"

local dict = ngx.shared.wdt

local settings = config.from_environment()

-- No event holds a parameter, a row or a secret.
function settings.log(event)
  event.account, event.job = settings.sid, event.name
  figures:event(event)
  if event.event == "failure" then
    dict:set("last_failure", os.date("!%Y-%m-%d %H:%M:%SZ ") .. event.error)
  end
end

return wdt.new(settings)
