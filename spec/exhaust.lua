-- Exhaustive small worlds (spec/support/small_worlds.lua): no certificate other than `none` while
-- a row that stayed is missing, no row twice in one version, none that is not real. Exits 1 on a
-- violation; prints the smallest of each kind, smallest first.
--
--   spec/exhaust.lua [--family NAME] [--slice K/N] [--seconds S] [--cut N]
--   spec/exhaust.lua --replay "FAMILY:WORLD:CHOICES"
--
-- Worlds are visited in one fixed order that spreads over all of them. --slice K/N takes each N-th
-- of them; --seconds ends after so much CPU time; --cut takes the first N schedules of a world
-- only: 2000 with --seconds, else all.
local worlds = require "support.small_worlds"

local options, i = {}, 1
local USAGE = "usage: exhaust.lua [--family NAME] [--slice K/N] [--seconds S] [--cut N]"
  .. " | --replay TEXT\n"
while arg[i] do
  local name, value = arg[i]:match "^%-%-(%a+)$", arg[i + 1]
  if name == "seconds" or name == "cut" then value = tonumber(value) end
  if name == "slice" and value then
    local k, n = value:match "^(%d+)/(%d+)$"
    value = n and { k = tonumber(k), n = tonumber(n) }
    if value and not (value.n > 0 and value.k >= 1 and value.k <= value.n) then value = nil end
  elseif name == "family" then
    value = worlds.FAMILIES[value]
  elseif name ~= "seconds" and name ~= "cut" and name ~= "replay" then
    value = nil
  end
  if not value then
    io.stderr:write(USAGE)
    os.exit(2)
  end
  options[name], i = value, i + 2
end

if options.replay then
  local run = worlds.replay(options.replay)
  print(run.world.words)
  print(table.concat(run.told, "\n"))
  print(run.problem or "holds, certified " .. tostring(run.certificate))
  os.exit(run.problem and 1 or 0)
end

local CUT = options.cut or options.seconds and 2000

local families = options.family and { options.family } or worlds.FAMILIES
local slice, began, found = options.slice or { k = 1, n = 1 }, os.clock(), {}
local counts = {}
for f = 1, #families do
  counts[f] = { worlds = 0, schedules = 0, proofs = {}, violations = 0, cut = 0, seconds = 0,
    next = slice.k - 1 }
end

local function note(world, run)
  local kind = table.concat({ world.family, world.read, world.total, world.oddity, world.belief,
    (run.problem:gsub("%d+", "N")) }, "/")
  local weight = #world.rows.times * 10000 + (world.changes - run.left) * 1000 + run.calls
  if not found[kind] or weight < found[kind].weight then
    found[kind] = { weight = weight, problem = run.problem, words = world.words,
      name = worlds.name(world, run.choices) }
  end
end

local function explore(family, count)
  local at, schedules = os.clock(), 0
  local world = worlds.visit(family, count.next)
  local ended, err = pcall(worlds.all, world, function(run)
    schedules = schedules + 1
    local proof = tostring(run.certificate)
    count.proofs[proof] = (count.proofs[proof] or 0) + 1
    if run.problem then
      count.violations = count.violations + 1
      note(world, run)
    end
    if schedules == CUT then
      count.cut = count.cut + 1
      return true
    end
  end)
  assert(ended, ("world %s:%d: %s"):format(family.name, world.index, tostring(err)))
  count.next, count.worlds = count.next + slice.n, count.worlds + 1
  count.schedules, count.seconds = count.schedules + schedules, count.seconds + os.clock() - at
end

-- The family with the fewest schedules so far, so that a run that is ended early has seen as much
-- of
-- each as of the others, and in the same order.
local function next_family()
  local which
  for f, family in ipairs(families) do
    if counts[f].next < family.worlds
      and not (which and counts[which].schedules <= counts[f].schedules) then which = f end
  end
  return which
end

while not (options.seconds and os.clock() - began > options.seconds) do
  local which = next_family()
  if not which then break end
  explore(families[which], counts[which])
end

local all, wrong = 0, 0
print("family      worlds   of all     cut  schedules    per s  atomic    seek conserved  swept    "
  .. "none  false")
for f, family in ipairs(families) do
  local c = counts[f]
  local p = c.proofs
  all, wrong = all + c.schedules, wrong + c.violations
  print(("%-9s %8d %8d %7d %10d %8.0f %7d %7d %9d %6d %7d %6d"):format(family.name, c.worlds,
    family.worlds, c.cut, c.schedules, c.schedules / math.max(c.seconds, 1e-6), p.atomic or 0,
    p.seek or 0, p.conserved or 0, p.swept or 0, p.none or 0, c.violations))
end
print(("%d schedules, %.1f s of CPU, %d violations"):format(all, os.clock() - began, wrong))
local list = {}
for _, violation in pairs(found) do list[#list + 1] = violation end
table.sort(list, function(a, b)
  return a.weight < b.weight or a.weight == b.weight and a.name < b.name
end)
for _, v in ipairs(list) do
  print(("\n%s\n  %s\n  --replay \"%s\""):format(v.problem, v.words, v.name))
end
os.exit(wrong == 0 and 0 or 1)
