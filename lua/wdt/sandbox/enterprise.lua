--- 企业版 as the sandbox plays it (seed E): what is checked, in which order, and what is answered.
--
-- Only 2102 is documented as a number with its words. 99, 1012 (too many calls) and 7200 (nothing
-- found) are known from public clients; the other numbers are the sandbox's own, since the vendor
-- publishes none: a client goes by the words.
-- @module wdt.sandbox.enterprise
local beijing = require "wdt.beijing"
local business = require "wdt.sandbox.business"
local catalogue = require "wdt.sandbox.catalogue"
local sign = require "wdt.sandbox.sign"
local Faults = require "wdt.sandbox.faults"
local Wire = require "wdt.sandbox.wire"
local tonumber, tostring, pairs, ipairs = tonumber, tostring, pairs, ipairs
local select, format, abs, floor = select, string.format, math.abs, math.floor

local M = {}

local TIMES = "start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] " -- seed E §6.2, with its space
local CLOSED_30_DAYS = 30 * 86400 - 1

local STATUSES = { ["5"] = 5, ["55"] = 55, ["95"] = 95, ["105"] = 105, ["110"] = 110,
  ["113"] = 113 }
local SHIPPED_AND_COMPLETED = { [95] = true, [110] = true }

local COMMON = { "sid", "appkey", "timestamp", "sign" }
local PAGING = { sid = true, appkey = true, timestamp = true, sign = true, page_no = true,
  page_size = true }

local function in_words(seconds)
  if seconds < 86400 then return format("%d分钟", seconds / 60) end
  return format("%d天", seconds / 86400)
end

--- The times of a window.
-- @tparam table p parameters
-- @tparam integer span the longest
-- @treturn ?integer from; nil, nil, code, text when refused
-- @treturn integer to
local function window(p, span)
  local from, to = beijing.parse(p.start_time), beijing.parse(p.end_time)
  if not (from and to) then return nil, nil, 2102, TIMES end
  if to < from then return nil, nil, 2103, "start_time不能大于end_time" end
  if to - from > span then return nil, nil, 2103, "start_time和end_time跨度不能超过"
    .. in_words(span + 1) end
  return from, to
end

M.window = window

-- seed E §1.3: which clock a window runs on, and which rows it shows.
local function stockout_filter(method, p)
  local status
  if p.status then
    status = STATUSES[p.status]
    if not status then return nil, 2101, "status参数错误" end
  end
  for _, name in ipairs{ "is_by_modified", "fetch_stock_only", "is_no_position" } do
    if p[name] and p[name] ~= "0" and p[name] ~= "1" then return nil, 2101, name .. "参数错误" end
  end
  if select(2, (p.shop_nos or ""):gsub("[^,]+", "")) > 20 then return nil, 2101, "shop_nos参数错误" end
  local filter = { history = method.history, shop_no = p.shop_no or p.shop_nos,
    warehouse_no = p.warehouse_no, no = p.stockout_no,
    src_order_no = p.src_order_no, src_tid = p.src_tid, status = status }
  local look_up = p.stockout_no or p.src_order_no or p.src_tid
  if look_up and not p.start_time and not p.end_time then return filter end
  local from, to, code, text = window(p, method.span)
  if not from then return nil, code, text end
  filter.from, filter.to, filter.clock = from, to, "consign_time"
  if status and status < 95 then filter.clock = "modified" end
  -- The page says that it goes with a status; production sends it without one.
  if p.is_by_modified == "1" then filter.clock = "modified" end
  if not status then filter.status = SHIPPED_AND_COMPLETED end
  return filter
end

local function stockouts(history)
  return {
    list = "stockout_list", write = "enterprise", history = history, span = CLOSED_30_DAYS,
    filter = stockout_filter,
    page_size = 30, page_max = 100,
    params = { status = true, start_time = true, end_time = true, src_order_no = true,
      src_tid = true, stockout_no = true,
      shop_no = true, shop_nos = true, warehouse_no = true, is_by_modified = true,
      fetch_stock_only = true, is_no_position = true },
  }
end

--- The methods: name -> { list, write (how `wdt.sandbox.records` writes a row), params,
-- filter(method, params) -> world filter or nil, code, text; page_size, page_max }.
M.methods = {
  stockout_order_query_trade = stockouts(false),
  his_stockout_order_query_trade = stockouts(true),
}

local function document_filter(method, p)
  return catalogue.filter(method, p, function(m) return window(p, m.span) end, function(name)
    return 2101, name .. "参数为空"
  end)
end

catalogue.add("enterprise", M.methods, document_filter, { as_text = true })
business.add(M.methods, function(name) return 2101, name .. "参数错误" end)

--- An error's body.
function M.refusal(code, text, quote, pretty)
  if pretty then return format('{\n    "code": %d,\n    "message": %s\n}', code, quote(text)) end
  return format('{"code":%d,"message":%s}', code, quote(text))
end

--- The sentences for faults that are answered in the envelope.
function M.fault(kind, _, draw, throttle)
  if kind == "server" then return 99, "系统繁忙，请稍后重试" end
  local words = throttle == "other" and Faults.OTHER_THROTTLES or Faults.ENTERPRISE_THROTTLES
  return throttle == "other" and 4999 or 1012, words[draw(#words)]
end

local function page(method, p)
  local no, size = p.page_no or "0", p.page_size or tostring(method.page_size)
  if not no:find("^%d+$") then return nil, nil, 2104, "page_no参数错误" end
  if not size:find("^%d+$") or tonumber(size) < 1 or tonumber(size) > method.page_max then
    return nil, nil, 2104, format("page_size参数错误,取值范围1~%d", method.page_max)
  end
  return tonumber(no), tonumber(size)
end

local function authenticate(gateway, its, p, now)
  local account = gateway.account[its.name]
  for i = 1, 4 do
    if not p[COMMON[i]] then return 1001, "缺少公共参数" .. COMMON[i] end
  end
  if p.sid ~= gateway.account.sid then return 1002, "sid不存在" end
  if p.appkey ~= account.appkey then return 1003, "appkey不存在" end
  if not p.timestamp:find("^%d%d%d%d%d%d%d%d%d%d$") then return 1004, "timestamp参数错误" end
  if abs(tonumber(p.timestamp) - floor(now)) > 300 then return 1004, "timestamp超出允许的误差范围5分钟" end
  local lengths = gateway.sign_lengths or its.lengths
  if p.sign ~= sign.enterprise(p, account.appsecret, lengths) then return 1005, "签名sign错误" end
end

--- Judges the business part of a request.
-- @tparam table method
-- @tparam {string=string} p parameters
-- @tparam table other names that they may have
-- @treturn ?table the query; nil, code, text when refused
function M.query(method, p, other)
  for key, value in pairs(p) do
    if not (method.params[key] or other[key]) then return nil, 2101, key .. "参数错误: 未知参数" end
    if value == "" then return nil, 2101, key .. "参数为空" end
  end
  local no, size, code, text = page(method, p)
  if not no then return nil, code, text end
  if method.call then no, size = 0, method.page_max end
  local filter
  filter, code, text = method.filter(method, p)
  if not filter then return nil, code, text end
  return { method = method, filter = filter, page_no = no, page_size = size, total = no == 0 }
end

-- As `M.read`, of an edition with this protocol.
local function read(its, gateway, name, request, now)
  local p, twice = nil, nil
  if gateway.header(request, "content-type"):find("^application/x%-www%-form%-urlencoded") then
    p, twice = Wire.form(request.body)
  end
  if not p then return nil, {}, 1001, "缺少公共参数sid" end
  local code, text = authenticate(gateway, its, p, now)
  if code then return nil, p, code, text end
  if twice then return nil, p, 2101, twice .. "参数错误: 重复" end
  local q
  q, code, text = M.query(its.methods[name], p, PAGING)
  return q, p, code, text
end

--- A function that reads the requests of an edition with this protocol.
-- @tparam table its `{ name, methods, lengths }`: the edition's name, its methods, how it counts
-- lengths in the sign
-- @treturn function as `M.read`
function M.reader(its)
  return function(...) return read(its, ...) end
end

--- Reads and judges a request.
-- @tparam Gateway gateway
-- @tparam string name the page's name without `.php`
-- @tparam table request
-- @tparam number now the moment against which the timestamp is judged
-- @treturn ?table `{ method, filter, offset, limit, total }`; nil when refused
-- @treturn table the parameters, as far as they could be read, for the log; `[1]` and `[2]` of a
-- refusal follow
-- @function read
M.read = M.reader{ name = "enterprise", methods = M.methods, lengths = "characters" }

--- A page's body around its rows. `total` is text, or nil where none is given; `rows` is what
-- stands between the brackets, or nil where the list is absent, or "null"; `q`: the query,
-- whose `verdict` names the number that tells how it went ("code").
function M.answer(method, rows, total, pretty, last, q)
  local parts, n = {}, 0
  local nl, colon = pretty and "\n    " or "", pretty and ": " or ":"
  local function add(key, text)
    n = n + 1
    parts[n] = format('%s"%s"%s', nl, key, colon) .. text
  end
  if rows and last then add(method.list, rows) end
  add(q.verdict or "code", "0")
  add("message", '"succeed"')
  if total then add("total_count", total) end
  if rows and not last then add(method.list, rows) end
  return "{" .. table.concat(parts, ",") .. (pretty and "\n}" or "}")
end

return M
