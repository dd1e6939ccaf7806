--- Tells what a job is told to read once more: everything from a time on, or a range.
-- @module wdt.sync.past
local checkpoint = require "wdt.reading.checkpoint"
local copy = require "wdt.sync.copy"
local failure = require "wdt.error".failure
local misuse = require "wdt.error".misuse
local whole = require "wdt.whole"
local floor = math.floor

local M = {}

local KEYLESS = "%s takes no row twice: it has no keys, so nothing can be read again into it"

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
-- @tparam integer at epoch seconds
-- @treturn boolean true once that is stored; or nil, err, code
function M:rewind(at)
  if not is_second(at) then misuse(2, "at", at, "whole epoch seconds") end
  local ok, err, code = check(self)
  if not ok then return nil, err, code end
  self._beyond = nil -- they are to come again as well
  return self:save(checkpoint.rewind(self._checkpoint, at))
end

--- Has a range read again, or before the job's `from`, whenever nothing newer is to be read.
-- @tparam integer start epoch seconds
-- @tparam integer stop not before `start`, included
-- @treturn boolean true once that is stored; or nil, err, code
function M:backfill(start, stop)
  if not is_second(start) then misuse(2, "start", start, "whole epoch seconds") end
  if not is_second(stop) or stop < start then
    misuse(2, "stop", stop, "whole epoch seconds, not before start")
  end
  local ok, err, code = check(self)
  if not ok then return nil, err, code end
  return self:save(checkpoint.backfill(self._checkpoint, start, stop))
end

--- Opens a window of what is to be filled.
-- @tparam number now server time
-- @return a window; nil where nothing is; or nil, err, code
function M:open_backfill(now)
  local task = checkpoint.to_fill(self._checkpoint, self._out, floor(now) - self._lag)
  if not task then return nil end
  local err, code
  task.kind = "backfill"
  task.stop, err, code = self:stop_of(task.start, task.stop)
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
