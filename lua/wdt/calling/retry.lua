--- Describes what to do about a failure: wait and try again, or give up.
--
-- * Exponential backoff with full jitter: the n-th wait is uniform in [0, min(cap, base ·
--   2^(n−1))].
-- * A throttle (`rate`) is answered by quiet: `cooldown` to twice `cooldown` seconds, as the vendor
--   advises (ultimate error page: 5 to 10 minutes).
-- * A ban whose seconds the gateway tells is waited for as long as it says.
-- * Words that sound like a throttle and are not documented as one are answered by that quiet once;
--   if they come again, they are believed to be what their number says.
-- * A retry budget per account: retries are paid from a bucket that fills at a tenth of the
--   account's rate, so in steady state they never add more than 10 % to the load of a healthy
--   client, however much fails. An empty bucket makes a retry wait, it does not make it fail: what
--   bounds a page is its `attempts` and its `total` deadline.
-- * A push or an action is sent again only where it never left this machine, or the gateway refused
--   it unread (`rate`, `clock`): whatever may have been acted on is for the caller to look up.
-- * What can't succeed by repetition (auth, permission, param, config, …) is never tried again.
--
-- Pure: told the time and a random number.
-- @module wdt.calling.retry
local setmetatable, type, min, max, huge = setmetatable, type, math.min, math.max, math.huge

local SHARE = 0.1 -- of the account's rate may be retries
local BURST = 20  -- retries that may be spent at once after a quiet time

-- Codes that the same request may survive when it is sent again.
local TRANSIENT = { server = true, connect = true, timeout = true, truncated = true, syntax = true,
  rate = true, clock = true, budget = true }

-- Refusals of the gateway itself. After anything else, a request that was sent may have been acted
-- on.
local REFUSED = { param = true, auth = true, permission = true, clock = true, rate = true,
  api = true }

-- Of these refusals, told by a number or a documented sentence, it is certain that the gateway
-- looked no further: safe for pushes and actions too.
local NOT_ACTED = { rate = true, clock = true }

local Budget = {}
Budget.__index = Budget

--- Seconds until a retry may be spent; 0 spends it.
-- @tparam number now monotonic seconds
-- @treturn number
function Budget:spend(now)
  self.tokens = min(BURST, self.tokens + max(0, now - self.at) * self.per_second)
  self.at = max(self.at, now)
  if self.tokens >= 1 then
    self.tokens = self.tokens - 1
    return 0
  end
  local wait = (1 - self.tokens) / self.per_second
  self.tokens = self.tokens - 1 -- reserved: the next one queues after this one
  return wait
end

local Attempts = {}
Attempts.__index = Attempts

--- A try has failed.
-- @tparam string code the failure's code
-- @tparam number now monotonic seconds
-- @tparam number random uniform in [0, 1)
-- @tparam boolean sent true where the request may have left this machine
-- @tparam ?string hint `"words"`: only words told the code, so that a push may have been acted on;
-- `"throttle"`: likewise, and too many calls may have been meant
-- @tparam ?number|boolean ban of a `rate`: seconds for which the gateway told that it refuses all
-- calls
-- @treturn ?number seconds to wait before the next try, nil to give up
-- @treturn ?boolean true if the whole account is to keep quiet meanwhile; also where the call is
-- given up because that is longer than its caller's deadline. Where it is longer than the policy's
-- own time, who set that means to go on without waiting
-- @treturn ?number then, for how many seconds
function Attempts:failed(code, now, random, sent, hint, ban)
  local policy, quiet = self.policy, code == "rate"
  self.count = self.count + 1
  if hint == "throttle" and self.repeatable and not self.suspected then
    self.suspected, quiet = true, true
  elseif not TRANSIENT[code] then
    return nil
  elseif sent and not self.repeatable and (hint or not NOT_ACTED[code]) then
    return nil
  end
  if self.count >= policy.attempts then return nil end
  local wait
  if quiet and type(ban) == "number" then
    wait = ban + 1 + random -- the second it was told in has begun
  elseif quiet then
    wait = policy.cooldown * (1 + random)
  else
    wait = max(random * min(policy.cap, policy.base * 2 ^ (self.count - 1)), self.budget:spend(now))
  end
  if now + wait > self.ends then return nil end
  return now + wait <= self.deadline and wait or nil, quiet, wait
end

local M = {}

--- True where a request that was sent, and failed, may have been acted on all the same.
-- @tparam string code the failure's code
-- @tparam ?integer status of the answer, if there was one
-- @treturn boolean
function M.may_be_done(code, status)
  if code == "http" and status then return status < 300 or status >= 500 end
  return not REFUSED[code]
end

--- The retry budget of an account.
-- @tparam number rate the account's calls a minute
-- @tparam number now monotonic seconds
function M.budget(rate, now)
  return setmetatable({ per_second = SHARE * rate / 60, tokens = BURST, at = now }, Budget)
end

--- The tries of one call.
-- @tparam table policy `{ attempts, base, cap, cooldown, total }`, times in seconds
-- @tparam Budget budget the account's
-- @tparam boolean repeatable false for a push or an action: then only what surely was not acted on
-- is tried again
-- @tparam number now monotonic seconds
-- @tparam ?number deadline monotonic seconds: the caller's, before which the next try has to begin
function M.attempts(policy, budget, repeatable, now, deadline)
  return setmetatable({ policy = policy, budget = budget, repeatable = repeatable, count = 0,
    ends = now + policy.total, deadline = deadline or huge }, Attempts)
end

return M
