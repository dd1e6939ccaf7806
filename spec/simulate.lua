-- Simulated readings, one a seed (spec/support/scenario.lua). Prints the seed of each failure; that
-- seed replays it exactly.
--
--   spec/simulate.lua [--seeds N] [--from S] [--sweep] [--still] [--sales] [--odd] [--huice]
--   [--learn] [--route qimen|both] [--seconds S] [--verbose]
--
-- Run it as CI does: sh spec/run.sh runs some thousands of seeds by
-- spec/reading/simulation_spec.lua; this program runs any number.
local scenario = require "support.scenario"

local options, i = { seeds = 1000, from = 1 }, 1
while arg[i] do
  local name = arg[i]:match "^%-%-(%a+)$"
  if name == "seeds" or name == "from" or name == "seconds" then
    options[name] = assert(tonumber(arg[i + 1]), "--" .. name .. " needs a number")
    i = i + 2
  elseif name == "route" then
    options.route = assert(({ qimen = "qimen", both = "both" })[arg[i + 1]], "--route qimen|both")
    i = i + 2
  elseif name == "sweep" or name == "still" or name == "sales" or name == "odd"
    or name == "huice" or name == "learn" or name == "verbose" then
    options[name] = true
    i = i + 1
  else
    io.stderr:write(
      "usage: simulate.lua [--seeds N] [--from S] [--sweep] [--still] [--sales] [--odd]"
      .. " [--huice] [--learn] [--route qimen|both] [--seconds S] [--verbose]\n")
    os.exit(2)
  end
end

local began, done, failures, rows, calls, certificates = os.clock(), 0, 0, 0, 0, {}
local windows, of, wrong, refused = 0, {}, 0, 0
for seed = options.from, options.from + options.seeds - 1 do
  if options.seconds and os.clock() - began > options.seconds then break end
  local result = scenario.run(seed, options)
  done = done + 1
  rows, calls = rows + result.rows, calls + (result.calls or 0)
  local proof = result.progress.certificate or "-"
  certificates[proof] = (certificates[proof] or 0) + 1
  for _, window in ipairs(result.windows) do
    windows, of[window.certificate] = windows + 1, (of[window.certificate] or 0) + 1
  end
  if result.refused then refused = refused + 1 end
  if result.problem then
    if result.problem:find "^lost" then wrong = wrong + 1 end
    failures = failures + 1
    print("FAILED " .. result.what)
    print("       " .. result.problem)
  elseif options.verbose then
    print(("%s: %d rows, %d calls, %s"):format(result.what, result.rows, result.calls, proof))
  end
end
print(("%d seeds, %d rows, %d calls, %.1f s of CPU"):format(done, rows, calls, os.clock() - began))
for _, proof in ipairs{ "atomic", "seek", "conserved", "swept", "none", "-" } do
  local reads = certificates[proof]
  if reads then print(("  weakest certificate %-9s %d"):format(proof, reads)) end
end
print(("reads %d, refused %d, windows %d: atomic %d, seek %d, conserved %d, swept %d, none %d; "
  .. "false certificates %d"):format(done, refused, windows, of.atomic or 0, of.seek or 0,
  of.conserved or 0, of.swept or 0, of.none or 0, wrong))
if failures > 0 then
  print(failures .. " failed")
  os.exit(1)
end
