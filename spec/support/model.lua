--- A server in a few lines, to drive the readers of `wdt.reading` directly: no JSON, no HTTP, no
-- clock.
local order = require "wdt.reading.order"
local pages = require "wdt.reading.page_size"
local seek = require "wdt.reading.seek"
local seen = require "wdt.reading.seen"
local sweep = require "wdt.reading.sweep"
local window = require "wdt.reading.window"

local M = {}

local SORT = {
  id_asc = function(a, b) return a.id < b.id end,
  id_desc = function(a, b) return a.id > b.id end,
  time_asc = function(a, b) return a.time < b.time or a.time == b.time and a.id < b.id end,
  time_desc = function(a, b) return a.time > b.time or a.time == b.time and a.id < b.id end,
}

--- The rows and total of a page.
-- @tparam table server `{ rows = { {id, time, version, shop_no} … }, order, cap, half_open,
-- page }`: `page`, where there is one, answers a reading in place of this function
function M.page(server, ask)
  local matching = {}
  for _, row in ipairs(server.rows) do
    local fits = row.time >= ask.start and (row.time < ask.stop
      or row.time == ask.stop and not server.half_open)
    for name, value in pairs(ask.params or {}) do fits = fits and row[name] == value end
    if fits then matching[#matching + 1] = row end
  end
  table.sort(matching, SORT[server.order])
  local size = math.min(ask.page_size, server.cap or ask.page_size)
  local rows = {}
  for i = ask.page_no * size + 1, math.min(#matching, (ask.page_no + 1) * size) do
    rows[#rows + 1] = matching[i] end
  return rows, ask.page_no == 0 and #matching or nil
end

--- Returns what the windows of a stream share.
function M.shared(size, options)
  local shared = { pages = pages.new(size), seen = seen.new(), steer = window.steer(),
    order = order.new(), cuts = {}, learnt = {}, learnt_count = {}, params = {} }
  for name, value in pairs(options or {}) do shared[name] = value end
  if not shared.facts then
    shared.facts = {}
    for i, cut in ipairs(shared.cuts) do shared.facts[i] = cut.field end
  end
  return shared
end

--- Reads one window to its end.
-- @tparam table server
-- @tparam table w as `seek.new` takes it, `read = "sweep"` for the other reader, or
-- `reader`: its module
-- @tparam ?function before called before each page: before(ask, calls); may change the server, and
-- may return "break" to have the page cut in the middle
-- @treturn table `{ rows = { ["id/version"] = row }, found, calls, certificate, stop, twice }`;
-- `found`: how many there are in `rows`
function M.read(server, w, before)
  local reader = (w.reader or w.read == "sweep" and sweep or seek).new(w)
  local result = { rows = {}, found = 0, calls = 0, twice = 0, asks = {} }
  local facts, page = w.facts, server.page or M.page
  local function hand_out(rows, n)
    for i = 1, n do
      local row = rows[i]
      if reader:row(row.id, row.version, row.time, row[facts[1] or 0], row[facts[2] or 0],
        row[facts[3] or 0]) then
        local key = row.id .. "/" .. tostring(row.version)
        if result.rows[key] then
          result.twice = result.twice + 1
        else
          result.found = result.found + 1
        end
        result.rows[key] = row
      end
    end
  end
  while true do
    local ask = reader:ask()
    if not ask then break end
    result.calls = result.calls + 1
    result.asks[result.calls] = ask
    if result.calls > 10000 then error "the reader does not end" end
    local broken = before and before(ask, result.calls)
    local rows, total = page(server, ask)
    if broken then
      hand_out(rows, math.floor(#rows / 2))
      reader:again()
      rows, total = page(server, ask)
    end
    hand_out(rows, #rows)
    reader:page(total)
  end
  result.certificate, result.stop = reader.certificate, reader.stop
  return result
end

return M
