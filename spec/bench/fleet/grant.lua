--- The cost of a grant: asking an account's budget, taking a place and giving it back, in CPU and
-- by the clock; of the many budgets of a fleet, in turn.
local now = require "wdt.curl".now
local local_pacer = require "wdt.calling.pacer"
local nginx = require "support.nginx"
local redis = require "support.redis"
local shell = require "support.shell"

local RATE, ACCOUNTS = 60, 1000
local GRANTS = 50 -- of each account: fewer than a minute's

-- Seconds for which a budget of Redis counts a call, and is full at first: shorter than the minute,
-- which this measurement has not.
local WINDOW = 10

local function figure(tell, name, cpu, wall, more)
  tell("a grant, " .. name, ("%.1f us CPU, %.1f us%s"):format(cpu * 1e6, wall * 1e6, more or ""),
    true)
end

-- Takes and gives back; `at(i)`: the moment of an account's i-th call. Returns seconds of CPU and
-- of the clock for one.
local function measure(pacers, at)
  local cpu, begun = os.clock(), now()
  for i = 1, GRANTS do
    for k = 1, #pacers do
      local pacer, moment, who = pacers[k], at(i), {}
      assert(pacer:wait("m", moment, who) == 0)
      pacer:done(pacer:take("m", who), moment)
    end
  end
  local n = GRANTS * #pacers
  return (os.clock() - cpu) / n, (now() - begun) / n
end

local function of_process(tell)
  local pacers = {}
  for k = 1, ACCOUNTS do pacers[k] = local_pacer.new(RATE) end
  figure(tell, "in this process", measure(pacers, function(i) return i * 1.5 end))
end

-- The loop of `measure`, in a worker.
local INSIDE = [[
  local now, pacers = require "wdt.nginx.clock".now, {}
  for k = 1, given.accounts do
    pacers[k] = require "wdt.nginx.pacer".new{ dict = ngx.shared.budgets, key = "a" .. k,
      rate = given.rate, name = "bench", now = now }
  end
  local cpu, begun, base = os.clock(), now(), now()
  for i = 1, given.grants do
    for k = 1, #pacers do
      local pacer, who, moment = pacers[k], {}, base + i * 1.5
      assert(pacer:wait("m", moment, who) == 0)
      pacer:done(pacer:take("m", who), moment)
    end
  end
  local n = given.grants * #pacers
  return (os.clock() - cpu) / n, (now() - begun) / n]]

local function of_nginx(tell)
  local ngx = assert(nginx.start{ http = "lua_shared_dict budgets 64m;" })
  local ok, cpu, wall = pcall(ngx.run, ngx, "content", INSIDE,
    { accounts = ACCOUNTS, rate = RATE, grants = GRANTS })
  ngx:stop()
  assert(ok, cpu)
  figure(tell, "shared dict of nginx", cpu, wall)
end

local function server_cpu(store)
  local said = store.cli "info cpu"
  return said:match "used_cpu_user:([%d.]+)" + said:match "used_cpu_sys:([%d.]+)"
end

local function of_redis(tell)
  local folder = shell.folder()
  local store = redis.start(folder)
  local ok, err = pcall(function()
    local pacers = {}
    for k = 1, ACCOUNTS do
      pacers[k] = require "wdt.redis.pacer".new{ shared = require "wdt.redis".open(store.address),
        key = "account " .. k, rate = RATE, name = "bench", window = WINDOW }
      pacers[k]:wait("m", now())
    end
    require "wdt.host.curl".new():sleep(WINDOW)
    local before = server_cpu(store)
    local cpu, wall = measure(pacers, now)
    local server = (server_cpu(store) - before) / GRANTS / ACCOUNTS
    figure(tell, "Redis on loopback", cpu, wall, (", server %.1f us CPU"):format(server * 1e6))
  end)
  store.stop()
  shell.must("rm -rf " .. shell.quote(folder))
  assert(ok, err)
end

--- Measures.
-- @tparam function tell takes a line's name, its figure as a text, and whether it is as wanted
return function(tell)
  of_process(tell)
  of_nginx(tell)
  of_redis(tell)
end
