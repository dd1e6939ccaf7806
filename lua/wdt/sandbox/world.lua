--- The rows that the sandbox's gateway shows: generated ones, and on top of them those that changed
-- since or were put there.
--
-- Deterministic by seed on every Lua. A row is an edition-neutral table that is never changed in
-- place (a change puts another table under the same id):
--
--     id             whole number, the identity
--     no             stockout number (CK...)
--     src_order_no   the order's number (JY...)
--     src_tid        the shop platform's order number
--     status         5, 55, 95, 105, 110, 113
--     cancelled      returned by wms.stockout.Sales.searchCancel
--     created, check_time, consign_time (nil until shipped), modified    epoch seconds
--     shop_no, warehouse_no
--     history        true: answered by the his_ endpoint only
--     taobao         true: of a Taobao shop
--     both           true: seen by every route (`wdt.sandbox.world.routes`)
--
-- Everything else that a row shows on the wire is derived from (seed, id) by `wdt.sandbox.records`.
--
-- A *filter*: `clock = "modified"|"consign_time"`, `from`, `to` (epoch seconds, closed; `closed_end
-- = false` leaves `to` out), `status` (a number, a list or a set), `shop_no` (one, or several as
-- "a,b"), `warehouse_no`, `cancelled` (bool), `history` (default false; `"both"`), `route`
-- (`"direct"` or `"qimen"`: the part that it shows; default all),
-- or, without a clock, a look-up by `no`, `src_order_no`, `src_tid` or `id`. `at` shows the world
-- as it was then.
-- @module wdt.sandbox.world
local map = require "wdt.map"
local random = require "wdt.sandbox.random"
local Base = require "wdt.sandbox.world.base"
local Query = require "wdt.sandbox.world.query"
local Drift = require "wdt.sandbox.world.drift"
local Watch = require "wdt.sandbox.world.watch"
local routes = require "wdt.sandbox.world.routes"
local whole = require "wdt.whole"
local misuse = require("wdt.error").misuse
local floor, max, pairs, type, setmetatable = math.floor, math.max, pairs, type, setmetatable

local ABSENT = Query.ABSENT

local SHOPS = { "tm_flagship", "jd_self", "dy_live", "pdd_01", "旗舰店02" }
local WAREHOUSES = { "WH001", "WH002", "华东仓" }

local World = {}
World.__index = World

local M = {}

local function share(o, name, default)
  local value = o[name] or default
  if type(value) ~= "number" or not (value >= 0 and value <= 1) then
    misuse(2, name, value, "a share from 0 to 1")
  end
  return value
end

--- Makes a world.
-- @tparam ?table o all optional:
-- `seed` = 1; `rows_per_day` = 0 (generated rows); `from`, `to` (epoch seconds of the generated
-- range); `now` = `to` (the world's clock; what is modified later than it is not there yet);
-- `shops`, `warehouses` (lists of numbers); `first_id` = 10000001; `history_before` (generated rows
-- of hours before it are in the history); `order` = `"time_asc"` (`id_asc, id_desc, time_asc,
-- time_desc`, `random`: by time, ties in another order each call, `shuffle`: no order at all);
-- `taobao` = 0 (share of the rows that belong to Taobao's shops, which the direct gateways hide);
-- `both` = 0.02 (share of the rows that each route shows, where there are Taobao's);
-- `ties` = `"id"|"random"`; `drift` (see `wdt.sandbox.world.drift`); `memory` = seconds for which
-- the past can be asked for by `at`.
-- @treturn World
function M.new(o)
  o = o or {}
  if o.order ~= nil and not Query.ORDERS[o.order] then
    misuse(1, "order", o.order, "one of the documented orders") end
  local seed = floor(o.seed or 1)
  local self = setmetatable({
    seed = seed, rows = {}, indexes = {}, hidden = {}, alive = {}, place = {}, journal = {},
    journal_first = 1,
    taobao = share(o, "taobao", 0), both = share(o, "both", 0.02), memory = o.memory or 0,
    order = o.order or "time_asc", ties = o.ties or "id", shuffles = 0, watches = {}, nwatches = 0,
    shops = o.shops or SHOPS, warehouses = o.warehouses or WAREHOUSES, now = o.now or o.to
    or 0, changes = 0,
  }, World)
  local first_id = o.first_id or 10000001
  if (o.rows_per_day or 0) > 0 then
    if not (o.from and o.to) then misuse(1, "from", o.from,
      "from and to as epoch seconds, with rows_per_day") end
    self.base = Base.new{ seed = seed, from = o.from, to = o.to, rows_per_day = o.rows_per_day,
      shops = self.shops,
      taobao = self.taobao, both = self.both, warehouses = self.warehouses, first_id = first_id,
      history_before = o.history_before }
    first_id = self.base.next_id
  end
  self.next_id = first_id
  if o.drift then self.drift = Drift.new(self, o.drift) end
  return self
end

-- Returns what happened to one id. `new` is a row or false.
local function set(self, id, new)
  local rows, base = self.rows, self.base
  local stored = rows[id]
  local generated = base and base:has(id)
  if stored == nil and generated then self.hidden[#self.hidden + 1] =
    base:row(id - base.first_id) end
  if new or generated then rows[id] = new else rows[id] = nil end
  local alive, place = self.alive, self.place
  if new and not place[id] then
    alive[#alive + 1] = id
    place[id] = #alive
  elseif not new and place[id] then
    local p, last = place[id], alive[#alive]
    alive[p], place[last] = last, p
    alive[#alive], place[id] = nil, nil
  end
  for _, index in pairs(self.indexes) do
    local n = index.n
    index.changes[2 * n + 1], index.changes[2 * n + 2], index.n = stored or false, new, n + 1
  end
  if self.memory > 0 then
    self.journal[#self.journal + 1] = { at = self.now, id = id, old = stored == nil and ABSENT
      or stored }
  end
  self.changes = self.changes + 1
  if self.nwatches > 0 or self.on_change then
    local old = stored
    if stored == nil and generated then old = base:row(id - base.first_id) end
    for watch in pairs(self.watches) do watch:change(id, old or false, new) end
    if self.on_change then self.on_change(self.now, id, old or false, new) end
  end
end

local function check_whole(row, name, level)
  local v = row[name]
  if not whole.is(v) then misuse(level + 1, name, v, "a whole number") end
end

--- Puts a row, or replaces the one with its id. The table belongs to the world from now on; copy it
-- to change it.
-- @tparam table row at least `modified`; what is missing is filled in: `id` (the next free one),
-- `status` (95), the numbers, `created`, `check_time`, `consign_time` (= modified when status >=
-- 95), a shop and a warehouse
-- @treturn table the row
function World:put(row)
  if type(row) ~= "table" then misuse(1, "row", row, "a table") end
  check_whole(row, "modified", 1)
  if row.id == nil then row.id = self.next_id end
  check_whole(row, "id", 1)
  local id, modified = row.id, row.modified
  if id >= self.next_id then self.next_id = id + 1 end
  row.status = row.status or 95
  if row.cancelled == nil then row.cancelled = row.status == 5 end
  if row.consign_time == nil and row.status >= 95 then row.consign_time = modified end
  local h = random.mix(self.seed, id)
  row.created = row.created or modified - 600 - h % 3600
  row.check_time = row.check_time or modified - h % 600
  if row.taobao == nil then
    local shop = self.shops[h % #self.shops + 1]
    local taobao, both, sorted = routes.sort(self, id, shop)
    if row.shop_no == nil then row.taobao, row.shop_no = taobao, sorted end
    if row.both == nil then row.both = both end
  end
  row.shop_no = row.shop_no or row.taobao and routes.SHOPS[1] or self.shops[h % #self.shops + 1]
  row.taobao, row.both = row.taobao or false, row.both or false
  row.warehouse_no = row.warehouse_no or self.warehouses[floor(h / 64) % #self.warehouses + 1]
  row.history = row.history or false
  row.no = row.no or ("CK%016d"):format(id)
  row.src_order_no = row.src_order_no or ("JY%016d"):format(id)
  row.src_tid = row.src_tid or ("1155%014d-1"):format(id)
  set(self, id, row)
  return row
end

--- Takes a row out of the world.
-- @tparam integer id
-- @treturn boolean whether it was there
function World:remove(id)
  if not self:get(id) then return false end
  set(self, id, false)
  return true
end

--- The row with this id as it is now, or nil.
function World:get(id)
  local row = self.rows[id]
  if row == nil and self.base and self.base:has(id) then
    row = self.base:row(id - self.base.first_id)
    if row.modified > self.now then return nil end
  end
  return row or nil
end

--- Puts a changed copy of a row.
-- @tparam integer id
-- @tparam table fields what changes; false where a time is taken away
-- @treturn ?table the new row, nil when there is none with that id
function World:change(id, fields)
  local old = self:get(id)
  if not old then return nil end
  local row = map.copy(old)
  map.add(row, fields)
  if row.consign_time == false then row.consign_time = nil end
  set(self, id, row)
  return row
end

--- Lets time pass: whatever drifts does so up to `now`. Time never goes back.
-- @tparam number now epoch seconds
function World:advance(now)
  if self.drift then self.drift:advance(now) end
  if now > self.now then self.now = now end
  local journal, first = self.journal, self.journal_first
  if #journal > 0 and journal[first].at < self.now - 2 * self.memory - 60 then
    -- Old entries are dropped in one go, now and then, rather than one by one.
    local kept = {}
    for i = first, #journal do
      if journal[i].at >= self.now - self.memory then kept[#kept + 1] = journal[i] end
    end
    self.journal = kept
  end
end

--- Makes the past askable for.
-- @tparam number seconds
function World:remember(seconds)
  self.memory = max(self.memory, seconds)
end

--- A function that tells whether a row matches a filter.
function World:matcher(f)
  local n = Query.normal(self, f)
  return function(row) return Query.matches(n, row) end
end

--- One page of the rows that match.
-- @tparam table f a filter, and `order`, `offset` = 0, `limit`
-- @treturn table rows
-- @treturn integer how many match altogether, at the same moment
World.page = Query.page

--- All rows that match: the truth to compare a reading with.
-- @tparam table f a filter
-- @treturn table rows, by (clock, id)
function World:all(f)
  local g = map.copy(f)
  g.order, g.offset, g.limit = "time_asc", 0, nil
  return (self:page(g))
end

--- Visits them one by one: memory does not grow with the range.
-- @treturn function an iterator
function World:each(f)
  local g, rows, i = {}, {}, 0
  map.add(g, f)
  g.order, g.offset, g.limit = "time_asc", 0, 5000
  return function()
    i = i + 1
    if i > #rows then
      if g.offset > 0 and #rows < 5000 then return nil end
      rows, i = self:page(g), 1
      g.offset = g.offset + 5000
    end
    return rows[i]
  end
end

--- How many rows match.
function World:count(f)
  local g = map.copy(f)
  g.limit, g.order = 0, "time_asc"
  local _, total = self:page(g)
  return total
end

--- Follows the world from now on (or from `since`, within its memory), to judge a reading
-- afterwards.
-- @tparam table f a filter
-- @tparam[opt] number since
-- @treturn Watch see `wdt.sandbox.world.watch`
function World:watch(f, since)
  return Watch.new(self, f, since)
end

-- For wdt.sandbox.world.watch: changes after `since`, oldest first, as (id, old, new).
function World:changes_since(since)
  local list, newer = {}, {}
  for i = #self.journal, 1, -1 do
    local e = self.journal[i]
    if e.at <= since then break end
    local new = newer[e.id]
    if new == nil then new = self.rows[e.id] or false end
    local old = e.old
    if old == ABSENT then old = self.base and self.base:has(e.id)
      and self.base:row(e.id - self.base.first_id) or false end
    table.insert(list, 1, { e.id, old, new })
    newer[e.id] = e.old == ABSENT and old or e.old
  end
  return list
end

return M
