--- The host of a plain interpreter: libcurl for the network, the system's clocks.
--
-- Every host offers `now`, `time`, `sleep`, `random`, `open`, `close`. A host owns one pool
-- of kept-alive connections; its exchanges may be in flight side by side ("lanes"), and the one who
-- waits for one drives all of them.
--
-- An exchange: `pull()` -> true (the decoder has got more, another exchange has ended, or a quarter
-- of a second has passed: ask the decoder, and pull again) | false (the answer is complete) | nil,
-- err, code; `poll()` -> true when the answer is complete or has failed, without waiting; `status`,
-- `bytes` (of the body, decompressed); perhaps `is_orphan()` -> true once no one can go on with it
-- (nginx); `sent` (the request may have left, so it may be acted on
-- whatever comes back); `header(name)`; `close()`. An exchange sends its request once: where a kept
-- connection turns out to have ended, it fails, and sending again is for the caller to decide and
-- to count. Only the body of a 200 reaches the decoder; any other is thrown away, and however that
-- ends, the answer is its status. When the decoder refuses its bytes, one pull says true (its rows,
-- then its error, come from `decoder:next()`), every later one returns its error.
--
-- Only the settings count: `http_proxy` and the like are not read from the environment.
--
-- @module wdt.host.curl
local message = require "wdt.host.http_request"
local misuse = require("wdt.error").misuse
local setmetatable, type = setmetatable, type

local curl = require("wdt.native").load "wdt.curl"

local M = {}
local Host = {}
local meta = { __index = Host, __metatable = false }

--- Limits of a request that does not give its own, see `wdt.host.http_request`.
M.TIMEOUT = message.TIMEOUT

--- Name of a request that does not give its own.
M.USER_AGENT = message.USER_AGENT

--- A host with connections of its own.
-- @return host
function M.new()
  return setmetatable({ pool = curl.pool() }, meta)
end

--- Monotonic seconds.
-- @treturn number
function Host.now()
  return curl.now()
end

--- Unix time, with fractions.
-- @treturn number
function Host.time()
  return curl.time()
end

--- A number no one can foresee, for jitter.
-- @treturn number in [0, 1)
function Host.random()
  return curl.random()
end

--- Waits.
-- @function Host:sleep
-- @tparam number seconds
function Host.sleep(_, seconds)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 1e9) then
    misuse(2, "seconds", seconds, "a number from 0 to 1e9")
  end
  local now = curl.now()
  local stop = now + seconds
  while now < stop do
    -- Comes back at every signal, so that the hook by which an interpreter turns Ctrl-C into an
    -- error runs here.
    curl.sleep(stop - now)
    now = curl.now()
  end
end

--- Starts a POST, without waiting for its answer.
-- @tparam table request see `wdt.host.http_request.complete`
-- @param decoder of `wdt.core`; the body of a 200 pours into it
-- @return exchange
-- @treturn[2] nil
-- @treturn[2] string `"code: text"`
-- @treturn[2] string code: `closed`, `limit`
function Host:open(request, decoder)
  local lines, connect, stall, total, user_agent = message.complete(request, decoder)
  return self.pool:open(decoder, request.url, request.body, lines, connect, stall, total,
    request.proxy, request.ca_file,
    user_agent, request.fresh)
end

--- Shuts the connections; exchanges in flight are closed. Idempotent.
function Host:close()
  self.pool:close()
end

return M
