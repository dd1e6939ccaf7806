--- Failures as a program sees them: a status, and the library's code in the body.
-- @module wdt.serve.failures
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.json"
local ngx = require "ngx"
local ipairs, tostring = ipairs, tostring

local M = {}

--- Status by code. The codes are those of `wdt.error`, and the service's own: `token` (no consumer
-- asks), `forbidden`, `unknown` (no such thing), `queue` (too much at once), `quota` (the day is
-- used up), `busy` (the service's own limit), `copy` (there is none that proves the range),
-- `deadline`, `version`, `internal`.
M.STATUS = { param = 400, token = 401, forbidden = 403, unknown = 404, method = 405,
  copy = 409, version = 505, queue = 429, quota = 429, rate = 429,
  internal = 500, config = 500, output = 500, busy = 503, state = 503, closed = 503, budget = 503,
  auth = 502, permission = 502, clock = 502, server = 502, http = 502, connect = 502, tls = 502,
  truncated = 502, syntax = 502, api = 502, limit = 502, unconfirmed = 502, uncertified = 502,
  timeout = 504, deadline = 504 }

-- Whose fault it is, where a program's user could think it is its own token's.
local WHOSE = "the ERP refuses the credentials that this service has for the account, not yours"
local OF_THE_ACCOUNT = { auth = true, permission = true, clock = true }

-- Seconds after which it may be tried again, where nothing else tells.
local RETRY = { rate = 60, queue = 1, busy = 5, budget = 60, state = 10, closed = 5 }

--- A failure as the library returns it, in parts.
-- @tparam string err "code: text"
-- @tparam ?string code
-- @treturn table `{ code, text, whose }`
function M.of(err, code)
  err = tostring(err)
  code = code or err:match "^(%l+): " or "internal"
  local text = err:gsub("^" .. code .. ": ", "", 1)
  return { code = code, text = text, whose = OF_THE_ACCOUNT[code] and WHOSE or nil }
end

--- Answers with a failure; nothing of the answer may have been sent.
-- @tparam table failed as `of` has it, with further fields as they are to be told; `retry_after`:
-- seconds
function M.answer(failed)
  ngx.status = M.STATUS[failed.code] or 500
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  local retry = failed.retry_after or RETRY[failed.code]
  if retry then ngx.header["Retry-After"] = retry end
  if failed.code == "token" then ngx.header["WWW-Authenticate"] = 'Bearer realm="wdt"' end
  if failed.code == "method" then ngx.header["Allow"] = failed.allow end
  ngx.print(json.line{ error = failed })
end

--- The names of what a reading can't show.
-- @tparam {table} blind of `stream:progress()`
-- @treturn table a list, also in JSON
function M.names(blind)
  local list = {}
  for i, one in ipairs(blind) do list[i] = one.name end
  return json.list(list)
end

M.null = core.null

return M
