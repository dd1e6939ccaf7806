-- The facts of the pages stand in the shared dict, so every worker tells the same.
local cjson = require "cjson"
local client = require "account"
local figures = require "figures"
local ngx = require "ngx"

local M = {}

local dict = ngx.shared.wdt

--- @treturn table `calls`, `waited`, `failures` (by code), `last_failure`, `used` and `rate` (calls
-- a minute), `status` (of the synchronisation: `progress`, `ledger`, `worker`, `at`; nil before it
-- has begun)
function M.read()
  local status = dict:get "status"
  local facts = { calls = figures:sum "wdt_calls_total"[""] or 0,
    waited = figures:sum "wdt_rate_wait_seconds_total"[""] or 0,
    failures = figures:sum("wdt_failures_total", "code"),
    last_failure = dict:get "last_failure", status = status and cjson.decode(status) }
  facts.used, facts.rate = client.pacer:used()
  return facts
end

--- Rows by hour of shipping.
-- @tparam integer hours how many, up to this one
-- @treturn {{hour=integer,rows=integer}...} oldest first
function M.hours(hours)
  local list, now = {}, ngx.time()
  for i = hours - 1, 0, -1 do
    local hour = now - now % 3600 - i * 3600
    list[#list + 1] = { hour = hour, rows = dict:get("hour:" .. hour) or 0 }
  end
  return list
end

return M
