--- Describes what is asked of a gateway to learn its habits. Each question makes a few read-only
-- calls and returns what it found as data; what the answers mean is `wdt.cli.probe.decide`'s
-- business.
-- @module wdt.cli.probe.questions
local account = require "wdt.calling.account"
local decide = require "wdt.cli.probe.decide"
local duration = require "wdt.duration"
local map = require "wdt.map"
local ipairs = ipairs
local floor, ceil, min, max = math.floor, math.ceil, math.min, math.max

local M = {}

local DAY, HOUR = duration.DAY, duration.HOUR

-- Rows that a range should hold for all that is asked of it, in pages.
local PLENTY = 10

-- A range ends so long before the present that it holds still.
local SETTLED = 600

-- Where a range is looked for, when windows are short: the last hours, then afternoons (15:00 to
-- 16:00, Beijing time), which are the busiest hours of a shop.
local function ranges(now, span)
  local list = { { start = now - SETTLED - span, stop = now - SETTLED } }
  if span >= DAY then return list end
  local afternoon = floor((now + 8 * HOUR) / DAY) * DAY + 7 * HOUR
  for _, days in ipairs{ 1, 2, 3, 7, 30 } do
    local start = afternoon - days * DAY
    list[#list + 1] = { start = start, stop = start + min(span, HOUR) }
  end
  return list
end

--- Finds a range that holds rows.
-- @tparam Asker asker
-- @tparam ?table given `{ start, stop }`, the user's; not longer than a window may be
-- @treturn ?table `{ start, stop, page }`, its first page included; nil where there is nothing
-- anywhere; or nil, err, code
function M.range(asker, given)
  local best
  for _, range in ipairs(given and { given } or ranges(
    floor(asker.client:server_time()), asker.span)) do
    local page, err, code = asker:page(range)
    if not page then return nil, err, code end
    range.page, range.total = page, page.total or #page.rows
    if range.total > 0 and (not best or range.total > best.total) then best = range end
    if best and best.total >= PLENTY * asker.page_size then break end
  end
  return best
end

local function copy(range, more)
  local ask = { start = range.start, stop = range.stop }
  map.add(ask, more)
  return ask
end

--- Order of rows, and whether it repeats.
function M.order(asker, range)
  local rows = {}
  for i, row in ipairs(range.page.rows) do rows[i] = row end
  local again, err, code = asker:page(copy(range, {}))
  if not again then return nil, err, code end
  if range.total > #rows then
    local second
    second, err, code = asker:page(copy(range, { page_no = 1 }))
    if not second then return nil, err, code end
    for _, row in ipairs(second.rows) do rows[#rows + 1] = row end
  end
  local verdict, evidence = decide.order(rows)
  evidence.repeated = decide.repeats(range.page.rows, again.rows)
  return { verdict = verdict, evidence = evidence }
end

-- Longer pages than these no one documents.
local SIZES = { 1, 2, 5, 10 }

--- Length of a page, beyond the documented one.
function M.page_cap(asker, range)
  local tries = {}
  for _, times in ipairs(SIZES) do
    local asked = times * asker.page_size
    local page, err, code = asker:page(copy(range, { page_size = asked }))
    if not page and code ~= "param" and code ~= "api" then return nil, err, code end
    local try = { asked = asked, refused = err }
    if page then try.rows, try.total = #page.rows, page.total or #page.rows end
    tries[#tries + 1] = try
    if try.refused or try.rows < asked then break end
  end
  local verdict, evidence = decide.page_cap(tries)
  evidence.documented = asker.entry.page_max or nil
  return { verdict = verdict, evidence = evidence }
end

-- A page by its number on the wire; nil where the gateway refuses that one, and why; or nil, err,
-- code.
local function wire_page(asker, range, number)
  local page, err, code = asker:page(copy(range, { page_no = number - asker.first_page }))
  if page then return page.rows end
  if code == "param" or code == "api" then return nil, nil, nil, err end
  return nil, err, code
end

--- The number of the first page.
function M.first_page(asker, range)
  local zero, err, code, refused = wire_page(asker, range, 0)
  if err then return nil, err, code end
  local one
  one, err, code = wire_page(asker, range, 1)
  if err then return nil, err, code end
  return { verdict = decide.first_page(zero, one),
    evidence = { expected = asker.first_page, refused = refused } }
end

-- Tries to find a window that both routes can show in one page.
local MOST_CUTS = 6

--- The rows that two routes both show, in a part of the range that fits a page of each.
-- @tparam Asker asker
-- @tparam Asker other of the other route
-- @tparam table range of the first one
function M.shared(asker, other, range)
  local rows = range.page.rows
  local middle = rows[ceil(#rows / 2)]
  local at = middle and middle.time or range.start
  local width = ceil((range.stop - range.start) * min(1, asker.page_size / range.total) / 2)
  for _ = 1, MOST_CUTS do
    local window, pages = { start = max(range.start, at - width),
      stop = min(range.stop, at + width) }, {}
    for i, one in ipairs{ asker, other } do
      local page, err, code = one:page(window)
      if not page then return nil, err, code end
      pages[i] = page
    end
    local fits = true
    for _, page in ipairs(pages) do fits = fits and (page.total or 0) <= #page.rows end
    if fits then
      local verdict, evidence = decide.shared(pages[1].rows, pages[2].rows)
      return { verdict = verdict, evidence = evidence }
    end
    width = floor(width / 2)
  end
  return nil, "no window was found that both routes show in one page"
end

--- Type of the total, and the pages that carry it.
function M.total(asker, range)
  local later
  if range.total > #range.page.rows then
    local err, code
    later, err, code = asker:page(copy(range, { page_no = 1 }))
    if not later then return nil, err, code end
  end
  local kind, pages = decide.total(range.page.announced, later and later.announced, later ~= nil)
  return { verdict = kind, evidence = { pages = pages, total = range.page.announced } }
end

-- True if a window shows a row; nil where it holds more rows than its page and this one is not
-- among them.
local function shows(asker, row, start, stop)
  local page, err, code = asker:page{ start = start, stop = stop }
  if not page then return nil, err, code end
  for _, one in ipairs(page.rows) do
    if one.id == row.id then return true end
  end
  if (page.total or 0) > #page.rows then return nil end
  return false
end

-- Rows of different seconds, well within the range.
local function specimens(rows, most)
  local list, step = {}, max(1, floor(#rows / (most + 1)))
  for i = step, #rows, step do
    local row, last = rows[i], list[#list]
    if row.time and (not last or last.time ~= row.time) and #list < most then
      list[#list + 1] = row end
  end
  return list
end

--- Ends of a window.
function M.bounds(asker, range)
  local ends, begins = {}, {}
  for _, row in ipairs(specimens(range.page.rows, 2)) do
    local T = row.time
    local windows, shown = { { T - 1, T + 1 }, { T - 1, T }, { T, T + 1 } }, {}
    for i, w in ipairs(windows) do
      local is, err, code = shows(asker, row, w[1], w[2])
      if err then return nil, err, code end
      shown[i] = is
    end
    if shown[2] ~= nil then ends[#ends + 1] = { control = shown[1], shown = shown[2] } end
    if shown[3] ~= nil then begins[#begins + 1] = { control = shown[1], shown = shown[3] } end
  end
  local end_verdict, end_evidence = decide.bound(ends)
  local begin_verdict, begin_evidence = decide.bound(begins)
  return { verdict = end_verdict, evidence = end_evidence },
    { verdict = begin_verdict, evidence = begin_evidence }
end

-- No one's shop: a name whose bytes and characters differ in number.
local UNKNOWN_SHOP = "不存在的店铺编号"

-- True if the gateway takes a signature; nil where the answer does not tell.
local function accepts(asker, range, lengths)
  local signing = account.signing(asker.client.account, { sign_lengths = lengths })
  local page, err, code = asker:page(copy(range, { account = signing,
    params = { shop_no = UNKNOWN_SHOP } }))
  if page then return true end
  if code == "auth" then return false end
  -- it read the parameters, and did not like them
  if code == "param" or code == "api" then return true end
  return nil, err, code
end

--- How lengths are counted in the sign of the enterprise edition.
function M.lengths(asker, range)
  local points, bytes, err, code
  points, err, code = accepts(asker, range, "characters")
  if err then return nil, err, code end
  bytes, err, code = accepts(asker, range, "bytes")
  if err then return nil, err, code end
  local evidence = { code_points = points, bytes = bytes,
    setting = asker.client.credentials.sign_lengths }
  return { verdict = decide.lengths(points, bytes), evidence = evidence }
end

-- Seconds before the present that a look covers at first; fewer where they hold more rows than a
-- page.
local LOOK, LEAST_LOOK = 300, 5

-- Rows of a look that the last one did not show although its window covered their second, and those
-- newer than it.
local function arrivals_of(page, last, seen, arrivals)
  for _, row in ipairs(page.rows) do
    local key = row.id .. " " .. row.version
    if last and not seen[key] and row.time and row.time >= last.start then
      arrivals[#arrivals + 1] = { time = row.time, before = last.sent, at = ceil(page.arrived) }
    end
    seen[key] = true
  end
end

--- How long rows take to become visible: looks again and again at the newest ones.
-- @tparam Asker asker
-- @tparam table watch `looks` (calls that may be spent), `seconds` (to watch for), `stopping` (a
-- function: whether to end early)
function M.lag(asker, watch)
  local client, host = asker.client, asker.client.host
  local over, every = host:now() + watch.seconds, watch.seconds / max(1, watch.looks - 1)
  local width, last, seen, arrivals, looks = LOOK, nil, {}, {}, 0
  while looks < watch.looks and not watch.stopping() do
    local begun = host:now()
    local now = floor(client:server_time())
    local page, err, code = asker:page{ start = now - width, stop = now + 1 }
    if not page then return nil, err, code end
    looks = looks + 1
    local fits = (page.total or #page.rows) <= #page.rows
    if fits then
      arrivals_of(page, last, seen, arrivals)
      last = { start = now - width, sent = page.sent }
    else
      width, last = max(LEAST_LOOK, floor(width / 2)), nil
    end
    if host:now() >= over then break end
    if fits then host:sleep(max(0, min(over, begun + every) - host:now())) end
  end
  local verdict, evidence = decide.lag(arrivals)
  evidence.looks, evidence.window = looks, width
  return { verdict = verdict, evidence = evidence }
end

return M
