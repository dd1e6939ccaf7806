--- Describes what the specs of synchronisation share: worlds, and jobs that copy them.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local assert = require "luassert"
local wdt = require "wdt"

local METHOD = "stockout_order_query_trade"
local T = beijing.parse
local FROM = "2026-10-01 00:00:00"

local function client_of(box, edition, more)
  local settings = { rate = 100000, retry = { attempts = 8, base = 0.1, cap = 1, cooldown = 5,
    total = 1800 } }
  for name, value in pairs(more or {}) do settings[name] = value end
  return wdt.new(box:settings(edition or "enterprise", settings))
end

-- A generated world from FROM on, whose present is `now`.
local function busy_box(now, options)
  local o = { seed = 3, rows_per_day = 1000, from = T(FROM), to = T(now), fields = "short",
    latency = 0.05 }
  for name, value in pairs(options or {}) do o[name] = value end
  return sandbox.new(o)
end

-- A world of hand-made rows: one every `step` seconds from FROM on; its present is a day later.
local function small_box(n, step, options)
  local o = { now = T(FROM) + 86400, fields = "short", latency = 0.05 }
  for name, value in pairs(options or {}) do o[name] = value end
  local box = sandbox.new(o)
  for i = 1, n do box.world:put{ modified = T(FROM) + (i - 1) * step } end
  return box
end

local function truth(box, stop, params, method)
  local asked = { start_time = FROM, end_time = FROM }
  for name, value in pairs(params or {}) do asked[name] = tostring(value) end
  local filter = assert(box:filter(method or METHOD, asked))
  filter.to, filter.closed_end = stop, true
  return box.world:all(filter)
end

local function open(client, options)
  local o = { what = "stockouts", from = FROM, state = wdt.state.memory() }
  for name, value in pairs(options or {}) do o[name] = value end
  if o.from == false then o.from = nil end
  local job, err, code = client:sync(o)
  return job, err, code
end

-- Reads one pass; `copy[id]` is the last version, `times[version]` how often it came.
local function read(job, copy, times)
  copy, times = copy or {}, times or {}
  for window in job:windows() do
    for row in window:rows() do
      local id = tostring(row.stockout_id)
      id = tonumber(#id == 19 and id:sub(-10) or id) -- one of 64 bits ends in the world's
      local version = ("%.0f/%s"):format(id, row.modified)
      copy[id] = row
      times[version] = (times[version] or 0) + 1
    end
    assert(window:commit())
  end
  return copy, times
end

local function size(set)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  return n
end

local function assert_copy(expected, copy)
  for _, row in ipairs(expected) do
    assert.truthy(copy[row.id], "lost: " .. row.id)
    assert.equal(beijing.format(row.modified), copy[row.id].modified)
  end
  assert.equal(#expected, size(copy))
end

-- The windows cover the range from FROM to the watermark.
local function assert_tiles(job)
  local at = T(FROM)
  for _, line in ipairs(job:ledger()) do
    assert.equal(at, line.start)
    at = line.stop + 1
  end
  assert.equal(at, job:progress().watermark)
end

return { FROM = FROM, client_of = client_of, busy_box = busy_box, small_box = small_box,
  truth = truth, open = open, read = read,
  size = size, assert_copy = assert_copy, assert_tiles = assert_tiles }
