-- Figures of the account and its job, counted over all workers: for /metrics and for the page.
local metrics = require "wdt.metrics"
local ngx = require "ngx"

return metrics.new(ngx.shared.wdt, ngx.now)
