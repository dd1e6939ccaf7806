--- Identical questions at the same time are asked once, in each worker: the first one asks, the
-- others wait for its answer. Where the first one's client goes away, one of the others asks.
-- @module wdt.serve.once
local ngx = require "ngx"
local semaphore = require "ngx.semaphore"
local select, setmetatable = select, setmetatable
local unpack = unpack -- luacheck: ignore (LuaJIT has it)

local Flight = {}
Flight.__index = Flight

-- A semaphore waits for whole milliseconds: for less than one it does not wait at all, and time
-- stands still for one who asks it again and again.
local M = { SOONEST = 0.0011 }

local flights = {}

--- Ends a question that was asked here, answered or not. Idempotent.
function Flight:land()
  if flights[self.key] == self then flights[self.key] = nil end
  if self.waiting > 0 then self.lights:post(self.waiting) end
  self.waiting = 0
end

--- Asks, or waits for who asks the same.
-- @tparam string key of the question
-- @tparam number seconds to wait at most
-- @tparam function lead told the flight where this one asks: the caller has it `land` however its
-- request ends
-- @tparam function run asks
-- @return what `run` returned, here or there
function M.ask(key, seconds, lead, run)
  local stop = ngx.now() + seconds
  while flights[key] and stop - ngx.now() >= M.SOONEST do
    local flight = flights[key]
    flight.waiting = flight.waiting + 1
    local woken = flight.lights:wait(stop - ngx.now())
    if not woken then flight.waiting = flight.waiting - 1 end
    if flight.results then return unpack(flight.results, 1, flight.n) end
  end
  local flight = setmetatable({ key = key, waiting = 0, lights = semaphore.new(0) }, Flight)
  flights[key] = flight
  lead(flight)
  local function keep(...)
    flight.results, flight.n = { ... }, select("#", ...)
    flight:land()
    return ...
  end
  return keep(run())
end

return M
