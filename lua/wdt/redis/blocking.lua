--- Runs scripts by the packaged client of plain Lua (Debian: `lua-redis`, `lua-socket`), over one
-- connection that is kept.
-- @module wdt.redis.blocking
local redis = require "wdt.redis"
local error, package, pcall, require, tostring, type, unpack = error, package, pcall, require,
  tostring, type, table.unpack or unpack -- luacheck: std max

local M = {}

local MISSING = "the client library of Redis is missing (Debian: apt-get install lua-redis "
  .. "lua-socket): %s"

-- Debian packages it up to Lua 5.3; it is plain Lua, and that copy runs on 5.4.
local DEBIAN = "/usr/share/lua/5.3/?.lua"

local function load_client()
  local loaded, client = pcall(require, "redis")
  if loaded and type(client) == "table" then return client end
  local path = package.searchpath and package.searchpath("redis", DEBIAN)
  if path then
    local chunk, err = loadfile(path) -- luacheck: std max
    if not chunk then error(MISSING:format(err), 0) end
    client = chunk()
    package.loaded.redis = client
    return client
  end
  error(MISSING:format(tostring(client)), 0)
end

-- Returns what the client raises, without the place in its source that it begins with.
local function words(raised)
  return (tostring(raised):gsub("^[^%s]+:%d+: ", ""))
end

-- A client at a server, and its socket; or nil, text.
local function client_at(make, host, port)
  local client_library, socket = load_client(), make()
  local ok, err = socket:connect(host, port)
  if ok then
    socket:setoption("tcp-nodelay", true)
    return client_library.connect{ socket = socket }, socket
  end
  socket:close()
  return nil, err
end

-- Returns the function by which a sentinel is asked (`wdt.redis.locate`).
local function asker(make)
  return function(host, port, master)
    local client, socket = client_at(make, host, port)
    if not client then return nil, socket end
    local fine, reply = pcall(client.raw_cmd, client, "SENTINEL get-master-addr-by-name " .. master)
    socket:close()
    if not fine then return nil, words(reply) end
    if type(reply) == "table" then return reply[1], reply[2] end
  end
end

local function connect(connection, place)
  local host, port = redis.locate(place, asker(connection.make))
  if not host then error(port, 0) end
  local client, socket = client_at(connection.make, host, port)
  if not client then error(socket, 0) end
  connection.socket = socket
  if place.password then
    if place.user then client:auth(place.user, place.password) else client:auth(place.password) end
  end
  if place.sentinels then
    local ok, err = redis.is_master(place, client:raw_cmd "ROLE", host, port)
    if not ok then error(err, 0) end
  end
  if place.database ~= 0 then client:select(place.database) end
  connection.client = client
end

--- Runs a script over a connection.
-- @tparam table connection `{ make }`, a function that makes its `socket`; it is connected when it
-- is first used, and without `client` afterwards where it can't be used any more
-- @tparam table place as `wdt.redis.parse` returns it
-- @tparam string script
-- @tparam {string,…} keys
-- @tparam {string|number,…} args
-- @return what the script returns; or nil, text, and whether the connection had served before and
-- may just have ended
function M.run(connection, place, script, keys, args)
  local kept = connection.client ~= nil
  local all = { #keys }
  for i = 1, #keys do all[#all + 1] = keys[i] end
  for i = 1, #args do all[#all + 1] = args[i] end
  local fine, reply = pcall(function()
    if not kept then connect(connection, place) end
    return connection.client:eval(script, unpack(all))
  end)
  if fine then return reply end
  local text = words(reply)
  -- After an answer that is an error the connection is as good as before; but where no master
  -- answers any more, its name may lead to the new one.
  local answer = text:match "^redis error: (.*)$"
  if answer and connection.client and not redis.is_demoted(answer) then
    return nil, answer, false
  end
  if connection.socket then connection.socket:close() end
  connection.socket, connection.client = nil, nil
  return nil, answer or text, kept and text:find "closed" ~= nil
end

--- Makes the connection of one user.
-- @treturn function see `wdt.redis.open`
function M.new()
  local seconds
  local connection = { make = function()
    local socket = require "socket".tcp()
    socket:settimeout(seconds, "b")
    socket:settimeout(seconds, "t")
    return socket
  end }
  return function(place, script, keys, args, timeout)
    seconds = timeout
    return M.run(connection, place, script, keys, args)
  end
end

return M
