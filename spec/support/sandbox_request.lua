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

--- The one argument of searchCancel.
function M.span(from, to)
  return ('[{"start_time":"%s","end_time":"%s"}]'):format(beijing.format(from), beijing.format(to))
end

return M
