-- Requests to the sandbox's gateway, written apart from the client's own code.
local core = require "wdt.core"
local beijing = require "wdt.beijing"

local M = {}

function M.encode(fields)
  local parts = {}
  for k, v in pairs(fields) do
    parts[#parts + 1] = k .. "=" .. tostring(v):gsub(
      "[^%w]", function(c) return ("%%%02X"):format(c:byte()) end)
  end
  return table.concat(parts, "&")
end

--- A signed enterprise request. `more` overrides anything: false takes a parameter away; `sign` is
-- sent as it is, and `page` is the endpoint's name.
function M.enterprise(now, params, more)
  local p = { sid = "sandbox", appkey = "sandbox-ent", timestamp = ("%d"):format(now),
    page_no = "0", page_size = "100" }
  for k, v in pairs(params or {}) do p[k] = tostring(v) end
  for k, v in pairs(more or {}) do
    if k ~= "page" then p[k] = v or nil end
  end
  if p.sign == nil and not (more and more.sign == false) then
    p.sign = core.sign.enterprise(p, "sandbox-secret") end
  return { method = "POST", path = "/openapi2/" .. (more and more.page
    or "stockout_order_query_trade") .. ".php", query = "",
    headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }, body = M.encode(p) }
end

--- A signed ultimate request; `body` is JSON text, `more` as above for the query string.
function M.ultimate(now, body, more)
  local q = { sid = "sandbox", key = "sandbox-ult", salt = "sandbox-salt",
    method = "wms.stockout.Sales.searchCancel", v = "1.0",
    timestamp = ("%d"):format(now - beijing.EPOCH_2012), page_no = "0", page_size = "100",
    calc_total = "1" }
  for k, v in pairs(more or {}) do q[k] = v or nil end
  if q.sign == nil and not (more and more.sign == false) then
    q.sign = core.sign.ultimate(q, body, "sandbox-secret") end
  return { method = "POST", path = "/openapi", query = M.encode(q),
    headers = { ["content-type"] = "application/json;charset=utf-8" }, body = body }
end

local UNSIGNED = { method = true, app_key = true, target_app_key = true, v = true, format = true,
  sign_method = true, timestamp = true, sign = true, wdt3_customer_id = true }

--- A signed request by Qimen: all that is given is sent, in the query; false takes a parameter
-- away. Fills in what an edition's scene needs of its own, signed again where it has a sign.
function M.qimen(now, edition, params, o)
  o = o or {}
  local p = { app_key = "12345678", target_app_key = "21363512", v = "2.0", format = "json",
    sign_method = "md5", timestamp = beijing.format(now) }
  if edition == "enterprise" then
    p.method, p.sid = "wdt.stockout.order.query.trade", "sandbox"
  else
    p.method, p.datetime, p.params = "wdt.wms.stockout.sales.querywithdetail", p.timestamp, "{}"
    p.pager = '{"page_size":100,"page_no":1}'
    p.wdt_appkey, p.wdt_salt, p.wdt3_customer_id = "sandbox-ult", "sandbox-salt", "sandbox"
  end
  for k, v in pairs(params or {}) do p[k] = v or nil end
  if edition == "ultimate" and p.wdt_sign == nil and not (params and params.wdt_sign == false) then
    local signed = { method = p.method and p.method:match "wdt%..*" or "" }
    for name, value in pairs(p) do
      if not UNSIGNED[name] then signed[name] = value end
    end
    p.wdt_sign = core.sign.nested(signed, o.wdt_secret or "sandbox-secret")
  end
  if p.sign == nil and not (params and params.sign == false) then
    local method = core.sign.top(p, o.secret or "sandbox-top-secret", p.sign_method == "hmac"
      and "hmac" or p.sign_method == "hmac-sha256" and "hmac-sha256" or "md5")
    p.sign = method
  end
  local scene = edition == "enterprise" and "hu3cgwt0tc" or "3ldsmu02o9"
  return { method = o.get and "GET" or "POST", path = o.path or "/" .. scene .. "/router/qm",
    query = o.form and "" or M.encode(p), body = o.form and M.encode(p) or "",
    headers = { ["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8" } }
end

--- The one argument of searchCancel.
function M.span(from, to)
  return ('[{"start_time":"%s","end_time":"%s"}]'):format(beijing.format(from), beijing.format(to))
end

return M
