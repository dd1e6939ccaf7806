--- The rate budget of one account, shared by all workers of an nginx through a `lua_shared_dict`.
-- The face of `wdt.calling.pacer`.
--
-- The account has as many places as calls a minute, and they stand in a ring. The one who has to
-- wait draws the next number, and waits for the place of that number alone: first come, first
-- served, over all workers; each waiter wakes when its own place is free, so no crowd wakes for one
-- place.
--
-- A place of the dict holds: nothing, it was never used; a number, the moment at which it
-- is free (again); a text, the token of the call in flight there, which begins with the end of its
-- lease: so long after sending, the server has counted the call, whatever became of the worker, the
-- light thread or the loop that made it. No lock is needed, as the dict's operations are atomic: of
-- several workers that see the same past moment in a place, the one takes it who is the first to
-- count it. Moments are the system's monotonic clock's, the same in all workers; setting the wall
-- clock moves none of them.
--
-- Who draws a number and does not come back for it (a killed light thread) leaves its place unused
-- for one round of the ring. The dict should be this library's own: what another user's `set` drops
-- when the dict is full is a call too many.
-- @module wdt.nginx.pacer
local guard = require "wdt.calling.guard"
local setmetatable, next, pairs, type, error, tonumber = setmetatable, next, pairs, type, error,
  tonumber
local max, huge, remove = math.max, math.huge, table.remove
local local_pacer = require "wdt.calling.pacer"
local WINDOW, too_late = local_pacer.WINDOW, local_pacer.too_late

-- Of a call no one reports: as long as a call may take by default, twice, and the window.
local LEASE = WINDOW + 240

-- A shorter wait might not move a clock.
local LEAST = 0.001

local Pacer = {}
Pacer.__index = Pacer

local function new_ring(prefix, rate)
  return { rate = rate, prefix = prefix .. ":", next = prefix .. ":next" }
end

local function check(ok, err, forcible)
  if ok == nil or ok == false and err ~= "exists" or forcible then
    error("config: the lua_shared_dict that holds the rate budget is too small ("
      .. (err or "entries were dropped") .. ")", 0)
  end
  return ok
end

-- When a place is free, by what stands in it; and whether a call is in flight there.
local function moment_of(value)
  if type(value) == "string" then return tonumber(value:match "^%S+"), true end
  return value or -huge, false
end

-- Takes a free place, if no one else is quicker. What is held then, or nil.
local function take(self, place, value, now)
  self.taken = self.taken + 1
  local token = ("%.6f %s.%d"):format(now + LEASE, self.name, self.taken)
  if value == nil then
    if not check(self.dict:safe_add(place, token)) then return nil end
  elseif check(self.dict:incr(place .. "=" .. value, 1, 0, WINDOW)) > 1 then
    return nil
  else
    check(self.dict:set(place, token))
  end
  return { place = place, token = token, since = now }
end

local function is_held(self, held)
  return self.dict:get(held.place) == held.token
end

-- The place whose turn it is; `draw`: its number is taken out.
local function turn(self, ring, draw)
  local number = draw and check(self.dict:incr(ring.next, 1, 0)) - 1 or self.dict:get(ring.next)
    or 0
  return ring.prefix .. number % ring.rate
end

-- Takes a place of the ring for this claim: 0; or the seconds until one is free, or `huge` while
-- all are in flight. `queue`: who has to wait keeps the number that was drawn. Of a place that is
-- free after the deadline no number is drawn, but where another one was quicker meanwhile.
local function enter(self, ring, claim, now, queue, deadline)
  local held = claim.held[ring]
  -- while it waited for the account's turn; its lease is to be young when the call is sent
  if held and is_held(self, held) then
    if now - held.since > WINDOW then held = take(self, held.place, held.token, now) end
    claim.held[ring] = held
    if held then return 0 end
  end
  claim.held[ring] = nil
  for _ = 1, ring.rate do
    local drawn = claim.place[ring]
    if deadline and not drawn then
      local moment, in_flight = moment_of(self.dict:get(turn(self, ring)))
      if moment > deadline and not in_flight then return moment - now end
    end
    local place = drawn or turn(self, ring, queue)
    local value = self.dict:get(place)
    local moment, in_flight = moment_of(value)
    if moment > now and not in_flight then
      claim.place[ring] = queue and place or nil
      return max(moment - now, LEAST)
    end
    if not drawn and not queue then turn(self, ring, true) end
    claim.place[ring] = nil
    claim.held[ring] = moment <= now and take(self, place, value, now) or nil
    if claim.held[ring] then return 0 end -- else no one knows for how long: the next one
  end
  return huge
end

local function give_back(self, claim)
  for _, held in pairs(claim.held) do
    if is_held(self, held) then self.dict:delete(held.place) end
  end
end

--- Ends the calls that no one reports any more. They may have reached the server a moment ago:
-- their places are free 60 seconds from now, as those of calls that were answered.
-- @tparam number now monotonic seconds
function Pacer:reclaim(now)
  while self.lost[1] do self:done({ held = remove(self.lost) }, now) end
end

-- Seconds of quiet left. Those who wait for its end go on one after the other, as far apart as the
-- budget's calls are; who can't wait for it does not get into that line.
local function hush(self, claim, now, queue, deadline)
  local stop = self.dict:get(self.quiet_key)
  if not stop or stop <= now then return 0 end
  if queue and claim.hush ~= stop then
    local line, apart = self.quiet_key .. ":queue", WINDOW / self.account.rate
    local turns = stop - now + (self.dict:get(line) or 0) * apart
    if deadline and now + turns > deadline then return turns end
    claim.hush = stop
    claim.behind = (check(self.dict:incr(line, 1, 0, stop - now)) - 1) * apart
  end
  return stop - now + (queue and claim.behind or 0)
end

--- How long until a call of `method` may be sent. When it is 0, a place is kept for the `take` that
-- follows.
-- @tparam string method
-- @tparam number now monotonic seconds, the same in all workers
-- @param who waits: asks again with the same one, any object; nil or false only asks
-- @tparam ?number deadline monotonic seconds
-- @treturn number seconds, 0 when it may be sent now, `math.huge` when all places are in flight; or
-- nil, "rate: text", "rate" where it is later than the deadline
function Pacer:wait(method, now, who, deadline)
  self:reclaim(now)
  local queue = who and true or false
  local claim = queue and self.claims[who] or { held = {}, place = {} }
  if queue then self.claims[who] = claim end
  local wait = hush(self, claim, now, queue, deadline)
  local own = self.methods[method]
  if wait == 0 and own then wait = enter(self, own, claim, now, queue, deadline) end
  if wait == 0 then wait = enter(self, self.account, claim, now, queue, deadline) end
  if wait == 0 then
    self.ready = claim
    return 0
  end
  local late = deadline and now + wait > deadline and wait < huge
  if late or not queue then give_back(self, claim) end
  if not late then return wait end
  if who then self.claims[who] = nil end
  return too_late(wait, deadline - now)
end

--- Takes the place for a call that is sent now; the caller has seen `wait` return 0, and no one
-- else came in between.
-- @function Pacer:take
-- @tparam string method
-- @param who as `wait` was told
-- @treturn table a ticket for `done`
function Pacer:take(_, who)
  local ticket = self.ready
  self.ready = nil
  if who then self.claims[who] = nil end
  guard.watch(ticket, self.lost, ticket.held)
  self.open = self.open + 1
  if self.watch then self.watch() end
  return ticket
end

--- Gives back the place that `wait` has just kept: no call follows.
-- @param who as `wait` was told
function Pacer:forgo(who)
  give_back(self, self.ready)
  self.ready = nil
  if who then self.claims[who] = nil end
end

--- The call of this ticket has been answered, or has failed: its place is free again in 60 seconds.
-- Idempotent.
-- @tparam table ticket
-- @tparam number now monotonic seconds
function Pacer:done(ticket, now)
  if next(ticket.held) then self.open = self.open - 1 end
  for ring, held in pairs(ticket.held) do
    if is_held(self, held) then check(self.dict:set(held.place, now + WINDOW)) end
    ticket.held[ring] = nil
  end
end

--- How much of the account's budget is taken, by all workers.
-- @treturn integer calls in flight, or answered less than a minute ago
-- @treturn integer calls a minute
-- @treturn integer calls in flight
function Pacer:used()
  local ring, used, flying = self.account, 0, 0
  for place = 0, ring.rate - 1 do
    local moment, in_flight = moment_of(self.dict:get(ring.prefix .. place))
    if moment > self.now() then
      used = used + 1
      flying = flying + (in_flight and 1 or 0)
    end
  end
  return used, ring.rate, flying
end

--- Nothing is sent before `moment`, by any worker: the gateway has throttled the account.
-- @tparam number moment monotonic seconds
function Pacer:quiet(moment)
  local seconds = moment - self.now()
  if seconds > 0 and (self.dict:get(self.quiet_key) or -huge) < moment then
    check(self.dict:set(self.quiet_key, moment, seconds))
  end
end

local M = { LEASE = LEASE }

--- Makes one worker's end of an account's budget.
-- @tparam table o `dict` (of `ngx.shared`), `key` (says which account), `rate` (as
-- `wdt.calling.pacer.new` takes it), `name` (no other worker's, ever), `now` (monotonic seconds)
-- @treturn Pacer `open` calls of this end are neither reported nor given up
function M.new(o)
  local default, methods = o.rate, {}
  local prefix = "rate:" .. o.key
  if type(o.rate) == "table" then
    default = o.rate.default or 60
    for name, calls in pairs(o.rate) do
      if name ~= "default" then methods[name] = new_ring(prefix .. ":" .. name, calls) end
    end
  end
  return setmetatable({ dict = o.dict, now = o.now, name = o.name, taken = 0, open = 0, lost = {},
    methods = methods,
    account = new_ring(prefix, default), quiet_key = prefix .. ":quiet",
    claims = setmetatable({}, { __mode = "k" }) }, Pacer)
end

return M
