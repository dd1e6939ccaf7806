--- The nginx.conf of the web service.
-- @module wdt.serve.conf
local process = require "wdt.nginx.process"
local concat, ipairs = table.concat, ipairs

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
thread_pool wdt threads=2; # databases are asked there: no worker waits for one
events { worker_connections $CONNECTIONS; }
http {
  # A request's own line may hold a customer's number: nginx puts it into each error that it logs.
  error_log stderr crit;
  log_not_found off;
  log_format wdt '$time_iso8601 $wdt_consumer $request_method $wdt_route $status '
    '$wdt_rows rows $body_bytes_sent B $request_time s';
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
  gzip_types application/x-ndjson application/json text/csv text/plain text/css
    application/javascript image/svg+xml;

  resolver $RESOLVER;
  resolver_timeout 5s;
  lua_package_path "$TREE/?.lua;$TREE/?/init.lua;;";
  lua_package_cpath "$CPATH;;";
  lua_shared_dict wdt 8m;
  lua_shared_dict wdt_serve 16m;
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

  server {
    listen $LISTEN$TLS;
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
    ssl_session_tickets off;
    add_header Strict-Transport-Security max-age=31536000 always]]

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

--- Writes it.
-- @tparam table o `prefix`; `service` (settings, `wdt.serve.configuration`); `cpath` of the C
-- modules for nginx's LuaJIT; `root` (whether it is root that starts it); `modules` (a folder)
-- @treturn string
function M.text(o)
  local s = o.service
  local values = { PREFIX = o.prefix, TREE = process.tree(), CPATH = o.cpath or "",
    USER = o.root and ("user %s;"):format(s.user) or "", WORKERS = ("%d"):format(s.workers),
    CONNECTIONS = ("%d"):format(s.connections), MODULES = modules_of(o.modules or process.MODULES),
    ACCESS_LOG = s.access_log or o.prefix .. "/access.log", LISTEN = s.listen,
    POLICY = POLICY, RESOLVER = concat(s.resolver or resolvers(), " "), CA_FILE = s.ca_file,
    TLS = s.tls_certificate and TLS:format(s.tls_certificate, s.tls_key) or "" }
  return (CONF:gsub("%$(%u[%u_]+)", values))
end

return M
