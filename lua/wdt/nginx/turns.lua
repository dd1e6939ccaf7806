--- Turns of a worker's event loop, which all who work long have together.
--
-- A *round* is what a worker does between two looks at its sockets. A light thread that reads,
-- decodes or writes for long calls `rest` again and again. Once all of them have worked `BUDGET`
-- seconds in this round, the one who calls waits, and the event loop turns. Those who wait are
-- given turns one after the other, each in a round of its own: so a small request waits for one
-- turn, however many there are who read.
--
-- A light thread that is killed while it waits leaves its turn unused, and holds up no one.
-- @module wdt.nginx.turns
local clock = require "wdt.nginx.clock"
local ngx = require "ngx"
local max = math.max
local now = clock.now

local M = {
  --- Seconds of work in a round, of all together.
  BUDGET = 0.004,
}

-- Seconds of a wait; nginx has no shorter one (0 is a trap without OpenResty's patch).
local SHORTEST = 0.001

-- The round, by the time that nginx has cached for it; and in monotonic seconds when its work
-- began, and from when on no turn is given yet.
local round, began, free = nil, 0, 0

-- When a light thread last found the time of a round used up at the turn that it was given: the
-- machine is slower than turns are given. While that is so, those who come from work wait longer
-- than those who were passed over: nginx wakes the ones first whose time came first.
local passed_over, RECENT = 0, 0.1

-- Notes the round. Rounds within one millisecond are taken for one.
local function look()
  local cached, at = ngx.now(), now()
  if cached ~= round then round, began = cached, at end
  return at
end

--- Tells that work begins: what follows counts for this round. To be called by one who was woken.
-- @function woken
M.woken = look

--- Returns at once while this round has time left; else waits for a turn.
-- Only where nginx can wait: in a request's content, rewrite or access, or in a timer.
function M.rest()
  local at = look()
  if at - began < M.BUDGET then return end
  local soonest = at - passed_over < RECENT and 2 * SHORTEST or SHORTEST
  local wait = max(free - at, soonest)
  free = at + wait + M.BUDGET
  while true do
    ngx.sleep(wait)
    at = look()
    if at - began < M.BUDGET then return end
    passed_over, wait = at, SHORTEST
  end
end

return M
