--- Everything that can go wrong on the way, as data: what the gateway answers, or what the host
-- must do to the answer.
--
-- A *directive* is handed over beside the response for the one who carries it (the in-process host,
-- or nginx) to act out: `{ kind = "connect" }` no connection; `{ kind = "reset", at = n }` the
-- connection breaks after n bytes of the body; `{ kind = "truncate", at = n }` it is closed in good
-- order after n bytes, fewer than Content-Length says; `{ kind = "stall", at = n }` nothing comes
-- after n bytes; `{ kind = "delay", seconds = s }` all comes, later; and, over real sockets only,
-- `{ kind = "gzip" }` (Content-Encoding: gzip before bytes that are not) and `{ kind = "chunked" }`
-- (chunks of odd sizes: not a fault, but a client must not care).
--
-- Only Qimen knows `ban` (its app is shut out for `seconds`), `remote` (what stands after it gives
-- no answer; `code` 15 or 50) and `no_status` (an answer without a verdict).
-- @module wdt.sandbox.faults
local floor = math.floor

local M = {}

-- In this order one draw decides between them.
M.KINDS = { "reset", "truncate", "stall", "delay", "connect", "http_5xx", "html", "garbage",
  "server", "rate", "concurrency",
  "skew", "gzip", "chunked", "ban", "remote", "no_status" }

--- The vendor's sentences (ultimate error page); both commas are seen after them.
M.RATE = "超过每分钟最大调用频率限制"
M.CONCURRENCY = "超过每分钟最大并发次数限制"
M.COMMAS = { "，", "," }
M.LATER = "请稍后重试"

--- The enterprise edition's words are not public: a client has to go by the number.
M.ENTERPRISE_THROTTLES = { "频率超限", "请求过于频繁", "Too many requests", "接口调用超限", "" }

--- Sentences of a throttle that no document tells, under numbers that tell nothing.
M.OTHER_THROTTLES = { "请求过于频繁，请稍后再试", "Too many requests", "访问太频繁", "rate limit exceeded" }

local PAGE = "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n"
  .. "<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>"
  .. "\r\n</body>\r\n</html>\r\n"
local NAMES = { [429] = "429 Too Many Requests", [500] = "500 Internal Server Error",
  [502] = "502 Bad Gateway",
  [503] = "503 Service Unavailable", [504] = "504 Gateway Time-out", [404] = "404 Not Found",
  [405] = "405 Not Allowed" }
local FIVE = { 500, 502, 503, 504 }

--- A web page instead of an answer, as nginx writes it.
-- @tparam integer status
-- @treturn table response
function M.page(status)
  local name = NAMES[status] or tostring(status)
  return { status = status, headers = { ["Content-Type"] = "text/html" },
    body = PAGE:format(name, name) }
end

-- kind -> function(fault, draw) -> response: instead of the gateway's work
local INSTEAD = {}

function INSTEAD.http_5xx(fault, draw)
  local response = M.page(fault.status or FIVE[draw(#FIVE)])
  if fault.retry_after then response.headers["Retry-After"] = tostring(fault.retry_after) end
  return response
end

function INSTEAD.html()
  return { status = 200, headers = { ["Content-Type"] = "text/html; charset=utf-8" },
    body = "<!DOCTYPE html><html><body>系统维护中，请稍后再试</body></html>" }
end
M.INSTEAD = INSTEAD

--- Spoils a whole answer: bytes in its middle, bytes after it, or something else altogether.
function M.garbage(body, fault, draw)
  local how = fault.how or draw(3)
  if how == 1 then
    local at = fault.at or draw(#body) - 1
    return body:sub(1, at) .. "\1\255<garbage>" .. body:sub(at + 1)
  elseif how == 2 then
    return body .. "\n<br />\n<b>Warning</b>: Unknown: junk after the answer"
  end
  return "upstream connect error or disconnect/reset before headers"
end

--- Returns what the carrier must do.
-- @tparam table fault
-- @tparam integer size bytes of the body
-- @tparam function draw
-- @treturn ?table directive
function M.directive(fault, size, draw)
  local kind = fault.kind
  if kind == "reset" or kind == "truncate" or kind == "stall" then
    return { kind = kind, at = math.min(fault.at or floor(draw() * size), size - 1),
      seconds = fault.seconds }
  elseif kind == "delay" then
    return { kind = kind, seconds = fault.seconds or 1 + floor(draw() * 10) }
  elseif kind == "connect" or kind == "gzip" or kind == "chunked" then
    return { kind = kind, sizes = fault.sizes }
  end
  return nil
end

--- Which fault a call meets, if any.
-- @tparam table chances kind -> probability
-- @tparam function draw
-- @treturn ?table fault
function M.draw(chances, draw)
  local u, sum = draw(), 0
  for i = 1, #M.KINDS do
    sum = sum + (chances[M.KINDS[i]] or 0)
    if u < sum then return { kind = M.KINDS[i] } end
  end
  return nil
end

return M
