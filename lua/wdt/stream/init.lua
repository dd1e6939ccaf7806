--- Rows out of a plan of windows.
--
-- A stream takes windows from the plan, has each read (`wdt.stream.window_reader`), and hands out
-- the rows one by one, in the order of the windows. With several lanes the first pages of later
-- windows are already on their way while the first one is being read.
--
-- A window reader is given what all windows of the stream share (`wdt.stream.window_reader.new`),
-- and knows its stream by five methods: `window_rows`, `is_past`, `shorten`, `fill` and
-- `page_done`.
--
-- The one who opened a stream (a client, a sync window, the command) uses `next`, `start`, `stop`,
-- `close`, `progress`; and `observe`, `delivered`, `assume_delivered`, `cut_at`, `unread`. Fields
-- that begin with `_` are the stream's own; spec/house/check.lua sees to that.
-- @module wdt.stream
local beijing = require "wdt.beijing"
local blind = require "wdt.edition.blind"
local map = require "wdt.map"
local certificate = require "wdt.reading.certificate"
local decoders = require "wdt.stream.decoders"
local deliveries = require "wdt.stream.deliveries"
local sources = require "wdt.stream.sources"
local window = require "wdt.reading.window"
local window_reader = require "wdt.stream.window_reader"
local failure = require "wdt.error".failure
local setmetatable, error, pairs, ipairs, next, select = setmetatable, error, pairs, ipairs, next,
  select
local ceil, min, max, insert, remove = math.ceil, math.min, math.max, table.insert, table.remove

-- Rows of one window, in pages: large enough that its ends cost little, small enough that few rows
-- leave it meanwhile and that what is remembered of it stays small.
local WINDOW_PAGES = { seek = 15, sweep = 36 }

-- Of a page: what a window should hold where several are on their way, since one that overflows
-- makes the others wait.
local LANE_FILL = 0.75

-- Of the rows that a whole reading is to hold (`spec.rows`): when it ends, so that what it was
-- planned for, and chance, have room; later queries of a list make use of what the first leaves.
local ENOUGH, ENOUGH_OF_LATER = 1.25, 1.75

-- Neighbouring windows share their boundary second (wdt.reading.window).
local OVERLAP = true

local Stream = {}
local methods = {}

--- Rows after which a window ends, and rows above which it draws in its end at once; `handed`:
-- those that it has handed out already. With several lanes a window is to be one page, since what
-- one window needs beyond its first page is asked for in turn.
function methods:window_rows(handed, variant)
  local spec, ladder = self._spec, self._sources[variant][1].ladder
  local size = ladder and ladder.kept.asked or spec.page_size
  local wanted = self._lanes > 1 and LANE_FILL * size or WINDOW_PAGES[spec.read] * size
  local most = self._lanes > 1 and size or 2 * wanted
  if spec.rows then
    local before = self._stats.rows - handed
    wanted = min(wanted, self:enough(variant) - before)
    most = min(most, 2 * spec.rows - before)
  end
  return max(wanted - handed, LANE_FILL * size), max(most - handed, size)
end

--- True if no row can appear any more before a second: server time that has surely been reached is
-- far enough past it.
-- @tparam integer second
-- @treturn boolean
function methods:is_past(second)
  local certain = self._client:certain_time()
  return certain ~= nil and second < certain - window_reader.OPEN
end

-- Seconds of the next window, nil while nothing is known: as many as should hold the rows wanted,
-- in the live method as well as in its history, but no more than four times the last one read: what
-- was quiet for an hour is not taken to be quiet for a day. Where a window ends by itself when it
-- has its rows, it may as well be longer.
function methods:window_width(variant)
  local wanted, most = self:window_rows(0, variant)
  local rows, width = self._spec.read == "seek" and self._lanes == 1 and most or wanted, nil
  for _, source in ipairs(self._sources[variant]) do
    local wide = source.steer:width(rows)
    width = wide and min(wide, width or wide) or width
  end
  local last = self._last_seconds[variant]
  return width and last and min(width, 4 * last) or width
end

-- Plans one more window after all others; nil when the range is done.
function methods:plan_window()
  local planned
  if self._plan then
    local ahead = self._plan:ahead()
    planned = ahead and self._plan:next(self:window_width(ahead))
  -- a look-up has one window per variant, without times
  elseif self._looked_up < #self._spec.variants then
    self._looked_up = self._looked_up + 1
    planned = { variant = self._looked_up }
  end
  if not planned then return nil end
  self._newest = window_reader.new(self, self._reading, planned)
  self._queue[#self._queue + 1] = self._newest
  return self._newest
end

--- The first window has drawn in its end: what it leaves is planned again, or, where later windows
-- are under way already, put before them: as many as can be on their way, of which the last one
-- takes what is left.
-- @tparam table window_now as planned; its `stop` changes
-- @tparam integer stop its last second from now on
function methods:shorten(window_now, stop)
  if self._newest.window == window_now then return self._plan:shorten(window_now, stop) end
  local rest = window.plan{ start = stop, span = self._plan.span, overlap = OVERLAP,
    stop = window_now.stop - 1 }
  local wanted = self:window_rows(0, window_now.variant)
  local width, at = self._sources[window_now.variant][1].steer:width(wanted), 2
  window_now.stop = stop
  while rest:ahead() do
    local planned = rest:next(at <= 2 * self._lanes and width or nil)
    planned.variant, planned.block = window_now.variant, window_now.block
    insert(self._queue, at, window_reader.new(self, self._reading, planned))
    at = at + 1
  end
end

--- Has more windows on their way, up to the number of lanes; never waits. Pages that have arrived
-- and wait to be decoded count as well, so that memory stays bounded; those that are needed first
-- go first, whatever later ones hold already.
function methods:fill()
  if self._filling or not self._plan then return end
  self._filling = true -- opening a window asks for its page, which would come back here
  local flying, held = 0, 0
  for _, one in ipairs(self._queue) do
    if one:in_flight() then flying = flying + 1 end
    if one:is_sent() then held = held + 1 end
  end
  local i = 2
  while flying < self._lanes and i <= 2 * self._lanes and held < 4 * self._lanes do
    local one = self._queue[i] or self:may_run_ahead() and self:plan_window()
    if not one then break end
    if not one:is_sent() then
      if not one:start() then break end
      flying, held = flying + 1, held + 1
    end
    i = i + 1
  end
  self._filling = false
end

-- A later window may be opened early when its width can be chosen well, and when no row can move
-- into it meanwhile.
function methods:may_run_ahead()
  local ahead = self._plan:ahead()
  local width = ahead and self:window_width(ahead)
  return width and self:is_past(self._plan.at + width)
end

--- A page has arrived whole.
function methods:page_done()
  if self._on_page then self._on_page() end
end

-- The first window is done: accounts for it. Returns the failure, err and code, that it means where
-- `strict` was asked for.
function methods:finish_window()
  local place = self._plan and { self:position() }
  local stats, done = self._stats, remove(self._queue, 1)
  local w, proof = done.window, done.certificate
  stats.windows = stats.windows + 1
  stats.certificate = certificate.weaker(stats.certificate, proof)
  done:give_decoder()
  if w.start then
    self._last_seconds[w.variant] = window.seconds(w.start, w.stop, OVERLAP)
    -- Where a reading of several queries may end early, a later query may leave over what this one
    -- has read.
    local over = self._spec.rows and w.block
    self._deliveries:forget_before(over or window.after(w.stop, OVERLAP))
  end
  self._client:emit("window", { method = self._spec.methods[1], start = w.start, stop = w.stop,
    certificate = proof })
  if proof ~= "none" then return nil end
  stats.uncertified = stats.uncertified + 1
  if not self._spec.strict then return nil end
  self._left_at = place -- before this window
  local what = w.start and beijing.format(w.start) .. " to " .. beijing.format(w.stop)
    or "the look-up"
  return select(2, failure("uncertified", "%s could not be proved complete", what))
end

-- A stream that breaks notes what it has read to its end all the same: `unread`, the first second
-- that was not read, and the certificate of those before it. Several queries have no such second.
function methods:note_unread()
  local first = self._queue[1]
  if not self._plan or not first or #self._spec.variants > 1 then return end
  local at, proof = first:unread()
  if at then self._stats.certificate = certificate.weaker(self._stats.certificate, proof) end
  self._unread = at or first.window.start
end

-- The stream is over; `err` and `code` are remembered, so that the tenth call answers like the
-- first.
function methods:over(err, code)
  if err then self:note_unread() end
  self:close()
  self._ended = { err, code }
  return nil, err, code
end

--- The next row.
-- @return the row (a table, or its JSON text); nil at the proven end; or nil, err, code. End and
-- error stay.
function methods:next()
  if self._ended then return nil, self._ended[1], self._ended[2] end
  while true do
    local first = self._queue[1] or self:plan_window()
    if not first then return self:over() end
    local row, err, code = first:next()
    if row ~= nil then
      self._stats.rows = self._stats.rows + 1
      return row
    end
    if err == nil then err, code = self:finish_window() end
    if err ~= nil then return self:over(err, code) end
    local enough = self:has_enough(first.window.variant)
    if self._stopping or enough and not self._spec.variants[2] then
      self:cut_here()
      return self:over()
    elseif enough then
      self:cut_block(first.window)
    end
  end
end

-- Rows at which a reading of `spec.rows` ends with a window of that query.
function methods:enough(variant)
  return (variant == 1 and ENOUGH or ENOUGH_OF_LATER) * self._spec.rows
end

function methods:has_enough(variant)
  return self._spec.rows and self._stats.rows >= self:enough(variant)
end

-- Of several queries, one has enough where its window ended: for all of them the range ends there.
-- All that a query before it has read beyond is known to `seen`.
function methods:cut_block(done)
  for i = 1, #self._queue do self._queue[i]:close() end
  self._queue, self._cut = {}, self._plan:cut(done)
end

-- The range ends where the window just done ended: `cut` is the first second that was not read.
function methods:cut_here()
  if not self._plan or #self._spec.variants > 1 then return end
  self._cut = self._queue[1] and self._queue[1].window.start or self._plan.at
end

--- Sends the first page's request, if the rate allows it now; never waits.
function methods:start()
  local first = self._queue[1] or self:plan_window()
  if first and not first:is_sent() then first:start() end
end

--- Ends the reading early, after the window that is being read: `next` hands out its rows and then
-- answers as at the end of the range. `progress().resume_at` tells where to go on another time.
--
-- @tparam ?boolean soon true: within that window already, as soon as what was read of it ends in
-- one second
function methods:stop(soon)
  self._stopping = true
  if soon and self._queue[1] then self._queue[1]:hurry() end
end

-- Epoch seconds: everything before the first has been handed out, of the query now being read;
-- before the second, of all of them.
function methods:position()
  local first = self._queue[1]
  if not first then return self._plan.at or self._plan.start, self._plan:resume_at() end
  local w = first.window
  return w.start, w.block or w.start
end

--- Has what happens told to the one who opened the stream.
-- @tparam table told functions: `row(time)` before each row is handed out, with its time of the
-- window's clock, nil where it shows none; `twin(time)` for each row that another route has shown;
-- `page()` after each page
function methods:observe(told)
  self._deliveries:watch(told.row, told.twin)
  self._on_page = told.page or false
end

--- Begins with rows that were handed out already, so that they do not come again.
-- @tparam Seen known (wdt.reading.seen); the stream's own from now on
function methods:assume_delivered(known)
  self._deliveries:assume(known)
end

--- Tells the rows handed out so far that may still come again.
-- @treturn Seen (wdt.reading.seen)
function methods:delivered()
  return self._deliveries:all()
end

--- Tells where a reading ended that was to end early.
-- @treturn ?integer epoch seconds: the first second that was not read; nil where it ended with its
-- range
function methods:cut_at()
  return self._cut
end

--- Tells how far a stream came that broke.
-- @treturn ?integer epoch seconds: the first second that was not read; nil where that can't be told
function methods:unread()
  return self._unread
end

--- Ends the stream and gives its connection back. Idempotent; afterwards `next` answers "closed".
function methods:close()
  if self._ended then return end
  self._ended = { "closed: the stream was closed", "closed" }
  if self._plan then self._left_at = self._left_at or { self:position() } end
  for _, one in ipairs(self._queue) do one:close() end
  self._queue = {}
  self._decoders:close()
end

--- How far the reading is.
-- @treturn table `windows` done, `windows_planned` (done and expected), `done_until` (epoch
-- seconds: everything before it, of the query now being read; nil for a look-up), `resume_at`
-- (epoch seconds: a reading that begins there misses nothing that this one has not handed out, and
-- repeats only what this one has read after it; earlier than `done_until` only where a query with
-- lists is read as several), `rows`, `calls`, `retries`, `bytes` of bodies, `waited` (seconds, for
-- the rate), `certificate` (the weakest so far, see wdt.reading.certificate), `uncertified`
-- (windows that could not be proved complete), `outside` (rows whose clock was not in the window
-- that was asked for), `blind` (what the routes in use can't show, `wdt.edition.blind`: a list of
-- `{ name, en, zh, advice = { en, zh } }`, empty where nothing is known to be missing). With
-- `typed` or `mask`, of the rows decoded: `unknown_fields` (members that
-- the schema does not name), `missing_fields` (those it names that were not there, null being
-- there), `retyped_fields` (values delivered as they came, not being of their type); and
-- `deviations`, up to 32 of the names, e.g. `"unknown details_list.colour"`
function methods:progress()
  local stats, copy = self._stats, {}
  map.add(copy, stats)
  self._decoders:add_deviations(copy)
  copy.blind = blind.describe(self._spec.blind)
  copy.windows_planned = stats.windows + #self._queue
  if self._plan then
    if self._left_at then
      copy.done_until, copy.resume_at = self._left_at[1], self._left_at[2]
    else
      copy.done_until, copy.resume_at = self:position()
    end
    local length = self._plan.span + 1
    if copy.windows_planned > 0 then length = max(1,
      self._plan:length() - self._plan:rest()) / copy.windows_planned end
    copy.windows_planned = copy.windows_planned + ceil(self._plan:rest() / length)
  end
  return copy
end

Stream.__index = methods
Stream.__metatable = false
Stream.__name = "wdt.stream"
Stream.__close = methods.close

-- In a `for` loop a failure is raised, as the string that `next` returns.
function Stream.__call(self)
  local row, err = methods.next(self)
  if row == nil and err then error(err, 0) end
  return row
end

function Stream.__tostring(self)
  return ("wdt.stream (%d rows)"):format(self._stats.rows)
end

local M = {}

-- Windows in flight at once, where the query does not say. A route that does not take pages side by
-- side has one: its gateway answers some of them empty (facts on Qimen §7).
local function lanes_of(client, spec)
  if spec.lanes then return spec.lanes end
  for _, account in pairs(client.by_route) do
    if account.edition.SERIAL then return 1 end
  end
  return client.lanes
end

--- Opens a stream; nothing is sent before the first row is asked for.
-- @tparam Accounts client (`wdt.calling.accounts`)
-- @tparam table spec as `wdt.query.parse` returns it; and `rows`: the range may end early, so that
-- the reading holds about as many, and never twice as many
-- @tparam ?table knowledge a table that keeps, between streams of the same query, what was learnt
-- of density, order and page size
-- @return the stream and what a `for` loop needs so that Lua 5.4 closes it when the loop is left
function M.open(client, spec, knowledge)
  knowledge = knowledge or {}
  local lanes = lanes_of(client, spec)
  knowledge.sources = knowledge.sources or sources.new(spec, client.by_route,
    lanes > 1 and 5 * lanes or 0)
  knowledge.last_seconds = knowledge.last_seconds or {}
  local self = { _client = client, _spec = spec, _lanes = lanes, _queue = {},
    _decoders = decoders.new(spec, client.mask_key), _ended = false, _stopping = false,
    _on_page = false, _looked_up = 0, _last_seconds = knowledge.last_seconds,
    _sources = knowledge.sources, _stats = { rows = 0, calls = 0, retries = 0, bytes = 0,
      waited = 0, windows = 0, uncertified = 0, outside = 0 } }
  if spec.range then
    self._plan = window.plan{ start = spec.range.start, stop = spec.range.stop,
      span = spec.entry.span, overlap = OVERLAP, variants = #spec.variants }
  end
  local merges = next(client.by_route, next(client.by_route)) ~= nil -- two routes
  self._deliveries = deliveries.new(merges, self._plan and self._plan.stop)
  self._reading = { spec = spec, accounts = client.by_route, sources = knowledge.sources,
    decoders = self._decoders, deliveries = self._deliveries, stats = self._stats,
    alone = lanes == 1, overlap = OVERLAP, closed = spec.entry.ends == "closed" }
  setmetatable(self, Stream)
  return self, nil, nil, self
end

return M
