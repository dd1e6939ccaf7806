--- Chaos at large: a fleet whose hosts and stores are killed, stopped and cut off at random
-- (`support.chaos`); ends with 1 where a row is lost, wrong or there twice, a window is read again
-- that was committed, or an account is above its rate.
--
--     sh spec/bench/fleet/chaos.sh [--rounds N] [--seed S] [--store redis|sentinel|postgresql]
--       [--fault kill|stop|worker|partition|pause|empty|restart|failover|clock|all] [--hosts N]
--       [--sinks NAME,…] [--rows N] [--interval SECONDS] [--window SECONDS] [--lease SECONDS]
--       [--keep]
local chaos = require "support.chaos"

local ALL = { redis = "kill,stop,worker,partition,pause,empty,clock",
  sentinel = "kill,stop,worker,pause,failover,clock",
  postgresql = "kill,stop,partition,pause,empty,restart,clock" }

local o = { rounds = 100, seed = 1, store = "redis", fault = "all",
  sinks = "sqlite,documents,postgres,mysql,lines,fenced" }
local i = 1
while arg[i] do
  local name = arg[i]:match "^%-%-(%l+)$"
  if name == "keep" then
    o.keep, i = true, i + 1
  else
    o[assert(name, arg[i])], i = tonumber(arg[i + 1]) or arg[i + 1], i + 2
  end
end

local function list_of(text)
  local list = {}
  for one in text:gmatch "[^,]+" do list[#list + 1] = one end
  return list
end

o.faults = list_of(o.fault == "all" and ALL[o.store] or o.fault)
o.sinks = list_of(o.sinks)
-- the state of an emptied store is gone: its job refuses files that it knows nothing of
if ("," .. table.concat(o.faults, ",") .. ","):find ",empty," then
  for k = #o.sinks, 1, -1 do
    if o.sinks[k] == "fenced" then table.remove(o.sinks, k) end
  end
end
o.interval = o.interval or 0.5
-- what the rate lets through meanwhile, a little more than can be copied while all goes wrong
o.rows = o.rows or math.max(2000, math.floor(o.rounds * o.interval * 40))
o.tell = function(text) io.stderr:write(text, "\n") end

local r = chaos.run(o)

local fine = true
local function tell(name, figure, as_wanted)
  fine = fine and as_wanted ~= false
  print(("%-52s %s%s"):format(name, figure, as_wanted == false and "   NOT AS WANTED" or ""))
end

local kinds, all = {}, 0
for kind, n in pairs(r.faults) do
  kinds[#kinds + 1], all = ("%s %d"):format(kind, n), all + n
end
table.sort(kinds)
tell(("faults, seed %d, store %s"):format(o.seed, o.store), ("%d: %s"):format(all,
  table.concat(kinds, ", ")))
tell("seconds", ("%.0f"):format(r.seconds))
for name, text in pairs(r.by_sink) do tell("  " .. name, text) end
tell("rows in the world, times accounts", r.truth)
tell("lost", r.lost, r.lost == 0)
tell("wrong", r.wrong, r.wrong == 0)
tell("doubled", r.doubled, r.doubled == 0)
tell("calls", r.calls)
tell("rows shown again", ("%d in %d times that an account was begun"):format(r.again, r.leads))
tell("calls of a window that was broken off, at most", ("%d (the largest window: %d)"):format(
  r.broken, r.window), r.broken <= r.window + chaos.BESIDES)
tell(("calls in any %s s, at most"):format(o.window or 6), ("%d (<= %d)"):format(r.most, r.rate),
  r.most <= r.rate)
for _, text in ipairs(r.problems) do tell("problem", text, false) end
if o.keep then print(r.folder) end
os.exit(fine and 0 or 1)
