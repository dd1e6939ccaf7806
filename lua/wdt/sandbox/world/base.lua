--- The generated part of the world: rows by a formula, an hour at a time, nothing stored.
--
-- A row's place `k` (0, 1, 2 ... in order of hours) fixes its id, and, by a table of 1000 kinds
-- that repeats, its status, shop and warehouse; its times lie within its own hour, on both clocks.
-- So the number of rows of whole hours under any filter is arithmetic, and millions of rows cost
-- nothing until a page shows them. Within an hour the times are in no order, as in an ERP, where
-- orders are shipped in another order than they were made.
-- @module wdt.sandbox.world.base
local random = require "wdt.sandbox.random"
local beijing = require "wdt.beijing"
local routes = require "wdt.sandbox.world.routes"
local floor, max, min, sort = math.floor, math.max, math.min, table.sort
local fraction, start = random.fraction, random.start

local HOUR, DAY, CYCLE, M31 = 3600, 86400, 1000, 2147483647
local KEPT_HOURS = 16

-- Share of a day's rows in each hour of Beijing time: nights are quiet, the afternoon's collection
-- is the peak.
local PROFILE = { 2, 1, 1, 0.5, 0.5, 1, 3, 10, 40, 70, 85, 80, 55, 75, 100, 115, 120, 100, 60, 35,
  20, 12, 8, 6 }
local PROFILE_SUM = 0
for i = 1, 24 do PROFILE_SUM = PROFILE_SUM + PROFILE[i] end

-- Rows per 1000 in each status of seed E §3.3.
local MIX = { { 110, 640 }, { 95, 180 }, { 5, 80 }, { 55, 70 }, { 105, 20 }, { 113, 10 } }

local Base = {}
Base.__index = Base

local function kinds(o)
  local shops, warehouses = o.shops, o.warehouses
  local draw = random.stream(o.seed, 11)
  local status = {}
  for i = 1, #MIX do
    for _ = 1, MIX[i][2] do status[#status + 1] = MIX[i][1] end
  end
  for i = CYCLE, 2, -1 do
    local j = draw(i)
    status[i], status[j] = status[j], status[i]
  end
  local shop, warehouse = {}, {}
  for i = 1, CYCLE do
    shop[i], warehouse[i] = shops[draw(#shops)], warehouses[draw(#warehouses)]
  end
  local taobao, both = {}, {}
  for i = 1, CYCLE do
    taobao[i], both[i], shop[i] = routes.sort(o, i, shop[i])
  end
  return status, shop, warehouse, taobao, both
end

-- cum[h] = rows before hour h (0-based); cum[hours] = all rows.
local function prefix_sums(seed, from, hours, per_day)
  local cum, sum = { [0] = 0 }, 0
  for h = 0, hours - 1 do
    local t = from + h * HOUR + 8 * HOUR
    local day = floor(t / DAY)
    local busy = 0.75 + 0.5 * fraction(seed, 5000000 + day)
    local share = PROFILE[floor(t / HOUR) % 24 + 1] / PROFILE_SUM
    sum = sum + floor(per_day * share * busy + fraction(seed, 6000000 + floor(t / HOUR)))
    cum[h + 1] = sum
  end
  return cum
end

--- @tparam table o `seed, from, to` (epoch seconds, widened to whole hours), `rows_per_day, shops,
-- warehouses, first_id, history_before` (rows of hours before it answer under `his_` only);
-- `taobao, both` (`wdt.sandbox.world.routes`)
function Base.new(o)
  local from = floor(o.from / HOUR) * HOUR
  local hours = max(0, floor((o.to - from + HOUR) / HOUR))
  local self = setmetatable({
    seed = o.seed, from = from, hours = hours, first_id = o.first_id, matchers = {}, blocks = {},
    block_ring = {}, ring_at = 0,
    live_from = o.history_before and floor((o.history_before - from) / HOUR) or 0,
  }, Base)
  self.status, self.shop, self.warehouse, self.taobao, self.both = kinds(o)
  self.cum = prefix_sums(o.seed, from, hours, o.rows_per_day)
  self.count = self.cum[hours]
  self.next_id = o.first_id + self.count
  return self
end

--- True if an id is one of the generated rows'.
function Base:has(id)
  return id >= self.first_id and id < self.next_id
end

--- The hour in which a generated row lies.
function Base:hour_of(k)
  local cum, lo, hi = self.cum, 0, self.hours - 1
  while lo < hi do
    local mid = floor((lo + hi + 1) / 2)
    if cum[mid] <= k then lo = mid else hi = mid - 1 end
  end
  return lo
end

-- Times of row k in hour h: made, audited, shipped (nil unless it was), modified.
local function times(self, k, h)
  local s = start(self.seed, self.first_id + k)
  local hour = self.from + h * HOUR
  s = s * 48271 % M31
  local at = floor(s / M31 * HOUR)
  s = s * 48271 % M31
  local status = self.status[k % CYCLE + 1]
  if status < 95 then return nil, hour + at, s end
  -- Most rows are never touched again once shipped; the others a little later, within the hour.
  local later = s < 1288490188 and 0 or floor((s / M31 - 0.6) / 0.4 * (HOUR - at))
  return hour + at, hour + at + later, s
end

--- The clocks of an hour's rows: two lists over the hour's places 1 .. n; kept for a few hours.
function Base:block(h)
  local block = self.blocks[h]
  if block then return block end
  local first, n = self.cum[h], self.cum[h + 1] - self.cum[h]
  local consign, modified = {}, {}
  for i = 1, n do
    local c, m = times(self, first + i - 1, h)
    consign[i], modified[i] = c or false, m
  end
  block = { n = n, first = first, consign_time = consign, modified = modified }
  self.ring_at = self.ring_at % KEPT_HOURS + 1
  local old = self.block_ring[self.ring_at]
  if old then self.blocks[old] = nil end
  self.block_ring[self.ring_at], self.blocks[h] = h, block
  return block
end

--- A generated row by its place.
function Base:row(k)
  local h = self:hour_of(k)
  local consign, modified, s = times(self, k, h)
  local kind = k % CYCLE + 1
  local status, id = self.status[kind], self.first_id + k
  s = s * 48271 % M31
  local check = (consign or modified) - 60 - floor(s / M31 * 5400)
  s = s * 48271 % M31
  local created = check - 30 - floor(s / M31 * 7200)
  local date = self:date(created)
  -- Now and then an order is shipped in two parcels: two stockouts of one order.
  local order = id % 20 == 1 and id > self.first_id and id - 1 or id
  return {
    id = id, status = status, created = created, check_time = check, consign_time = consign,
    modified = modified,
    shop_no = self.shop[kind], warehouse_no = self.warehouse[kind], history = h < self.live_from,
    taobao = self.taobao[kind], both = self.both[kind],
    cancelled = status == 5,
    no = ("CK%s%08d"):format(date, id),
    src_order_no = ("JY%08d%08d"):format(self.seed % 100000000, order),
    src_tid = ("1155%06d%08d-1"):format(self.seed % 1000000, order),
  }
end

--- `YYYYMMDD` of a time; the last day asked for is remembered.
function Base:date(t)
  local day = floor((t + 8 * HOUR) / DAY)
  if day ~= self.last_day then
    self.last_day, self.last_date = day, beijing.format(t):sub(1, 10):gsub("-", "")
  end
  return self.last_date
end

--- Generated rows that a number could mean: the digits at its end are an id, or its neighbour's.
function Base:candidates(number)
  local digits = number:match("(%d%d%d%d%d%d%d%d)$") or number:match("(%d%d%d%d%d%d%d%d)%-1$")
  local id = tonumber(digits)
  local found = {}
  if id then
    for i = id, id + 1 do
      if self:has(i) then found[#found + 1] = self:row(i - self.first_id) end
    end
  end
  return found
end

-- Which of the 1000 kinds a filter wants, and how many of them stand before each place.
local function matcher(self, f)
  local names = {}
  for s in pairs(f.statuses or {}) do names[#names + 1] = s end
  sort(names)
  local key = (f.statuses and table.concat(names, ",") or "*") .. "|" .. (f.shop_no or "") .. "|"
    .. (f.warehouse_no or "")
    .. "|" .. tostring(f.cancelled) .. f.clock .. "|" .. (f.route or "")
  local m = self.matchers[key]
  if m then return m end
  local wanted, before, n = {}, { [0] = 0 }, 0
  for i = 1, CYCLE do
    local status = self.status[i]
    local ok = (not f.statuses or f.statuses[status]) and (not f.shops or f.shops[self.shop[i]])
      and (not f.warehouse_no or self.warehouse[i] == f.warehouse_no)
      and (f.cancelled == nil or (status == 5) == f.cancelled)
      and (f.clock ~= "consign_time" or status >= 95)
      and routes.shows(f.route, self.taobao[i], self.both[i])
    wanted[i] = ok and true or false
    if ok then n = n + 1 end
    before[i] = n
  end
  m = { wanted = wanted, before = before, n = n }
  self.matchers[key] = m
  return m
end

local function rows_before(m, k)
  return floor(k / CYCLE) * m.n + m.before[k % CYCLE]
end

--- A view of the generated rows under one filter.
-- @tparam table f `clock, first, last` (closed), `statuses, shop_no, warehouse_no, cancelled,
-- history, route`, `seen` (rows modified later than this are not there yet)
-- @treturn ?table nil when no hour can hold a match
function Base:view(f)
  local h1 = max(0, floor((f.first - self.from) / HOUR))
  local last = min(f.last, f.seen)
  local h2 = min(self.hours - 1, floor((last - self.from) / HOUR))
  if f.history == true then h2 = min(h2, self.live_from - 1) end
  if f.history == false then h1 = max(h1, self.live_from) end
  if h1 > h2 then return nil end
  -- Only the hours in which the window begins, or ends, or in which it is now, have to be looked at
  -- row by row.
  local whole1 = self.from + h1 * HOUR >= f.first and h1 or h1 + 1
  local whole2 = self.from + h2 * HOUR + HOUR - 1 <= last and h2 or h2 - 1
  local view = { base = self, f = f, h1 = h1, h2 = h2, whole1 = whole1, whole2 = whole2,
    m = matcher(self, f), partial = {} }
  return view
end

--- Places (1 .. n in the hour) of the matches in hour h, and their clock.
function Base.matches(view, h)
  local self, f, wanted = view.base, view.f, view.m.wanted
  local block = self:block(h)
  local clock, modified = block[f.clock], block.modified
  local first, last, seen, k0 = f.first, f.last, f.seen, block.first
  local found, n = {}, 0
  for i = 1, block.n do
    if wanted[(k0 + i - 1) % CYCLE + 1] then
      local t = clock[i]
      if t >= first and t <= last and modified[i] <= seen then
        n = n + 1
        found[n] = i
      end
    end
  end
  return found, block
end

--- Number of matches in hour h.
function Base.count_hour(view, h)
  if h >= view.whole1 and h <= view.whole2 then
    local cum = view.base.cum
    return rows_before(view.m, cum[h + 1]) - rows_before(view.m, cum[h])
  end
  local n = view.partial[h]
  if not n then
    n = #Base.matches(view, h)
    view.partial[h] = n
  end
  return n
end

--- Number of matches in all hours.
function Base.count_all(view)
  local n, cum = 0, view.base.cum
  if view.whole1 <= view.whole2 then
    n = rows_before(view.m, cum[view.whole2 + 1]) - rows_before(view.m, cum[view.whole1])
  end
  for h = view.h1, min(view.whole1 - 1, view.h2) do n = n + Base.count_hour(view, h) end
  for h = max(view.whole2 + 1, view.whole1), view.h2 do n = n + Base.count_hour(view, h) end
  return n
end

return Base
