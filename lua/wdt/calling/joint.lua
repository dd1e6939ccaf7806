--- Two rate budgets, of which a call needs both: that of the account, and that of a gateway before
-- it, which counts by itself all calls of one app, whatever account they are for. The face of
-- `wdt.calling.pacer`. Pure.
-- @module wdt.calling.joint
local setmetatable = setmetatable

local Joint = {}
Joint.__index = Joint

--- How long until a call may be sent.
-- @tparam string method
-- @tparam number now monotonic seconds
-- @param who waits; nil or false only asks
-- @tparam ?number deadline monotonic seconds
-- @treturn number seconds, 0 when it may be sent now; or nil, err, code where one of the two can't
-- be asked, or lets it go after the deadline only
function Joint:wait(method, now, who, deadline)
  local wait, err, code = self.gate:wait(method, now, who, deadline)
  if wait ~= 0 then return wait, err, code end
  wait, err, code = self.account:wait(method, now, who, deadline)
  if wait ~= 0 then self.gate:forgo(who, method) end
  return wait, err, code
end

--- Takes a place in both, for a call that is sent now; the caller has seen `wait` return 0.
-- @treturn table a ticket for `done`
function Joint:take(method, who)
  return { gate = self.gate:take(method, who), account = self.account:take(method, who) }
end

--- The call of this ticket has been answered, or has failed. Idempotent.
-- @tparam table ticket
-- @tparam number now monotonic seconds
function Joint:done(ticket, now)
  self.gate:done(ticket.gate, now)
  self.account:done(ticket.account, now)
end

--- Nothing is sent before `moment`.
-- @tparam number moment monotonic seconds
-- @param ban what `judge` of a route has told of a gateway's own throttle; false or nil: it is the
-- account's
function Joint:quiet(moment, ban)
  local budget = ban and self.gate or self.account
  budget:quiet(moment)
end

local M = {}

--- @tparam Pacer gate the gateway's
-- @tparam Pacer account
-- @treturn Joint
function M.new(gate, account)
  return setmetatable({ gate = gate, account = account }, Joint)
end

return M
