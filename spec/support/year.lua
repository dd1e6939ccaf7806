--- A simulated year: a merchant's account, and a job that follows it, on the virtual clock.
--
-- The account has a day's profile (quiet nights), one promotion day of 100 times the traffic with
-- batch seconds, and rows that become visible later than the time they carry: most at once, some up
-- to the lag, and, where wanted, some hours later. Everything follows from the seed. What the job
-- is told is compared with what it should have been told: the last version of every row that the
-- query shows, and how long after its own time a version was there.
local beijing = require "wdt.beijing"
local random = require "wdt.sandbox.random"
local checkpoint = require "wdt.reading.checkpoint"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local M = {}

local HOUR, DAY = 3600, 86400
local START = beijing.parse "2026-01-01 00:00:00"

-- Traffic by the hour of the day: of a mean of 1.
local PROFILE = { 0.1, 0.05, 0.02, 0.02, 0.02, 0.05, 0.2, 0.5, 1.2, 1.8, 2, 1.8, 1.2, 1.6, 2, 2.2,
  2.2, 2, 1.4, 1, 0.9, 0.7, 0.5,
  0.3 }

-- All that happens in the account, in the order in which it becomes visible: a schedule that is
-- made an hour at a time.
local Merchant = {}
Merchant.__index = Merchant

function Merchant:rate(t)
  local day = math.floor((t - START) / DAY)
  local base = self.per_day / DAY * PROFILE[math.floor((t - START) / HOUR) % 24 + 1]
  return day == self.promotion and base * 100 or base
end

-- A change becomes visible this long after the time it carries.
function Merchant:delay()
  local draw = self.draw
  local kind = draw()
  if kind < self.late_share then return self.lag + draw() * self.late end
  if kind < 0.1 then return draw() * (self.lag - 2) end -- a slow transaction
  return draw() * 2
end

function Merchant:plan_hour(start)
  local draw, events = self.draw, {}
  local function add(t, kind)
    events[#events + 1] = { at = t + self:delay(), time = math.floor(t), kind = kind }
  end
  local n = self:rate(start) * HOUR
  n = math.floor(n) + (draw() < n % 1 and 1 or 0)
  for _ = 1, n do add(start + draw() * HOUR, draw() < 0.8 and "cancel" or "touch") end
  if math.floor((start - START) / DAY) == self.promotion then -- a platform delivers in batches
    for _ = 1, 4 do
      local t = start + math.floor(draw() * HOUR)
      for _ = 1, 60 do add(t, "cancel") end
    end
  end
  return events
end

-- Lets everything happen up to `now`.
function Merchant:advance(now)
  while self.planned <= now do
    for _, event in ipairs(self:plan_hour(self.planned)) do
      self.coming[#self.coming + 1] = event end
    table.sort(self.coming, function(a, b) return a.at > b.at end) -- the next one last
    self.planned = self.planned + HOUR
  end
  local coming = self.coming
  while coming[#coming] and coming[#coming].at <= now do self:happen(table.remove(coming)) end
end

function Merchant:happen(event)
  local world = self.world
  local old = event.kind == "touch" and #self.recent > 0
    and world:get(self.recent[self.draw(#self.recent)])
  local row
  if old and old.modified < event.time then
    row = world:change(old.id, { modified = event.time })
  else
    row = world:put{ modified = event.time, status = 5, cancelled = true }
    self.recent[#self.recent % 500 + 1] = row.id
  end
  local known = self.truth[row.id]
  self.versions = self.versions + 1
  self.truth[row.id] = { modified = row.modified, late = event.at - event.time > self.lag,
    before = known and known.modified }
end

-- Returns what `run` does.
local function simulate(o)
  local box = sandbox.new{ seed = o.seed or 1, now = START, fields = "short", latency = 0.2 }
  local merchant = setmetatable({ world = box.world, per_day = o.per_day
    or 200, promotion = o.promotion or -1, lag = 180,
    late_share = o.late_share or 0, late = o.late or 0, draw = random.stream(o.seed or 1, 950),
    planned = START, coming = {},
    recent = {}, truth = {}, versions = 0 }, Merchant)
  local advance = box.world.advance
  box.world.advance = function(world, now)
    merchant:advance(now)
    return advance(world, now)
  end
  local client = wdt.new(box:settings("ultimate", { rate = 60 }))
  local state = wdt.state.memory()
  local job = assert(client:sync{ what = "cancelled_stockouts", from = START, state = state,
    follow = true, signals = false,
    audit = o.audit })
  local copy, fresh, stop, largest = {}, {}, START + o.days * DAY, 0
  for window in job:windows() do
    local now = client:server_time()
    for row in window:rows() do
      local id, modified = tonumber(row.stockout_id), beijing.parse(row.modified)
      if (copy[id] or 0) < modified then
        copy[id] = modified
        if window.kind == "new" then fresh[#fresh + 1] = now - modified end
      end
    end
    assert(window:commit())
    largest = math.max(largest, #state.text)
    if now >= stop then job:stop() end
  end
  local watermark, progress = job:progress().watermark, job:progress()
  local lost, late, late_found, rows = 0, 0, 0, 0
  for id, row in pairs(merchant.truth) do
    if row.modified < watermark - (o.audit and 2 * DAY or 0) then
      rows = rows + 1
      local there = copy[id] == row.modified
      if row.late then
        late, late_found = late + 1, late_found + (there and 1 or 0)
      elseif not there then
        lost = lost + 1
      end
    end
  end
  table.sort(fresh)
  job:close()
  return { rows = rows, versions = merchant.versions, lost = lost, late = late,
    late_found = late_found, p50 =
    fresh[math.ceil(#fresh * 0.5)], p99 = fresh[math.ceil(#fresh * 0.99)], most = fresh[#fresh],
      calls = box.gateway.calls,
    calls_per_day = box.gateway.calls / o.days, busiest = box.gateway.busiest, state = largest,
    audited = progress.audited,
    grown = progress.grown, uncertified = progress.uncertified, windows = progress.windows }
end

--- Runs it.
-- @tparam table o `days`, `seed`, `per_day` (changes), `promotion` (number of the day, from 0),
-- `late_share` (of the changes become visible later than the lag, by up to `late` seconds more),
-- `audit`, `log`
-- @treturn table what came of it
function M.run(o)
  -- A quarter of a million commits: the lines of the ledger, which no one reads here, would be most
  -- of the work.
  local ledger = checkpoint.LEDGER
  checkpoint.LEDGER = 5
  local fine, result = pcall(simulate, o)
  checkpoint.LEDGER = ledger
  return fine and result or error(result, 0)
end

--- Returns what came of it, in words.
function M.report(r)
  return table.concat({
    ("%d rows in %d versions; final versions lost: %d"):format(r.rows, r.versions, r.lost),
    ("freshness: p50 %.0f s, p99 %.0f s, most %.0f s"):format(r.p50, r.p99, r.most),
    ("%d calls, %.0f a day, at most %d in a minute; %d windows, %d not proved complete"):format(
      r.calls, r.calls_per_day,
      r.busiest, r.windows, r.uncertified),
    ("later than the lag: %d, of which found: %d (%.1f %%), by %d looks at hours, of which %d had "
      .. "grown"):format(r.late,
      r.late_found, r.late > 0 and 100 * r.late_found / r.late or 100, r.audited, r.grown),
    ("state: at most %d bytes"):format(r.state) }, "\n")
end

return M
