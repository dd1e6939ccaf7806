--- Which of the accounts a process runs: those that are not paused (`wdt.fleet.orders`) and, where
-- several hosts share a store (`wdt.state.redis`, `wdt.state.postgres`), that this host leads.
--
-- An account is on one host at a time: the one that holds its lease. A host that dies loses it
-- within a lease, and another goes on where the states of its streams stand. Of n hosts each leads
-- an n-th of the accounts, rounded up: it takes those that no one leads, the one that is late for
-- the longest time first, and gives up what is above its share once the window in hand is
-- committed, the one that is due last first. From a host that lives nothing is taken. Within an
-- account, turns go by due time as well (`wdt.sync.schedule`).
--
-- A host whose lease has ended by its own clock makes no further call (`wdt.calling.account`). It
-- is kept from committing late by the lock on each stream's state, or its fence.
-- @module wdt.fleet.lead
local duration = require "wdt.duration"
local orders = require "wdt.fleet.orders"
local pacer = require "wdt.calling.pacer"
local patience = require "wdt.sync.patience"
local redis = require "wdt.redis"
local state = require "wdt.state"
local error, ipairs, pairs, pcall, setmetatable, tonumber, sort = error, ipairs, pairs, pcall,
  setmetatable, tonumber, table.sort
local ceil, huge, max, min = math.ceil, math.huge, math.max, math.min

local M = {}

--- Seconds of a lease, where the file does not say.
M.LEASE = 60

-- Seconds between two looks at the orders, and of their lock, whose holder may die.
local LOOK, ORDERS = 1, 5

--- Reads the section `[fleet]` of a file: `store`, `lease`.
-- @tparam ?table section
-- @treturn ?table `{ store, lease }`; false where hosts share nothing; nil and what is wrong
function M.settings(section)
  if not (section and section.store) then return false end
  local store = section.store
  if not (redis.parse(store) or store:find "^postgres://.") then
    return nil, "setting 'store' of [fleet] can't be used, expected redis://HOST[:PORT]"
      .. "[/DATABASE], redis+sentinel://HOST[:PORT],…/MASTER[/DATABASE] or postgres://…"
  end
  local lease = section.lease and duration.parse(section.lease) or not section.lease and M.LEASE
  if not lease or not duration.is_seconds(lease, 1, duration.DAY) then
    return nil, "setting 'lease' of [fleet] can't be used, expected a length of time from 1s to 1d"
  end
  return { store = store, lease = lease }
end

--- Opens what hosts share.
-- @tparam table settings as `settings` returns it
-- @tparam string name of the account; or one of this module's own, which begin with a slash
-- @tparam Host host
-- @tparam ?number lease seconds; nil: that of the settings
-- @treturn Store
function M.store(settings, name, host, lease)
  local make = redis.parse(settings.store) and state.redis or state.postgres
  local between = name:find "^/" and "" or " "
  local store = make(settings.store, "fleet" .. between .. name, lease or settings.lease)
  if store.on then store:on(host) end
  return store
end

--- Opens the orders of people (`wdt.fleet.orders`).
-- @tparam table|boolean settings as `settings` returns it; false: of one host
-- @tparam ?string path the file of one host; nil: nothing is ordered, nor can be
-- @tparam Host host
-- @tparam ?integer began the number of the orders when this process began; nil: now
-- @treturn Orders
function M.orders(settings, path, host, began)
  local store = not path and state.memory() or settings
    and M.store(settings, "/orders", host, ORDERS) or state.file(path)
  return orders.new(store, host, began)
end

--- Who leads an account.
-- @tparam Store store of the account
-- @tparam number now epoch seconds
-- @treturn ?table `host`, `since`, `until` (epoch seconds of this machine); nil where no host does;
-- or nil, err, code
function M.leader(store, now)
  local held, err, code = store:holder()
  if not held or held.left <= 0 then return nil, err, code end
  local note
  note, err, code = store:load()
  if err then return nil, err, code end
  return { host = note and note:match "^%S+ (.+)$" or held.owner, since = now - held.age,
    ["until"] = now + held.left }
end

-- ---- one account ----

-- Returns true while the account's lease is this host's, by its own clock, which began before the
-- store's.
local function holds(self, one)
  return not self.shared or one.ends ~= nil and self.host:now() < one.ends
end

-- Returns true while the account is to run here. Nothing does before the orders were read once.
local function runs(self, one)
  return self.knows and holds(self, one) and not one.surplus and not self.drained
    and self.host:now() >= (one.begins or 0) and not self.orders:is_paused(one.name)
    and not self.stopping()
end

-- Returns what the lease says: when the first of the jobs is late, and who leads. A job that was
-- never read is late since ever.
local function note_of(self, one)
  local due = huge
  for _, job in ipairs(one.runner:states()) do
    if job.running then due = min(due, job.watermark and job.watermark + job.target or 0) end
  end
  return ("%.0f %s"):format(due < huge and due or 2 ^ 33, self.name)
end

-- Renews the lease. False where the store can't be asked.
local function renew(self, one)
  local at = self.host:now()
  local kept = one.store:save(note_of(self, one))
  if kept then one.ends = at + self.shared.lease end
  if not kept and one.store.lost then one.ends = nil end
  return kept or one.store.lost
end

-- Gives the lease up, if it is this host's. Who takes it next counts a minute from then on: where
-- calls that no one knows of may go on for longer (`quiet_of`), it ends by itself, a lease later.
local function release(self, one)
  if one.ends then
    one.store:save(note_of(self, one))
    if (one.begins or 0) <= self.host:now() + pacer.WINDOW then one.store:unlock() end
  end
  one.ends, one.surplus = nil, false
end

-- Seconds until an account may begin. A budget that hosts do not share knows nothing of the calls
-- of the host that led before: they have to be a minute old. Where the store knows of none, it may
-- have been emptied, and that host goes on until it hears of that, for a lease at most.
local function quiet_of(self, one, before)
  if one.client.budget or before and before.owner == one.store.owner then return 0 end
  return max(0, pacer.WINDOW + (before and min(0, before.left) or self.shared.lease))
end

-- Takes a lease that is free. True where it is this host's now; nil where it can't be. What it had
-- to wait for when it took it before, it still has to; and when it tried to: where the answer was
-- lost, the lease is its own all the same.
local function take(self, one, before)
  local at = self.host:now()
  one.begins = max(one.begins or 0, at + quiet_of(self, one, before))
  local ok, err = one.store:lock()
  if ok then
    one.ends, one.told = at + self.shared.lease, nil
    one.store:save(note_of(self, one))
    return true
  end
  if err ~= one.told then self.tell("waits", one.name, err) end
  one.told = err
end

-- ---- the hosts' shares ----

-- This host is there, and so known to the others; how many hosts there are.
local function count_hosts(self)
  local presence = self.presence
  if not (presence.fence and presence:renew()) then presence:lock() end
  local function lives(name)
    local held = M.store(self.shared, "/host/" .. name, self.host):holder()
    return held ~= nil and held.left > 0
  end
  self.orders:join(self.name, lives)
  local n = 0
  for name in pairs(self.orders.now.hosts) do
    if name == self.name or lives(name) then n = n + 1 end
  end
  return max(n, 1)
end

-- Accounts that no host leads, those that are late for the longest time first; or nil where the
-- store can't be asked.
local function free_accounts(self)
  local list = {}
  for _, one in ipairs(self.accounts) do
    if not one.ends and not one.done and not self.orders:is_paused(one.name) then
      local held, err = one.store:holder()
      if err then
        if err ~= one.told then self.tell("waits", one.name, err) end
        one.told = err
        return nil
      end
      if not held or held.left <= 0 then
        local note = held and one.store:load()
        list[#list + 1] = { account = one, before = held, due = tonumber(
          note and note:match "^%d+") or 0, name = one.name }
      end
    end
  end
  sort(list, function(a, b)
    if a.due ~= b.due then return a.due < b.due end
    return a.name < b.name
  end)
  return list
end

-- Renews what this host leads. How many accounts those are, and how many there are to lead. One
-- that has not begun yet, and is not to, is given up here: no task runs that would do so at its
-- end.
local function renew_all(self)
  local led, all, reached = {}, 0, true
  for _, one in ipairs(self.accounts) do
    local paused = self.orders:is_paused(one.name)
    if not one.done and not paused then all = all + 1 end
    if one.ends and not one.leads and (one.surplus or paused) then release(self, one) end
    if one.ends and reached then reached = renew(self, one) end
    if one.ends and holds(self, one) and not one.surplus then led[#led + 1] = one end
  end
  return led, all
end

-- A host leads its share of the accounts and no more: what is above it is given up, beginning with
-- what is due last; what no one leads is taken, beginning with what is late for the longest time.
local function share_out(self)
  local led, all = renew_all(self)
  if self.drained or self.stopping() then return self.presence:unlock() end
  local share = ceil(all / count_hosts(self))
  if #led > share then
    sort(led, function(a, b) return note_of(self, a) > note_of(self, b) end)
    for i = 1, #led - share do led[i].surplus = true end
  end
  local free = #led < share and free_accounts(self) or {}
  for i = 1, min(#free, share - #led) do take(self, free[i].account, free[i].before) end
end

-- ---- a process' part ----

local Part = {}
Part.__index = Part

--- True once all accounts have ended, or were left.
-- @treturn boolean
function Part:finished()
  for _, one in ipairs(self.accounts) do
    if not one.left then return false end
  end
  return true
end

-- Seconds between two looks at the orders.
local function interval(self)
  return self.shared and min(LOOK, self.shared.lease / 3) or LOOK
end

local function look(self)
  local ok, err = self.orders:read()
  self.knows = self.knows or ok
  if ok and not self.shared and not self.noted then
    self.noted, err = self.orders:runs(self.name, self.host:time())
  end
  if err and err ~= self.told then self.tell("waits", nil, err) end
  self.told = err
  if self.orders:is_drained(self.name) and not self.drained then
    self.drained = true
    self.tell "drained"
  end
  for _, one in ipairs(self.accounts) do
    local paused = self.orders:is_paused(one.name)
    if paused ~= one.paused then self.tell(paused and "paused" or "resumed", one.name) end
    one.paused = paused
  end
end

--- A task beside those of the accounts: looks at the orders, and keeps the leases until all
-- accounts were left.
function Part:run()
  local share_at = 0
  local function finished() return self:finished() end
  repeat
    look(self)
    if self.shared and self.knows and self.host:now() >= share_at then
      share_out(self)
      share_at = self.host:now() + self.shared.lease / 3
    end
    patience.pause(self.host, self.host:now() + interval(self), finished, interval(self))
  until self:finished()
  if self.presence then self.presence:unlock() end
end

-- Runs an account while it is this host's. True where its jobs have ended.
local function run_once(self, one)
  local keeper = { keep = function() return holds(self, one) end }
  for _, account in pairs(one.client.accounts) do account.keepers[keeper] = true end
  one.leads = true
  if self.shared then self.tell("leads", one.name) end
  one.runner:run(function() return not runs(self, one) end)
  one.done = runs(self, one)
  local lost = not holds(self, one)
  one.runner:close()
  for _, account in pairs(one.client.accounts) do account.keepers[keeper] = nil end
  one.leads = false
  release(self, one)
  if lost or self.shared and not one.done then self.tell(lost and "lost" or "left", one.name) end
  return one.done
end

-- Runs an account whenever it is this host's, until its jobs have ended or it is to end.
local function lead(self, one)
  local function over() return self.drained or self.stopping() end
  while not over() do
    if runs(self, one) and run_once(self, one) then return end
    patience.pause(self.host, self.host:now() + interval(self), function()
      return over() or runs(self, one)
    end, interval(self))
  end
end

--- A task: runs an account whenever it is this host's, until its jobs have ended or it is to end.
-- @tparam table one of the accounts
function Part:lead(one)
  local fine, err = pcall(lead, self, one)
  release(self, one)
  one.left = true
  if not fine then error(err, 0) end
end

--- A process' part in a fleet.
-- @tparam table o `host` (a loop), `name` (of this machine), `shared` (as `settings` returns it),
-- `orders`, `accounts` (`{ name, client, runner }`, whose fields `leads`, `paused` and `left` are
-- kept up to date: `left` once its task has ended), `stopping()`, `tell(event, account, err)`:
-- `"leads"`, `"lost"`, `"left"`, `"paused"`, `"resumed"`, `"drained"` (without an account), or
-- `"waits"` and why, once for each reason
-- @treturn Part `drained` is true once this host was told to end
function M.new(o)
  local self = setmetatable(o, Part)
  self.drained, self.knows = false, false
  for _, one in ipairs(self.accounts) do one.leads, one.paused, one.left = false, false, false end
  if self.shared then
    self.presence = M.store(self.shared, "/host/" .. self.name, self.host)
    for _, one in ipairs(self.accounts) do one.store = M.store(self.shared, one.name, self.host) end
  end
  return self
end

return M
