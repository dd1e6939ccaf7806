--- Exhaustive small worlds: every schedule of a few rows, changes and oddities that a reader of
-- `wdt.reading` can meet.
--
-- A family is a list of axes (rows, order, page size, the server's habits); each point of them is
-- a world. In a world every
-- schedule is run: the reader asks, and at each place where the world may do one of n things,
-- `choose(n)` takes the next branch.
-- The readers are pure, so a list of choices replays exactly; after a run the last choice that
-- has a branch left is advanced.
--
-- Left out because another schedule does the same, so nothing is lost by it:
-- * a change before the first call: that is another world; a change after the last call: the
--   reader can't see it;
-- * of changes between two calls, all orders but one: they concern different rows, or the later
--   hides the earlier;
-- * the names of rows: ids are ranks, so only three arrangements against time are taken (with it,
--   against it, mixed).
-- Left out although it may matter: more than two turns of an order; permutations beyond those of
-- `ORDERS`; two oddities at once;
-- an answer of 0 rows and total 0,
-- which one window by itself can't tell from an empty one.
local learning = require "wdt.reading.learning"
local order = require "wdt.reading.order"
local page_ladder = require "wdt.reading.page_ladder"
local pages = require "wdt.reading.page_size"
local seek = require "wdt.reading.seek"
local seen = require "wdt.reading.seen"
local sweep = require "wdt.reading.sweep"
local window = require "wdt.reading.window"
local floor, min, sort, concat = math.floor, math.min, table.sort, table.concat

local M = {}

local LAST = 3 -- rows stand in the seconds 0 to 3
local MOST_CALLS = 300

local function by(field, sign)
  return function(a, b)
    local x, y = a[field], b[field]
    if x == y then x, y = a.id, b.id end
    if sign < 0 then x, y = y, x end
    return x < y
  end
end

local ORDERS = { time_asc = by("time", 1), time_desc = by("time", -1), id_asc = by("id", 1),
  id_desc = by("id", -1),
  insertion = by("born", 1), version_asc = by("version", 1), version_desc = by("version", -1) }
-- an order that becomes another one between calls
local TURNING = { "id_asc", "id_desc", "time_asc" }
local MOST_TURNS = 2

-- Every multiset of `n` seconds, by three arrangements of ids.
local function layouts(from, to, seconds)
  local list = {}
  local function extend(times, n, first)
    if #times == n then
      list[#list + 1] = { arrangement = 1, times = times }
      if n > 1 then list[#list + 1] = { arrangement = 2, times = times } end
      if n > 2 then list[#list + 1] = { arrangement = 3, times = times } end
      return
    end
    for s = first, #seconds do
      local longer = {}
      for i = 1, #times do longer[i] = times[i] end
      longer[#longer + 1] = seconds[s]
      extend(longer, n, s)
    end
  end
  for n = from, to do extend({}, n, 1) end
  return list
end

local WHOLE, HALVES, ONE = { 0, 1, 2, 3 }, { 0, 0.5, 1.5, 3 }, { 2 }
local STATIC = { "time_asc", "time_desc", "id_asc", "id_desc", "insertion", "version_asc",
  "version_desc" }
local ANY = { "time_asc", "time_desc", "id_asc", "id_desc", "insertion", "version_asc",
  "version_desc", "turning" }
local SEEKS, BOTH = { "seek" }, { "seek", "sweep" }
local HABITS = { "unshared", "shared closed", "shared half-open", "open" }

-- Axes of each family: `rows` (layouts), `read`, `order`, `size` (of pages), `habit`, `total`,
-- `oddity`, `climb` (larger pages that are tried); `changes`: how many.
M.FAMILIES = {
  { name = "still", changes = 0, rows = layouts(0, 6, WHOLE), read = BOTH, order = ANY,
    habit = HABITS },
  { name = "change", changes = 1, rows = layouts(1, 5, WHOLE), read = BOTH, order = ANY,
    habit = HABITS },
  { name = "changes", changes = 2, rows = layouts(1, 4, WHOLE), read = BOTH, order = ANY,
    habit = { "unshared", "open" } },
  { name = "busy", changes = 3, rows = layouts(1, 3, WHOLE), read = BOTH, order = ANY,
    habit = { "unshared", "open" } },
  { name = "totals", changes = 1, rows = layouts(0, 5, WHOLE), read = BOTH,
    order = { "time_asc", "id_desc", "turning" },
    total = { "own", "capped", "zero", "negative", "more", "less", "stale", "null", "apart" } },
  { name = "capped", changes = 1, rows = layouts(1, 5, WHOLE), read = BOTH,
    order = { "time_asc", "id_desc" },
    oddity = { "pages 1", "pages 2", "size by own", "size by asked", "empty", "short" } },
  { name = "hidden", changes = 1, rows = layouts(1, 6, WHOLE), read = BOTH,
    order = { "time_asc", "id_desc", "turning" },
    size = { 3, 4 }, total = { "own", "capped", "zero", "negative", "more", "less", "stale" },
    oddity = { "size by own", "size by asked" } },
  { name = "learnt", changes = 1, rows = layouts(1, 6, WHOLE), read = BOTH,
    order = { "time_asc", "id_desc", "turning" }, climb = { "one step", "two steps", "from above" },
    total = { "honest", "own", "capped", "zero", "negative", "less", "more", "stale", "null",
      "apart" },
    oddity = { "none", "cap least", "cap between", "cap default", "refuses", "may refuse" } },
  { name = "slips", changes = 1, rows = layouts(1, 6, WHOLE), read = BOTH, habit = HABITS,
    order = { "time_asc", "time_desc", "id_desc", "turning" },
    climb = { "one step", "two steps", "from above" }, oddity = { "none", "empty", "short",
      "may refuse" } },
  { name = "climbed", changes = 2, rows = layouts(3, 4, WHOLE), read = SEEKS,
    order = { "time_asc" }, climb = { "one step", "two steps", "from above" },
    habit = { "unshared", "shared closed", "open" }, belief = { "promised", "asc" },
    oddity = { "none", "cap least", "may refuse" } },
  { name = "halves", changes = 1, rows = layouts(1, 5, HALVES), read = BOTH, order = STATIC,
    habit = { "shared closed", "shared half-open" } },
  { name = "doubled", changes = 1, rows = layouts(1, 4, WHOLE), read = BOTH, order = STATIC,
    oddity = { "join" } },
  { name = "dense", changes = 2, rows = layouts(2, 6, ONE), read = SEEKS, order = ANY,
    oddity = { "none", "collation" } },
  { name = "observed", changes = 2, rows = layouts(2, 4, WHOLE), read = SEEKS, order = ANY,
    belief = { "asc", "desc" } },
  { name = "promised", changes = 3, rows = layouts(2, 3, WHOLE), read = SEEKS,
    order = { "time_asc" },
    habit = { "unshared", "shared closed", "open" }, belief = { "promised" } },
}
local AXES = { "rows", "read", "order", "size", "habit", "total", "oddity", "belief", "climb" }
local DEFAULT = { size = { 2, 3 }, habit = { "unshared" }, total = { "honest" },
  oddity = { "none" }, belief = { "none" }, climb = { "none" } }
for _, family in ipairs(M.FAMILIES) do
  M.FAMILIES[family.name] = family
  family.worlds = 1
  for _, axis in ipairs(AXES) do
    family[axis] = family[axis] or DEFAULT[axis]
    family.worlds = family.worlds * #family[axis]
  end
end

--- One world of a family.
-- @tparam table family
-- @tparam integer index 0 to `family.worlds - 1`
function M.world(family, index)
  local world = { family = family.name, index = index, changes = family.changes }
  for i = #AXES, 1, -1 do
    local axis = family[AXES[i]]
    world[AXES[i]] = axis[index % #axis + 1]
    index = floor(index / #axis)
  end
  world.words = concat({ world.read, world.order, "pages of " .. world.size, world.habit,
    "total " .. world.total,
    "oddity " .. world.oddity, "belief " .. world.belief, "climb " .. world.climb }, ", ")
  return world
end

-- A step that has no factor in common with n, near the golden section of it.
local function step_of(n)
  local function gcd(a, b) return b == 0 and a or gcd(b, a % b) end
  local step = math.max(1, floor(n * 0.618))
  while gcd(step, n) > 1 do step = step + 1 end
  return step
end

--- The world of the n-th visit, from 0: visits spread over all axes at once, and meet each world.
function M.visit(family, n)
  return M.world(family, (n * step_of(family.worlds)) % family.worlds)
end

local Run = {}
Run.__index = Run

function Run:choose(n)
  self.at = self.at + 1
  local choice = self.choices[self.at]
  if choice == nil then
    choice = 0
    self.choices[self.at] = 0
  end
  self.arity[self.at] = n
  return choice
end

function Run:note(...)
  if self.told then self.told[#self.told + 1] = concat({ ... }, " ") end
end

function Run:put(id, time, version)
  self.born = self.born + 1
  local row = { id = id, time = time, version = version, born = self.born, shop_no = id % 2 == 0
    and "A" or "a" }
  self.rows[id], self.real[id .. "/" .. version] = row, true
  return row
end

local MIXED = { 2, 5, 1, 6, 3, 4 }

function Run:populate()
  local layout = self.world.rows
  local n = #layout.times
  for i = 1, n do
    local id = layout.arrangement == 1 and i or layout.arrangement == 2 and n + 1 - i or MIXED[i]
    self:put(id, layout.times[i], 0)
    self.stayed[id] = true
    self.last_id = math.max(self.last_id, id)
    self:note("row", id, "at", layout.times[i])
  end
end

-- All that may happen has a code: an arrival at each second first, then three things for each id.
local KINDS = 3
local SECONDS = LAST + 1

function Run:change(code)
  if code < SECONDS then
    self.last_id, self.grew = self.last_id + 1, true
    self:put(self.last_id, code, 0)
    return self:note("arrives", self.last_id, "at", code)
  end
  code = code - SECONDS
  local row, kind = self.rows[floor(code / KINDS) + 1], code % KINDS
  if kind == 0 then
    local moves = self.world.habit == "open"
    local again = self:put(row.id, moves and LAST or row.time, row.version + 1)
    if not moves then again.born = row.born end
    self.moved = true
    return self:note("touch", row.id, moves and "moves to " .. LAST or "in place")
  end
  self.rows[row.id], self.stayed[row.id] = nil, nil
  self:note(kind == 1 and "leaves" or "hides", row.id)
  if kind == 2 then
    self.hidden[#self.hidden + 1], self.grew = row, true
  end
end

-- All that happens between two calls, in the order of codes; only arrivals may come several at a
-- time.
function Run:drift()
  for i = #self.hidden, 1, -1 do
    local row = self.hidden[i]
    self.rows[row.id], self.hidden[i] = row, nil
    self:note("comes back", row.id)
  end
  local last = 0
  while self.left > 0 do
    local codes = {}
    for code = last, SECONDS - 1 do codes[#codes + 1] = code end
    for id = 1, self.last_id do
      for kind = 0, self.rows[id] and KINDS - 1 or -1 do
        local code = SECONDS + KINDS * (id - 1) + kind
        if code > last then codes[#codes + 1] = code end
      end
    end
    local k = self:choose(#codes + 1)
    if k == 0 then return end
    self.left, last = self.left - 1, codes[k]
    self:change(last)
  end
end

function Run:matching(ask)
  local list, world = {}, self.world
  local shop, half_open = ask.params and ask.params.shop_no, world.habit == "shared half-open"
  for id = 1, self.last_id do
    local row = self.rows[id]
    if row and row.time >= ask.start and (row.time < ask.stop
      or row.time == ask.stop and not half_open) then
      local fits = shop == nil or row.shop_no == shop
        or world.oddity == "collation" and row.shop_no:lower() == shop:lower()
      if fits then list[#list + 1] = row end
    end
  end
  local name = world.order
  if name == "turning" then
    if self.turns < MOST_TURNS then
      local turned = self:choose(#TURNING)
      if turned > 0 then
        self.turns, self.turned = self.turns + 1, (self.turned + turned) % #TURNING
      end
    end
    name = TURNING[self.turned + 1]
  end
  sort(list, ORDERS[name])
  if world.oddity == "join" and list[1] then table.insert(list, 2, list[1]) end
  return list
end

function Run:total(list, rows, ask)
  local kind, n = self.world.total, #list
  if kind == "own" then return #rows end
  if kind == "capped" then return min(n, ask.page_size) end
  if kind == "zero" then return 0 end
  if kind == "negative" then return -1 end
  if kind == "more" then return n + 1 end
  if kind == "less" then return n - 1 end
  if kind == "null" then return #rows == 0 and 0 or nil end
  if kind == "stale" then
    local before = self.before or n
    self.before = n
    return before
  end
  return n
end

-- Rows a page of a server that caps: of so many asked for, where the least size is what it is.
local CAPS = {
  ["cap least"] = min,
  ["cap between"] = function(asked, least) return min(asked, least + 1) end,
  ["cap default"] = function(asked, least) return asked > least and 2 or asked end,
}

-- True if the server refuses pages of that size.
function Run:refuses(ask)
  local oddity = self.world.oddity
  if ask.page_size <= self.world.size then return false end
  return oddity == "refuses" or oddity == "may refuse" and self:choose(2) == 1
end

function Run:answer(ask)
  local world, size = self.world, ask.page_size
  local counted = self:matching(ask)
  local list = counted
  -- the count and the rows are two statements, with a moment between them
  if world.total == "apart" then
    self:drift()
    list = self:matching(ask)
  end
  local oddity, step = world.oddity, size
  if oddity == "size by own" or oddity == "size by asked" then
    size = min(size, world.size - 1)
    if oddity == "size by own" then step = size end
  end
  local serves = CAPS[oddity]
  if serves then
    size = serves(size, world.size)
    step = size
  end
  local rows = {}
  for i = ask.page_no * step + 1, min(#list, ask.page_no * step + size) do
    rows[#rows + 1] = list[i] end
  if oddity == "pages 1" and ask.page_no >= 1 or oddity == "pages 2" and ask.page_no >= 2 then
    rows = {} end
  if (oddity == "empty" or oddity == "short") and not self.slipped and #rows > 0
    and self:choose(2) == 1 then
    self.slipped = true
    if oddity == "empty" then rows = {} else rows[#rows] = nil end
  end
  return rows, self:total(counted, rows, ask)
end

-- Page sizes one and two above the least; or those were learnt by a window before.
local function ladder_of(world)
  local least = world.size
  local steps = { least + 1, world.climb ~= "one step" and least + 2 or nil }
  local kept = page_ladder.kept(least, steps)
  if world.climb == "from above" then kept.asked = least + 2 end
  return page_ladder.new(kept)
end

function Run:reader()
  local world = self.world
  local habit, belief = world.habit, world.belief
  local shared = habit:find "shared " ~= nil
  local believed = order.new(belief == "promised" and "asc" or nil)
  if belief == "asc" or belief == "desc" then believed.state = belief end
  local dense = world.family == "dense"
  local w = { start = 0, stop = shared and LAST + 1
    or LAST, overlap = shared, params = {}, order = believed,
    closed = habit == "shared closed" or habit == "unshared", open = habit == "open",
    still = belief ~= "none",
    pages = pages.new(world.size), seen = seen.new(), steer = window.steer(), learnt = {},
    learnt_count = {},
    cuts = dense and { { param = "shop_no", field = "shop_no" } }
    or {}, facts = dense and { "shop_no" } or {} }
  local kind = world.read == "sweep" and sweep or seek
  if world.climb == "none" then return kind.new(w), w end
  return learning.new{ stop = w.stop, ladder = ladder_of(world), make = function(sized, stop)
    w.pages, w.stop = sized, stop
    return kind.new(w)
  end }, w
end

-- Hands the rows of a page to the reader; returns a problem or nil.
function Run:take(reader, rows, ask)
  self.seen.horizon = ask.stop
  for i = 1, #rows do
    local row = rows[i]
    local fact = self.world.family == "dense" and row.shop_no or nil
    if reader:row(row.id, row.version, floor(row.time), fact) then
      local key = row.id .. "/" .. row.version
      if self.handed[key] then return "handed out twice: " .. key end
      if not self.real[key] then return "never real: " .. key end
      self.handed[key], self.handed[row.id] = true, true
    end
  end
end

-- Rows that stayed are not missing under a certificate; `swept` is only claimed where rows only
-- left.
function Run:judge(proof)
  if proof == "none" or proof == "swept" and (self.grew or self.moved
    or self.world.order == "turning") then return nil end
  for id = 1, self.last_id do
    if self.stayed[id] and not self.handed[id] then return ("lost %d, certified '%s'"):format(
      id, tostring(proof)) end
  end
end

-- Tells the reader a page; returns a problem, or nil and "none" where the stream ends in an error.
function Run:tell(reader, ask, rows, total)
  if self.told then
    local ids = {}
    for i = 1, #rows do ids[i] = rows[i].id end
    local shop = ask.params and ask.params.shop_no
    self:note(("call %d: [%g, %g]%s page %d of %d -> rows {%s} total %s"):format(
      self.calls, ask.start, ask.stop,
      shop and " shop " .. shop or "", ask.page_no, ask.page_size, concat(ids, " "),
      tostring(total)))
  end
  local problem = self:take(reader, rows, ask)
  if problem then return problem end
  if total == nil and ask.page_no == 0 then return nil, "none" end -- the stream ends in an error
  reader:page(total)
end

function Run:read()
  self:populate()
  local reader, w = self:reader()
  self.seen = w.seen
  while true do
    local ask = reader:ask()
    if not ask then break end
    if self.calls > 0 then self:drift() end
    self.calls = self.calls + 1
    if self.calls > MOST_CALLS then return "the reader does not end" end
    local problem, proof
    if self:refuses(ask) then
      self:note("call", self.calls .. ": page of", ask.page_size, "refused")
      problem = not reader:refused "param" and "gave up at a larger size than the least" or nil
    else
      problem, proof = self:tell(reader, ask, self:answer(ask))
    end
    if problem or proof then return problem, proof end
  end
  return self:judge(reader.certificate), reader.certificate
end

--- Runs one schedule.
-- @tparam table world
-- @tparam table choices one number a place; what is missing is 0, and is filled in
-- @tparam ?boolean tell whether to write down what happens
-- @treturn table `{ problem, certificate, calls, choices, arity, told, changes }`
function M.run(world, choices, tell)
  local run = setmetatable({ world = world, choices = choices, arity = {}, at = 0, rows = {},
    real = {}, stayed = {},
    handed = {}, hidden = {}, born = 0, last_id = 0, calls = 0, turns = 0, turned = 0,
    left = world.changes, told = tell and {} or nil }, Run)
  run.problem, run.certificate = run:read()
  return run
end

-- Advances to the next schedule; false where none is left.
local function advance(run)
  local choices, arity = run.choices, run.arity
  for i = #choices, run.at + 1, -1 do choices[i] = nil end
  for i = run.at, 1, -1 do
    if choices[i] + 1 < arity[i] then
      choices[i] = choices[i] + 1
      return true
    end
    choices[i] = nil
  end
  return false
end

--- Runs every schedule of a world.
-- @tparam table world
-- @tparam function each called with each run; ends the world by returning true
function M.all(world, each)
  local choices = {}
  repeat
    local run = M.run(world, choices)
  until each(run) or not advance(run)
end

--- Text that replays a run.
function M.name(world, choices)
  return ("%s:%d:%s"):format(world.family, world.index, concat(choices, "."))
end

--- Replays a text of `name`.
-- @treturn table as `run` returns it, told
function M.replay(text)
  local family, index, list = text:match "^(%a+):(%d+):([%d.]*)$"
  family = family and M.FAMILIES[family]
  if not family or tonumber(index) >= family.worlds then
    error(("--replay %q: expected FAMILY:WORLD:CHOICES as a violation prints it"):format(text), 0)
  end
  local choices = {}
  for choice in list:gmatch "%d+" do choices[#choices + 1] = tonumber(choice) end
  return M.run(M.world(family, tonumber(index)), choices, true)
end

return M
