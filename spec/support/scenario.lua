--- One simulated reading: a world that moves, a gateway that fails, a client that must not lose a
-- row. Everything follows from
-- the seed; time is virtual, so a run that waits for an hour takes milliseconds.
local beijing = require "wdt.beijing"
local certificate = require "wdt.reading.certificate"
local page_ladder = require "wdt.reading.page_ladder"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local M = {}

local START = beijing.parse "2026-11-01 00:00:00"
local ORDERS = { "id_asc", "id_desc", "time_asc", "time_desc", "random", "shuffle" }
local FAULTS = { "reset", "truncate", "stall", "delay", "connect", "http_5xx", "html", "garbage",
  "server", "rate",
  "concurrency", "skew" }

local SETTLED = 60 -- seconds between the making of the world and the reading

-- Short waits: what a reading has to survive is what happens around its calls, not the hours in
-- between.
local RATE = 300
local PATIENT = { attempts = 60, base = 0.2, cap = 2, cooldown = 3, total = 1e6 }

-- Calls after which a reading is taken for one that never ends: a hundred times what one needs.
local ENDLESS = 20000

-- Returns what happens to rows meanwhile; every draw is made whatever it decides, so that scenarios
-- differ in one thing at a time.
local function drift_of(draw, still, from)
  local drift = { from = from, touch = draw() < 0.7 and draw() * 3
    or 0, complete = draw() < 0.3 and draw() or 0,
    settle = draw() < 0.3 and draw() or 0, reship = draw() < 0.3 and draw()
    or 0, remove = draw() < 0.2 and draw() * 0.5 or 0,
    archive = draw() < 0.2 and draw() * 0.5 or 0 }
  local arrive, late, batch, toggle = draw() < 0.4 and draw() or 0, draw(), draw(), draw()
  local mode, period, count = draw(3), 0.2 + draw() * 3, draw(8)
  if still then return drift end
  drift.arrive = arrive
  if late < 0.3 then drift.late = { chance = 0.3, delay = 30 * late } end
  if batch < 0.2 then drift.batch = { every = 5 + 50 * batch, size = 40, kind = batch < 0.1
    and "arrive" or "touch" } end
  if toggle < 0.5 then
    drift.toggle = { count = count, period = period, mode = mode == 1 and "hide"
      or mode == 2 and "status" or "time" }
  end
  return drift
end

-- Rows over the range, some of them in dense seconds; `created`: in the order of their ids.
local function populate(world, draw, n, seconds, kind, created)
  local crowds = draw() < 0.25 and draw(2) or 0
  local crowded = {}
  for i = 1, crowds do crowded[i] = START + draw(seconds) - 1 end
  local times = {}
  for i = 1, n do
    times[i] = START + draw(seconds) - 1
    if crowds > 0 and draw() < 0.4 then times[i] = crowded[draw(crowds)] end
  end
  if created then table.sort(times) end
  for _, at in ipairs(times) do
    local shipped = at - draw(600)
    world:put{ modified = at, consign_time = kind == "shipped" and at
      or kind == "completed" and shipped or nil,
      status = kind == "cancelled" and 5 or kind == "audited" and 55 or draw(4) == 1 and 110 or 95,
      cancelled = kind == "cancelled" }
  end
end

-- The reading: which rows, by which clock, over which range, how.
local function reading_of(draw, sweep)
  local kinds = { "shipped", "audited", "cancelled", "both" }
  local kind = kinds[draw(#kinds)]
  local seconds = ({ 40, 600, 7200, 86400 })[draw(4)]
  local query = { start = START, stop = START + seconds - 1, page_size = 4 + draw(16),
    read = sweep and "sweep" or "seek", lanes = draw() < 0.3 and draw(6) or 1 }
  if kind == "audited" then query.status = 55 end
  if kind == "both" then query.history = "both" end
  local open = draw() < 0.25
  return kind == "both" and "shipped" or kind, seconds, query, open
end

local TOTALS = { "own", "capped", "zero", "negative", "more", "less", "stale" }
local ODDITIES = { "short", "empty", "joined", "turns", "ahead", "pages", "apart", "total",
  "offset",
  "fraction", "collation", "undated", "milliseconds", "created" }
local SKEWS = { -86400, -200, -40, 40, 200, 86400 } -- of a local clock that no Date corrects

-- How the server answers oddly: one way, so that a failure says which.
local function oddity_of(draw)
  local which = ODDITIES[draw(#ODDITIES)]
  local kind, pages, share = TOTALS[draw(#TOTALS)], draw(3), draw()
  if which == "total" then return { total = kind }, "total " .. kind end
  if which == "pages" then return { pages = pages }, "at most " .. pages .. " pages" end
  if which == "offset" then return { offset = "asked" }, "offsets as asked" end
  if which == "apart" then return { apart = 0.3 * share }, "count and rows apart" end
  if which == "milliseconds" then return { milliseconds = 0.5 }, "versions in two spellings" end
  if which == "fraction" or which == "collation" or which == "undated" or which == "created" then
    return { [which] = true }, which
  end
  return { [which] = which == "ahead" and 0.05 or 0.2 * share }, which
end

-- Page sizes to be learnt, of any method, and what the server makes of them.
local function learnt_of(draw, query, gateway)
  local least, learnt = query.page_size, {}
  local steps = { least + draw(5), 2 * least + draw(20) }
  local habit, most = draw(4), least + draw(30)
  query.page_size = "learn"
  function learnt.__index(sizes, method)
    local kept = page_ladder.kept(least, steps)
    rawset(sizes, method, kept)
    return kept
  end
  if habit == 1 then
    gateway.page_cap = most
    learnt.what = ", pages of at most " .. most
  elseif habit == 2 then
    gateway.page_cap, gateway.page_instead = most, least
    learnt.what = (", pages of %d for more than %d"):format(least, most)
  elseif habit == 3 then
    gateway.page_max = most
    learnt.what = ", pages of more than " .. most .. " refused"
  else
    learnt.what = ""
  end
  learnt.what = ("learning %d to %d"):format(least, steps[2]) .. learnt.what
  return learnt
end

-- The second of a version, however it is spelt.
local function second_of(modified)
  return tonumber(modified) and math.floor(tonumber(modified) / 1000) or beijing.parse(modified)
end

-- True if rows have only left their windows, from a server that sorts the same way always: what
-- `swept` rests on.
local function only_leaves(drift, order, ties, odd)
  local came = 0
  for _, kind in ipairs{ "arrive", "complete", "settle", "reship" } do
    came = came + (drift[kind] or 0)
  end
  return came == 0 and not (drift.late or drift.batch or drift.toggle) and ties == "id"
    and order ~= "shuffle"
    and order ~= "random" and not (odd and odd.turns)
end

-- The query and the filter in the words of the huice edition.
local function as_huice(kind, query, filter)
  query.history, query.status, filter.history = nil, nil, "both"
  if kind == "cancelled" then return end
  query.time_type, query.status_type = kind == "shipped" and 2 or 1, kind == "audited" and 2 or 1
  filter.status = kind == "audited" and { 55, 95, 105, 110, 113 } or { 95, 105, 110, 113 }
end

-- The world's id of a row; one of 64 bits ends in it.
local function id_of(row)
  local id = tostring(row.stockout_id)
  return tonumber(#id == 19 and id:sub(-10) or id)
end

--- Runs one seed.
-- @tparam integer seed
-- @tparam ?table how `{ sweep = bool, still = bool, sales = bool, odd = bool, route = text }`:
-- which reader; by which route, of a world in which each shows its part, and both some of it;
-- whether rows only leave and nothing else can surprise it; whether the ultimate edition's
-- stockouts are read, whose order of time is promised; `learn`: whether their page size is learnt,
-- of a server that caps it, refuses it or neither;
-- whether the server answers oddly (wdt.sandbox.oddities); `huice`: its stockouts are read
-- @treturn table `{ seed, problem = text | nil, rows, calls, progress, what = a description }`
function M.run(seed, how)
  how = how or {}
  local draw = random.stream(seed, how.sweep and 7000 or 5000)
  local kind, seconds, query, open = reading_of(draw, how.sweep)
  query.route = how.route
  local sales = how.sales or how.route and kind == "cancelled"
    or how.learn and kind ~= "cancelled"
  if how.still then open = false end
  local order, ties = ORDERS[draw(how.still and 4 or #ORDERS)], draw() < 0.3 and not how.still
    and "random" or "id"
  local chance, lag, skew = draw() < 0.6 and draw() * 0.3 or 0, draw(), draw()
  local faults = {}
  if not how.still then
    for _ = 1, 3 do faults[FAULTS[draw(#FAULTS)]] = chance / 3 end
    if how.route then
      for _, fault in ipairs{ "ban", "remote", "no_status" } do faults[fault] = chance / 9 end
    end
  end
  local now = START + seconds + (open and 0 or 7200)
  local drift, odd, oddity, odd_draw = drift_of(draw, how.still, now), nil, nil,
    random.stream(seed, 9000)
  if how.odd then odd, oddity = oddity_of(odd_draw) end
  if odd and odd.created then -- looks sorted by time until a late row comes
    order, drift.arrive, drift.late = "id_asc", 1, { chance = 0.5, delay = 30 }
  end
  local box = sandbox.new{ seed = seed, now = now - SETTLED, fields = "short", order = order,
    taobao = how.route and 0.5, both = how.route and 0.3, app_ban = 5,
    ties = ties, drift = drift, faults = faults, rate = RATE, latency = { 0.05, 0.05 + draw() },
    replica_lag = lag < 0.2 and not how.still and 1 + 40 * lag or nil, closed_end = draw() < 0.5,
    total_as = draw() < 0.5 and "string" or "number",
    empty = ({ "absent", "null", "list" })[draw(3)],
    envelope = draw() < 0.5 and "first" or "last", page_cap = draw() < 0.1 and 3 or nil,
    skew = skew < 0.1 and 86400 or skew < 0.2 and -86400 or 0, chunk = 200 + draw(4000) }
  if odd then
    local total = odd.total
    box.gateway.odd = odd
    if odd.collation then box.world.shops = { "A", "a", "B", "b", "C" } end
    if odd.undated then box.host.skew = SKEWS[odd_draw(#SKEWS)] end
    if odd.offset or total and odd_draw() < 0.5 then box.gateway.page_cap = 3 end
    if box.gateway.page_cap then oddity = oddity .. ", pages of 3" end
  end
  local learnt = how.learn and learnt_of(random.stream(seed, 9100), query, box.gateway)
  if learnt then oddity = (oddity and oddity .. ", " or "") .. learnt.what end
  local n = ({ 0, 5, 60, 200, 400 })[draw(5)]
  populate(box.world, draw, n, seconds, kind, odd and odd.created)
  box.host:sleep(SETTLED) -- so that a replica that lags has seen the world

  local edition = how.huice and "huice" or (kind == "cancelled" or sales) and "ultimate"
    or "enterprise"
  local clock = kind == "shipped" and "consign_time" or "modified"
  local filter = { clock = clock, from = START, to = START + seconds - 1, history = query.history
    or false }
  if kind == "cancelled" then filter.cancelled, filter.history = true, "both" end
  if kind == "audited" then filter.status = 55 end
  if kind == "shipped" then filter.status = { 95, 110 } end
  if sales then
    query.status = ({ shipped = 95, audited = 55, cancelled = 5 })[kind]
    filter.status = kind == "shipped" and { 95, 105, 110, 113 } or query.status
    filter.cancelled, filter.history = nil, query.history or false
  end
  if how.huice then as_huice(kind, query, filter) end
  filter.route = how.route ~= "both" and how.route or nil
  local watch = box.world:watch(filter, box.gateway.replica_lag
    and box.world.now - box.gateway.replica_lag or nil)

  local windows, stream, endless = {}, nil, false
  local client = wdt.new(box:settings(edition, { route = how.route and "qimen", rate = RATE,
    retry = PATIENT, log = function(event)
    if event.event == "window" then windows[#windows + 1] = event end
    if event.event == "call" and box.gateway.calls > ENDLESS and not endless then
      endless = true
      stream:close()
    end
  end }))
  if learnt then setmetatable(client.account.page_sizes, learnt) end
  local what = (
    "seed %d: %s, %d rows in %d s%s, pages of %s, %s%s, %s, %d lanes, faults %.0f %%"):format(
    seed, kind, n, seconds,
    open and " up to now" or "", query.page_size, order, ties == "random" and " (random ties)"
    or "", query.read, query.lanes,
    chance * 100) .. (oddity and ", oddly: " .. oddity or "")
  local result = { seed = seed, what = what, rows = 0 }
  stream = kind == "cancelled" and not sales and client:cancelled_stockouts(query)
    or client:stockouts(query)
  local delivered, versions = {}, {}
  while true do
    local row, err = stream:next()
    if err then
      -- That an odd server is refused is no fault of the reader; nor that one refuses timestamps by
      -- a clock that it does not tell.
      local refused = odd and (err:find("announce rows and hold no list", 1, true)
        or odd.undated and math.abs(box.host.skew) > 60)
      if endless then err = ("it has not ended after %d calls"):format(ENDLESS) end
      result[refused and "refused" or "problem"] = err
      break
    end
    if not row then break end
    local id, modified = id_of(row), second_of(row.modified)
    local version = id .. "/" .. modified
    if versions[version] then result.problem = "delivered twice: " .. version end
    if not watch:held(id, modified) then result.problem = "never held by the world: " .. version end
    versions[version], delivered[id] = true, true
    result.rows = result.rows + 1
  end
  result.windows = windows
  result.progress, result.calls = stream:progress(), box.gateway.calls
  watch:close()
  if not result.problem and box.gateway.busiest > RATE then
    result.problem = ("%d calls in 60 seconds"):format(box.gateway.busiest)
  end
  local tries = result.progress.calls - result.progress.retries
  local each = box.gateway.page_cap and 6 or 4 -- of 40 seconds that each hold more than a page
  local allowed = (100 + each * math.max(n, result.rows)) * (how.route == "both" and 2 or 1)
  if not result.problem and not how.odd and tries > allowed then
    result.problem = ("%d calls for %d rows"):format(tries, result.rows)
  end
  if result.problem or result.refused then return result end

  -- Every row that was there all along must have come, unless its window was not certified.
  -- a second that two windows share may stand in one of them only
  local function certificate_at(time)
    local proof
    for _, w in ipairs(windows) do
      if time >= w.start and time <= w.stop then proof =
        certificate.weaker(proof, w.certificate) end
    end
    return proof
  end
  local leaves = not open and only_leaves(drift, order, ties, odd) and not box.gateway.replica_lag
  for id, row in pairs(watch.stayed) do
    if not delivered[id] then
      local proof = certificate_at(row[clock])
      if proof ~= "none" and (proof ~= "swept" or how.still or leaves) then
        result.problem = ("lost %d at %s in a window certified '%s'"):format(
          id, beijing.format(row[clock]), tostring(proof))
        break
      end
      result.lost = (result.lost or 0) + 1
    end
  end
  result.uncertified = result.progress.uncertified
  return result
end

return M
