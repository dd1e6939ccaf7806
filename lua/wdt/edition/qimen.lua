--- 奇门, Qimen: the route by Taobao's platform, which shows Taobao-family orders. Source: facts on
-- Qimen. The face of a route: `wdt.edition`.
--
-- A call is one of TOP (`wdt.edition.top`) to the caller's own app, and names WDT's app as its
-- target. What WDT is asked stands in business parameters: flat ones on the enterprise edition,
-- whose seller has authorised the app; `params` and `pager` as JSON on the ultimate one, with a
-- sign of WDT's own. Every number is sent as text or as a small integer, and nothing that is
-- empty: there the platform's clients sign differently.
-- @module wdt.edition.qimen
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local map = require "wdt.map"
local core = require "wdt.native".load "wdt.core"
local enterprise = require "wdt.edition.enterprise"
local json = require "wdt.edition.json"
local top = require "wdt.edition.top"
local failure = require "wdt.error".failure
local whole = require "wdt.whole"
local type, pairs, ipairs, tonumber, setmetatable = type, pairs, ipairs, tonumber, setmetatable
local getmetatable, floor = getmetatable, math.floor

local EDITIONS = {}

local function numeral(n) return ("%.0f"):format(n) end

-- ---- the enterprise edition ----

EDITIONS.enterprise = {
  FIRST_PAGE = 0, -- facts on Qimen §7
  URLS = { production = "https://hu3cgwt0tc.api.taobao.com/router/qm",
    sandbox = "http://hu3cgwt0tc.api.taobao.com/router/qmtest" },
}

-- stockout_order_query_trade -> wdt.stockout.order.query.trade
function EDITIONS.enterprise.name(method)
  return "wdt." .. method:gsub("_", ".")
end

function EDITIONS.enterprise.business(credentials, _, params, pager)
  local fields = { sid = credentials.sid }
  if pager then
    fields.page_no, fields.page_size = numeral(pager.page_no), numeral(pager.page_size)
  end
  for name, value in pairs(params or {}) do
    local text, err = enterprise.wire(name, value)
    if err then return failure("param", "params.%s", err) end
    if text ~= "" then fields[name] = text end
  end
  return fields
end

EDITIONS.enterprise.check = enterprise.check

-- Some answers have `errorcode`, some `code`; a failure of the platform has neither as a number.
function EDITIONS.enterprise.judge(answer, method)
  local number = tonumber(answer.errorcode) or answer.errorcode == nil and tonumber(answer.code)
  if not number then return nil, "errorcode" end
  return true, enterprise.judge({ code = number, message = answer.message }, method)
end

function EDITIONS.enterprise.data(answer) return answer end

-- ---- the ultimate edition ----

EDITIONS.ultimate = {
  FIRST_PAGE = 1, -- facts on Qimen §7: other than on its own gateway
  URLS = { production = "https://3ldsmu02o9.api.taobao.com/router/qm",
    sandbox = "http://3ldsmu02o9.api.taobao.com/router/qmtest" },
}

-- wms.stockout.Sales.queryWithDetail -> wdt.wms.stockout.sales.querywithdetail
function EDITIONS.ultimate.name(method)
  return "wdt." .. method:lower()
end

-- Integers below this are printed alike by all who sign.
local SMALL = 2 ^ 31

local function number_to_send(n, path)
  if whole.is(n, 1 - SMALL, SMALL - 1) then return floor(n) end
  local text = ("%.14g"):format(n)
  if tonumber(text) ~= n or text:find "e" then
    return nil, path .. " is a number that JSON would round; give it as text"
  end
  return text
end

-- A copy of a value without numbers that are printed in several ways; nil and what is wrong. What
-- is empty at the top level is left out.
local function sendable(value, path, depth)
  if type(value) == "number" then return number_to_send(value, path) end
  if type(value) ~= "table" then return value end
  if depth > 30 then return nil, path .. " is nested deeper than 30 levels" end
  local copy = setmetatable({}, getmetatable(value))
  for name, one in pairs(value) do
    if depth > 0 or one ~= "" then
      local err
      copy[name], err = sendable(one, path .. "." .. name, depth + 1)
      if err then return nil, err end
    end
  end
  return copy
end

local function encoded(value, path)
  local plain, err = sendable(value, path, 0)
  if err then return nil, err end
  return json.encode(plain, path)
end

-- orderDetails -> order_details
local function snake(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):lower())
end

local POSITIONAL = "params is a list; this route names arguments, and the catalogue does not know "
  .. "those of this method: give a table with names"

-- The arguments of a push or an action, by name; a list has the catalogue's names.
local function named(entry, params)
  if type(params) ~= "table" then return nil, "params is no table" end
  if #params == 0 then return params end
  if #params > #entry.args then return nil, POSITIONAL end
  local result = {}
  for i, value in ipairs(params) do result[snake(entry.args[i])] = value end
  return result
end

-- The one argument of a query; nil where there is none.
local function argument(params)
  if #params > 1 or params[1] ~= nil and type(params[1]) ~= "table" then
    return nil, "params is a list of several arguments; a query takes one table on this route"
  end
  return params[1] or params
end

-- The parameters as texts by name; or nil and what is wrong.
local function texts(method, params)
  if params == nil then return {} end
  local entry = catalog.ultimate[method]
  if not entry or entry.kind == "query" then
    local one, err = argument(params)
    if not one then return nil, err end
    local text
    text, err = encoded(one, "params")
    return text and { params = text }, err
  end
  local list, err = named(entry, params)
  if not list then return nil, err end
  local result = {}
  for name, value in pairs(list) do
    local text
    if type(value) == "table" then
      text, err = encoded(value, "params." .. name)
    else
      text, err = enterprise.wire(name, type(value) == "boolean" and (value and "true" or "false")
        or value)
    end
    if not text then return nil, err end
    if text ~= "" then result[name] = text end
  end
  return result
end

function EDITIONS.ultimate.check(params, method)
  local _, err = texts(method, params)
  return err
end

function EDITIONS.ultimate.business(credentials, method, params, pager, now, name)
  local fields, err = texts(method, params)
  if not fields then return failure("param", "%s", err) end
  if pager then
    fields.pager = ('{"page_size":%.0f,"page_no":%.0f}'):format(pager.page_size, pager.page_no)
  end
  fields.datetime = beijing.format(floor(now))
  fields.wdt_appkey, fields.wdt_salt = credentials.appkey, credentials.salt
  local signed = { method = name }
  map.add(signed, fields)
  local sign, problem, code = core.sign.nested(signed, credentials.secret)
  if not sign then return nil, problem, code end
  fields.wdt3_customer_id, fields.wdt_sign = credentials.sid, sign
  return fields
end

-- Numbers of this edition's own refusals; others are as the enterprise edition has them.
local LAST_STATUS = 100

function EDITIONS.ultimate.judge(answer, method, edition)
  local number = tonumber(answer.status)
  if not number then return nil, "status" end
  if number > LAST_STATUS then
    return true, enterprise.judge({ code = number, message = answer.message }, method)
  end
  return true, edition.judge({ status = number, message = answer.message }, method)
end

function EDITIONS.ultimate.data(answer) return answer.data end

-- ---- both ----

-- Returns what the answer says, whatever it is wrapped in: `response`, or the method's name and
-- `_response`.
local function answer_of(envelope)
  if type(envelope.response) == "table" then return envelope.response end
  for name, value in pairs(envelope) do
    if type(name) == "string" and name:find "_response$" and type(value) == "table" then
      return value
    end
  end
end

-- A number that no refusal has: then its words are judged.
local WORDS_ONLY = -1

-- A call that WDT, or the platform on its way to it, has refused: `flag` is `failure`. WDT's own
-- number and words stand in sub_code and sub_message.
local function refused(its, edition, answer, method)
  local text = top.words(answer, "code", "message", "sub_code", "sub_message")
  local told = top.by_sub_code(answer.sub_code) or top.by_sub_code(answer.code)
  if told == "rate" then return told, text, nil, true end
  if told then return told, text end
  local number = tonumber(answer.sub_code) or tonumber(answer.code)
  local message = answer.sub_message or answer.message
  if number and number ~= 0 then
    local _, code, _, hint = its.judge({ errorcode = number, status = number, message = message },
      method, edition)
    if code or hint == "empty" then return code, code and text, hint end
  end
  local _, code, _, hint = its.judge({ errorcode = WORDS_ONLY, status = LAST_STATUS,
    message = message or text }, method, edition)
  return code, text, hint or "words"
end

local function judge(its, edition, envelope, method)
  if type(envelope.error_response) == "table" then return top.judge(envelope.error_response) end
  local answer = answer_of(envelope)
  if not answer then return "syntax", "the answer carries no response" end
  if answer.flag == "failure" then return refused(its, edition, answer, method) end
  local told, code, text, hint = its.judge(answer, method, edition)
  if told then return code, text, hint end
  -- A public client takes it for a fault of the server, and asks again (facts on Qimen §5).
  local words = top.words(answer, "code", "message", "sub_code", "sub_message")
  return "server", "the answer carries no " .. code .. (words ~= "" and ": " .. words or "")
end

local SIGN_METHODS = { md5 = true, hmac = true, ["hmac-sha256"] = true }

-- Calls a minute of one app, as long as its owner does not say otherwise: no document tells what
-- the platform grants it. One that it refuses is waited for (`rate`).
local APP_RATE, MOST_RATE = 600, 100000

local function is_key(value)
  return type(value) == "string" and value:find "^%S+$" ~= nil and not value:find "%c"
end

local FIELDS = {
  app_key = { is_key, "the key of your app on Taobao's open platform", required = true },
  app_secret = { is_key, "the secret of that app", required = true, secret = true },
  target_app_key = { is_key, "the key of WDT's app, as the authorisation mail tells it",
    required = true },
  url = { function(value) return is_key(value) and value:find "^https?://[^/?#]+[^?#]*$" ~= nil end,
    "an http or https address without a query" },
  sign_method = { function(value) return SIGN_METHODS[value] end,
    '"md5", "hmac" or "hmac-sha256"' },
  rate = { function(value) return whole.is(value, 1, MOST_RATE) end,
    "a whole number of calls a minute, of the app" },
}

local function credentials_of(its, settings, account)
  local given, result = settings.qimen, {}
  map.add(result, account)
  result.app_key, result.app_secret, result.target_app_key = given.app_key, given.app_secret,
    given.target_app_key
  result.sign_method = given.sign_method or "md5"
  result.url = (given.url or its.URLS[settings.environment or "production"]):gsub("/+$", "")
  return result
end

-- A method that has Qimen's own name already, or none but the catalogue's.
local function name_of(its, edition, method)
  if method:find "^wdt%." then return method end
  local entry = catalog[edition.NAME][method]
  return entry and entry.qimen or its.name(method)
end

local function entry_of(entry)
  local copy = map.copy(entry)
  copy.list, copy.total = entry.list and "response." .. entry.list, "response." .. entry.total
  copy.sorted = {} -- the promised order is that of the own gateway's page
  return copy
end

--- @tparam table edition
-- @treturn ?table a route; nil where this edition has none
return function(edition)
  local its = EDITIONS[edition.NAME]
  if not its then return nil end
  local route = { NAME = "qimen", TITLE = { en = "Qimen", zh = "奇门" }, SETTING = "qimen",
    FIELDS = FIELDS, SERIAL = true, METHOD = "^[%w_.]+$", FIRST_PAGE = its.FIRST_PAGE,
    CLOCK_ERROR = top.CLOCK_ERROR, URLS = its.URLS, PATH = "/router/qm", SIGN_COUNTS = false,
    check = its.check, explain = top.explain, entry = entry_of }
  function route.credentials(settings, account)
    return credentials_of(its, settings, account)
  end
  function route.gate(credentials, settings)
    return credentials.url .. "\0" .. credentials.app_key, settings.qimen.rate or APP_RATE
  end
  function route.build(credentials, method, params, pager, now)
    local name = name_of(its, edition, method)
    if pager then
      pager = { page_no = pager.page_no + its.FIRST_PAGE, page_size = pager.page_size }
    end
    local business, err, code = its.business(credentials, method, params, pager, now, name)
    if not business then return nil, err, code end
    return top.build(credentials, name, business, now)
  end
  function route.judge(envelope, method) return judge(its, edition, envelope, method) end
  function route.data(envelope) return its.data(answer_of(envelope)) end
  return setmetatable(route, { __index = edition })
end
