--- A simulated month: ten streams of one account, run by one process on the account's one budget,
-- on the virtual clock, into one database, while the world that they copy changes.
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog".enterprise
local copying = require "support.copying"
local documents = require "wdt.sandbox.documents"
local runner_of = require "wdt.fleet.runner"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local M = {}

local MINUTE, HOUR, DAY = 60, 3600, 86400
local FROM = beijing.parse(copying.FROM)
local STATUS = { 5, 55, 95, 105, 110, 113 }

-- Events a second; a platform delivers batches besides.
local DRIFT = { touch = 1 / 600, ship = 1 / 900, complete = 1 / 900, settle = 1 / 3600,
  cancel = 1 / 3600, renumber = 1 / 7200, arrive = 1 / 600, arrive_status = 55,
  late = { chance = 0.1, delay = 120 }, batch = { every = 6 * HOUR, size = 200, kind = "touch" } }

-- Targets between a few minutes and a day, as people have them.
local function streams_of(target)
  local function stream(name, seconds, more)
    local one = { name = name, account = "a", to = target, from = FROM, target = seconds,
      query = {}, method = name }
    for key, value in pairs(more or {}) do one[key] = value end
    if one.what then one.method = nil end
    if name == "shop" then one.from = nil end -- it has no times
    return one
  end
  return {
    stream("stockouts", 6 * MINUTE, { what = "stockouts",
      query = { status = STATUS, is_by_modified = 1 } }),
    stream("shipped", 15 * MINUTE, { method = "stockout_order_query_trade" }),
    stream("cancelled", 30 * MINUTE, { what = "cancelled_stockouts" }),
    stream("trade_query", 15 * MINUTE), stream("refund_query", 30 * MINUTE),
    stream("stockin_order_query_refund", HOUR), stream("stockout_order_query", HOUR),
    stream("purchase_order_query", 2 * HOUR),
    stream("stock_query", HOUR, { every = HOUR, whole = DAY }),
    stream("shop", DAY, { every = DAY }),
  }
end

-- Calls of the fullest 60 seconds.
local function fullest(times)
  local most, first = 0, 1
  for i = 1, #times do
    while times[first] <= times[i] - 60 do first = first + 1 end
    most = math.max(most, i - first + 1)
  end
  return most
end

-- Rows of a table by identity: the time of their version; those that are gone are none.
local function copy_of(db, name, id)
  local found = {}
  for _, row in ipairs(db.all(('SELECT "%s" AS id, _modified FROM "%s" WHERE _deleted_at IS NULL')
    :format(id, name))) do
    found[assert(documents.id_in(row.id), name)] = row._modified
  end
  return found
end

-- Rows that the world holds for a stream up to a second, and the field that its windows are about.
local function truth_of(box, stream, stop)
  local every = { clock = "modified", from = FROM, to = stop }
  if stream.name == "stockouts" then every.status = STATUS end
  if stream.name == "stockouts" or stream.name == "shop" then
    return box.world:all(every), "modified"
  end
  local method = stream.method or "stockout_order_query_trade"
  local params = { status = stream.name == "cancelled" and 5 or nil }
  local clock = box:filter(method, { start_time = copying.FROM, end_time = copying.FROM,
    status = params.status and "5" }).clock
  return copying.truth(box, stop, params, method), clock
end

-- How many rows of a stream are not in its table in the world's version.
local function lost_of(box, db, stream, watermark)
  local method = stream.method or "stockout_order_query_trade"
  local id = method == "stock_query" and "spec_no" or catalog[method].ids[1]
  local copy = copy_of(db, stream.name, id)
  local rows, clock = truth_of(box, stream, watermark - 1 - (stream.every and 10 * MINUTE or 0))
  local lost = 0
  for _, row in ipairs(rows) do
    local there = copy[row.id]
    -- a shop tells no version; by the time of shipping no row comes again because it changed
    local same = clock == "modified" and method ~= "shop" and beijing.format(row.modified)
    if not there or same and there ~= same then lost = lost + 1 end
  end
  local invented = 0
  for one in pairs(copy) do invented = invented + (box.world:get(one) and 0 or 1) end
  return lost, invented, #rows
end

--- Runs it.
-- @tparam table db of `support.databases`
-- @tparam table o `days`, `rate` (calls a minute), `per_day` (rows of the day before), `seed`
-- @treturn table `calls`, `fullest` (calls of any 60 s), `refused` calls, `changes` of the world,
-- `late` (names of streams that are behind their target at the end), `ever_late` (seconds, at
-- most, that one was behind its target after the first hour), `lost` and `invented` rows, `rows`
-- compared, `streams`, `failures`
function M.run(db, o)
  local from, calls = FROM + DAY, {}
  local box = sandbox.new{ seed = o.seed or 1, rows_per_day = o.per_day, from = FROM, to = from - 1,
    now = from, fields = "short", latency = 0.2, rate = o.rate, drift = DRIFT }
  local handle = box.gateway.handle
  function box.gateway.handle(...)
    calls[#calls + 1] = box.host:now()
    return handle(...)
  end
  local client = wdt.new(box:settings("enterprise", { rate = o.rate }))
  local streams, failures = streams_of(db.target), {}
  local runner = runner_of.new{ client = client, name = "a", streams = streams, follow = true,
    emit = function(event, what)
      if event ~= "stream_done" then failures[#failures + 1] = what.stream .. ": " .. what.error end
    end }
  local stop, turns, ever_late = box.host:now() + o.days * DAY, 0, 0
  runner:run(function()
    turns = turns + 1
    local now = box.host:now()
    if now > HOUR and turns % 20 == 0 then
      for _, one in ipairs(runner:states()) do
        ever_late = math.max(ever_late, one.behind - one.target)
      end
    end
    return now >= stop
  end)
  local r = { calls = #calls, fullest = fullest(calls), refused = box.gateway.refused, late = {},
    ever_late = ever_late, lost = 0, invented = 0, rows = 0, streams = #streams,
    failures = failures, changes = box.world.changes }
  for i, one in ipairs(runner:states()) do
    if one.behind > one.target then r.late[#r.late + 1] = one.job end
    local lost, invented, rows = lost_of(box, db, streams[i], one.watermark)
    r.lost, r.invented, r.rows = r.lost + lost, r.invented + invented, r.rows + rows
  end
  runner:close()
  return r
end

return M
