-- A copy of all shipped stockouts, kept up to date in the background by one of the workers: one
-- file of NDJSON a window, named by its first second, in the folder data/. A window that was not
-- committed comes again from the same second, so its file is replaced: nothing is lost and nothing
-- stands there twice, whenever nginx is killed.
--
-- Who holds the lock on the state leads; the lock ends with its process, so another worker takes
-- over when that one dies.
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local wdt = require "resty.wdt"
local ngx = require "ngx"

local M = {}

local EVERY = 15 -- seconds between two looks for new rows
local DAY = 86400

local dict = ngx.shared.wdt

-- Leaves in the dict what the pages show, for the workers that don't lead.
local function publish(job)
  dict:set("status", cjson.encode{ progress = job:progress(), ledger = job:ledger(),
    worker = ngx.worker.pid(), at = ngx.now() })
end

local function hour_of(row)
  local time = beijing.parse(row:match('"consign_time":"(.-)"') or "")
  return time and time - time % 3600
end

-- Returns how many rows of which hour there were.
local function write(window, folder)
  local name = folder .. beijing.format(window.start):gsub("[^%d]", "") .. ".ndjson"
  local file, hours = assert(io.open(name .. ".tmp", "wb")), {}
  for row in window:rows() do
    assert(file:write(row, "\n"))
    local hour = hour_of(row)
    if hour then hours[hour] = (hours[hour] or 0) + 1 end
  end
  assert(file:close())
  assert((window.rows_read > 0 and os.rename or os.remove)(name .. ".tmp", name))
  return hours
end

-- All windows that are due, of a job that this worker leads.
local function copy(job, folder)
  publish(job)
  for window in job:windows() do
    local hours = write(window, folder)
    assert(window:commit())
    for hour, rows in pairs(hours) do dict:incr("hour:" .. hour, rows, 0, 2 * DAY) end
    publish(job)
  end
  publish(job)
end

--- For init_worker_by_lua. Every worker is given the job; one leads it, and another one when that
-- worker dies. More jobs are more lines of the list.
function M.start()
  local folder = ngx.config.prefix() .. "data/"
  os.execute("mkdir -p '" .. folder .. "'")
  assert(wdt.background{ jobs = {
    { client = require "account", every = EVERY, pass = function(job) copy(job, folder) end,
      sync = { name = "shipped", what = "stockouts", query = { as = "json" },
        from = os.getenv "WDT_FROM" or beijing.format(ngx.time() - DAY),
        state = wdt.state.file(folder .. "shipped.state") } },
  } })
end

return M
