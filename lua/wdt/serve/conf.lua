--- The nginx.conf of the web service.
-- @module wdt.serve.conf
local process = require "wdt.nginx.process"
local ceil, concat, huge, ipairs, max, min, pairs, tonumber, type = math.ceil, table.concat,
  math.huge, ipairs, math.max, math.min, pairs, tonumber, type

local M = {}

local CONF = [[
# Written by wdt serve.
$USER
daemon off;
worker_processes $WORKERS;
worker_shutdown_timeout 1h; # a reading that has begun ends, whatever the file says now
pid "$PREFIX/nginx.pid";
error_log stderr notice;
$MODULES
thread_pool wdt threads=4; # databases are asked there, workbooks written: no worker waits for one
worker_rlimit_nofile $FILES;
events {
  worker_connections $CONNECTIONS;
  epoll_events 32; # of those that come at once so many are served between two looks at timers
}
http {
  # A request's own line may hold a customer's number: nginx puts it into each error that it logs.
  error_log stderr crit;
  log_not_found off;
  # What nginx refuses by itself never comes to a server's variables.
  map $wdt_consumer $wdt_who { "" -; default $wdt_consumer; }
  map $wdt_route $wdt_what { "" -; default $wdt_route; }
  map $wdt_rows $wdt_many { "" 0; default $wdt_rows; }
  map $request_method $wdt_how { "" -; default $request_method; }
  log_format wdt '$time_iso8601 $wdt_who $wdt_how $wdt_what $status '
    '$wdt_many rows $body_bytes_sent B $request_time s';
  access_log "$ACCESS_LOG" wdt;
  client_body_temp_path "$PREFIX/tmp/body";
  proxy_temp_path "$PREFIX/tmp/proxy";
  fastcgi_temp_path "$PREFIX/tmp/fastcgi";
  uwsgi_temp_path "$PREFIX/tmp/uwsgi";
  scgi_temp_path "$PREFIX/tmp/scgi";
  server_tokens off;
  client_header_timeout 10s;
  client_body_timeout 10s;
  client_max_body_size 1m;
  client_body_buffer_size 1m;
  large_client_header_buffers 4 16k;
  send_timeout 60s;
  keepalive_timeout 30s;
  reset_timedout_connection on;
  types {
    text/html html; text/css css; application/javascript js; image/svg+xml svg;
  }
  charset utf-8;
  charset_types text/css application/javascript text/plain;
  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_comp_level 4;
  gzip_min_length 1024; # a refusal takes less than what compresses it
  gzip_types application/x-ndjson application/json text/csv text/plain text/css
    application/javascript image/svg+xml;

  resolver $RESOLVER;
  resolver_timeout 5s;
  lua_package_path "$TREE/?.lua;$TREE/?/init.lua;;";
  lua_package_cpath "$CPATH;;";
  lua_shared_dict wdt $BUDGETS;
  lua_shared_dict wdt_serve $COUNTS;
  lua_shared_dict wdt_proofs 8m; # the ends of answers, of which the oldest may go
  lua_max_pending_timers 1024;
  lua_max_running_timers 256;
  lua_socket_buffer_size 64k;
  lua_socket_log_errors off;
  lua_ssl_trusted_certificate "$CA_FILE";
  lua_ssl_verify_depth 5;
  init_by_lua_block { require("wdt.serve.inside").boot("$PREFIX/boot.lua") }
  init_worker_by_lua_block { require("wdt.serve.inside").begin() }

  add_header X-Content-Type-Options nosniff always;
  add_header X-Frame-Options DENY always;
  add_header Referrer-Policy no-referrer always;
  add_header Cross-Origin-Resource-Policy same-origin always;
  add_header Content-Security-Policy "$POLICY" always;
  $STRICT

  server {
    listen $LISTEN backlog=4096$TLS;
    set $wdt_consumer -;
    set $wdt_route -;
    set $wdt_rows 0;
    set $wdt_proof "";
    location = /healthz {
      access_log off;
      content_by_lua_block { require("wdt.serve.inside").health() }
    }
    location = /metrics { content_by_lua_block { require("wdt.serve.inside").metrics() } }
    location = /login { content_by_lua_block { require("wdt.serve.inside").login() } }
    location = /logout { content_by_lua_block { require("wdt.serve.inside").logout() } }
    location /v1/ {
      lua_check_client_abort on;
      add_trailer Wdt-Proof $wdt_proof;
      content_by_lua_block { require("wdt.serve.inside").api() }
      log_by_lua_block { require("wdt.serve.inside").done() }
    }
    location / {
      root "$TREE/wdt/serve/pages";
      index index.html;
      limit_except GET { deny all; }
    }
  }
}
]]

local TLS = [[ ssl;
    ssl_certificate "%s";
    ssl_certificate_key "%s";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off]]

-- Beside the others: a server that has a header of its own inherits none.
local STRICT = "add_header Strict-Transport-Security max-age=31536000 always;"

-- Pages load nothing from elsewhere, and stand in no other page.
local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
  .. "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

-- The modules to load: none where nginx has them built in, as OpenResty does.
local function modules_of(folder)
  local lines = {}
  for i, name in ipairs{ "ndk_http_module", "ngx_http_lua_module" } do
    lines[i] = ('load_module "%s/%s.so";'):format(folder, name)
  end
  return process.read(folder .. "/ngx_http_lua_module.so") and concat(lines, "\n") or ""
end

-- The name servers of this machine, as nginx writes them.
local function resolvers()
  local list = {}
  for address in (process.read "/etc/resolv.conf" or ""):gmatch "nameserver%s+([%x.:]+)" do
    list[#list + 1] = address:find(":", 1, true) and "[" .. address .. "]" or address
  end
  return list[1] and list or { "127.0.0.1" }
end

-- Files that a worker has open besides a connection's: logs, databases, workbooks.
local FILES = 512

-- Returns how many files a worker may open, and how many connections it may have: no more than this
-- user may. A reading has one of the client and one of the gateway.
local function files_of(connections)
  local most = tonumber((process.run "ulimit -Hn")) or huge
  local files = min(most, connections + FILES)
  return files, max(1, min(connections, files - FILES))
end

-- Bytes of a place in a rate budget, of an account's figures, failures and copies, of those that
-- are counted for a consumer beside it, and of a request's place among its consumer's.
local PLACE, ACCOUNT, ASKED, QUEUED, MB = 256, 65536, 8192, 256, 2 ^ 20

-- Bytes that a dict has at most, whatever a file says.
local MOST = 1024 * MB

local function megabytes(bytes) return ("%dm"):format(ceil(min(bytes, MOST) / MB)) end

-- The sizes of what the workers share, by what may stand there at once: budgets, and counts. A
-- budget has a place for each call of a minute; so has the part of long readings.
local function sizes_of(read)
  local places, queued, consumers = 0, 0, 0
  for _, settings in pairs(read.accounts) do
    local rate = settings.rate
    for _, n in pairs(type(rate) == "table" and rate or { rate or 60 }) do
      places = places + 2 * (tonumber(n) or 0)
    end
  end
  for _, consumer in pairs(read.consumers) do
    consumers, queued = consumers + 1, queued + consumer.queue
  end
  local accounts = #read.names
  return megabytes(8 * MB + places * PLACE), megabytes(16 * MB + queued * QUEUED
    + accounts * (ACCOUNT + consumers * ASKED))
end

--- Writes it.
-- @tparam table o `prefix`; `read` (what the file says, `wdt.serve.configuration`); `cpath` of the
-- C modules for nginx's LuaJIT; `root` (whether it is root that starts it); `modules` (a folder)
-- @treturn string
function M.text(o)
  local s = o.read.service
  local files, connections = files_of(s.connections)
  local budgets, counts = sizes_of(o.read)
  local values = { PREFIX = o.prefix, TREE = process.tree(), CPATH = o.cpath or "",
    USER = o.root and ("user %s;"):format(s.user) or "", WORKERS = ("%d"):format(s.workers),
    CONNECTIONS = ("%d"):format(connections), FILES = ("%d"):format(files), BUDGETS = budgets,
    COUNTS = counts, MODULES = modules_of(o.modules or process.MODULES),
    ACCESS_LOG = s.access_log or o.prefix .. "/access.log", LISTEN = s.listen,
    POLICY = POLICY, RESOLVER = concat(s.resolver or resolvers(), " "), CA_FILE = s.ca_file,
    STRICT = s.tls_certificate and STRICT or "",
    TLS = s.tls_certificate and TLS:format(s.tls_certificate, s.tls_key) or "" }
  return (CONF:gsub("%$(%u[%u_]+)", values))
end

return M
