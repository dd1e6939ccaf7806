--- Notices that a call's ticket was given up: its light thread was killed, its request was aborted,
-- its stream was left to the collector. So no one can report the call any more.
-- @module wdt.calling.guard
local getmetatable, setmetatable = getmetatable, setmetatable
local newproxy = rawget(_G, "newproxy")

local M = {}

--- Has a ticket's place noted once the ticket is collected. A finalizer may run in the middle of
-- any operation, so it does no more than that; the pacer goes on when it is asked the next time.
-- @tparam table ticket
-- @tparam table lost a list, to which `held` is added
-- @param held what the ticket holds; must not refer to the ticket
function M.watch(ticket, lost, held)
  local function collected() lost[#lost + 1] = held end
  if newproxy then -- LuaJIT, in which tables have no finalizers
    ticket.guard = newproxy(true)
    getmetatable(ticket.guard).__gc = collected
  else
    ticket.guard = setmetatable({}, { __gc = collected })
  end
end

return M
