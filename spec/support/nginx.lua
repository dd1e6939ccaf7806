--- A real nginx with ngx_http_lua, as a user has it: configured by the spec, started, asked by the
-- curl command, and stopped. It listens on a socket file in a folder of its own, so that there is
-- no port to be found.
local cjson = require "cjson"
local shell = require "support.shell"
local quote = shell.quote
local unpack = rawget(_G, "unpack") or table.unpack -- luacheck: ignore 143 (5.2 and later)

local M = {}
local Nginx = {}
Nginx.__index = Nginx

local MODULES = os.getenv("WDT_NGINX_MODULES") or "/usr/lib/nginx/modules" -- Debian's

--- The package.cpath of the LuaJIT build: nginx runs LuaJIT.
M.cpath = os.getenv("WDT_SANDBOX_CPATH") or rawget(_G, "jit") and package.cpath
assert(M.cpath, "set WDT_SANDBOX_CPATH to the package.cpath of the LuaJIT build: nginx runs LuaJIT")

--- Runs inside: one exchange by the host of nginx, to an end that has to last.
M.FETCH = [[
  local host = require "wdt.nginx.host".new()
  local decoder = require "wdt.core".decoder{ path = "stockout_list" }
  local exchange, err, code = host:open(given, decoder)
  return require "support.host_conformance".read(exchange, decoder, err, code)
]]

local CONF = [[
$USER
daemon on;
worker_processes $WORKERS;
pid "$PREFIX/nginx.pid";
error_log "$PREFIX/error.log" info;
load_module "$MODULES/ndk_http_module.so";
load_module "$MODULES/ngx_http_lua_module.so";
events { worker_connections $CONNECTIONS; }
http {
  access_log off;
  client_body_temp_path "$PREFIX/body";
  proxy_temp_path "$PREFIX/proxy";
  fastcgi_temp_path "$PREFIX/fastcgi";
  uwsgi_temp_path "$PREFIX/uwsgi";
  scgi_temp_path "$PREFIX/scgi";
  keepalive_requests 1000000;
  client_max_body_size 8m;
  client_body_buffer_size 8m;
  lua_package_path "$ROOT/lua/?.lua;$ROOT/lua/?/init.lua;$ROOT/spec/?.lua;;";
  lua_package_cpath "$CPATH;;";
  lua_socket_log_errors off;
  $HTTP
  server {
    listen unix:$PREFIX/http;
    $SERVER
    location = /plain { return 200 "plain\n"; }
    location = /content { content_by_lua_block { require("support.inside_nginx").content() } }
    location = /abort {
      lua_check_client_abort on;
      content_by_lua_block { require("support.inside_nginx").from_file() }
    }
    location = /access {
      access_by_lua_block { require("support.inside_nginx").elsewhere() }
      content_by_lua_block { require("support.inside_nginx").tell() }
    }
    location = /rewrite {
      rewrite_by_lua_block { require("support.inside_nginx").elsewhere() }
      content_by_lua_block { require("support.inside_nginx").tell() }
    }
    location = /timer { content_by_lua_block { require("support.inside_nginx").timer() } }
    location = /thread { content_by_lua_block { require("support.inside_nginx").thread() } }
    location = /header_filter {
      content_by_lua_block { ngx.req.read_body() ngx.print(" ") }
      header_filter_by_lua_block { require("support.inside_nginx").elsewhere() }
      body_filter_by_lua_block {
        ngx.arg[1], ngx.arg[2] = ngx.arg[2] and ngx.ctx.result or nil, ngx.arg[2]
      }
    }
  }
}
]]

--- Starts one. When this returns, it listens.
-- @tparam ?table o `workers` = 1, `connections` of a worker = 1024, `http` and `server` (more of
-- the configuration), `cpath` (of the C modules)
-- @treturn Nginx
function M.start(o)
  o = o or {}
  local prefix = shell.folder()
  local values = { PREFIX = prefix, ROOT = shell.root, MODULES = MODULES, CPATH = o.cpath
    or M.absolute(M.cpath),
    WORKERS = tostring(o.workers or 1), CONNECTIONS = tostring(o.connections or 1024),
    HTTP = o.http or "", SERVER = o.server or "",
    USER = shell.must "id -u" == "0\n" and "user root root;" or "" }
  local text = CONF
  -- what was put in may hold a $PREFIX of its own
  for _ = 1, 2 do text = text:gsub("%$(%u%u+)", values) end
  shell.write(prefix .. "/nginx.conf", text)
  local self = setmetatable({ prefix = prefix }, Nginx)
  local said, status = shell.run(("nginx -p %s/ -c %s/nginx.conf"):format(prefix, prefix),
    { LUA_PATH = false, LUA_CPATH = false, LUA_INIT = false })
  if status ~= 0 then
    said = said .. self:log()
    shell.must("rm -rf " .. quote(prefix))
    return nil, said
  end
  return self
end

--- A search path that means the same from everywhere.
function M.absolute(path)
  return (path:gsub("[^;]+", function(part) return part:sub(1, 1) == "/" and part
    or shell.root .. "/" .. part end))
end

function Nginx:log()
  return shell.run("cat " .. quote(self.prefix .. "/error.log"))
end

function Nginx:pid()
  return shell.read(self.prefix .. "/nginx.pid"):match("%d+")
end

--- The process ids of its workers.
function Nginx:workers()
  local pids = {}
  for pid in shell.run("pgrep -P " .. self:pid()):gmatch("%d+") do pids[#pids + 1] = pid end
  return pids
end

--- A request by the curl command.
-- @tparam string path
-- @tparam ?string options of curl
-- @treturn string the body, or what curl says
-- @treturn integer curl's exit status
function Nginx:curl(path, options)
  return shell.run(("curl -sS --max-time 60 --unix-socket %s/http %s %s"):format(
    self.prefix, options or "",
    quote("http://nginx" .. path)))
end

--- Runs Lua inside, with `wdt`, `ngx` and `url` (whatever was given) at hand. Returns what it
-- returns, through JSON.
-- @tparam string where `content`, `access`, `rewrite`, `timer`, `thread`, `header_filter`
-- @tparam string code
-- @tparam ?table given
function Nginx:run(where, code, given)
  shell.write(self.prefix .. "/chunk", cjson.encode{ code = code, given = given or {} })
  local said, status = self:curl("/" .. where, "--data-binary @" .. self.prefix .. "/chunk")
  local decoded, result = pcall(cjson.decode, said)
  if status ~= 0 or not decoded then error(("curl ended with %d: %s\n%s"):format(
    status, said, self:log()), 2) end
  local values = {}
  for i = 1, result.n do
    local value = result[tostring(i)]
    if value ~= cjson.null then values[i] = value end
  end
  if not result.ok then error(values[1], 2) end
  return unpack(values, 1, result.n)
end

local function gone(pid)
  return "! kill -0 " .. pid .. " || grep -qs '^State:.Z' /proc/" .. pid .. "/status"
end

--- Waits until a process has ended.
-- @treturn boolean whether it has within the time
function M.wait_for_end(pid, seconds)
  local _, status =
    shell.run(("n=0; until { %s; } do [ $n -lt %d ] || exit 1; sleep 0.02; n=$((n + 1)); done")
      :format(
    gone(pid), (seconds or 10) * 50))
  return status == 0
end

--- Ends it, workers and all. Returns what it logged. Idempotent.
function Nginx:stop()
  if self.logged then return self.logged end
  local pid, log = self:pid(), self:log()
  shell.run("kill -TERM " .. pid)
  local ended = M.wait_for_end(pid)
  if not ended then shell.run("kill -KILL " .. pid) end
  log = self:log() or log
  self.logged = log
  shell.must("rm -rf " .. quote(self.prefix))
  assert(ended, "nginx did not end in time")
  return log
end

return M
