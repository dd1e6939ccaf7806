--- The figures of this library for Prometheus, counted from the events of clients and jobs: one set
-- of names for a plain process and for nginx.
--
--     local metrics = require "wdt.metrics".new()               -- in nginx: new(ngx.shared.wdt)
--     settings.log = function(event)
--       event.account = "shop1"
--       metrics:event(event)
--     end
--     …
--     print(metrics:text())
--
-- An event counts for its `account` and its `job`. No figure holds a parameter, a row or a secret.
-- @module wdt.metrics
local registry = require "wdt.metrics.registry"
local version = require "wdt.version"
local ipairs, setmetatable, rawget, _G, _VERSION, time = ipairs, setmetatable, rawget, _G, _VERSION,
  os.time

local jit = rawget(_G, "jit")

local M = {}

local ACCOUNT, JOB = { "account" }, { "account", "job" }

local function counter(name, help, ...)
  return { name = name, kind = "counter", help = help, labels = { "account", "job", ... } }
end

local function gauge(name, help, labels)
  return { name = name, kind = "gauge", help = help, labels = labels }
end

-- Every figure, in the order of the text.
M.FAMILIES = {
  { name = "wdt_build_info", kind = "gauge", help = "The version that runs.",
    labels = { "version", "lua" },
    constant = { version = version, lua = jit and jit.version or _VERSION } },
  counter("wdt_rows_total", "Rows of committed windows."),
  counter("wdt_windows_total", "Windows that were committed, by certificate.", "certificate"),
  counter("wdt_uncertified_windows_total", "Committed windows that could not be proved complete."),
  counter("wdt_calls_total", "Calls that succeeded."),
  { name = "wdt_call_seconds", kind = "histogram", labels = JOB,
    help = "Seconds of a call that succeeded.", bounds = { 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 } },
  counter("wdt_call_bytes_total", "Bytes of the answers of calls that succeeded."),
  counter("wdt_failures_total", "Tries of calls that failed, by code.", "code"),
  counter("wdt_repeats_total", "Tries that failed and were followed by another one."),
  counter("wdt_throttles_total", "Tries that the gateway refused because of its rate."),
  counter("wdt_rate_wait_seconds_total", "Seconds waited for the rate budget."),
  counter("wdt_rejects_total", "Rows that a database refused."),
  counter("wdt_new_fields_total", "Fields and lists that a copy did not know."),
  counter("wdt_retyped_fields_total", "Columns that became texts, since a value did not fit."),
  counter("wdt_job_failures_total", "Passes of jobs that failed, by code.", "code"),
  gauge("wdt_calls_in_flight", "Calls on the network.", ACCOUNT),
  gauge("wdt_rate_used", "Places of the rate budget that are taken.", ACCOUNT),
  gauge("wdt_rate_budget", "Calls a minute that the account may make.", ACCOUNT),
  gauge("wdt_job_running", "1 while a job goes on, 0 once it waits for a person.", JOB),
  gauge("wdt_job_paused", "1 while people have paused a job or its account.", JOB),
  gauge("wdt_account_led", "1 while this process runs the account, 0 while it does not.", ACCOUNT),
  gauge("wdt_lag_seconds", "Seconds between what a job has copied and now.", JOB),
  gauge("wdt_lag_target_seconds", "Seconds that a job may lag.", JOB),
  gauge("wdt_watermark_timestamp_seconds", "Everything before this second is copied.", JOB),
  gauge("wdt_last_success_timestamp_seconds", "When a job last committed a window.", JOB),
  gauge("wdt_last_call_timestamp_seconds", "When a call last succeeded.", ACCOUNT),
}

local Metrics = {}
Metrics.__index = Metrics

local EVENTS = {}

function EVENTS.call(self, event)
  self.registry:add("wdt_calls_total", event)
  self.registry:observe("wdt_call_seconds", event, event.seconds)
  self.registry:add("wdt_call_bytes_total", event, event.bytes or 0)
  self.registry:set("wdt_last_call_timestamp_seconds", event, self.time())
end

function EVENTS.wait(self, event)
  self.registry:add("wdt_rate_wait_seconds_total", event, event.seconds)
end

function EVENTS.failure(self, event)
  self.registry:add("wdt_failures_total", event)
  if event.code == "rate" then self.registry:add("wdt_throttles_total", event) end
  if event.retry_in then self.registry:add("wdt_repeats_total", event) end
end

function EVENTS.commit(self, event)
  self.registry:add("wdt_rows_total", event, event.rows)
  self.registry:add("wdt_windows_total", event)
  self.registry:add("wdt_uncertified_windows_total", event, event.certificate == "none" and 1 or 0)
  self.registry:set("wdt_last_success_timestamp_seconds", event, self.time())
end

function EVENTS.row_rejected(self, event)
  self.registry:add("wdt_rejects_total", event)
end

function EVENTS.column_added(self, event)
  self.registry:add("wdt_new_fields_total", event)
end

EVENTS.table_added = EVENTS.column_added

function EVENTS.column_retyped(self, event)
  self.registry:add("wdt_retyped_fields_total", event)
end

function EVENTS.outage(self, event)
  self.registry:add("wdt_job_failures_total", event)
end

function EVENTS.stream_failed(self, event)
  self.registry:add("wdt_job_failures_total", event)
  self.registry:set("wdt_job_running", event, 0)
end

--- Counts an event of a client's `log` or of a runner (`wdt.fleet.runner`). Others count nothing.
-- @tparam table event with its `account` and, where it is of one, its `job`
function Metrics:event(event)
  local count = EVENTS[event.event]
  if count then count(self, event) end
end

--- Sets how far a job is. What is nil is not known, and shown no more.
-- @tparam table job `account`, `job`, `target` (seconds), `watermark` (epoch seconds), `behind`
-- (seconds), `running`, `paused` (booleans); and `succeeded` (epoch seconds of the last commit) of
-- a job that another process runs: of one that this process runs its events tell it
function Metrics:job(job)
  local function flag(value)
    if value ~= nil then return value and 1 or 0 end
  end
  self.registry:set("wdt_job_running", job, flag(job.running))
  self.registry:set("wdt_job_paused", job, flag(job.paused))
  self.registry:set("wdt_lag_seconds", job, job.behind)
  self.registry:set("wdt_lag_target_seconds", job, job.target)
  self.registry:set("wdt_watermark_timestamp_seconds", job, job.watermark)
  if job.succeeded then
    self.registry:set("wdt_last_success_timestamp_seconds", job, job.succeeded)
  end
end

--- Shows a job's gauges no more: it is no longer there.
-- @tparam string account
-- @tparam string job
function Metrics:forget(account, job)
  local labels = { account = account, job = job }
  self:job(labels)
  self.registry:set("wdt_last_success_timestamp_seconds", labels, nil)
end

--- Sets a gauge of an account.
-- @tparam string name
-- @tparam string account
-- @tparam number value
function Metrics:gauge(name, account, value)
  self.registry:set(name, { account = account }, value)
end

--- Adds to a counter: of this library, or of the program's own.
-- @tparam string name
-- @tparam ?table labels by name; those that the figure does not have are left out
-- @tparam ?number n what is added (1)
function Metrics:add(name, labels, n)
  self.registry:add(name, labels, n)
end

--- Counts a value into a histogram.
-- @tparam string name
-- @tparam ?table labels by name
-- @tparam number value
function Metrics:observe(name, labels, value)
  self.registry:observe(name, labels, value)
end

--- Adds the series of a counter or a gauge up.
-- @tparam string name
-- @tparam ?string label by whose values; nil: all together, under ""
-- @treturn {[string]=number}
function Metrics:sum(name, label)
  return self.registry:sum(name, label)
end

--- All figures, in Prometheus' text format.
-- @tparam ?function sees `(account)` -> whether its figures are shown
-- @tparam ?function rest called again and again: where there are many figures, others may want
-- their turn
-- @treturn string
function Metrics:text(sees, rest)
  return self.registry:text(sees, rest)
end

--- The type of the text, for HTTP.
M.CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

--- @tparam ?table store where the figures are kept (`wdt.metrics.registry`), by default in memory
-- @tparam ?function now the wall clock, in epoch seconds
-- @tparam ?{table...} more figures of the program's own, as `wdt.metrics.registry` takes them
-- @treturn Metrics
function M.new(store, now, more)
  local families = {}
  for i, family in ipairs(M.FAMILIES) do families[i] = family end
  for _, family in ipairs(more or {}) do families[#families + 1] = family end
  return setmetatable({ registry = registry.new(families, store), time = now or time }, Metrics)
end

return M
