--- The gateway inside nginx: what `wdt.sandbox.server` has its worker run.
--
-- Besides the two APIs there are two addresses of its own: `POST
-- /_sandbox/inject?kind=reset&at=100&times=1` makes the next call meet a fault
-- (`wdt.sandbox.faults`), `GET /_sandbox/stats` tells the gateway's counters as JSON.
-- @module wdt.sandbox.inside
local World = require "wdt.sandbox.world"
local Gateway = require "wdt.sandbox.gateway"
local Wire = require "wdt.sandbox.wire"
local ngx = ngx -- luacheck: ignore 113
local pairs, tonumber, tostring, type, dofile = pairs, tonumber, tostring, type, dofile

local M = {}

local REASONS = { [200] = "OK", [404] = "Not Found", [405] = "Not Allowed",
  [500] = "Internal Server Error",
  [502] = "Bad Gateway", [503] = "Service Unavailable", [504] = "Gateway Time-out" }
local ODD = { 1, 7, 2, 13, 1021, 3, 64 }

local gateway

--- Makes the world. Runs before nginx listens, so that an option it refuses stops the start.
-- @tparam string file with the options, as `wdt.sandbox.server` wrote them
function M.boot(file)
  local o = dofile(file)
  o.gateway.world = World.new(o.world)
  gateway = Gateway.new(o.gateway)
end

local function read()
  ngx.req.read_body()
  local headers = {}
  for name, value in pairs(ngx.req.get_headers(0)) do
    headers[name] = type(value) == "table" and value[1] or value end
  return { method = ngx.req.get_method(), path = ngx.var.uri, query = ngx.var.args
    or "", headers = headers,
    body = ngx.req.get_body_data() or "" }
end

-- nginx shuts a bare connection after the answer, and a client has to be told.
local function head(response, more)
  local lines = { "HTTP/1.1 " .. response.status .. " " .. (REASONS[response.status] or "") }
  for name, value in pairs(response.headers) do lines[#lines + 1] = name .. ": " .. value end
  lines[#lines + 1] = "Connection: close"
  lines[#lines + 1] = more
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

-- kind -> function(socket, response, directive): writes to the bare connection
local act = {}

local function part(socket, response, at)
  socket:send(head(response, "Content-Length: " .. #response.body) .. response.body:sub(1, at))
end

function act.truncate(socket, response, directive)
  part(socket, response, directive.at)
end

function act.reset(socket, response, directive)
  part(socket, response, directive.at)
  ngx.exit(444) -- with reset_timedout_connection: RST, not FIN
end

function act.stall(socket, response, directive)
  part(socket, response, directive.at)
  -- Waits for the client to hang up rather than for the time to pass.
  socket:settimeout((directive.seconds or 3600) * 1000)
  local _, err = socket:receive(1)
  if err == "timeout" then socket:send(response.body:sub(directive.at + 1)) end
end

function act.gzip(socket, response)
  socket:send(head(response, "Content-Encoding: gzip\r\nContent-Length: " .. #response.body)
    .. response.body)
end

function act.chunked(socket, response, directive)
  local sizes, body, at, i = directive.sizes or ODD, response.body, 1, 0
  socket:send(head(response, "Transfer-Encoding: chunked"))
  while at <= #body do
    local piece = body:sub(at, at + sizes[i % #sizes + 1] - 1)
    socket:send(("%x\r\n%s\r\n"):format(#piece, piece))
    at, i = at + #piece, i + 1
  end
  socket:send("0\r\n\r\n")
end

--- Answers a request to the API.
function M.serve()
  local response, directive = gateway:handle(read(), ngx.now())
  if not response then return ngx.exit(444) end
  local kind = directive and directive.kind
  if kind == "delay" then ngx.sleep(directive.seconds) end
  if act[kind] then
    local socket = ngx.req.socket(true)
    act[kind](socket, response, directive)
    return ngx.exit(ngx.OK)
  end
  ngx.status = response.status
  for name, value in pairs(response.headers) do ngx.header[name] = value end
  ngx.header["Content-Length"] = #response.body
  ngx.print(response.body)
end

local NUMBERS = { at = true, status = true, retry_after = true, seconds = true, comma = true,
  code = true, how = true,
  times = true }

--- `POST /_sandbox/inject`
function M.inject()
  local fault = Wire.form(ngx.var.args or "")
  for name, value in pairs(fault) do
    if NUMBERS[name] then fault[name] = tonumber(value) end
  end
  if fault.sizes then
    local sizes = {}
    for n in fault.sizes:gmatch("%d+") do sizes[#sizes + 1] = tonumber(n) end
    fault.sizes = sizes
  end
  gateway:inject(fault)
  ngx.say('{"ok":true}')
end

--- `GET /_sandbox/stats`
function M.stats()
  local parts = {}
  for _, name in pairs{ "calls", "accepted", "refused", "busiest" } do
    parts[#parts + 1] = ('"%s":%d'):format(name, gateway[name])
  end
  parts[#parts + 1] = '"waiting_faults":' .. tostring(#gateway.injected)
  ngx.say("{" .. table.concat(parts, ",") .. "}")
end

return M
