--- The API: `/v1/<account>/…`.
-- @module wdt.serve.api
local access_of = require "wdt.serve.access"
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local copy_stream = require "wdt.serve.copy_stream"
local edition = require "wdt.edition"
local failures = require "wdt.serve.failures"
local json = require "wdt.json"
local nearest = require "wdt.nearest"
local once = require "wdt.serve.once"
local openapi = require "wdt.serve.openapi"
local overview_of = require "wdt.serve.overview"
local parameters = require "wdt.serve.parameters"
local reading_of = require "wdt.serve.reading"
local schema = require "wdt.schema"
local shared = require "wdt.serve.shared"
local show = require "wdt.error".show
local texts = require "wdt.query.texts"
local watch = require "wdt.serve.watch"
local ngx = require "ngx"
local concat, ipairs, pairs, pcall, select, sort, tostring, type = table.concat, ipairs, pairs,
  pcall, select, table.sort, tostring, type
local unpack = unpack -- luacheck: ignore (LuaJIT has it)

local M = {}

-- Parameters of one address, at most.
local MOST = 100

local function fail(code, text, more)
  local failed = more or {}
  failed.code, failed.text = code, text
  return failures.answer(failed)
end

local function answer(value)
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print(json.line(value))
end

M.answer, M.fail = answer, fail

-- ---- what is asked ----

-- Words for methods, by edition.
local function methods_of_words(dialect)
  return { stockouts = dialect.STOCKOUTS, cancelled = dialect.CANCELLED }
end

-- The parameters of the address; answers where there are too many.
local function args_of()
  local args, err = ngx.req.get_uri_args(MOST)
  if err then return nil, fail("param", ("more than %d parameters"):format(MOST)) end
  return args
end

-- The method that an address names, with its entry of the catalogue; answers where there is none,
-- or where the consumer may not ask it.
local function method_of(ask, word)
  local words = methods_of_words(ask.dialect)
  local method = words[word] or word
  local entry = word and catalog[ask.edition][method]
  if not entry then
    local names = { stockouts = true, cancelled = true }
    for name in pairs(catalog[ask.edition]) do names[name] = true end
    return nil, fail("unknown", ("there is no method '%s'%s"):format(tostring(word):sub(1, 60),
      nearest.hint(tostring(word):sub(1, 60), names)))
  end
  if method == words.stockouts and not words[word] then word = "stockouts" end
  if not access_of.may(ask.consumer, word, method, entry.kind ~= "query") then
    return nil, fail("forbidden", ("consumer '%s' may not ask '%s'"):format(ask.consumer.name,
      word))
  end
  ask.route = ask.route .. "/" .. method
  ngx.var.wdt_route = ask.route
  return method, entry
end

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
  local proof = id:find "^%x+$" and ngx.shared.wdt_serve:get(proof_key(ask, id))
  if not proof then return fail("unknown", "no answer of that number ended within ten minutes") end
  ngx.header["Content-Type"] = "application/json"
  ngx.print(proof, "\n")
end

local OLD = "HTTP/1.0 has no end that can be missed: ask by HTTP/1.1 (nginx before it: "
  .. "proxy_http_version 1.1)"

local function read_rows(ask, word)
  local method, entry = method_of(ask, word)
  if not method then return end
  if ngx.req.http_version() < 1.1 then return fail("version", OLD) end
  local args = args_of()
  if not args then return end
  local given, wrong = parameters.of(args, entry)
  if not given then return fail("param", wrong) end
  if ask.consumer.mask then given.query.mask = true end
  local fine
  fine, wrong = reading_of.check_columns(given, method, entry)
  if not fine then return fail("param", wrong) end
  local client, err, code = ask.service.accounts:client(ask.account,
    not reading_of.is_short(given))
  if not client then return failures.answer(failures.of(err, code)) end
  local reading
  reading = reading_of.new{ open = opener(ask, client, method, word),
    copy = copier(ask, client, method, word), method = method, given = given,
    folder = ask.service.prefix .. "/tmp", counted = function(n)
      count_rows(ask, n)
      count_calls(ask, reading:calls())
      if ask.service.access:exhausted(ask.consumer) then ask.used_up = true end
    end, proved = function(id, proof)
      ngx.shared.wdt_serve:set(proof_key(ask, id), proof, 600)
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
  local method, entry = method_of(ask, word)
  if not method then return end
  local args = args_of()
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
  local method, entry = method_of(ask, word)
  if not method then return end
  local changes = entry.kind ~= "query"
  if ask.consumer.mask then
    return fail("forbidden", "a call's answer is not masked: ask for records")
  elseif changes and (ngx.req.get_method() ~= "POST" or ask.by ~= "header") then
    return fail("method", ("'%s' changes something: POST it, with the token in the header"):format(
      method), { allow = "POST" })
  end
  local args = args_of()
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

-- ---- what the pages show ----

-- A whole number of the address, within bounds; answers where it is none.
local function number_of(name, default, most)
  local args = args_of()
  if not args then return end
  for other in pairs(args) do
    if other ~= name then
      return nil, fail("param", ("parameter '%s' is not known; the nearest known: '%s'"):format(
        other, name))
    end
  end
  if args[name] == nil then return default end
  local n = texts.positive(tostring(args[name]))
  if n and n <= most then return n end
  return nil, fail("param", ("parameter '%s' is %s, expected a whole number from 1 to %d"):format(
    name, show(args[name]), most))
end

local function overview(service, consumer)
  local seen, list = watch.seen(), {}
  for _, name in ipairs(service.read.names) do
    if access_of.sees(consumer, name) then
      local one = overview_of.of(service, name, seen)
      for _, stream in ipairs(one.streams) do stream.days = nil end
      list[#list + 1] = one
    end
  end
  answer{ accounts = json.list(list), consumer = consumer.name, mask = consumer.mask,
    now = beijing.format(ngx.time()), seen_at = seen.at and beijing.format(seen.at) or nil,
    error = access_of.sees(consumer, "*") and seen.error or nil }
end

local function jobs(ask)
  local one = overview_of.of(ask.service, ask.account, watch.seen())
  one.now = beijing.format(ngx.time())
  answer(one)
end

local function history(ask)
  local days = number_of("days", 7, 31)
  if not days then return end
  answer{ points = watch.history(ask.service, ask.account, days, 400), days = days }
end

local function failures_of(ask)
  answer{ failures = watch.failures(ask.account) }
end

-- The methods that a consumer may ask.
local function methods(ask)
  local words, list = {}, {}
  for word, method in pairs(methods_of_words(ask.dialect)) do words[method] = word end
  for method, entry in pairs(catalog[ask.edition]) do
    local changes = entry.kind ~= "query"
    if access_of.may(ask.consumer, words[method] or method, method, changes) then
      list[#list + 1] = { method = method, title = entry.title, kind = entry.kind,
        list = entry.list ~= nil, timed = entry.timeless ~= true,
        fields = schema.methods[schema.of(ask.edition, method)] ~= nil }
    end
  end
  sort(list, function(a, b) return a.method < b.method end)
  answer{ methods = json.list(list), words = methods_of_words(ask.dialect) }
end

-- Fields of a list, those of lists within after it.
local function add_fields(list, given, before)
  for _, field in ipairs(given) do
    list[#list + 1] = { path = before .. field[1], label = field[2], type = field[3],
      private = field.private or false, values = field.values or field.bits }
    if field.fields then add_fields(list, field.fields, before .. field[1] .. ".") end
  end
end

local function fields(ask, word)
  local method = method_of(ask, word)
  if not method then return end
  local known, list = schema.methods[schema.of(ask.edition, method)], {}
  add_fields(list, known or {}, "")
  answer{ method = method, fields = json.list(list), known = known ~= nil }
end

-- ---- the table of addresses ----

local ROUTES = {
  stockouts = { function(ask) read_rows(ask, "stockouts") end },
  cancelled = { function(ask) read_rows(ask, "cancelled") end },
  records = { read_rows, named = true },
  count = { count, named = true },
  call = { call, named = true, POST = true },
  jobs = { jobs }, history = { history }, failures = { failures_of }, methods = { methods },
  fields = { fields, named = true }, proofs = { proofs, named = true },
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
    return overview(service, consumer)
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
  service.metrics:request(ask, ngx.status, ngx.now() - ask.began, reading and reading.failed)
end

return M
