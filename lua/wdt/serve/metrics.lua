--- Figures that the service tells of itself, in Prometheus' text format. The counts stand in a
-- `lua_shared_dict`, for all workers.
-- @module wdt.serve.metrics
local ngx = require "ngx"
local version = require "wdt.version"
local watch = require "wdt.serve.watch"
local io, ipairs, os, setmetatable, sort, concat, tostring = io, ipairs, os,
  setmetatable, table.sort, table.concat, tostring

local Metrics = {}
Metrics.__index = Metrics

local M = {}

-- Upper bounds of the seconds of a request.
local BOUNDS = { 0.1, 0.5, 1, 5, 30, 60, 300, 1800, 3600 }

-- name -> kind, help
local FAMILIES = {
  { "wdt_calls_total", "counter", "Calls that succeeded." },
  { "wdt_call_seconds_total", "counter", "Seconds that those calls took." },
  { "wdt_call_bytes_total", "counter", "Bytes of their answers." },
  { "wdt_rate_wait_seconds_total", "counter", "Seconds waited for the rate budget." },
  { "wdt_failures_total", "counter", "Tries of calls that failed, by code." },
  { "wdt_windows_total", "counter", "Windows that were read, by certificate." },
  { "wdt_last_call_timestamp_seconds", "gauge", "When a call last succeeded." },
  { "wdt_serve_requests_total", "counter", "Requests of the API, by status." },
  { "wdt_serve_rows_total", "counter", "Rows handed out." },
  { "wdt_serve_internal_total", "counter", "Faults of this program." },
}

--- @treturn Metrics
function M.new()
  return setmetatable({}, Metrics)
end

local function escaped(text)
  return (tostring(text):gsub('[\\"\n]', { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }))
end

-- Adds to a series, "name{label="value",…}".
local function add(name, labels, n)
  local parts = {}
  for i = 1, #labels, 2 do
    parts[#parts + 1] = labels[i] .. '="' .. escaped(labels[i + 1]) .. '"'
  end
  ngx.shared.wdt_serve:incr("m " .. name .. "{" .. concat(parts, ",") .. "}", n, 0)
end

-- Told by clients.
local EVENTS = {}

function EVENTS.call(account, event)
  local labels = { "account", account }
  add("wdt_calls_total", labels, 1)
  watch.add(account, "calls", 1)
  watch.last(account, "call", event)
  add("wdt_call_seconds_total", labels, event.seconds)
  add("wdt_call_bytes_total", labels, event.bytes or 0)
  ngx.shared.wdt_serve:set('m wdt_last_call_timestamp_seconds{account="' .. escaped(account)
    .. '"}', ngx.time())
end

function EVENTS.wait(account, event)
  add("wdt_rate_wait_seconds_total", { "account", account }, event.seconds)
  watch.add(account, "waited", event.seconds)
end

function EVENTS.failure(account, event)
  add("wdt_failures_total", { "account", account, "code", event.code }, 1)
  watch.add(account, "failures", 1)
  watch.last(account, "failure", event)
  watch.failed(account, event)
end

function EVENTS.window(account, event)
  add("wdt_windows_total", { "account", account, "certificate", event.certificate }, 1)
end

--- Told what a client of an account does. No event holds a parameter, a row or a secret.
function Metrics.event(_, account, event)
  if EVENTS[event.event] then EVENTS[event.event](account, event) end
end

--- A request of the API has ended.
-- @param _
-- @tparam table ask `account`, `consumer`, `rows`
-- @tparam integer status
-- @tparam number seconds
-- @tparam ?table failed what an answer ended with
function Metrics.request(_, ask, status, seconds, failed)
  add("wdt_serve_requests_total", { "account", ask.account, "consumer", ask.consumer.name,
    "status", status, "code", failed and failed.code or "" }, 1)
  if ask.rows then
    add("wdt_serve_rows_total", { "account", ask.account, "consumer", ask.consumer.name }, ask.rows)
  end
  local dict = ngx.shared.wdt_serve
  for _, bound in ipairs(BOUNDS) do
    if seconds <= bound then dict:incr("bucket " .. bound, 1, 0) end
  end
  dict:incr("bucket +Inf", 1, 0)
  dict:incr("bucket sum", seconds, 0)
end

--- A fault of this program: told on the standard error, without the request's own line.
function Metrics.internal(_, text)
  add("wdt_serve_internal_total", {}, 1)
  io.stderr:write(os.date "!%Y-%m-%dT%H:%M:%SZ", " wdt serve: ", text, "\n")
end

local function histogram(lines)
  local dict, name = ngx.shared.wdt_serve, "wdt_serve_request_seconds"
  lines[#lines + 1] = "# HELP " .. name .. " Seconds of a request of the API."
  lines[#lines + 1] = "# TYPE " .. name .. " histogram"
  for _, bound in ipairs(BOUNDS) do
    lines[#lines + 1] = ('%s_bucket{le="%g"} %d'):format(name, bound,
      dict:get("bucket " .. bound) or 0)
  end
  local count = dict:get "bucket +Inf" or 0
  lines[#lines + 1] = ('%s_bucket{le="+Inf"} %d'):format(name, count)
  lines[#lines + 1] = ("%s_sum %.6f"):format(name, dict:get "bucket sum" or 0)
  lines[#lines + 1] = ("%s_count %d"):format(name, count)
end

--- All of it.
-- @param _
-- @tparam table service `accounts`, `read`
-- @tparam function sees `(account)` -> whether the one who asks may see it
-- @treturn string
function Metrics.text(_, service, sees)
  local dict, lines = ngx.shared.wdt_serve, {}
  local series = {}
  for _, key in ipairs(dict:get_keys(0)) do
    local name, labels = key:match "^m ([%w_]+)(.*)$"
    local account = labels and labels:match '^{account="(.-)"'
    if name and (not account or sees(account)) then
      series[name] = series[name] or {}
      series[name][#series[name] + 1] = labels
    end
  end
  for _, family in ipairs(FAMILIES) do
    local name, all = family[1], series[family[1]]
    if all then
      sort(all)
      lines[#lines + 1] = ("# HELP %s %s"):format(name, family[3])
      lines[#lines + 1] = ("# TYPE %s %s"):format(name, family[2])
      for _, labels in ipairs(all) do
        lines[#lines + 1] = ("%s%s %.14g"):format(name, labels == "{}" and "" or labels,
          dict:get("m " .. name .. labels) or 0)
      end
    end
  end
  histogram(lines)
  lines[#lines + 1] = "# HELP wdt_build_info The version that runs."
  lines[#lines + 1] = "# TYPE wdt_build_info gauge"
  lines[#lines + 1] = ('wdt_build_info{version="%s"} 1'):format(version)
  lines[#lines + 1] = "# HELP wdt_rate_used Places of the rate budget that are taken."
  lines[#lines + 1] = "# TYPE wdt_rate_used gauge"
  for _, name in ipairs(service.read.names) do
    local client = sees(name) and service.accounts:client(name, false)
    local used = client and client.pacer.used and client.pacer:used()
    if used then
      lines[#lines + 1] = ('wdt_rate_used{account="%s"} %d'):format(escaped(name), used)
    end
  end
  return concat(lines, "\n") .. "\n"
end

return M
