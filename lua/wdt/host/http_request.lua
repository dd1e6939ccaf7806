--- A request as it is given to a host that has a network: checked and completed.
-- @module wdt.host.http_request
local misuse = require("wdt.error").misuse
local version = require "wdt.version"
local pairs, sort, tostring, type = pairs, table.sort, tostring, type

local M = {}

--- Seconds, where a request does not say: `connect` until the connection stands (TLS included),
-- `stall` without a byte, `total` for the whole answer. All count only while somebody waits in
-- `pull`: a slow consumer never times out.
M.TIMEOUT = { connect = 5, stall = 20, total = 120 }

--- The User-Agent of a request that names none.
M.USER_AGENT = "wdt/" .. version

local TYPES = { url = "string", body = "string", headers = "table", timeout = "table",
                proxy = "string", ca_file = "string", user_agent = "string", fresh = "boolean" }

-- Counted from a check of this file: check, `complete`, the host's `open`, its caller.
local CALLER = 4

--- True for an http or https address whose port, if it has one, is written in digits and from 1 to
-- 65535. One that Lua joined from a number may be "80.0".
-- @tparam string url
-- @treturn boolean
function M.is_address(url)
  local server = url:match("^https?://([^/?#]+)")
  if not server then return false end
  local port = server:gsub("^.*@", ""):gsub("^%[[^%[%]]*%]", ""):match(":(.*)$")
  return port == nil or port:find("^%d%d?%d?%d?%d?$") ~= nil and port + 0 >= 1 and port + 0 <= 65535
end

local function check_request(request)
  if type(request) ~= "table" then misuse(CALLER, "request", request, "a table") end
  for key, value in pairs(request) do
    local name, expected = "request." .. tostring(key), TYPES[key]
    if not expected then misuse(CALLER, name, value, "no such parameter") end
    -- Values are shown by their type only: a URL carries a signature, a body data, a proxy perhaps
    -- a password.
    if type(value) ~= expected then misuse(CALLER, name, type(value), "a " .. expected) end
    if expected == "string" and key ~= "body" and value:find("%c") then
      misuse(CALLER, name, "text with control characters", "printable text")
    end
  end
  if not (request.url and M.is_address(request.url)) then
    misuse(CALLER, "request.url", request.url and "something else",
      "an http:// or https:// URL, of a port from 1 to 65535")
  end
  if not request.body then misuse(CALLER, "request.body", nil, "a string") end
end

local function check_timeout(timeout)
  for key, value in pairs(timeout) do
    local name = "request.timeout." .. tostring(key)
    if not M.TIMEOUT[key] then misuse(CALLER, name, value, "no such parameter") end
    if type(value) ~= "number" or not (value > 0 and value <= 1e6) then
      misuse(CALLER, name, value, "seconds, above 0 and up to 1e6")
    end
  end
end

-- Header lines in an order of their own, so that equal requests are equal bytes.
local function header_lines(headers)
  local lines = {}
  for name, value in pairs(headers) do
    if type(name) ~= "string" or not name:find("^[%w!#$%%&'*+.^_`|~-]+$") then
      misuse(CALLER, "request.headers", name, "names of headers")
    end
    if type(value) ~= "string" or value == "" or value:find("%c") then
      misuse(CALLER, "request.headers." .. name,
        type(value) == "string" and "empty or has control characters"
        or type(value), "one line of text")
    end
    lines[#lines + 1] = name .. ": " .. value
  end
  sort(lines)
  return lines
end

--- Checks a request. Raises at the caller of the function that calls this one.
-- @tparam table request `url`, `body`; optional `headers` (name to value), `timeout` (see
-- `TIMEOUT`), `proxy` (a URL), `ca_file` (PEM; trusted instead of the system's authorities),
-- `user_agent`, `fresh` (true: on a new connection, never on a kept one)
-- @param decoder of `wdt.core`
-- @treturn {string} header lines, `Name: value`
-- @treturn number seconds to `connect`
-- @treturn number seconds of `stall`
-- @treturn number seconds in `total`
-- @treturn string user agent
function M.complete(request, decoder)
  check_request(request)
  local timeout = request.timeout or M.TIMEOUT
  check_timeout(timeout)
  local lines = header_lines(request.headers or {})
  if type(decoder) ~= "userdata" then misuse(CALLER - 1, "decoder", decoder,
    "a decoder of wdt.core") end
  return lines, timeout.connect or M.TIMEOUT.connect, timeout.stall or M.TIMEOUT.stall,
    timeout.total or M.TIMEOUT.total, request.user_agent or M.USER_AGENT
end

return M
