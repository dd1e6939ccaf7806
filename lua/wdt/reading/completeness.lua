--- How complete a reading is over time, by its ledger: which seconds were read, and how surely.
-- Pure.
-- @module wdt.reading.completeness
local beijing = require "wdt.beijing"
local intervals = require "wdt.reading.intervals"
local concat, ipairs, max, min = table.concat, ipairs, math.max, math.min

local M = {}

local HOUR, DAY = 3600, 86400

--- Letters that stand for an hour, the first that holds: `g` a gap, some of it should have been
-- read and was not; `u` some of it was read and could not be proved complete; `r` it was read, and
-- the certificate of some of it is no longer kept; `c` it was proved complete; `p` it is not due
-- yet; `-` it was not asked for.
M.LETTERS = "gurcp-"

--- The last reading of a second decides how sure it is.
-- @tparam {table} ledger lines, oldest first: `start`, `stop`, `certificate`
-- @treturn Intervals seconds that could not be proved complete
-- @treturn Intervals seconds that were
function M.judge(ledger)
  local uncertified, certified = {}, {}
  for _, line in ipairs(ledger) do
    local good = line.certificate ~= "none"
    uncertified = intervals[good and "remove" or "add"](uncertified, line.start, line.stop)
    certified = intervals[good and "add" or "remove"](certified, line.start, line.stop)
  end
  return uncertified, certified
end

-- Sets of intervals that are asked in the order of time: only those that touch the question.
local function clip(set, start, stop)
  local list = {}
  for _, one in ipairs(set) do
    local a, b = max(one[1], start), min(one[2], stop)
    if a <= b then list[#list + 1] = { a, b } end
  end
  return list
end

local function covers(set, start, stop)
  return #intervals.missing(set, start, stop) == 0
end

-- The letter of an hour, of which the seconds from `start` to `stop` count.
local function letter(sets, start, stop, due)
  local asked = max(start, sets.from)
  if asked > stop then return "-" end
  local read = covers(sets.done, asked, stop)
  if not read and not covers(sets.done, asked, min(stop, due)) then return "g" end
  if #clip(sets.uncertified, asked, stop) > 0 then return "u" end
  if not read then return "p" end
  return covers(sets.certified, asked, stop) and "c" or "r"
end

--- The hours of each day, in Beijing.
-- @tparam table kept a state (`wdt.reading.checkpoint`): `from`, `done`
-- @tparam {table} ledger its windows, oldest first
-- @tparam integer since epoch seconds: from this one's day on
-- @tparam integer due epoch seconds: before it everything should have been read
-- @tparam integer now epoch seconds
-- @treturn {table} `{ day = "2026-11-01", hours = "cccg…" }`, 24 letters, oldest first
function M.days(kept, ledger, since, due, now)
  local uncertified, certified = M.judge(ledger)
  local days = {}
  local first = beijing.parse(beijing.format(since):sub(1, 10) .. " 00:00:00")
  for midnight = first, now, DAY do
    local stop = midnight + DAY - 1
    local sets = { from = kept.from, done = clip(kept.done, midnight, stop),
      uncertified = clip(uncertified, midnight, stop), certified = clip(certified, midnight, stop) }
    local hours = {}
    for hour = 0, 23 do
      local begins = midnight + hour * HOUR
      hours[hour + 1] = begins > now and "-" or letter(sets, begins, begins + HOUR - 1, due)
    end
    days[#days + 1] = { day = beijing.format(midnight):sub(1, 10), hours = concat(hours) }
  end
  return days
end

return M
