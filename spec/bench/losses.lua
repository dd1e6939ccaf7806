--- Planted losses at large: 0.1 % of a copy's rows, and of its lines, are taken out of it; an audit
-- has to name and repair them to the last. And 30 days of drift, audited each day: no alarm.
--
--     WDT_SANDBOX_CPATH=… LUA_PATH=… LUA_CPATH=… lua5.4 spec/bench/losses.lua \
--       [DATABASE [DAYS [ROWS-A-DAY [DRIFTING-ROWS-A-DAY]]]]
--
-- as spec/run.sh sets them; sqlite, 30 days of 1500 rows, and 300 rows a day of drift unless told
-- otherwise. Fails where anything is missed, invented, left or changed.
local databases = require "support.databases"
local losses = require "support.losses"
local shell = require "support.shell"

local name, days, per_day = arg[1] or "sqlite", tonumber(arg[2]) or 30, tonumber(arg[3]) or 1500
local drifting = tonumber(arg[4]) or 300

-- A database of its own for each measurement.
local function with(measure)
  local folder = shell.folder()
  local db = databases[name](folder)
  local began = os.clock()
  local fine, r = pcall(measure, db)
  db.stop()
  shell.must("rm -rf " .. shell.quote(folder))
  return fine and r or error(r, 0), os.clock() - began
end

local function plant(how, options)
  local r, seconds = with(function(db)
    return losses.plant(db, { days = days, per_day = per_day, share = 0.001, options = options })
  end)
  print(("%s, %s: %d rows and %d lines of %d rows lost; missed %d, invented %d, left %d, changed "
    .. "%d, unexplained %d; a second audit: %d; %d calls, %d rows read, %d totals, %d days of the "
    .. "statistic; %.0f s of CPU"):format(name, how, r.rows, r.lines, r.of, #r.missed,
    #r.invented, r.left, r.changed, #r.found.unexplained, #r.second.differences, r.calls,
    r.found.rows, r.found.totals, r.found.days_of_statistic, seconds))
  assert(#r.missed + #r.invented + r.left + r.changed + #r.second.differences == 0, how)
end

plant("as it is by default", {})
plant("thorough, without the statistic", { thorough = true, statistic = false })

local r, seconds = with(function(db)
  return losses.drift(db, { days = days, per_day = drifting, look = 4 })
end)
print(("%s: %d days of drift, %d changes, %d rows in the copy, %d audits that read %d rows: %d "
  .. "alarms, %d not proved; %.0f s of CPU"):format(name, days, r.changes, r.of, r.audits, r.rows,
  #r.alarms, r.unproved, seconds))
assert(#r.alarms + r.unproved == 0, table.concat(r.alarms, " "))
