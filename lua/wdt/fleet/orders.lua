--- Orders of people to a fleet: accounts and jobs that are paused, hosts that are to end.
-- And which hosts there are, so that they can share the accounts.
--
-- All of it is one text in a store (`wdt.state`): of several hosts the one that they share, of one
-- host a file beside its lock. It lasts until it is changed, over all restarts. A host that can't
-- read it goes on by what it has read last.
-- @module wdt.fleet.orders
local map = require "wdt.map"
local text = require "wdt.state.text"
local floor, pairs, setmetatable = math.floor, pairs, setmetatable

local Orders = {}
Orders.__index = Orders

-- Tries to change orders that another process is changing, and seconds between two.
local TRIES, AGAIN = 100, 0.05

local function empty()
  return { number = 0, paused = {}, drained = {}, hosts = {} }
end

-- Returns what is stored; or nil, err, code.
local function load(store)
  local stored, err, code = store:load()
  if not stored then return not err and empty() or nil, err, code end
  return text.open(stored, store.path)
end

--- Reads what is ordered by now.
-- @treturn boolean true; or nil, err, code, and what was read before stands
function Orders:read()
  local now, err, code = load(self.store)
  if not now then return nil, err, code end
  self.now = now
  if not self.began then self.began = now.number end
  return true
end

-- Takes the lock, which others hold for a moment only.
local function lock(self)
  local ok, err, code
  for _ = 1, TRIES do
    ok, err, code = self.store:lock()
    if ok or not err:find("in use", 1, true) then break end
    self.host:sleep(AGAIN)
  end
  return ok, err, code
end

--- Changes what is ordered.
-- @tparam function edit is given the table `{ number, paused, drained, hosts }`
-- @treturn boolean true once that is stored; or nil, err, code
function Orders:change(edit)
  local ok, err, code = lock(self)
  if not ok then return nil, err, code end
  local now
  now, err, code = load(self.store)
  if now then
    now.number = now.number + 1
    edit(now)
    ok, err, code = self.store:save(text.seal(now))
  end
  self.store:unlock()
  if not (now and ok) then return nil, err, code end
  self.now = now
  return true
end

--- Pauses accounts and jobs.
-- @tparam {string...} names `"ACCOUNT"` or `"ACCOUNT/JOB"`
-- @treturn boolean true; or nil, err, code
function Orders:pause(names)
  return self:change(function(now)
    for i = 1, #names do now.paused[names[i]] = true end
  end)
end

--- Has them go on; an account with all its jobs.
-- @tparam {string...} names `"ACCOUNT"` or `"ACCOUNT/JOB"`
-- @treturn boolean true; or nil, err, code
function Orders:resume(names)
  return self:change(function(now)
    for i = 1, #names do
      for name in pairs(map.copy(now.paused)) do
        if name == names[i] or name:sub(1, #names[i] + 1) == names[i] .. "/" then
          now.paused[name] = nil
        end
      end
    end
  end)
end

--- Has the processes of hosts that run now finish what they are at, and end.
-- @tparam {string...} hosts
-- @treturn boolean true; or nil, err, code
function Orders:drain(hosts)
  return self:change(function(now)
    for i = 1, #hosts do now.drained[hosts[i]] = now.number end
  end)
end

--- Notes who runs a fleet of one host.
-- @tparam string host
-- @tparam number at epoch seconds
-- @treturn boolean true; or nil, err, code
function Orders:runs(host, at)
  return self:change(function(now) now.runs = { host = host, since = floor(at) } end)
end

--- True if an account, or one of its jobs, is paused by itself.
-- @tparam string account
-- @tparam ?string job
-- @treturn boolean
function Orders:is_paused(account, job)
  return self.now.paused[job and account .. "/" .. job or account] == true
end

--- True if the processes of a host are to end that read these orders for the first time before that
-- was ordered.
-- @tparam string host
-- @treturn boolean
function Orders:is_drained(host)
  return (self.now.drained[host] or 0) > (self.began or self.now.number)
end

--- Notes a host, and forgets those that have gone.
-- @tparam string host
-- @tparam function lives `(host)` -> true if that one is there
-- @treturn boolean true; or nil, err, code
function Orders:join(host, lives)
  if self.now.hosts[host] then return true end
  return self:change(function(now)
    for name in pairs(map.copy(now.hosts)) do
      if not lives(name) then now.hosts[name], now.drained[name] = nil, nil end
    end
    now.hosts[host] = true
  end)
end

local M = {}

--- @tparam Store store where they stand
-- @tparam Host host how to wait
-- @tparam ?integer began number of the orders that this process has found, where it has read them
-- before
-- @treturn Orders `began` is that number
function M.new(store, host, began)
  return setmetatable({ store = store, host = host, now = empty(), began = began }, Orders)
end

return M
