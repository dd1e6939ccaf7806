-- GET /stockouts?start=…&stop=…[&status=…][&shop_no=…][&warehouse_no=…]: stockouts as NDJSON, each one sent as soon as it has
-- arrived, as the ERP wrote it. A failure on the way is the last line: {"error":"…"}.
local cjson = require "cjson"
local client = require "account"
local ngx = require "ngx"

local M = {}

local function refuse(status, text)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.say(cjson.encode{ error = text })
end

function M.serve()
  local asked = ngx.req.get_uri_args()
  local fine, stream = pcall(client.stockouts, client, { start = asked.start, stop = asked.stop, status = asked.status,
    shop_no = asked.shop_no, warehouse_no = asked.warehouse_no, as = "json" })
  if not fine then return refuse(400, stream) end -- a wrong query is raised as an error

  local row, err = stream:next()
  if err then return refuse(502, err) end
  ngx.header["Content-Type"] = "application/x-ndjson"
  while row do
    -- Waits until the row is on its way: a slow reader slows down the gateway, and memory stays as it is.
    if not ngx.say(row) or not ngx.flush(true) then return stream:close() end
    row, err = stream:next()
  end
  if err then ngx.say(cjson.encode{ error = err }) end
end

return M
