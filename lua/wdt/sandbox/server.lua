--- The gateway over HTTP: a real nginx with ngx_http_lua, started and stopped by one call each, for
-- anybody's client in any language.
--
--     local server = require "wdt.sandbox.server"
--     local handle = assert(server.start{ world = { rows_per_day = 2000 } })
--     print(handle.url)    -- http://127.0.0.1:23456  (APIs: /openapi2/<name>.php, /openapi)
--     server.stop(handle)
--
-- From a shell: `wdt sandbox`.
--
-- Everything that nginx writes stands in a prefix of its own; no root is needed, and no sleeping:
-- nginx turns into a daemon only once it listens. One worker, so that there is one world.
-- @module wdt.sandbox.server
local map = require "wdt.map"
local process = require "wdt.nginx.process"
local quote = require "wdt.shell".quote
local failure = require("wdt.error").failure
local misuse = require("wdt.error").misuse
local os, pairs, type, tostring = os, pairs, type, tostring

local M = {}

local DAY = 86400
local TRIES = 10

local pid_of, read_file, run, write_file = process.pid, process.read, process.run, process.write

local function literal(value)
  return process.literal(value) or misuse(4, "options", value,
    "tables, texts, numbers and booleans only")
end

--- A port no one seems to use (`wdt.nginx.process`).
M.free_port = process.free_port

local CONF = [[
# Written by wdt.sandbox.server.
%s
daemon on;
worker_processes 1;
pid "PREFIX/nginx.pid";
error_log "PREFIX/error.log" notice;
load_module "MODULES/ndk_http_module.so";
load_module "MODULES/ngx_http_lua_module.so";
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path "PREFIX/body";
  proxy_temp_path "PREFIX/proxy";
  fastcgi_temp_path "PREFIX/fastcgi";
  uwsgi_temp_path "PREFIX/uwsgi";
  scgi_temp_path "PREFIX/scgi";
  client_max_body_size 8m;
  client_body_buffer_size 8m;
  keepalive_requests 1000000;
  reset_timedout_connection on;
  gzip on;
  gzip_types *;
  gzip_min_length 1;
  gzip_comp_level 1;
  lua_package_path "TREE/?.lua;TREE/?/init.lua;;";
  init_by_lua_block { require("wdt.sandbox.inside").boot("PREFIX/options.lua") }
  server {
    listen %s:%d;
    location / { content_by_lua_block { require("wdt.sandbox.inside").serve() } }
    location = /_sandbox/inject { content_by_lua_block { require("wdt.sandbox.inside").inject() } }
    location = /_sandbox/stats { content_by_lua_block { require("wdt.sandbox.inside").stats() } }
  }
}
]]

local function conf(o, prefix, port)
  local names = { PREFIX = prefix, MODULES = o.modules or process.MODULES, TREE = process.tree() }
  for name, value in pairs(names) do
    if value:find('["\\;$]') then misuse(3, name:lower(), value,
      "a path without quotes, ; and $") end
  end
  local user = ""
  -- A master that is root would give its worker to no one, who may not be able to read this tree.
  if (run("id -u")) == "0" then user = "user root root;" end
  return (CONF:format(user, o.host or "127.0.0.1", port):gsub("%u%u%u%u+", names))
end

-- Generated rows from so many days ago until tomorrow.
local function options(o)
  local now = os.time()
  local world, gateway = {}, {}
  map.add(world, o.world)
  map.add(gateway, o.gateway)
  local skew = gateway.clock_skew or 0
  world.now = world.now or now + skew
  world.from = world.from or world.now - (world.days or 400) * DAY
  world.to = world.to or world.now + 30 * DAY
  world.rows_per_day = world.rows_per_day or 1000
  world.days = nil
  return "return " .. literal{ world = world, gateway = gateway } .. "\n"
end

local function launch(o, prefix, port)
  local ok, err = write_file(prefix .. "/nginx.conf", conf(o, prefix, port))
  if not ok then return nil, err end
  local output, started = run(process.command(prefix, o.nginx))
  if started and pid_of(prefix) then return true end
  if process.lacks_module(output) then return nil, process.MISSING .. output end
  return nil, output ~= "" and output or (read_file(prefix .. "/error.log") or "nginx says nothing")
end

local KNOWN = { port = "number", host = "string", prefix = "string", world = "table",
  gateway = "table",
  nginx = "string", modules = "string" }

--- Starts a server. When this returns, it listens.
-- @tparam ?table o all optional: `port` (0 or nil: a free one), `host` = "127.0.0.1", `prefix` (a
-- folder; default a temporary one, which `stop` removes), `world` and `gateway` (options of
-- `wdt.sandbox.world` and `wdt.sandbox.gateway`; default: seed 1, 1000 rows a day from 400 days ago
-- on, `world.days` for another number), `nginx` (the program), `modules` (folder of nginx's
-- loadable modules). nginx needs nothing but its Lua module and this tree: no C module of ours.
-- @treturn ?table `{ url, port, pid, prefix }`
-- @treturn ?string `"config: text"`
-- @treturn ?string `"config"`
function M.start(o)
  o = o or {}
  local copy = {}
  for name, value in pairs(o) do
    if not KNOWN[name] then misuse(1, name, value, "no such option") end
    if type(value) ~= KNOWN[name] then misuse(1, name, value, "a " .. KNOWN[name]) end
    copy[name] = value
  end
  o = copy
  if o.port and o.port ~= 0 and process.listening()[o.port] then -- nginx would try for seconds
    return failure("config", "nginx does not start: port %d is in use", o.port)
  end
  local text = options(o)
  local prefix, temporary = o.prefix, not o.prefix
  local made, ok = run(temporary and 'mktemp -d "${TMPDIR:-/tmp}/wdt-sandbox.XXXXXX"'
    or "mkdir -p " .. quote(prefix) .. " && cd " .. quote(prefix) .. " && pwd")
  if not ok then return failure("config", "no folder for nginx: %s", made) end
  prefix = made
  if pid_of(prefix) then return failure("config", "a sandbox already runs in %s", prefix) end
  assert(write_file(prefix .. "/options.lua", text))
  if temporary then assert(write_file(prefix .. "/temporary", "stop removes this folder\n")) end
  local err
  for attempt = 1, TRIES do
    local port = o.port and o.port ~= 0 and o.port or M.free_port(attempt)
    ok, err = launch(o, prefix, port)
    if ok then
      local handle = { url = ("http://%s:%d"):format(o.host or "127.0.0.1", port), port = port,
        pid = pid_of(prefix),
        prefix = prefix }
      assert(write_file(prefix .. "/url", handle.url .. "\n"))
      return handle
    end
    if o.port and o.port ~= 0 or not err:find("bind()", 1, true) then break end
  end
  if temporary then run("rm -rf " .. quote(prefix)) end
  return failure("config", "nginx does not start: %s", err)
end

--- Stops a server, completely: when this returns, nothing of it runs. Stopping twice is no error.
-- @tparam table|string handle of `start`, or its prefix
-- @treturn boolean whether one was running
function M.stop(handle)
  local prefix = type(handle) == "table" and handle.prefix or handle
  if type(prefix) ~= "string" then misuse(1, "handle", handle,
    "what start returned, or its prefix") end
  local pid = process.stop(prefix)
  if read_file(prefix .. "/temporary") then run("rm -rf " .. quote(prefix)) end
  return pid ~= nil
end

--- Makes the next calls to a running server meet a fault, or asks for its counters; needs the
-- `curl` command.
-- @tparam table handle
-- @tparam string what `"inject"` or `"stats"`
-- @tparam ?table args of `inject`, see `Gateway:inject`
-- @treturn ?string the answer; nil, "connect: text", "connect"
function M.control(handle, what, args)
  local parts = {}
  for k, v in pairs(args or {}) do
    parts[#parts + 1] = k .. "=" .. (type(v) == "table" and table.concat(v, "+") or tostring(v))
  end
  local url = handle.url .. "/_sandbox/" .. what .. "?" .. table.concat(parts, "&")
  local output, ok = run("curl -sS --noproxy '*' -X POST -d '' " .. quote(url))
  if not ok then return failure("connect", "the sandbox does not answer: %s", output) end
  return output
end

return M
