--- Incremental reading: a copy of an account's rows in another system, kept for years, whatever is
-- killed meanwhile.
--
--     local job = assert(client:sync{ what = "stockouts", query = { status = 95 },
--                                     from = "2026-01-01", into = "sqlite:erp.db" })
--     assert(job:run())
--
-- or, into a place that no sink (`wdt.sink`) knows of, with a state (`wdt.state`) of one's own:
--
--     local job = assert(client:sync{ what = "stockouts", from = …,
--                                     state = wdt.state.file "shipped.state" })
--     for window in job:windows() do
--       for so in window:rows() do db:upsert(so) end
--       db:commit()                                        -- first the rows are safe,
--       assert(window:commit())                            -- then the window is done
--     end
--
-- Killed at any moment, nothing is lost, and at most one window is read again (one per lane):
-- writing a row must be an upsert by its identity. Options:
--
-- | option | default | |
-- | --- | --- | --- |
-- | `what` or `method` | | `"stockouts"`, `"cancelled_stockouts"`, or a query method |
-- | `query` | | as for a stream, without times: parameters, `fields`, `as`, `strict`, … |
-- | `route` | `"direct"` | `"qimen"` or `"both"`: by which gateways |
-- | `from` | | where to begin; not needed once there is a state. An earlier one reads what lacks |
-- | `stop` | | where to end, included; else with what has settled, or, with `follow`, never |
-- | `into` | | a target, `"sqlite:FILE"`, or a sink (`wdt.sink`), for `job:run()` |
-- | `state` | in the target | a store (`wdt.state`), or its text, `"file:PATH"`; files need one |
-- | `adopt` | | the address of another gateway, by which the copy was begun that is to go on |
-- | `name` | the method | for logs; the table, or what the files' names begin with |
-- | `lag` | 180 s | how long a row may take to become visible; read is what is older than that |
-- | `follow` | false | poll for ever, whatever passes by itself, until a signal or `job:stop()` |
-- | `poll` | `{ least = 15, most = 120 }` | seconds between polls; else half a page of traffic |
-- | `signals` | as `follow` | SIGINT, SIGTERM, SIGHUP end the loop; the second one the process |
-- | `lanes` | 1 | windows that may be out at a time, each read ahead by its first page |
-- | `rows` | 15 pages | of a window, about: what a kill repeats; more with a list of statuses |
-- | `revisit` | | `{"1d", "7d", "30d"}`: every window is read again at these ages |
-- | `audit` | | true, or ages like `{"1h", "6h", "1d"}`: an hour whose total grew is read again |
--
-- **What a query sees.** A window is about one time of a row (`wdt.query`, seed E §1.3). By
-- *modified* time (`status` below 95; `is_by_modified = 1` with a status, where the account has it;
-- the ultimate edition's cancelled ones), a row comes again whenever it changes, as long as it
-- still matches the query: a row that leaves the status does not come again, so follow all statuses
-- that matter. By *consign* time (no status, or 95 and above without `is_by_modified`) a row comes
-- when it is shipped, and never because it changed afterwards: `revisit` reads it again. A row that
-- is visible only after `lag` is missed by the first reading; `audit` finds it at its next look at
-- that hour: one call an hour and look. By modified time, where rows leave their hour, it costs
-- more in hours of more rows than a page holds: they are read again whenever their total is
-- another.
--
-- With one lane every version of a row comes once, but for revisits, audits and what a kill
-- repeats.
--
-- The time is the server's (`Date` of its answers): the earliest that the last answers tell. State
-- holds the last 100 windows as a ledger, and grows no further; the one who wants all lines takes
-- the `commit` events of the client's `log`.
-- @module wdt.sync
local blind = require "wdt.edition.blind"
local map = require "wdt.map"
local checkpoint = require "wdt.reading.checkpoint"
local findings = require "wdt.reading.deviations"
local intervals = require "wdt.reading.intervals"
local options = require "wdt.sync.options"
local past = require "wdt.sync.past"
local patience = require "wdt.sync.patience"
local plan = require "wdt.sync.plan"
local stopping = require "wdt.sync.stopping"
local text = require "wdt.state.text"
local window = require "wdt.reading.window"
local copy = require "wdt.sync.copy"
local reading_again = require "wdt.sync.again"
local failure = require "wdt.error".failure
local setmetatable, error, pairs, ipairs, select = setmetatable, error, pairs, ipairs, select
local floor, min, huge, remove = math.floor, math.min, math.huge, table.remove

local methods = map.add(map.copy(plan), stopping)

-- Stores what looks have found since the last commit.
function methods:save_looks()
  if not self._unsaved then return true end
  return self:save(self._checkpoint)
end

methods.rewind, methods.backfill, methods.open_backfill = past.rewind, past.backfill,
  past.open_backfill
methods.reads, methods.reader = reading_again.reads, reading_again.reader
methods.looker = reading_again.looker
methods.again, methods.next_again = reading_again.again, reading_again.next_again
methods.has_repaired = reading_again.has_repaired
methods.wait_until, methods.renew, methods.outlasts = patience.wait_until, patience.renew,
  patience.outlasts
methods.keep = patience.keep

-- The pass is over, or was stopped: what was read ahead for no one is given back.
function methods:over()
  self._horizon, self._poll_at = nil, huge
  self:learn_polls()
  while self._ahead[1] do self._ahead[1]:abandon() end
  self:release_signals()
  return self:save_looks()
end

--- The next window.
-- @treturn ?Window see `wdt.sync.window`; nil when everything up to the server's time less the lag
-- has been read (`follow`: when it was stopped), calling again looks again; or nil, err, code
function methods:next()
  if self._closed then return failure("closed", "the job was closed") end
  if #self._out - #self._ahead >= self._options.lanes then
    return failure("limit", "%d of %d windows are out; commit or abandon one, or give more lanes",
      #self._out - #self._ahead,
      self._options.lanes)
  end
  self:catch_signals()
  while true do
    local w, err, code = self:look()
    if w then return w end
    local again = err and self:outlasts(err, code)
    if err and again == nil then return nil, err, code end
    if not again then
      local ok
      ok, err, code = self:over()
      if not ok then return nil, err, code end
      return nil
    end
  end
end

-- The next window, waiting for polls; nil when everything is read or the loop is to end; or nil,
-- err, code.
function methods:look()
  local ok, err, code = self:ensure_clock()
  if not ok then return nil, err, code end
  self:begin()
  while not self:stopping() do
    ok, err, code = self:renew()
    if not ok then return nil, err, code end
    local w = remove(self._ahead, 1)
    if not w then w, err, code = self:plan() end
    if err then return nil, err, code end
    if w then
      self:read_ahead()
      return w
    end
    ok, err, code = self:save_looks()
    if not ok then return nil, err, code end
    if not self._options.follow or self._horizon >= (self._options.stop or huge) then break end
    err, code = select(2, self:wait_until(self._poll_at))
    if err then return nil, err, code end
  end
  return nil
end

function methods:begin()
  if self._begun then return end
  self._begun = true
  self._checkpoint = checkpoint.begin_revisits(self._checkpoint, self._options.revisit,
    self._client:certain_time())
end

--- For a `for` loop, which raises a failure as the string that `next` returns.
-- @treturn function
function methods:windows()
  return function()
    local w, err = self:next()
    if not w and err then error(err, 0) end
    return w
  end
end

--- Copies window by window into the target that the job was opened with (`into`): the rows are safe
-- there before the window is done here. A window that breaks leaves nothing there.
-- @tparam ?function watch called with the rows of the window so far, after each; with 0 after a
-- window
-- @treturn boolean true when `next` came to its end; or nil, err, code and, of a target that can't
-- be written, the text in Chinese
function methods:run(watch)
  if not self._options.into then
    error("parameter 'into' is nil, expected a target: this job has none to copy into", 2)
  end
  return copy.run(self, watch)
end

--- Copies the next window into the target, for a program that runs several jobs in turn.
-- @tparam ?string only `"past"`: of what `backfill` asked for; `"present"`: of all else
-- @tparam ?function watch as for `run`
-- @treturn boolean true after a window, false where nothing is to be read now; or nil, err, code,
-- zh
function methods:step(only, watch)
  if not self._options.into then
    error("parameter 'into' is nil, expected a target: this job has none to copy into", 2)
  end
  return past.step(self, only, watch)
end

--- Ends the loop: `next` hands out no further window. Windows that are out can still be read and
-- committed.
function methods:stop()
  self._stopped = true
end

--- Tells up to which second rows are settled by now.
-- @tparam number at server time
-- @treturn integer epoch seconds
function methods:settled(at)
  return floor(at) - self._lag
end

--- The server's clock turned out to be earlier than a pass was planned by.
-- @tparam integer settled the last second that may be read
function methods:draw_in(settled)
  -- none where the pass is over already
  self._horizon = self._horizon and min(self._horizon, settled)
end

--- Told by a window that has been read to its end.
-- @tparam Window w
-- @tparam table progress its stream's
function methods:has_read(w, progress)
  if self._found then findings.add(self._found, progress, progress.deviations) end
  local pace = self._paces[w.kind]
  if not pace or w.void then return end
  local seconds = w.stop - w.start + 1
  pace.steer:learn(seconds, w.rows_read)
  pace.width = seconds
  if w.kind ~= "new" then return end
  self._pass.rows, self._pass.seconds = self._pass.rows + w.rows_read, self._pass.seconds + seconds
end

--- Told by a window that is out no more.
function methods:take_back(w)
  for _, list in pairs{ self._out, self._ahead } do
    for i, one in ipairs(list) do
      if one == w then
        remove(list, i)
        break
      end
    end
  end
end

-- Stores a checkpoint; only then it counts.
function methods:save(new)
  local ok, err, code = self._options.state:save(text.seal(new))
  if not ok then return nil, err, code end
  self._checkpoint, self._unsaved = new, false
  return true
end

--- Told by a window that the loop's end has cut off: it comes again, and smaller. That is stored
-- when the job is closed; where it can't be, only the size is forgotten.
function methods:halve()
  self._checkpoint, self._unsaved = checkpoint.halve(self._checkpoint), true
end

--- Told by a window whose rows are safe.
function methods:commit(w)
  if self._closed then return failure("closed", "the job was closed") end
  self._failures = 0
  if not w.void then -- one that rested on a wrong time settles nothing
    local o = self._options
    local new = checkpoint.commit(self._checkpoint, w, o.revisit, o.looks,
      self._client:certain_time())
    new.density = self._paces.new.steer.density
    local ok, err, code = self:save(new)
    if not ok then return nil, err, code end
    self._beyond = w.beyond or self._beyond
    if w.kind == "repair" then self:has_repaired() end
    self._client:emit("commit", { name = o.name, kind = w.kind, start = w.start, stop = w.stop,
      rows = w.rows_read,
      calls = w.calls, certificate = w.certificate, first = w.first, last = w.last })
  end
  self:take_back(w)
  return true
end

--- How far it is.
-- @treturn table `watermark` (epoch seconds: everything before it is read and committed), `behind`
-- (seconds between it and the server's time, nil before the first answer), `blind` (as of a
-- stream), `interval` (seconds
-- between polls), `to_fill` (seconds that are asked for again), and since the beginning:
-- `windows`, `rows`, `calls` of committed windows, `uncertified` windows, `audited` looks at hours,
-- `grown` of them. With `typed` or `mask` also what a stream's progress tells of unknown, missing
-- and retyped fields, of the windows that this process has read to their end
function methods:progress()
  local b, client = self._checkpoint, self._client
  local watermark = checkpoint.watermark(b)
  local progress = { watermark = watermark, behind = client:knows_time()
    and client:certain_time() - watermark or nil,
    interval = self._polls.interval, windows = b.windows, rows = b.rows, calls = b.calls,
    uncertified = b.uncertified, blind = blind.describe(self._options.spec.blind),
    audited = b.audited, grown = b.grown, to_fill = intervals.seconds(b.backfill or {}) }
  if self._found then findings.add(findings.new(progress), self._found, self._found.deviations) end
  return progress
end

--- The last windows committed, oldest first.
-- @treturn {table...} `{ kind, start, stop, rows, calls, certificate, first, last, at }`, times in
-- epoch seconds
function methods:ledger()
  local lines = {}
  for i, line in ipairs(self._checkpoint.ledger) do
    lines[i] = map.copy(line)
  end
  return lines
end

--- Gives everything back: windows that are out, the lock on the state, the sink. Idempotent.
function methods:close()
  if self._closed then return end
  self._closed = true
  while self._out[1] do self._out[1]:abandon() end
  self:save_looks()
  self:release_signals()
  self._client:forgets(self)
  self._options.state:unlock()
  if self._options.into then self._options.into:close() end
end

local Job = { __index = methods, __metatable = false, __name = "wdt.sync", __close = methods.close,
  __gc = methods.close }

-- True if a row that changes leaves the second at which it was read.
local function churns(spec)
  for _, variant in ipairs(spec.variants) do
    if variant.clock == spec.entry.modified then return true end
  end
  return false
end

local M = { options = options }

--- Opens a job: takes the lock, reads the state, and holds it against the target. Nothing is sent.
-- @tparam Accounts client (`wdt.calling.accounts`)
-- @tparam table o as `wdt.sync.options.check` returns it; its sink is the job's from now on
-- @treturn Job; or nil, err, code; of a target that can't be used also the text in Chinese
function M.open(client, o)
  local function refuse(...)
    if o.into then o.into:close() end
    return nil, ...
  end
  if o.state.on then o.state:on(client.host) end
  local ok, err, code, zh = o.state:lock()
  if not ok then return refuse(err, code) end
  local draw = ("%.17g"):format(client.host:random())
  local kept, moved
  kept, err, code, moved = copy.checkpoint_of(o)
  if kept then ok, err, code, zh = copy.bind(o, kept, o.state.path or o.name, draw) end
  if not kept or not ok then
    o.state:unlock()
    return refuse(err, code, zh)
  end
  local self = setmetatable({ _client = client, _options = o, _lag = o.lag, _checkpoint = kept,
    _paces = { new = { steer = window.steer(kept.density) } }, _out = {}, _ahead = {},
    _found = o.spec.types and findings.new(),
    _knowledge = {}, _overlap = true, _pass = { rows = 0, seconds = 0 }, _poll_at = huge,
    _churns = churns(o.spec), _unsaved = moved or false, _stopped = false,
    _failures = 0, -- since the last window that was read, and whose rows are safe
    _polls = checkpoint.polls(o.poll.least, o.poll.most, o.spec.page_size) }, Job)
  if o.state.renew then client:keeps(self) end
  return self
end

return M
