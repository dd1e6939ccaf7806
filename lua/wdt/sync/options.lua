--- A synchronisation's options, checked and completed.
-- @module wdt.sync.options
local duration = require "wdt.duration"
local gateways = require "wdt.sync.gateway"
local edition = require "wdt.edition"
local map = require "wdt.map"
local nearest = require "wdt.nearest"
local query = require "wdt.query"
local schema = require "wdt.schema"
local show = require "wdt.error".show
local steady = require "wdt.query.steady"
local whole = require "wdt.whole"
local type, pairs, ipairs, tostring, ceil = type, pairs, ipairs, tostring, math.ceil
local sort, concat = table.sort, table.concat

local M = {}

-- A range's end while only its start is known.
local FAR = 2 ^ 33 - 1

local function problem(name, value, expected)
  return nil, ("parameter '%s' is %s, expected %s"):format(name, show(value), expected)
end

-- Seconds of a duration: a number, or "90s", "15m", "6h", "30d".
local function seconds_of(value)
  if type(value) == "string" then
    value = duration.parse(value)
  end
  return type(value) == "number" and value >= 0 and value < 1e9 and value or nil
end

local LADDER = 'a list of rising ages from an hour on, e.g. {"1d", "7d", "30d"}'

local function ladder(name, value)
  local ages = {}
  if type(value) ~= "table" then return problem(name, value, LADDER) end
  for i, text in ipairs(value) do
    local age = seconds_of(text)
    if not whole.is(age, (ages[i - 1] or 3600 - 1) + 1) then
      return problem(name, text, LADDER) end
    ages[i] = age
  end
  if #ages == 0 then return problem(name, value, LADDER) end
  return ages
end

local function is_flag(value)
  return value == nil or type(value) == "boolean"
end

local STORE = { "lock", "unlock", "load", "save" }
local SINK = { "prepare", "begin", "row", "commit", "close" }

local function has_methods(value, names)
  if type(value) ~= "table" then return false end
  for _, name in ipairs(names) do
    if type(value[name]) ~= "function" then return false end
  end
  return true
end

-- name -> check(value), what was expected
local KNOWN = {
  name = { function(v) return v == nil or type(v) == "string" and v ~= "" end, "text" },
  what = { function() return true end },
  method = { function() return true end },
  route = { function() return true end },
  query = { function(v) return v == nil or type(v) == "table" end,
    "a table of business parameters" },
  from = { function() return true end },
  stop = { function() return true end },
  state = { function(v) return has_methods(v, STORE) end,
    'a store, e.g. wdt.state.file "shipped.state"' },
  into = { function(v) return v == nil or has_methods(v, SINK) end,
    'a target, e.g. "sqlite:erp.db", or a sink' },
  target = { function(v) return v == nil or type(v) == "string" end, "text" },
  adopt = { function(v) return v == nil or type(v) == "string" and v ~= "" end,
    "the address of the gateway that the copy was made through" },
  lag = { function(v) return v == nil or seconds_of(v) end, 'seconds, or a duration like "3m"' },
  follow = { is_flag, "true or false" },
  signals = { is_flag, "true or false" },
  lanes = { function(v) return v == nil or whole.is(v, 1, 64) end, "a whole number from 1 to 64" },
  rows = { function(v) return v == nil or whole.is(v, 1, 1e6) end,
    "a whole number from 1 to 1000000" },
  poll = { function(v) return v == nil or type(v) == "table" end,
    "a table { least = seconds, most = seconds }" },
  revisit = { function() return true end },
  audit = { function() return true end },
}

local function check_known(job)
  if type(job) ~= "table" then return problem("job", job, "a table") end
  for name, value in pairs(job) do
    if not KNOWN[name] then
      return problem(tostring(name), value, "nothing: a synchronisation takes no such parameter"
        .. nearest.hint(tostring(name), KNOWN))
    end
  end
  for name, rule in pairs(KNOWN) do
    if not rule[1](job[name]) then return problem(name, job[name], rule[2]) end
  end
  return true
end

local function poll_of(poll)
  local result = { least = 15, most = 120 }
  for name, value in pairs(poll or {}) do
    if result[name] == nil then return problem("poll." .. tostring(name), value,
      "least or most") end
    result[name] = seconds_of(value)
    if not result[name] or result[name] < 1 then return problem(
      "poll." .. name, value, "seconds, at least 1") end
  end
  if result.most < result.least then return problem(
    "poll.most", result.most, "no less than poll.least") end
  return result
end

-- Named by `sync` itself.
local TIMES = { start = true, stop = true, start_time = true, end_time = true }

-- A query that looks single orders up is none to keep up with.
local function check_lookups(q, entry)
  for _, names in ipairs(entry.lookups) do
    for _, name in ipairs(type(names) == "table" and names or { names }) do
      if q[name] ~= nil then
        return problem(
          "query." .. name, q[name],
          "nothing: it looks single orders up, a synchronisation reads by time")
      end
    end
  end
  return true
end

-- Checks a job by its sink: rows are read as it takes them, and come once where it has no keys.
local function check_sink(job, o)
  local sink = job.into
  if not sink then return true end
  if sink.keyless and (job.revisit or job.audit or o.lanes > 1) then
    return problem("into", o.target or "a sink",
      "one with keys: with revisit, audit or lanes rows come again")
  end
  local as, takes, spec = job.query and job.query.as, sink.as, o.spec
  if takes == "either" then
    local changed = spec.fields or spec.types or spec.mask
    takes = as or changed and "table" or "json"
  elseif as ~= nil and as ~= takes then
    return problem("query.as", as, ("%q, as the target takes rows"):format(takes))
  end
  for _, name in ipairs{ "typed", "mask", "fields" } do
    local value = job.query and job.query[name]
    if takes == "json" and value then
      return problem("query." .. name, value,
        "nothing: the target takes rows as they come, with types of its own")
    end
  end
  spec.as = takes
  return true
end

--- The query over an unbounded range, with what makes no sense in a synchronisation refused.
-- @treturn ?table as `wdt.query.parse` returns it
local function spec_of(edition_name, method, job)
  local q = {}
  for name, value in pairs(job.query or {}) do
    if TIMES[name] then return problem("query." .. name, value,
      "nothing: 'from' says where to begin, and 'stop' where to end") end
    q[name] = value
  end
  q.start, q.stop = job.from or 0, job.stop or FAR
  local spec, err = query.parse(edition_name, method, q)
  if not spec then return nil, (err:gsub("'start'", "'from'", 1)) end
  local ok
  ok, err = check_lookups(q, spec.entry)
  if not ok then return nil, err end
  if not spec.range then return problem("method", method, "a method that is read by time") end
  if q.deadline then
    return problem("query.deadline", q.deadline, "nothing: a job waits for its rate")
  end
  if spec.duplicates == "keep" then
    return problem(
      "query.duplicates", "keep",
      '"drop", with an identity (\'id\'): a row that is read again has to be known again')
  end
  return spec
end

--- Returns what is read, as text that is the same for the same query: state that was made for
-- another one is refused.
-- @tparam table client
-- @tparam table spec as `wdt.query.parse` returns it
-- @treturn string
function M.identity(client, spec)
  local variants = {}
  for i, variant in ipairs(spec.variants) do
    local pairs_of = {}
    for name, value in pairs(variant.params) do pairs_of[#pairs_of + 1] = name .. "="
      .. tostring(value) end
    sort(pairs_of)
    variants[i] = concat(pairs_of, " ")
  end
  sort(variants)
  local methods = {}
  for i, method in ipairs(spec.methods) do
    local route = spec.routes[i]
    methods[i] = route == edition.ROUTES[1] and method or route .. ":" .. method
  end
  return ("%s %s %s %s"):format(client.edition, client.account.credentials.sid,
    concat(methods, "+"), concat(variants, " | "))
end

--- The fields of a method's rows, as far as they are known.
-- @tparam table client
-- @tparam string method
-- @treturn ?table as `wdt.schema` has them
function M.fields_of(client, method)
  return schema.methods[schema.of(client.edition, method)]
end

--- @tparam table client
-- @tparam string method
-- @tparam table job the user's
-- @treturn ?table `{ name, spec, edition, route, into, target, identity, plain, from, stop,
-- account, gateway, adopt, host, fields, emit, state, lag, follow, signals, lanes, rows, poll,
-- revisit, looks }`
-- @treturn ?string what is wrong
function M.check(client, method, job)
  local ok, err = check_known(job)
  if not ok then return nil, err end
  local o = { name = job.name or method, state = job.state, into = job.into, target = job.target,
    lag = ceil(seconds_of(job.lag or 180)), follow = job.follow or false,
    lanes = job.lanes or 1, rows = job.rows, revisit = {}, looks = {} }
  o.spec, err = spec_of(client.edition, method, job)
  if not o.spec then return nil, err end
  ok, err = check_sink(job, o)
  if not ok then return nil, err end
  o.edition, o.route = client.edition, job.query and job.query.route
  o.identity, o.from = M.identity(client, o.spec), job.from and o.spec.range.start
  o.plain = steady.is_plain(job.query, o.spec)
  o.stop = job.stop and o.spec.range.stop
  o.account, o.host = client.account.credentials.sid, client.host
  o.gateway, o.adopt = gateways.of(client), job.adopt
  o.fields = M.fields_of(client, method)
  o.emit = function(name, event)
    event.name = o.name
    client.account:emit(name, event)
  end
  o.rows = o.rows or 15 * o.spec.page_size
  o.signals = job.signals == nil and o.follow or job.signals or false
  o.poll, err = poll_of(job.poll)
  if not o.poll then return nil, err end
  if job.revisit then
    o.revisit, err = ladder("revisit", job.revisit)
    if not o.revisit then return nil, err end
  end
  if job.audit then
    o.looks, err = ladder("audit", job.audit == true and { "1h", "6h", "1d" } or job.audit)
    if not o.looks then return nil, err end
  end
  return o
end

--- A copy of a job whose query says the route: it is the job's, and no part of a query of its own.
-- @tparam table job
-- @treturn ?table
-- @treturn ?string what is wrong
function M.with_route(job)
  local copy = map.copy(job)
  if job.query ~= nil and type(job.query) ~= "table" then return copy end -- complained of later
  copy.query = {}
  map.add(copy.query, job.query)
  if copy.query.route ~= nil then
    return problem("query.route", copy.query.route, "nothing: it is the job's 'route'")
  end
  copy.query.route = job.route
  return copy
end

--- Only what a job's first look needs: `what` or `method`.
-- @tparam table job
-- @tparam table names of the methods that `what` means
-- @treturn ?string method
-- @treturn ?string what is wrong
function M.method(job, names)
  if type(job) ~= "table" then return problem("job", job, "a table") end
  if job.method ~= nil and job.what ~= nil then
    return problem("method", job.method, "nothing beside 'what': they name the same thing")
  end
  if job.method ~= nil then return job.method end
  if not names[job.what] then return problem("what", job.what,
    '"stockouts" or "cancelled_stockouts", or \'method\'') end
  return names[job.what]
end

return M
