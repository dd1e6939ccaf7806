--- Runs scripts in Redis by nginx's sockets: while one waits, the other requests of the worker go
-- on. Needs lua-resty-redis, which Debian packages as `lua-nginx-redis`.
-- @module wdt.nginx.redis
local ngx = require "ngx"
local error, pcall, require, tostring = error, pcall, require, tostring
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

-- An open connection to the place; or nil, text.
local function connect(place, timeout)
  local client = load_client():new()
  client:set_timeout(timeout * 1000)
  local pool = ("wdt:%s:%d/%d:%s"):format(place.host, place.port, place.database,
    ngx.md5((place.user or "") .. ":" .. (place.password or "")))
  local ok, err = client:connect(place.host, place.port, { pool = pool, pool_size = POOL })
  if not ok then return nil, err end
  local reused = client:get_reused_times() > 0
  if not reused and place.password then
    if place.user then
      ok, err = client:auth(place.user, place.password)
    else
      ok, err = client:auth(place.password)
    end
  end
  if ok and not reused and place.database ~= 0 then ok, err = client:select(place.database) end
  if not ok then
    client:close()
    return nil, err
  end
  return client, reused
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
  if reply == false and not err:find "^READONLY" then -- an answer that is an error
    client:set_keepalive(IDLE, POOL)
    return nil, err, false
  elseif not reply then
    client:close()
    return nil, err, reused and err == "closed"
  end
  client:set_keepalive(IDLE, POOL)
  if reply == ngx.null then return nil end
  return reply
end
