-- A backfill beside a job that follows had windows of four polls' width: a call for each eight
-- minutes of the past, 65,000 for a year, however few rows there were.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local shell = require "support.shell"

local FROM, DAY = beijing.parse(copying.FROM), 86400

it("windows of a backfill are as wide as their own rows allow", function()
  local folder = shell.folder()
  finally(function() shell.must("rm -rf " .. folder) end)
  local now = FROM + 3 * DAY
  local box = copying.busy_box(beijing.format(now), { to = now + DAY, now = now,
    rows_per_day = 300 })
  local job = assert(copying.client_of(box):sync{ name = "so", what = "stockouts",
    from = now - 3600, follow = true, signals = false, into = "sqlite:" .. folder .. "/db" })
  assert(job:backfill(FROM, now - 3601))
  local windows, calls = 0, 0
  assert(job:run(function(rows)
    if rows ~= 0 then return end
    local line = job:ledger()[#job:ledger()]
    if line.kind == "backfill" then windows, calls = windows + 1, calls + line.calls end
    if job:progress().to_fill == 0 then job:stop() end
  end))
  assert.is_true(windows <= 12, windows)
  assert.is_true(calls <= 40, calls)
  job:close()
end)
