--- A thousand accounts in one process on one core, for ten minutes of virtual time, each as busy as
-- its budget lets it be (`many.lua`).
local gateway = require "bench.transfer.gateway"
local shell = require "support.shell"

local ACCOUNTS, MINUTES = 1000, 10
local PAGES, PAGE = 20, 100
local MEMORY, SHARE = 400, 0.97

-- Seconds by which a call may be later than its budget lets it: accounts are behind when they are
-- by their targets, which are minutes.
local LATE = 1

--- Measures.
-- @tparam function tell takes a line's name, its figure as a text, and whether it is as wanted
-- @tparam string interpreter that runs the process
return function(tell, interpreter)
  local ngx, url = gateway.start(PAGES)
  local said, status = shell.run(("%s %s/spec/bench/fleet/many.lua %s/0 %d %d %d %d"):format(
    interpreter, shell.quote(shell.root), url, gateway.first, gateway.first + PAGES * PAGE - 1,
    ACCOUNTS, MINUTES))
  ngx:stop()
  local most, share, usual, worst, memory, core =
    said:match "^(%d+) ([%d.]+) ([%d.-]+) ([%d.-]+) ([%d.]+) ([%d.]+)\n$"
  assert(status == 0 and core, said)
  local who = ACCOUNTS .. " accounts, "
  tell(who .. "most calls of one in 60 s", ("%s (<= 60)"):format(most), tonumber(most) <= 60)
  tell(who .. "least share used", ("%.1f %% of %d minutes (>= %d)"):format(share * 100, MINUTES,
    SHARE * 100), tonumber(share) >= SHARE)
  tell(who .. "calls after their moment", ("p99 %.0f ms, worst %.0f ms (<= %d)"):format(usual,
    worst, LATE * 1000), tonumber(worst) <= LATE * 1000)
  tell(who .. "memory", ("%.0f MB (<= %d)"):format(memory, MEMORY), tonumber(memory) <= MEMORY)
  tell(who .. "share of a core", ("%.0f %%"):format(core * 100), tonumber(core) <= 1)
end
