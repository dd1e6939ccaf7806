--- A host on which an account is reached by two routes: its own gateway, and one of Taobao's
-- platform before it. Each shows a world of its own; a row may stand in both.
--
-- Both are sandbox gateways. What comes by Qimen is checked here, unwrapped, signed again for the
-- gateway, and its answer wrapped as the platform wraps it.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local core = require "wdt.core"
local edition = require "wdt.edition"
local form = require "wdt.edition.form"

local M = {}

M.QIMEN = { app_key = "12345678", app_secret = "topsecret", target_app_key = "21363512",
  url = "http://qimen.invalid/router/qm" }

local SYSTEM = { "method", "app_key", "target_app_key", "timestamp", "format", "v", "sign_method",
  "sign" }

local METHODS = { enterprise = { ["wdt.stockout.order.query.trade"] = "stockout_order_query_trade",
  ["wdt.his.stockout.order.query.trade"] = "his_stockout_order_query_trade" },
  ultimate = {
    ["wdt.wms.stockout.sales.querywithdetail"] = "wms.stockout.Sales.queryWithDetail",
    ["wdt.wms.stockout.sales.queryhistorywithdetail"] =
      "wms.stockout.Sales.queryHistoryWithDetail" } }

local function refusal(code, msg)
  return { status = 200, headers = { ["Content-Type"] = "application/json" },
    body = ('{"error_response":{"code":%d,"msg":"%s"}}'):format(code, msg) }
end

-- Returns what the platform has to say against a call; nil where it hands it on.
local function refuse(fields, now)
  for _, name in ipairs(SYSTEM) do
    if not fields[name] then return refusal(40, "Missing " .. name) end
  end
  for name, value in pairs(fields) do
    if value == "" then return refusal(41, "empty " .. name) end
  end
  if fields.app_key ~= M.QIMEN.app_key then return refusal(29, "Invalid app Key") end
  if fields.target_app_key ~= M.QIMEN.target_app_key then return refusal(11, "not authorised") end
  local at = beijing.parse(fields.timestamp)
  if not at or math.abs(at - now) > 600 then return refusal(31, "Invalid timestamp") end
  if core.sign.top(fields, M.QIMEN.app_secret, fields.sign_method) ~= fields.sign then
    return refusal(25, "Invalid signature")
  end
end

local function flat(fields)
  local params = {}
  for name, value in pairs(fields) do params[name] = value end
  for _, name in ipairs(SYSTEM) do params[name] = nil end
  params.sid, params.page_no, params.page_size = nil, nil, nil
  return params, { page_no = tonumber(fields.page_no), page_size = tonumber(fields.page_size) }
end

local function nested(fields, account)
  local signed = { method = fields.method }
  for _, name in ipairs{ "datetime", "pager", "params", "wdt_appkey", "wdt_salt" } do
    signed[name] = fields[name]
  end
  if core.sign.nested(signed, account.secret) ~= fields.wdt_sign then return nil end
  local pager = cjson.decode(fields.pager)
  assert(pager.page_no >= 1, "page 0 was asked for")
  return cjson.decode(fields.params), { page_no = pager.page_no - 1, page_size = pager.page_size,
    total = true }
end

-- The request that the ERP's gateway gets, or a refusal.
local function unwrapped(box, request, now)
  local fields = form.decode(request.query)
  for name, value in pairs(form.decode(request.body)) do fields[name] = value end
  local refused = refuse(fields, now)
  if refused then return nil, refused end
  local name = fields.wdt_appkey and "ultimate" or "enterprise"
  local settings = box:settings(name)
  local its = edition.of(name)
  local account = its.account(settings)
  account.url = settings.url
  local read = name == "ultimate" and nested or flat
  local params, pager = read(fields, account)
  if not params then return nil, refusal(25, "wdt_sign") end
  local method = assert(METHODS[name][fields.method], fields.method)
  local message = assert(its.build(account, method, params, pager, now))
  local path, query = message.url:match "^https?://[^/?]+([^?]*)%??(.*)$"
  return { method = "POST", path = path, query = query, headers = message.headers,
    body = message.body }
end

--- Has a sandbox's host reach another sandbox's gateway as well, as by Qimen.
-- @tparam table box a sandbox, whose gateway the API's own route reaches
-- @tparam ?table other the one that Qimen shows; the same one where it is left out
-- @treturn table box
function M.attach(box, other)
  other = other or box
  local gateway, own = { world = box.world, seed = box.gateway.seed }, box.gateway
  function gateway.handle(_, request, now)
    box.world:advance(now) -- the two worlds move together
    other.world:advance(now)
    if not request.path:find("/router/qm", 1, true) then return own:handle(request, now) end
    local message, refused = unwrapped(other, request, now)
    if not message then
      refused.headers.Date = beijing.http_date(math.floor(now))
      return refused
    end
    local response, directive = other.gateway:handle(message, now)
    if response and response.body:find "^{" then
      response.body = '{"response":' .. response.body .. "}"
    end
    return response, directive
  end
  box.host.gateway = gateway
  return box
end

--- Settings of a client.
function M.settings(box, name, more)
  local settings = box:settings(name, { qimen = M.QIMEN })
  for key, value in pairs(more or {}) do settings[key] = value end
  return settings
end

return M
