--- The web service inside nginx: what each phase of `wdt.serve.conf` runs.
-- @module wdt.serve.inside
local access_of = require "wdt.serve.access"
local accounts_of = require "wdt.serve.accounts"
local api = require "wdt.serve.api"
local configuration = require "wdt.serve.configuration"
local copy_stream = require "wdt.serve.copy_stream"
local failures = require "wdt.serve.failures"
local json = require "wdt.json"
local metrics = require "wdt.serve.metrics"
local ngx = require "ngx"
local openapi = require "wdt.serve.openapi"
local schema = require "wdt.schema"
local serve = require "wdt.serve"
local version = require "wdt.version"
local watch = require "wdt.serve.watch"
local assert, dofile, error, ipairs, next, pcall, require, tostring = assert, dofile, error, ipairs,
  next, pcall, require, tostring

local M = {}

-- Holds what this worker knows: `read` (settings), `access`, `accounts`, `metrics`, `prefix`.
local service

-- Loads what a request may need, once for all workers: none of them reads files while others wait.
local function preload()
  for _, method in ipairs(schema.names()) do
    assert(schema.methods[method])
  end
  for _, format in ipairs{ "csv", "json", "ndjson", "xlsx" } do require("wdt.format." .. format) end
  openapi.text()
end

--- Reads the configuration file, for init_by_lua: at the start, and at each SIGHUP. What is wrong
-- is raised, and nginx goes on as before.
-- @tparam string file what `wdt.serve.prepare` left
function M.boot(file)
  local boot = assert(dofile(file))
  local read, err = serve.read(boot.from)
  if not read then error("wdt serve: " .. err, 0) end
  preload()
  if next(read.consumers) == nil and boot.digest then
    read.consumers[boot.digest] = configuration.owner(boot.digest)
  end
  service = { read = read, prefix = boot.prefix, metrics = metrics.new(),
    streams = copy_stream.streams(read.file) }
  service.accounts = accounts_of.new(read.accounts, read.service.interactive_share,
    function(account, event)
      service.metrics:event(account, event)
      api.heard(event)
    end)
end

--- Begins a worker, for init_worker_by_lua.
function M.begin()
  service.access = access_of.new(service.read.consumers, service.read.service)
  service.access:begin()
  watch.begin(service)
end

--- `GET /healthz`: for a balancer; it asks no gateway.
function M.health()
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print(json.line{ status = "ok", version = version, accounts = #service.read.names })
end

-- The consumer that asks; answers with 401 where there is none.
local function asking()
  local consumer, by = service.access:asking()
  if consumer then
    ngx.var.wdt_consumer = consumer.name
    return consumer, by
  end
  failures.answer{ code = "token", text = "give a token: Authorization: Bearer …" }
end

local INTERNAL = "a fault of this program; its log tells more"

--- `GET /metrics`, for Prometheus. Its token is a consumer's.
function M.metrics()
  local consumer = asking()
  if not consumer then return end
  local fine, text = pcall(service.metrics.text, service.metrics, service, consumer.name,
    function(account) return access_of.sees(consumer, account) end)
  if not fine then
    service.metrics:internal(tostring(text))
    return failures.answer{ code = "internal", text = INTERNAL }
  end
  ngx.header["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
  ngx.print(text)
end

-- A form that another site's page sends is none of ours.
local function is_own_form()
  local site = ngx.var.http_sec_fetch_site
  return ngx.req.get_method() == "POST" and (site == nil or site == "same-origin")
end

local function not_own_form()
  failures.answer{ code = "method", allow = "POST", text = "POST, from this service's own page" }
end

--- `POST /login`, with the token as its body: a cookie that no script can read. `GET /login` tells
-- a page whose cookie it has.
function M.login()
  if ngx.req.get_method() == "GET" then
    local consumer = service.access:asking()
    ngx.header["Content-Type"], ngx.header["Cache-Control"] = "application/json", "no-store"
    return ngx.print(json.line{ consumer = consumer and consumer.name or failures.null })
  end
  if not is_own_form() then return not_own_form() end
  ngx.req.read_body()
  local token = (ngx.req.get_body_data() or ""):match "^%s*(%x+)%s*$"
  local consumer = service.access:of(token)
  if not consumer then
    return failures.answer{ code = "token", text = "no consumer has this token" }
  end
  ngx.var.wdt_consumer = consumer.name
  ngx.header["Set-Cookie"] = access_of.cookie(token, ngx.var.scheme == "https")
  ngx.header["Content-Type"] = "application/json"
  ngx.print(json.line{ consumer = consumer.name })
end

--- `POST /logout`
function M.logout()
  if not is_own_form() then return not_own_form() end
  ngx.header["Set-Cookie"] = access_of.cookie("", ngx.var.scheme == "https")
  ngx.header["Content-Type"] = "application/json"
  ngx.print(json.line{ consumer = failures.null })
end

--- Everything under /v1/.
function M.api()
  local consumer, by = asking()
  if not consumer then return end
  local fine, err = pcall(api.serve, service, consumer, by)
  if fine then return end
  service.metrics:internal(tostring(err))
  if ngx.headers_sent then return ngx.exit(ngx.ERROR) end
  failures.answer{ code = "internal", text = INTERNAL }
end

--- When a request under /v1/ has ended, however it has: gives back what it held.
function M.done()
  api.done(service)
end

return M
