--- The Redis of `support.chaos`: one server that keeps nothing on the disk, or a master with a
-- replica and a sentinel that fails over.
local redis = require "support.redis"

local M = {}

local function alone(folder)
  local one = redis.start(folder)
  return { port = one.port, stop = one.stop, pause = one.pause, go_on = one.go_on,
    kill = one.kill, start = one.start, start_empty = one.start, cli = one.cli,
    address = function(port) return ("redis://127.0.0.1:%d/1"):format(port) end,
    state = function(address, name) return ("redis:%s/%s"):format(address:gsub("^redis:", ""), name) end }
end

--- Starts it.
-- @tparam string folder
function M.start(folder)
  return alone(folder)
end

return M
