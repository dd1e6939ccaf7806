--- A store in a `lua_shared_dict`: for all workers of an nginx, as long as nginx runs. A reload
-- keeps it, a restart doesn't.
--
--     state = wdt.state.shared("wdt", "shipped")       -- nginx.conf: lua_shared_dict wdt 1m;
--
-- Its lock makes one worker lead a job: every worker may try in a timer, one gets it, the others
-- are told "state: …". While the store is in use its lease is renewed by a timer of the worker that
-- holds it, one for all of its jobs. So when that worker dies, or no one holds the job any more,
-- another one takes over within one lease. A leader that was stopped for longer than its lease is
-- refused when it saves.
--
-- The leases take one pending timer a worker, whatever the number of jobs. A job that runs in a
-- timer of its own takes one of `lua_max_running_timers` (256 by default) and of
-- `worker_connections` (512) for as long as it runs: nginx drops a timer that it has no room for,
-- and only writes an alert.
-- @module wdt.nginx.state
local duration = require "wdt.duration"
local failure = require "wdt.error".failure
local misuse = require "wdt.error".misuse
local clock = require "wdt.nginx.clock"
local ngx = require "ngx"
local setmetatable, pairs, type, max, min = setmetatable, pairs, type, math.max, math.min

local LEASE = 30
local LEAST_TURN, LONGEST_TURN = 0.01, 5 -- seconds between two looks at the leases

local Store = {}
Store.__index = Store

-- Still the one that holds the lock: the lease begins anew. False when it is somebody else's.
local function renew(store)
  if not store.token or store.dict:get(store.lock_key) ~= store.token then return false end
  -- its last moment: somebody may be taking it
  if clock.now() >= store.renewed + store.lease then return false end
  store.renewed = clock.now()
  return store.dict:set(store.lock_key, store.token, store.lease)
end

-- The stores of this worker that hold a lock. Weak: a job that no one holds any more leads no more.
local held = setmetatable({}, { __mode = "k" })

-- Renews what is due, of all jobs: a timer for each would need as many as there are jobs, and nginx
-- has few (lua_max_pending_timers, lua_max_running_timers, worker_connections).
local function keep(premature)
  if premature then return end
  local now = clock.now()
  for store, token in pairs(held) do
    if store.token ~= token then
      held[store] = nil
    elseif now >= store.renewed + store.lease / 3 and not renew(store) then
      held[store] = nil
    end
  end
end

-- Has the leases looked after so often. A recurring timer sets its next turn before it runs: a turn
-- that nginx has no connection for is lost, and not those after it.
local shortest

local function look_after(lease)
  local every = max(LEAST_TURN, min(lease / 6, LONGEST_TURN))
  if shortest and shortest <= every then return true end
  local ok, err = ngx.timer.every(every, keep)
  if ok then shortest = every end
  return ok, err
end

--- Only one job may use the state at a time.
-- @treturn boolean true; or nil, "state: … is in use by worker 123", "state"
function Store:lock()
  local token = ("%d %.9f"):format(ngx.worker.pid(), clock.random())
  self.renewed = clock.now()
  local added, err = self.dict:safe_add(self.lock_key, token, self.lease)
  if not added and err ~= "exists" then return failure(
    "state", "%s can't be locked: %s", self.name, err) end
  if not added then
    return failure("state", "%s is in use by worker %s", self.name,
      (self.dict:get(self.lock_key) or "?"):match("^%S*"))
  end
  self.token, held[self] = token, token
  local ok
  ok, err = look_after(self.lease)
  if ok then return true end
  self:unlock()
  return failure("state", "%s can't be locked: %s", self.name, err)
end

--- Idempotent.
function Store:unlock()
  if self.token and self.dict:get(self.lock_key) == self.token then
    self.dict:delete(self.lock_key) end
  self.token, held[self] = nil, nil
end

--- @treturn ?string what was saved last, nil when nothing ever was
function Store:load()
  return self.dict:get(self.key)
end

--- @tparam string text
-- @treturn boolean true; or nil, "state: text", "state", and what was saved before is still there
function Store:save(text)
  if not renew(self) then
    return failure("state", "%s is not this worker's any more: its lease ran out", self.name) end
  -- Nothing is dropped for it; and so that there is always room for the next, two of them have to
  -- fit.
  local ok, err = self.dict:safe_set(self.key .. ":next", text)
  if ok then ok, err = self.dict:safe_set(self.key, text) end
  self.dict:delete(self.key .. ":next")
  if not ok then return failure("state", "%s can't be saved: %s; give lua_shared_dict more",
    self.name, err) end
  return true
end

--- @tparam string dict name of a `lua_shared_dict`
-- @tparam string name of the job
-- @tparam ?number lease seconds after which another worker takes over from one that died (30)
-- @treturn Store see `wdt.state`
return function(dict, name, lease)
  local shared = type(dict) == "string" and ngx.shared[dict]
  if not shared then misuse(2, "dict", dict, "the name of a lua_shared_dict of nginx.conf") end
  if type(name) ~= "string" or name == "" then misuse(2, "name", name, "the name of a job") end
  if lease ~= nil and not duration.is_seconds(lease, 0.1, duration.DAY) then
    misuse(2, "lease", lease, "seconds, from 0.1 to 86400")
  end
  return setmetatable({ dict = shared, name = name, key = "state:" .. name,
    lock_key = "lock:" .. name, lease = lease or LEASE },
    Store)
end
