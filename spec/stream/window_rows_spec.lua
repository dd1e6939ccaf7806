-- No window holds more than twice the rows wanted of it, however rows are spread.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-10-01 00:00:00"
local DAYS, PAGE = 20, 4
local STOP = START + DAYS * 86400 - 1
local WANTED = 15 * PAGE -- by seek
local STATUSES = { 95, 105, 110, 113 }
local WORLDS = 3 -- of each kind
local ORDERS = { "id_asc", "time_asc", "time_desc", "shuffle" }

-- Seconds of rows: lumps of any width within lumps, a thin spread over some days, and days of none.
local function seconds_of(draw, n)
  local list, from, width = {}, START + draw(STOP - START) - 1, DAYS * 86400
  local thin = draw(n) / 4
  for i = 1, thin do list[i] = START + draw(DAYS * 43200) end
  while #list < n do
    width = math.max(PAGE, math.floor(width / draw(30)))
    from = math.max(START, math.min(from + draw(width) - width / 2, STOP - width))
    for _ = 1, math.min(n - #list, draw(n)) do
      list[#list + 1] = math.floor(from + draw(width)) - 1
    end
  end
  return list
end

-- A world of such rows, of one status or several; and the most rows that stand in one second.
local function box_of(seed, draw, how)
  local box = sandbox.new{ seed = seed, now = STOP + 10 * 86400, fields = "short", latency = 0.1,
    order = how.order or ORDERS[draw(#ORDERS)], closed_end = draw() < 0.5 }
  box.gateway.odd = how.hollow and { empty = 0.05 } or nil
  local at, most = {}, 0
  for _, status in ipairs(how.statuses) do
    for _, second in ipairs(seconds_of(draw, how.rows)) do
      box.world:put{ consign_time = second, modified = second, status = status,
        history = how.history and draw() < 0.4 or false }
      at[second] = (at[second] or 0) + 1
      most = math.max(most, at[second])
    end
  end
  return box, most
end

-- Reads a world by a stream; the most rows that were handed out while one window was read.
local function by_stream(box, query, edition)
  local rows, before, most = 0, 0, 0
  local client = wdt.new(box:settings(edition or "enterprise", { rate = 100000,
    log = function(event)
    if event.event == "window" then most, before = math.max(most, rows - before), rows end
  end }))
  query.start, query.stop, query.page_size = START, STOP, PAGE
  local stream = client:stockouts(query)
  for _ in stream do rows = rows + 1 end
  return most, rows, stream:progress()
end

-- Copies a world; the most rows of one window of the job.
local function by_sync(box, query)
  query.page_size = PAGE
  local job = assert(copying.open(copying.client_of(box), { query = query,
    from = beijing.format(START), rows = WANTED }))
  local most, rows = 0, 0
  for window in job:windows() do
    local handed = 0
    for _ in window:rows() do handed = handed + 1 end
    most, rows = math.max(most, handed), rows + handed
    assert(window:commit())
  end
  job:close()
  return most, rows
end

-- One second that holds more than a page is read as one.
local function fullest_second(most)
  return most > PAGE and 2 * most or 0
end

describe("a window", function()
  local function each(how, read)
    for seed = 1, WORLDS do
      local draw = random.stream(seed, 77)
      local box, densest = box_of(seed, draw, how)
      local most, rows = read(box, draw)
      assert.equal(#how.statuses * how.rows, rows, "seed " .. seed)
      local bound = how.bound + fullest_second(densest)
      assert.is_true(most <= bound, ("seed %d, %s: %d rows, bound %d"):format(
        seed, box.world.order, most, bound))
    end
  end

  for name, how in pairs{
    ["of a stream"] = { },
    ["of the ultimate edition"] = { edition = "ultimate" },
    ["of several statuses"] = { statuses = STATUSES, rows = 200 },
    ["of live rows and history"] = { history = true, query = { history = "both" } },
    ["on a server with hollow pages"] = { hollow = true },
    ["by sweep"] = { query = { read = "sweep" }, order = "id_asc", bound = 2 * 36 * PAGE },
    ["of a lane"] = { query = { lanes = 4 }, bound = 4 * PAGE },
  } do
    how.statuses, how.rows, how.bound = how.statuses or { 95 }, how.rows or 800,
      how.bound or 2 * WANTED
    it(name .. " holds at most twice the rows wanted", function()
      each(how, function(box)
        local query = { status = #how.statuses == 1 and how.statuses[1] or how.statuses }
        for key, value in pairs(how.query or {}) do query[key] = value end
        return by_stream(box, query, how.edition)
      end)
    end)
  end

  for name, how in pairs{
    ["of a copy"] = { statuses = { 95 }, rows = 800, bound = 2 * WANTED },
    ["of a copy of several statuses"] = { statuses = STATUSES, rows = 200,
      bound = 2 * WANTED + (#STATUSES - 1) * PAGE },
  } do
    it(name .. " holds at most twice the rows wanted, of all statuses together, and each row comes "
      .. "once", function()
      each(how, function(box)
        return by_sync(box, { status = #how.statuses == 1 and 95 or how.statuses })
      end)
    end)
  end
end)
