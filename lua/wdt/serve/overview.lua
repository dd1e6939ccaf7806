--- The state of each account, by the rules that the page shows.
--
-- red: a stream is behind by more than twice its target, or its state can't be read; the gateway
-- refuses the account; no call has succeeded since the last one that failed, for ten minutes.
-- yellow: a stream is late, or has windows that could not be proved complete; the last call failed.
-- green: none of that. none: nothing is known yet.
-- @module wdt.serve.overview
local catalog = require "wdt.catalog"
local json = require "wdt.json"
local ngx = require "ngx"
local watch = require "wdt.serve.watch"
local ipairs, max = ipairs, math.max

local M = {}

local LEVELS = { none = 0, green = 1, yellow = 2, red = 3 }
local NAMES = { [0] = "none", "green", "yellow", "red" }

-- Codes that say that the gateway refuses the account, and seconds for which a gateway that fails
-- is a passing trouble.
local REFUSED = { auth = true, permission = true, clock = true }
local PASSING = 600

-- Hours that are looked at for windows that could not be proved.
local RECENT = 7

local function unproved(stream)
  for i = max(1, #(stream.days or {}) - RECENT + 1), #(stream.days or {}) do
    if stream.days[i].hours:find "[ug]" then return true end
  end
  return false
end

-- The level of a stream, and the word for why.
local function judge_stream(stream)
  if stream.state == "failed" then return "red", "unreadable" end
  if stream.state == "new" then return "yellow", "new" end
  if stream.state == "late" then
    local far = (stream.behind or 0) > 2 * stream.target
    return far and "red" or "yellow", "late"
  end
  if unproved(stream) then return "yellow", "unproved" end
  return "green", "ok"
end

-- The level of an account's calls, and why.
local function judge_calls(account)
  local failed, code = watch.last(account, "failure")
  local called = watch.last(account, "call")
  if not failed then return called and "green" or "none", "calls" end
  if called and called >= failed then return "green", "calls" end
  if REFUSED[code] then return "red", "refused", code end
  local since = called or failed
  return ngx.now() - since > PASSING and "red" or "yellow", "failing", code
end

--- The state of an account.
-- @tparam table service
-- @tparam string name
-- @tparam {table} seen its streams, as `wdt.serve.watch` saw them
-- @treturn table `name`, `edition`, `title`, `state`, `reasons` (`{ level, why, stream, code }`),
-- `streams`, `rate`, `used`
function M.of(service, name, seen)
  local settings = service.read.accounts[name]
  local level, why, code = judge_calls(name)
  local worst, reasons = LEVELS[level], {}
  if LEVELS[level] > 1 then reasons[1] = { level = level, why = why, code = code } end
  for _, stream in ipairs(seen) do
    level, why = judge_stream(stream)
    stream.level, stream.blind = level, json.list(stream.blind or {})
    if stream.days then json.list(stream.days) end
    worst = max(worst, LEVELS[level])
    if LEVELS[level] > 1 then
      reasons[#reasons + 1] = { level = level, why = why, stream = stream.stream }
    end
  end
  local client = service.accounts:client(name, false)
  local used, rate
  if client and client.pacer.used then used, rate = client.pacer:used() end
  return { name = name, edition = settings.edition, title = catalog.TITLES[settings.edition],
    state = NAMES[worst], reasons = json.list(reasons), streams = json.list(seen), used = used,
    rate = rate }
end

return M
