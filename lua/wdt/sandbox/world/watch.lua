--- A witness: what was in a window all along, and which versions of a row the world ever held.
--
--     local watch = world:watch(filter)      -- when a reading begins
--     ...                                    -- the reading
--     watch.stayed[id]            -- there throughout: the reading must have delivered it
--     watch:held(id, modified)    -- this version existed: the reading was allowed to deliver it
--     watch:close()
--
-- @module wdt.sandbox.world.watch
local map = require "wdt.map"
local setmetatable, pairs = setmetatable, pairs

local Watch = {}
Watch.__index = Watch

local M = {}

--- @tparam World world
-- @tparam table filter
-- @tparam[opt] number since begins in the past, within the world's memory: where replicas lag, a
-- reading sees that past
function M.new(world, filter, since)
  local self = setmetatable({ world = world, matches = world:matcher(filter), stayed = {},
    entered = {}, versions = {} }, Watch)
  local f = map.copy(filter)
  f.at = since
  for _, row in pairs(world:all(f)) do self.stayed[row.id] = row end
  if since and since < world.now then
    for _, change in pairs(world:changes_since(since)) do
      self:change(change[1], change[2], change[3]) end
  end
  world.watches[self] = true
  world.nwatches = world.nwatches + 1
  return self
end

--- Told by the world. `old` and `new` are rows or false.
function Watch:change(id, old, new)
  local versions = self.versions[id]
  if not versions then
    versions = {}
    self.versions[id] = versions
  end
  if old then versions[old.modified] = old end
  if new then versions[new.modified] = new end
  if self.stayed[id] then
    if new and self.matches(new) then self.stayed[id] = new else self.stayed[id] = nil end
  elseif new and self.matches(new) then
    self.entered[id] = true
  end
end

--- True if the world held this version of a row at any time since the watch began.
-- @tparam integer id
-- @tparam integer modified
-- @treturn boolean
function Watch:held(id, modified)
  local versions = self.versions[id]
  if versions then return versions[modified] ~= nil end
  local row = self.world:get(id)
  return row ~= nil and row.modified == modified
end

--- Ends the watch; what it saw can still be asked for.
function Watch:close()
  if self.world.watches[self] then
    self.world.watches[self] = nil
    self.world.nwatches = self.world.nwatches - 1
  end
end

return M
