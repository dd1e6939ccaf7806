--- One host of several runs the streams of an account: the one that holds the account's lease, in a
-- store that all hosts reach (`wdt.state.redis`, `wdt.state.postgres`). A host that dies loses it
-- within a lease, and another goes on where the states of its streams stand.
--
-- A late host is kept from committing not by this lease but by the lock on each stream's state, or
-- its fence: the lease only says who is to run.
-- @module wdt.fleet.lead
local duration = require "wdt.duration"
local patience = require "wdt.sync.patience"
local redis = require "wdt.redis"
local state = require "wdt.state"

local M = {}

--- Seconds of a lease, where the file does not say.
M.LEASE = 60

--- Reads the section `[fleet]` of a file: `store`, `lease`.
-- @tparam ?table section
-- @treturn ?table `{ store, lease }`; false where hosts share nothing; nil and what is wrong
function M.settings(section)
  if not (section and section.store) then return false end
  local store = section.store
  if not (redis.parse(store) or store:find "^postgres://.") then
    return nil, "setting 'store' of [fleet] can't be used, expected redis://HOST[:PORT][/DATABASE] "
      .. "or postgres://…"
  end
  local lease = section.lease and duration.parse(section.lease) or not section.lease and M.LEASE
  if not lease or not duration.is_seconds(lease, 1, duration.DAY) then
    return nil, "setting 'lease' of [fleet] can't be used, expected a length of time from 1s to 1d"
  end
  return { store = store, lease = lease }
end

--- Opens the lease of an account.
-- @tparam table settings as `settings` returns it
-- @tparam string name of the account
-- @tparam Host host
-- @treturn Store
function M.store(settings, name, host)
  local make = redis.parse(settings.store) and state.redis or state.postgres
  local store = make(settings.store, "fleet " .. name, settings.lease)
  if store.on then store:on(host) end
  return store
end

-- A task: renews the lease until it is lost, or no more wanted.
local function keep(o, held)
  local function over() return not held.leads or o.stopping() end
  while not over() do
    patience.pause(o.host, o.host:now() + o.store.lease / 3, over)
    if held.leads and not o.store:renew() then held.leads = false end
  end
end

-- Runs the account while this host leads it. Returns true where its streams have ended.
local function lead(o)
  local held = { leads = true }
  o.host:spawn(o.name .. " lease", keep, o, held)
  o.tell "leads"
  o.runner:run(function() return not held.leads or o.stopping() end)
  o.runner:close()
  local ended = held.leads
  held.leads = false
  o.store:unlock()
  if not ended then o.tell "lost" end
  return ended
end

--- Runs an account whenever it is this host's, until its streams have ended or it is to end.
-- @tparam table o `host` (a loop), `name`, `store` (`store`), `runner` (`wdt.fleet.runner`),
-- `stopping()`, `tell(event, err)`: `"leads"`, `"lost"`, or `"waits"` and why, once for each reason
function M.run(o)
  local told
  while not o.stopping() do
    local ok, err = o.store:lock()
    if ok and lead(o) then return end
    if err and err ~= told then o.tell("waits", err) end
    told = err
    patience.pause(o.host, o.host:now() + o.store.lease / 3, o.stopping)
  end
end

return M
