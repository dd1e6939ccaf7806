-- LUA_INIT of the hosts of `support.chaos`: a minute of the rate lasts CHAOS_WINDOW seconds, and
-- what failed is tried again sooner by as much, so that a thousand faults take minutes. In nginx,
-- which has no LUA_INIT, the seconds are given. The clock is wrong by the seconds that stand in the
-- file CHAOS_CLOCK.
local given = ...
local window = tonumber(given or os.getenv "CHAOS_WINDOW")
local factor = window / 60

local clock_file = os.getenv "CHAOS_CLOCK"
if clock_file and not given then
  local curl = require "wdt.native".load "wdt.curl"
  local os_time, curl_time, offset, read_at = os.time, curl.time, 0, -1
  local function wrong_by()
    if curl.now() > read_at + 0.2 then
      local file = assert(io.open(clock_file))
      offset, read_at = file:read "*n", curl.now()
      file:close()
    end
    return offset
  end
  function os.time(parts) -- luacheck: ignore 122
    return parts and os_time(parts) or os_time() + wrong_by()
  end
  function curl.time() return curl_time() + wrong_by() end
end

-- Sets a local variable of a module, wherever one of its functions refers to it.
local function set(module, name, value)
  local seen, found = {}, false
  local function look(f)
    if seen[f] then return end
    seen[f] = true
    if type(f) == "table" then
      for _, one in pairs(f) do
        if type(one) == "function" then look(one) end
      end
      return
    end
    local i = 1
    local upvalue, held = debug.getupvalue(f, i)
    while upvalue do
      if upvalue == name then
        debug.setupvalue(f, i, value)
        found = true
      elseif type(held) == "function" or type(held) == "table" and held.__index == held then
        look(held)
      end
      i = i + 1
      upvalue, held = debug.getupvalue(f, i)
    end
  end
  look(module)
  assert(found, name)
end

local pacer = require "wdt.calling.pacer"
set(pacer, "WINDOW", window)
pacer.WINDOW = window
require "wdt.redis".TIMEOUT = math.max(0.3, 2 * factor)
if given then return end
local runner = require "wdt.fleet.runner"
set(runner, "LEAST", 15 * factor)
set(runner, "MOST", 60 * factor)
