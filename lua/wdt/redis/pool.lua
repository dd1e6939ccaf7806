--- Runs scripts for the tasks of a loop (`wdt.host.loop`): while one waits for Redis, the others go
-- on. All of them share a few connections to a place, so that a Redis that does not answer costs no
-- descriptors; who finds all of them busy waits, within the same time.
-- @module wdt.redis.pool
local blocking = require "wdt.redis.blocking"
local socket = require "wdt.redis.socket"
local concat, remove, setmetatable = table.concat, table.remove, setmetatable

local M = {}

--- Connections to one place, but for those of a finalizer, which can't wait for one to be free.
M.MOST = 8

-- Seconds between two looks for a free connection.
local LOOK = 0.001

local Pool = {}
Pool.__index = Pool

function Pool:close()
  for i = 1, #self.idle do self.idle[i].socket:close() end
  self.idle = {}
end

local function make()
  return setmetatable({ idle = {}, busy = 0 }, Pool)
end

local function pool_of(host, place)
  return host:keep(concat({ "redis", place.name, place.database, place.user or "",
    place.password or "" }, "\0"), make)
end

-- True once a connection may be used; false where none was free until `stop`.
local function enter(pool, host, stop)
  while pool.busy >= M.MOST and host:may_suspend() do
    if host:now() >= stop then return false end
    host:sleep(LOOK)
  end
  pool.busy = pool.busy + 1
  return true
end

--- Makes the way of one loop.
-- @tparam Loop host
-- @treturn function see `wdt.redis.open`
function M.new(host)
  return function(place, script, keys, args, timeout)
    local pool, stop = pool_of(host, place), host:now() + timeout
    if not enter(pool, host, stop) then return nil, "timeout", false end
    local connection = remove(pool.idle) or {}
    connection.make = function() return socket.new(host, stop) end
    if connection.socket then connection.socket.stop = stop end
    local reply, err, lost = blocking.run(connection, place, script, keys, args)
    pool.busy = pool.busy - 1
    if connection.client then pool.idle[#pool.idle + 1] = connection end
    return reply, err, lost
  end
end

return M
