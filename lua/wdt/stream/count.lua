--- Counts the rows of a range from page-0 totals alone: one call per cap's length, none of whose
-- rows is kept.
-- @module wdt.stream.count
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local map = require "wdt.map"
local core = require "wdt.native".load "wdt.core"
local request = require "wdt.calling.request"
local window = require "wdt.reading.window"
local failure = require "wdt.error".failure
local ipairs = ipairs

local M = {}

-- The total of one window of the method in place `at`, or nil, err, code.
local function total_of(client, spec, at, params, start, stop)
  local method, times, asked = spec.methods[at], spec.times[at], {}
  map.add(asked, params)
  if start then asked[times[1]], asked[times[2]] = beijing.format(start), beijing.format(stop) end
  local decoder = core.decoder{}
  local account = client.by_route[spec.routes[at]]
  local call = request.new{ account = account, stats = client.stats, method = method,
    params = asked, repeatable = true, deadline = spec.deadline,
    pager = { page_no = 0, page_size = 1, total = true }, decoder = decoder }
  local _, err, code = call:next()
  decoder:close()
  if err then return nil, err, code end
  local total = catalog.total(spec.entries[at], call.envelope) or call.hint == "empty" and 0 or nil
  if not total then return failure("syntax", "page 0 of %s carries no total", method) end
  return total
end

--- The total of one window, as page 0 tells it: one call. Rows of fractions of its last second may
-- not be among them; what two routes show counts twice.
-- @tparam Accounts client (`wdt.calling.accounts`)
-- @tparam table spec as `wdt.query.parse` returns it, with a `range` within the method's cap
-- @treturn integer rows; or nil, "code: text", "code"
function M.total(client, spec)
  local sum = 0
  for at = 1, #spec.methods do
    for _, variant in ipairs(spec.variants) do
      local total, err, code = total_of(client, spec, at, variant.params, spec.range.start,
        spec.range.stop)
      if not total then return nil, err, code end
      sum = sum + total
    end
  end
  return sum
end

-- Neighbours share a second: a server may keep fractions of it, and compare them with the ends.
-- That second is counted twice if a window includes its end, and once if not. Its total alone is
-- then its rows, or 0: taking it off is right in both cases.
local function count_windows(client, spec, at, params)
  local plan = window.plan{ start = spec.range.start, stop = spec.range.stop,
    span = spec.entry.span, overlap = true }
  local sum = 0
  while true do
    local w = plan:next()
    if not w then return sum end
    local total, err, code = total_of(client, spec, at, params, w.start, w.stop)
    if not total then return nil, err, code end
    sum = sum + total
    total, err, code = total_of(client, spec, at, params, w.stop, w.stop)
    if not total then return nil, err, code end
    sum = sum - total
  end
end

--- Counts rows; those that two routes show count twice.
-- @tparam Accounts client (`wdt.calling.accounts`)
-- @tparam table spec as `wdt.query.parse` returns it
-- @treturn integer rows; or nil, "code: text", "code"
function M.count(client, spec)
  local sum = 0
  for at = 1, #spec.methods do
    for _, variant in ipairs(spec.variants) do
      local total, err, code
      if spec.range then
        total, err, code = count_windows(client, spec, at, variant.params)
      else
        total, err, code = total_of(client, spec, at, variant.params)
      end
      if not total then return nil, err, code end
      sum = sum + total
    end
  end
  return sum
end

return M
