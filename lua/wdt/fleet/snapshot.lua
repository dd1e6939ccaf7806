--- A stream of a list, as shops, warehouses, goods or stock: read whole, again and again, and
-- compared with what the copy holds (`wdt.sink.whole`).
--
-- A list that can't be asked for without times is read whole over all of them, from `from` to some
-- minutes ahead of now, window by window in order. A row that is changed meanwhile moves to a later
-- window, which is yet to be read, and can't leave the last one: so a reading whose windows are
-- proved shows every row that was there throughout, however often it moved. With `whole`, the
-- readings between two whole ones ask only for what was changed.
--
-- A reading is cut into steps of some pages, between which other streams have their turns; its rows
-- wait (`wdt.sink.spool`) until the last one is there, and come into the database in one
-- transaction. A reading that is broken off leaves the copy as it was, and is begun again. What a
-- reading does not show is marked as gone only where its certificate proves it complete.
-- @module wdt.fleet.snapshot
local beijing = require "wdt.beijing"
local failure = require "wdt.error".failure
local gateways = require "wdt.sync.gateway"
local map = require "wdt.map"
local misuse = require "wdt.error".misuse
local options = require "wdt.sync.options"
local query = require "wdt.query"
local sink = require "wdt.sink"
local spool = require "wdt.sink.spool"
local text = require "wdt.state.text"
local whole = require "wdt.sink.whole"
local setmetatable, floor, max, error, type = setmetatable, math.floor, math.max, error, type

local Job = {}
Job.__index = Job

-- Pages of one step.
local PAGES = 15

-- Seconds that a reading's last window ends ahead of now: no row may be changed past it before its
-- answer comes.
local AHEAD = 600

-- Seconds before the last reading from which changes are asked for: some show late.
local LAG = 180

-- A range's end while only its start is known.
local FAR = 2 ^ 33 - 1

-- ---- the job ----

function Job:give_up()
  if self.stream then self.stream:close() end
  self.spool:clear()
  self.stream = nil
end

-- True if the next reading asks only for what was changed since the last one.
function Job:changes_only()
  local state = self.state
  return self.whole and state.whole_proved
    and self.client:server_time() - state.whole_taken < self.whole or false
end

-- The query of a reading that begins now.
function Job:query_now()
  if not self.from then return self.query end
  local q, now = map.copy(self.query), floor(self.client:server_time())
  q.start = self.partial and max(self.from, floor(self.state.begun) - self.lag) or self.from
  q.stop, q.lanes = max(q.start, now) + AHEAD, 1 -- one window after the other
  return q
end

function Job:begin()
  self.spool:clear()
  self.rows_read, self.begun, self.partial = 0, self.client:server_time(), self:changes_only()
  self.stream = self.client:records(self.method, self:query_now())
end

-- Reads on. True at the proven end, false after so many rows; or nil, err, code, zh.
function Job:read(watch)
  for _ = 1, PAGES * self.spec.page_size do
    local row, err, code = self.stream:next()
    if err then return nil, err, code end
    if row == nil then return true end
    self.rows_read = self.rows_read + 1
    local ok, zh
    ok, err, code, zh = self.spool:add(row)
    if not ok then return nil, err, code, zh end
    if watch then watch(self.rows_read) end
  end
  return false
end

-- The rows, the ledger and the state, in one transaction.
function Job:commit()
  local done, state, now = self.stream:progress(), self.state, floor(self.client:server_time())
  local proved = done.certificate ~= "none"
  local line = { kind = self.partial and "changes" or "whole", start = floor(self.begun),
    stop = now, rows = self.rows_read, calls = done.calls, certificate = done.certificate }
  local result, err, code, zh = whole.put(self.sink, { committed = state.windows,
    writer = state.writer }, function(take) return self.spool:each(take) end,
    { proved = proved, partial = self.partial, line = line,
      day = self.by_day and beijing.format(now):sub(1, 10) })
  if not result then return nil, err, code, zh end
  local new = map.copy(state)
  new.taken, new.windows, new.rows, new.calls = now, state.windows + 1, state.rows
    + self.rows_read, state.calls + done.calls
  new.uncertified = state.uncertified + (proved and 0 or 1)
  if proved then new.begun = self.begun end -- what is not proved is asked for again
  if not self.partial then
    new.whole_taken, new.whole_proved = now, proved or state.whole_proved
  end
  local ok
  ok, err, code = self.store:save(text.seal(new))
  if not ok then return nil, err, code end
  self.state = new
  self.emit("commit", { name = self.name, kind = line.kind, start = line.start, stop = now,
    rows = line.rows, calls = line.calls, certificate = line.certificate, gone = result.gone,
    back = result.back })
  return true
end

-- Seconds since the list was read last; a new one has never been.
function Job:age()
  return self.state.taken and self.client:server_time() - self.state.taken
end

--- Reads some pages, or puts the list into the database after its last one.
-- @param _ not used: a list has no past
-- @tparam ?function watch told of the rows read so far
-- @treturn boolean true: there is more to read; false: the copy is as new as it has to be; or nil,
-- err, code, zh
function Job:step(_, watch)
  if not self.stream then
    local age = self:age()
    if age and age < self.every then return false end
    self:begin()
  end
  local ended, err, code, zh = self:read(watch)
  if ended then ended, err, code, zh = self:commit() end
  if ended == false then return true end
  self:give_up()
  if not ended then return nil, err, code, zh end
  return true
end

--- How far it is: as of a sync job; `watermark` is when the list was read last.
-- @treturn table `watermark`, `behind`, `interval`, `windows`, `rows`, `calls`, `uncertified`
function Job:progress()
  local state, age = self.state, self:age()
  return { watermark = state.taken or 0, behind = age or self.every,
    interval = age and self.every - age or 0, windows = state.windows, rows = state.rows,
    calls = state.calls, uncertified = state.uncertified, to_fill = 0 }
end

--- Idempotent.
function Job:close()
  self:give_up()
  if self.closed then return end
  self.closed = true
  self.store:unlock()
  self.sink:close()
end

local M = {}

-- The state that the database keeps, or a new one; or nil, err, code.
local function state_of(self, identity, gateway)
  local store = self.store
  local stored, err, code = store:load()
  if err then return nil, err, code end
  if not stored then
    return { whole = true, query = identity, gateway = gateway, windows = 0, rows = 0, calls = 0,
      uncertified = 0, writer = ("%.17g"):format(self.client.host:random()) }
  end
  local kept
  kept, err, code = text.open(stored, store.path)
  if not kept then return nil, err, code end
  if kept.query ~= identity then
    return failure("state", "%s: the stored state is of another query (%s), this one is (%s)",
      store.path, kept.query, identity)
  end
  local other, ours = gateways.foreign(kept.gateway, gateway, self.adopt)
  if other then return failure("state", gateways.OTHER.en, store.path, other, ours, other) end
  kept.gateway = gateway
  return kept
end

-- Takes the lock, reads the state, binds the table. True; or nil, err, code, zh.
local function attach(self, identity)
  local ok, err, code, zh = whole.check(self.sink)
  if ok then ok, err, code = self.store:lock() end
  if not ok then return nil, err, code, zh end
  local gateway = gateways.of(self.client)
  self.state, err, code = state_of(self, identity, gateway)
  if not self.state then return nil, err, code end
  ok, err, code, zh = self.sink:prepare{ name = self.name, entry = self.spec.entry,
    method = self.method, fields = options.fields_of(self.client, self.method),
    account = self.client.account.credentials.sid, gateway = gateway, adopt = self.adopt,
    emit = self.emit, host = self.client.host,
    committed = self.state.windows }
  if not ok then return nil, err, code, zh end
  return true
end

-- Refuses what can't be read whole by its times: a row that changes may move from one query to the
-- next while they are read, and one of no known time may be passed by.
local function check_times(stream, spec)
  if #spec.variants > 1 or #spec.methods > 1 then
    return nil, "parameter 'every': what has times is read whole by one query, not by several "
      .. "values or methods"
  end
  if not spec.variants[1].clock then
    return nil, "parameter 'every': no one tells which field the times of this method are about"
  end
  if not stream.from then
    return nil, "parameter 'from' is nil, expected a time: what has times is read whole from it on"
  end
  return true
end

-- The query, checked: it has to name rows that can be known again. The second is the query itself,
-- the third where its times begin; nil for one without times.
local function spec_of(client, stream)
  local q, from = map.add({ as = "json", route = stream.route }, stream.query), nil
  local spec, err = query.parse(client.edition, stream.method or "", q)
  if not spec then -- it may have to have times
    local timed = map.add({ start = stream.from or 0, stop = stream.stop or FAR }, q)
    spec = query.parse(client.edition, stream.method or "", timed)
    if not spec then return nil, err end
    local ok
    ok, err = check_times(stream, spec)
    if not ok then return nil, err end
    from = spec.range.start
  elseif spec.range then
    return nil, "parameter 'every': a query names no times of its own, 'from' says where they begin"
  end
  if spec.duplicates == "keep" or #spec.entry.ids == 0 then
    return nil, "parameter 'every': rows without an identity can't be compared"
  end
  if stream.whole and not from then
    return nil, "parameter 'whole': what has no times is read whole every time"
  end
  return spec, q, from
end

--- Opens a stream.
-- @tparam wdt.client client
-- @tparam table stream `name`, `method`, `query`, `route`, `to`, `every` (seconds between two
-- readings), `by_day` (true: keeps the rows of each day in NAME_by_day), `adopt` (see `wdt.sync`);
-- for methods that have to have times `from` (where they begin), `whole` (seconds between two whole
-- readings; nil: each is), `lag` (seconds before the last reading from which changes are asked for,
-- 180)
-- @treturn Job; or nil, err, code, zh
function M.open(client, stream)
  local spec, q, from = spec_of(client, stream)
  if not spec then error(q, 2) end -- "parameter …"
  if type(stream.every) ~= "number" or stream.every <= 0 then
    misuse(2, "every", stream.every, "seconds above 0")
  end
  local problem = sink.problem(stream.to)
  if problem then error((problem:gsub("'into'", "'to'", 1)), 2) end
  local opened, err, code, zh = sink.open(stream.to, { name = stream.name,
    account = client.account.credentials.sid })
  if not opened then return nil, err, code, zh end
  if not opened.store then
    opened:close()
    return failure("output", "a list is read whole into a database only, not into %s", stream.to)
  end
  local self = setmetatable({ client = client, name = stream.name, method = stream.method,
    query = q, spec = spec, from = from, whole = stream.whole, lag = stream.lag or LAG,
    every = stream.every, by_day = stream.by_day, adopt = stream.adopt, sink = opened,
    spool = spool.new(),
    store = opened:store(), emit = function(name, event)
      event.name = stream.name
      client.account:emit(name, event)
    end }, Job)
  local ok
  -- rows from before `from` would seem gone, were it moved
  ok, err, code, zh = attach(self, options.identity(client, spec)
    .. (from and " from " .. beijing.format(from) or ""))
  if ok then return self end
  self:close()
  return nil, err, code, zh
end

return M
