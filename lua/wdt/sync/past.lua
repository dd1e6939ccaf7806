--- Tells what a job is told to read once more: everything from a time on, or a range.
-- @module wdt.sync.past
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local copy = require "wdt.sync.copy"
local failure = require "wdt.error".failure
local misuse = require "wdt.error".misuse
local whole = require "wdt.whole"
local floor, max, min = math.floor, math.max, math.min

local M = {}

local KEYLESS = "%s takes no row twice: it has no keys, so nothing can be read again into it"

local BEFORE = "the copy begins at %s: what lies before that is read by 'backfill', or by a "
  .. "'from' that is earlier"
local UNREAD = "nothing has been copied from %s on: the last second that was read is %s"
local FUTURE = "nothing from %s on is settled yet: it is %s by the gateway's clock, and rows may "
  .. "take %d s to appear"

local function is_second(value)
  return whole.is(value, 0, 2 ^ 33)
end

-- Refuses where rows that come again would stand there twice.
local function check(self)
  local o = self._options
  if o.into and o.into.keyless then return failure("state", KEYLESS, o.target or "the target") end
  if #self._out > 0 then return failure("limit", "a window is out: commit or abandon it first") end
  return true
end

--- Has everything from a second on read again, before what is newer.
-- @tparam integer at epoch seconds, not before the copy's beginning, nor after what was read
-- @treturn boolean true once that is stored; or nil, err, code
function M:rewind(at)
  if not is_second(at) then misuse(2, "at", at, "whole epoch seconds") end
  local ok, err, code = check(self)
  if not ok then return nil, err, code end
  local kept = self._checkpoint
  if at < kept.from then return failure("state", BEFORE, beijing.format(kept.from)) end
  local last = kept.done[#kept.done]
  last = last and last[2] or kept.from - 1
  if at > last then
    return failure("state", UNREAD, beijing.format(at), beijing.format(last))
  end
  self._beyond = nil -- they are to come again as well
  return self:save(checkpoint.rewind(self._checkpoint, at))
end

-- The last second of a range that may be read by now: what is later comes as new.
local function settled_part(self, start, stop)
  local watermark = checkpoint.watermark(self._checkpoint)
  if stop < watermark then return stop end
  local ok, err, code = self:ensure_clock()
  if not ok then return nil, err, code end
  local now = self._client:certain_time()
  local settled = max(self:settled(now), watermark - 1)
  if start > settled then
    return failure("state", FUTURE, beijing.format(start), beijing.format(floor(now)), self._lag)
  end
  return min(stop, settled)
end

--- Has a range read again, or before the job's `from`, whenever nothing newer is to be read. What
-- of it has not settled yet is left to be read as new. Where the range ends after what was read,
-- the server may be asked for its time.
-- @tparam integer start epoch seconds
-- @tparam integer stop not before `start`, included
-- @treturn boolean true once that is stored; or nil, err, code
-- @treturn ?integer the last second of what will be read again
function M:backfill(start, stop)
  if not is_second(start) then misuse(2, "start", start, "whole epoch seconds") end
  if not is_second(stop) or stop < start then
    misuse(2, "stop", stop, "whole epoch seconds, not before start")
  end
  local ok, err, code = check(self)
  if ok then stop, err, code = settled_part(self, start, stop) end
  if not ok or not stop then return nil, err, code end
  ok, err, code = self:save(checkpoint.backfill(self._checkpoint, start, stop))
  if not ok then return nil, err, code end
  return true, stop
end

--- Opens a window of what is to be filled.
-- @tparam number now server time
-- @return a window; nil where nothing is; or nil, err, code
function M:open_backfill(now)
  local task = checkpoint.to_fill(self._checkpoint, self._out, floor(now) - self._lag)
  if not task then return nil end
  local err, code
  task.kind = "backfill"
  task.stop, err, code = self:stop_of("backfill", task.start, task.stop)
  if not task.stop then return nil, err, code end
  return self:open_window(task)
end

--- Copies one window: see `wdt.sync`.
-- @tparam ?string only `"present"`: nothing that is to be filled; `"past"`: only that
-- @tparam ?function watch
function M:step(only, watch)
  self._only = only
  local more, err, code, zh = copy.step(self, watch)
  self._only = nil
  return more, err, code, zh
end

return M
