--- Rows of a range out of a copy, where its ledger proves that they are all: finds that out, and
-- writes them into a file. It runs in a thread of nginx's pool, where there is no nginx.
--
-- A range is proved where the state of the job, which stands in the same database and is read in
-- the same transaction, says that all its seconds were read by this very query, and none is to be
-- read again; where each window of the ledger that touches it is certified, and together they cover
-- it; where the ledger is that of the state, and of no other job; and where at least as many rows
-- stand within each of these windows as it tells. Whatever else is odd (a row marked as gone, one
-- that was refused, one without its time or its JSON) is a reason to ask the gateway.
-- @module wdt.serve.copy_rows
local beijing = require "wdt.beijing"
local certificate = require "wdt.reading.certificate"
local database = require "wdt.sink.database"
local intervals = require "wdt.reading.intervals"
local sink = require "wdt.sink"
local sql = require "wdt.sink.sql"
local tables = require "wdt.report.tables"
local text = require "wdt.state.text"
local literal, quoted = database.literal, database.quoted
local concat, io, ipairs, floor, max, min, os, setmetatable, tonumber = table.concat, io, ipairs,
  math.floor, math.max, math.min, os, setmetatable, tonumber

local Copy = {}
Copy.__index = Copy

local M = {}

-- Rows that are asked of the database at once: its client may hold a whole answer in memory.
local PIECE = 500

-- Half a character, which databases do not hold, stands there as this one (`wdt.sink.escapes`).
local REPLACED = "\239\191\189"

--- Says that a database did not answer; the detail beside it is for the log alone.
M.UNREADABLE = "the copy can't be read"

local TOO_MANY = "the copy's rows of the range are too many to be read at once"

-- True if reading has taken too long: SQLite's writer waits for it.
function Copy:is_late()
  return os.time() - self.began > self.o.most_seconds
end

local function moment(second)
  return literal(beijing.format(second))
end

-- Visits the rows of a query: true; or nil, reason, detail.
function Copy:each(statement, visit)
  local ok, err = database.each_row(self.sink.connection, statement, visit)
  if not ok then return nil, M.UNREADABLE, err end
  return true
end

-- The first row of a query, {} where there is none; or nil, reason, detail.
function Copy:first(statement)
  local row, err = database.first_row(self.sink.connection, statement)
  if err then return nil, M.UNREADABLE, err end
  return row or {}
end

-- From here on, all that is read is of one moment.
local function begin(self)
  local connection, before = self.sink.connection, self.sink.dialect.snapshot
  if before then
    local ok, err = database.execute_all(connection, { before })
    if not ok then return nil, M.UNREADABLE, err end
  end
  local ok, err = database.begin(connection, self.sink.dialect, true)
  if not ok then return nil, M.UNREADABLE, err end
  return true
end

-- The state, and that it is this table's and this query's.
local function check_state(self)
  local o, stored, err = self.o, self.sink:store():load()
  if err then return nil, M.UNREADABLE, err end
  if not stored then return nil, "the copy has no state of its own" end
  local kept
  kept, err = text.open(stored, self.sink.name)
  if not kept then return nil, M.UNREADABLE, err end
  if kept.whole or kept.query ~= o.query then return nil, "the copy is of another query" end
  if not kept.plain then return nil, "the copy's job describes its method by itself" end
  local row, reason, detail = self:first(("SELECT identity, writer FROM %s WHERE name = %s"):format(
    sql.JOBS, self.job))
  if not row then return nil, reason, detail end
  if not kept.target or row[1] ~= kept.target or row[2] ~= kept.writer then
    return nil, "another job has written to the copy"
  end
  if #intervals.missing(kept.done, o.start, o.stop) > 0 then
    return nil, "the copy has not read all of the range"
  end
  local again = kept.backfill or {}
  if intervals.seconds(intervals.remove(again, o.start, o.stop)) < intervals.seconds(again) then
    return nil, "the copy is to read some of the range again"
  end
  self.kept = kept
  return true
end

-- That the ledger is what the state counts: lines of another job, which had a state elsewhere,
-- would have taken the places of some.
local function check_sums(self)
  local row, reason, detail = self:first(("SELECT COUNT(*), MIN(number), MAX(number), "
    .. "SUM(row_count), SUM(calls), SUM(CASE WHEN certificate = 'none' THEN 1 ELSE 0 END) FROM %s "
    .. "WHERE job = %s"):format(sql.WINDOWS, self.job))
  if not row then return nil, reason, detail end
  local kept = self.kept
  local counted = { kept.windows, 0, kept.windows - 1, kept.rows, kept.calls, kept.uncertified }
  for i, n in ipairs(counted) do
    if tonumber(row[i]) ~= n then return nil, "the copy's ledger is not its state's" end
  end
  return true
end

-- The windows that touch the range, and what they prove.
local function check_windows(self)
  local o, lines, covered, told = self.o, {}, {}, nil
  local unsure, read_at = 0, nil
  local ok, reason, detail = self:each(("SELECT start, stop, row_count, certificate, committed_at "
    .. "FROM %s WHERE job = %s AND stop >= %s AND start <= %s ORDER BY number"):format(sql.WINDOWS,
    self.job, moment(o.start), moment(o.stop)), function(row)
      local line = { start = beijing.parse(row[1]), stop = beijing.parse(row[2]),
        rows = tonumber(row[3]) }
      lines[#lines + 1] = line
      if row[4] == "none" or not certificate.RANK[row[4]] then
        unsure = unsure + 1
      else
        told = certificate.weaker(told, row[4])
        covered = intervals.add(covered, line.start, line.stop)
      end
      local at = beijing.parse(row[5])
      read_at = min(read_at or at, at)
    end)
  if not ok then return nil, reason, detail end
  if unsure > 0 then
    return nil, ("%d of the copy's windows over the range are uncertified"):format(unsure)
  end
  if #intervals.missing(covered, o.start, o.stop) > 0 then
    return nil, "the copy's ledger has a gap in the range"
  end
  self.lines, self.told, self.read_at = lines, told, read_at
  return true
end

-- That rows are laid out with what is needed.
local function check_table(self)
  local noted, err = tables.noted(self.sink)
  if not noted then return nil, M.UNREADABLE, err end
  local one, has_document = noted[self.sink.name], false
  if not one then return nil, "the copy is not laid out as tables" end
  for _, name in ipairs(one.own) do has_document = has_document or name == "_document" end
  if not has_document then
    return nil, "the copy does not keep each row's JSON (to = sqlite:FILE?document=true)"
  end
  local clock = one.fields[self.o.clock]
  if not clock or clock.kind ~= "datetime" then
    return nil, "the copy has no time by which the range is asked for"
  end
  local from = quoted(self.sink.name) .. " WHERE _account = " .. literal(self.o.account)
  self.from, self.clock, self.keys = from, quoted(clock.name), {}
  for i, id in ipairs(self.o.ids) do
    if not one.fields[id] then return nil, "the copy has another identity of rows" end
    self.keys[i] = quoted(one.fields[id].name)
  end
  local odd, reason, detail = self:first(("SELECT 1 FROM %s AND %s IS NULL"):format(from,
    self.clock))
  if not odd then return nil, reason, detail end
  if odd[1] then return nil, "the copy has rows without their time" end
  odd, reason, detail = self:first(("SELECT 1 FROM _wdt_rejects WHERE job = %s"):format(self.job))
  if not odd then return nil, reason, detail end
  if odd[1] then return nil, "the copy could not take some rows" end
  return true
end

-- Rows by the second, `{ second, rows }` in order, of all that the windows span.
function Copy:count()
  local first, last, list, odd = self.o.start, self.o.stop, {}, false
  for _, line in ipairs(self.lines) do
    first, last = min(first, line.start), max(last, line.stop)
  end
  local ok, reason, detail = self:each(("SELECT %s, COUNT(*), COUNT(_deleted_at), "
    .. "COUNT(_document) FROM %s AND %s >= %s AND %s < %s GROUP BY %s ORDER BY %s"):format(
    self.clock, self.from, self.clock, literal(beijing.format(first):sub(1, 10)), self.clock,
    moment(last + 1), self.clock, self.clock), function(row)
      local at = beijing.parse(row[1]:sub(1, 19))
      local n = tonumber(row[2])
      odd = odd or not at or #row[1] < 19 or tonumber(row[3]) > 0 or tonumber(row[4]) < n
      list[#list + 1] = { at, n }
    end)
  if not ok then return nil, reason, detail end
  if odd then return nil, "the copy has rows there that are marked as gone, or unreadable" end
  return list
end

-- Returns a function that tells how many rows stand before a second.
local function adder(seconds)
  local before = { [0] = 0 }
  for i, one in ipairs(seconds) do before[i] = before[i - 1] + one[2] end
  return function(second)
    local low, high = 0, #seconds -- seconds[low] is before it, those after `high` are not
    while low < high do
      local middle = floor((low + high + 1) / 2)
      if seconds[middle][1] < second then low = middle else high = middle - 1 end
    end
    return before[low]
  end
end

-- That no window tells more rows than stand there.
local function check_rows(self)
  local seconds, reason, detail = self:count()
  if not seconds then return nil, reason, detail end
  if self:is_late() then return nil, TOO_MANY end
  local before = adder(seconds)
  for _, line in ipairs(self.lines) do
    if before(line.stop + 1) - before(line.start) < line.rows then
      return nil, "the copy lacks rows that its ledger tells"
    end
  end
  self.seconds = {}
  for _, one in ipairs(seconds) do
    if one[1] >= self.o.start and one[1] <= self.o.stop then
      self.seconds[#self.seconds + 1] = one
    end
  end
  return true
end

-- Writes the rows of some seconds: true; false once there are enough; or nil, reason, detail.
function Copy:write(file, first, last)
  local o, wrong, why = self.o, nil, nil
  local ok, reason, detail = self:each(("SELECT %s, _document FROM %s AND %s >= %s AND %s < %s "
    .. "ORDER BY %s, %s"):format(self.clock, self.from, self.clock, moment(first), self.clock,
    moment(last + 1), self.clock, concat(self.keys, ", ")), function(row)
      if wrong or o.limit and self.rows >= o.limit then return end
      local document = row[2]
      if document:find(REPLACED, 1, true) then
        wrong = "the copy has rows whose characters it could not hold"
      end
      local written, err = file:write(("%d %.0f\n"):format(#document,
        beijing.parse(row[1]:sub(1, 19))), document)
      if not written then wrong, why = M.UNREADABLE, err end
      self.rows, self.bytes = self.rows + 1, self.bytes + #document
    end)
  if not ok then return nil, reason, detail end
  if wrong then return nil, wrong, why end
  if self.bytes > o.most_bytes or self:is_late() then return nil, TOO_MANY end
  return not o.limit or self.rows < o.limit
end

-- Writes all rows, some seconds at a time.
local function write_rows(self)
  local file, err = io.open(self.o.path, "r+b")
  if not file then return nil, M.UNREADABLE, err end
  self.rows, self.bytes = 0, 0
  local n, first, expected = 0, nil, 0
  local more, reason, detail = true, nil, nil
  for i, one in ipairs(self.seconds) do
    first, n, expected = first or one[1], n + one[2], expected + one[2]
    if more and (n >= PIECE or not self.seconds[i + 1]) then
      more, reason, detail = self:write(file, first, one[1])
      first, n = nil, 0
    end
  end
  local closed, why = file:close()
  if more == nil then return nil, reason, detail end
  if not closed then return nil, M.UNREADABLE, why end
  if more and self.rows ~= expected then return nil, "the copy changed while it was read" end
  return true
end

local STEPS = { begin, check_state, check_sums, check_windows, check_table, check_rows, write_rows }

-- Reads one copy.
local function try(o, stream)
  local opened, err = sink.open(stream.to, { name = stream.name, account = o.account,
    existing = true })
  if not opened then return nil, M.UNREADABLE, err end
  if not opened.tabular then
    opened:close()
    return nil, "the copy is not laid out as tables"
  end
  local self = setmetatable({ o = o, sink = opened, job = literal(opened.key),
    began = os.time() }, Copy)
  for _, step in ipairs(STEPS) do
    local ok, reason, detail = step(self)
    if not ok then
      opened:close()
      return nil, reason, detail
    end
  end
  opened:close()
  return { certificate = self.told, windows = #self.lines, read_at = self.read_at,
    rows = self.rows }
end

--- Writes the rows of a range into a file: of each a line `BYTES SECOND`, and its JSON.
-- @tparam table o `streams` (a list of `{ name, to }`), `account` (whose rows), `query`
-- (`wdt.sync.options.identity`), `clock` (the field that the range is about), `ids` (fields of the
-- identity), `start`, `stop` (epoch seconds, included), `limit` (rows, or nil), `path` (of a file
-- that is there), `most_bytes`, `most_seconds`
-- @treturn table `certificate` (the weakest of the windows that touch the range), `windows`,
-- `read_at` (epoch seconds: the earliest time at which one of them was read), `rows`; or
-- `refused`, the reason, and perhaps `detail`, which is not for everybody
function M.fetch(o)
  local refused, detail
  for _, stream in ipairs(o.streams) do
    local told, reason, more = try(o, stream)
    if told then return told end
    refused, detail = reason, more
  end
  return { refused = refused, detail = detail }
end

return M
