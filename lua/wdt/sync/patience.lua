--- How a job waits: for its next poll, and for what passes by itself.
-- @module wdt.sync.patience
local min, max, huge = math.min, math.max, math.huge

-- Seconds, at most, between two renewals of a lease while calls wait.
local KEEP = 10

-- Seconds between two looks for a request to stop.
local SLICE = 1

local M = {
  --- Codes of failures that pass by themselves: the gateway's, the network's, and those of what
  -- stands between. The others are for a person to put right.
  PASSING = { server = true, connect = true, timeout = true, truncated = true, syntax = true,
    rate = true, http = true, tls = true, clock = true, budget = true },
}

-- Waits until a time of the host's clock, and keeps the state's lease meanwhile. Returns false when
-- the loop is to end instead; or nil, err, code where the lease is lost.
function M.wait_until(self, at)
  local host = self._client.host
  while host:now() < at do
    if self:stopping() then return false end
    local kept, err, code = self:renew()
    if not kept then return nil, err, code end
    host:sleep(max(0.001, min(SLICE, at - host:now())))
  end
  return not self:stopping()
end

--- Waits until a time of the host's clock, unless it is to end before.
-- @param host
-- @tparam number at
-- @tparam function stopping
-- @tparam ?number slice seconds between two looks at that (1)
function M.pause(host, at, stopping, slice)
  while host:now() < at and not stopping() do
    host:sleep(max(0.001, min(slice or SLICE, at - host:now())))
  end
end

-- Keeps the lease of a store that has one.
function M.renew(self)
  local state = self._options.state
  if not state.renew then return true end
  self._kept_at = self._client.host:now()
  return state:renew()
end

-- Keeps the lease while calls wait (`wdt.calling.account`), where it is due. Where it is lost, the
-- next `renew` says so, and no commit passes.
function M.keep(self)
  local due = (self._kept_at or 0) + min(KEEP, (self._options.state.lease or huge) / 4)
  if self._client.host:now() >= due then M.renew(self) end
end

-- Waits after a failure that passes by itself, where the job is to follow: longer and longer, as
-- polls do. Returns true to try again, false when the loop is to end instead, nil where the failure
-- is to be told.
function M.outlasts(self, err, code)
  local o = self._options
  if not o.follow or not M.PASSING[code] then return nil end
  local pause = min(o.poll.most, o.poll.least * 2 ^ self._failures)
  self._failures = min(self._failures + 1, 16)
  self._client:emit("outage", { name = o.name, error = err, code = code, retry_in = pause })
  return self:wait_until(self._client.host:now() + pause)
end

return M
