--- Time and chance inside nginx.
-- @module wdt.nginx.clock
local ngx = require "ngx"
local byte = string.byte

local M = {}

-- The system's monotonic clock: not what nginx has cached, since rows are decoded for longer than
-- the budget may be wrong; nor the wall clock, which somebody may set. It is the same one in all
-- processes.
local function monotonic()
  local loaded, ffi = pcall(require, "ffi")
  if not loaded or ffi.os ~= "Linux" then return nil end
  ffi.cdef [[
    typedef struct { long seconds; long nanoseconds; } wdt_timespec;
    int wdt_clock_gettime(int clock, wdt_timespec *time) __asm__("clock_gettime");
  ]]
  local CLOCK_MONOTONIC = 1
  local time = ffi.new "wdt_timespec[1]"
  return function()
    ffi.C.wdt_clock_gettime(CLOCK_MONOTONIC, time)
    return tonumber(time[0].seconds) + tonumber(time[0].nanoseconds) * 1e-9
  end
end

--- Seconds that never go back.
-- @function now
-- @treturn number
M.now = monotonic() or function()
  ngx.update_time()
  return ngx.now()
end

local drawn = 0

--- A number no one can foresee. Not `math.random`, which gives all workers the same ones: they are
-- forked from one interpreter.
-- @treturn number in [0, 1)
function M.random()
  drawn = drawn + 1
  local digest, sum = ngx.md5_bin(ngx.worker.pid() .. ":" .. drawn .. ":"
    .. ("%.9f"):format(M.now())), 0
  for i = 1, 6 do sum = (sum + byte(digest, i)) / 256 end
  return sum
end

return M
