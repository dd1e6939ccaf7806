--- The rate budgets of this nginx.
--
-- A client of nginx that goes away in the middle of a call ends its request, and with it every
-- light thread: nothing of it runs any more that could report the call. So while calls are in
-- flight a timer of the worker looks after them, or their places would come back no sooner than the
-- collector runs, in a worker that may have nothing else to do.
-- @module wdt.nginx.pacers
local clock = require "wdt.nginx.clock"
local ngx = require "ngx"
local pacer = require "wdt.calling.pacer"
local shared = require "wdt.nginx.pacer"
local ipairs, pairs, setmetatable, huge = ipairs, pairs, setmetatable, math.huge

local EVERY = 1 -- seconds between two looks
local LATE = 5  -- seconds after which a look is taken for lost: nginx had no connection for it

local M = {}

--- The `lua_shared_dict` of that name, where nginx.conf has one, makes a budget that of all
-- workers.
M.DICT = "wdt"

-- Budgets that others share, and the requests of each that are in flight in this one.
local watched = setmetatable({}, { __mode = "k" })

local due, watch = -huge, nil

local function look(premature)
  local busy = false
  due = -huge
  local all = {} -- budgets of one worker share them
  for _, flying in pairs(watched) do all[flying] = true end
  for flying in pairs(all) do
    -- a budget that is kept elsewhere is told over the network; meanwhile others come and go
    local requests = {}
    for request in pairs(flying) do requests[#requests + 1] = request end
    for _, request in ipairs(requests) do request:bury() end
  end
  local budgets = {}
  for budget in pairs(watched) do budgets[#budgets + 1] = budget end
  for _, budget in ipairs(budgets) do
    budget:reclaim(clock.now())
    busy = busy or budget.open > 0
  end
  if busy and not premature then watch() end
end

-- Has calls in flight looked after from now on. In a phase without timers the next call will.
function watch()
  local now = clock.now()
  if now <= due + LATE then return end
  if ngx.timer.at(EVERY, look) then due = now + EVERY end
end

-- Tokens must never be another worker's, nor this one's of before: with lua_code_cache off this
-- module is loaded again and again.
local function new_shared(dict, key, rate)
  local name = ngx.worker.pid() .. "." .. (dict:incr("rate:workers", 1, 0) or 0)
  return shared.new{ dict = dict, key = key, rate = rate, name = name, now = clock.now }
end

--- Has the calls of a budget that others share looked after while they are in flight.
-- @tparam Pacer budget with `reclaim`, `open`, and `watch`, which is set
-- @tparam table flying among whose keys are the requests in flight
function M.watch(budget, flying)
  watched[budget], budget.watch = flying, watch
end

--- Makes the budget of an account; the client keeps it.
-- @tparam string key says which account
-- @tparam number|table rate as `wdt.calling.pacer.new` takes it
-- @tparam table flying among whose keys are the requests in flight
-- @treturn Pacer
function M.new(key, rate, flying)
  local dict = ngx.shared[M.DICT]
  if not dict then return pacer.new(rate) end -- who waits looks after the others
  local budget = new_shared(dict, key, rate)
  M.watch(budget, flying)
  return budget
end

return M
