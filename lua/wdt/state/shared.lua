--- A store in a `lua_shared_dict`: for all workers of an nginx, as long as nginx runs. A reload keeps it, a restart doesn't.
--
--     state = wdt.state.shared("wdt", "shipped")       -- nginx.conf: lua_shared_dict wdt 1m;
--
-- Its lock makes one worker lead a job: every worker may try in a timer, one gets it, the others are told "state: …". While the
-- store is in use its lease is renewed by a timer of the worker that holds it. So when that worker dies, or nobody holds the
-- job any more, another one takes over within one lease. A leader that was stopped for longer than its lease is refused when
-- it saves.
-- @module wdt.state.shared
local failure = require "wdt.error".failure
local misuse = require "wdt.error".misuse
local clock = require "wdt.host.clock"
local ngx = require "ngx"
local setmetatable, type = setmetatable, type

local LEASE = 30

local Store = {}
Store.__index = Store

-- Still the one that holds the lock: the lease begins anew. False when it is somebody else's.
local function renew(store)
  if not store.token or store.dict:get(store.lock_key) ~= store.token then return false end
  if clock.now() >= store.renewed + store.lease then return false end -- its last moment: somebody may be taking it
  store.renewed = clock.now()
  return store.dict:set(store.lock_key, store.token, store.lease)
end

local function keep(premature, held)
  local store = held.store -- weak: a job that nobody holds any more leads no more
  if premature or not store or store.token ~= held.token or not renew(store) then return end
  ngx.timer.at(store.lease / 3, keep, held)
end

--- Only one job may use the state at a time.
-- @treturn boolean true; or nil, "state: … is in use by worker 123", "state"
function Store:lock()
  local token = ("%d %.9f"):format(ngx.worker.pid(), clock.random())
  self.renewed = clock.now()
  local added, err = self.dict:safe_add(self.lock_key, token, self.lease)
  if not added and err ~= "exists" then return failure("state", "%s can't be locked: %s", self.name, err) end
  if not added then
    return failure("state", "%s is in use by worker %s", self.name, (self.dict:get(self.lock_key) or "?"):match("^%S*"))
  end
  self.token = token
  local ok
  ok, err = ngx.timer.at(self.lease / 3, keep, setmetatable({ store = self, token = token }, { __mode = "v" }))
  if ok then return true end
  self:unlock()
  return failure("state", "%s can't be locked: %s", self.name, err)
end

--- Idempotent.
function Store:unlock()
  if self.token and self.dict:get(self.lock_key) == self.token then self.dict:delete(self.lock_key) end
  self.token = nil
end

--- @treturn ?string what was saved last, nil when nothing ever was
function Store:load()
  return self.dict:get(self.key)
end

--- @tparam string text
-- @treturn boolean true; or nil, "state: text", "state", and what was saved before is still there
function Store:save(text)
  if not renew(self) then return failure("state", "%s is not this worker's any more: its lease ran out", self.name) end
  -- Nothing is dropped for it; and so that there is always room for the next, two of them have to fit.
  local ok, err = self.dict:safe_set(self.key .. ":next", text)
  if ok then ok, err = self.dict:safe_set(self.key, text) end
  self.dict:delete(self.key .. ":next")
  if not ok then return failure("state", "%s can't be saved: %s; give lua_shared_dict more", self.name, err) end
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
  if lease ~= nil and not (type(lease) == "number" and lease >= 0.1 and lease <= 86400) then
    misuse(2, "lease", lease, "seconds, from 0.1 to 86400")
  end
  return setmetatable({ dict = shared, name = name, key = "state:" .. name, lock_key = "lock:" .. name, lease = lease or LEASE },
    Store)
end
