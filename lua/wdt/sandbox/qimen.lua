--- 奇门, Qimen, as the sandbox plays it: Taobao's gateway (TOP), which judges a call of its own
-- kind, and WDT after it, of either edition. Source: facts on Qimen; TOP's public error table.
--
-- Addresses: `/router/qm` and `/router/qmtest`, after the scene's name as a folder or without one.
-- Unknown, and decided here: a wrong target_app_key is 41, an empty parameter likewise, page 0 on
-- the ultimate edition is refused.
-- @module wdt.sandbox.qimen
local beijing = require "wdt.beijing"
local enterprise = require "wdt.sandbox.enterprise"
local ultimate = require "wdt.sandbox.ultimate"
local sign = require "wdt.sandbox.sign"
local Wire = require "wdt.sandbox.wire"
local Xml = require "wdt.sandbox.xml"
local pairs, ipairs, type, tonumber, tostring = pairs, ipairs, type, tonumber, tostring
local abs, floor, ceil, max, format = math.abs, math.floor, math.ceil, math.max, string.format

local M = { EDITIONS = { enterprise = enterprise, ultimate = ultimate } }

--- The folders in which the editions' scenes answer.
M.SCENES = { enterprise = "hu3cgwt0tc", ultimate = "3ldsmu02o9" }

local EDITION_OF = { hu3cgwt0tc = "enterprise", ["3ldsmu02o9"] = "ultimate" }

-- Names of methods on this route -> of the API, by edition (facts §6).
local NAMES = { enterprise = {}, ultimate = {} }
for name, method in pairs(enterprise.methods) do
  local entry = method.entry
  NAMES.enterprise[entry and entry.qimen or "wdt." .. name:gsub("_", ".")] = name
end
for name, method in pairs(ultimate.methods) do
  local entry = method.entry
  NAMES.ultimate[entry and entry.qimen or "wdt." .. name:lower()] = name
end

local SYSTEM = { method = true, app_key = true, target_app_key = true, timestamp = true,
  format = true, v = true, sign_method = true, sign = true, session = true, partner_id = true,
  simplify = true }

-- ---- tOP ----

local function refused(code, msg, sub_code, sub_msg)
  return { code = code, msg = msg, sub_code = sub_code, sub_msg = sub_msg }
end

-- Parameters stand in the query, in a form body, or in both.
local function parameters(gateway, request)
  local p, twice = Wire.form(request.query)
  if not p then return nil end
  if gateway.header(request, "content-type"):find "^application/x%-www%-form%-urlencoded" then
    local body, again = Wire.form(request.body)
    if not body then return nil end
    twice = twice or again
    for name, value in pairs(body) do
      if p[name] ~= nil then twice = twice or name end
      p[name] = value
    end
  end
  return p, twice
end

local NEEDED = { { "method", 21, "Missing Method" }, { "app_key", 28, "Missing App Key" },
  { "timestamp", 30, "Missing Timestamp" }, { "sign_method", 40, "Missing Required Arguments" },
  { "sign", 24, "Missing Signature" } }

local SIGN_METHODS = { md5 = true, hmac = true, ["hmac-sha256"] = true }

-- Returns what TOP finds wrong with a call's form.
local function malformed(p, twice)
  for _, one in ipairs(NEEDED) do
    if not p[one[1]] then return refused(one[2], one[3], "isv.missing-parameter:" .. one[1]) end
  end
  if twice then return refused(41, "Invalid Arguments", "isv.invalid-parameter", twice) end
  for name, value in pairs(p) do
    if value == "" then return refused(41, "Invalid Arguments", "isv.invalid-parameter", name) end
  end
  if p.v and p.v ~= "2.0" then return refused(33, "Invalid Version") end
  if p.format and p.format ~= "json" and p.format ~= "xml" then
    return refused(23, "Invalid Format")
  end
  if not SIGN_METHODS[p.sign_method] then
    return refused(41, "Invalid Arguments", "isv.invalid-parameter", "sign_method")
  end
end

-- TOP's verdict on who calls; nil where it hands the call on.
local function authenticate(gateway, p, now)
  local app = gateway.account.qimen
  if p.app_key ~= app.app_key then
    return refused(29, "Invalid App Key", "isv.appkey-not-exists")
  end
  local at = beijing.parse(p.timestamp)
  if not at or abs(at - floor(now)) > 600 then
    return refused(31, "Invalid Timestamp", "isv.invalid-timestamp")
  end
  if p.sign ~= sign.top(p, app.app_secret, p.sign_method) then
    return refused(25, "Invalid signature", "isv.invalid-signature")
  end
  if not p.target_app_key then
    return refused(40, "Missing Required Arguments", "isv.missing-parameter:target_app_key")
  end
  if p.target_app_key ~= app.target_app_key then
    return refused(41, "Invalid Arguments", "isv.invalid-parameter", "target_app_key不存在")
  end
  if gateway.unauthorised then
    return refused(11, "Insufficient isv permissions", "isv.permission-api-package-limit",
      "应用未获得授权")
  end
end

local function banned(self, now)
  return refused(7, "App Call Limited", "accesscontrol.limited-by-app-access-count",
    format("This ban will last for %d more seconds", max(1, ceil(self.banned_until - now))))
end

--- Returns what TOP itself refuses although the call is right: bans, and a service that does not
-- answer.
-- @tparam Gateway self
-- @tparam number now
-- @tparam ?table fault
-- @tparam function within_a_minute how many moments of the last 60 s a list holds
-- @treturn ?table a refusal
function M.bar(self, now, fault, within_a_minute)
  local kind, calls = fault and fault.kind, self.app_calls
  if kind == "ban" then self.banned_until = now + (fault.seconds or self.app_ban) end
  if self.banned_until and now < self.banned_until then return banned(self, now) end
  if self.app_rate and within_a_minute(calls, now) >= self.app_rate then
    self.banned_until = now + self.app_ban
    return banned(self, now)
  end
  within_a_minute(calls, now)
  calls.last = calls.last + 1
  calls[calls.last] = now
  if kind == "remote" then
    return refused(fault.code or (self.draw(2) == 1 and 15 or 50), "Remote service error",
      "isp.top-remote-connection-timeout", fault.text)
  end
end

-- ---- wDT, after it ----

local read = {}

-- Flat parameters; the seller, who has authorised the app, is told by `sid`.
function read.enterprise(gateway, name, p)
  if not p.sid then return nil, 1001, "缺少公共参数sid" end
  if p.sid ~= gateway.account.sid then return nil, 1002, "sid不存在" end
  return enterprise.query(enterprise.methods[name], p,
    { sid = true, page_no = true, page_size = true })
end

local WRAPPED = { params = true, pager = true, datetime = true, wdt_appkey = true, wdt_salt = true,
  wdt3_customer_id = true, wdt_sign = true }

local function wdt_authenticate(gateway, p, now)
  local account = gateway.account
  for _, name in ipairs{ "datetime", "wdt_appkey", "wdt_salt", "wdt3_customer_id", "wdt_sign" } do
    if not p[name] then return 1, "参数错误" end
  end
  if p.wdt3_customer_id ~= account.sid then return 1, "sid is not exists" end
  if p.wdt_appkey ~= account.ultimate.appkey or p.wdt_salt ~= account.ultimate.salt then
    return 1, "app auth fail"
  end
  local at = beijing.parse(p.datetime)
  if not at or abs(at - floor(now)) > 600 then return 7, "时间戳错误" end
  local signed = {}
  for name, value in pairs(p) do
    if not SYSTEM[name] then signed[name] = value end
  end
  signed.method = p.method:match "wdt%..*$"
  signed.wdt_sign, signed.wdt3_customer_id = nil, nil
  if p.wdt_sign ~= sign.nested(signed, account.ultimate.secret) then return 1, "验证失败" end
end

-- A JSON object in a parameter.
local function object(text)
  local value = text and text:find "^%s*{" and Wire.json(text)
  return type(value) == "table" and value or nil
end

local function numeral(value)
  return type(value) == "number" and format("%d", value) or value and tostring(value)
end

-- Pages are counted from 1 here (facts §7), and every one has a total.
local function paging(name, text)
  local pager = object(text)
  if not pager then return { method = name } end
  local no = numeral(pager.page_no)
  if not (no and no:find "^%d+$" and tonumber(no) >= 1) then return nil, 2, "page_no" end
  return { method = name, page_no = format("%d", tonumber(no) - 1),
    page_size = numeral(pager.page_size), calc_total = "1" }
end

function read.ultimate(gateway, name, p, now)
  local code, text = wdt_authenticate(gateway, p, now)
  if code then return nil, code, text end
  local method, params = ultimate.methods[name], {}
  if not method.silent then
    params = object(p.params or "{}")
    if not params then return nil, 1, "argument type mismatch" end
    for key in pairs(p) do
      if not (SYSTEM[key] or WRAPPED[key]) then return nil, 2, key end
    end
  end
  local pager
  pager, code, text = paging(name, p.pager)
  if not pager then return nil, code, text end
  p.start_time, p.end_time = params.start_time, params.end_time -- for the log
  return ultimate.query(gateway, method, params, pager)
end

-- The edition and the API's method that a call means; a scene has one edition, and the address
-- without a scene tells them apart by the names of their methods.
local function meant(scene, p)
  local prefix, name = p.method:match "^([%w]*)%.?(wdt%..*)$"
  if not name then return nil end
  local edition = EDITION_OF[scene] or EDITION_OF[prefix]
    or NAMES.ultimate[name] and p.wdt3_customer_id and "ultimate"
    or NAMES.enterprise[name] and "enterprise" or "ultimate"
  if prefix ~= "" and EDITION_OF[prefix] ~= edition then return nil end
  return edition, NAMES[edition][name]
end

--- Reads and judges a request; as `wdt.sandbox.enterprise.read`, where a code that is a table is
-- TOP's own refusal. The query has `edition` and `name`, the API's method.
-- @tparam Gateway gateway
-- @tparam string scene
-- @tparam table request
-- @tparam number now
function M.read(gateway, scene, request, now)
  local p, twice = parameters(gateway, request)
  if not p then return nil, {}, refused(41, "Invalid Arguments") end
  local refusal = malformed(p, twice) or authenticate(gateway, p, now)
  if refusal then return nil, p, refusal end
  local edition, name = meant(scene, p)
  if not name then return nil, p, refused(22, "Invalid Method", "isv.method-not-exists") end
  local business = p
  if edition == "enterprise" then
    business = {}
    for key, value in pairs(p) do
      if not SYSTEM[key] then business[key] = value end
    end
  end
  local q, code, text = read[edition](gateway, name, business, now)
  if not q then return nil, p, code, text end
  q.edition, q.name, q.verdict = M.EDITIONS[edition], name, "errorcode"
  return q, p
end

--- The words of a fault are the edition's.
function M.fault(kind, sentence, draw, throttle, q)
  return q.edition.fault(kind, sentence, draw, throttle)
end

--- A refusal's body: TOP's own, or what WDT says, handed on.
function M.refusal(code, text, quote)
  if type(code) == "table" then
    local parts = { format('"code":%d,"msg":%s', code.code, quote(code.msg)) }
    for _, name in ipairs{ "sub_code", "sub_msg" } do
      if code[name] then parts[#parts + 1] = format('"%s":%s', name, quote(code[name])) end
    end
    return '{"error_response":{' .. table.concat(parts, ",") .. ',"request_id":"sandbox"}}'
  end
  return format('{"response":{"flag":"failure","code":"15","message":"Remote service error",'
    .. '"sub_code":"%d","sub_message":%s,"request_id":"sandbox"}}', code, quote(text))
end

--- A page's body around its rows. Statuses are numbers on this route.
function M.answer(method, rows, total, pretty, last, q)
  if rows and q.edition == enterprise then
    rows = rows:gsub('"status":( ?)"(%-?%d+)"', '"status":%1%2')
  end
  return '{"response":' .. q.edition.answer(method, rows, total, pretty, last, q) .. "}"
end

--- The body in the format that was asked for: XML, where nothing was said (facts §3).
-- @treturn string body
-- @treturn string its type
function M.spell(p, body)
  if p.format == "json" then return body, "application/json;charset=UTF-8" end
  return Xml.of(Wire.json(body, true), Wire.NULL), "text/xml;charset=UTF-8"
end

return M
