--- The gateway: a request goes in, a response comes out, exactly as strict as the two documents
-- are.
--
--     local response, directive = gateway:handle({ method = "POST",
--       path = "/openapi2/stockout_order_query_trade.php",
--       query = "", headers = { ["Content-Type"] = ... }, body = "..." }, now)
--
-- `response` is `{ status, headers, body }` (or nil where no connection comes about); `directive`,
-- when there is one, tells the one who carries the response what to do to it
-- (`wdt.sandbox.faults`). It knows no socket and no clock of its own.
-- @module wdt.sandbox.gateway
local beijing = require "wdt.beijing"
local business = require "wdt.sandbox.business"
local random = require "wdt.sandbox.random"
local records = require "wdt.sandbox.records"
local documents = require "wdt.sandbox.documents"
local sales = require "wdt.sandbox.sales"
local Faults = require "wdt.sandbox.faults"
local oddities = require "wdt.sandbox.oddities"
local misuse = require("wdt.error").misuse
local qimen = require "wdt.sandbox.qimen"
local huice = require "wdt.sandbox.huice"
local EDITIONS = { enterprise = qimen.EDITIONS.enterprise, ultimate = qimen.EDITIONS.ultimate,
  huice = huice }
-- what answers at an address: an edition itself, or a route to one of them
local FACES = { enterprise = EDITIONS.enterprise, ultimate = EDITIONS.ultimate,
  huice = huice, qimen = qimen }
local floor, max, min, concat, remove = math.floor, math.max, math.min, table.concat, table.remove
local pairs, type, setmetatable = pairs, type, setmetatable

local LOGGED = 64
local CACHED = 20000 -- rows whose text is kept, in worlds without generated rows

-- The sandbox's one account; these are no secrets.
local ACCOUNT = {
  sid = "sandbox",
  enterprise = { appkey = "sandbox-ent", appsecret = "sandbox-secret" },
  ultimate = { appkey = "sandbox-ult", secret = "sandbox-secret", salt = "sandbox-salt" },
  huice = { appkey = "sandbox-hui", appsecret = "sandbox-secret" },
  qimen = { app_key = "12345678", app_secret = "sandbox-top-secret", target_app_key = "21363512" },
}

local Gateway = {}
Gateway.__index = Gateway

local M = { ACCOUNT = ACCOUNT, EDITIONS = EDITIONS }

local OPTIONS = {
  world = true, seed = true, total_as = { number = true, string = true },
  empty = { absent = true, null = true, list = true, code = true },
  throttle = { documented = true, other = true },
  pretty = true, envelope = { first = true, last = true },
  escape = { none = true, unicode = true, php = true },
  fields = { all = true, short = true }, order = true, page_cap = true, page_max = true,
  page_instead = true, closed_end = true,
  total_on = { every = true, page0 = true }, rate = true, rate_quiet = true, replica_lag = true,
  replica_share = true,
  clock_skew = true, unauthorised = true, app_rate = true, app_ban = true, faults = true,
  odd = true, account = true,
  sign_lengths = { characters = true, bytes = true }, business = true,
}

--- Makes a gateway.
-- @tparam table o `world`, and any of:
--
-- | option | default | |
-- | --- | --- | --- |
-- | `seed` | the world's | of the faults and the replicas |
-- | `total_as` | `"number"` | or `"string"` |
-- | `total_on` | `"every"` | ultimate: `"page0"`: a total on page 0 only, as enterprise gives |
-- | `empty` | `"list"` | a page without rows: `[]`; `"null"`; `"absent"`; `"code"`: refusal 7200 |
-- | `throttle` | `"documented"` | or `"other"`: under numbers and in words that no document tells |
-- | `envelope` | `"first"` | or `"last"`: code and total stand after the rows |
-- | `pretty`, `escape` | false, `"none"` | `"unicode"`: \u escapes; `"php"`: and `\/` |
-- | `fields` | `"all"` | `"short"`: ids, numbers, times, status, shop, warehouse |
-- | `order` | the world's | see `wdt.sandbox.world` |
-- | `page_cap` | | pages are silently never longer than this |
-- | `page_instead` | `page_cap` | rows of a page where a longer one than `page_cap` is asked for |
-- | `page_max` | | ultimate: a longer page_size is refused (enterprise: 100) |
-- | `closed_end` | true | ultimate: whether end_time belongs to the window |
-- | `rate`, `rate_quiet` | , 0 | calls in any 60 s; after a refusal none for `rate_quiet` s |
-- | `replica_lag`, `replica_share` | , 0.5 | that share of calls sees the world so many s ago |
-- | `clock_skew` | 0 | the server's clock is wrong by this |
-- | `unauthorised` | false | Qimen: the seller has not authorised the app |
-- | `app_rate`, `app_ban` | , 60 | Qimen: calls in any 60 s; one more bans the app so long |
-- | `sign_lengths` | `"characters"`, huice `"bytes"` | in which lengths are counted in the sign |
-- | `business` | false | refunds, stock and statistics are of the goods in the orders |
-- | `faults` | | kind -> probability (`wdt.sandbox.faults`); `faults.skew_seconds` = 900 |
-- | `odd` | | answers that only look right (`wdt.sandbox.oddities`) |
--
-- All but `world`, `pretty`, `escape` and `fields` may be changed later as fields of the gateway.
function M.new(o)
  for name, value in pairs(o) do
    local known = OPTIONS[name]
    if known == nil then misuse(1, name, value, "no such option") end
    if known ~= true and not known[value] then misuse(
      1, name, value, "one of its documented values") end
  end
  local world = o.world
  if type(world) ~= "table" then misuse(1, "world", world, "a world") end
  local seed = o.seed or world.seed
  local self = setmetatable({
    world = world, seed = seed, account = o.account or ACCOUNT,
    total_as = o.total_as or "number", total_on = o.total_on or "every",
    empty = o.empty or "list", throttle = o.throttle or "documented",
    envelope = o.envelope or "first", pretty = o.pretty or false, order = o.order,
    page_cap = o.page_cap, page_instead = o.page_instead, page_max = o.page_max,
    closed_end = o.closed_end ~= false,
    rate = o.rate, rate_quiet = o.rate_quiet or 0,
    replica_lag = o.replica_lag, replica_share = o.replica_share or 0.5, clock_skew = o.clock_skew
    or 0, faults = o.faults,
    business = o.business or false, sign_lengths = o.sign_lengths, odd = o.odd, odd_state = {},
    odd_draw = random.stream(seed, 502),
    draw = random.stream(seed, 500), replica_draw = random.stream(seed, 501), injected = {},
    writer = records.writer{ seed = world.seed, pretty = o.pretty, escape = o.escape,
      fields = o.fields },
    unauthorised = o.unauthorised or false, app_rate = o.app_rate, app_ban = o.app_ban or 60,
    app_calls = { first = 1 },
    calls = 0, busiest = 0, accepted = 0, refused = 0, log = {}, arrivals = { first = 1 },
    granted = { first = 1 },
    cache = {}, cached = 0,
  }, Gateway)
  if self.replica_lag then world:remember(self.replica_lag + 1) end
  return self
end

--- Makes the next call meet a fault. Called more than once, the faults queue.
-- @tparam table fault `{ kind }` of `wdt.sandbox.faults.KINDS`, and what it takes: `at` (bytes),
-- `status`, `retry_after`, `seconds`, `comma` (1 full-width, 2 half-width), `code`, `text`, `how`,
-- `sizes`; `times` = 1; kind "none" lets a call pass. One that `lasts` so many seconds is met by
-- every call from the first on, until they are over: an outage
function Gateway:inject(fault)
  for _ = 1, fault.times or 1 do self.injected[#self.injected + 1] = fault end
end

-- The fault that a call meets.
local function next_fault(self, now)
  local fault = self.injected[1]
  if fault and fault.lasts then
    self.over_at = self.over_at or now + fault.lasts
    if now < self.over_at then return fault end
    self.over_at = nil
    remove(self.injected, 1)
    return next_fault(self, now)
  end
  return remove(self.injected, 1) or self.faults and Faults.draw(self.faults, self.draw)
end

--- A request's header, "" where it has none.
function Gateway.header(request, name)
  local headers = request.headers
  local value = headers[name] or name == "content-type" and headers["Content-Type"]
  if value then return value end
  for k, v in pairs(headers) do
    if k:lower() == name then return v end
  end
  return ""
end

-- A sliding minute: how many moments of the last 60 s the list holds. (Epoch seconds as doubles are
-- good to a quarter of a microsecond, hence the margin.)
local function within_a_minute(list, now)
  local first = list.first
  while list[first] and list[first] <= now - 60 + 1e-6 do
    list[first] = nil
    first = first + 1
  end
  list.first = first
  list.last = max(list.last or 0, first - 1)
  return list.last - first + 1
end

local function add(list, now)
  list.last = list.last + 1
  list[list.last] = now
end

local function over_rate(self, now)
  if not self.rate then return false end
  if self.quiet_until and now < self.quiet_until then return true end
  if within_a_minute(self.granted, now) >= self.rate then
    if self.rate_quiet > 0 then self.quiet_until = now + self.rate_quiet end
    return true
  end
  add(self.granted, now)
  return false
end

local function sentence(self, kind, comma)
  return (kind == "concurrency" and Faults.CONCURRENCY or Faults.RATE)
    .. Faults.COMMAS[comma or self.draw(2)] .. Faults.LATER
end

-- The kinds of rows, by a method's `write`.
local WRITE = { enterprise = records.enterprise, cancelled = records.cancelled,
  document = documents.write, sales = sales.write, huice = huice.write,
  refund = business.refund, stock = business.stock }

-- The text of one row.
local function write(self, method, row)
  local write_row = WRITE[self.business and method.business or method.write]
  if self.world.base then return write_row(self.writer, row, method) end
  local cache = self.cache[method]
  if not cache or self.cached > CACHED then
    cache, self.cached = {}, 0
    self.cache[method] = cache
  end
  local text = cache[row]
  if not text then
    text = write_row(self.writer, row, method)
    cache[row] = text
    self.cached = self.cached + 1
  end
  return text
end

local function answer(self, face, q, now, entry)
  local filter, method = q.filter, q.method
  -- a push or an action: acknowledged
  if method.silent then return face.answer(method, nil, nil, self.pretty, false, q) end
  if self.business and method.business_rows then
    local list, count = method.business_rows(self, q)
    entry.rows, entry.total, entry.page_no = #list, count, q.page_no
    return face.answer(method, "[" .. concat(list, ",") .. "]", q.total and ("%d"):format(count),
      self.pretty, self.envelope == "last", q)
  end
  if method.hides then filter.route = q.edition and "qimen" or "direct" end
  local size, cap = q.page_size, self.page_cap
  if cap and size > cap then size = min(cap, self.page_instead or cap) end
  filter.offset, filter.limit, filter.order = q.page_no * size, size, filter.order or self.order
  if self.replica_lag and self.replica_draw() < self.replica_share then
    filter.at = now - self.replica_lag end
  local rows, count
  if self.odd then
    rows, count = oddities.page(self.odd, self.odd_state, self.world, filter, q, self.odd_draw,
      now)
  else
    rows, count = self.world:page(filter)
  end
  local n = #rows
  local described = method.entry
  if count == 0 and self.empty == "code" and described and described.nothing_found["7200"] then
    return face.refusal(7200, "没有查询到数据", self.writer.quote, self.pretty)
  end
  entry.rows, entry.total, entry.page_no = n, count, q.page_no
  local list = {}
  for i = 1, n do list[i] = write(self, method, rows[i]) end
  local text
  if n > 0 or self.empty == "list" or self.empty == "code" then
    text = "[" .. concat(list, self.pretty and ", " or ",") .. "]"
  elseif self.empty == "null" then
    text = "null"
  end
  local total
  if q.total then total = self.total_as == "string" and '"' .. ("%d"):format(count) .. '"'
    or ("%d"):format(count) end
  return face.answer(method, text, total, self.pretty, self.envelope == "last", q)
end

-- "/openapi2/<name>.php", "/openapi/<name>.php", "/openapi", or "/router/qm" within a scene's
-- folder.
local function route(path)
  local scene = path:match "^/?(%w*)/router/qm$" or path:match "^/?(%w*)/router/qmtest$"
  if scene then return "qimen", scene end
  local name = path:match("/openapi2/([%w_]+)%.php$")
  if name and EDITIONS.enterprise.methods[name] then return "enterprise", name end
  name = path:match("/openapi/([%w_]+)%.php$")
  if name and huice.methods[name] then return "huice", name end
  if path:match("/openapi/?$") then return "ultimate" end
  return nil
end

local SECRET = { "sign", "sid", "appkey", "key", "salt", "app_key", "target_app_key", "wdt_appkey",
  "wdt_salt", "wdt_sign", "wdt3_customer_id" }

local function note(self, entry, p)
  -- All that identifies the account never stands in a log.
  for i = 1, #SECRET do p[SECRET[i]] = nil end
  entry.params = p
  local log = self.log
  log[#log + 1] = entry
  if #log > LOGGED then remove(log, 1) end
end

-- A call that is right may still be refused: by the route, by the account's budget, by a fault.
local function refused(self, face, q, now, fault)
  local kind = fault and fault.kind
  local told = face.bar and face.bar(self, now, fault, within_a_minute)
  if told then return told end
  if over_rate(self, now) then
    return face.fault("rate", sentence(self, "rate"), self.draw, self.throttle, q)
  elseif kind == "server" or kind == "rate" or kind == "concurrency" then
    local code, text = face.fault(kind, kind ~= "server" and sentence(self, kind, fault.comma),
      self.draw, self.throttle, q)
    return fault.code or code, fault.text or text
  end
end

local function type_of(name)
  return name == "ultimate" and "application/json;charset=UTF-8" or "text/html; charset=UTF-8"
end

-- The edition's answer, or its refusal.
local function reply(self, name, method, request, now, fault, entry)
  local face = FACES[name]
  local kind = fault and fault.kind
  local judged_at = now
  if kind == "skew" then judged_at = now + (fault.seconds
    or self.faults and self.faults.skew_seconds or 900) end
  local q, p, code, text = face.read(self, method, request, judged_at)
  if q then code, text = refused(self, face, q, now, fault) end
  entry.method = q and q.name or p.method or method
  entry.route = name == "qimen" and name or "direct"
  note(self, entry, p)
  local body, kind_of_body
  if not code then
    self.accepted = self.accepted + 1
    body = kind == "no_status" and name == "qimen" and '{"response":{"request_id":"sandbox"}}'
      or answer(self, face, q, now, entry)
  else
    self.refused = self.refused + 1
    entry.code, entry.text = code, text
    if type(code) == "table" then entry.code, entry.text = code.code, code.msg end
    body = face.refusal(code, text, self.writer.quote, self.pretty)
  end
  if face.spell then body, kind_of_body = face.spell(p, body) end
  return { status = 200, headers = { ["Content-Type"] = kind_of_body or type_of(name) },
    body = body }, judged_at
end

local function date(self, now)
  local second = floor(now)
  if self.date_of ~= second then self.date_of, self.date_text = second,
    beijing.http_date(second) end
  return self.date_text
end

--- Answers a request.
-- @tparam table request `{ method, path, query, headers, body }`
-- @tparam number now true time, epoch seconds
-- @treturn ?table response `{ status, headers, body }`, nil when the connection itself fails
-- @treturn ?table directive
function Gateway:handle(request, now)
  now = now + self.clock_skew
  self.world:advance(now)
  local fault = next_fault(self, now)
  local kind = fault and fault.kind
  if kind == "connect" then return nil, { kind = "connect" } end
  self.calls = self.calls + 1
  within_a_minute(self.arrivals, now)
  add(self.arrivals, now)
  self.busiest = max(self.busiest, self.arrivals.last - self.arrivals.first + 1)
  local entry = { at = now, fault = kind, path = request.path }
  local response, judged_at
  local edition, method = route(request.path)
  if Faults.INSTEAD[kind] then
    response = Faults.INSTEAD[kind](fault, self.draw)
    note(self, entry, {})
  elseif not edition or request.method ~= "POST" and edition ~= "qimen" then
    response = Faults.page(edition and 405 or 404)
    note(self, entry, {})
  else
    response, judged_at = reply(self, edition, method, request, now, fault, entry)
  end
  if kind == "garbage" then response.body = Faults.garbage(response.body, fault, self.draw) end
  judged_at = judged_at or now
  response.headers.Date = date(self, judged_at)
  if self.odd then
    local function later(seconds) return date(self, judged_at + seconds) end
    oddities.answer(self.odd, response, later, self.odd_draw)
  end
  entry.status = response.status
  local directive = fault and Faults.directive(fault, #response.body, self.draw)
  if self.odd and self.odd.crowded and not directive then
    directive = { kind = "delay", seconds = self.odd.crowded }
  end
  return response, directive
end

--- The filter with which the world is asked for a method's parameters: the truth that a request
-- asks for.
-- @tparam string method `"stockout_order_query_trade"`, `"wms.stockout.Sales.searchCancel"`, ...
-- @tparam table params texts under the API's names
-- @treturn ?table filter; nil, code, text when the gateway would refuse them
function Gateway:filter(method, params)
  local enterprise, ultimate = EDITIONS.enterprise.methods[method],
    EDITIONS.ultimate.methods[method]
  if enterprise then return enterprise.filter(enterprise, params) end
  if not ultimate then misuse(1, "method", method, "a method of the sandbox") end
  return ultimate.filter(self, ultimate, params)
end

return M
