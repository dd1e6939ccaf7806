--- The Redis of `support.chaos`: one server that keeps nothing on the disk; or a master with a
-- replica, and a sentinel that fails over.
local redis = require "support.redis"
local sentinel = require "support.sentinel"

local M = {}

local function state(address, name)
  return ("redis:%s/%s"):format(address, name)
end

local function alone(folder)
  local one = redis.start(folder)
  return { port = one.port, stop = one.stop, pause = one.pause, go_on = one.go_on,
    kill = one.kill, start_empty = one.start, state = state,
    address = function(port) return ("redis://127.0.0.1:%d/1"):format(port) end }
end

-- The sentinel tells hosts where the master is, past any proxy.
local function watched(folder)
  local set = sentinel.start(folder)
  return { stop = set.stop, pause = set.pause, go_on = set.go_on, kill = set.kill,
    start = set.rejoin, state = state, promotion = set.promotion,
    address = function() return set.address end }
end

--- Starts it.
-- @tparam string folder
-- @tparam boolean sentinels true: a master, a replica, a sentinel
function M.start(folder, sentinels)
  return (sentinels and watched or alone)(folder)
end

return M
