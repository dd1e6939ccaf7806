-- GET /metrics: the figures in Prometheus' text format, under the names that the command's have.
local client = require "account"
local facts = require "facts"
local figures = require "figures"
local metrics = require "wdt.metrics"
local ngx = require "ngx"

local M = {}

-- Seconds that the job may be behind.
local TARGET = 360

function M.serve()
  local f, account = facts.read(), client.account.credentials.sid
  figures:gauge("wdt_rate_used", account, f.used)
  figures:gauge("wdt_rate_budget", account, f.rate)
  local p = f.status and f.status.progress
  if p then
    figures:job{ account = account, job = "shipped", target = TARGET, watermark = p.watermark,
      behind = ngx.time() - p.watermark, running = true }
  end
  ngx.header["Content-Type"] = metrics.CONTENT_TYPE
  ngx.print(figures:text())
end

return M
