--- 旗舰版 as the sandbox plays it (seed U; texts of the vendor's error page).
-- @module wdt.sandbox.ultimate
local beijing = require "wdt.beijing"
local catalogue = require "wdt.sandbox.catalogue"
local sales = require "wdt.sandbox.sales"
local sign = require "wdt.sandbox.sign"
local Faults = require "wdt.sandbox.faults"
local Wire = require "wdt.sandbox.wire"
local tonumber, pairs, type, format, abs, floor = tonumber, pairs, type, string.format, math.abs,
  math.floor

local M = {}

local QUERY = { sid = true, key = true, salt = true, method = true, v = true, timestamp = true,
  sign = true, page_size = true,
  page_no = true, calc_total = true }
local MANDATORY = { "sid", "key", "salt", "method", "v", "timestamp", "sign" }

local TIMES = { "start_time", "end_time" }

-- Whole windows, or a refusal.
local function window(method, p)
  local times = method.times or TIMES
  if p[times[1]] == nil or p[times[2]] == nil then return nil, nil, 100, "参数中必须包含起止时间" end
  for i = 1, 2 do
    local value = p[times[i]]
    if type(value) ~= "string" then return nil, nil, 1, "argument type mismatch" end
    if not beijing.parse(value) then return nil, nil, 100, "Unparseable date: " .. value end
  end
  local from, to = beijing.parse(p[times[1]]), beijing.parse(p[times[2]])
  if to < from then return nil, nil, 1, "参数错误" end
  if to - from > method.span then return nil, nil, 100, method.too_wide end
  return from, to
end

local function cancelled_filter(gateway, method, p)
  local from, to, code, text = window(method, p)
  if not from then return nil, code, text end
  return { clock = method.clock, cancelled = true, history = "both", from = from, to = to,
    closed_end = gateway.closed_end }
end

local function sales_filter(gateway, method, p)
  local filter, code, text = sales.filter(method, p, window)
  if filter then filter.closed_end = gateway.closed_end end
  return filter, code, text
end

local function document_filter(gateway, method, p)
  local filter, code, text = catalogue.filter(method, p, window, function(name) return 100,
    name .. "不可为空" end)
  if filter then filter.closed_end = gateway.closed_end end
  return filter, code, text
end

--- The methods: name -> { list, write, params, filter(gateway, method, params) -> world filter or
-- nil, status, text }.
M.methods = {
  ["wms.stockout.Sales.searchCancel"] = {
    -- seed U §6.2
    list = "data.order_list", write = "cancelled", clock = "modified", span = 3600,
      too_wide = "起止时间差最大1小时",
    params = { start_time = true, end_time = true }, filter = cancelled_filter,
  },
}

local TOO_WIDE = "查询时间过宽" -- the words of the vendor's error page for any other method
catalogue.add("ultimate", M.methods, document_filter, { too_wide = TOO_WIDE })

for name, history in pairs{ queryWithDetail = false, queryHistoryWithDetail = true } do
  local method = M.methods["wms.stockout.Sales." .. name]
  method.filter, method.write, method.span, method.history = sales_filter, "sales", 3600, history
end

--- An error's body.
function M.refusal(status, text, quote, pretty)
  if pretty then return format('{\n    "status": %d,\n    "message": %s\n}', status,
    quote(text)) end
  return format('{"status":%d,"message":%s}', status, quote(text))
end

local SERVER = { { 4, "数据库错误" }, { 5, "数据库错误" }, { 99, "其他错误" } }

--- The sentences for faults that are answered in the envelope.
function M.fault(kind, sentence, draw, throttle)
  if kind == "server" then
    local one = SERVER[draw(#SERVER)]
    return one[1], one[2]
  end
  local words = Faults.OTHER_THROTTLES
  return 100, throttle == "other" and words[draw(#words)] or sentence
end

local function authenticate(gateway, q, request, now)
  local account = gateway.account
  for i = 1, #MANDATORY do
    if not q[MANDATORY[i]] then return 1, "参数错误" end
  end
  if q.v ~= "1.0" then return 8, "版本错误" end
  if q.sid ~= account.sid then return 1, "sid is not exists" end
  if q.key ~= account.ultimate.appkey or q.salt ~= account.ultimate.salt then
    return 1, "app auth fail" end
  if not q.timestamp:find("^%d+$") or abs(tonumber(q.timestamp) + beijing.EPOCH_2012 - floor(
    now)) > 120 then
    return 7, "时间戳错误"
  end
  if q.sign ~= sign.ultimate(q, request.body, account.ultimate.secret) then return 1, "验证失败" end
end

local function page(gateway, q)
  local no, size = q.page_no, q.page_size
  if not (no and size) then return nil, nil, 100, "此方法仅支持分页查询：接口" .. q.method end
  if not no:find("^%d+$") then return nil, nil, 2, "page_no" end
  if not size:find("^%d+$") or tonumber(size) < 1 then return nil, nil, 2, "page_size" end
  if gateway.page_max and tonumber(size) > gateway.page_max then return nil, nil, 2, "page_size" end
  if q.calc_total and q.calc_total ~= "0" and q.calc_total ~= "1" then
    return nil, nil, 2, "calc_total" end
  return tonumber(no), tonumber(size)
end

-- The one argument of a query; of another call, which may have any number of them, the first that
-- is a table.
local function argument(request, call)
  local list = Wire.json(request.body)
  if type(list) ~= "table" or not request.body:find("^%s*%[") then return nil, 1, "参数错误" end
  if call then return type(list[1]) == "table" and list[1] or {} end
  if #list ~= 1 then return nil, 1, "invalid argument count" end
  local p = list[1]
  if type(p) ~= "table" or p == Wire.NULL or p[1] ~= nil then
    return nil, 1, "argument type mismatch" end
  return p
end

--- Judges the business part of a request.
-- @tparam Gateway gateway
-- @tparam table method
-- @tparam table p parameters
-- @tparam table pager `{ method, page_no, page_size, calc_total }`, texts
-- @treturn ?table the query; nil, status, text when refused
function M.query(gateway, method, p, pager)
  for name in pairs(p) do
    if not method.params[name] then return nil, 2, name end
  end
  local no, size = 0, method.page_max
  if not method.call then
    local wrong, words
    no, size, wrong, words = page(gateway, pager)
    if not no then return nil, wrong, words end
  end
  local filter, code, text = method.filter(gateway, method, p)
  if not filter then return nil, code, text end
  return { method = method, filter = filter, page_no = no, page_size = size,
    total = pager.calc_total == "1" and (gateway.total_on ~= "page0" or no == 0) }
end

--- Reads and judges a request; as `wdt.sandbox.enterprise.read`.
function M.read(gateway, _, request, now)
  local q, twice = Wire.form(request.query)
  if not q then return nil, {}, 1, "参数错误" end
  local code, text = authenticate(gateway, q, request, now)
  if code then return nil, q, code, text end
  if twice then return nil, q, 2, twice end
  for name, value in pairs(q) do
    if not QUERY[name] or value == "" then return nil, q, 2, name end
  end
  if not gateway.header(request, "content-type"):find("^application/json") then
    return nil, q, 1, "参数错误" end
  local method = M.methods[q.method]
  if not method then return nil, q, 100, "权限不足" end
  local p, query
  p, code, text = argument(request, method.call)
  if not p then return nil, q, code, text end
  query, code, text = M.query(gateway, method, p, q)
  if not query then return nil, q, code, text end
  q.start_time, q.end_time = p.start_time, p.end_time
  return query, q
end

-- Of the methods whose `data` is the list itself, with the total beside it.
local function bare_answer(rows, total, colon)
  local text = '{"status"' .. colon .. "0"
  if total then text = text .. ',"total"' .. colon .. total end
  if rows then text = text .. ',"data"' .. colon .. rows end
  return text .. "}"
end

--- A page's body around its rows; as `wdt.sandbox.enterprise.answer`.
function M.answer(method, rows, total, pretty, last)
  local deep, colon = pretty and "\n        " or "", pretty and ": " or ":"
  if method.bare then return bare_answer(rows, total, colon) end
  local a = total and format('%s"total_count"%s', deep, colon) .. total
  local b = rows and format('%s"%s"%s', deep, (method.list:gsub("^data%.", "")), colon) .. rows
  if last then a, b = b, a end
  local data = format('"data"%s{', colon) .. (a or "") .. (a and b and "," or "") .. (b or "")
    .. (pretty and "\n    }" or "}")
  local status = format('"status"%s0', colon)
  if last then status, data = data, status end
  if pretty then return "{\n    " .. status .. ",\n    " .. data .. "\n}" end
  return "{" .. status .. "," .. data .. "}"
end

return M
