--- Describes what a synchronisation has read, and what it is to read next. Pure: no clock, no I/O;
-- told the server's time, never asks.
--
-- A *checkpoint* is plain data, so that it can be stored. It is never changed in place: `commit`
-- and `looked` return another one, which counts only once it is stored.
--
-- | field | |
-- | --- | --- |
-- | `query` | what is read, as text: a checkpoint can't go on with another query |
-- | `from` | the first second wanted |
-- | `done` | seconds read and committed (`intervals`): one, and one per window ahead of its turn |
-- | `revisited` | by revisit_age: everything before this second was read at that age or later |
-- | `buckets` | the hours still to be audited: `{ hour, known, looks }` |
-- | `ledger` | the last windows committed, oldest first, at most `LEDGER` |
-- | `density` | rows a second, as last seen |
-- | `halved` | how often windows were halved, because the loop ended before one was read |
-- | `backfill` | the seconds that are to be read again (`intervals`); nil where none are |
-- | `blind` | names of what the job's routes can't show (`wdt.edition.blind`) |
-- | `plain` | true: the query has never described its method by itself |
-- | `windows`, `rows`, `calls`, `uncertified`, `grown`, `audited` | counted since the beginning |
--
-- So a checkpoint's size does not depend on how long it has been kept.
--
-- The *watermark* is the first second that has not been read: the first gap of `done`.
--
-- Four kinds of window:
--
-- * `"new"`: the first gap, up to the *horizon*: server time less the lag, after which rows are
--   taken to be visible.
-- * `"revisit"`: an old window once more, when it has reached the age at which it is due. A query
-- by consign
--   time never shows that a shipped row changed later; reading it again does.
-- * `"audit"`: an hour whose total has grown since it was read or looked at last: a row became
--   visible later than the lag.
-- * `"backfill"`: a range that was asked for again, or that lies before `from`.
--
-- @module wdt.reading.checkpoint
local map = require "wdt.map"
local intervals = require "wdt.reading.intervals"
local pairs, ipairs, min, max, floor, huge, remove = pairs, ipairs, math.min, math.max, math.floor,
  math.huge, table.remove

local M = {
  --- Seconds of a bucket of the audit.
  BUCKET = 3600,
  --- Windows that the ledger keeps.
  LEDGER = 100,
  --- Windows are made half as large so often at most: from 15 pages to less than one.
  HALVED = 5,
  --- An age of the ladder of the ladder is read in pieces of this share of its age.
  PIECE = 24,
}

--- A new checkpoint.
-- @tparam string query
-- @tparam integer from epoch seconds
-- @treturn table
function M.new(query, from)
  return { query = query, from = from, done = {}, revisited = {}, buckets = {}, ledger = {},
    windows = 0, rows = 0, calls = 0,
    uncertified = 0, grown = 0, audited = 0 }
end

--- The first second that has not been read.
-- @tparam table checkpoint
-- @treturn integer
function M.watermark(checkpoint)
  return (intervals.gap(checkpoint.done, checkpoint.from))
end

--- The gap to read next.
-- @tparam table checkpoint
-- @tparam {{start=integer,stop=integer}...} out windows handed out and not committed yet: they are
-- no gap
-- @tparam integer horizon
-- @treturn ?integer first second, nil when everything up to the horizon has been read or is out
-- @treturn ?integer last second
function M.gap(checkpoint, out, horizon)
  local taken = checkpoint.done
  for _, w in ipairs(out) do
    if w.kind == "new" then taken = intervals.add(taken, w.start, w.stop) end
  end
  local start, stop = intervals.gap(taken, checkpoint.from)
  if start > horizon then return nil end
  return start, min(stop or horizon, horizon)
end

local function age_name(age)
  return ("%d"):format(age)
end

-- Where an age of the ladder begins: what is older than it when the ladder is first used has been,
-- or will be, read at that age anyway.
local function revisited_until(checkpoint, age, now)
  return checkpoint.revisited[age_name(age)] or max(checkpoint.from, floor(now - age))
end

--- Notes where the ages of the ladder stand, so that time spent before the first commit is not
-- forgotten.
-- @tparam table checkpoint
-- @tparam {integer...} revisit_ages ages, seconds
-- @tparam number now server time
-- @treturn table checkpoint
function M.begin_revisits(checkpoint, revisit_ages, now)
  local revisited, changed = {}, false
  map.add(revisited, checkpoint.revisited)
  for _, age in ipairs(revisit_ages) do
    if revisited[age_name(age)] == nil then
      revisited[age_name(age)], changed = revisited_until(checkpoint, age, now), true
    end
  end
  if not changed then return checkpoint end
  local copy = map.copy(checkpoint)
  copy.revisited = revisited
  return copy
end

--- The old window that is due to be read again.
-- @tparam table checkpoint
-- @tparam {integer...} revisit_ages
-- @tparam table out windows handed out
-- @tparam number now server time
-- @treturn ?table `{ revisit_age, start, stop }`
function M.revisit(checkpoint, revisit_ages, out, now)
  for _, age in ipairs(revisit_ages) do
    local busy = false
    for _, w in ipairs(out) do busy = busy or w.revisit_age == age end
    local start = revisited_until(checkpoint, age, now)
    local stop = floor(min(now - age, M.watermark(checkpoint) - 1))
    if not busy and stop - start + 1 >= age / M.PIECE then
      return { revisit_age = age, start = start, stop = stop } end
  end
end

--- The hour that is due to be looked at: complete, and of the age of its next look.
-- @tparam table checkpoint
-- @tparam {integer...} looks ages, seconds
-- @tparam table out windows handed out
-- @tparam number now server time
-- @treturn ?table `{ hour, start, stop, known, looks }`; `known` is what its total should be at
-- most
function M.bucket(checkpoint, looks, out, now)
  local read_until = M.watermark(checkpoint) - 1
  for _, bucket in ipairs(checkpoint.buckets) do
    local start = bucket.hour * M.BUCKET
    local stop = start + M.BUCKET - 1
    local age = looks[bucket.looks + 1]
    local busy = false
    for _, w in ipairs(out) do busy = busy or w.hour == bucket.hour end
    if age and not busy and stop <= read_until and now - stop >= age then
      return { hour = bucket.hour, start = start, stop = stop, known = bucket.known,
        looks = bucket.looks }
    end
  end
end

-- The buckets with one of them replaced; one that has had all its looks is dropped.
local function with_bucket(buckets, changed, looks)
  local result = {}
  for _, bucket in ipairs(buckets) do
    local one = bucket.hour == changed.hour and changed or bucket
    if one.looks < #looks then result[#result + 1] = one end
  end
  return result
end

--- An hour has been looked at and has not grown.
-- @tparam table checkpoint
-- @tparam table look as `bucket` returned it
-- @tparam integer total
-- @tparam {integer...} looks
-- @treturn table checkpoint
function M.looked(checkpoint, look, total, looks)
  local copy = map.copy(checkpoint)
  copy.buckets = with_bucket(checkpoint.buckets, { hour = look.hour, known = total,
    looks = look.looks + 1 }, looks)
  copy.audited = checkpoint.audited + 1
  return copy
end

-- The buckets after a new window: its rows counted into their hours. An hour that was read later
-- than its last look needs none, and one that begins before `from` is not read whole.
local function count_buckets(checkpoint, w, looks)
  local last = looks[#looks]
  if not last then return {} end
  local by_hour, result = {}, {}
  for _, bucket in ipairs(checkpoint.buckets) do by_hour[bucket.hour] = bucket end
  for hour = floor(w.start / M.BUCKET), floor(w.stop / M.BUCKET) do
    local before = by_hour[hour]
    if before or w.opened_at - (hour + 1) * M.BUCKET < last
      and hour * M.BUCKET >= checkpoint.from then
      before = before or { known = 0, looks = 0 }
      by_hour[hour] = { hour = hour, known = before.known + (w.by_hour[hour] or 0),
        looks = before.looks }
    end
  end
  for _, bucket in pairs(by_hour) do result[#result + 1] = bucket end
  table.sort(result, function(a, b) return a.hour < b.hour end)
  return result
end

-- An age of the ladder moves with windows that are read late enough to need no revisit.
local function advance_revisits(checkpoint, w, revisit_ages)
  local revisited = map.copy(checkpoint.revisited)
  for _, age in ipairs(revisit_ages) do
    local name = age_name(age)
    local at = revisited[name]
    local last = w.revisit_age == age and w.stop or w.kind ~= "audit"
      and floor(min(w.stop, w.opened_at - age))
    if at and last and w.start <= at and last >= at then revisited[name] = last + 1 end
  end
  return revisited
end

local function add_line(ledger, w, now)
  local result = {}
  for i, line in ipairs(ledger) do result[i] = line end
  result[#result + 1] = { kind = w.kind, start = w.start, stop = w.stop, rows = w.rows_read,
    calls = w.calls,
    certificate = w.certificate, first = w.first, last = w.last, at = floor(now) }
  while #result > M.LEDGER do remove(result, 1) end
  return result
end

--- The loop ended before a window was read to its end: the next ones are smaller.
-- @tparam table checkpoint
-- @treturn table checkpoint
function M.halve(checkpoint)
  local copy = map.copy(checkpoint)
  copy.halved = min((checkpoint.halved or 0) + 1, M.HALVED)
  return copy
end

--- Has everything from a second on read again, as if it had never been: that time comes before
-- what is newer.
-- @tparam table checkpoint
-- @tparam integer at epoch seconds
-- @treturn table checkpoint
function M.rewind(checkpoint, at)
  local copy = map.copy(checkpoint)
  copy.done = intervals.remove(checkpoint.done, at, huge)
  copy.revisited, copy.buckets = {}, {}
  for name, until_then in pairs(checkpoint.revisited) do
    copy.revisited[name] = min(until_then, at)
  end
  for _, bucket in ipairs(checkpoint.buckets) do -- an hour that is read in part has no known total
    if (bucket.hour + 1) * M.BUCKET <= at then copy.buckets[#copy.buckets + 1] = bucket end
  end
  return copy
end

--- Has a range read again, or before `from`, when nothing newer is to be read.
-- @tparam table checkpoint
-- @tparam integer start epoch seconds
-- @tparam integer stop not before `start`
-- @treturn table checkpoint
function M.backfill(checkpoint, start, stop)
  local copy = map.copy(checkpoint)
  copy.backfill = intervals.add(checkpoint.backfill or {}, start, stop)
  return copy
end

--- The range to fill next.
-- @tparam table checkpoint
-- @tparam table out windows handed out
-- @tparam integer settled the last second that may be read
-- @treturn ?table `{ start, stop }`, nil where nothing is asked for
function M.to_fill(checkpoint, out, settled)
  local left = checkpoint.backfill or {}
  for _, w in ipairs(out) do
    if w.kind == "backfill" then left = intervals.remove(left, w.start, w.stop) end
  end
  local first = left[1]
  if not first or first[1] > settled then return nil end
  return { start = first[1], stop = min(first[2], settled) }
end

--- Rows that a window should hold.
-- @tparam table checkpoint
-- @tparam integer rows wanted
-- @treturn number
function M.rows(checkpoint, rows)
  return rows / 2 ^ (checkpoint.halved or 0)
end

--- A window's rows are safe.
-- @tparam table checkpoint
-- @tparam table w `{ kind, start, stop, rows_read, calls, certificate, first, last, by_hour,
-- opened_at }` and `revisit_age` or `hour`; `opened_at`: server time when its first page was asked
-- for
-- @tparam {integer...} revisit_ages
-- @tparam {integer...} looks
-- @tparam number now server time
-- @treturn table checkpoint
function M.commit(checkpoint, w, revisit_ages, looks, now)
  local copy = map.copy(checkpoint)
  if w.kind == "new" then
    copy.done = intervals.add(checkpoint.done, w.start, w.stop)
    copy.buckets = count_buckets(checkpoint, w, looks)
  elseif w.kind == "backfill" then
    local left = intervals.remove(checkpoint.backfill or {}, w.start, w.stop)
    copy.backfill = left[1] and left or nil
    -- A new window has to read what is newer, and counts it for the audit.
    local stop = min(w.stop, M.watermark(checkpoint) - 1)
    if stop >= w.start then copy.done = intervals.add(checkpoint.done, w.start, stop) end
  elseif w.kind == "audit" then
    copy.buckets = with_bucket(checkpoint.buckets, { hour = w.hour, known = w.by_hour[w.hour]
      or 0, looks = w.looks + 1 }, looks)
    copy.audited = checkpoint.audited + 1
    if (w.by_hour[w.hour] or 0) > w.known then copy.grown = checkpoint.grown + 1 end
  end
  if checkpoint.halved and not w.cut_short then
    copy.halved = checkpoint.halved > 1 and checkpoint.halved - 1
    or nil end
  copy.revisited = advance_revisits(checkpoint, w, revisit_ages)
  copy.ledger = add_line(checkpoint.ledger, w, now)
  copy.windows, copy.rows, copy.calls = checkpoint.windows + 1, checkpoint.rows + w.rows_read,
    checkpoint.calls + w.calls
  if w.certificate == "none" then copy.uncertified = checkpoint.uncertified + 1 end
  return copy
end

local Polls = {}
Polls.__index = Polls

--- A poll has read so many rows.
-- @tparam integer rows
-- @tparam integer seconds of the window
function Polls:learn(rows, seconds)
  if rows == 0 then
    self.interval = min(self.most, self.interval * 2)
  else
    self.interval = max(self.least, min(self.most, self.page / 2 * seconds / rows))
  end
end

--- How long to wait between two polls: as long as half a page needs to fill, so that a poll is one
-- call; twice as long after one that found nothing; within bounds.
-- @tparam number least seconds
-- @tparam number most seconds
-- @tparam integer page rows of a page
-- @treturn Polls with `interval`
function M.polls(least, most, page)
  return setmetatable({ least = least, most = most, page = page, interval = least }, Polls)
end

return M
