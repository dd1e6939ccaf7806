--- How this library fails.
--
-- Misuse (a parameter that can never work) raises an error at the caller's line. Whatever the world
-- does (network, gateway, disk) returns `nil, "code: text", "code"`; a `for` loop over a stream
-- raises that same string. Errors are strings because nginx logs any other error object as "unknown
-- reason".
--
-- The codes are stable words, safe to compare:
--
-- | code | meaning |
-- | --- | --- |
-- | `config` | the client's settings are incomplete or contradict each other |
-- | `param` | the gateway refused a parameter |
-- | `auth` | the gateway refused sid, appkey or sign |
-- | `permission` | the account may not call this method, or not from this address |
-- | `clock` | the gateway refused the timestamp, or tells no time where its time is needed |
-- | `rate` | the account's calls per minute are used up |
-- | `budget` | the rate budget that hosts share can't be asked, so nothing is sent |
-- | `server` | the gateway reports a failure of its own, or answers 5xx |
-- | `api` | any other refusal of the gateway |
-- | `http` | an answer that is not the API's (a status, a redirect, a web page) |
-- | `connect`, `timeout`, `tls` | no connection, no bytes in time, no trust |
-- | `truncated` | the body ended before the document did |
-- | `syntax` | the body is not JSON, or not the shape that was promised |
-- | `limit` | a named limit was reached |
-- | `unconfirmed` | a change was sent, and no answer tells what became of it: look it up first |
-- | `closed` | the object was closed |
-- | `uncertified` | a piece of the range could not be proved complete, and `strict` was asked for |
-- | `state` | stored state is damaged, locked or unwritable |
--
-- @module wdt.error
local error, tostring, type = error, tostring, type
local select, format = select, string.format

local M = {}

--- Returns what a failing function returns.
-- @tparam string code one of the codes above
-- @tparam string text a format, in English; the gateway's own words are passed as an argument,
-- untouched
-- @return nil
-- @treturn string `"code: text"`
-- @treturn string the code
function M.failure(code, text, ...)
  if select("#", ...) > 0 then text = format(text, ...) end
  return nil, code .. ": " .. text, code
end

--- A value as an error message shows it: short, on one line.
-- @param value anything
-- @treturn string
function M.show(value)
  if type(value) ~= "string" then return tostring(value) end
  if #value > 60 then value = value:sub(1, 57) .. "..." end
  return (format("%q", value):gsub("\\\n", "\\n"))
end

--- Returns what is wrong with a parameter, for a function that leaves it to its caller to raise it.
-- @tparam string name the parameter
-- @param value what was given
-- @tparam string expected what would have been right
-- @return nil
-- @treturn string
function M.problem(name, value, expected)
  return nil, format("parameter '%s' is %s, expected %s", name, M.show(value), expected)
end

--- Raises a misuse error at the caller of the public function.
-- @tparam number level as in `error`, counted from the function that calls this one
-- @tparam string name the parameter
-- @param value what was given
-- @tparam string expected what would have been right
function M.misuse(level, name, value, expected)
  error(format("parameter '%s' is %s, expected %s", name, M.show(value), expected), level + 1)
end

return M
