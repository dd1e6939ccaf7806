--- The API: `/v1/<account>/…`.
-- @module wdt.serve.api
local access_of = require "wdt.serve.access"
local asked = require "wdt.serve.asked"
local copy_stream = require "wdt.serve.copy_stream"
local edition = require "wdt.edition"
local failures = require "wdt.serve.failures"
local json = require "wdt.json"
local nearest = require "wdt.nearest"
local once = require "wdt.serve.once"
local openapi = require "wdt.serve.openapi"
local parameters = require "wdt.serve.parameters"
local reading_of = require "wdt.serve.reading"
local shared = require "wdt.serve.shared"
local shown = require "wdt.serve.shown"
local texts = require "wdt.query.texts"
local ngx = require "ngx"
local concat, ipairs, pairs, pcall, select, tostring, type = table.concat, ipairs, pairs, pcall,
  select, tostring, type
local unpack = unpack -- luacheck: ignore (LuaJIT has it)

local answer, fail = asked.answer, asked.fail

local M = {}

-- ---- limits ----

-- Runs what asks the gateway within the consumer's limits; answers where they are reached.
local function within_limits(ask, run, abandon)
  local consumer, access = ask.consumer, ask.service.access
  local used_up, seconds = access:exhausted(consumer)
  if used_up then return fail("quota", used_up, { retry_after = seconds }) end
  ask.place = access:enter(consumer)
  if not ask.place then
    return fail("queue", ("%d requests of consumer '%s' are being answered"):format(consumer.queue,
      consumer.name))
  end
  local working = ngx.thread.spawn(run)
  local counting = ngx.thread.spawn(function()
    ngx.sleep(consumer.deadline)
    return "deadline"
  end)
  local ran, first = ngx.thread.wait(working, counting)
  if ran and first == "deadline" then
    ngx.thread.kill(working)
    abandon(("deadline: not answered within %d s"):format(consumer.deadline), "deadline")
  else
    ngx.thread.kill(counting)
    if not ran then ask.service.metrics:internal(tostring(first)) end
  end
end

-- Counts rows as they are handed out.
local function count_rows(ask, n)
  ask.rows = (ask.rows or 0) + n
  ngx.var.wdt_rows = ask.rows
  ask.service.access:count(ask.consumer, "rows", n)
end

-- Counts the calls that were made since the last time.
local function count_calls(ask, calls)
  local n = calls - (ask.counted or 0)
  ask.counted = calls
  ask.service.access:count(ask.consumer, "calls", n)
end

-- ---- readings ----

-- Returns a function that opens the stream of a query, or follows one that is read already.
local function opener(ask, client, method, word)
  local words = { stockouts = client.stockouts, cancelled = client.cancelled_stockouts }
  return function(query)
    local key = concat({ ask.account, word == "cancelled" and word or method, json.encode(query) },
      " ")
    return shared.open(key, query.start, function()
      if words[word] then return (words[word](client, query)) end
      return (client:records(method, query))
    end)
  end
end

-- Returns a function that opens the rows of a copy.
local function copier(ask, client, method, word)
  return function(query, path, limit)
    if word == "cancelled" then return nil end
    local stream, why, detail = copy_stream.open{ client = client, method = method, query = query,
      streams = ask.service.streams[ask.account], limit = limit, path = path }
    if detail then ask.service.metrics:internal(("copy of %s: %s"):format(ask.account, detail)) end
    return stream, why
  end
end

-- The end of an answer is kept for its consumer: a browser's scripts see no trailer.
local function proof_key(ask, id)
  return ("proof %s %s %s"):format(ask.consumer.name, ask.account, id)
end

local function proofs(ask, id)
  local proof = id:find "^%x+$" and ngx.shared.wdt_proofs:get(proof_key(ask, id))
  if not proof then return fail("unknown", "no answer of that number ended within ten minutes") end
  ngx.header["Content-Type"] = "application/json"
  ngx.print(proof, "\n")
end

local OLD = "HTTP/1.0 has no end that can be missed: ask by HTTP/1.1 (nginx before it: "
  .. "proxy_http_version 1.1)"

local BUSY = "as many readings are under way as the service answers at once ('readings')"

local function read_rows(ask, word)
  local method, entry = asked.method(ask, word)
  if not method then return end
  if ngx.req.http_version() < 1.1 then return fail("version", OLD) end
  if ask.service.access:is_full() then return fail("busy", BUSY) end -- before any other work
  local args = asked.args()
  if not args then return end
  local given, wrong = parameters.of(args, entry)
  if not given then return fail("param", wrong) end
  if ask.consumer.mask then given.query.mask = true end
  local fine
  fine, wrong = reading_of.check_columns(given, method, entry)
  if not fine then return fail("param", wrong) end
  local short = reading_of.is_short(given)
  local client, err, code = ask.service.accounts:client(ask.account, not short)
  if not client then return failures.answer(failures.of(err, code)) end
  ask.reads = ask.service.access:start(short)
  if not ask.reads then return fail("busy", BUSY) end
  local reading
  reading = reading_of.new{ open = opener(ask, client, method, word),
    copy = copier(ask, client, method, word), method = method, given = given,
    folder = ask.service.prefix .. "/tmp", counted = function(n)
      count_rows(ask, n)
      count_calls(ask, reading:calls())
      if ask.service.access:exhausted(ask.consumer) then ask.used_up = true end
    end, proved = function(id, proof)
      ngx.shared.wdt_proofs:set(proof_key(ask, id), proof, 600)
    end, may_go_on = function()
      if not ask.used_up then return nil end
      return "quota", "quota: " .. (ask.service.access:exhausted(ask.consumer) or "used up")
    end }
  ask.reading = reading
  within_limits(ask, function() reading:run() end, function(...) reading:fail(...) end)
end

-- ---- single answers ----

--- Told what a client does, within the request that has it do that: of single answers each try is
-- counted. Clients are shared, so their own counts are no consumer's.
-- @tparam table event of the library
function M.heard(event)
  local ask = ngx.get_phase() == "content" and ngx.ctx.ask
  if not ask or not ask.asking then return end
  if event.event == "call" or event.event == "failure" then
    count_calls(ask, (ask.counted or 0) + 1)
  end
end

-- Calls the library as pcall does; `question`, where it may be asked together with others that are
-- the same.
local function together(ask, question, f, ...)
  local args, n = { ... }, select("#", ...)
  local function run()
    ask.asking = true
    local fine, a, b, c = pcall(f, unpack(args, 1, n))
    ask.asking = false
    return fine, a, b, c
  end
  if not question then return run() end
  return once.ask(ask.account .. " " .. json.encode(question), ask.consumer.deadline,
    function(flight) ask.flight = flight end, run)
end

local function count(ask, word)
  local method, entry = asked.method(ask, word)
  if not method then return end
  local args = asked.args()
  if not args then return end
  local given, wrong = parameters.of(args, entry)
  if not given then return fail("param", wrong) end
  local client, err, code = ask.service.accounts:client(ask.account, false)
  if not client then return failures.answer(failures.of(err, code)) end
  within_limits(ask, function()
    local fine, rows, problem, number = together(ask, { "count", method, given.query },
      client.count, client, method, given.query)
    if not fine then return failures.answer(failures.of(reading_of.raised(rows))) end
    if not rows then return failures.answer(failures.of(problem, number)) end
    answer{ count = rows, method = method }
  end, function(problem, number) failures.answer(failures.of(problem, number)) end)
end

-- The parameters of a call: of the address, or a JSON body { params, pager }.
local function call_of(args)
  local route, pager = args.route, {}
  args.route = nil
  for _, name in ipairs{ "page_no", "page_size" } do
    if args[name] then
      pager[name] = texts.count(tostring(args[name]))
      if not pager[name] then
        return nil, ("parameter '%s' is no whole number"):format(name)
      end
      args[name] = nil
    end
  end
  for name, text in pairs(args) do
    if type(text) ~= "string" then
      return nil, ("parameter '%s' is given twice, or without a value"):format(name)
    end
  end
  local call = { params = args, pager = (pager.page_no or pager.page_size) and pager or nil,
    route = route }
  if ngx.req.get_method() ~= "POST" then return call end
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  if not body then return call end
  local value, err = texts.json(body)
  if type(value) ~= "table" then
    return nil, "the body is no JSON object { params, pager }: " .. tostring(err)
  end
  for name in pairs(value) do
    if name ~= "params" and name ~= "pager" then
      return nil, ("the body's '%s' is neither params nor pager"):format(tostring(name))
    end
  end
  call.params, call.pager = value.params or call.params, value.pager or call.pager
  return call
end

local function call(ask, word)
  local method, entry = asked.method(ask, word)
  if not method then return end
  local changes = entry.kind ~= "query"
  if ask.consumer.mask then
    return fail("forbidden", "a call's answer is not masked: ask for records")
  elseif changes and (ngx.req.get_method() ~= "POST" or ask.by ~= "header") then
    return fail("method", ("'%s' changes something: POST it, with the token in the header"):format(
      method), { allow = "POST" })
  end
  local args = asked.args()
  if not args then return end
  local made, wrong = call_of(args)
  if not made then return fail("param", wrong) end
  local client, err, code = ask.service.accounts:client(ask.account, false)
  if not client then return failures.answer(failures.of(err, code)) end
  within_limits(ask, function()
    local question = not changes and { "call", method, made } or nil
    local fine, data, problem, number = together(ask, question, client.call, client, method,
      made.params, made.pager, made.route and { route = made.route })
    if not fine then return failures.answer(failures.of(reading_of.raised(data))) end
    if data == nil then return failures.answer(failures.of(problem, number)) end
    answer{ data = data, method = method }
  end, function(problem, number)
    -- a change that was sent may have been made
    failures.answer(failures.of(problem, changes and "unconfirmed" or number))
  end)
end

-- ---- the table of addresses ----

local ROUTES = {
  stockouts = { function(ask) read_rows(ask, "stockouts") end },
  cancelled = { function(ask) read_rows(ask, "cancelled") end },
  records = { read_rows, named = true },
  count = { count, named = true },
  call = { call, named = true, POST = true },
  jobs = { shown.jobs }, history = { shown.history }, sales = { shown.sales },
  failures = { shown.failures }, methods = { shown.methods },
  fields = { shown.fields, named = true }, proofs = { proofs, named = true },
}

--- The addresses of an account, for the description of the service.
M.ROUTES = ROUTES

-- An address of an account.
local function serve_account(ask, what, rest)
  local route = ROUTES[what]
  if not route or route.named ~= (rest ~= nil) and (route.named or rest) then
    return fail("unknown", ("there is no address '%s'%s"):format(what:sub(1, 60),
      nearest.hint(what:sub(1, 60), ROUTES)))
  end
  local method = ngx.req.get_method()
  if method ~= "GET" and not (method == "POST" and route.POST) then
    return fail("method", method .. " is not for this address",
      { allow = route.POST and "GET, POST" or "GET" })
  end
  ask.route = ask.account .. "/" .. what
  ngx.var.wdt_route = ask.route
  route[1](ask, rest)
end

--- Answers a request.
-- @tparam table service `access`, `accounts`, `metrics`, `read`, `prefix`
-- @tparam table consumer who asks
-- @tparam string by how the token came, `"header"` or `"cookie"`
function M.serve(service, consumer, by)
  if ngx.var.uri == "/v1/accounts" and ngx.req.get_method() == "GET" then
    ngx.var.wdt_route = "accounts"
    return shown.overview(service, consumer)
  end
  if ngx.var.uri == "/v1/openapi.json" and ngx.req.get_method() == "GET" then
    ngx.var.wdt_route = "openapi.json"
    ngx.header["Content-Type"] = "application/json"
    return ngx.print(openapi.text())
  end
  local account, what, rest = ngx.var.uri:match "^/v1/([^/]+)/([^/]+)/?(.*)$"
  if rest == "" then rest = nil end
  local settings = account and service.read.accounts[account]
  -- an account that the consumer may not see is one that is not there
  if not settings or not access_of.sees(consumer, account) then
    return fail("unknown", "there is no such address or account for this token")
  end
  local ask = { service = service, consumer = consumer, by = by, account = account,
    edition = settings.edition, dialect = edition.of(settings.edition), began = ngx.now() }
  ngx.ctx.ask = ask
  if not ask.dialect then
    return fail("config", ("account '%s' has no edition that is known"):format(account))
  end
  serve_account(ask, what, rest)
end

--- Gives back what a request held, however it ended.
-- @tparam table service
function M.done(service)
  local ask = ngx.ctx.ask
  if not ask then return end
  local reading = ask.reading
  if reading then
    reading:close()
    reading:count()
    count_calls(ask, reading:calls())
  end
  if ask.flight then ask.flight:land() end
  -- a call that was under way when the client went away
  if ask.asking then count_calls(ask, (ask.counted or 0) + 1) end
  if ask.place then service.access:leave(ask.place) end
  if ask.reads then service.access:finish() end
  service.metrics:request(ask, ngx.status, ngx.now() - ask.began, reading and reading.failed)
end

return M
