--- A store in Redis: for all hosts that share it.
--
--     state = wdt.state.redis("redis://10.0.0.5:6379/0", "shipped")
--     state = wdt.state.open "redis://10.0.0.5:6379/0/shipped"      -- alike
--
-- Its lock is a lease with a fence: each locking raises the fence, and a save or a renewal is
-- refused unless the fence is still one's own. So when a host dies, another one takes over within
-- one lease, and a host that comes back late commits nothing. A fence counts together with its
-- owner: a store that lost the last locking, as a replica that took over may have, gives the same
-- number away again. All time is Redis' own.
--
-- A job renews the lease before each window and each call, and while it waits for whatever
-- (`wdt.state`).
-- @module wdt.state.redis
local duration = require "wdt.duration"
local failure = require "wdt.error".failure
local misuse = require "wdt.error".misuse
local redis = require "wdt.redis"
local setmetatable, type = setmetatable, type

local LEASE = 300

-- KEYS: a hash `{ owner, holder, since, until, fence, state }`: `holder` is a name of this store
-- alone, `owner` that of its process, for people. ARGV: owner, lease in milliseconds, holder.
-- Returns the fence; or the owner's name. A holder may lock again: the answer to its first attempt
-- may have been lost.
local NOW = [[
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
]]

local LOCK = NOW .. [[
local held = redis.call('HMGET', KEYS[1], 'until', 'owner', 'holder')
if held[1] and tonumber(held[1]) > now and held[3] ~= ARGV[3] then return held[2] end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'since', now, 'until', now + ARGV[2],
  'holder', ARGV[3])
return redis.call('HINCRBY', KEYS[1], 'fence', 1)
]]

-- ARGV: fence, holder. Defines `ours`: true while the lock is this one's.
local OURS = NOW .. [[
local held = redis.call('HMGET', KEYS[1], 'fence', 'holder', 'until')
local ours = held[1] == ARGV[1] and held[2] == ARGV[2] and tonumber(held[3]) > now
]]

-- ARGV: fence, holder, lease[, text]. Returns 1; 0 where the lock is another's or no one's any
-- more.
local SAVE = OURS .. [[
if not ours then return 0 end
redis.call('HSET', KEYS[1], 'until', now + ARGV[3])
if ARGV[4] then redis.call('HSET', KEYS[1], 'state', ARGV[4]) end
return 1
]]

-- ARGV: fence, holder. A lease that has ended by itself ended then.
local UNLOCK = OURS .. [[
if ours then redis.call('HSET', KEYS[1], 'until', now) end
return 1
]]

-- Returns the owner, and milliseconds since the lease began and until it ends.
local HOLDER = NOW .. [[
local held = redis.call('HMGET', KEYS[1], 'owner', 'since', 'until')
if not held[1] then return {} end
return { held[1], now - (held[2] or now), held[3] - now }
]]

-- A state that was never saved is nil, which a script can't tell from an error in every client.
local LOAD = [[
local state = redis.call('HGET', KEYS[1], 'state')
return state and { state } or {}
]]

local Store = {}
Store.__index = Store

local function run(self, what, script, ...)
  local reply, err = self.shared:run(script, { self.key }, { ... })
  if reply then return reply end
  return failure("state", "%s %s: %s", self.path, what, err)
end

--- Has Redis asked as a host can wait (`wdt.redis`): its `on`.
-- @tparam Host host
function Store:on(host)
  self.shared:on(host)
end

--- Only one job may use the state at a time.
-- @treturn boolean true; or nil, "state: … is in use by …", "state"
function Store:lock()
  local fence, err, code = run(self, "can't be locked", LOCK, redis.process(), self.lease * 1000,
    self.holder_name)
  if not fence then return nil, err, code end
  if type(fence) ~= "number" then
    return failure("state", "%s is in use by %s", self.path, fence)
  end
  self.fence, self.lost = ("%d"):format(fence), false
  return true
end

-- Saves the text, or without one only begins the lease anew.
local function commit(self, what, ...)
  local kept, err, code = run(self, what, SAVE, self.fence or "", self.holder_name,
    self.lease * 1000, ...)
  if not kept then return nil, err, code end
  if kept == 1 then return true end
  self.lost = true
  return failure("state", "%s is not this job's any more: its lease ran out", self.path)
end

--- @treturn boolean true once the lease has begun anew; or nil, "state: text", "state"
function Store:renew()
  return commit(self, "can't be renewed")
end

--- @tparam string text
-- @treturn boolean true; or nil, "state: text", "state", and what was saved before is still there
function Store:save(text)
  return commit(self, "can't be saved", text)
end

--- Idempotent. Where Redis can't be reached, the lease ends the lock.
function Store:unlock()
  if self.fence then run(self, "can't be unlocked", UNLOCK, self.fence, self.holder_name) end
  self.fence = nil
end

--- @treturn ?table `owner`, `age` and `left`: seconds since the lease began, and until it ends
-- (below 0: since it ended); nil where there never was one; or nil, "state: text", "state"
function Store:holder()
  local reply, err, code = run(self, "can't be read", HOLDER)
  if not reply then return nil, err, code end
  if not reply[1] then return nil end
  return { owner = reply[1], age = reply[2] / 1000, left = reply[3] / 1000 }
end

--- @treturn ?string what was saved last, nil when nothing ever was; or nil, "state: text", "state"
function Store:load()
  local reply, err, code = run(self, "can't be read", LOAD)
  if not reply then return nil, err, code end
  return reply[1]
end

--- @tparam string address see `wdt.redis.parse`
-- @tparam ?string name of the job; without one it stands at the end of the address
-- @tparam ?number lease seconds after which another host takes over from one that died (300)
-- @tparam ?function eval runs a script (`wdt.redis.open`); inside nginx it is its own
-- @treturn Store see `wdt.state`
return function(address, name, lease, eval)
  if name == nil and type(address) == "string" then -- as `wdt.state.open` has it, without "redis:"
    address, name = address:gsub("^//", "redis://"):match "^(.*/%d+)/([^/]+)$"
  end
  local shared = redis.open(address, eval)
  if not shared then
    misuse(2, "address", address, "an address of Redis, e.g. redis://127.0.0.1:6379/0")
  end
  if type(name) ~= "string" or name == "" then misuse(2, "name", name, "the name of a job") end
  if lease ~= nil and not duration.is_seconds(lease, 0.1, duration.DAY) then
    misuse(2, "lease", lease, "seconds, from 0.1 to 86400")
  end
  return setmetatable({ shared = shared, key = "wdt:{" .. name .. "}:job", lease = lease or LEASE,
    holder_name = redis.unique(),
    path = "the state '" .. name .. "' in Redis at " .. shared.name }, Store)
end
