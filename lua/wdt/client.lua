--- An account: its settings, its clock, its budget, its calls and its streams.
-- @module wdt.client
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local clock = require "wdt.calling.clock"
local config = require "wdt.config"
local core = require "wdt.native".load "wdt.core"
local count = require "wdt.stream.count"
local edition = require "wdt.edition"
local pacer = require "wdt.calling.pacer"
local query = require "wdt.query"
local redis = require "wdt.redis"
local request = require "wdt.calling.request"
local retry = require "wdt.calling.retry"
local stream = require "wdt.stream"
local sync = require "wdt.sync"
local sink = require "wdt.sink"
local state = require "wdt.state"
local show = require "wdt.error".show
local setmetatable, error, type, pairs, require = setmetatable, error, type, pairs, require

local M = {}

local Client, methods = {}, {}
Client.__index = methods
Client.__metatable = false
Client.__name = "wdt.client"

function Client.__tostring(self) -- says nothing secret
  return ("wdt.client (%s, %s)"):format(self.edition, self.account.sid)
end

-- Tells the user's `log` what happens. No event holds a parameter, a row or a secret.
function methods:emit(name, event)
  if not self.log then return end
  event.event = name
  self.log(event)
end

--- The server's time, as well as it is known.
-- @treturn number Unix seconds
function methods:server_time()
  local offset = self.clock.offset
  if offset then return self.host:now() + offset end
  return self.host:time()
end

--- Server time that has surely been reached: the last answers agree on it (`wdt.calling.clock`).
-- @treturn ?number Unix seconds, nil before an answer has told the server's time
function methods:certain_time()
  return self.clock:certain(self.host:now(), self.host:time())
end

--- Whether an answer has told the server's time.
-- @treturn boolean
function methods:knows_time()
  return self.clock.offset ~= nil
end

--- Whether more answers would tell the server's time better.
-- @treturn boolean
function methods:doubts_time()
  return self.clock:is_doubtful(self.host:now(), self.host:time())
end

-- Learns the server's clock from an answer's `Date`. Returns what that answer alone says has to be
-- added to the host's clock; nil where it says nothing.
function methods:learn_clock(date, sent_at)
  local second = beijing.parse_http_date(date)
  return second and self.clock:learn(second, sent_at, self.host:now())
end

-- Whether the method changes nothing, as far as the catalogue knows.
local function is_query(self, method)
  local entry = catalog[self.edition][method]
  return entry ~= nil and entry.kind == "query"
end

-- What is wrong with the first arguments of a public method, if anything.
local function wrong_method(self, method, known)
  if self.closed then return "the client was closed" end
  local expected = known and "a query method of the catalogue" or "the name of a method"
  if type(method) ~= "string" or not method:find(self.dialect.METHOD)
    or known and not is_query(self, method) then
    return ("parameter 'method' is %s, expected %s"):format(show(method), expected)
  end
end

-- A reading of a query, or what is wrong with it.
local function reading(self, method, q, known)
  local problem = wrong_method(self, method, known)
  if problem then return nil, problem end
  return query.parse(self.edition, method, q)
end

local function wrong_params(self, params)
  if params ~= nil and type(params) ~= "table" then
    return ("parameter 'params' is %s, expected a table"):format(show(params))
  end
  local problem = self.dialect.check(params)
  return problem and "parameter " .. problem
end

--- Calls any method once, with retries where they are safe: a query of the catalogue is repeated
-- after any passing failure, another method only when the gateway surely did not act on it (no
-- connection, throttled). Of such a method, a failure after which it may have been executed has the
-- code `unconfirmed`.
-- @tparam string method e.g. `"shop"` (enterprise, without `.php`) or `"setting.Shop.queryShop"`
-- @tparam ?table params enterprise: named parameters. Ultimate: a map is the one argument; a list
-- is the positional arguments
-- @tparam ?table pager `{ page_no = 0, page_size = 40 }`
-- @treturn table enterprise: the whole answer; ultimate: its `data` (true where the answer has
-- none); or nil, "code: text", "code"
function methods:call(method, params, pager)
  local problem = wrong_method(self, method) or wrong_params(self, params)
  if problem then error(problem, 2) end
  pager, problem = query.pager(pager)
  if problem then error(problem, 2) end
  local decoder = core.decoder{}
  local call = request.new{ client = self, stats = self.stats, method = method, params = params,
    pager = pager,
    repeatable = is_query(self, method), decoder = decoder }
  local _, err, code = call:next()
  decoder:close()
  if err then return nil, err, code end
  local data = self.dialect.data(call.envelope)
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
  return stream.open(self, spec)
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
  return stream.open(self, spec)
end

-- The query that reads cancelled stockouts; what is no table is complained of later.
local function cancelled_query(self, q)
  if type(q) ~= "table" then return q end
  return self.dialect.cancelled(q)
end

--- Reads cancelled stockouts. Enterprise: `status = 5`, by modified time (seed E §1.3); ultimate:
-- searchCancel (seed U).
-- @tparam table q a query (see `wdt`)
-- @return a stream, and what a `for` loop needs to close it
function methods:cancelled_stockouts(q)
  local spec, problem
  q, problem = cancelled_query(self, q)
  if problem then error(problem, 2) end
  spec, problem = reading(self, self.dialect.CANCELLED, q, true)
  if problem then error(problem, 2) end
  return stream.open(self, spec)
end

--- Counts the rows of a range from page-0 totals alone. What changes meanwhile may be counted or
-- not.
-- @tparam string method as for `records`
-- @tparam table q a query (see `wdt`)
-- @treturn integer rows; or nil, "code: text", "code"
function methods:count(method, q)
  local spec, problem = reading(self, method, q)
  if problem then error(problem, 2) end
  return count.count(self, spec)
end

-- The sink of a text; or nil, err, code, zh.
local function sink_of(job, method)
  return sink.open(job.into, { name = job.name or method })
end

-- A job whose `into` and `state` are texts, with what they name; or nil, err, code, zh where the
-- target can't be reached.
local function opened(job, method)
  local copy = {}
  for name, value in pairs(job) do copy[name] = value end
  if type(job.into) == "string" then
    local err, code, zh
    copy.target = job.into
    copy.into, err, code, zh = sink_of(job, method)
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
  problem = problem or wrong_method(self, method, true)
  if problem then error(problem, 2) end
  if job.what == "cancelled_stockouts" then
    local copy = {}
    for name, value in pairs(job) do copy[name] = value end
    copy.query, problem = cancelled_query(self, job.query == nil and {} or job.query)
    if problem then error(problem, 2) end
    job = copy
  end
  local checked, code, zh
  problem = sink.problem(job.into)
  if problem then error(problem, 2) end
  local given = job
  job, problem, code, zh = opened(given, method)
  if not job then return nil, problem, code, zh end
  checked, problem = sync.options.check(self, method, job)
  if problem then
    if type(job.into) == "table" and job.into.close then job.into:close() end
    error(problem, 2)
  end
  checked.own_state = given.state == nil
  if type(given.into) == "string" then
    checked.reopen = function() return sink_of(given, method) end
  end
  return sync.open(self, checked)
end

--- Closes idle connections. Idempotent; streams still open answer "closed", further calls raise.
function methods:close()
  if self.closed then return end
  self.closed = true
  if self.owns_host then self.host:close() end
end

Client.__close = methods.close

--- Where clients run that were given no host: `host()` makes the host of one, `pacer(key, rate,
-- flying)` the rate budget of an account, whose requests in flight are the keys of `flying`;
-- `redis`, how scripts are run there (`wdt.redis.open`), nil for the blocking way. This one is
-- libcurl, with budgets of this process; inside nginx it is another (`resty.wdt`).
M.CURL = {
  host = function() return require "wdt.host.curl".new() end,
  pacer = function(_, rate) return pacer.new(rate) end,
}

-- The budget that hosts share, where the settings name one. An account of its own process is its own
-- end of it.
local function shared_pacer(client, key, runtime)
  return require "wdt.redis.pacer".new{ shared = redis.open(client.budget, runtime.redis),
    key = key, rate = client.rate, name = redis.unique(), share = client.share }
end

-- Clients of one account share its budget: the gateway counts the account, not the client. A host
-- that was given keeps a budget of its own, since it may have a clock of its own; of several
-- clients, the first one's `rate` counts.
local accounts = setmetatable({}, { __mode = "k" })

local function account_budget(client, runtime)
  local host, account, rate = client.host, client.account, client.rate
  local owner = client.owns_host and runtime or host
  local key = client.edition .. "\0" .. account.url .. "\0" .. account.sid .. "\0" .. account.appkey
  local place = key .. "\0" .. (client.budget or "") .. "\0" .. (client.share or 1)
  local budgets = accounts[owner] or {}
  accounts[owner] = budgets
  local budget = budgets[place]
  if not budget then
    local flying = setmetatable({}, { __mode = "k" })
    budget = { pacer = client.budget and shared_pacer(client, key, runtime)
        or client.owns_host and runtime.pacer(key, rate, flying) or pacer.new(rate),
      flying = flying,
      retry_budget = retry.budget(type(rate) == "table" and rate.default or rate, host:now()) }
    budgets[place] = budget
  end
  return budget
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
  client.owns_host, client.clock = client.host == nil, clock.new()
  client.host = client.host or runtime.host()
  local budget = account_budget(client, runtime)
  client.pacer, client.flying, client.retry_budget = budget.pacer, budget.flying,
    budget.retry_budget
  client.dialect = edition.of(client.edition)
  client.stats = { calls = 0, retries = 0, bytes = 0, waited = 0 }
  return setmetatable(client, Client)
end

return M
