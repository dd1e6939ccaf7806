--- The server's clock, as its answers tell it.
--
-- Each answer carries the second (`Date`) that passed on the server between sending and receiving,
-- so it bounds what has to be added to the local clock from both sides. An answer may be wrong: one
-- of several servers whose clock is ahead, a cache. So no answer moves anything by itself: the time
-- taken for certain is the earliest that the last answers tell. An answer from the past makes it
-- late for a while, which costs nothing but time. Pure.
-- @module wdt.calling.clock
local setmetatable, ipairs, min, max, huge = setmetatable, ipairs, math.min, math.max, math.huge

-- Answers that are remembered: that all of them are wrong, where one of 20 is, happens once in 25
-- billion.
local KEPT = 8

-- Answers that have to agree before they are believed against the local clock.
local SEVERAL = 3

-- Seconds by which clocks that agree may differ.
local AGREEMENT = 5

local Clock = {}
Clock.__index = Clock

--- An answer has told a second.
-- @tparam number second epoch seconds
-- @tparam number sent when the request was sent, on the local clock
-- @tparam number received when the answer had come
-- @treturn number what has to be added to the local clock, by this answer alone
function Clock:learn(second, sent, received)
  local bound = { least = second - received, most = second + 1 - sent }
  self.next = self.next % KEPT + 1
  self.bounds[self.next] = bound
  self.offset = self:earliest()
  return (bound.least + bound.most) / 2
end

-- The earliest offset that an answer allows, as closely as the answers that agree with it tell.
function Clock:earliest()
  local least, most = -huge, huge
  for _, bound in ipairs(self.bounds) do most = min(most, bound.most) end
  for _, bound in ipairs(self.bounds) do
    if bound.least <= most then least = max(least, bound.least) end
  end
  return (least + most) / 2
end

--- The earliest time that the last answers tell; while they are few, and the local clock tells an
-- earlier one, that.
-- @tparam number now on the local clock that `learn` was told
-- @tparam number wall epoch seconds, as the machine has them
-- @treturn ?number epoch seconds, nil before the first answer
function Clock:certain(now, wall)
  if not self.offset then return nil end
  local told = now + self.offset
  return #self.bounds < SEVERAL and min(told, wall) or told
end

--- True if another answer would make the certain time surer: few have told it, and the machine says
-- otherwise.
-- @tparam number now
-- @tparam number wall
-- @treturn boolean
function Clock:is_doubtful(now, wall)
  if not self.offset then return true end
  local apart = now + self.offset - wall
  return #self.bounds < SEVERAL and (apart > AGREEMENT or apart < -AGREEMENT)
end

local M = {
  --- Answers that have to agree.
  SEVERAL = SEVERAL,
}

--- @treturn Clock with `offset`, what has to be added to the local clock; nil before the first
-- answer
function M.new()
  return setmetatable({ bounds = {}, next = 0, offset = nil }, Clock)
end

return M
