--- The gateway of the end-to-end comparisons: one nginx worker that knows a world of one order
-- (about 3.8 KB) in each second.
local beijing = require "wdt.beijing"
local enterprise = require "wdt.edition.enterprise"
local server = require "wdt.sandbox.server"
local pages = require "bench.pages"
local nginx = require "support.nginx"
local shell = require "support.shell"

local PAGE = 100 -- orders

local M = {}

--- Epoch seconds of the first order.
M.first = beijing.parse "2024-11-11 00:00:00"

local HTTP = "types { application/json json; } default_type application/json;"

local SERVER = [[
    listen 127.0.0.1:$PORT $TLS;
    location ~ ^/(\d+)/ {
      set $latency $1;
      content_by_lua_block {
        require("bench.transfer.inside").answer("$PREFIX/orders", $FIRST, ngx.var.latency / 1000)
      }
    }]]

-- Words after the port for a gateway that speaks TLS and compresses, as a real one does.
local SECURE = [[ssl;
    ssl_certificate $FOLDER/cert.pem;
    ssl_certificate_key $FOLDER/key.pem;
    gzip on;
    gzip_comp_level 1;
    gzip_types application/json]]

-- A line an order.
local function write_orders(path, n)
  local file, second = assert(io.open(path, "wb")), M.first
  for i = 1, n do
    local text = pages.page(i, { orders = PAGE }):match('"stockout_list":%[(.*)%]}$')
    for order in text:gsub(',{"stockout_id":', '\n{"stockout_id":'):gmatch("[^\n]+") do
      file:write(order:gsub('("consign_time":")[^"]*', "%1" .. beijing.format(second)), "\n")
      second = second + 1
    end
  end
  assert(file:close() and second == M.first + n * PAGE)
end

--- The bodies of the requests for each hundred of orders, as this client writes them.
-- @tparam integer n
-- @treturn {string,...}
function M.bodies(n)
  local account, bodies = { url = "", sid = "bench", appkey = "bench", appsecret = "bench" }, {}
  for i = 1, n do
    local start = M.first + (i - 1) * PAGE
    bodies[i] = enterprise.build(account, "stockout_order_query_trade",
      { status = 95, start_time = beijing.format(start),
        end_time = beijing.format(start + PAGE - 1) },
      { page_no = 0, page_size = PAGE }, os.time()).body
  end
  return bodies
end

--- Starts it.
-- @tparam integer n orders of the world, in hundreds
-- @tparam ?string folder where it leaves a certificate, `cert.pem`, and then speaks TLS and
-- compresses
-- @treturn Nginx
-- @treturn string its address, to which `/<milliseconds of latency>` is added
function M.start(n, folder)
  local port, tls = server.free_port(), ""
  if folder then
    shell.must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      .. "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout %s/key.pem "
      .. "-out %s/cert.pem"):format(shell.quote(folder), shell.quote(folder)))
    tls = SECURE:gsub("%$FOLDER", folder)
  end
  local ngx = assert(nginx.start{ http = HTTP,
    server = SERVER:gsub("%$%u+", { ["$PORT"] = port, ["$FIRST"] = M.first, ["$TLS"] = tls }) })
  write_orders(ngx.prefix .. "/orders", n)
  local url = ("%s://127.0.0.1:%d"):format(folder and "https" or "http", port)
  -- the first call reads the file; no contestant is to wait for that
  shell.must(("curl -sSfk -o /dev/null -d '%s' %s/0/stockout_order_query_trade.php"):format(
    M.bodies(1)[1], url))
  return ngx, url
end

return M
