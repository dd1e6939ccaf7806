--- Decides what a job reads next: methods of a job (`wdt.sync`), which mixes them in.
--
-- New windows come first, then windows that are due again by `revisit`, then hours to be audited,
-- then what `backfill` asked for.
-- All of them end at the *horizon*, the last second that is settled; with `follow` a poll moves it.
-- @module wdt.sync.plan
local checkpoint = require "wdt.reading.checkpoint"
local clock = require "wdt.calling.clock"
local count = require "wdt.stream.count"
local failure = require "wdt.error".failure
local map = require "wdt.map"
local sync_window = require "wdt.sync.window"
local window = require "wdt.reading.window"
local floor, min, max, huge = math.floor, math.min, math.max, math.huge

local M = {}

-- The total of a range, from first pages alone.
function M:total(start, stop)
  local spec = map.copy(self._options.spec)
  spec.range = { start = start, stop = stop }
  return count.total(self._client, spec)
end

-- Makes sure that the server has told its time: by one answer that the machine's clock agrees with,
-- else by several.
function M:ensure_clock()
  local client, start = self._client, self._checkpoint.from
  for _ = 1, clock.SEVERAL do
    if not client:doubts_time() then return true end
    local total, err, code = self:total(start, start)
    if not total then return nil, err, code end
    if not client:knows_time() then
      return failure(
        "clock", "the gateway's answers carry no Date, so what is settled can't be told")
    end
  end
  return true
end

-- How wide windows of a kind are to be: `steer` (`wdt.reading.window`), and `width` (seconds) of
-- the last one. What is past may hold more rows than what is new, and is not read by polls.
function M:pace(kind)
  local paces = self._paces
  paces[kind] = paces[kind] or { steer = window.steer(paces.new.steer.density) }
  return paces[kind]
end

-- The last second of a window of about the rows wanted that begins at `start`. While no density is
-- known, a first page's total tells it.
function M:stop_of(kind, start, stop)
  local pace = self:pace(kind)
  local spec, steer = self._options.spec, pace.steer
  stop = min(stop, start + spec.entry.span - (self._overlap and 1 or 0))
  if not steer.density and stop - start >= 60 then
    local total, err, code = self:total(start, stop)
    if not total then return nil, err, code end
    steer:learn(stop - start + 1, total)
  end
  local rows = checkpoint.rows(self._checkpoint, self._options.rows)
  local width = steer:width(rows) or stop - start + 1
  if pace.width then width = min(width, 4 * pace.width) end
  return min(stop, start + max(1, width) - 1)
end

function M:open_window(task)
  local w = sync_window.open(self, task, { client = self._client, spec = self._options.spec,
    rows = checkpoint.rows(self._checkpoint, self._options.rows), knowledge = self._knowledge,
    beyond = task.kind == "new" and self._beyond or nil })
  self._out[#self._out + 1] = w
  return w
end

-- A window of the first gap before the horizon; nil when there is none; or nil, err, code.
function M:open_new()
  local start, stop = checkpoint.gap(self._checkpoint, self._out, self._horizon)
  if not start then return nil end
  local err, code
  stop, err, code = self:stop_of("new", start, stop)
  if not stop then return nil, err, code end
  return self:open_window{ kind = "new", start = start, stop = stop }
end

function M:open_revisit(now)
  local task = checkpoint.revisit(self._checkpoint, self._options.revisit, self._out, now)
  if not task then return nil end
  -- a density is known by then
  task.kind, task.stop = "revisit", self:stop_of("revisit", task.start, task.stop)
  return self:open_window(task)
end

-- Looks at hours whose time has come, until one is to be read again: one that has grown. Where rows
-- leave their hour when they are modified, a row that came late may stand in the place of one that
-- left: there any other total will do, and an hour that fits a page is read straight away, which
-- costs the same call as its total.
function M:open_audit(now)
  local looks = self._options.looks
  while not self:stopping() do
    local look = checkpoint.bucket(self._checkpoint, looks, self._out, now)
    if not look then return nil end
    look.kind = "audit"
    if self._churns and look.known <= self._options.spec.page_size then
      return self:open_window(look) end
    local total, err, code = self:total(look.start, look.stop)
    if not total then return nil, err, code end
    if total > look.known or self._churns and total ~= look.known then
      return self:open_window(look) end
    self._checkpoint, self._unsaved = checkpoint.looked(self._checkpoint, look, total, looks), true
    if self:poll_is_due() then return nil end
  end
end

function M:poll_is_due()
  return self._client.host:now() >= self._poll_at
end

-- Learns from the traffic of what is new in how long it is worth looking again.
function M:learn_polls()
  local pass = self._pass
  if pass.seconds > 0 then self._polls:learn(pass.rows, pass.seconds) end
  self._pass = { rows = 0, seconds = 0 }
end

-- Everything up to the horizon is read or out: when to look again.
function M:rest()
  if self._poll_at < huge then return end
  self:learn_polls()
  self._poll_at = self._client.host:now() + self._polls.interval
end

-- Returns what is to be read next: what is new, then what is due again. Nil when nothing is due
-- now; or nil, err, code.
function M:plan()
  local repair = self:next_again()
  if repair ~= nil then return repair or nil end
  local now = self._client:certain_time()
  if self._only == "past" then return self:open_backfill(now) end
  if not self._horizon or self._options.follow and self:poll_is_due() then
    self._horizon, self._poll_at = min(floor(now) - self._lag, self._options.stop or huge), huge
  end
  local w, err, code = self:open_new()
  if w or err then return w, err, code end
  if self._options.follow then self:rest() end
  w = self:open_revisit(now)
  if w then return w end
  w, err, code = self:open_audit(now)
  if w or err or self._only == "present" then return w, err, code end
  return self:open_backfill(now)
end

-- Has the first pages of the next windows on their way.
function M:read_ahead()
  if self._again or self._only == "past" then return end
  while #self._out < self._options.lanes do
    local w = self:open_new()
    if not w then return end -- a failure comes again when it is this window's turn
    self._ahead[#self._ahead + 1] = w
    w:read_ahead()
  end
end

return M
