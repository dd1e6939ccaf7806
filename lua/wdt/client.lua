--- An account: its settings, its clock, its budget, its calls and its streams.
-- @module wdt.client
local account = require "wdt.calling.account"
local accounts = require "wdt.calling.accounts"
local catalog = require "wdt.catalog"
local config = require "wdt.config"
local map = require "wdt.map"
local core = require "wdt.native".load "wdt.core"
local count = require "wdt.stream.count"
local edition = require "wdt.edition"
local joint = require "wdt.calling.joint"
local nearest = require "wdt.nearest"
local pacer = require "wdt.calling.pacer"
local query = require "wdt.query"
local redis = require "wdt.redis"
local request = require "wdt.calling.request"
local stream = require "wdt.stream"
local sync = require "wdt.sync"
local sink = require "wdt.sink"
local state = require "wdt.state"
local show = require "wdt.error".show
local setmetatable, error, type, tostring, pairs, ipairs, require = setmetatable, error, type,
  tostring, pairs, ipairs, require
local concat = table.concat

local M = {}

local Client, methods = {}, {}
Client.__index = methods
Client.__metatable = false
Client.__name = "wdt.client"

function Client.__tostring(self) -- says nothing secret
  return ("wdt.client (%s, %s)"):format(self.edition, self.account.credentials.sid)
end

--- The server's time, as well as it is known.
-- @treturn number Unix seconds
function methods:server_time()
  return self.account:server_time()
end

--- True if an answer has told the server's time.
-- @treturn boolean
function methods:knows_time()
  return self.account:knows_time()
end

-- True if the method changes nothing, as far as the catalogue knows.
local function is_query(self, method)
  local entry = catalog[self.edition][method]
  return entry ~= nil and entry.kind == "query"
end

-- True if each of the routes that a word means has methods of such a name.
local function fits(self, method, word)
  for _, name in ipairs(edition.routes(word) or edition.routes()) do
    local route = edition.route(self.edition, name)
    if route and not method:find(route.METHOD) then return false end
  end
  return true
end

-- Returns what is wrong with the first arguments of a public method, if anything.
local function wrong_method(self, method, known, word)
  if self.closed then return "the client was closed" end
  local expected = known and "a query method of the catalogue" or "the name of a method"
  if type(method) ~= "string" or not fits(self, method, word)
    or known and not is_query(self, method) then
    return ("parameter 'method' is %s, expected %s"):format(show(method), expected)
  end
end

-- Returns what is wrong with routes, all of which the client needs settings for.
local function wrong_routes(self, word, routes)
  for _, name in ipairs(routes) do
    if not self.accounts[name] then
      local route = edition.route(self.edition, name)
      local why = route and ("the client was given no setting '%s'"):format(route.SETTING)
        or "this edition has no such route"
      return ("parameter 'route' is %s, expected %s: %s"):format(show(word),
        show(edition.ROUTES[1]), why)
    end
  end
end

-- A length of time from now on the host's clock; nil for none.
local function moment(self, seconds)
  return seconds and self.host:now() + seconds
end

-- A reading of a query, or what is wrong with it.
local function reading(self, method, q, known)
  local word = type(q) == "table" and q.route or nil
  local problem = wrong_method(self, method, known, word)
  if problem then return nil, problem end
  local spec
  spec, problem = query.parse(self.edition, method, q)
  if not spec then return nil, problem end
  problem = wrong_routes(self, word, spec.routes)
  if problem then return nil, problem end
  spec.deadline = moment(self, spec.deadline)
  return spec
end

-- The accounts that a reading asks.
local function accounts_of(self, spec)
  return accounts.new(self.accounts, spec.routes, self)
end

local function wrong_params(self, params, method, route)
  if params ~= nil and type(params) ~= "table" then
    return ("parameter 'params' is %s, expected a table"):format(show(params))
  end
  local problem = self.accounts[route].edition.check(params, method)
  return problem and "parameter " .. problem
end

local CALL_OPTIONS = { route = true, deadline = true }

-- Returns what is wrong with the options of a single call, if anything.
local function wrong_options(options)
  if type(options) ~= "table" then
    return ("parameter 'options' is %s, expected a table"):format(show(options))
  end
  for name, value in pairs(options) do
    if not CALL_OPTIONS[name] then
      return ("parameter 'options.%s' is %s, expected nothing: a call takes a route and a "
        .. "deadline%s"):format(name, show(value), nearest.hint(tostring(name), CALL_OPTIONS))
    end
  end
  local seconds = options.deadline
  if seconds ~= nil and not (type(seconds) == "number" and seconds > 0 and seconds < 2 ^ 53) then
    return ("parameter 'options.deadline' is %s, expected seconds above 0"):format(show(seconds))
  end
end

-- The route of a single call, or nil and what is wrong.
local function route_of_call(self, options)
  local problem = wrong_options(options)
  if problem then return nil, problem end
  local routes = edition.routes(options.route)
  if not routes or #routes > 1 then
    return nil, ("parameter 'options.route' is %s, expected %s"):format(show(options.route),
      edition.expected_route())
  end
  problem = wrong_routes(self, options.route, routes)
  if problem then return nil, problem end
  return routes[1]
end

--- Calls any method once, with retries where they are safe: a query of the catalogue is repeated
-- after any passing failure, another method only when the gateway surely did not act on it (no
-- connection, throttled). Of such a method, a failure after which it may have been executed has the
-- code `unconfirmed`.
-- @tparam string method e.g. `"shop"` (enterprise, without `.php`) or `"setting.Shop.queryShop"`
-- @tparam ?table params enterprise: named parameters. Ultimate: a map is the one argument; a list
-- is the positional arguments
-- @tparam ?table pager `{ page_no = 0, page_size = 40 }`; pages are counted from 0 on every route
-- @tparam ?table options `{ route = "direct", deadline = seconds }`: once the deadline has come,
-- nothing is sent or tried again (`timeout`), and where the rate lets the call go only after it,
-- that is told at once (`rate`)
-- @treturn table enterprise: the whole answer; ultimate: its `data` (true where the answer has
-- none); or nil, "code: text", "code"
function methods:call(method, params, pager, options)
  if options == nil then options = {} end
  local route, problem = route_of_call(self, options)
  problem = problem or wrong_method(self, method, false, route)
    or wrong_params(self, params, method, route)
  if problem then error(problem, 2) end
  pager, problem = query.pager(pager)
  if problem then error(problem, 2) end
  local decoder = core.decoder{}
  local call = request.new{ account = self.accounts[route], stats = self.stats, method = method,
    params = params, pager = pager, repeatable = is_query(self, method), decoder = decoder,
    deadline = moment(self, options.deadline) }
  local _, err, code = call:next()
  decoder:close()
  if err then return nil, err, code end
  local data = self.accounts[route].edition.data(call.envelope)
  if data == nil then return true end
  return data
end

--- Reads the rows of a query method.
-- @tparam string method one of the catalogue, or one that the query describes (`wdt.query.method`)
-- @tparam table q a query (see `wdt`)
-- @return a stream (`wdt.stream`), and what a `for` loop needs to close it
function methods:records(method, q)
  local spec, problem = reading(self, method, q)
  if problem then error(problem, 2) end
  return stream.open(accounts_of(self, spec), spec)
end

--- Reads 销售出库单, sales stockouts. The ultimate edition takes the same words: without a `status`, or
-- with 95, what has been shipped, by the time of shipping (status_type 0); 55, what has not (2),
-- and 5, what was cancelled (1), by the last change; any other status as that edition numbers them
-- (3), by the last change. A query that gives `status_type` says it by itself.
-- @tparam table q a query (see `wdt`)
-- @return a stream, and what a `for` loop needs to close it
function methods:stockouts(q)
  local spec, problem = reading(self, self.dialect.STOCKOUTS, q, true)
  if problem then error(problem, 2) end
  return stream.open(accounts_of(self, spec), spec)
end

-- The query that reads cancelled stockouts, what is wrong with it, and its method; what is no table
-- is complained of later.
local function cancelled_query(self, q)
  if type(q) ~= "table" then return q, nil, self.dialect.CANCELLED end
  local changed, problem, method = self.dialect.cancelled(q)
  return changed, problem, method or self.dialect.CANCELLED
end

--- Reads cancelled stockouts. Enterprise: `status = 5`, by modified time (seed E §1.3); ultimate:
-- searchCancel (seed U).
-- @tparam table q a query (see `wdt`)
-- @return a stream, and what a `for` loop needs to close it
function methods:cancelled_stockouts(q)
  local spec, problem, method
  q, problem, method = cancelled_query(self, q)
  if problem then error(problem, 2) end
  spec, problem = reading(self, method, q, true)
  if problem then error(problem, 2) end
  return stream.open(accounts_of(self, spec), spec)
end

--- Counts the rows of a range from page-0 totals alone. What changes meanwhile may be counted or
-- not.
-- @tparam string method as for `records`
-- @tparam table q a query (see `wdt`)
-- @treturn integer rows; or nil, "code: text", "code"
function methods:count(method, q)
  local spec, problem = reading(self, method, q)
  if problem then error(problem, 2) end
  return count.count(accounts_of(self, spec), spec)
end

-- The sink of a text; or nil, err, code, zh.
local function sink_of(client, job, method)
  return sink.open(job.into, { name = job.name or method,
    account = client.account.credentials.sid })
end

-- A job whose `into` and `state` are texts, with what they name; or nil, err, code, zh where the
-- target can't be reached.
local function opened(client, job, method)
  local copy = map.copy(job)
  if type(job.into) == "string" then
    local err, code, zh
    copy.target = job.into
    copy.into, err, code, zh = sink_of(client, job, method)
    if not copy.into then return nil, err, code, zh end
  end
  if type(job.state) == "string" then copy.state = state.open(job.state) end
  if copy.state == nil and type(copy.into) == "table" and copy.into.store then
    copy.state = copy.into:store()
  end
  return copy
end

--- Reads incrementally, for as long as a copy is to be kept: see `wdt.sync`.
-- @tparam table job
-- @return a job; or nil, err, code: `state` when its state can't be used or belongs to another
-- target, `output` when the target can't be reached, and then also the text in Chinese
function methods:sync(job)
  local names = { stockouts = self.dialect.STOCKOUTS, cancelled_stockouts = self.dialect.CANCELLED }
  local method, problem = sync.options.method(job, names)
  problem = problem or wrong_method(self, method, true, job.route)
    or wrong_routes(self, job.route, edition.routes(job.route) or {})
  if problem then error(problem, 2) end
  job, problem = sync.options.with_route(job)
  if problem then error(problem, 2) end
  if job.what == "cancelled_stockouts" then
    job.query, problem, method = cancelled_query(self, job.query)
    if problem then error(problem, 2) end
  end
  local checked, code, zh
  problem = sink.problem(job.into)
  if problem then error(problem, 2) end
  local given = job
  job, problem, code, zh = opened(self, given, method)
  if not job then return nil, problem, code, zh end
  checked, problem = sync.options.check(self, method, job)
  if problem then
    if type(job.into) == "table" and job.into.close then job.into:close() end
    error(problem, 2)
  end
  checked.own_state = given.state == nil
  if type(given.into) == "string" then
    checked.reopen = function() return sink_of(self, given, method) end
  end
  return sync.open(accounts_of(self, checked.spec), checked)
end

--- Closes idle connections. Idempotent; streams still open answer "closed", further calls raise.
function methods:close()
  if self.closed then return end
  self.closed = true
  if self.owns_host then self.host:close() end
end

Client.__close = methods.close

--- Where clients run that were given no host: `host()` makes the host of one, `pacer(key, rate,
-- flying)` the rate budget of an account, whose requests in flight are among the keys of `flying`;
-- `watch(budget, flying)`, perhaps: has the calls of one that hosts share looked after, where those
-- who made them can vanish; `redis`, how scripts are run there (`wdt.redis.open`), nil for the
-- blocking way. This one is libcurl, with budgets of this process; inside nginx it is another
-- (`resty.wdt`).
M.CURL = {
  host = function() return require "wdt.host.curl".new() end,
  pacer = function(_, rate) return pacer.new(rate) end,
}

-- The budget of an account, or of a gateway: one that hosts share, where the settings name it, and
-- an account of its own process is its own end of it.
local function pacer_of(client, runtime, key, rate, flying)
  if client.budget then
    local shared = redis.open(client.budget, runtime.redis):on(client.host)
    local budget = require "wdt.redis.pacer".new{ shared = shared, key = key, rate = rate,
      name = redis.unique(), share = client.share }
    if client.owns_host and runtime.watch then runtime.watch(budget, flying) end
    return budget
  end
  return client.owns_host and runtime.pacer(key, rate, flying) or pacer.new(rate)
end

-- Clients of one account share its budget: the gateway counts the account, not the client. A host
-- that was given keeps budgets of its own, since it may have a clock of its own; of several
-- clients, the first one's `rate` counts.
local places = setmetatable({}, { __mode = "k" })

local function place_of(client, runtime)
  local owner = client.owns_host and runtime or client.host
  local place = places[owner]
  if not place then
    place = { flying = setmetatable({}, { __mode = "k" }), budgets = {} }
    places[owner] = place
  end
  return place
end

local function budget_of(client, runtime, key, rate)
  local place = place_of(client, runtime)
  local full = concat({ key, client.budget or "", client.share or 1 }, "\0")
  local budget = place.budgets[full]
  if not budget then
    budget = account.budget(pacer_of(client, runtime, key, rate, place.flying), place.flying, rate,
      client.host:now())
    place.budgets[full] = budget
  end
  return budget
end

-- The budget of calls by a route: that of the account, whichever way it is reached, and as well
-- that of a gateway which counts by itself.
local function route_budget(client, runtime, route, credentials, settings)
  local own = client.credentials
  local key = concat({ client.edition, own.url, own.sid, own.appkey }, "\0")
  local budget = budget_of(client, runtime, key, client.rate)
  if not route.gate then return budget end
  local gate, rate = route.gate(credentials, settings)
  return { pacer = joint.new(budget_of(client, runtime, gate, rate).pacer, budget.pacer),
    flying = budget.flying, keepers = budget.keepers, retry_budget = budget.retry_budget }
end

local function open_accounts(client, settings, runtime)
  local by_route = {}
  for name, credentials in pairs(client.routes) do
    local route = edition.route(client.edition, name)
    by_route[name] = account.new({ edition = route, credentials = credentials,
      sending = client.sending, host = client.host, retry = client.retry, log = client.log },
      route_budget(client, runtime, route, credentials, settings))
  end
  return by_route
end

--- Makes a client.
-- @tparam table settings (see `wdt.new`)
-- @tparam ?table runtime where it runs, unless the settings say it (`CURL`)
-- @treturn ?Client
-- @treturn ?string what is wrong with the settings
function M.new(settings, runtime)
  runtime = runtime or M.CURL
  local client, problem = config.complete(settings)
  if not client then return nil, problem end
  client.owns_host = client.host == nil
  client.host = client.host or runtime.host()
  client.dialect = edition.of(client.edition)
  client.accounts = open_accounts(client, settings, runtime)
  client.account = client.accounts[edition.ROUTES[1]]
  client.pacer = client.account.pacer
  client.stats = { calls = 0, retries = 0, bytes = 0, waited = 0 }
  return setmetatable(client, Client)
end

return M
