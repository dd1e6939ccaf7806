--- Describes what answers tell about the gateway that gave them. Pure: pages in, a verdict and its
-- evidence out.
--
-- Verdicts are words that never change with the language; `"unknown"` where the evidence does not
-- suffice. Evidence is numbers and texts under names.
-- @module wdt.cli.probe.decide
local order = require "wdt.reading.order"

local ipairs, type, tonumber, max, concat = ipairs, type, tonumber, math.max, table.concat

local M = {}

--- In which order rows come.
-- @tparam {row...} rows of consecutive pages, in the order sent; a row is `{ id, time }`
-- @treturn string `"time_asc"`, `"id_desc"`, …; `"time_asc or id_asc"` where both fit; `"none"`;
-- `"unknown"`
-- @treturn table evidence
function M.order(rows)
  local times, ids = order.run(), order.run()
  for _, row in ipairs(rows) do
    times:see(row.time)
    ids:see(tonumber(row.id))
  end
  local evidence = { rows = #rows, time_rises = times.rises, time_falls = times.falls,
    id_rises = ids.rises, id_falls = ids.falls }
  local by_time, by_id = times:goes(), ids:goes()
  local fits = {}
  if by_time == "asc" or by_time == "desc" then fits[1] = "time_" .. by_time end
  if by_id == "asc" or by_id == "desc" then fits[#fits + 1] = "id_" .. by_id end
  if #fits > 0 then return concat(fits, " or "), evidence end
  return by_time and by_id and "none" or "unknown", evidence
end

-- The ids of a page's rows, as one text.
local function ids_of(rows)
  local ids = {}
  for i, row in ipairs(rows) do ids[i] = row.id end
  return concat(ids, "\0")
end

--- The number that the first page has.
-- @tparam ?{row...} zero of page 0, nil where it was refused
-- @tparam ?{row...} one of page 1, likewise
-- @treturn string `"from 0"`, `"from 1"`, `"unknown"`
function M.first_page(zero, one)
  if zero and #zero == 0 then zero = nil end
  if one and #one == 0 then one = nil end
  if not zero then return one and "from 1" or "unknown" end
  return one and ids_of(zero) == ids_of(one) and "from 1" or "from 0"
end

--- How many rows of one window two routes both show.
-- @tparam {row...} own of the one route
-- @tparam {row...} other of the other one
-- @treturn string `"no rows"`, `"some rows"`, `"all rows"` of the other one; `"unknown"`
-- @treturn table evidence
function M.shared(own, other)
  local known, n = {}, 0
  for _, row in ipairs(own) do known[row.id] = true end
  for _, row in ipairs(other) do
    if known[row.id] then n = n + 1 end
  end
  local evidence = { own = #own, other = #other, shared = n }
  if #other == 0 or #own == 0 then return "unknown", evidence end
  return n == 0 and "no rows" or n == #other and "all rows" or "some rows", evidence
end

-- Share of a page's rows that have to come again before two looks at it can be compared.
local ALIKE = 0.8

--- True if the same page, asked for again, lists its rows in the same order.
-- @tparam {row...} first
-- @tparam {row...} second
-- @treturn string `"stable"`, `"unstable"`; `"unknown"` where too many rows are others
function M.repeats(first, second)
  local place, n, last, moved = {}, 0, 0, false
  for i, row in ipairs(first) do place[row.id] = i end
  for _, row in ipairs(second) do
    local before = place[row.id]
    if before then
      n, moved, last = n + 1, moved or before < last, before
    end
  end
  if n < 2 or n < ALIKE * max(#first, #second) then return "unknown" end
  return moved and "unstable" or "stable"
end

--- How long a page may be.
-- @tparam {table...} tries `{ asked, rows, total }` or `{ asked, refused = text }`, in rising order
-- of `asked`
-- @treturn string `"honoured"` (every size tried), `"refused"` (above `honours`), `"cut"`
-- (silently, to `honours`), `"unknown"`
-- @treturn table evidence: `honours`, the longest page that was seen or granted; `above`, the size
-- that was not; `text`
function M.page_cap(tries)
  local evidence = { honours = 0 }
  for _, try in ipairs(tries) do
    if try.refused then
      evidence.above, evidence.text = try.asked, try.refused
      return "refused", evidence
    end
    evidence.honours = max(evidence.honours, try.rows)
    if try.rows < try.asked and try.rows < try.total then
      evidence.above = try.asked
      return "cut", evidence
    end
    if try.total < try.asked then return evidence.honours > 0 and "honoured"
      or "unknown", evidence end
  end
  return #tries > 0 and "honoured" or "unknown", evidence
end

local KINDS = { number = "number", string = "text" }

--- Returns what the total is, and on which pages.
-- @param first the total of page 0, as sent
-- @param later the one of page 1
-- @tparam boolean has_later whether there was a page 1
-- @treturn string `"number"`, `"text"`, `"absent"`
-- @treturn string `"every page"`, `"page 0"`, `"unknown"`
function M.total(first, later, has_later)
  local kind = KINDS[type(first)] or "absent"
  if kind == "absent" or not has_later then return kind, "unknown" end
  return kind, later ~= nil and "every page" or "page 0"
end

--- True if a window includes the second at which it ends (or begins).
-- @tparam {table...} trials `{ control, shown }`: whether the row was in a window around its
-- second, and in the one that ends there
-- @treturn string `"closed"`, `"open"`, `"unknown"`
-- @treturn table evidence
function M.bound(trials)
  local evidence = { shown = 0, hidden = 0 }
  for _, trial in ipairs(trials) do
    if trial.control and trial.shown then evidence.shown = evidence.shown + 1 end
    if trial.control and not trial.shown then evidence.hidden = evidence.hidden + 1 end
  end
  if evidence.shown > 0 and evidence.hidden == 0 then return "closed", evidence end
  if evidence.hidden > 0 and evidence.shown == 0 then return "open", evidence end
  return "unknown", evidence
end

--- In what the lengths of a signed text are counted.
-- @tparam boolean points whether a signature by code points was accepted
-- @tparam boolean bytes whether one by bytes was
-- @treturn string `"code points"`, `"bytes"`, `"either"`, `"unknown"`
function M.lengths(points, bytes)
  if points and bytes then return "either" end
  return points and "code points" or bytes and "bytes" or "unknown"
end

--- How long rows take to become visible, by those that appeared between two looks.
-- @tparam {table...} arrivals `{ time, before, at }`: the row's time, and the server's at the last
-- look that did not show it and at the first that did
-- @treturn string `"seen"`, `"unknown"`
-- @treturn table evidence: `rows`; and, where any were seen, `at_least` and `at_most` (seconds)
-- that the slowest of them took
function M.lag(arrivals)
  local evidence = { rows = #arrivals }
  if #arrivals == 0 then return "unknown", evidence end
  evidence.at_least, evidence.at_most = 0, 0
  for _, one in ipairs(arrivals) do
    evidence.at_least = max(evidence.at_least, one.before - one.time)
    evidence.at_most = max(evidence.at_most, one.at - one.time)
  end
  return "seen", evidence
end

return M
