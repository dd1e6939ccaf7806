-- A year of synchronising, on the virtual clock; a minute or two of real time.
--
--   luajit spec/simulate_year.lua [DAYS [CHANGES-A-DAY [SEED]]]
--
-- Twice: with commits that come late by up to the lag, and with 1 % that come up to two hours later
-- than that, under the audit.
local year = require "support.year"

local days, per_day, seed = tonumber(arg[1]) or 365, tonumber(arg[2]) or 300, tonumber(arg[3]) or 1

local began = os.clock()
print(("== %d days, late commits within the lag"):format(days))
local r = year.run{ days = days, seed = seed, per_day = per_day,
  promotion = math.floor(days * 0.86) }
print(year.report(r))
print(("== %d days, 1 %% of the commits up to two hours later than the lag, with the audit"):format(
  days))
local a = year.run{ days = days, seed = seed, per_day = per_day,
  promotion = math.floor(days * 0.86), late_share = 0.01,
  late = 7200, audit = true }
print(year.report(a))
print(("== %.0f s"):format(os.clock() - began))
assert(r.lost == 0, "final versions were lost")
assert(r.p99 <= 180 + 130, "not fresh enough")
assert(a.lost == 0 and a.late_found >= 0.85 * a.late, "the audit finds too little")
