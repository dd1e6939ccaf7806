--- The rate budget of one account: at most `rate` calls in any 60 seconds, as the *server* counts
-- them.
--
-- The gateway allows about 60 calls a minute and tells an excess only in a sentence, after which
-- its vendor wants 5 to 10 minutes of quiet (facts: both editions). A call reaches the server
-- somewhere between the moment it is sent and the moment its answer begins, so its place in the
-- window is held from *sending* and given back 60 seconds after the
-- *answer*: whatever the network does in between, the server never sees more than `rate` in any 60
-- seconds.
--
-- A caller may have a deadline. A wait that can't end before it fails at once, and keeps no place
-- that another call could have.
--
-- Pure: told the time, never asks for it. Several methods may have tighter budgets of their own
-- beside the account's.
-- @module wdt.calling.pacer
local failure = require "wdt.error".failure
local setmetatable, type, pairs, max, huge = setmetatable, type, pairs, math.max, math.huge

local M = {}

local WINDOW = 60

--- Tells that a call can't be sent in time.
-- @tparam number wait seconds until the rate lets it go, at the earliest
-- @tparam number left seconds until its deadline
-- @treturn nil
-- @treturn string "rate: text"
-- @treturn string "rate"
function M.too_late(wait, left)
  return failure("rate", "the account's rate lets this call go in %.1f s, and its deadline is in "
    .. "%.1f s", wait, max(0, left))
end

-- `held` places are taken. Those of calls in flight have a ticket that somebody holds; those of
-- calls already answered become free at the moments of a queue, which is in order because they are
-- entered in order.
local function new_budget(rate)
  return { rate = rate, held = 0, in_flight = 0, tickets = setmetatable({}, { __mode = "k" }),
    queue = {}, first = 1, last = 0 }
end

-- A call in flight has ended.
local function land(budget, now)
  budget.in_flight = budget.in_flight - 1
  budget.last = budget.last + 1
  budget.queue[budget.last] = now + WINDOW
end

-- Calls that no one will report any more: their tickets were collected, as of a loop that was left
-- where Lua has no `<close>`, or of a light thread that was killed.
local function land_lost(budget, now)
  local alive = 0
  for _ in pairs(budget.tickets) do alive = alive + 1 end
  while budget.in_flight > alive do land(budget, now) end
end

-- When the next place is free: now or before, later, or, when all are in flight, `huge`.
local function earliest(budget, now)
  local queue = budget.queue
  while budget.first <= budget.last and queue[budget.first] <= now do
    queue[budget.first] = nil
    budget.first, budget.held = budget.first + 1, budget.held - 1
  end
  if budget.held < budget.rate then return now end
  land_lost(budget, now)
  return queue[budget.first] or huge
end

local Pacer = {}
Pacer.__index = Pacer

--- How long until a call of `method` may be sent.
-- @tparam string method
-- @tparam number now monotonic seconds
-- @param _ who waits: here no one is known
-- @tparam ?number deadline monotonic seconds
-- @treturn number seconds, 0 when it may be sent now, `math.huge` when all places are in flight, so
-- that no one knows; or nil, "rate: text", "rate" where it is later than the deadline
function Pacer:wait(method, now, _, deadline)
  local at = max(earliest(self.account, now), self.quiet_until)
  local own = self.methods[method]
  if own then at = max(at, earliest(own, now)) end
  if deadline and at > deadline and at < huge then
    return M.too_late(at - now, deadline - now)
  end
  return max(0, at - now)
end

--- Takes a place for a call that is sent now; the caller has seen `wait` return 0.
-- @tparam string method
-- @treturn table a ticket for `done`
function Pacer:take(method)
  local ticket = { self.account, self.methods[method] }
  for i = 1, #ticket do
    local budget = ticket[i]
    budget.held, budget.in_flight, budget.tickets[ticket] = budget.held + 1, budget.in_flight + 1,
      true
  end
  return ticket
end

--- The call of this ticket has been answered, or has failed: its place is free again in 60 seconds.
-- Idempotent.
-- @function Pacer:done
-- @tparam table ticket
-- @tparam number now monotonic seconds
function Pacer.done(_, ticket, now)
  for i = 1, #ticket do
    ticket[i].tickets[ticket] = nil
    land(ticket[i], now)
    ticket[i] = nil
  end
end

--- Gives back the place that `wait` has kept, where there is one: here none is kept before `take`.
function Pacer.forgo() end

--- Nothing is sent before `moment`: the gateway has throttled the account.
-- @tparam number moment monotonic seconds
function Pacer:quiet(moment)
  self.quiet_until = max(self.quiet_until, moment)
end

M.WINDOW = WINDOW

--- Makes the budget of an account.
-- @tparam number|table rate calls a minute, or `{ default = 60, ["method.name"] = 10, … }`
-- @treturn Pacer
function M.new(rate)
  local default, methods = rate, {}
  if type(rate) == "table" then
    default = rate.default
    for name, calls in pairs(rate) do
      if name ~= "default" then methods[name] = new_budget(calls) end
    end
  end
  return setmetatable({ account = new_budget(default), methods = methods, quiet_until = -huge },
    Pacer)
end

return M
