--- A port of the loopback that answers `GET /metrics`, served in turns of the loop that calls it:
-- no turn waits.
-- @module wdt.metrics.port
local failure = require "wdt.error".failure
local setmetatable, ipairs, pcall, require, tonumber = setmetatable, ipairs, pcall, require,
  tonumber
local remove = table.remove

local M = {}

-- Connections at a time, bytes of a request, and seconds until a connection is closed.
local MOST, LONGEST, PATIENCE = 16, 8192, 5

local Port = {}
Port.__index = Port

--- Reads an address of the loopback.
-- @tparam string text "127.0.0.1:9464", "[::1]:9464" or "localhost:9464"
-- @treturn ?string host
-- @treturn ?integer port
function M.parse(text)
  local host, port = text:match "^%[(::1)%]:(%d+)$"
  if not host then host, port = text:match "^(127%.%d+%.%d+%.%d+):(%d+)$" end
  if not host then host, port = text:match "^(localhost):(%d+)$" end
  port = tonumber(port)
  if port and port <= 65535 then return host, port end
end

local REASONS = { [200] = "OK", [400] = "Bad Request", [404] = "Not Found",
  [405] = "Method Not Allowed" }

local function answer(status, kind, body)
  return ("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n"
    .. "X-Content-Type-Options: nosniff\r\n\r\n"):format(status, REASONS[status], kind, #body), body
end

-- Returns the answer to a request: its head and its body.
local function answer_to(self, request)
  local verb, path = request:match "^(%u+) (/[^ ?]*)%S* HTTP/1%.[01]\r\n"
  if not verb then return answer(400, "text/plain", "no HTTP\n") end
  if verb ~= "GET" and verb ~= "HEAD" then return answer(405, "text/plain", "GET only\n") end
  if path ~= "/metrics" then return answer(404, "text/plain", "it is at /metrics\n") end
  local head, body = answer(200, self.kind, self.text())
  return head, verb == "GET" and body or ""
end

-- Goes on with a connection; returns true once it is done with.
local function go_on(self, one)
  if not one.out then
    local data, err, part = one.socket:receive(LONGEST)
    one.input = one.input .. (data or part or "")
    if one.input:find("\r\n\r\n", 1, true) then
      local head, body = answer_to(self, one.input)
      one.out, one.sent = head .. body, 0
    else
      return err == "closed" or #one.input >= LONGEST
    end
  end
  local last, err, part = one.socket:send(one.out, one.sent + 1)
  one.sent = last or part
  return one.sent == #one.out or err == "closed"
end

--- Takes up what has come, and sends what can be sent. Never waits.
-- @tparam number now monotonic seconds
function Port:turn(now)
  while #self.open < MOST do
    local socket = self.socket:accept()
    if not socket then break end
    socket:settimeout(0)
    self.open[#self.open + 1] = { socket = socket, input = "", ends_at = now + PATIENCE }
  end
  for i = #self.open, 1, -1 do
    local one = self.open[i]
    if go_on(self, one) or now > one.ends_at then
      one.socket:close()
      remove(self.open, i)
    end
  end
end

--- Idempotent.
function Port:close()
  for _, one in ipairs(self.open) do one.socket:close() end
  self.open = {}
  self.socket:close()
end

--- Listens.
-- @tparam string host of the loopback
-- @tparam integer port 0: a free one
-- @tparam string kind the type of the text
-- @tparam function text returns what `/metrics` answers
-- @treturn ?Port with the `port` that it listens on; or nil, err, code
function M.open(host, port, kind, text)
  local found, socket = pcall(require, "socket")
  if not found then
    return failure("config", "a port needs LuaSocket: apt-get install lua-socket")
  end
  local listening, err = socket.bind(host, port)
  if not listening then return failure("output", "%s:%d: %s", host, port, err) end
  listening:settimeout(0)
  local _, bound = listening:getsockname()
  return setmetatable({ socket = listening, port = tonumber(bound), kind = kind, text = text,
    open = {} }, Port)
end

return M
