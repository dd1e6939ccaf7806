--- How the world changes while it is being read.
--
-- Every kind of change has its own stream of draws and its own schedule, both fixed by the seed:
-- what happens, and when, does not depend on who asks how often. Rates are events per second; waits
-- between events are uniform in (0, 2 / rate).
--
-- Options (`world.new{ drift = {...} }`), all optional:
--
-- | option | what happens |
-- | --- | --- |
-- | `touch` | modified = now: the row leaves every window on modified that ended before |
-- | `ship` | status 55 becomes 95, consign_time = modified = now |
-- | `complete`, `settle` | 95 becomes 110, or 105: the row leaves the windows of status 95 |
-- | `cancel` | 55 becomes 5 |
-- | `reship` | a shipped row's consign_time = modified = now |
-- | `renumber` | an audited row gets another stockout number (seed E §1.5), modified = now |
-- | `arrive` | a new row, of status `arrive_status` (95), at now |
-- | `remove` | a row disappears |
-- | `archive` | a row moves to the history |
-- | `late = { chance, delay }` | that share of these changes is seen `delay` seconds late |
-- | `batch = { every, size, kind }` | `size` touches or arrivals in one second, at times |
-- | `toggle = { count, period, mode }` | `count` rows (of `status`; or `ids = {...}`) go and come |
-- | | back again and again, about every `period` seconds. Mode "hide": not visible at all; |
-- | | "status": it becomes `away` (105) and what it was; "time": both clocks jump to now and back |
-- | `from` | when it begins; default the world's `now`, or else when time is first told |
-- | `pick = { from, to }` | generated rows are only taken from these hours; default all up to now |
--
-- @module wdt.sandbox.world.drift
local random = require "wdt.sandbox.random"
local floor, insert, remove, max, min = math.floor, table.insert, table.remove, math.max, math.min
local setmetatable = setmetatable

local KINDS = { "touch", "ship", "complete", "settle", "cancel", "reship", "renumber", "arrive",
  "remove", "archive" }
local TRIES = 12 -- picks before an event finds no row of the status it needs and does not happen

local Drift = {}
Drift.__index = Drift

-- A row at random: the generated and the others in proportion to their number.
local function pick(self, draw, status)
  local world = self.world
  local base, alive = world.base, world.alive
  local k1, k2 = 0, -1
  if base then
    local last = min(base.hours - 1, floor((min(self.pick_to
      or world.now, world.now) - base.from) / 3600))
    local first = self.pick_from and max(0, floor((self.pick_from - base.from) / 3600)) or 0
    if last >= first then k1, k2 = base.cum[first], base.cum[last + 1] - 1 end
  end
  local generated = max(0, k2 - k1 + 1)
  local n = generated + #alive
  if n == 0 then return nil end
  for _ = 1, TRIES do
    local i = draw(n)
    local row = world:get(i <= generated and base.first_id + k1 + i - 1 or alive[i - generated])
    if row and (not status or row.status == status or status == "shipped" and row.consign_time) then
      return row end
  end
  return nil
end

-- kind -> function(self, draw, second): the id and fields of the change; or nil, a whole new row
local effects = {}

function effects.touch(self, draw, t)
  local row = pick(self, draw)
  return row and row.id, { modified = t }
end
function effects.ship(self, draw, t)
  local row = pick(self, draw, 55)
  return row and row.id, { status = 95, consign_time = t, modified = t }
end
function effects.complete(self, draw, t)
  local row = pick(self, draw, 95)
  return row and row.id, { status = 110, modified = t }
end
function effects.settle(self, draw, t)
  local row = pick(self, draw, 95)
  return row and row.id, { status = 105, modified = t }
end
function effects.cancel(self, draw, t)
  local row = pick(self, draw, 55)
  return row and row.id, { status = 5, cancelled = true, modified = t }
end
function effects.reship(self, draw, t)
  local row = pick(self, draw, "shipped")
  return row and row.id, { consign_time = t, modified = t }
end
function effects.renumber(self, draw, t)
  local row = pick(self, draw, 55)
  return row and row.id, { no = ("CK%016d"):format(draw(1000000) * 1000 + t % 1000), modified = t }
end
function effects.archive(self, draw)
  local row = pick(self, draw)
  return row and row.id, { history = true }
end
function effects.remove(self, draw)
  local row = pick(self, draw)
  return row and row.id, nil
end
function effects.arrive(self, _, t)
  self.world.next_id = self.world.next_id + 1 -- taken when it begins, seen when it is committed
  return self.world.next_id - 1, { modified = t, status = self.arrive_status, new = true }
end

local function commit(self, id, fields)
  local world = self.world
  if not fields then
    world:remove(id)
  elseif fields.new then
    world:put{ id = id, modified = fields.modified, status = fields.status }
  else
    local row = world:get(id)
    -- A change that comes late never undoes a newer one.
    if row and row.modified <= (fields.modified or row.modified) then world:change(id, fields) end
  end
end

local function happen(self, kind, draw, t, certain)
  local id, fields = effects[kind](self, draw, floor(t))
  if not id then return end
  local late = self.late
  if late and fields and not certain and draw() < late.chance then
    local due = t + late.delay
    local i = #self.pending
    while i > 0 and self.pending[i].due > due do i = i - 1 end
    insert(self.pending, i + 1, { due = due, id = id, fields = fields })
  else
    commit(self, id, fields)
  end
end

-- A row that goes and comes back.
local function flip(self, toggle, one, t)
  local world = self.world
  one.away = not one.away
  if toggle.mode == "status" then
    local row = world:get(one.id)
    if row and one.away then one.status = row.status end
    world:change(one.id, { status = one.away and (toggle.away or 105) or one.status })
  elseif toggle.mode == "time" then
    local row = world:get(one.id)
    if not row then return end
    if one.away then
      one.modified, one.consign_time = row.modified, row.consign_time
      world:change(one.id, { modified = floor(t), consign_time = row.consign_time and floor(t) })
    else
      world:change(one.id, { modified = one.modified, consign_time = one.consign_time })
    end
  elseif one.away then
    one.row = world:get(one.id)
    if one.row then world:remove(one.id) end
  elseif one.row then
    world:put(one.row)
  end
end

local function process(self, at, wait, fire)
  self.processes[#self.processes + 1] = { next = at + wait(), wait = wait, fire = fire }
end

local function begin_toggling(self, toggle, at)
  local draw = random.stream(self.world.seed, 400)
  local period, chosen = toggle.period or 10, {}
  for i = 1, toggle.ids and #toggle.ids or toggle.count or 1 do
    local row = toggle.ids and { id = toggle.ids[i] } or pick(self, draw, toggle.status)
    if row and not chosen[row.id] then
      chosen[row.id] = true
      local one = { id = row.id }
      process(self, at, function() return period * (0.5 + draw()) end,
        function(t) flip(self, toggle, one, t) end)
    end
  end
end

-- Rows to pick from are there only when time begins to run, not when the world is made.
local function begin(self, at)
  local o, seed = self.options, self.world.seed
  self.now = at
  for i = 1, #KINDS do
    local kind, rate = KINDS[i], o[KINDS[i]] or 0
    if rate > 0 then
      local draw = random.stream(seed, 100 + i)
      process(self, at, function() return 2 * draw() / rate end,
        function(t) happen(self, kind, draw, t) end)
    end
  end
  if o.batch then
    local batch, draw = o.batch, random.stream(seed, 300)
    process(self, at, function() return batch.every end, function(t)
      for _ = 1, batch.size do happen(self, batch.kind or "arrive", draw, t, true) end
    end)
  end
  if o.toggle then begin_toggling(self, o.toggle, at) end
end

local M = {}

--- @tparam World world
-- @tparam table o see above
function M.new(world, o)
  return setmetatable({ world = world, options = o, processes = {}, pending = {}, late = o.late,
    arrive_status = o.arrive_status or 95, pick_from = o.pick and o.pick.from, pick_to = o.pick
    and o.pick.to }, Drift)
end

--- Everything that happens up to `now`, in order of time.
function Drift:advance(now)
  local world, processes, pending = self.world, self.processes, self.pending
  if not self.now then
    local at = self.options.from or world.now > 0 and world.now or now
    if now < at then return end
    begin(self, at)
  end
  while true do
    local first, at
    for i = 1, #processes do
      local p = processes[i]
      if not at or p.next < at then first, at = p, p.next end
    end
    local waiting = pending[1]
    if waiting and (not at or waiting.due <= at) then first, at = waiting, waiting.due end
    if not at or at > now then break end
    if at > world.now then world.now = at end
    if first == waiting then
      remove(pending, 1)
      commit(self, waiting.id, waiting.fields)
    else
      first.fire(at)
      first.next = at + first.wait()
    end
  end
  self.now = max(self.now, now)
end

return M
