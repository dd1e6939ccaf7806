--- A client's settings: checked, completed, and taken from the environment where nothing else is
-- given.
-- @module wdt.config
local edition = require "wdt.edition"
local message = require "wdt.host.http_request"
local map = require "wdt.map"
local nearest = require "wdt.nearest"
local redis = require "wdt.redis"
local show = require "wdt.error".show
local whole = require "wdt.whole"
local type, pairs, ipairs, next, tostring = type, pairs, ipairs, next, tostring
local huge = math.huge
local getenv = os.getenv

local M = {}

local function is_text(value)
  return type(value) == "string" and value ~= "" and not value:find("[%c]")
end

local function is_address(value)
  return is_text(value) and not value:find("[%s?#]") and message.is_address(value)
end

local SIGN_LENGTHS = { characters = true, bytes = true }
local ENVIRONMENTS = { production = true, sandbox = true }

local DEFAULTS = {
  rate = 60, -- calls a minute (free tier, both editions)
  timeout = message.TIMEOUT,
  retry = { attempts = 8, base = 1, cap = 60, cooldown = 300, total = 1800 },
  lanes = 1,
  environment = "production",
}

local function is_positive(value)
  return type(value) == "number" and value > 0 and value < huge
end

-- Most calls a minute that a budget keeps places for.
local MOST_RATE = 100000

-- name -> { check(value), what was expected }
local SETTINGS = {
  edition = { function(v) return edition.of(v) ~= nil end, edition.expected() },
  sid = { is_text, "the seller's account name (卖家账号)" },
  appkey = { is_text, "the application's key" },
  appsecret = { is_text, "the application's secret" },
  url = { is_address, "an http or https address without a query, of a port from 1 to 65535" },
  environment = { function(v) return ENVIRONMENTS[v] end, '"production" or "sandbox"' },
  sign_lengths = { function(v) return SIGN_LENGTHS[v] end, '"characters" or "bytes"' },
  budget = { function(v) return redis.parse(v) ~= nil end,
    "an address of Redis, e.g. redis://127.0.0.1:6379/0 or redis+sentinel://HOST,HOST/MASTER" },
  share = { function(v) return is_positive(v) and v <= 1 end, "a number above 0, at most 1" },
  lanes = { function(v) return whole.is(v, 1, 64) end, "a whole number from 1 to 64" },
  proxy = { is_text, "a proxy's address" },
  ca_file = { is_text, "the path of a file of certificates" },
  user_agent = { is_text, "text" },
  mask_key = { function(v) return is_text(v) and #v >= 16 end,
    "a text of at least 16 bytes that can't be guessed" },
  host = { function(v) return type(v) == "table" and type(v.open) == "function" end,
    "a host, e.g. of wdt.sandbox" },
  log = { function(v) return type(v) == "function" end, "a function" },
}

-- an address may hold a password
local SECRET = { appsecret = true, mask_key = true, proxy = true, budget = true }

--- An address as people may see it: a password in it is hidden.
-- @tparam string url
-- @treturn string
function M.public_url(url)
  return (url:gsub("^(%w+://[^/@:]*):[^/]*@", "%1:***@"))
end

local function complain(name, value, expected, secret)
  -- it may hold a password
  secret = secret or SECRET[name] or name:find "url$" and tostring(value):find("@", 1, true)
  if value ~= nil and secret then
    return nil, ("setting '%s' can't be used, expected %s"):format(name, expected)
  end
  return nil, ("setting '%s' is %s, expected %s"):format(name, show(value), expected)
end

-- A table of numbers with defaults: `timeout`, `retry`.
local function numbers(name, given, counts)
  local result = map.copy(DEFAULTS[name])
  if given == nil then return result end
  if type(given) ~= "table" then return complain(name, given, "a table") end
  for key, value in pairs(given) do
    local path = name .. "." .. tostring(key)
    if DEFAULTS[name][key] == nil then
      local hint = nearest.hint(tostring(key), DEFAULTS[name])
      return nil, ("setting '%s' is not known%s"):format(path, hint)
    end
    if not is_positive(value) or counts[key] and not whole.is(value) then
      return complain(path, value, counts[key] and "a whole number above 0"
        or "a number of seconds above 0")
    end
    result[key] = value
  end
  return result
end

local function rate_of(given)
  local expected = "a whole number of calls a minute, or a table { default = n, [method] = n }"
  if given == nil then return DEFAULTS.rate end
  if type(given) ~= "table" then
    if whole.is(given, 1, MOST_RATE) then return given end
    return complain("rate", given, expected)
  end
  local result = { default = DEFAULTS.rate }
  for method, calls in pairs(given) do
    if type(method) ~= "string" or not whole.is(calls, 1, MOST_RATE) then
      return complain("rate." .. tostring(method), calls, "a whole number of calls a minute")
    end
    result[method] = calls
  end
  return result
end

local function check_known(settings)
  for name, value in pairs(settings) do
    local rule = SETTINGS[name]
    if rule then
      if not rule[1](value) then return complain(name, value, rule[2]) end
    elseif edition.SETTINGS[name] then
      if type(value) ~= "table" then return complain(name, nil, "a table", true) end
    elseif DEFAULTS[name] == nil then
      local known = {}
      for _, names in ipairs{ SETTINGS, DEFAULTS, edition.SETTINGS } do
        for other in pairs(names) do known[other] = true end
      end
      local hint = nearest.hint(tostring(name), known)
      return nil, ("setting '%s' is not known%s"):format(tostring(name), hint)
    end
  end
  return true
end

-- The settings of one route, `{ [field] = value }`: true; or nil and what is wrong.
local function check_route(route, given)
  for field, value in pairs(given) do
    local name = route.SETTING .. "." .. tostring(field)
    local rule = route.FIELDS[field]
    if not rule then
      return nil, ("setting '%s' is not known%s"):format(name,
        nearest.hint(tostring(field), route.FIELDS))
    end
    if not rule[1](value) then return complain(name, value, rule[2], rule.secret) end
  end
  for field, rule in pairs(route.FIELDS) do
    if rule.required and given[field] == nil then
      return complain(route.SETTING .. "." .. field, nil, rule[2])
    end
  end
  return true
end

-- Returns what signing needs by each route that the settings allow, by the route's name.
local function credentials_by_route(settings, credentials)
  local by_route = {}
  for _, name in ipairs(edition.ROUTES) do
    local setting = edition.setting_of(name)
    if not setting then
      by_route[name] = credentials
    elseif settings[setting] then
      local route = edition.route(settings.edition, name)
      if not route then
        return nil, ("setting '%s' is for other editions: this one has no such route"):format(
          setting)
      end
      local ok, err = check_route(route, settings[setting])
      if not ok then return nil, err end
      by_route[name] = route.credentials(settings, credentials)
    end
  end
  return by_route
end

--- Checks and completes settings.
-- @tparam table settings as `wdt.new` takes them
-- @treturn ?table `{ edition, credentials, routes, sending, mask_key, rate, retry, lanes, host,
-- log, budget, share }`: `credentials` and `sending` as `wdt.calling.account` has them; `routes`:
-- the credentials by route, of those that the settings allow
-- @treturn ?string what is wrong
function M.complete(settings)
  if type(settings) ~= "table" then return nil, ("settings are %s, expected a table"):format(
    show(settings)) end
  local ok, err = check_known(settings)
  if not ok then return nil, err end
  for _, name in ipairs{ "edition", "sid", "appkey", "appsecret" } do
    if settings[name] == nil then return complain(name, nil, SETTINGS[name][2]) end
  end
  local result = { edition = settings.edition, lanes = settings.lanes or DEFAULTS.lanes,
    host = settings.host, log = settings.log, budget = settings.budget,
    share = settings.share }
  local its = edition.of(settings.edition)
  local credentials, name, expected = its.account(settings)
  if not credentials then return complain(name, settings[name], expected) end
  credentials.url = settings.url or its.URLS[settings.environment or DEFAULTS.environment]
  credentials.url = credentials.url:gsub("/+$", "")
  result.credentials = credentials
  result.routes, err = credentials_by_route(settings, credentials)
  if not result.routes then return nil, err end
  result.mask_key = settings.mask_key or credentials.secret or credentials.appsecret
  result.rate, err = rate_of(settings.rate)
  if not result.rate then return nil, err end
  local timeout
  timeout, err = numbers("timeout", settings.timeout, {})
  if not timeout then return nil, err end
  result.sending = { timeout = timeout, proxy = settings.proxy, ca_file = settings.ca_file,
    user_agent = settings.user_agent }
  result.retry, err = numbers("retry", settings.retry, { attempts = true })
  if not result.retry then return nil, err end
  return result
end

--- Settings from the environment: WDT_EDITION, WDT_SID, WDT_APPKEY, WDT_APPSECRET, WDT_URL,
-- WDT_BUDGET; and of a route its own, e.g. WDT_QIMEN_APP_KEY.
-- @treturn table
function M.from_environment()
  local function env(name)
    local value = getenv(name)
    return value ~= "" and value or nil
  end
  local settings = { edition = env "WDT_EDITION", sid = env "WDT_SID", appkey = env "WDT_APPKEY",
    appsecret = env "WDT_APPSECRET", url = env "WDT_URL", budget = env "WDT_BUDGET" }
  for setting in pairs(edition.SETTINGS) do
    local given = {}
    for _, field in ipairs(edition.TEXTS) do
      given[field] = env(("WDT_%s_%s"):format(setting, field):upper())
    end
    if next(given) then settings[setting] = given end
  end
  return settings
end

return M
