--- Which of an account's jobs is to read next, where all of them share one rate budget.
--
-- Pure: told the time, never asks for it. A job has a *target*: how far behind the present it may
-- be. Turns go to the job that is most behind, measured by its own target. A job that reads what is
-- past (a backfill, or a stream that has more than a day to catch up with) takes what the present
-- leaves over; where the present leaves nothing, it gets a quarter of the calls, so that it ends as
-- well. Among jobs of the past the one that was given the fewest calls is next.
-- @module wdt.sync.schedule
local setmetatable, ipairs, max, min, huge, remove = setmetatable, ipairs, math.max, math.min,
  math.huge, table.remove

-- Seconds beyond its target after which a job reads what is past.
local FAR = 86400

-- Calls of the present for each call of the past, while both have something to read.
local SHARE = 3

-- Seconds between two looks at a job that is held back.
local HELD = 1

local Schedule = {}
Schedule.__index = Schedule

--- Adds a job; it is due at once.
-- @tparam string name
-- @tparam table job `target` (seconds that it may be behind), `past` (true: a backfill), `behind`
-- (seconds it is behind, as far as is known); it is the entry from now on
-- @tparam number now monotonic seconds
-- @treturn table the entry, as `next` returns it; while its `held` is true, it has no turn
function Schedule:add(name, job, now)
  job.name, job.due, job.told, job.behind, job.held = name, now, now, job.behind or 0, false
  job.served = huge
  for _, one in ipairs(self.entries) do job.served = min(job.served, one.served) end
  if job.served == huge then job.served = 0 end -- as if it had been here as long as the others
  self.entries[#self.entries + 1] = job
  return job
end

--- Takes a job out.
-- @tparam table entry
function Schedule:remove(entry)
  for i, one in ipairs(self.entries) do
    if one == entry then return remove(self.entries, i) end
  end
end

--- Visits all jobs.
-- @treturn function as `ipairs`; and what it takes
function Schedule:each()
  return ipairs(self.entries)
end

--- How late a job is, by its own measure: 1 at its target.
-- @function Schedule:lateness
-- @tparam table entry
-- @tparam number now monotonic seconds
-- @treturn number
function Schedule.lateness(_, entry, now)
  return (entry.behind + now - entry.told) / entry.target
end

local function is_past(entry, now)
  return entry.past or entry.behind + now - entry.told > entry.target + FAR
end

-- The latest of the present's and the least served of the past's that are due; and when the next of
-- the others is.
local function candidates(self, now)
  local present, past, at, latest
  for _, entry in ipairs(self.entries) do
    if entry.held then
      at = min(at or huge, now + HELD)
    elseif entry.due > now then
      at = min(at or huge, entry.due)
    elseif is_past(entry, now) then
      if not past or entry.served < past.served then past = entry end
    else
      local late = self:lateness(entry, now)
      if not latest or late > latest then present, latest = entry, late end
    end
  end
  return present, past, at
end

--- The job whose turn it is.
-- @tparam number now monotonic seconds
-- @treturn ?table its entry; nil when none is due
-- @treturn ?number then, when the next one is; nil where there is none
function Schedule:next(now)
  local present, past, at = candidates(self, now)
  if not (present and past) then
    self.owed, self.contended = 0, false
    local entry = present or past
    if entry then return entry end
    return nil, at
  end
  self.contended = true
  return self.owed > 0 and present or past
end

--- A job has had its turn.
-- @tparam table entry
-- @tparam number now monotonic seconds
-- @tparam table told `calls` it has made, `behind` (nil: as before), `due` (when it has to read
-- again; nil: now)
function Schedule:done(entry, now, told)
  local was_past = is_past(entry, now)
  entry.served, entry.due = entry.served + told.calls, told.due or now
  if told.behind then entry.behind, entry.told = told.behind, now end
  if not self.contended then return end
  self.owed = was_past and self.owed + SHARE * told.calls or max(0, self.owed - told.calls)
end

local M = {}

--- @treturn Schedule
function M.new()
  return setmetatable({ entries = {}, owed = 0, contended = false }, Schedule)
end

return M
