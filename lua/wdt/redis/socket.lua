--- A socket of LuaSocket whose waits let the other tasks of a loop (`wdt.host.loop`) go on, with
-- the face that the packaged client of Redis expects of a blocking one.
-- @module wdt.redis.socket
local setmetatable = setmetatable

local Socket = {}
Socket.__index = Socket

-- Suspends until the socket may go on. True; nil, "timeout" where `stop` has come.
function Socket:await(mode)
  local left = self.stop - self.host:now()
  if left <= 0 then return nil, "timeout" end
  self.host:await(self.raw:getfd(), mode, left)
  return true
end

--- Connects. A name is looked up in the blocking way: give an address where that may take long.
-- @tparam string address
-- @tparam integer port
-- @treturn ?boolean true; or nil, text
function Socket:connect(address, port)
  while true do
    local ok, err = self.raw:connect(address, port)
    if ok or err == "already connected" then return true end
    if err ~= "timeout" and err ~= "Operation already in progress" then return nil, err end
    ok, err = self:await "w"
    if not ok then return nil, err end
  end
end

--- Sends all bytes.
-- @tparam string bytes
-- @treturn ?integer how many; or nil, text
function Socket:send(bytes)
  local from = 1
  while true do
    local last, err, sent = self.raw:send(bytes, from)
    if last then return last end
    if err ~= "timeout" then return nil, err end
    from = sent + 1
    last, err = self:await "w"
    if not last then return nil, err end
  end
end

--- Receives a line, or so many bytes.
-- @tparam string|integer what `"*l"`, or bytes
-- @treturn ?string; or nil, text
function Socket:receive(what)
  local before = ""
  while true do
    local all, err, part = self.raw:receive(what, before)
    if all then return all end
    if err ~= "timeout" then return nil, err end
    before = part
    all, err = self:await "r"
    if not all then return nil, err end
  end
end

--- Idempotent.
function Socket:close()
  self.raw:close()
end

function Socket:setoption(...)
  return self.raw:setoption(...)
end

local M = {}

--- @tparam Loop host
-- @tparam number stop monotonic seconds of the host, after which it waits no more; its field `stop`
-- @treturn Socket
function M.new(host, stop)
  local raw = require "socket".tcp()
  raw:settimeout(0)
  return setmetatable({ host = host, raw = raw, stop = stop }, Socket)
end

return M
