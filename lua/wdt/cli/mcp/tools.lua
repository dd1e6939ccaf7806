--- The tools of `wdt mcp`. All of them read; none calls a method that is not known as a query.
-- @module wdt.cli.mcp.tools
local catalog = require "wdt.catalog"
local duration = require "wdt.duration"
local core = require "wdt.native".load "wdt.core"
local checks = require "wdt.cli.doctor.checks"
local doctor = require "wdt.cli.commands.doctor"
local json = require "wdt.json"
local known = require "wdt.cli.known"
local later = require "wdt.cli.later"
local nearest = require "wdt.nearest"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"
local report = later "wdt.report"
local schema = require "wdt.schema"
local insert, ipairs, pairs, setmetatable, time =
  table.insert, ipairs, pairs, setmetatable, os.time

local M = {}

-- Rows of one answer where the client does not say.
local ROWS = 20

-- Rows between two looks at what the client says meanwhile.
local OFTEN = 16

local function text_of(description)
  return { type = "string", description = description }
end

-- Arguments that say what is counted or read.
local function query_properties()
  return {
    what = text_of "stockouts (default), cancelled, or a query method's name (tool methods)",
    start = text_of "first second, Beijing time: YYYY-MM-DD [HH:MM:SS], today, yesterday",
    stop = text_of "last second (default: now); a day alone means its end",
    last = text_of "instead of start and stop: until now, e.g. 90m, 24h, 7d",
    status = text_of "one, or several: 95,110 (tool values tells what they mean)",
    shop = text_of "shop_no, one or several",
    warehouse = text_of "warehouse_no, one or several",
    route = { type = "string", enum = query_of.ROUTES,
      description = "both: Taobao-family orders as well, where the account has the further route" },
    params = { type = "object", description = "the method's other parameters, by name" },
  }
end

local function converted(app, convert, text)
  local value, err = convert(text)
  if value == nil then app:fail("usage", err) end
  return value
end

local Tools = {}
Tools.__index = Tools

function Tools:client()
  if not self.opened then self.opened = self.app:client(self.args) end
  return self.opened
end

-- The times of a query, which may be as long as this server allows.
function Tools:times(a)
  local app, now = self.app, time()
  if a.last and (a.start or a.stop) or a.stop and not a.start then
    app:fail("usage", "the time is start and stop, or last")
  end
  local start, stop = nil, now
  if a.last then start = now - converted(app, options.duration, a.last) + 1 end
  if a.start then start = converted(app, options.moment "00:00:00", a.start) end
  if a.stop then stop = converted(app, options.moment "23:59:59", a.stop) end
  if start and stop - start >= self.args.days * duration.DAY then
    app:fail("limit", ("a range of at most %d days is read at once (wdt mcp --days)"):format(
      self.args.days))
  end
  return start, start and stop or nil
end

-- The method that a tool is asked about; ends the call where it is no query.
function Tools:method(a)
  local app, client = self.app, self:client()
  local what = a.what or "stockouts"
  if what == "stockouts" then return client.dialect.STOCKOUTS end
  if what == "cancelled" then return query_of.cancelled_method(client, a) end
  local method = known.method({ edition = client.edition }, app, what)
  if catalog[client.edition][method].kind ~= "query" then
    app:fail("usage", method .. " is no query: it changes something, and nothing is changed here")
  end
  return method
end

-- A query of the tools' arguments, and its method. Of the further parameters only those that the
-- method is known to have are taken: none of them is a word of the query, so none unmasks a row.
function Tools:query(a)
  local app, method = self.app, self:method(a)
  local query, names = {}, catalog[self:client().edition][method].params or {}
  for name, value in pairs(a.params or {}) do
    if not names[name] then
      app:fail("usage", ("'%s' is no parameter of %s%s"):format(name, method,
        nearest.hint(name, names)))
    end
    query[name] = value
  end
  for option, name in pairs{ status = "status", shop = "shop_no", warehouse = "warehouse_no" } do
    if a[option] then query[name] = converted(app, options.list, a[option]) end
  end
  query.route, query.mask = a.route, nil
  query.start, query.stop = self:times(a)
  return query, method
end

local function open(client, what, method, query)
  if what == nil or what == "stockouts" then return client:stockouts(query) end
  if what == "cancelled" then return client:cancelled_stockouts(query) end
  return client:records(method, query)
end

local UNKNOWN = "no document tells which fields of %s are personal, and this server masks those; "
  .. "wdt mcp --unmasked reads it"

-- Reads up to so many rows: the rows; whether there are more.
function Tools:read(stream, limit)
  local rows = json.list{}
  while true do
    local row, err, code = stream:next()
    if row == nil then
      self.app:expect(err == nil or nil, err, code)
      return rows, false
    end
    if #rows == limit then return rows, true end
    rows[#rows + 1] = row
    if #rows % OFTEN == 0 and self.app:interrupted() then return rows, true end
  end
end

local function names_of(kinds)
  local names = json.list{}
  for i, kind in ipairs(kinds) do names[i] = kind.en end
  return names
end

-- Has the query mask what its method's schema calls personal, and of the fields that this server
-- was told to mask as well those that its rows have.
function Tools:mask(query, method)
  local fields = schema.of(self:client().edition, method)
  if not schema.methods[fields] then self.app:fail("usage", UNKNOWN:format(method)) end
  query.mask = true
  for _, path in ipairs(self.args.private or {}) do
    if schema.field(fields, path) then
      query.private = query.private or {}
      insert(query.private, path)
    end
  end
end

function Tools:rows(a)
  local app, client = self.app, self:client()
  local query, method = self:query(a)
  if not self.args.unmasked then self:mask(query, method) end
  query.fields, query.null = a.fields and #a.fields > 0 and a.fields or nil, core.null
  query_of.check_columns({ fields = query.fields }, app, client, method)
  local stream = app:attempt("usage", open, client, a.what, method, query)
  local rows, more = self:read(stream, a.limit or self.rows_without_limit)
  local p = stream:progress()
  stream:close()
  return { rows = rows, count = #rows, more = more, masked = not self.args.unmasked,
    complete = not more and p.certificate ~= "none",
    certificate = not more and p.certificate or "none", not_shown = names_of(p.blind) }
end

function Tools:count(a)
  local app, client = self.app, self:client()
  local query, method = self:query(a)
  -- one that is not read makes no call
  local stream = app:attempt("usage", open, client, a.what, method, query)
  local hidden = names_of(stream:progress().blind)
  stream:close()
  if a.what == "cancelled" then query = client.dialect.cancelled(query) or query end
  local n, err, code = app:attempt("usage", client.count, client, method, query)
  return { count = app:expect(n, err, code), not_shown = hidden }
end

function Tools:methods(a)
  local list = json.list{}
  for _, one in ipairs(known.methods(known.editions(self.args))) do
    if one.kind == "query" and known.holds(a.word, one.method, one.title) then
      list[#list + 1] = one
    end
  end
  return { methods = list }
end

function Tools:fields(a)
  local method, name = known.method(self.args, self.app, a.method)
  local list = json.list{}
  for _, one in ipairs(known.fields(name) or {}) do
    if known.holds(a.word, one.path, one.label) then list[#list + 1] = one end
  end
  return { method = method, documented = known.fields(name) ~= nil, fields = list }
end

function Tools:values(a)
  local _, name = known.method(self.args, self.app, a.method)
  if not known.fields(name) then
    self.app:fail("usage", "no document tells the fields of " .. a.method)
  end
  local list, bits = known.values(self.app, name, a.field)
  return { values = json.list(list), bits = bits }
end

function Tools:doctor()
  local host = self.app:host()
  local results = checks.run(self.app, { profile = self.args.profile }, host)
  host:close()
  return doctor.listed(results)
end

function Tools.reports()
  local list = json.list{}
  for i, one in ipairs(report.NAMES) do
    local names = json.list{}
    for n, column in ipairs(one.columns) do
      names[n] = { name = column[1], label = column[2] }
    end
    list[i] = { name = one.name, title = one.en, daily = one.daily or false, columns = names }
  end
  return { reports = list }
end

local UNMADE = "there may be no such view yet: wdt report %s --to %s makes it"

-- A report of the copy. Its view is not made here, as that would change the database.
function Tools:report(a)
  local app, one = self.app, report.find(a.name)
  if not one then
    app:fail("usage", ("'%s' is no report (tool reports)"):format(a.name))
  end
  local range = {}
  for name, given in pairs{ from = a.from, to = a.to } do
    if not one.daily then
      app:fail("usage", a.name .. " tells of now: from and to don't go with it")
    end
    range[name] = converted(app, options.day, given)
  end
  local copy, err, code = report.open(self.args.copy)
  copy = app:expect(copy, err, code)
  local limit, list, more = a.limit or self.rows_without_limit, json.list{}, false
  local rows
  rows, err, code = copy:rows(one.name, range)
  for row in rows or function() end do
    more = #list == limit
    if more then break end
    list[#list + 1] = row
  end
  copy:close()
  if not rows then
    app:fail(code, err:gsub("^%l+: ", "", 1) .. "; " .. UNMADE:format(one.name, self.args.copy))
  end
  return { rows = list, count = #list, more = more }
end

local function object(properties, required)
  return { type = "object", properties = properties, additionalProperties = false,
    required = required and json.list(required) }
end

local WORD = text_of "only those with this word in the name or the Chinese title"
local METHOD = text_of "stockouts, cancelled, or a method's name"
local LIST = { type = "array", items = { type = "object" } }
local NAMES = { type = "array", items = { type = "string" } }

-- The tools of a copy, where the command line names one.
local function of_a_copy(limit)
  return { name = "reports", title = "Reports of the copy", inputSchema = object{},
    description = "Which reports there are, and their columns.",
    outputSchema = object({ reports = LIST }, { "reports" }) },
    { name = "report", title = "Read a report", inputSchema = object({
      name = text_of "of the report (tool reports)",
      from = text_of "first day, YYYY-MM-DD, of a daily report",
      to = text_of "last day", limit = limit }, { "name" }),
      description = "Rows of a report out of the merchant's copy: sales, margin, freight, stock.",
      outputSchema = object({ rows = LIST, count = { type = "integer" },
        more = { type = "boolean" } }, { "rows", "count", "more" }) }
end

-- Each tool: its name is that of the function above.
local function described(most, days, copy)
  local counted, read = query_properties(), query_properties()
  read.fields = { type = "array", items = { type = "string" },
    description = "only these (tool fields), e.g. order_no, details_list.spec_no; default: all, "
      .. "which is long" }
  read.limit = { type = "integer", minimum = 1, maximum = most,
    description = ("rows at most (%d)"):format(ROWS < most and ROWS or most) }
  local range = (" The range is at most %d days."):format(days)
  local tools = {
    { name = "methods", title = "Query methods", inputSchema = object{ word = WORD },
      description = "The query methods of this account's API, by a word of their name or title.",
      outputSchema = object({ methods = LIST }, { "methods" }) },
    { name = "fields", title = "Fields of a method's rows",
      inputSchema = object({ method = METHOD, word = WORD }, { "method" }),
      description = "Fields with label, type, whether personal, whether their values have names.",
      outputSchema = object({ method = { type = "string" }, documented = { type = "boolean" },
        fields = LIST }, { "method", "documented", "fields" }) },
    { name = "values", title = "Values of a field",
      inputSchema = object({ method = METHOD, field = text_of "e.g. status" },
        { "method", "field" }),
      description = "The meanings of a field's numbers; bits: each value is the worth of a bit.",
      outputSchema = object({ values = LIST, bits = { type = "boolean" } }, { "values", "bits" }) },
    { name = "count", title = "Count rows", inputSchema = object(counted),
      description = "How many rows a range has, without reading them." .. range,
      outputSchema = object({ count = { type = "integer" }, not_shown = NAMES },
        { "count", "not_shown" }) },
    { name = "rows", title = "Read rows", inputSchema = object(read),
      description = "Rows of a range, in no particular order. complete tells whether these are "
        .. "surely all; more: that the limit cut them off. Numbers are exact texts or integers; "
        .. "mask-… stands in place of personal data." .. range,
      outputSchema = object({ rows = LIST, count = { type = "integer" },
        more = { type = "boolean" }, masked = { type = "boolean" }, complete = { type = "boolean" },
        certificate = { type = "string" }, not_shown = NAMES },
        { "rows", "count", "more", "masked", "complete", "certificate", "not_shown" }) },
    { name = "doctor", title = "Check the connection", inputSchema = object{},
      description = "Checks everything between this machine and the rows; cause and fix of what is "
        .. "wrong. Makes a handful of calls.",
      outputSchema = object({ ok = { type = "boolean" }, checks = LIST }, { "ok", "checks" }) },
  }
  if copy then tools[#tools + 1], tools[#tools + 2] = of_a_copy(read.limit) end
  return tools
end

--- @tparam table app
-- @tparam table args `profile`, `rows`, `days`, `unmasked`, `private`, `copy`
-- @treturn {table} tools, see `wdt.cli.mcp.protocol`
-- @treturn {table} resources
function M.new(app, args)
  local self = setmetatable({ app = app, args = args }, Tools)
  self.rows_without_limit = ROWS < args.rows and ROWS or args.rows
  local tools = described(args.rows, args.days, args.copy)
  for _, tool in ipairs(tools) do
    tool.run = function(arguments) return self[tool.name](self, arguments) end
  end
  local FIELDS = "wdt://fields/"
  return tools, {
    { uri = "wdt://methods", name = "methods", description = "All query methods of the account",
      read = function() return self:methods{} end },
    { uriTemplate = FIELDS .. "{method}", prefix = FIELDS, name = "fields",
      description = "The fields of a method's rows",
      read = function(method) return self:fields{ method = method } end },
  }
end

return M
