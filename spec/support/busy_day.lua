--- Describes what a reading costs: part of a day on which two rows a second are modified, read
-- while that goes on.
local beijing = require "wdt.beijing"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local M = {}

local START = beijing.parse "2026-11-11 08:00:00"
local RATE = 2 -- modifications a second

--- Reads so many hours.
-- @tparam string order of the sandbox
-- @tparam string read `"seek"` or `"sweep"`
-- @tparam number hours
-- @tparam ?integer seed
-- @tparam ?string edition `"enterprise"` unless told; the ultimate one promises an order of time
-- @treturn table `{ per_1000 = calls per 1000 rows delivered, lost, rows, calls, progress }`
function M.read(order, read, hours, seed, edition)
  local seconds = hours * 3600
  local box = sandbox.new{ seed = seed or 11, now = START + seconds + 600, fields = "short",
    order = order, latency = { 0.2, 0.6 },
    rate = 60, drift = { touch = RATE, from = START + seconds + 600 } }
  local draw = random.stream(seed or 11, 1)
  for _ = 1, seconds * RATE do
    box.world:put{ modified = START + draw(seconds) - 1, status = 55 }
  end
  local watch = box.world:watch{ clock = "modified", from = START, to = START + seconds - 1,
    status = 55, history = false }
  local stream = wdt.new(box:settings(edition or "enterprise")):stockouts{
    start = START, stop = START + seconds - 1, status = 55,
    read = read }
  local delivered, rows = {}, 0
  for row in stream do
    delivered[tonumber(row.stockout_id)] = true
    rows = rows + 1
  end
  watch:close()
  local lost = 0
  for id in pairs(watch.stayed) do
    if not delivered[id] then lost = lost + 1 end
  end
  local progress = stream:progress()
  return { per_1000 = progress.calls / rows * 1000, lost = lost, rows = rows,
    calls = progress.calls, progress = progress }
end

return M
