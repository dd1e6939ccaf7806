--- Rows out of a plan of windows.
--
-- A stream takes windows from the plan, reads each by a reader (`wdt.reading.seek` or `sweep`) through requests, and hands
-- out its rows one by one, in the order of the windows. With several lanes the first pages of later windows are already on
-- their way while the first window is being read.
-- @module wdt.stream
local beijing = require "wdt.beijing"
local core = require "wdt.core"
local certificate = require "wdt.reading.certificate"
local order = require "wdt.reading.order"
local request = require "wdt.calling.request"
local seek = require "wdt.reading.seek"
local seen = require "wdt.reading.seen"
local sweep = require "wdt.reading.sweep"
local window = require "wdt.reading.window"
local failure = require "wdt.error".failure
local setmetatable, error, type, pairs, ipairs, select = setmetatable, error, type, pairs, ipairs, select
local floor, remove, max = math.floor, table.remove, math.max

-- Rows of one window, in pages: large enough that its ends cost little, small enough that few rows leave it meanwhile and
-- that what is remembered of it stays small.
local WINDOW_PAGES = { seek = 15, sweep = 25 }

-- A window that ends less than this many seconds before the server's present may still change at its end.
local OPEN = 60

-- A clock that no answer has corrected yet may be a day wrong.
local UNKNOWN_CLOCK = 86400

local Stream = {}
local methods = {}

-- Epoch seconds of a row's time: text, epoch seconds, or epoch milliseconds (the ultimate edition mixes them).
local function time_of(value)
  if type(value) == "string" then return beijing.parse(value) end
  if type(value) == "number" then return floor(value > 1e11 and value / 1000 or value) end
  return nil
end

-- What one method of one variant keeps between its windows.
local function new_source(spec, method, variant)
  local cuts = {}
  for _, cut in ipairs(spec.entry.cuts) do
    if variant.params[cut.param] == nil then cuts[#cuts + 1] = cut end
  end
  return { method = method, variant = variant, steer = window.steer(), order = order.new(), cuts = cuts, learnt = {},
    learnt_count = {}, pages = { asked = spec.page_size, size = spec.page_size, short_total = {} } }
end

-- The fields of a row that reading needs, whatever the user asked for: identity, version, the facts to cut by, the clock.
local function new_decoder(spec, clock)
  local entry = spec.entry
  local keys = { entry.id, entry.modified }
  for _, cut in ipairs(entry.cuts) do keys[#keys + 1] = cut.field end
  if clock ~= entry.modified then keys[#keys + 1] = clock end
  return core.decoder{ path = entry.list, fields = spec.fields, as = spec.as, null = spec.null, keys = keys }
end

-- A window on its way through the sources of its variant (the live method, its history, or both in turn).
local Tile = {}
Tile.__index = Tile

function Tile:source()
  return self.stream.sources[self.window.variant][self.step]
end

function Tile:new_reader()
  local stream, source, w = self.stream, self:source(), self.window
  local options = { start = w.start, stop = w.stop, shared = stream.shared, params = {}, seen = stream.seen,
    pages = source.pages, steer = source.steer, order = source.order, cuts = source.cuts, learnt = source.learnt,
    learnt_count = source.learnt_count }
  -- Only the live source of the window that was planned last may draw in the window's end.
  if self.step == 1 and w.start and stream.newest == self then
    options.limit = stream:window_rows()
  end
  options.open = w.stop ~= nil and w.stop >= stream:certain_now() - OPEN
  self.reader = (stream.spec.read == "sweep" or not w.start) and sweep.new(options) or seek.new(options)
end

-- Asks for the next page of this window. Returns whether there is one.
function Tile:turn_page()
  while true do
    if not self.reader then self:new_reader() end
    local ask = self.reader:ask()
    if ask then
      self:request_page(ask)
      return true
    end
    self.certificate = certificate.weaker(self.certificate, self.reader.certificate)
    self.reader = nil
    if self.step == #self.stream.spec.methods then return false end
    self.step = self.step + 1
  end
end

function Tile:request_page(ask)
  local stream, source = self.stream, self:source()
  local params = {}
  for name, value in pairs(source.variant.params) do params[name] = value end
  for name, value in pairs(ask.params or {}) do params[name] = value end
  if ask.start then
    params.start_time, params.end_time = beijing.format(ask.start), beijing.format(ask.stop)
  end
  self.ask, self.rows = ask, 0
  self.decoder:reset()
  self.request = request.new{ client = stream.client, stats = stream.stats, method = source.method, params = params,
    pager = { page_no = ask.page_no, page_size = ask.page_size, total = ask.page_no == 0 }, repeatable = true,
    decoder = self.decoder,
    on_again = function()
      self.rows = 0
      self.reader:again()
    end,
    on_pull = stream.lanes > 1 and function() stream:fill() end or nil }
end

-- The page has arrived whole.
function Tile:page_done()
  local total = self.stream.client.dialect.total(self.request.envelope)
  self.request = nil
  if self.ask.page_no == 0 and total == nil then
    if self.rows > 0 then return failure("syntax", "page 0 of %s carries no total", self:source().method) end
    total = 0 -- an empty page may lack everything
  end
  self.reader:page(total)
  if self.reader.stop ~= self.window.stop then self.stream.plan:shorten(self.window, self.reader.stop) end
  return true
end

-- Accounts for a row, of which `keys` are the values of the decoder's keys; returns whether it is to be handed out.
function Tile:admit(keys)
  local stream, ask = self.stream, self.ask
  local entry = stream.spec.entry
  local id, modified = keys[1], keys[2]
  self.rows = self.rows + 1
  local clock = modified
  if self:source().variant.clock ~= entry.modified then clock = keys[3 + #entry.cuts] end
  local time = time_of(clock)
  if time and ask.start and (time < ask.start or time > ask.stop) then
    stream.stats.outside = stream.stats.outside + 1 -- the server means another clock: prove nothing by this one
    time = nil
  end
  local facts = stream.facts
  for i = 1, #entry.cuts do facts[entry.cuts[i].field] = keys[2 + i] end
  local fresh = self.reader:row(id, modified, time, facts)
  -- The second behind the range was read only because the last one might not have been included.
  return fresh and not (stream.shared and time == stream.plan.stop)
end

function Tile:close()
  if self.request then self.request:close() end
  self.request = nil
  self.decoder:close()
end

-- Rows that a window should hold.
function methods:window_rows()
  if self.lanes > 1 then return seek.FILL * self.spec.page_size end
  return WINDOW_PAGES[self.spec.read] * self.spec.page_size
end

-- Server time that has surely been reached.
function methods:certain_now()
  local now = self.client:server_time()
  return self.client:knows_time() and now or now - UNKNOWN_CLOCK
end

-- Plans the next window; nil when the range is done.
function methods:new_tile()
  if not self.plan then -- a look-up has one window per variant, without times
    self.looked_up = (self.looked_up or 0) + 1
    if self.looked_up > #self.spec.variants then return nil end
    return { variant = self.looked_up }
  end
  local ahead = self.plan:ahead()
  local steer = ahead and self.sources[ahead][1].steer
  return self.plan:next(steer and steer:width(self:window_rows()))
end

function methods:open_tile()
  local planned = self:new_tile()
  if not planned then return nil end
  local clock = self.spec.variants[planned.variant].clock
  local idle = self.decoders[clock]
  local tile = setmetatable({ stream = self, window = planned, step = 1, clock = clock,
    decoder = idle and remove(idle) or new_decoder(self.spec, clock) }, Tile)
  self.newest = tile
  self.queue[#self.queue + 1] = tile
  tile:turn_page()
  return tile
end

-- Has more windows on their way, up to the number of lanes; never waits.
function methods:fill()
  local queue = self.queue
  if self.filling or #queue == 0 or not self.plan then return end
  self.filling = true -- opening a window asks for its page, which would come back here
  local flying = 0
  for i = 1, #queue do
    local page = queue[i].request
    if page:in_flight() or i > 1 and not page.sent_at and page:start() then flying = flying + 1 end
  end
  while flying < self.lanes and #queue < 2 * self.lanes and self:may_run_ahead() and self:open_tile() do
    if not queue[#queue].request:start() then break end
    flying = flying + 1
  end
  self.filling = false
end

-- A later window may be opened early when its width can be chosen well, when no row can move into it, and when the one
-- before has been sent.
function methods:may_run_ahead()
  local ahead = self.plan:ahead()
  if not ahead or not self.queue[#self.queue].request.sent_at then return false end
  local width = self.sources[ahead][1].steer:width(self:window_rows())
  if not width then return false end
  return self.plan.at + width < self:certain_now() - OPEN
end

function methods:finish_tile(tile)
  local stats = self.stats
  stats.windows = stats.windows + 1
  stats.certificate = certificate.weaker(stats.certificate, tile.certificate)
  local idle = self.decoders[tile.clock] or {}
  self.decoders[tile.clock], idle[#idle + 1] = idle, tile.decoder
  remove(self.queue, 1)
  local w = tile.window
  if w.start then self.seen:forget_before(window.after(w.stop, self.shared)) end
  self.client:emit("window", { method = self.spec.methods[1], start = w.start, stop = w.stop,
    certificate = tile.certificate })
  if tile.certificate ~= "none" then return true end
  stats.uncertified = stats.uncertified + 1
  if not self.spec.strict then return true end
  if not w.start then return failure("uncertified", "the look-up could not be proved complete") end
  return failure("uncertified", "%s to %s could not be proved complete", beijing.format(w.start), beijing.format(w.stop))
end

-- The stream is over; `err` and `code` are remembered, so that the tenth call answers like the first.
function methods:over(err, code)
  self:close()
  self.ended = { err, code }
  return nil, err, code
end

--- The next row.
-- @return the row (a table, or its JSON text); nil at the proven end; or nil, err, code. End and error stay.
function methods:next()
  if self.ended then return nil, self.ended[1], self.ended[2] end
  while true do
    local tile = self.queue[1] or self:open_tile()
    if not tile then return self:over() end
    local row, id, modified, a, b, c, d = tile.request:next()
    if row ~= nil then
      if id == nil then
        return self:over(select(2, failure("syntax", "a row of %s has no %s", tile:source().method, self.spec.entry.id)))
      end
      local keys = self.keys
      keys[1], keys[2], keys[3], keys[4], keys[5], keys[6] = id, modified, a, b, c, d
      if tile:admit(keys) then
        self.stats.rows = self.stats.rows + 1
        return row
      end
    else
      local ok, err, code = id == nil, id, modified
      if ok then ok, err, code = tile:page_done() end
      if ok and not tile:turn_page() then ok, err, code = self:finish_tile(tile) end
      if not ok then return self:over(err, code) end
    end
  end
end

--- Ends the stream and gives its connection back. Idempotent; afterwards `next` answers "closed".
function methods:close()
  if self.ended then return end
  self.ended = { "closed: the stream was closed", "closed" }
  for _, tile in ipairs(self.queue) do tile:close() end
  for _, idle in pairs(self.decoders) do
    for _, decoder in ipairs(idle) do decoder:close() end
  end
  self.queue, self.decoders = {}, {}
end

--- How far the reading is.
-- @treturn table `windows` done, `windows_planned` (done and expected), `done_until` (epoch seconds: everything before it, of
-- the query now being read; nil for a look-up), `rows`, `calls`, `retries`, `bytes` of bodies, `waited` (seconds, for the rate), `certificate` (the weakest so far,
-- see wdt.reading.certificate), `uncertified` (windows that could not be proved complete), `outside` (rows whose clock was
-- not in the window that was asked for)
function methods:progress()
  local stats, copy = self.stats, {}
  for name, value in pairs(stats) do copy[name] = value end
  copy.windows_planned = stats.windows + #self.queue
  if self.plan then
    local first = self.queue[1]
    copy.done_until = first and first.window.start or self.plan.at or self.plan.start
    local length = stats.windows > 0 and max(1, self.plan:length() - self.plan:rest()) / (stats.windows + #self.queue)
      or self.plan.span + 1
    copy.windows_planned = copy.windows_planned + floor(self.plan:rest() / length + 0.5)
  end
  return copy
end

Stream.__index = methods
Stream.__metatable = false
Stream.__name = "wdt.stream"
Stream.__close = methods.close

-- In a `for` loop a failure is raised, as the string that `next` returns.
function Stream.__call(self)
  local row, err = self:next()
  if row == nil and err then error(err, 0) end
  return row
end

function Stream.__tostring(self)
  return ("wdt.stream (%d rows)"):format(self.stats.rows)
end

local M = {}

--- Opens a stream; nothing is sent before the first row is asked for.
-- @tparam table client
-- @tparam table spec as `wdt.query.parse` returns it
-- @return the stream and what a `for` loop needs so that Lua 5.4 closes it when the loop is left
function M.open(client, spec)
  local stream = { client = client, spec = spec, lanes = spec.lanes or client.lanes, queue = {}, decoders = {},
    facts = {}, keys = {}, seen = seen.new(), shared = spec.entry.ends == "unknown", sources = {},
    stats = { rows = 0, calls = 0, retries = 0, bytes = 0, waited = 0, windows = 0, uncertified = 0, outside = 0 } }
  for i, variant in ipairs(spec.variants) do
    stream.sources[i] = {}
    for j, method in ipairs(spec.methods) do stream.sources[i][j] = new_source(spec, method, variant) end
  end
  if spec.range then
    stream.plan = window.plan{ start = spec.range.start, stop = spec.range.stop, span = spec.entry.span,
      shared = stream.shared, variants = #spec.variants }
  end
  setmetatable(stream, Stream)
  return stream, nil, nil, stream
end

return M
