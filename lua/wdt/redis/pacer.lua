--- The rate budget of one account, shared by all hosts through Redis. The face of
-- `wdt.calling.pacer`, and it may fail: a budget that can't be asked allows no call.
--
-- The places of a budget are members of a sorted set, by the millisecond at which each is free
-- again: `f…` of a call in flight (sending + 300 s, which outlasts any call), `a…` of an answered
-- one (the answer + 60 s), `r…` reserved for one who waits. Beside it stands a hash: `last`, the
-- latest time seen, which never runs backwards; `quiet`, until when nothing is sent; `turn`, when
-- the next of those may send who waited for the end of the quiet. All time is Redis' own, and what
-- is told are relative milliseconds: clocks of hosts do not matter.
--
-- An empty store counts as full for 60 seconds: what it held may have been lost, and the gateway
-- has counted those calls. That is so on an account's first use as well, since the two can't be
-- told apart.
--
-- Redis has to keep what it is given: with a `maxmemory-policy` that drops keys, a dropped budget
-- counts as a lost one.
-- @module wdt.redis.pacer
local duration = require "wdt.duration"
local failure = require "wdt.error".failure
local core = require "wdt.native".load "wdt.core"
local guard = require "wdt.calling.guard"
local local_pacer = require "wdt.calling.pacer"
local WINDOW, too_late = local_pacer.WINDOW, local_pacer.too_late
local setmetatable, type, pairs = setmetatable, type, pairs
local floor, huge, max, remove = math.floor, math.huge, math.max, table.remove

local IN_FLIGHT = 240 -- beyond the window, of a call that no one reports, as in `wdt.nginx.pacer`

-- Seconds after which a reservation that no one came back for is free for others.
local GRACE = 5

-- Seconds of idleness after which Redis forgets an account; its next call then waits a minute.
local KEEP = 30 * duration.DAY

-- Seconds between two looks while every place is in flight.
local LOOK = 0.5

-- KEYS: the hash, the account's set[, the method's]. Defines `now`, which never runs backwards.
-- A clock that was set back by more than a minute would stop the account for as long, so it counts
-- as a lost store.
local NOW = [[
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local last = tonumber(redis.call('HGET', KEYS[1], 'last'))
local window, keep = tonumber(ARGV[1]), tonumber(ARGV[2])
if not last or last - now > window then
  redis.call('DEL', unpack(KEYS))
  redis.call('HSET', KEYS[1], 'quiet', now + window)
elseif last > now then
  now = last
end
redis.call('HSET', KEYS[1], 'last', now)
for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], keep) end
]]

-- ARGV: window, keep, id, lease, grace, whether it waits ("1"), the share, milliseconds that it may
-- wait at most (-1: any); then a rate a set. Returns 0, the call may be sent; else milliseconds; or
-- -1, all places are in flight; or, as a text, milliseconds that are too many. Then no place is
-- reserved, and one that was is as it would be without.
local ACQUIRE = NOW .. [[
local id, lease, grace = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local waits, share, most = ARGV[6] == '1', tonumber(ARGV[7]), tonumber(ARGV[8])
local function refuse(wait)
  for i = 2, #KEYS do
    local free = redis.call('ZSCORE', KEYS[i], 'r' .. id)
    if free then
      redis.call('ZREM', KEYS[i], 'r' .. id)
      if free - grace > now then redis.call('ZADD', KEYS[i], free - grace, 'a' .. id) end
    end
  end
  return tostring(wait)
end
local quiet = tonumber(redis.call('HGET', KEYS[1], 'quiet') or 0)
if quiet > now then
  if not waits then return quiet - now end
  local turn = math.max(quiet, tonumber(redis.call('HGET', KEYS[1], 'turn') or 0))
  if most >= 0 and turn - now > most then return refuse(turn - now) end
  redis.call('HSET', KEYS[1], 'turn', turn + math.floor(window / tonumber(ARGV[9])))
  return turn - now
end
local wait, free = 0, {}
for i = 2, #KEYS do
  local key, rate = KEYS[i], tonumber(ARGV[7 + i])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local limit = math.max(1, math.floor(rate * share))
  local reserved = tonumber(redis.call('ZSCORE', key, 'r' .. id))
  local one
  if redis.call('ZSCORE', key, 'f' .. id) then
    one = 0
  elseif reserved then
    one = math.max(0, reserved - grace - now)
  elseif redis.call('ZCARD', key) < limit then
    one = 0
  else
    -- The place that decides: with all of them taken the first that is free again, with a share of
    -- them that one after which fewer than the share are taken.
    local more = redis.call('ZCARD', key) - limit
    one = -1
    local members = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for m = 1, #members, 2 do
      if members[m]:sub(1, 1) == 'a' then
        if more > 0 then
          more = more - 1
        else
          one = members[m + 1] - now
          if waits and limit == rate and (most < 0 or one <= most) then
            redis.call('ZREM', key, members[m])
            redis.call('ZADD', key, now + one + grace, 'r' .. id)
          end
          break
        end
      end
    end
  end
  if one < 0 then return -1 end
  wait = math.max(wait, one)
end
if most >= 0 and wait > most then return refuse(wait) end
if wait > 0 then return wait end
for i = 2, #KEYS do
  redis.call('ZREM', KEYS[i], 'r' .. id)
  redis.call('ZADD', KEYS[i], now + lease, 'f' .. id)
end
return 0
]]

-- ARGV: window, keep, id. A call whose lease has run out has no place any more.
local DONE = NOW .. [[
for i = 2, #KEYS do
  if redis.call('ZREM', KEYS[i], 'f' .. ARGV[3]) == 1 then
    redis.call('ZADD', KEYS[i], now + window, 'a' .. ARGV[3])
  end
end
return 0
]]

-- ARGV: window, keep, id. The call was not made.
local FORGO = NOW .. [[
for i = 2, #KEYS do redis.call('ZREM', KEYS[i], 'f' .. ARGV[3]) end
return 0
]]

-- ARGV: window, keep, milliseconds of quiet.
local QUIET = NOW .. [[
local quiet = math.max(now + tonumber(ARGV[3]), tonumber(redis.call('HGET', KEYS[1], 'quiet') or 0))
redis.call('HSET', KEYS[1], 'quiet', quiet)
return 0
]]

-- ARGV: window, keep.
local USED = NOW .. [[
return redis.call('ZCOUNT', KEYS[2], '(' .. now, '+inf')
]]

local Pacer = {}
Pacer.__index = Pacer

local function run(self, script, keys, ...)
  local reply, err = self.shared:run(script, keys, { self.window * 1000, KEEP * 1000, ... })
  if reply then return reply end
  return failure("budget", "the rate budget can't be asked, so nothing is sent (%s)", err)
end

-- The sets of a method: the account's, and its own where it has one.
local function keys_of(self, method)
  local own = self.methods[method]
  return { self.prefix .. ":facts", self.prefix .. ":places",
    own and self.prefix .. ":m:" .. method },
    own
end

local function claim_of(self, who)
  local claim = who and self.claims[who]
  if not claim then
    self.made = self.made + 1
    claim = { id = self.name .. "." .. self.made }
    if who then self.claims[who] = claim end
  end
  return claim
end

--- Ends the calls that no one reports any more. They may have reached the gateway a moment ago:
-- their places are free 60 seconds from now, as those of calls that were answered.
function Pacer:reclaim()
  while self.lost[1] do self:done{ held = remove(self.lost) } end
end

--- How long until a call of `method` may be sent. When it is 0, the place is taken.
-- @tparam string method
-- @tparam number now monotonic seconds of this host
-- @param who waits: asks again with the same one, any object; nil or false only asks
-- @tparam ?number deadline monotonic seconds of this host
-- @treturn number seconds, 0 when it may be sent now, `math.huge` when all places are in flight; or
-- nil, "budget: text", "budget" while Redis can't be asked; or nil, "rate: text", "rate" where it
-- is later than the deadline
function Pacer:wait(method, now, who, deadline)
  self.seen = now
  self:reclaim()
  if now < self.quiet_until then
    if deadline and self.quiet_until > deadline then
      return too_late(self.quiet_until - now, deadline - now)
    end
    return self.quiet_until - now
  end
  if now < self.full_until then return huge end
  local keys, own = keys_of(self, method)
  local claim = claim_of(self, who)
  local wait, err, code = run(self, ACQUIRE, keys, claim.id, (self.window + IN_FLIGHT) * 1000,
    GRACE * 1000, who and "1" or "0", ("%.4f"):format(self.share),
    deadline and floor(max(0, deadline - now) * 1000) or -1, self.rate, own)
  if not wait then return nil, err, code end
  if type(wait) == "string" then return too_late(wait / 1000, deadline - now) end
  if wait == 0 then
    self.ready[#self.ready + 1] = { id = claim.id, keys = keys, method = method }
    if who then self.claims[who] = nil end
    return 0
  end
  if wait > 0 then return wait / 1000 end
  self.full_until = now + LOOK
  return huge
end

-- Several tasks may have been granted places before they take them; those of one method are alike.
local function ready_for(self, method)
  for i = #self.ready, 1, -1 do
    if self.ready[i].method == method then return remove(self.ready, i) end
  end
end

--- Takes the place for a call that is sent now; the caller has seen `wait` return 0.
-- @tparam string method
-- @treturn table a ticket for `done`
function Pacer:take(method)
  local ticket = { held = ready_for(self, method) }
  guard.watch(ticket, self.lost, ticket.held)
  self.open = self.open + 1
  if self.watch then self.watch() end
  return ticket
end

--- Gives back the place that `wait` has just taken: no call follows. Where Redis does not hear of
-- it, the place is free when its lease ends.
-- @param _
-- @tparam string method
function Pacer:forgo(_, method)
  local held = ready_for(self, method)
  run(self, FORGO, held.keys, held.id)
end

--- The call of this ticket has been answered, or has failed: its place is free again in 60 seconds.
-- Idempotent. Where Redis does not hear of it, the place is free when its lease ends.
-- @tparam table ticket
function Pacer:done(ticket)
  local held = ticket.held
  local keys = held.keys
  if not keys then return end
  held.keys, self.open, self.full_until = nil, self.open - 1, -huge
  run(self, DONE, keys, held.id)
end

--- How much of the account's budget is taken, by all hosts.
-- @treturn integer calls in flight, or answered less than a minute ago; or nil, err, code
-- @treturn integer calls a minute
function Pacer:used()
  local used, err, code = run(self, USED, (keys_of(self)))
  if not used then return nil, err, code end
  return used, self.rate
end

--- Nothing is sent before `moment`, by any host: the gateway has throttled the account. Where Redis
-- can't be told, this process at least keeps quiet.
-- @tparam number moment monotonic seconds of this host
function Pacer:quiet(moment)
  local seconds = max(0, moment - self.seen)
  if not run(self, QUIET, { self.prefix .. ":facts" }, floor(seconds * 1000)) then
    self.quiet_until = max(self.quiet_until, moment)
  end
end

local M = {}

--- Makes one process' end of an account's budget.
-- @tparam table o `shared` (`wdt.redis.open`), `key` (says which account; only its digest is
-- stored), `rate` (as `wdt.calling.pacer.new` takes it), `name` (no other process', ever), `share`
-- (of the budget that may be taken by this one, above 0 to 1; the rest is for others)
-- @treturn Pacer `open` calls of this end are neither reported nor given up; its `watch` may be set
-- to a function that is called at each call
function M.new(o)
  local default, methods = o.rate, {}
  if type(o.rate) == "table" then
    default = o.rate.default
    for name, calls in pairs(o.rate) do
      if name ~= "default" then methods[name] = calls end
    end
  end
  -- One hash tag an account: a cluster keeps its keys in one slot.
  return setmetatable({ shared = o.shared, prefix = "wdt:{" .. core.md5(o.key) .. "}:budget",
    rate = default, methods = methods, name = o.name, share = o.share or 1,
    window = o.window or WINDOW, made = 0, open = 0, lost = {}, ready = {},
    full_until = -huge, quiet_until = -huge, seen = 0,
    claims = setmetatable({}, { __mode = "k" }) }, Pacer)
end

return M
