--- The figures of the service: those of `wdt.metrics`, kept in a `lua_shared_dict` for all workers,
-- and its own, of requests, rows and faults.
-- @module wdt.serve.metrics
local metrics = require "wdt.metrics"
local ngx = require "ngx"
local turns = require "wdt.nginx.turns"
local watch = require "wdt.serve.watch"
local io, ipairs, os, setmetatable = io, ipairs, os, setmetatable

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
    texts = {} }, Metrics)
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

-- Seconds for which a text is given again that took so many seconds to write: of many accounts.
local KEPT, LONG = 1, 0.05

-- Writes the text; others have their turns meanwhile.
local function write(self, service, sees)
  for _, name in ipairs(service.read.names) do
    local client = sees(name) and service.accounts:client(name, false)
    if client and client.pacer.used then
      local used, rate = client.pacer:used()
      self.figures:gauge("wdt_rate_used", name, used)
      self.figures:gauge("wdt_rate_budget", name, used and rate)
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
  local begun = ngx.now()
  local text = write(self, service, sees)
  local ended = ngx.now()
  self.texts[consumer] = ended - begun >= LONG and { text = text, at = ended } or nil
  return text
end

return M
