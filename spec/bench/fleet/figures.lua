--- The cost of a fleet, in one table: an account's budget shared by many processes, many accounts
-- in one process, accounts that a core can serve, and a grant. `sh spec/bench/fleet/run.sh` runs
-- it on both Luas.
--
--     figures.lua [PART...]      accounts, budget, core, grant; all unless told otherwise
--
-- Figures are counts, or CPU seconds of the client as the system counts them, hence hardly
-- disturbed by what else the machine does. Ends with 1 where one is not as wanted.
local shell = require "support.shell"

local i = 0
while arg[i - 1] do i = i - 1 end
local interpreter = shell.quote(arg[i])

local parts = { "grant", "core", "accounts", "budget" }
if arg[1] then
  parts = {}
  for k, part in ipairs(arg) do parts[k] = part end
end

local fine = true

local function tell(name, figure, as_wanted)
  fine = fine and as_wanted
  print(("%-58s %s%s"):format(name, figure, as_wanted and "" or "   NOT AS WANTED"))
  io.stdout:flush()
end

print(rawget(_G, "jit") and "LuaJIT" or _VERSION)
io.stdout:flush()
for _, part in ipairs(parts) do require("bench.fleet." .. part)(tell, interpreter) end
os.exit(fine and 0 or 1)
