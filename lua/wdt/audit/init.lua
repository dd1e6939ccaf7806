--- Control totals: a copy is held against what the gateway itself says, and repaired.
--
--     local found = assert(audit.run(client, { what = "stockouts", name = "stockouts",
--                                              into = "mysql://erp@localhost/erp" }, {}))
--     for _, one in ipairs(found.differences) do print(one.kind, one.day, one.shop_no) end
--
-- Of each day that the job has read:
--
-- 1. the ERP's statistic of sales, where the account has it, against the copy's sums by shop,
--    warehouse and SKU;
-- 2. the gateway's totals hour by hour against the copy's counts; a day of so few rows that reading
--    them costs no more calls is read instead, and so is a day that the statistic tells otherwise,
--    and an hour whose total is another;
-- 3. what is read is held against the copy row by row: rows that are missing, that the copy has in
--    an older version than its own windows tell, or without some of their lines. A row that the
--    copy has and the gateway does not show any more is no difference: it left the query.
--
-- Then some rows of the copy are looked up by their numbers. Hours with differences are read again
-- by the job itself, so that state and ledger stay right, and looked at once more.
-- @module wdt.audit
local beijing = require "wdt.beijing"
local copy_of = require "wdt.audit.copy"
local duration = require "wdt.duration"
local failure = require "wdt.error".failure
local sample = require "wdt.audit.sample"
local statistic = require "wdt.audit.statistic"
local ceil, floor, max, min, huge = math.ceil, math.floor, math.max, math.min, math.huge
local ipairs, next, pairs, setmetatable, type = ipairs, next, pairs, setmetatable, type
local sort = table.sort

local DAY, HOUR = duration.DAY, duration.HOUR

local Audit = {}
Audit.__index = Audit

local M = {}

-- Calls of a read for each page of rows, about: windows are not filled to the last row.
local CALLS_A_PAGE = 1.4

local CERTIFICATE = "some windows could not be proved complete: look again later"

-- The first second of a day, in Beijing.
local function day_of(second)
  return floor((second + 8 * HOUR) / DAY) * DAY - 8 * HOUR
end

-- SKUs of a row's lines, each once.
local function skus_of(row)
  local list, known = {}, {}
  for _, value in pairs(row) do
    for _, line in ipairs(type(value) == "table" and value or {}) do
      local sku = type(line) == "table" and line.spec_no
      if sku and not known[sku] then known[sku], list[#list + 1] = true, sku end
    end
  end
  sort(list)
  return list
end

function Audit:tell(event)
  if self.options.watch then self.options.watch(event) end
end

-- Lists of the row of which the copy has another number of lines; nil where there is none.
local function differing_list(self, row, there)
  for list in pairs(self.copy.lists) do
    local lines = row[list]
    local n = type(lines) == "table" and (#lines > 0 and #lines or next(lines) and 1) or 0
    if n ~= (there.lines[list] or 0) then return list end
  end
end

-- Judges a row that the gateway shows: the kind of its difference, nil where there is none.
function Audit:judge(row, here)
  local there, err, code, zh = here[self.copy:id_of(row)], nil, nil, nil
  local elsewhere = not there
  if elsewhere then there, err, code, zh = self.copy:find(row) end
  if err then return nil, err, code, zh end
  if not there or there.deleted then return "missing" end
  local version = self.copy.version(row[self.copy.entry.modified])
  if there.version < version then
    -- what changed after its window was read comes only with a revisit, where the clock is
    -- another one
    return (elsewhere or self.reads.clock == self.copy.entry.modified) and "older" or nil
  end
  return there.version == version and differing_list(self, row, there) and "lines" or nil
end

-- Reads a range and holds it against the copy. Differences are put into `into`.
function Audit:read(start, stop, into)
  local here, err, code, zh = self.copy:rows(start, stop)
  if not here then return nil, err, code, zh end
  local stream, time = self.job:reader(start, stop, self.copy:types()), nil
  stream:observe{ row = function(at) time = at end }
  while true do
    local row
    row, err, code = stream:next()
    if err then return nil, err, code end
    if row == nil then break end
    self.rows = self.rows + 1
    local kind
    kind, err, code, zh = self:judge(row, here)
    if err then
      stream:close()
      return nil, err, code, zh
    end
    if kind then
      local at = time or start
      into[#into + 1] = { kind = kind, day = beijing.format(at):sub(1, 10), time = at,
        id = self.copy:id_of(row), number = row.order_no or row[self.copy.entry.ids[1]],
        shop_no = row.shop_no, skus = skus_of(row), row = row }
    end
  end
  if stream:progress().certificate == "none" then self.unproved = true end
  return true
end

-- The gateway's totals of the hours of a range against the copy's counts; hours that differ are
-- read.
function Audit:count(start, stop, into)
  local from = start
  while from <= stop do
    local to = min(stop, floor(from / HOUR) * HOUR + HOUR - 1)
    local total, err, code = self.job:total(from, to)
    if not total then return nil, err, code end
    local held, zh
    held, err, code, zh = self.copy:count(from, to)
    if not held then return nil, err, code, zh end
    self.totals = self.totals + 1
    if total ~= held then
      self:tell{ event = "hour", start = from, total = total, copy = held }
      local ok
      ok, err, code, zh = self:read(from, to, into)
      if not ok then return nil, err, code, zh end
    end
    from = to + 1
  end
  return true
end

-- The differences that the statistic tells of a whole day; nil where it can't be asked or compared.
function Audit:ask_statistic(start, stop)
  if not self.statistic or stop - start ~= DAY - 1 then return nil end
  local day = beijing.format(start):sub(1, 10)
  local theirs, why, code = statistic.of_day(self.client, day)
  if not theirs then
    if code ~= "permission" and code ~= "unknown" and code ~= "param" then return nil, why, code end
    self.statistic, self.no_statistic = false, why
    return nil
  end
  local ours, err, word, zh = self.copy:sales(start, stop)
  if not ours then return nil, err, word, zh end
  if not next(theirs) and next(ours) then -- as without the right to ask
    self.statistic, self.no_statistic = false, "it shows nothing of " .. day
    return nil
  end
  self.days_of_statistic = self.days_of_statistic + 1
  local list = statistic.compare(theirs, ours)
  for _, one in ipairs(list) do one.day = day end
  return list
end

-- A day, or the part of it that was read: true; or nil, err, code, zh.
function Audit:day(start, stop)
  local told, err, code, zh = self:ask_statistic(start, stop)
  if err then return nil, err, code, zh end
  local held
  held, err, code, zh = self.copy:count(start, stop)
  if not held then return nil, err, code, zh end
  local found = {}
  local by_reading = ceil(held / self.reads.page_size * CALLS_A_PAGE) + 1
  local whole = self.options.thorough or told and #told > 0
    or by_reading <= ceil((stop - start + 1) / HOUR) and not self.options.totals
  local ok
  ok, err, code, zh = (whole and self.read or self.count)(self, start, stop, found)
  if not ok then return nil, err, code, zh end
  for _, one in ipairs(found) do self.differences[#self.differences + 1] = one end
  if told and #told > 0 then self.told[#self.told + 1] = { start = start, stop = stop } end
  self:tell{ event = "day", day = beijing.format(start):sub(1, 10), differences = #found,
    read = whole or false }
  return true
end

-- Hours with differences, as few ranges as seconds allow.
local function ranges_of(differences)
  local by_hour, list = {}, {}
  for _, one in ipairs(differences) do
    local hour = floor(one.time / HOUR)
    local range = by_hour[hour]
    if range then
      range[1], range[2] = min(range[1], one.time), max(range[2], one.time)
    else
      by_hour[hour] = { one.time, one.time }
      list[#list + 1] = by_hour[hour]
    end
  end
  sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

-- Reads hours with differences again, and looks what is left: true; or nil, err, code, zh.
function Audit:repair()
  local ranges = ranges_of(self.differences)
  if #ranges == 0 then return true end
  local ok, err, code, zh = self.job:again(ranges)
  if ok then ok, err, code, zh = self.job:run() end
  if not ok then return nil, err, code, zh end
  self.repaired = #ranges
  for _, one in ipairs(self.differences) do
    local kind
    kind, err, code, zh = self:judge(one.row, {})
    if err then return nil, err, code, zh end
    one.repaired = kind == nil
  end
  return true
end

-- The differences that the statistic still tells, of days on which it did.
function Audit:tell_rest()
  for _, range in ipairs(self.told) do
    local told, err, code, zh = self:ask_statistic(range.start, range.stop)
    if err then return nil, err, code, zh end
    for _, one in ipairs(told or {}) do self.unexplained[#self.unexplained + 1] = one end
  end
  return true
end

-- Rows of the copy at random, looked up by their numbers.
function Audit:look_up(start, stop)
  local n = self.options.sample or sample.MANY
  if n == 0 then return true end
  local list, err, code, zh = sample.check(self, n, start, stop)
  if not list then return nil, err, code, zh end
  for _, one in ipairs(list) do self.differences[#self.differences + 1] = one end
  return true
end

-- All of it: true; or nil, err, code, zh.
function Audit:all(start, stop)
  local at = start
  while at <= stop do
    local last = min(stop, day_of(at) + DAY - 1)
    local ok, err, code, zh = self:day(at, last)
    if not ok then return nil, err, code, zh end
    at = last + 1
  end
  local ok, err, code, zh = true, nil, nil, nil
  if not self.options.dry then ok, err, code, zh = self:repair() end
  if ok and not self.options.dry then ok, err, code, zh = self:tell_rest() end
  if ok then ok, err, code, zh = self:look_up(start, stop) end
  if not ok then return nil, err, code, zh end
  return true
end

-- True if the statistic counts what the job copies: all that is shipped, by the time of shipping.
local function counted_by_statistic(client, job, reads)
  if not client.dialect.STATISTIC or reads.clock ~= "consign_time" or job.what ~= "stockouts" then
    return false
  end
  for name in pairs(job.query or {}) do
    if name ~= "status" then return false end
  end
  return true
end

local function outcome(self, start, stop)
  local left = 0
  for _, one in ipairs(self.differences) do
    one.row = nil
    left = left + (one.repaired and 0 or 1)
  end
  return { start = start, stop = stop, differences = self.differences, left = left,
    repaired = self.repaired, rows = self.rows, totals = self.totals,
    days_of_statistic = self.days_of_statistic, no_statistic = self.no_statistic,
    unexplained = self.unexplained, gone = self.gone, looked_up = self.looked_up,
    unproved = self.unproved and CERTIFICATE or nil }
end

--- Holds a job's copy against the gateway.
-- @tparam Client client
-- @tparam table job as `client:sync` takes it, with `into` a database; the job runs nowhere else
-- meanwhile
-- @tparam table options `start` and `stop` (epoch seconds; default: all that was read), `sample`
-- (rows to look up, 20), `statistic` (false: it is not asked), `dry` (true: nothing is repaired),
-- `thorough` (true: every row is read), `totals` (true: totals even where reading costs no more),
-- `watch(event)`
-- @treturn table `start`, `stop`; `differences`: `{ kind, day, time, number, id, shop_no, skus,
-- repaired }`, `kind` one of "missing", "older", "lines" and "differs" (a value of its `field`);
-- `gone`: numbers of those looked up that the gateway does not show any more; `left`, of them not
-- repaired; `repaired` ranges; `rows` read, `totals` compared, `days_of_statistic`, `no_statistic`
-- (why there is none), `unexplained`: `{ day, shop_no, warehouse_no, spec_no, expected, found }`;
-- `looked_up`, `unproved`; or nil, err, code, zh
function M.run(client, job, options)
  local opened, err, code, zh = client:sync(job)
  if not opened then return nil, err, code, zh end
  local reads = opened:reads()
  local copy
  copy, err, code, zh = copy_of.open(job.into, job.name, client.account.credentials.sid, reads)
  if not copy then
    opened:close()
    return nil, err, code, zh
  end
  local self = setmetatable({ client = client, job = opened, copy = copy, reads = reads,
    options = options, gone = {}, differences = {}, told = {}, unexplained = {}, rows = 0,
    totals = 0, repaired = 0, looked_up = 0, days_of_statistic = 0,
    statistic = options.statistic ~= false and counted_by_statistic(client, job, reads) }, Audit)
  local start = max(options.start or reads.from, reads.from)
  local stop = min(options.stop or huge, reads.watermark - 1)
  local ok = nil
  if start > stop then
    err, code = select(2, failure("state", "nothing of that range has been copied"))
  else
    ok, err, code, zh = self:all(start, stop)
  end
  copy:close()
  opened:close()
  if not ok then return nil, err, code, zh end
  return outcome(self, start, stop)
end

return M
