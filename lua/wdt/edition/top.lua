--- The Taobao Open Platform (TOP), whose gateway hands calls on to WDT: how a call of it is written
-- and signed, and what its own refusals mean. Source: facts on Qimen §3, §4.1, §5.
-- @module wdt.edition.top
local beijing = require "wdt.beijing"
local map = require "wdt.map"
local core = require "wdt.native".load "wdt.core"
local failure = require "wdt.error".failure
local form = require "wdt.edition.form"
local whole = require "wdt.whole"
local pairs, ipairs, type, tostring, tonumber, floor = pairs, ipairs, type, tostring, tonumber,
  math.floor
local concat = table.concat

local M = {
  --- Seconds by which a timestamp may be wrong.
  CLOCK_ERROR = 600,
}

--- Names that TOP takes for itself; no business parameter may have one.
M.SYSTEM = { method = true, app_key = true, target_app_key = true, timestamp = true, format = true,
  v = true, sign_method = true, sign = true, session = true, partner_id = true }

--- Writes and signs a call. System parameters travel in the query, the others in the body, as the
-- platform's own clients have it.
-- @tparam table credentials `{ url, app_key, app_secret, target_app_key, sign_method }`
-- @tparam string method
-- @tparam {[string]=string} business none of them empty
-- @tparam number now server time, Unix seconds
-- @treturn table `{ url, headers, body }`; or nil, "config: text", "config" where OpenSSL refuses
-- the digest; `param` where a business parameter has a name of the platform's
function M.build(credentials, method, business, now)
  local system = { method = method, app_key = credentials.app_key,
    target_app_key = credentials.target_app_key, timestamp = beijing.format(floor(now)),
    format = "json", v = "2.0", sign_method = credentials.sign_method }
  local all = map.copy(system)
  for name, value in pairs(business) do
    if M.SYSTEM[name] then
      return failure("param", "the parameter '%s' is set by the library on this route", name)
    end
    all[name] = value
  end
  local sign, err, code = core.sign.top(all, credentials.app_secret, credentials.sign_method)
  if not sign then return nil, err, code end
  system.sign = sign
  return { url = credentials.url .. "?" .. form.encode(system),
    headers = { ["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8" },
    body = form.encode(business) }
end

--- The sign of a call and what is signed; the secret, where it stands in the text, is hidden.
function M.explain(credentials, message)
  local all = form.decode(message.url:match "%?(.*)$")
  map.add(all, form.decode(message.body))
  all.sign = nil
  local sign, text, code = core.sign.top(all, credentials.app_secret, all.sign_method, true)
  if not sign then return nil, text, code end
  if all.sign_method ~= "md5" then return sign, text end -- there the secret is the digest's key
  local n = #credentials.app_secret
  return sign, "<app_secret>" .. text:sub(n + 1, -n - 1) .. "<app_secret>"
end

-- Numbers of TOP's error_response. A number that is not here is judged by its sub_code.
local BY_CODE = { [7] = "rate", [10] = "server", [11] = "permission", [12] = "permission",
  [13] = "permission", [15] = "server", [21] = "param", [22] = "param", [23] = "param",
  [24] = "auth", [25] = "auth", [26] = "auth", [27] = "auth", [28] = "auth", [29] = "auth",
  [30] = "param", [31] = "clock", [32] = "param", [33] = "param", [34] = "param", [40] = "param",
  [41] = "param", [50] = "server" }

-- Where a number says only that the service that the gateway asks failed, its sub_code tells whose
-- fault it was.
local VAGUE = { [15] = true, [50] = true }

local BY_SUB_CODE = { { "call%-limited", "rate" }, { "^accesscontrol%.", "rate" },
  { "^isp%.", "server" }, { "timestamp", "clock" }, { "signature", "auth" }, { "appkey", "auth" },
  { "app%-key", "auth" }, { "session", "auth" }, { "permission", "permission" },
  { "parameter", "param" }, { "missing%-", "param" }, { "invalid%-", "param" },
  { "^isv%.", "api" } }

--- Returns what a sub_code tells.
-- @tparam ?string sub_code
-- @treturn ?string a code of `wdt.error`; nil where it tells nothing
function M.by_sub_code(sub_code)
  if type(sub_code) ~= "string" then return nil end
  if not (sub_code:find "^is[pv]%." or sub_code:find "^accesscontrol%.") then return nil end
  for _, rule in ipairs(BY_SUB_CODE) do
    if sub_code:find(rule[1]) then return rule[2] end
  end
end

--- A refusal's own words, in the order of importance, those that say something.
-- @tparam table refusal
-- @tparam string ... names of its fields
-- @treturn string
function M.words(refusal, ...)
  local words = {}
  for _, name in ipairs{ ... } do
    local value = refusal[name]
    if value ~= nil and value ~= "" then
      words[#words + 1] = whole.text(value) or tostring(value)
    end
  end
  return concat(words, " ")
end

--- Reads an error_response: the gateway has not handed the call on, or got no answer.
-- @tparam table refusal `{ code, msg, sub_code, sub_msg }`
-- @treturn string a code of `wdt.error`
-- @treturn string TOP's own words
-- @treturn ?string no hint
-- @treturn ?number|boolean of a `rate`: seconds of the ban; true where TOP does not tell them
function M.judge(refusal)
  local number = tonumber(refusal.code)
  local text = M.words(refusal, "code", "msg", "sub_code", "sub_msg")
  local told = M.by_sub_code(refusal.sub_code)
  local code = BY_CODE[number or 0]
  if told and (not code or VAGUE[number]) then code = told end
  code = code or "api"
  if code ~= "rate" then return code, text end
  return code, text, nil, tonumber(text:match "ban will last for (%d+) more second") or true
end

return M
