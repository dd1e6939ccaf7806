-- GET /metrics: the facts in Prometheus' text format.
local facts = require "facts"
local ngx = require "ngx"

local M = {}

local function add(lines, name, kind, help, value, labels)
  if help then
    lines[#lines + 1] = ("# HELP wdt_%s %s"):format(name, help)
    lines[#lines + 1] = ("# TYPE wdt_%s %s"):format(name, kind)
  end
  lines[#lines + 1] = ("wdt_%s%s %.14g"):format(name, labels or "", value)
end

function M.serve()
  local f, lines = facts.read(), {}
  add(lines, "calls_total", "counter", "Calls that succeeded.", f.calls)
  add(lines, "rate_wait_seconds_total", "counter", "Seconds waited for the rate.", f.waited)
  add(lines, "rate_used", "gauge", "Places of the rate budget that are taken.", f.used)
  add(lines, "rate_budget", "gauge", "Calls a minute that the account may make.", f.rate)
  local first = true
  for code, n in pairs(f.failures) do
    add(lines, "failures_total", "counter",
      first and "Tries that failed, by code.", n, ('{code="%s"}'):format(code))
    first = false
  end
  local p = f.status and f.status.progress
  if p then
    add(lines, "sync_rows_total", "counter", "Rows of committed windows.", p.rows)
    add(lines, "sync_windows_total", "counter", "Windows committed.", p.windows)
    add(lines, "sync_uncertified_total", "counter", "Windows that could not be proved complete.",
      p.uncertified)
    add(lines, "sync_watermark_seconds", "gauge", "Everything before this second is there.",
      p.watermark)
    add(lines, "sync_lag_seconds", "gauge", "Seconds between the watermark and now.",
      ngx.time() - p.watermark)
  end
  ngx.header["Content-Type"] = "text/plain; version=0.0.4"
  ngx.say(table.concat(lines, "\n"))
end

return M
