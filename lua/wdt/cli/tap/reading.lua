--- Reads the streams of `wdt tap` and writes their messages.
--
-- A stream with times is a synchronisation (`wdt.sync`) whose store is the Singer state: a window's
-- rows are written, and then, once it is settled and proved complete, the STATE that has it. Killed
-- at any moment, the last STATE loses nothing and repeats at most a window.
-- @module wdt.cli.tap.reading
local beijing = require "wdt.beijing"
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.json"
local schema = require "wdt.cli.tap.schema"
local ipairs, pairs, setmetatable, sort, time, type = ipairs, pairs, setmetatable, table.sort,
  os.time, type

local M = {}

local function iso(epoch)
  return (beijing.format(epoch):gsub(" ", "T")) .. "+08:00"
end

local Reading = {}
Reading.__index = Reading

function Reading:message(message)
  self.app:write(json.line(message))
end

function Reading:schema_message(stream)
  self:message{ type = "SCHEMA", stream = stream.name, schema = stream.schema,
    key_properties = stream.keys,
    bookmark_properties = stream.clock and json.list{ stream.clock } or nil }
end

local WIDER = { en = "%s: a value does not fit its field's type; the schema says so from here on",
  zh = "%s：有值与字段类型不符，后续 SCHEMA 已相应放宽" }

function Reading:record(stream, row)
  if schema.fit(stream.schema, row) then
    self.app:say(self.app:text(WIDER):format(stream.name))
    self:schema_message(stream)
  end
  self:message{ type = "RECORD", stream = stream.name, record = row, time_extracted = iso(time()) }
end

-- The query of a stream, but for its times.
function Reading:query(stream)
  local query = { typed = true, datetime = iso, null = core.null, mask = self.config.mask,
    route = stream.what and self.config.route or nil }
  if stream.only then
    query.fields = {}
    for name in pairs(stream.only) do query.fields[#query.fields + 1] = name end
    sort(query.fields)
  end
  return query
end

local UNPROVEN = { en = "%s: %s to %s could not be proved complete, so no STATE goes past it",
  zh = "%s：%s 至 %s 无法证明完整，STATE 停在此前" }
local WHOLE = { en = "%s could not be proved complete", zh = "%s 无法证明完整" }

-- Ends the command with what the library returned; a signal breaks a waiting off.
function Reading:expect(value, err, code)
  if err and self.app:interrupted() then self.app:fail(self.app.signal_code(), "") end
  return self.app:expect(value, err, code)
end

-- Reads one that has no times, whole.
function Reading:snapshot(stream)
  local app, query = self.app, self:query(stream)
  query.route = nil
  local rows = app:attempt("config", self.client.records, self.client, stream.method, query)
  while true do
    local row, err, code = rows:next()
    if row == nil then
      self:expect(err == nil or nil, err, code)
      break
    end
    self:record(stream, row)
  end
  if rows:progress().certificate == "none" then
    app:say(app:text(WHOLE):format(stream.name))
    self.uncertified = true
  end
end

-- The place of a stream's state in the Singer state, as a store (`wdt.state`).
local function store_of(self, stream)
  local store, bookmarks = {}, self.state.bookmarks
  function store.lock() return true end
  function store.unlock() end
  function store.load()
    local mark = bookmarks[stream.name]
    return type(mark) == "table" and type(mark.wdt) == "string" and mark.wdt or nil
  end
  function store.save(_, text)
    local before, window = bookmarks[stream.name], self.committing
    bookmarks[stream.name] = { wdt = text, replication_key_value = window and iso(window.stop)
      or type(before) == "table" and before.replication_key_value or nil }
    self:message{ type = "STATE", value = self.state }
    self.app:flush()
    return true
  end
  return store
end

-- Where a stream without a state begins: at a bookmark that somebody wrote by hand, else where the
-- configuration says.
function Reading:start_of(stream)
  local mark = self.state.bookmarks[stream.name]
  if type(mark) == "table" then
    if mark.wdt then return nil end
    return mark.replication_key_value or self.config.start_date
  end
  return self.config.start_date
end

local NO_START = { en = "--config: start_date is missing; expected the day or time from which %s "
  .. "is read", zh = "--config：缺少 start_date，应为 %s 的起始日期或时间" }

-- Ends the command, before it has written anything, where a stream has no place to begin at.
function Reading:check_start(stream)
  local mark, from = self.state.bookmarks[stream.name], self:start_of(stream)
  if stream.snapshot or type(mark) == "table" and mark.wdt then return end
  if not from then self.app:fail("config", self.app:text(NO_START):format(stream.name)) end
  self.moment("start_date", from)
end

-- Reads the windows that have settled since the state.
function Reading:incremental(stream)
  local app, config = self.app, self.config
  local from = self:start_of(stream)
  if from then from = self.moment("start_date", from) end
  local job = app:expect(app:attempt("config", self.client.sync, self.client, {
    name = stream.name, what = stream.what, method = not stream.what and stream.method or nil,
    route = stream.what and config.route or nil, query = self:query(stream), from = from,
    stop = config.end_date and self.moment("end_date", config.end_date), lag = config.lag,
    rows = config.window_rows, state = store_of(self, stream), signals = true }))
  while not app:interrupted() do
    local w, err, code = job:next()
    if not w then
      self:expect(err == nil or nil, err, code)
      break
    end
    while true do
      local row
      row, err, code = w:next()
      if row == nil then break end
      self:record(stream, row)
    end
    self:expect(err == nil or nil, err, code)
    if w.certificate == "none" and not config.accept_uncertified then
      app:say(app:text(UNPROVEN):format(stream.name, beijing.format(w.start),
        beijing.format(w.stop)))
      self.uncertified = true
      w:abandon()
      break
    end
    self.committing = w
    app:expect(w:commit())
    self.committing = nil
  end
  job:close()
end

--- Reads streams one after the other.
-- @tparam table o `app`, `client`, `config`, `state` (changed in place), `moment(name, text)`
-- @tparam {table} streams as `wdt.cli.tap.catalog` has them
-- @treturn boolean true where all that was read is proved complete
function M.run(o, streams)
  local self = setmetatable(o, Reading)
  for _, stream in ipairs(streams) do self:check_start(stream) end
  for _, stream in ipairs(streams) do
    stream.schema = schema.of(stream)
    self:schema_message(stream)
    self.app:flush() -- the rate may have the first row wait
    if stream.snapshot then self:snapshot(stream) else self:incremental(stream) end
    self.app:flush()
    if self.app:interrupted() then break end
  end
  return not self.uncertified
end

return M
