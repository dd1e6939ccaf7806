--- Single pages of one query method, as they are: counted, spaced, never more than a fixed number
-- of calls.
-- @module wdt.cli.probe.asker
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local map = require "wdt.map"
local core = require "wdt.native".load "wdt.core"
local request = require "wdt.calling.request"
local failure = require "wdt.error".failure
local ipairs, setmetatable, type, tostring = ipairs, setmetatable, type, tostring
local concat, max = table.concat, math.max

local M = {}

--- A host that sends so many requests and no more, whatever is retried: the one after answers
-- "limit".
-- @tparam table host where requests go to
-- @tparam integer most
-- @tparam number pause seconds from one request to the next
-- @treturn table a host, with `sent`
function M.limited(host, most, pause)
  local limited = { sent = 0 }
  local due = 0
  function limited.open(_, message, decoder)
    if limited.sent >= most then return failure("limit",
      "%d calls have been made, and no more were to be", most) end
    host:sleep(max(0, due - host:now()))
    due, limited.sent = host:now() + pause, limited.sent + 1
    return host:open(message, decoder)
  end
  return setmetatable(limited, { __index = function(_, name)
    local method = host[name]
    return method and function(_, ...) return method(host, ...) end
  end })
end

local Asker = {}
Asker.__index = Asker

-- The total as it was sent.
local function raw_total(entry, envelope)
  local value = envelope
  for name in entry.total:gmatch("[^.]+") do
    if type(value) ~= "table" then return nil end
    value = value[name]
  end
  return value
end

local function fields_of(entry)
  local names = { entry.modified }
  for _, name in ipairs(entry.ids) do names[#names + 1] = name end
  return names
end

-- A row as the verdicts need it.
local function row_of(entry, row, time)
  local parts = {}
  for i, name in ipairs(entry.ids) do parts[i] = tostring(row[name]) end
  return { id = concat(parts, " "), version = tostring(row[entry.modified]), time = time }
end

--- Asks for one page.
-- @tparam table ask `start`, `stop` (epoch seconds), `page_no`, `page_size`, and optional `params`,
-- and `account` in place of the client's
-- @treturn table `{ rows = { { id, version, time } … }, total, announced, sent, arrived }`: `total`
-- as a number, `announced` as it was sent, `sent` and `arrived` in server time; or nil, err, code
function Asker:page(ask)
  local client, entry, params = self.client, self.entry, {}
  map.add(params, self.params)
  map.add(params, ask.params)
  params[self.times[1]], params[self.times[2]] = beijing.format(ask.start), beijing.format(ask.stop)
  local decoder = core.decoder{ path = entry.list, fields = fields_of(entry), clock = self.clock }
  local rows = {}
  local call = request.new{ account = ask.account or self.account, stats = client.stats,
    method = self.method, params = params, repeatable = true,
    pager = { page_no = ask.page_no or 0, page_size = ask.page_size
      or self.page_size, total = true }, decoder = decoder,
    on_again = function() rows = {} end }
  local sent = client:server_time()
  local row, time, code = call:next() -- without a row, its time is what went wrong
  while row do
    rows[#rows + 1] = row_of(entry, row, time)
    row, time, code = call:next()
  end
  decoder:close()
  if time then return nil, time, code end
  return { rows = rows, total = catalog.total(entry, call.envelope),
    announced = raw_total(entry, call.envelope), sent = sent,
    arrived = client:server_time() }
end

--- @tparam table client
-- @tparam table spec a query, as `wdt.query.parse` returns it
-- @treturn Asker with `entry`, `method`, `clock` (the field of a row that windows are about, if
-- known), `page_size`, `span` (seconds that a window may be long), `first_page` (its number on the
-- wire, as the route's documents tell it)
function M.new(client, spec)
  local variant, entry = spec.variants[1], spec.entries[1]
  local account = client.accounts[spec.routes[1]]
  return setmetatable({ client = client, account = account, entry = entry,
    method = spec.methods[1], params = variant.params, times = spec.times[1],
    first_page = account.edition.FIRST_PAGE, clock = variant.clock,
    page_size = spec.page_size, span = entry.span }, Asker)
end

return M
