-- GET /stockouts?start=…&stop=…[&status=…][&shop_no=…][&warehouse_no=…]: stockouts as NDJSON, each
-- one sent as soon as it has arrived, as the ERP wrote it. A failure on the way is the last line:
-- {"error":"…"}.
local cjson = require "cjson"
local client = require "account"
local nearest = require "wdt.nearest"
local ngx = require "ngx"

local M = {}

local function refuse(status, text)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.say(cjson.encode{ error = text })
end

local TAKEN = { start = true, stop = true, status = true, shop_no = true, warehouse_no = true }

-- A name that was written wrongly must not ask for everything.
local function unknown(asked)
  for name in pairs(asked) do
    if not TAKEN[name] then
      return ("parameter '%s' is not known%s"):format(name, nearest.hint(name, TAKEN))
    end
  end
end

function M.serve()
  local asked = ngx.req.get_uri_args()
  local wrong = unknown(asked)
  if wrong then return refuse(400, wrong) end
  local fine, stream = pcall(client.stockouts, client,
    { start = asked.start, stop = asked.stop, status = asked.status,
    shop_no = asked.shop_no, warehouse_no = asked.warehouse_no, as = "json" })
  if not fine then return refuse(400, stream) end -- a wrong query is raised as an error

  local row, err = stream:next()
  if err then return refuse(502, err) end
  ngx.header["Content-Type"] = "application/x-ndjson"
  while row do
    -- Waits until the row is on its way: a slow reader slows down the gateway, and memory stays as
    -- it is.
    if not ngx.say(row) or not ngx.flush(true) then return stream:close() end
    row, err = stream:next()
  end
  if err then ngx.say(cjson.encode{ error = err }) end
end

return M
