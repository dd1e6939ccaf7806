--- The host of a plain interpreter: libcurl for the network, the system's clocks.
--
-- What every host offers: `now`, `time`, `sleep`, `random`, `open`, `close`. A host owns one pool of kept-alive
-- connections; its exchanges may be in flight side by side ("lanes"), and whoever waits for one drives all of them.
--
-- An exchange: `pull()` -> true (the decoder has got more, or a quarter of a second has passed: ask the decoder, and pull
-- again) | false (the answer is complete) | nil, err, code; `poll()` -> true when the answer is complete or has failed,
-- without waiting; `status`, `bytes` (of the body, decompressed); `header(name)`; `close()`. Only the body of a 200 reaches
-- the decoder; any other is thrown away, and however that ends, the answer is its status. When the decoder refuses its
-- bytes, one pull says true (its rows, then its error, come from `decoder:next()`), every later one returns its error.
--
-- Only the settings count: `http_proxy` and the like are not read from the environment.
--
-- @module wdt.host.curl
local pairs, require = pairs, require
local setmetatable, sort, tostring, type = setmetatable, table.sort, tostring, type
local misuse = require("wdt.error").misuse

local curl = require("wdt.native").load "wdt.curl"

local M = {}
local Host = {}
local meta = { __index = Host, __metatable = false }

--- Seconds, where a request does not say: `connect` until the connection stands (TLS included), `stall` without a byte,
-- `total` for the whole answer. All count only while somebody waits in `pull`: a slow consumer never times out.
M.TIMEOUT = { connect = 5, stall = 20, total = 120 }

--- What a request says it is, where it does not say.
M.USER_AGENT = "wdt"

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

--- A number nobody can foresee, for jitter.
-- @treturn number in [0, 1)
function Host.random()
  return curl.random()
end

--- Waits.
-- @tparam number seconds
function Host.sleep(_, seconds)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 1e9) then
    misuse(2, "seconds", seconds, "a number from 0 to 1e9")
  end
  local now = curl.now()
  local stop = now + seconds
  while now < stop do
    -- Comes back at every signal, so that the hook by which an interpreter turns Ctrl-C into an error runs here.
    curl.sleep(stop - now)
    now = curl.now()
  end
end

local TYPES = { url = "string", body = "string", headers = "table", timeout = "table",
                proxy = "string", ca_file = "string", user_agent = "string" }

-- These raise at the caller of `open`.
local function check_request(request)
  if type(request) ~= "table" then misuse(3, "request", request, "a table") end
  for key, value in pairs(request) do
    local name, expected = "request." .. tostring(key), TYPES[key]
    if not expected then misuse(3, name, value, "no such parameter") end
    -- Values are shown by their type only: a URL carries a signature, a body data, a proxy perhaps a password.
    if type(value) ~= expected then misuse(3, name, type(value), "a " .. expected) end
    if expected == "string" and key ~= "body" and value:find("%c") then
      misuse(3, name, "text with control characters", "printable text")
    end
  end
  if not (request.url and request.url:find("^https?://[^/?#]")) then
    misuse(3, "request.url", request.url and "something else", "a URL that starts with http:// or https://")
  end
  if not request.body then misuse(3, "request.body", nil, "a string") end
end

local function check_timeout(timeout)
  for key, value in pairs(timeout) do
    local name = "request.timeout." .. tostring(key)
    if not M.TIMEOUT[key] then misuse(3, name, value, "no such parameter") end
    if type(value) ~= "number" or not (value > 0 and value <= 1e6) then
      misuse(3, name, value, "seconds, above 0 and up to 1e6")
    end
  end
end

-- Header lines in an order of their own, so that equal requests are equal bytes.
local function header_lines(headers)
  local lines = {}
  for name, value in pairs(headers) do
    if type(name) ~= "string" or not name:find("^[%w!#$%%&'*+.^_`|~-]+$") then
      misuse(3, "request.headers", name, "names of headers")
    end
    if type(value) ~= "string" or value == "" or value:find("%c") then
      misuse(3, "request.headers." .. name, type(value) == "string" and "empty or has control characters" or type(value),
        "one line of text")
    end
    lines[#lines + 1] = name .. ": " .. value
  end
  sort(lines)
  return lines
end

--- Starts a POST, without waiting for its answer.
-- @tparam table request `url`, `body`; optional `headers` (name to value), `timeout` (see `TIMEOUT`), `proxy` (a URL), `ca_file`
-- (PEM; trusted instead of the system's authorities), `user_agent`
-- @param decoder of `wdt.core`; the body of a 200 pours into it
-- @return exchange
-- @treturn[2] nil
-- @treturn[2] string `"code: text"`
-- @treturn[2] string code: `closed`, `limit`
function Host:open(request, decoder)
  check_request(request)
  local timeout = request.timeout or M.TIMEOUT
  check_timeout(timeout)
  local lines = header_lines(request.headers or {})
  if type(decoder) ~= "userdata" then misuse(2, "decoder", decoder, "a decoder of wdt.core") end
  return self.pool:open(decoder, request.url, request.body, lines,
    timeout.connect or M.TIMEOUT.connect, timeout.stall or M.TIMEOUT.stall, timeout.total or M.TIMEOUT.total,
    request.proxy, request.ca_file, request.user_agent or M.USER_AGENT)
end

--- Shuts the connections; exchanges in flight are closed. Idempotent.
function Host:close()
  self.pool:close()
end

return M
