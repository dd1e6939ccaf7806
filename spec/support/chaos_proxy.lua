-- A TCP proxy between a host and what it shares with others: stopped (SIGSTOP), it is a network
-- that carries nothing; what was sent meanwhile arrives once it goes on.
--
--   LUA chaos_proxy.lua PORT TARGET-PORT
local socket = require "socket"
local port, target = tonumber(arg[1]), tonumber(arg[2])

local listener = assert(socket.bind("127.0.0.1", port, 512))
local peers, waiting = {}, { listener } -- peers: socket -> the other end

local function forget(one)
  local other = peers[one]
  for i = #waiting, 1, -1 do
    if waiting[i] == one or waiting[i] == other then table.remove(waiting, i) end
  end
  peers[one], peers[other] = nil, nil
  one:close()
  other:close()
end

local function accept()
  local client = listener:accept()
  local server = client and socket.connect("127.0.0.1", target)
  if not server then return client and client:close() end
  for one, other in pairs{ [client] = server, [server] = client } do
    one:setoption("tcp-nodelay", true)
    one:settimeout(0)
    peers[one], waiting[#waiting + 1] = other, one
  end
end

-- Carries what there is; what one end does not take is waited for.
local function carry(one)
  local bytes, err, part = one:receive(65536)
  bytes = bytes or part
  local other = peers[one]
  if #bytes > 0 then
    other:settimeout(5)
    local sent = other:send(bytes)
    other:settimeout(0)
    if not sent then return forget(one) end
  end
  if err == "closed" then forget(one) end
end

print "ready"
io.stdout:flush()
while true do
  for _, one in ipairs(socket.select(waiting)) do
    if one == listener then accept() elseif peers[one] then carry(one) end
  end
end
