--- The rows already handed out that may still come again, known by (identity, last modification).
--
-- Pieces of a window overlap, broken pages are read again, and a probe's rows lie ahead of the cursor; so what was handed out
-- is remembered until its window is done. Memory is bounded by the window, never by the range.
-- @module wdt.reading.seen
local setmetatable, type, tostring, pairs, next, huge = setmetatable, type, tostring, pairs, next, math.huge

local Seen = {}
Seen.__index = Seen

-- Of nearly every row only one version comes: `versions` and `times` hold it by identity. More of them are `others`, by both.
local function another(self, id, modified, time)
  local key, others = id .. "\0" .. modified, self.others or {}
  local known = others[key]
  if known == nil or time and known < time then others[key] = time or self.horizon end
  self.others = others
  return known == nil
end

--- Whether this version of the row comes for the first time; from now on it has been seen.
-- @param id the row's identity
-- @param modified its version; rows without one are told apart by identity alone
-- @tparam ?number time epoch seconds of the window's clock; a row that shows none is remembered as long as one of the last
-- second asked for (`horizon`)
-- @treturn boolean
function Seen:fresh(id, modified, time)
  if type(id) ~= "string" then id = tostring(id) end
  if type(modified) ~= "string" then modified = tostring(modified) end
  local versions, times = self.versions, self.times
  local version = versions[id]
  if version == modified then
    -- A row whose clock moved while its version stayed (a method without `modified`) must not be forgotten too early.
    if time and times[id] < time then times[id] = time end
    return false
  elseif version ~= nil or self.others then
    return another(self, id, modified, time)
  end
  versions[id], times[id] = modified, time or self.horizon
  return true
end

-- Keeps only the seconds from the first on and before the last.
local function keep(self, first, last)
  local versions, times, others = self.versions, self.times, self.others
  for id, at in pairs(times) do
    if at < first or at >= last then times[id], versions[id] = nil, nil end
  end
  if not others then return end
  for key, at in pairs(others) do
    if at < first or at >= last then others[key] = nil end
  end
  if next(others) == nil then self.others = false end
end

--- Forgets the rows that no later window can contain.
-- @tparam number time epoch seconds: everything before it is done
function Seen:forget_before(time)
  keep(self, time, huge)
end

--- Forgets rows that were met but not handed out.
-- @tparam number time epoch seconds: everything from it on
function Seen:forget_from(time)
  keep(self, -huge, time)
end

local M = {}

--- @treturn Seen
function M.new()
  return setmetatable({ versions = {}, times = {}, others = false, horizon = 0 }, Seen)
end

return M
