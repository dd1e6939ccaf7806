--- The rate budget of one account: at most `rate` calls in any 60 seconds, as the *server* counts them.
--
-- The gateway allows about 60 calls a minute and tells an excess only in a sentence, after which its vendor wants 5 to 10
-- minutes of quiet (facts: both editions). A call reaches the server somewhere between the moment it is sent and the
-- moment its answer begins, so its place in the window is held from *sending* and given back 60 seconds after the
-- *answer*: whatever the network does in between, the server never sees more than `rate` in any 60 seconds.
--
-- Pure: told the time, never asks for it. Several methods may have tighter budgets of their own beside the account's.
-- @module wdt.calling.pacer
local setmetatable, type, pairs, max, huge = setmetatable, type, pairs, math.max, math.huge

local WINDOW = 60

-- A ring of the moments at which places become free again; `huge` while the call of that place is in flight.
local function new_budget(rate)
  local free_at = {}
  for i = 1, rate do free_at[i] = -huge end
  return { rate = rate, free_at = free_at }
end

local function earliest(budget)
  local best, place = huge, nil
  local free_at = budget.free_at
  for i = 1, budget.rate do
    if free_at[i] < best then best, place = free_at[i], i end
  end
  return best, place
end

local Pacer = {}
Pacer.__index = Pacer

--- How long until a call of `method` may be sent.
-- @tparam string method
-- @tparam number now monotonic seconds
-- @treturn number seconds, 0 when it may be sent now, `math.huge` when all places are in flight
function Pacer:wait(method, now)
  local at = max(earliest(self.account), self.quiet_until)
  local own = self.methods[method]
  if own then at = max(at, (earliest(own))) end
  return max(0, at - now)
end

--- Takes a place for a call that is sent now; the caller has seen `wait` return 0.
-- @tparam string method
-- @treturn table a ticket for `done`
function Pacer:take(method)
  local ticket = {}
  local function hold(budget)
    local _, place = earliest(budget)
    budget.free_at[place] = huge
    ticket[#ticket + 1] = { budget, place }
  end
  hold(self.account)
  if self.methods[method] then hold(self.methods[method]) end
  return ticket
end

--- The call of this ticket has been answered, or has failed: its place is free again in 60 seconds. Idempotent.
-- @tparam table ticket
-- @tparam number now monotonic seconds
function Pacer.done(_, ticket, now)
  for i = 1, #ticket do
    local budget, place = ticket[i][1], ticket[i][2]
    budget.free_at[place] = now + WINDOW
    ticket[i] = nil
  end
end

--- Nothing is sent before `moment`: the gateway has throttled the account.
-- @tparam number moment monotonic seconds
function Pacer:quiet(moment)
  self.quiet_until = max(self.quiet_until, moment)
end

local M = { WINDOW = WINDOW }

--- Makes the budget of an account.
-- @tparam number|table rate calls a minute, or `{ default = 60, ["method.name"] = 10, … }`
-- @treturn Pacer
function M.new(rate)
  local default, methods = rate, {}
  if type(rate) == "table" then
    default = rate.default or 60
    for name, calls in pairs(rate) do
      if name ~= "default" then methods[name] = new_budget(calls) end
    end
  end
  return setmetatable({ account = new_budget(default), methods = methods, quiet_until = -huge }, Pacer)
end

return M
