--- Describes what a failure means: from the code and words of a call that failed, and the settings
-- it was made with, to a finding of `wdt.cli.doctor.findings` and the step that it belongs to.
-- Pure.
-- @module wdt.cli.doctor.diagnose
local edition = require "wdt.edition"
local ipairs = ipairs

local M = {}

-- The steps on the way to a good answer, in order: where one fails, those before it are in order,
-- and those after it untold.
M.STEPS = { "name", "connection", "tls", "answer", "clock", "rate", "credentials", "permission",
  "query" }

-- words of the failure -> finding, in order; `plain` holds for http addresses only. The words are
-- libcurl's and this library's own ("connect", "tls", …), or the gateway's (the rest).
local RULES = {
  connect = {
    { "Could not resolve host", "name", "name_unknown" },
    { "Connection refused", "connection", "refused" },
    { "", "connection", "unreachable" },
  },
  timeout = {
    { "Resolving timed out", "name", "name_unknown" },
    { "SSL connection timeout", "tls", "silent" },
    { "^timeout: no connection", "connection", "unreachable" },
    { "", "answer", "silent" },
  },
  tls = {
    { "certificate file", "tls", "ca_file" },
    { "CAfile", "tls", "ca_file" },
    { "expired", "tls", "tls_expired" },
    { "not yet valid", "tls", "tls_expired" },
    { "subject name", "tls", "tls_name" },
    { "wrong version number", "tls", "tls_not_spoken" },
    { "record layer failure", "tls", "tls_not_spoken" },
    { "", "tls", "tls_untrusted" },
  },
  truncated = { { "without an answer", "tls", "tls_wanted", plain = true },
    { "", "answer", "broken_answer" } },
  http = { { "HTTP 400", "tls", "tls_wanted", plain = true }, { "", "answer", "not_the_api" } },
  syntax = { { "", "answer", "not_the_api" } },
  server = { { "", "answer", "server_down" } },
  clock = { { "", "clock", "clock_refused" } },
  rate = { { "", "rate", "rate" } },
  auth = {
    { "app auth fail", "credentials", "app_or_salt" },
    { "签名", "credentials", "sign" },
    { "验证失败", "credentials", "sign" },
    { "%f[%w_]sign%f[^%w_]", "credentials", "sign" },
    { "appkey", "credentials", "appkey" },
    { "%f[%w_]sid%f[^%w_]", "credentials", "sid" },
    { "卖家账号", "credentials", "sid" },
    { "", "credentials", "auth" },
  },
  permission = {
    { "%f[%w_][Ii][Pp]%f[^%w_]", "permission", "address" },
    { "白名单", "permission", "address" },
    { "^permission: 6 ", "permission", "address" },
    { "^permission: 1060", "permission", "balance" },
    { "余额", "permission", "balance" },
    { "", "permission", "permission" },
  },
  config = { { "MD5", "credentials", "md5_refused" }, { "", "credentials", "setting_wrong" } },
}

-- Whatever a code that is not listed means, the gateway has read the question.
local OTHER = { { "", "query", "refused_query" } }

-- A failure on the way of a client that has a proxy is, as far as can be told, the proxy's.
local BY_PROXY = { connect = true, timeout = true }

--- @tparam string err `"code: text"`
-- @tparam string code
-- @tparam table account `url`, `edition`, `proxy` (or nil)
-- @treturn string a step of `STEPS`
-- @treturn string a finding
function M.failure(err, code, account)
  if account.proxy and (BY_PROXY[code] and not err:find("^timeout: [^n]")
    or err:find("proxy", 1, true)) then
    return "connection", "proxy_unreachable"
  end
  local plain = account.url:find("^http:") ~= nil
  for _, rule in ipairs(RULES[code] or OTHER) do
    if err:find(rule[1]) and (plain or not rule.plain) then return rule[2], rule[3] end
  end
  return "query", "refused_query"
end

-- Failures by a route over another company's gateway, its own refusals before those of the ERP.
local BY_ROUTE = {
  { "^auth: 25 ", "route_secret" }, { "^auth: 29 ", "route_app" },
  { "^permission: 1[1-3] ", "route_unauthorised" }, { "target_app_key", "route_target" },
  { "验证失败", "sign_within" }, { "^rate: 7 ", "route_banned" },
}

--- Returns what the failure of a call by a further route means.
-- @tparam string err `"code: text"`
-- @tparam string code
-- @tparam table account as for `failure`
-- @treturn string a finding
function M.route(err, code, account)
  for _, rule in ipairs(BY_ROUTE) do
    if err:find(rule[1]) then return rule[2] end
  end
  local _, finding = M.failure(err, code, account)
  return finding
end

--- Returns what is wrong with settings, by the words of `wdt.config` and `wdt.cli.account`.
-- @tparam string problem
-- @tparam table settings as far as there are any
-- @treturn string a finding
-- @treturn table its facts
function M.settings(problem, settings)
  local name = problem:match("^setting '([%w_]+)' is nil")
  if next(settings) == nil and name then return "no_account", {} end
  if name then return "setting_missing", { name = name, variable = "WDT_" .. name:upper() } end
  if problem:find("chmod 600", 1, true) then return "config_readable", {} end
  if problem:find("^profile '") then return "no_profile", { problem = problem } end
  if problem:find("^/") then return "config_unreadable", { problem = problem } end
  if problem:find("secret:salt", 1, true) then return "salt_missing", {} end
  return "setting_wrong", { problem = problem }
end

local NAMES = { "sid", "appkey", "appsecret" }

--- Returns what looks like a slip in settings that are complete.
-- @tparam table settings
-- @treturn ?string a finding
-- @treturn ?table its facts
function M.slips(settings)
  for _, name in ipairs(NAMES) do
    local value = settings[name]
    -- A sid may be any text; the two keys are letters, digits and signs.
    if value:find("^[%s'\"]") or value:find("[%s'\"]$")
      or name ~= "sid" and value:find("[\128-\255%s]") then
      return "odd_text", { name = name }
    end
  end
  local finding = edition.of(settings.edition).slip(settings)
  if finding then return finding, {} end
end

--- The other edition whose address it is.
-- @tparam string url
-- @tparam string name the edition that was set
-- @treturn ?string the other's name; nil where the address fits, or is no vendor's
function M.other_edition(url, name)
  local other = edition.by_url(url)
  return other and other.NAME ~= name and other.NAME or nil
end

return M
