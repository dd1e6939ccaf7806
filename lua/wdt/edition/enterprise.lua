--- 企业版, the enterprise edition. Source: seed E, and the vendor's PHP client. The face of an
-- edition: `wdt.edition`.
-- @module wdt.edition.enterprise
local duration = require "wdt.duration"
local map = require "wdt.map"
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.edition.json"
local form = require "wdt.edition.form"
local small_number = require "wdt.edition.small_number"
local throttle = require "wdt.edition.throttle"
local catalog = require "wdt.catalog"
local problem = require "wdt.error".problem
local whole = require "wdt.whole"
local type, pairs, tostring, tonumber, floor = type, pairs, tostring, tonumber, math.floor

local M = {
  NAME = "enterprise",
  TITLE = { en = "enterprise edition", zh = "企业版" },
  PATH = "/openapi2",
  CLOCK_ERROR = 300, -- seed E §3.2
  SIGN_COUNTS = true, -- the lengths of what it signs, as some servers do in bytes
  STOCKOUTS = "stockout_order_query_trade",
  CANCELLED = "stockout_order_query_trade",
  STATISTIC = "vip_stat_sales_by_spec_shop_warehouse_query", -- of a day's sales; a paid service
}

-- Of a stockout that was cancelled (seed E §3.3): one method serves both.
local CANCELLED_STATUS = 5

--- Addresses (seed E §3.1), over https as the vendor's newer pages print them.
M.URLS = {
  production = "https://api.wangdian.cn/openapi2",
  sandbox = "https://sandbox.wangdian.cn/openapi2",
}

--- A method is the name of its page, without `.php`.
M.METHOD = "^[%w_]+$"

--- Cancelled stockouts are those of status 5, by modified time (seed E §1.3).
-- @tparam table query the user's
-- @treturn ?table another one
-- @treturn ?string what is wrong
function M.cancelled(query)
  if query.status ~= nil and tonumber(query.status) ~= CANCELLED_STATUS then
    return problem("status", query.status, "5 or nothing: these are the cancelled ones")
  end
  local copy = map.copy(query)
  copy.status = CANCELLED_STATUS
  return copy
end

--- The secret is one text.
function M.account(settings)
  return { sid = settings.sid, appkey = settings.appkey, appsecret = settings.appsecret,
    sign_lengths = settings.sign_lengths or "characters" }
end

--- A secret with a colon in it looks like the other edition's.
function M.slip(settings)
  return settings.appsecret:find("^%x+:%x+$") and "looks_ultimate" or nil
end

--- A parameter is text.
function M.sent(value, small)
  if small then
    value = small_number(value)
    return value and ("%d"):format(value)
  end
  if whole.is(value) then return whole.text(value) end
  return type(value) == "string" and value ~= "" and value or nil
end

local DAYS = 30 * duration.DAY

--- The longest window (seed E §1.4).
function M.recent(now)
  return { { now - DAYS + 1, now } }, { en = "the last 30 days", zh = "最近 30 天内" }
end

--- Set by the library; a caller can't mean them as business parameters.
M.RESERVED = { sid = true, appkey = true, timestamp = true, sign = true, page_no = true,
  page_size = true }

--- A parameter on the wire is text; a list or a map is one JSON string (vendor's client). An empty
-- one is left out of the body and of the sign: the vendor's client refuses to sign it.
-- @tparam string name for the error
-- @param value
-- @treturn ?string
-- @treturn ?string what is wrong
function M.wire(name, value)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "number" then
    if whole.is(value, 1 - 2 ^ 53, 2 ^ 53 - 1) then return whole.text(value) end
    return tostring(value)
  end
  if kind == "table" then return json.encode(value, name) end
  return nil, ("%s is %s, expected text, a number or a table"):format(name, tostring(value))
end

--- Checks business parameters before anything is sent.
-- @tparam ?table params
-- @treturn ?string what is wrong
function M.check(params)
  if params == nil then return nil end
  for name, value in pairs(params) do
    if type(name) ~= "string" then
      return "params has a list part; the enterprise edition takes named parameters only" end
    if M.RESERVED[name] then return ("params.%s is set by the library"):format(name) end
    local _, err = M.wire(name, value)
    if err then return "params." .. err end
  end
end

--- Writes and signs a request.
-- @tparam table account `{ url, sid, appkey, appsecret, sign_lengths }`
-- @tparam string method e.g. `"stockout_order_query_trade"`
-- @tparam ?table params business parameters under the API's names
-- @tparam ?table pager `{ page_no, page_size }`
-- @tparam number now server time, Unix seconds (allowed error: 5 minutes, seed E §3.2)
-- @treturn table `{ url, headers, body }`; or nil, "config: text", "config" where OpenSSL refuses
-- MD5
function M.build(account, method, params, pager, now)
  local fields = { sid = account.sid, appkey = account.appkey,
    timestamp = ("%.0f"):format(floor(now)) }
  if pager then
    fields.page_no = ("%.0f"):format(pager.page_no)
    fields.page_size = ("%.0f"):format(pager.page_size)
  end
  for name, value in pairs(params or {}) do
    local text = M.wire(name, value)
    if text ~= "" then fields[name] = text end
  end
  local sign, err, code = core.sign.enterprise(fields, account.appsecret, false,
    account.sign_lengths)
  if not sign then return nil, err, code end
  fields.sign = sign
  return {
    url = account.url .. "/" .. method .. ".php",
    headers = { ["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8" },
    body = form.encode(fields),
  }
end

-- The meanings of a refusal's numbers. 2102 is documented (seed E §6.2); the others are known from
-- public clients: 1012 is the throttle, whatever its words; a production client sends 1013 to 1610
-- again.
local BY_CODE = { [99] = "server", [1012] = "rate", [1013] = "server", [1020] = "server",
  [1030] = "server", [1040] = "server", [1060] = "permission", [1200] = "server", [1610] = "server",
  [2030] = "auth", [2060] = "auth", [2100] = "auth", [2102] = "param", [2104] = "param" }
-- Patterns, for all other numbers; a parameter's name counts as a whole word: "consign_time" says
-- nothing of a sign.
local BY_WORDS = {
  { "调用频率", "rate" }, { "频率超限", "rate" }, { "并发", "rate" },
  { "时间戳", "clock" }, { "timestamp", "clock" },
  { "签名", "auth" }, { "%f[%w_]sign%f[^%w_]", "auth" }, { "appkey", "auth" },
  { "%f[%w_]sid%f[^%w_]", "auth" }, { "卖家账号", "auth" },
  { "权限", "permission" }, { "授权", "permission" }, { "%f[%w_]IP%f[^%w_]", "permission" },
  { "白名单", "permission" },
  { "page_", "param" }, { "参数", "param" }, { "_time", "param" }, { "为空", "param" },
  { "格式", "param" }, { "跨度", "param" }, { "不能大于", "param" }, { "不能超过", "param" },
  { "繁忙", "server" }, { "超时", "server" }, { "数据库", "server" }, { "系统错误", "server" },
}

--- Returns what a refusal means by its words alone.
-- @tparam string message
-- @treturn string a code of `wdt.error`
function M.by_words(message)
  for i = 1, #BY_WORDS do
    if message:find(BY_WORDS[i][1]) then return BY_WORDS[i][2] end
  end
  return "api"
end

-- True if the number only says that nothing was found (`wdt.catalog`).
local function is_nothing_found(method, number)
  local entry = method and catalog.enterprise[method]
  return entry ~= nil and entry.nothing_found[("%.0f"):format(number)] == true
end

--- Reads an envelope's verdict.
-- @tparam table envelope
-- @tparam ?string method what was called
-- @treturn ?string the failure's code (`wdt.error`), nil when the call succeeded
-- @treturn ?string the gateway's own number and words, untouched
-- @treturn ?string a hint: of a success, `"empty"`: nothing was found, so there is no total; of a
-- failure, `"words"`: no number told it, so it is not sure that the gateway did not act;
-- `"throttle"`: likewise, and it may mean that too many calls were made
function M.judge(envelope, method)
  local number = tonumber(envelope.code)
  if number == 0 then return nil end
  if number == nil then return "syntax", "the answer carries no code" end
  if is_nothing_found(method, number) then return nil, nil, "empty" end
  local message = type(envelope.message) == "string" and envelope.message or ""
  local code, hint = BY_CODE[number], nil
  if not code then code, hint = M.by_words(message), "words" end
  if code ~= "rate" and throttle.sounds_like(message) then hint = "throttle" end
  return code, ("%s %s"):format(tostring(envelope.code), message), hint
end

--- The sign and what is signed; the secret stands at its end.
function M.explain(account, message)
  local fields = form.decode(message.body)
  fields.sign = nil
  local sign, text, code = core.sign.enterprise(fields, account.appsecret, true,
    account.sign_lengths)
  if not sign then return nil, text, code end
  return sign, text:sub(1, -#account.appsecret - 1) .. "<appsecret>"
end

--- Returns what `client:call` returns of an envelope: the envelope itself, whose lists stand beside
-- `code` and `message`.
function M.data(envelope)
  return envelope
end

return M
