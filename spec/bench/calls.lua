-- Calls per 1000 rows on a busy day (spec/support/busy_day.lua), and the least that a reader can
-- need which believes only pages that show all of their piece.
--
--   spec/bench/calls.lua [HOURS] [SEEDS]      the whole day, read once, unless told
local busy_day = require "support.busy_day"

local hours, seeds = tonumber(arg[1] or 24), tonumber(arg[2] or 1)
local SIZE = 100 -- rows of a page

--- The least calls per 1000 rows of whole pages, of rows that chance spreads at a density that is
-- known exactly. A piece for `mean` rows holds N of them, as Poisson says. Below SIZE, the page
-- shows all. Else the call was in vain; its page tells where the next SIZE - 1 rows stand, at
-- best, and they cost one call more.
local function least()
  local best
  for mean = 1, SIZE do
    local chance, fits, rows = math.exp(-mean), 0, 0
    for n = 0, SIZE - 1 do
      fits, rows, chance = fits + chance, rows + n * chance, chance * mean / (n + 1)
    end
    local vain = 1 - fits
    local calls = 1000 * (1 + vain) / (rows + (SIZE - 1) * vain)
    if not best or calls < best then best = calls end
  end
  return best
end

print(("%-10s %-6s %6s %8s %s"):format("order", "read", "calls", "rows", "calls per 1000 rows"))
for _, case in ipairs{ { "time_asc", "seek" }, { "time_desc", "seek" }, { "shuffle", "seek" },
  { "id_desc", "sweep" }, { "time_asc", "seek", "ultimate" } } do
  local calls, rows = 0, 0
  for seed = 1, seeds do
    local read = busy_day.read(case[1], case[2], hours, seed, case[3])
    assert(read.lost == 0 and read.progress.uncertified == 0)
    calls, rows = calls + read.calls, rows + read.rows
  end
  print(("%-10s %-6s %6d %8d %.2f%s"):format(case[1], case[2], calls, rows,
    1000 * calls / rows, case[3] and ", of an order that is promised" or ""))
end
print(("whole pages alone need at least %.2f"):format(least()))
