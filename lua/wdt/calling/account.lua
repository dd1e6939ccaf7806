--- An account, as one route reaches it: all that a call has to know of it (`wdt.calling.request`).
--
-- | field | |
-- | --- | --- |
-- | `edition` | writes and judges requests: the route (`wdt.edition`) |
-- | `credentials` | what `edition` signs with, and `url`, the address; secret |
-- | `sending` | of each transfer: `timeout`, `proxy`, `ca_file`, `user_agent` |
-- | `host` | where it runs (`wdt.host`) |
-- | `clock` | the server's time, as its last answers tell it (`wdt.calling.clock`) |
-- | `pacer` | the rate budget (`wdt.calling.pacer`, or `joint`), shared by all who use it |
-- | `flying` | the requests on the network, as keys, of all accounts of one place |
-- | `keepers` | jobs whose leases are to be kept while calls wait, as keys: each has a `keep` |
-- | `retry` | the policy, `{ attempts, base, cap, cooldown, total }` (`wdt.calling.retry`) |
-- | `retry_budget` | what retries are paid from, shared as the pacer is |
-- | `page_sizes` | what was learnt of each method's, by name (`wdt.reading.page_ladder`) |
-- | `log` | a function that is told what happens; may be nil |
--
-- @module wdt.calling.account
local beijing = require "wdt.beijing"
local clock = require "wdt.calling.clock"
local retry = require "wdt.calling.retry"
local map = require "wdt.map"
local max, min, next, setmetatable, pairs, type = math.max, math.min, next, setmetatable, pairs,
  type

-- A shorter wait might not move a clock that counts in doubles.
local LEAST_WAIT = 0.001

local Account = {}
Account.__index = Account

--- Tells `log` what happens. No event holds a parameter, a row or a secret.
-- @tparam string name
-- @tparam table event gets the name as its `event`
function Account:emit(name, event)
  if not self.log then return end
  event.event = name
  self.log(event)
end

--- The server's time, as well as it is known.
-- @treturn number Unix seconds
function Account:server_time()
  local offset = self.clock.offset
  if offset then return self.host:now() + offset end
  return self.host:time()
end

--- Server time that has surely been reached: the last answers agree on it (`wdt.calling.clock`).
-- @treturn ?number Unix seconds, nil before an answer has told the server's time
function Account:certain_time()
  return self.clock:certain(self.host:now(), self.host:time())
end

--- True once an answer has told the server's time.
-- @treturn boolean
function Account:knows_time()
  return self.clock.offset ~= nil
end

--- True while more answers would tell the server's time better.
-- @treturn boolean
function Account:doubts_time()
  return self.clock:is_doubtful(self.host:now(), self.host:time())
end

--- Learns the server's time from an answer.
-- @tparam ?string date its `Date`
-- @tparam number sent_at when it was asked for, on the host's clock
-- @treturn ?number seconds to add to the host's clock, by this answer alone; nil where it tells
-- nothing
function Account:learn_clock(date, sent_at)
  local second = beijing.parse_http_date(date)
  return second and self.clock:learn(second, sent_at, self.host:now())
end

-- Seconds between two looks at leases while a call waits.
local SLICE = 1

--- Renews what is due of the leases of all jobs that share the budget: a wait for the rate may be
-- longer than a lease, and so may be the turns of other jobs. A job's lease that is lost is no
-- failure of the call: the job is told when it looks, and its commit is refused.
-- @treturn boolean false where the account itself is another host's: nothing may be sent
function Account:keep()
  local jobs, ours = {}, true
  for job in pairs(self.keepers) do jobs[#jobs + 1] = job end
  for i = 1, #jobs do
    if jobs[i]:keep() == false then ours = false end
  end
  return ours
end

--- Waits, and keeps the leases meanwhile.
-- @tparam number seconds
-- @treturn boolean true; or nil, err, code where the host breaks it off
function Account:rest(seconds)
  local host = self.host
  local stop = host:now() + seconds
  while true do
    local slice = stop - host:now()
    if next(self.keepers) then slice = min(slice, SLICE) end
    local _, err, code = host:sleep(max(LEAST_WAIT, slice))
    if err then return nil, err, code end
    if host:now() >= stop - LEAST_WAIT then return true end
    self:keep()
  end
end

local M = {}

--- Returns what all who use an account in one place share.
-- @tparam Pacer pacer
-- @tparam table flying the requests on the network there, as weak keys
-- @tparam number|table rate calls a minute, as `wdt.calling.pacer.new` takes it
-- @tparam number now monotonic seconds
-- @treturn table `{ pacer, flying, keepers, retry_budget }`
function M.budget(pacer, flying, rate, now)
  return { pacer = pacer, flying = flying, keepers = setmetatable({}, { __mode = "k" }),
    retry_budget = retry.budget(type(rate) == "table" and rate.default or rate, now) }
end

--- Makes an account.
-- @tparam table fields all but `clock`, `page_sizes` and those of `budget`
-- @tparam table budget as `budget` returns it
-- @treturn Account
function M.new(fields, budget)
  local account = { clock = clock.new(), page_sizes = {} }
  for _, part in pairs{ fields, budget } do
    map.add(account, part)
  end
  return setmetatable(account, Account)
end

--- The account with other credentials: its budget, its clock and all else stay shared.
-- @tparam Account account
-- @tparam table changes fields of its credentials
-- @treturn Account
function M.signing(account, changes)
  local credentials = {}
  for _, part in pairs{ account.credentials, changes } do
    map.add(credentials, part)
  end
  local copy = map.copy(account)
  copy.credentials = credentials
  return setmetatable(copy, Account)
end

return M
