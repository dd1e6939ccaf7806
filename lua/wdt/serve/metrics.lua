--- The figures of the service: those of `wdt.metrics`, kept in a `lua_shared_dict` for all workers,
-- and its own, of requests, rows and faults.
-- @module wdt.serve.metrics
local beijing = require "wdt.beijing"
local metrics = require "wdt.metrics"
local ngx = require "ngx"
local turns = require "wdt.nginx.turns"
local watch = require "wdt.serve.watch"
local io, ipairs, os, pairs, setmetatable = io, ipairs, os, pairs, setmetatable

local Metrics = {}
Metrics.__index = Metrics

local M = {}

--- The figures that the service has besides those of `wdt.metrics`.
M.FAMILIES = {
  { name = "wdt_serve_requests_total", kind = "counter", help = "Requests of the API, by status.",
    labels = { "account", "consumer", "status", "code" } },
  { name = "wdt_serve_rows_total", kind = "counter", help = "Rows handed out.",
    labels = { "account", "consumer" } },
  { name = "wdt_serve_request_seconds", kind = "histogram", help = "Seconds of a request of the "
    .. "API.", bounds = { 0.1, 0.5, 1, 5, 30, 60, 300, 1800, 3600 } },
  { name = "wdt_serve_faults_total", kind = "counter", help = "Faults of this program." },
}

--- @treturn Metrics
function M.new()
  return setmetatable({ figures = metrics.new(ngx.shared.wdt_serve, ngx.now, M.FAMILIES),
    texts = {}, jobs = {} }, Metrics)
end

-- Events of clients that the pages show as well.
local SHOWN = {}

function SHOWN.call(account, event)
  watch.add(account, "calls", 1)
  watch.last(account, "call", event)
end

function SHOWN.wait(account, event)
  watch.add(account, "waited", event.seconds)
end

function SHOWN.failure(account, event)
  watch.add(account, "failures", 1)
  watch.last(account, "failure", event)
  watch.failed(account, event)
end

--- Told what a client of an account does. No event holds a parameter, a row or a secret.
-- @tparam string account
-- @tparam table event of the library
function Metrics:event(account, event)
  event.account = account
  self.figures:event(event)
  local show = SHOWN[event.event]
  if show then show(account, event) end
end

--- A request of the API has ended.
-- @tparam table ask `account`, `consumer`, `rows`
-- @tparam integer status
-- @tparam number seconds
-- @tparam ?table failed what an answer ended with
function Metrics:request(ask, status, seconds, failed)
  local labels = { account = ask.account, consumer = ask.consumer.name, status = status,
    code = failed and failed.code }
  self.figures:add("wdt_serve_requests_total", labels)
  if ask.rows then self.figures:add("wdt_serve_rows_total", labels, ask.rows) end
  self.figures:observe("wdt_serve_request_seconds", nil, seconds)
end

--- A fault of this program: told on the standard error, without the request's own line.
-- @tparam string text
function Metrics:internal(text)
  self.figures:add "wdt_serve_faults_total"
  io.stderr:write(os.date "!%Y-%m-%dT%H:%M:%SZ", " wdt serve: ", text, "\n")
end

-- Seconds for which a text is given again, where there are so many accounts.
local KEPT, MANY = 1, 100

-- Sets the gauges of an account's budget, of all workers.
local function set_budget(self, service, name)
  local client = service.accounts:client(name, false)
  if not client or not client.pacer.used then return end
  local used, rate, flying = client.pacer:used()
  self.figures:gauge("wdt_rate_used", name, used)
  self.figures:gauge("wdt_rate_budget", name, used and rate)
  self.figures:gauge("wdt_calls_in_flight", name, flying)
end

-- Sets the gauges of the jobs that keep an account's copies, as they were last seen; those of jobs
-- that are no longer there go.
local function set_jobs(self, name)
  local before, now = self.jobs[name] or {}, {}
  for _, stream in ipairs(watch.seen(name)) do
    now[stream.stream] = true
    self.figures:job{ account = name, job = stream.stream, behind = stream.behind,
      target = stream.target, succeeded = stream.succeeded,
      watermark = stream.watermark and beijing.parse(stream.watermark) }
  end
  for job in pairs(before) do
    if not now[job] then self.figures:forget(name, job) end
  end
  self.jobs[name] = now
end

-- Writes the text; others have their turns meanwhile.
local function write(self, service, sees)
  for _, name in ipairs(service.read.names) do
    if sees(name) then
      set_budget(self, service, name)
      set_jobs(self, name)
    end
    turns.rest()
  end
  return self.figures:text(function(account)
    -- an account that the file names no more is shown no more
    return service.read.accounts[account] ~= nil and sees(account)
  end, turns.rest)
end

--- All figures that a consumer may see, in Prometheus' text format. Those of many accounts may be a
-- second old.
-- @tparam table service `accounts`, `read`
-- @tparam string consumer its name
-- @tparam function sees `(account)` -> whether the consumer may see it
-- @treturn string
function Metrics:text(service, consumer, sees)
  local kept = self.texts[consumer]
  if kept and ngx.now() - kept.at < KEPT then return kept.text end
  local text = write(self, service, sees)
  if #service.read.names >= MANY then self.texts[consumer] = { text = text, at = ngx.now() } end
  return text
end

return M
