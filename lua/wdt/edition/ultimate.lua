--- 旗舰版, the ultimate edition. Source: seed U, and the vendor's clients. The face of an edition:
-- `wdt.edition`.
-- @module wdt.edition.ultimate
local duration = require "wdt.duration"
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.edition.json"
local form = require "wdt.edition.form"
local small_number = require "wdt.edition.small_number"
local enterprise = require "wdt.edition.enterprise"
local throttle = require "wdt.edition.throttle"
local beijing = require "wdt.beijing"
local type, ipairs, tostring, tonumber = type, ipairs, tostring, tonumber
local floor, next = math.floor, next

local M = {
  NAME = "ultimate",
  TITLE = { en = "ultimate edition", zh = "旗舰版" },
  PATH = "/openapi",
  CLOCK_ERROR = 120, -- seed U §3.2
  STOCKOUTS = "wms.stockout.Sales.queryWithDetail",
  CANCELLED = "wms.stockout.Sales.searchCancel", -- seed U
}

local DAY, HOUR = duration.DAY, duration.HOUR

--- Addresses (seed U §3.1); production over https, which public clients use. The test host is a
-- bare IP address, for which no certificate can be expected.
M.URLS = {
  production = "https://wdt.wangdian.cn/openapi",
  sandbox = "http://47.92.239.46/openapi",
}

M.METHOD = "^[%w_.]+$"

--- The pager stands apart from a query's parameters, so that none can be overwritten.
M.RESERVED = {}

--- There is a method for cancelled stockouts alone. No document tells that another route has it:
-- there they are asked for by their status, of the method of all stockouts.
function M.cancelled(query)
  if query.route == nil or query.route == "direct" then return query end
  local asked, problem = enterprise.cancelled(query)
  return asked, problem, M.STOCKOUTS
end

--- The appsecret is two things (seed U §3.2): the secret, which is never sent, and the salt, which
-- is.
function M.account(settings)
  local secret, salt = settings.appsecret:match("^([^:]+):(.+)$")
  if settings.sign_lengths then
    return nil, "sign_lengths", "nothing: this edition signs no lengths"
  end
  if not secret then return nil, "appsecret", '"secret:salt", two texts joined by a colon' end
  return { sid = settings.sid, appkey = settings.appkey, appsecret = settings.appsecret,
    secret = secret, salt = salt }
end

--- No slip is known that a complete secret would show.
function M.slip()
  return nil
end

--- JSON keeps a parameter's type, and would round a number of more than 14 digits.
function M.sent(value, small)
  if small then return small_number(value) end
  local kind = type(value)
  if kind == "boolean" then return value end
  if kind == "number" and value == tonumber(("%.14g"):format(value)) and value - value == 0 then
    return value
  end
  return kind == "string" and value ~= "" and value or nil
end

--- Windows of an hour: the last one, and afternoons (15:00, Beijing time) before it.
function M.recent(now)
  local afternoon = floor((now + 8 * HOUR) / DAY) * DAY + 7 * HOUR
  local list = { { now - HOUR + 1, now } }
  for _, days in ipairs{ 1, 7 } do
    list[#list + 1] = { afternoon - days * DAY, afternoon - days * DAY + HOUR - 1 }
  end
  return list, { en = "the hours looked at", zh = "所查的几个小时内" }
end

-- The body is the JSON list of the method's positional arguments. A map is the one argument of a
-- query; a list is the arguments themselves; nothing is no argument.
local function body_of(params)
  if params == nil then return "[]" end
  if type(params) == "table" and #params > 0 then return json.encode(params, "params") end
  if next(params) == nil then return "[{}]" end
  return json.encode({ params }, "params")
end

--- Checks arguments before anything is sent.
-- @tparam ?table params
-- @treturn ?string what is wrong
function M.check(params)
  local _, err = body_of(params)
  return err
end

--- Writes and signs a request. The bytes that are signed are the bytes that are sent.
-- @tparam table account `{ url, sid, appkey, secret, salt }`
-- @tparam string method e.g. `"wms.stockout.Sales.searchCancel"`
-- @tparam ?table params a map, or a list of positional arguments
-- @tparam ?table pager `{ page_no, page_size, total = bool }`; it travels in the query string
-- (vendor's clients)
-- @tparam number now server time, Unix seconds (allowed error: 120 s, seed U §3.2)
-- @treturn table `{ url, headers, body }`; or nil, "config: text", "config" where OpenSSL refuses
-- MD5
function M.build(account, method, params, pager, now)
  local query = {
    sid = account.sid, key = account.appkey, salt = account.salt, method = method, v = "1.0",
    timestamp = ("%.0f"):format(floor(now) - beijing.EPOCH_2012),
  }
  if pager then
    query.page_no = ("%.0f"):format(pager.page_no)
    query.page_size = ("%.0f"):format(pager.page_size)
    query.calc_total = pager.total and "1" or "0"
  end
  local body = body_of(params)
  local sign, err, code = core.sign.ultimate(query, body, account.secret)
  if not sign then return nil, err, code end
  query.sign = sign
  return {
    url = account.url .. "?" .. form.encode(query),
    headers = { ["Content-Type"] = "application/json; charset=UTF-8" },
    body = body,
  }
end

local BY_STATUS = { [1] = "auth", [2] = "param", [3] = "auth", [4] = "server", [5] = "server",
  [6] = "permission", [7] = "clock", [8] = "param", [99] = "server", [100] = "api" }

-- The two sentences of a throttle begin like this; a full-width or a half-width comma follows. One
-- that stands within another text may tell of a part of a push, of which the rest was executed.
local THROTTLED = { "^超过每分钟最大调用频率限制", "^超过每分钟最大并发次数限制" }

-- Status 1 and 100 are told apart only by their words.
local BY_WORDS = {
  [1] = { { "argument", "param" }, { "参数", "param" }, { "For input string", "param" } },
  [100] = { { "invalid http status 5", "server" }, { "Unknown Database Error", "server" },
    { "timed out", "server" }, { "internal only", "permission" }, { "起止时间", "param" },
    { "时间过宽", "param" }, { "条件太过宽", "param" }, { "仅支持分页查询", "param" },
    { "不可为空", "param" }, { "不能为空", "param" }, { "must not be", "param" },
    { "Unparseable date", "param" }, { "权限", "permission" } },
}

-- Holds what is told beside the gateway's words, where they say too little.
local ADVICE = { { "internal only", " (this method can be called only by the Qimen gateway)" } }

local function is_throttle(status, message)
  return status == 100 and (message:find(THROTTLED[1]) or message:find(THROTTLED[2])) ~= nil
end

local function code_of(status, message)
  for _, words in ipairs(BY_WORDS[status] or {}) do
    if message:find(words[1], 1, true) then return words[2] end
  end
  return BY_STATUS[status] or "api"
end

-- `{"code":2102,"message":…}`: some methods refuse as the enterprise edition does.
local function foreign_refusal(envelope)
  local verdict, text, hint = enterprise.judge(envelope)
  if not verdict or verdict == "syntax" then return "syntax", "the answer carries no status" end
  return verdict, text, hint or "words"
end

--- Reads an envelope's verdict.
-- @tparam table envelope
-- @treturn ?string the failure's code (`wdt.error`), nil when the call succeeded
-- @treturn ?string the gateway's own number and words, untouched, and perhaps advice after them
-- @treturn ?string a hint, as `wdt.edition.enterprise` has it
function M.judge(envelope)
  local status = tonumber(envelope.status)
  if status == 0 then return nil end
  if status == nil then return foreign_refusal(envelope) end
  local message = type(envelope.message) == "string" and envelope.message or ""
  local text = ("%s %s"):format(tostring(envelope.status), message)
  if is_throttle(status, message) then return "rate", text end
  for _, advice in ipairs(ADVICE) do
    if message:find(advice[1], 1, true) then text = text .. advice[2] end
  end
  return code_of(status, message), text, throttle.sounds_like(message) and "throttle" or nil
end

--- The sign and what is signed; the secret stands at both ends.
function M.explain(account, message)
  local fields = form.decode(message.url:match "%?(.*)$")
  fields.sign = nil
  local sign, text, code = core.sign.ultimate(fields, message.body, account.secret, true)
  if not sign then return nil, text, code end
  local n = #account.secret
  return sign, "<secret>" .. text:sub(n + 1, -n - 1) .. "<secret>"
end

--- Returns what `client:call` returns of an envelope: its `data`.
function M.data(envelope)
  return envelope.data
end

return M
