--- Runs all streams of one account on its one budget: each turn is a window of the stream that is
-- most behind its target (`wdt.sync.schedule`). Each stream is a job of its own, with a state of
-- its own: killed at any moment, each goes on where it was.
--
--     local runner = require "wdt.fleet.runner".new{ client = client, streams = streams,
--       follow = true }
--     while true do
--       local at = runner:turn()                -- true: there is more to do
--       …
--     end
-- @module wdt.fleet.runner
local configuration = require "wdt.fleet.configuration"
local snapshot = require "wdt.fleet.snapshot"
local patience = require "wdt.sync.patience"
local schedule = require "wdt.sync.schedule"
local state = require "wdt.state"
local setmetatable, ipairs, pairs, pcall, type, max, min = setmetatable, ipairs, pairs, pcall, type,
  math.max, math.min

local Runner = {}
Runner.__index = Runner

-- Seconds before a stream that failed is tried again: the first time, and at most.
local LEAST, MOST = 15, 600

-- Codes of failures that pass where a stream follows, besides those of the gateway: a database that
-- is away, a state that another process holds.
local PASSING = { output = true, state = true, closed = true }

-- Makes a stream's job. Of a state that hosts share, the lease is that of the accounts: who takes
-- over an account is to have its jobs as well.
local function make(client, stream, lease)
  if stream.every then return snapshot.open(client, stream) end
  local job = configuration.job(stream)
  if type(job.state) == "string" and lease then job.state = state.open(job.state, lease) end
  return client:sync(job)
end

-- Opens a stream's job; or nil, err, code. A setting that can't be used is raised as misuse.
local function open(self, stream)
  local ok, opened, err, code = pcall(make, self.client, stream, self.lease)
  if not ok then return nil, "config: " .. opened, "config" end
  return opened, err, code
end

-- Tells how far a job is.
local function tell(self, event, entry, more)
  more = more or {}
  more.account, more.stream = self.name, entry.stream.name
  self.emit(event, more)
end

-- Streams that people have paused have no turns, and their states are given back. True where one
-- was paused, or is to go on, since the last look.
function Runner:heed_pauses()
  local changed = false
  for _, entry in self.schedule:each() do
    local held = self.paused(entry.stream.name)
    if held ~= entry.held then
      changed, entry.held = true, held
      if held then self:close_job(entry) end
      if not entry.past then tell(self, held and "paused" or "resumed", entry) end
    end
  end
  return changed
end

-- A stream does not go on.
function Runner:fail(entry, err, code)
  self:close_job(entry)
  local stream = entry.stream
  if not self.follow or not (PASSING[code] or patience.PASSING[code]) then
    self.failures[stream.name], self.ended[stream] = { err, code }, true
    self.schedule:remove(entry)
    return tell(self, "stream_failed", entry, { error = err, code = code })
  end
  -- who holds a state gives it back without a word: it is asked for again and again
  local pause = code == "state" and LEAST or min(MOST, LEAST * 2 ^ (entry.failed or 0))
  entry.failed = min((entry.failed or 0) + 1, 16)
  local now = self.host:now()
  self.schedule:done(entry, now, { calls = 0, due = now + pause })
  tell(self, "outage", entry, { error = err, code = code, retry_in = pause })
end

-- Entries of a stream's backfill share its job.
function Runner:close_job(entry)
  local job = self.jobs[entry.stream]
  self.jobs[entry.stream] = nil
  if job then job:close() end
end

function Runner:job_of(entry)
  local job = self.jobs[entry.stream]
  if job then return job end
  local err, code
  job, err, code = open(self, entry.stream)
  if not job then return nil, err, code end
  self.jobs[entry.stream] = job
  return job
end

-- Adds what a stream was asked to fill, beside the stream itself.
function Runner:add_backfill(entry, left)
  if entry.past or entry.filling or left == 0 then return end
  entry.filling = true
  self.schedule:add(entry.name .. " backfill", { stream = entry.stream, of = entry, past = true,
    target = entry.target }, self.host:now())
end

-- When a stream that has nothing to read is to look again: after its poll's interval, or halfway to
-- its target.
local function rest(entry, progress, now)
  local slack = entry.target - (progress.behind or entry.target)
  return now + max(progress.interval, slack / 2)
end

-- A stream has had its turn.
function Runner:account(entry, more, before)
  local job, now = self.jobs[entry.stream], self.host:now()
  local progress = job:progress()
  local calls = max(1, progress.calls - before)
  entry.failed = nil
  self:add_backfill(entry, progress.to_fill or 0)
  if more then
    return self.schedule:done(entry, now, { calls = calls, behind = progress.behind })
  end
  local ended = not self.follow or entry.past
    or entry.stream.stop and progress.watermark > entry.stream.stop
  if not ended then
    return self.schedule:done(entry, now, { calls = calls, behind = progress.behind,
      due = rest(entry, progress, now) })
  end
  self.schedule:remove(entry)
  if entry.of then entry.of.filling = nil end
  self.ended[entry.stream] = not entry.past or nil
  if not entry.past then tell(self, "stream_done", entry, { progress = progress }) end
end

--- Does one thing: a window of a stream, or finds out when there is something to do.
-- @treturn ?boolean|number true: go on; a number: nothing is due before that time of the host's
-- clock; nil: all streams have ended
function Runner:turn()
  self:heed_pauses()
  local entry, at = self.schedule:next(self.host:now())
  if not entry then return at end
  self.active = entry.stream.name
  local job, err, code = self:job_of(entry)
  if not job then
    self:fail(entry, err, code)
    return true
  end
  local before = job:progress().calls
  local more
  more, err, code = job:step(entry.past and "past" or "present", self.watch)
  if more == nil then
    self:fail(entry, err, code)
  else
    self:account(entry, more, before)
  end
  return true
end

-- Keeps the leases on states while no stream has a turn; jobs of lists have none.
function Runner:keep()
  for _, job in pairs(self.jobs) do
    if job.keep then job:keep() end
  end
end

--- Runs until all streams have ended, or `stopping` says so.
-- @tparam function stopping returns true when it is to end
-- @treturn {[string]={string,string}} failures by stream: text and code
function Runner:run(stopping)
  local function over()
    self:keep()
    return stopping() or self:heed_pauses()
  end
  while not stopping() do
    local at = self:turn()
    if at == nil then break end
    if at ~= true then patience.pause(self.host, at, over) end
  end
  return self.failures
end

--- How far each stream is that is open.
-- @treturn {[string]=table} progress by stream
function Runner:progress()
  local all = {}
  for stream, job in pairs(self.jobs) do all[stream.name] = job:progress() end
  return all
end

--- The stream that has its turn, or had the last one: whose are the events of the client.
-- @treturn ?string its name
function Runner:current()
  return self.active
end

-- How far a stream is, seconds behind now; of one whose job is not open, by what was last known of
-- it, and at least as far as this runner is old.
local function distance(self, stream)
  local job = self.jobs[stream]
  local progress = job and job:progress()
  local mark = progress and progress.watermark or self.marks[stream]
  if mark == 0 then mark = nil end -- a list that was never read
  self.marks[stream] = mark
  if self.ended[stream] and not self.failures[stream.name] then return mark end
  return mark, progress and progress.behind or mark and self.client:server_time() - mark
    or self.host:now() - self.begun
end

--- How each stream is.
-- @treturn {table...} `{ account, job, target, watermark, behind, running, paused }`: seconds, and
-- epoch seconds; `running` is false once it has ended or waits for a person, `behind` nil of one
-- that has read all it was to read
function Runner:states()
  local list = {}
  for i, stream in ipairs(self.streams) do
    local mark, behind = distance(self, stream)
    list[i] = { account = self.name, job = stream.name, target = stream.target, watermark = mark,
      behind = behind, running = not self.ended[stream], paused = self.paused(stream.name) }
  end
  return list
end

--- Gives everything back. Idempotent.
function Runner:close()
  for _, job in pairs(self.jobs) do job:close() end
  self.jobs = {}
end

local M = {}

--- @tparam table o `client`, `streams` (of `wdt.fleet.configuration`), `name` of the account,
-- `follow`, `lease` (seconds, of hosts that share accounts), `emit(event, what)`, `watch(rows)`,
-- `paused(stream)` (true: that one has no turn)
-- @treturn Runner
function M.new(o)
  local self = setmetatable({ client = o.client, host = o.client.host, name = o.name,
    follow = o.follow or false, lease = o.lease, emit = o.emit or function() end, watch = o.watch,
    paused = o.paused or function() return false end,
    streams = o.streams, begun = o.client.host:now(), schedule = schedule.new(), jobs = {},
    failures = {}, ended = {}, marks = {} }, Runner)
  for _, stream in ipairs(o.streams) do
    self.schedule:add(stream.name, { stream = stream, target = stream.target },
      self.host:now())
  end
  return self
end

return M
