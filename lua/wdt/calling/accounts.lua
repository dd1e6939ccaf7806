--- The accounts that one reading asks, one for each of its routes, as one: what streams, counts and
-- jobs are given.
--
-- | field | |
-- | --- | --- |
-- | `by_route` | accounts (`wdt.calling.account`) by the route's name |
-- | `host` | where they run |
-- | `stats` | of the client, counted by calls that belong to no stream |
-- | `lanes` | windows in flight at once, where a query does not say |
-- | `mask_key` | what `mask` hashes with |
--
-- @module wdt.calling.accounts
local setmetatable, pairs, ipairs, min = setmetatable, pairs, ipairs, math.min

local Accounts = {}
Accounts.__index = Accounts

--- Tells the user's `log` what happens.
-- @tparam string name
-- @tparam table event
function Accounts:emit(name, event)
  self.first:emit(name, event)
end

--- Server time that has surely been reached, by each of the servers.
-- @treturn ?number Unix seconds; nil before each has told its time
function Accounts:certain_time()
  local earliest
  for _, account in pairs(self.by_route) do
    local time = account:certain_time()
    if not time then return nil end
    earliest = min(earliest or time, time)
  end
  return earliest
end

--- True once each server has told its time.
-- @treturn boolean
function Accounts:knows_time()
  for _, account in pairs(self.by_route) do
    if not account:knows_time() then return false end
  end
  return true
end

--- True while more answers of one of them would tell its time better.
-- @treturn boolean
function Accounts:doubts_time()
  for _, account in pairs(self.by_route) do
    if account:doubts_time() then return true end
  end
  return false
end

--- Has a job's lease kept while calls of these accounts wait, as long as someone holds the job.
-- @tparam table job its `keep` is called now and then
function Accounts:keeps(job)
  for _, account in pairs(self.by_route) do account.keepers[job] = true end
end

--- The lease is kept no more.
-- @tparam table job
function Accounts:forgets(job)
  for _, account in pairs(self.by_route) do account.keepers[job] = nil end
end

local M = {}

--- @tparam {[string]=Account} accounts by route
-- @tparam {string...} routes of the reading, with repetitions
-- @tparam table fields `host`, `stats`, `lanes`, `mask_key`
-- @treturn Accounts
function M.new(accounts, routes, fields)
  local by_route = {}
  for _, route in ipairs(routes) do by_route[route] = accounts[route] end
  return setmetatable({ by_route = by_route, first = accounts[routes[1]], host = fields.host,
    stats = fields.stats, lanes = fields.lanes, mask_key = fields.mask_key }, Accounts)
end

return M
