--- Runs scripts in Redis by nginx's sockets: while one waits, the other requests of the worker go
-- on. Needs lua-resty-redis, which Debian packages as `lua-nginx-redis`.
-- @module wdt.nginx.redis
local ngx = require "ngx"
local redis = require "wdt.redis"
local error, pcall, require, tostring, type = error, pcall, require, tostring, type
local unpack = unpack -- luacheck: ignore (LuaJIT has it)

-- Connections that a worker keeps to one place, and for how long without use.
local POOL, IDLE = 16, 60000

local MISSING = "lua-resty-redis is missing (Debian: apt-get install lua-nginx-redis): %s"

local function load_client()
  local found, client = pcall(require, "resty.redis")
  if found then return client end
  found, client = pcall(require, "nginx.redis")
  if found then return client end
  error(MISSING:format(tostring(client)), 0)
end

-- Returns the function by which a sentinel is asked (`wdt.redis.locate`).
local function asker(timeout)
  return function(host, port, master)
    local client = load_client():new()
    client:set_timeout(timeout * 1000)
    local ok, err = client:connect(host, port, { pool = "wdt:sentinel:" .. host .. ":" .. port })
    if not ok then return nil, err end
    local reply
    reply, err = client:sentinel("get-master-addr-by-name", master)
    if not reply then
      client:close()
      return nil, err
    end
    client:set_keepalive(IDLE, POOL)
    if type(reply) == "table" then return reply[1], reply[2] end
  end
end

-- Begins on a connection that is new.
local function greet(client, place, host, port)
  local ok, err = true, nil
  if place.user then
    ok, err = client:auth(place.user, place.password)
  elseif place.password then
    ok, err = client:auth(place.password)
  end
  if ok and place.sentinels then
    ok, err = redis.is_master(place, client:role(), host, port)
  end
  if ok and place.database ~= 0 then ok, err = client:select(place.database) end
  return ok, err
end

-- Where the place is: a master that sentinels tell is asked for again once it fails.
local function locate(place, timeout)
  local found = place.found
  if found then return found.host, found.port end
  local host, port = redis.locate(place, asker(timeout))
  if host then place.found = { host = host, port = port } end
  return host, port
end

-- An open connection to the place; or nil, text.
local function connect(place, timeout)
  local host, port = locate(place, timeout)
  if not host then return nil, port end
  local client = load_client():new()
  client:set_timeout(timeout * 1000)
  local pool = ("wdt:%s:%d/%d:%s"):format(host, port, place.database,
    ngx.md5((place.user or "") .. ":" .. (place.password or "")))
  local ok, err = client:connect(host, port, { pool = pool, pool_size = POOL })
  local reused = ok and client:get_reused_times() > 0
  if ok and not reused then ok, err = greet(client, place, host, port) end
  if ok then return client, reused end
  place.found = nil
  client:close()
  return nil, err
end

--- Runs a script at a place (`wdt.redis.open`).
-- @return what the script returns; or nil, text, and whether a kept connection turned out to
-- have ended
return function(place, script, keys, args, timeout)
  local all = { #keys }
  for i = 1, #keys do all[#all + 1] = keys[i] end
  for i = 1, #args do all[#all + 1] = args[i] end
  local client, reused = connect(place, timeout)
  if not client then return nil, reused, false end
  local reply, err = client:eval(script, unpack(all))
  if reply == false and not redis.is_demoted(err) then -- an answer that is an error
    client:set_keepalive(IDLE, POOL)
    return nil, err, false
  elseif not reply then
    place.found = nil
    client:close()
    return nil, err, reused and err == "closed"
  end
  client:set_keepalive(IDLE, POOL)
  if reply == ngx.null then return nil end
  return reply
end
