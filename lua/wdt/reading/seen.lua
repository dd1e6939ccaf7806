--- The rows already handed out that may still come again, known by (identity, last modification).
--
-- Pieces of a window overlap, broken pages are read again, and a probe's rows lie ahead of the cursor; so what was handed out
-- is remembered until its window is done. Memory is bounded by the window, never by the range.
-- @module wdt.reading.seen
local setmetatable, tostring, pairs = setmetatable, tostring, pairs

local Seen = {}
Seen.__index = Seen

--- Whether this version of the row comes for the first time; from now on it has been seen.
-- @param id the row's identity
-- @param modified its version; rows without one are told apart by identity alone
-- @tparam ?number time epoch seconds of the window's clock; a row that shows none is remembered as long as one of the last
-- second asked for (`horizon`)
-- @treturn boolean
function Seen:fresh(id, modified, time)
  local key = tostring(id) .. "\0" .. tostring(modified)
  local known = self.times[key]
  -- A row whose clock moved while its version stayed (a method without `modified`) must not be forgotten too early.
  if known == nil or time and known < time then self.times[key] = time or self.horizon end
  return known == nil
end

--- Forgets the rows that no later window can contain.
-- @tparam number time epoch seconds: everything before it is done
function Seen:forget_before(time)
  local times = self.times
  for key, at in pairs(times) do
    if at < time then times[key] = nil end
  end
end

--- Forgets rows that were met but not handed out.
-- @tparam number time epoch seconds: everything from it on
function Seen:forget_from(time)
  local times = self.times
  for key, at in pairs(times) do
    if at >= time then times[key] = nil end
  end
end

local M = {}

--- @treturn Seen
function M.new()
  return setmetatable({ times = {}, horizon = 0 }, Seen)
end

return M
