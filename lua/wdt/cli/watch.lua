--- Shows others how the jobs of the command are: figures (`--metrics`) and alarms.
-- @module wdt.cli.watch
local later = require "wdt.cli.later"
local map = require "wdt.map"
local observer = later "wdt.fleet.observer"
local port = later "wdt.metrics.port"

local M = {}

--- Reads what `--metrics` is given: "127.0.0.1:9464" -> { host, port }; a path -> { file }.
-- @tparam string text
-- @treturn ?table
-- @treturn ?string what is wrong
function M.where(text)
  local host, number = port.parse(text)
  if host then return { host = host, port = number } end
  if text:find "^[^/]*:%d+$" then
    return nil, ("%s is no address of the loopback, e.g. 127.0.0.1:9464"):format(text)
  end
  return { file = text }
end

local SAID = {
  alarm = { en = "%s", zh = "%s" },
  alarm_failed = { en = "alarms to %s: %s; trying again in %.0f s", zh = "告警 %s：%s；%.0f 秒后重试" },
  metrics_failed = { en = "metrics: %s", zh = "指标：%s" },
}

--- Begins to watch, where the command line or the file asks for it.
-- @tparam table args `metrics`
-- @tparam App app
-- @tparam table alarms of `wdt.alarms.settings`
-- @treturn ?Observer
function M.open(args, app, alarms)
  if not args.metrics and not alarms.receivers[1] then return nil end
  local watch, err, code = observer.new{ metrics = args.metrics, alarms = alarms,
    tell = function(event, what)
      if app.args.log_json then return app:event(map.add({ event = event }, what)) end
      local text = app:text(SAID[event])
      if event == "alarm" then return app:say(text:format(what.text)) end
      if event == "metrics_failed" then return app:say(text:format(what.error)) end
      app:say(text:format(what.receiver, app:told_of(what.error), what.retry_in))
    end }
  if not watch then app:fail(code, (err:gsub("^%l+: ", "", 1))) end
  app:finally(function() watch:close() end)
  if watch.port then
    app:say(app:text{ en = "metrics at http://%s:%d/metrics", zh = "指标：http://%s:%d/metrics" }
      :format(args.metrics.host, watch.port.port))
  end
  return watch
end

return M
