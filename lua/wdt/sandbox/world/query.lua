--- How the world is asked: filters, orders, pages. (Part of `wdt.sandbox.world`, where a filter is
-- described.)
-- @module wdt.sandbox.world.query
local random = require "wdt.sandbox.random"
local Base = require "wdt.sandbox.world.base"
local Index = require "wdt.sandbox.world.index"
local shows = require "wdt.sandbox.world.routes".shows
local floor, min, max = math.floor, math.min, math.max
local pairs, tostring, type = pairs, tostring, type

local FOREVER = 2 ^ 53
local SMALL = 2000
local ABSENT = {} -- journal: the overlay held nothing under that id

-- order -> the key, backwards?, ties at random?
local ORDERS = {
  id_asc = { "id" }, id_desc = { "id", true }, time_asc = { "time" }, time_desc = { "time", true },
  random = { "time", false, true }, shuffle = { "shuffle" },
}

local M = { ABSENT = ABSENT, ORDERS = ORDERS }

-- "a,b" -> { a = true, b = true }
local function set_of(text)
  if text == nil then return nil end
  local set = {}
  for one in tostring(text):gmatch("[^,]+") do set[one] = true end
  return set
end

-- A filter with every default filled in.
function M.normal(self, f)
  local statuses = f.status
  if type(statuses) == "number" then
    statuses = { [statuses] = true }
  elseif statuses and type(statuses[1]) == "number" then
    local set = {}
    for i = 1, #statuses do set[statuses[i]] = true end
    statuses = set
  end
  local history = f.history
  if history == nil then history = false end
  local to = f.to or FOREVER
  if f.closed_end == false then to = to - 1 end
  local seen = self.base and min(f.at or self.now, self.now) or FOREVER
  return { clock = f.clock, first = f.from or -FOREVER, last = to, statuses = statuses,
    shop_no = f.shop_no,
    shops = set_of(f.shop_no), warehouse_no = f.warehouse_no,
    cancelled = f.cancelled, history = history, seen = seen, route = f.route,
    no = f.no, src_order_no = f.src_order_no, src_tid = f.src_tid, id = f.id }
end

local function matches(n, row)
  local clock = n.clock
  if clock then
    local t = row[clock]
    if not t or t < n.first or t > n.last then return false end
  end
  local history = n.history
  return (not n.statuses or n.statuses[row.status])
    and (history == "both" or row.history == history)
    and (n.cancelled == nil or row.cancelled == n.cancelled)
    and shows(n.route, row.taobao, row.both)
    and (not n.shops or n.shops[row.shop_no])
    and (not n.warehouse_no or row.warehouse_no == n.warehouse_no)
    and (not n.no or row.no == n.no) and (not n.src_order_no or row.src_order_no == n.src_order_no)
    and (not n.src_tid or row.src_tid == n.src_tid) and (not n.id or row.id == n.id) and true
      or false
end

M.matches = matches

-- The overlay as it was: id -> row | false | ABSENT, for the ids that changed after `at`; nil when
-- none did.
local function undone(self, at)
  if not at or at >= self.now then return nil end
  local journal, past = self.journal, nil
  for i = #journal, 1, -1 do
    local entry = journal[i]
    if entry.at <= at then break end
    past = past or {}
    past[entry.id] = entry.old
  end
  return past
end

-- The overlay's rows in order of a clock, or of "id".
local function ordered(self, clock)
  local index = self.indexes[clock]
  if not index then
    -- more than may be patched: built whole
    index = { clock = clock, list = {}, changes = {}, n = 33 }
    self.indexes[clock] = index
  end
  return Index.refresh(index, self.rows)
end

-- Rows of the overlay that match, in order of (key, id), where the key is the filter's clock or
-- "id", or backwards. Of all that match only those from `skip` on, `limit` of them, are listed; and
-- the number of all.
local function overlay(self, n, past, key, backwards, skip, limit)
  local clock, list = n.clock, ordered(self, key)
  local from, to, statuses, history, cancelled = n.first, n.last, n.statuses, n.history, n.cancelled
  local shops, warehouse, timed, route = n.shops, n.warehouse_no, key ~= "id", n.route
  local a, b, step = 1, #list, 1
  if timed then a, b = Index.lower_bound(list, clock, from, -FOREVER),
    Index.lower_bound(list, clock, to, FOREVER) - 1 end
  if backwards then a, b, step = b, a, -1 end
  local found, m, stop = {}, 0, skip + limit
  for i = a, b, step do
    local row = list[i]
    local t = timed or row[clock]
    if (timed or t and t >= from and t <= to) and (not statuses or statuses[row.status])
      and (history == "both" or row.history == history)
        and (cancelled == nil or row.cancelled == cancelled)
      and shows(route, row.taobao, row.both)
      and (not shops or shops[row.shop_no]) and (not warehouse or row.warehouse_no == warehouse)
      and not (past and past[row.id] ~= nil) then
      m = m + 1
      if m > skip and m <= stop then found[m - skip] = row end
    end
  end
  return found, m
end

-- All rows of the overlay that match, as they are or as they were, by (key, id).
local function overlay_all(self, n, past, key)
  local found, m = overlay(self, n, past, key, false, 0, FOREVER)
  if past then
    for _, row in pairs(past) do
      if row and row ~= ABSENT and matches(n, row) then
        m = m + 1
        found[m] = row
      end
    end
    Index.sort(found, key ~= "id" and key or nil)
  end
  return found
end

-- Generated rows that the overlay hides although the filter wants them: hour -> number, and the set
-- of their ids.
local function shadows(self, n, view, past)
  local hidden, base, by_hour, ids = self.hidden, self.base, {}, {}
  for i = 1, #hidden do
    local row = hidden[i]
    local id = row.id
    if not (past and past[id] == ABSENT) and row.modified <= n.seen and matches(n, row) then
      local h = base:hour_of(id - base.first_id)
      by_hour[h], ids[id] = (by_hour[h] or 0) + 1, true
      view.hidden = (view.hidden or 0) + 1
    end
  end
  return by_hour, ids
end

-- True if the filter names rows by a number, with a window or without one.
local function is_look_up(n)
  return (n.no or n.src_order_no or n.src_tid or n.id) ~= nil
end

-- Look-ups: every row of the overlay, and the generated ones that the number could mean.
local function look_up(self, n, past)
  local found, rows = {}, self.rows
  for i = 1, #self.alive do
    local row = rows[self.alive[i]]
    if not (past and past[row.id] ~= nil) and matches(n, row) then found[#found + 1] = row end
  end
  for _, row in pairs(past or {}) do
    if row and row ~= ABSENT and matches(n, row) then found[#found + 1] = row end
  end
  local base = self.base
  if base then
    local candidates = n.id and base:has(n.id) and { base:row(n.id - base.first_id) }
      or base:candidates(n.no or n.src_order_no or n.src_tid or "")
    for i = 1, #candidates do
      local row = candidates[i]
      local stored = rows[row.id]
      if past and past[row.id] ~= nil then stored = past[row.id] end
      if (stored == nil or stored == ABSENT) and row.modified <= n.seen and matches(n, row) then
        found[#found + 1] = row end
    end
  end
  return Index.sort(found)
end

local function shuffle(draw, list, a, b)
  for i = b, a + 1, -1 do
    local j = a - 1 + draw(i - a + 1)
    list[i], list[j] = list[j], list[i]
  end
end

-- Rows by (clock, id), or by id where clock is "id", into the order asked for.
local function arrange(self, found, clock, order, draw)
  local kind = ORDERS[order]
  if kind[1] == "shuffle" then
    shuffle(draw, found, 1, #found)
    return found
  end
  if kind[1] == "id" or not clock then
    if clock ~= "id" then Index.sort(found) end
  elseif kind[3] or self.ties == "random" then
    local a = 1
    for b = 1, #found do
      if b == #found or found[b + 1][clock] ~= found[a][clock] then
        if b > a then shuffle(draw, found, a, b) end
        a = b + 1
      end
    end
  end
  if kind[2] then
    for i = 1, floor(#found / 2) do found[i], found[#found + 1 - i] = found[#found + 1 - i],
      found[i] end
  end
  return found
end

-- An hour's worth of rows, generated and not, by (clock, id).
local function hour_rows(n, view, h, extras, ids)
  local rows = {}
  if h >= view.h1 and h <= view.h2 then
    local base = view.base
    local found, block = Base.matches(view, h)
    for i = 1, #found do
      local k = block.first + found[i] - 1
      if not ids[base.first_id + k] then rows[#rows + 1] = base:row(k) end
    end
  end
  for i = 1, #extras do rows[#rows + 1] = extras[i] end
  return Index.sort(rows, n.clock)
end

-- Both layers, hour by hour; hours before the wanted page are counted, not made. Rows of the
-- overlay stand in the hour of their time, or, where the order is by id, in the hour of their id.
local function merged(self, n, view, found, past, q, draw)
  local base = self.base
  local by_hour, ids = shadows(self, n, view, past)
  local total = Base.count_all(view) + #found - (view.hidden or 0)
  local kind = ORDERS[q.order]
  local extras = {}
  for i = 1, #found do
    local row = found[i]
    local h
    if kind[1] == "time" then
      h = floor((row[n.clock] - base.from) / 3600)
    elseif base:has(row.id) then
      h = base:hour_of(row.id - base.first_id)
    else
      h = row.id < base.first_id and view.h1 - 1 or view.h2 + 1
    end
    h = max(view.h1 - 1, min(view.h2 + 1, h))
    extras[h] = extras[h] or {}
    extras[h][#extras[h] + 1] = row
  end
  local page, skip, limit = {}, q.offset, q.limit
  local a, b, step = view.h1 - 1, view.h2 + 1, 1
  if kind[2] then a, b, step = b, a, -1 end
  for h = a, b, step do
    if #page >= limit then break end
    local here = extras[h] and #extras[h] or 0
    if h >= view.h1 and h <= view.h2 then here = here + Base.count_hour(view, h) - (by_hour[h]
      or 0) end
    if here <= skip then
      skip = skip - here
    else
      local rows = arrange(self, hour_rows(n, view, h, extras[h] or {}, ids), n.clock, q.order,
        draw)
      for i = skip + 1, min(#rows, skip + limit - #page) do page[#page + 1] = rows[i] end
      skip = 0
    end
  end
  return page, total
end

local function slice(list, offset, limit)
  if offset == 0 and limit >= #list then return list end
  local part = {}
  for i = offset + 1, min(#list, offset + limit) do part[#part + 1] = list[i] end
  return part
end

--- One page of the rows that match.
-- @tparam World self
-- @tparam table f a filter, and `order`, `offset` = 0, `limit`
-- @treturn table rows
-- @treturn integer how many match altogether, at the same moment
function M.page(self, f)
  local n = M.normal(self, f)
  local past = undone(self, f.at)
  local order, offset, limit = f.order or self.order, f.offset or 0, f.limit or FOREVER
  local draw
  if order == "random" or order == "shuffle" or self.ties == "random" then
    self.shuffles = self.shuffles + 1
    draw = random.stream(self.seed, 9000000 + self.shuffles)
  end
  if not n.clock or is_look_up(n) then
    local found = arrange(self, look_up(self, n, past), nil, order, draw)
    return slice(found, offset, limit), #found
  end
  local view = self.base and self.base:view(n)
  -- To walk a small world in order of id is cheaper than to sort what is found by time.
  local key = not view and ORDERS[order][1] == "id" and #self.alive < SMALL and "id" or n.clock
  if not (view or past or draw) and (key == "id" or ORDERS[order][1] == "time") then
    return overlay(self, n, nil, key, ORDERS[order][2], offset, limit)
  end
  local found = overlay_all(self, n, past, key)
  if view and order == "shuffle" then -- nothing can be skipped: all of it, and then shuffled
    found = merged(self, n, view, found, past, { order = "time_asc", offset = 0, limit = FOREVER },
      draw)
  elseif view then
    return merged(self, n, view, found, past, { order = order, offset = offset, limit = limit },
      draw)
  end
  return slice(arrange(self, found, key, order, draw), offset, limit), #found
end

return M
