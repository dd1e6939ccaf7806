--- Runs scripts by the packaged client of plain Lua (Debian: `lua-redis`, `lua-socket`), over one
-- connection that is kept.
-- @module wdt.redis.blocking
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

local function connect(place, timeout)
  local redis = load_client()
  local socket = require "socket".tcp()
  socket:settimeout(timeout, "b")
  socket:settimeout(timeout, "t")
  local ok, err = socket:connect(place.host, place.port)
  if not ok then
    socket:close()
    error(err, 0)
  end
  socket:setoption("tcp-nodelay", true)
  local client = redis.connect{ socket = socket }
  if place.password then
    if place.user then client:auth(place.user, place.password) else client:auth(place.password) end
  end
  if place.database ~= 0 then client:select(place.database) end
  return { client = client, socket = socket }
end

--- Makes the connection of one user.
-- @treturn function(place, script, keys, args, timeout): what the script returns; or nil, text, and
-- whether the connection had served before and may just have ended
function M.new()
  local connection
  return function(place, script, keys, args, timeout)
    local kept = connection ~= nil
    local all = { #keys }
    for i = 1, #keys do all[#all + 1] = keys[i] end
    for i = 1, #args do all[#all + 1] = args[i] end
    local fine, reply = pcall(function()
      connection = connection or connect(place, timeout)
      return connection.client:eval(script, unpack(all))
    end)
    if fine then return reply end
    local text = words(reply)
    -- After an answer that is an error the connection is as good as before; but a replica that
    -- takes no writes has been a master, and its name may lead to the new one.
    local answer = text:match "^redis error: (.*)$"
    if answer and not answer:find "^READONLY" then return nil, answer, false end
    if connection then connection.socket:close() end
    connection = nil
    return nil, answer or text, kept and text:find "closed" ~= nil
  end
end

return M
