--- A window of a synchronisation: read it to its end, make its rows safe, commit it.
--
--     for so in window:rows() do db:upsert(so) end
--     db:commit()
--     assert(window:commit())
--
-- Fields for the one who wants to know: `kind` (`"new"`, `"revisit"`, `"audit"`, `"repair"`,
-- `"backfill"`), `start`, `stop` (epoch seconds, both included), and, once it has been read to its
-- end, `rows_read` (those of its seconds, whichever window has handed them out), `calls`,
-- `certificate` (`wdt.reading.certificate`), `first` and `last` (the first and last second that a
-- row was read of). `time` is that of the row handed out last, nil where it does not tell.
-- @module wdt.sync.window
local map = require "wdt.map"
local checkpoint = require "wdt.reading.checkpoint"
local stream = require "wdt.stream"
local failure = require "wdt.error".failure
local setmetatable, error, pairs, min, max, floor = setmetatable, error, pairs, math.min, math.max,
  math.floor

-- `Date` tells the time to a second; an answer that corrects it by less is no reason to read that
-- second again.
local TOLERANCE = 1

local methods = {}

-- Begins to read, or begins again from the first row.
function methods:begin()
  local client = self._client
  self.tries, self.rows_read, self.by_hour = (self.tries or 0) + 1, 0, {}
  self.first, self.last = nil, nil
  self._opened, self.opened_at = client.host:now(), client:certain_time()
  self._stream = stream.open(client, self._spec, self._knowledge)
  -- A copy: a window that begins again knows nothing of the rows that its first try handed out.
  if self._before then self._stream:assume_delivered(self._before:copy()) end
  self._stream:observe{
    page = function()
      if self:may_end_early() then self._stream:stop(true) end
    end,
    row = function(time)
      self.time = time
      if not time then return end
      self.first, self.last = min(self.first or time, time), max(self.last or time, time)
      self:count(time)
    end,
    -- A row that two routes show counts twice, as it does in the totals that an audit asks for.
    twin = function(time)
      if time then self:count(time) end
    end,
  }
end

-- Counts a row into its hour.
function methods:count(time)
  local hour = floor(time / checkpoint.BUCKET)
  self.by_hour[hour] = (self.by_hour[hour] or 0) + 1
end

-- A window of one query ends early where the job is to end, since a worker of nginx that shuts down
-- opens nothing any more. An hour that is audited has to be read whole.
function methods:may_end_early()
  local host = self._client.host
  return self.kind ~= "audit" and self.kind ~= "repair" and #self._spec.variants == 1
    and host.stopping ~= nil
    and host:stopping()
end

-- The host has refused to go on: what was read to its end counts all the same.
function methods:saves_what_was_read(code)
  local unread = self._stream:unread()
  if code ~= "closed" or not self:may_end_early() or not unread or unread <= self.start then
    return false
  end
  self._cut, self.cut_short = unread, true
  return true
end

--- The next row. Where the job follows, a failure that passes by itself is waited for, and the
-- window is read again from its first row; `tries` counts how often that was begun.
-- @return row; nil when all have been read; or nil, err, code: then the window has been given back,
-- and comes again
function methods:next()
  if self._ended then return nil, self._ended[1], self._ended[2] end
  while true do
    local row, err, code = self._stream:next()
    if row ~= nil then
      self.rows_read = self.rows_read + 1
      return row
    end
    if not err or self:saves_what_was_read(code) then
      self:finish()
      return nil
    end
    if code == "closed" and self:may_end_early() then self._job:halve() end
    local again = self._job:outlasts(err, code)
    if again == false then err, code = "closed: the job was stopped, after " .. err, "closed" end
    if not again then
      self:give_up(err, code)
      return nil, err, code
    end
    self._stream:close()
    self:begin()
  end
end

--- For a `for` loop, which raises a failure as the string that `next` returns.
-- @treturn function
function methods:rows()
  return function()
    local row, err = self:next()
    if row == nil and err then error(err, 0) end
    return row
  end
end

-- All rows have been read. The window ends where the stream found enough, and no later than what
-- the server's clock, as its answers tell it by now, allows: had one answer told a wrong time, rows
-- could still appear in what was taken for settled.
function methods:finish()
  local job, progress = self._job, self._stream:progress()
  self._ended, self._complete = {}, true
  self.calls, self.certificate = progress.calls, progress.certificate
  local cut = self._cut or self._stream:cut_at()
  if cut then self.stop = min(self.stop, cut - 1) end
  if self.kind == "new" then
    local ago = self._client.host:now() - self._opened
    self.opened_at = min(self.opened_at, self._client:certain_time() - ago)
    local settled = job:settled(self.opened_at)
    if settled < self.stop - TOLERANCE then
      self.stop = settled
      job:draw_in(settled)
    end
    self.void = self.stop < self.start
    self:settle_accounts()
  end
  self._stream:close()
  job:has_read(self, progress)
end

-- Pages that were asked for before the window's end was drawn in may have shown rows after it. They
-- are handed out and need not come again, but are rows of the next window; as those that the window
-- before has shown are rows of this one. So each is counted once, also where the next process,
-- which can't know them, reads them again.
function methods:settle_accounts()
  local function add(tally, sign)
    for hour, n in pairs(tally) do
      self.by_hour[hour] = (self.by_hour[hour] or 0) + sign * n
      self.rows_read = self.rows_read + sign * n
    end
  end
  if self._before then add(self._before:tally(self.start, checkpoint.BUCKET), 1) end
  self.beyond = self._stream:delivered()
  self.beyond:forget_before(self.stop + 1)
  add(self.beyond:tally(self.stop + 1, checkpoint.BUCKET), -1)
end

function methods:give_up(err, code)
  self._ended = { err, code }
  self._stream:close()
  self._job:take_back(self)
end

--- Has the first page on its way, where the rate allows it now.
function methods:read_ahead()
  self._stream:start()
end

--- Gives the window back unread or uncommitted; it comes again. Idempotent.
function methods:abandon()
  if self._committed or self._ended and self._ended[1] then return end
  self._complete = false
  self:give_up("closed: the window was abandoned", "closed")
end

--- The rows are safe: the window is never read again, and the watermark may move.
-- @treturn boolean true once that is stored; or nil, err, code: `state` when the state can't be
-- written (commit may be tried again) or the window was not read to its end, `closed` when the job
-- was closed
function methods:commit()
  if self._committed then return true end
  if not self._complete then
    return failure("state", "a window can be committed once it has been read to its end") end
  local ok, err, code = self._job:commit(self)
  if not ok then return nil, err, code end
  self._committed = true
  return true
end

local Window = { __index = methods, __metatable = false, __name = "wdt.sync.window" }

local M = {}

--- @tparam Job job told by `has_read`, `take_back`, `commit`, `halve`; asked by `outlasts` and
-- `settled`, and drawn in by `draw_in`
-- @tparam table task `{ kind, start, stop }` and `revisit_age`, or `hour` and `looks`
-- @tparam table given `client`; the job's `spec`; `rows` that a window is to have; `knowledge` that
-- streams share; `beyond`: rows of this window that the one before it has handed out (a Seen)
-- @treturn Window
function M.open(job, task, given)
  local spec = map.copy(given.spec)
  spec.range = { start = task.start, stop = task.stop }
  if task.kind ~= "audit" and task.kind ~= "repair" then spec.rows = given.rows end
  local self = setmetatable(task, Window)
  self._job, self._client, self._spec = job, given.client, spec
  self._knowledge, self._before = given.knowledge, given.beyond
  self:begin()
  return self
end

return M
