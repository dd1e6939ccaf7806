--- Rows out of a plan of windows.
--
-- A stream takes windows from the plan, has each read (`wdt.stream.window_reader`), and hands out
-- the rows one by one, in the order of the windows. With several lanes the first pages of later
-- windows are already on their way while the first one is being read.
-- @module wdt.stream
local beijing = require "wdt.beijing"
local blind = require "wdt.edition.blind"
local certificate = require "wdt.reading.certificate"
local findings = require "wdt.reading.deviations"
local order = require "wdt.reading.order"
local pages = require "wdt.reading.page_size"
local seen = require "wdt.reading.seen"
local tile = require "wdt.stream.window_reader"
local window = require "wdt.reading.window"
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

local Stream = {}
local methods = {}

-- What one method of one variant keeps between its windows.
local function new_source(spec, at, variant)
  local cuts, params, entry = {}, variant.params, spec.entries[at]
  local sorted = spec.range and entry.sorted[variant.clock]
  if sorted and params[sorted[1]] == nil then
    params = { [sorted[1]] = sorted[2] }
    for name, value in pairs(variant.params) do params[name] = value end
  else
    sorted = nil
  end
  for _, cut in ipairs(entry.cuts) do
    if variant.params[cut.param] == nil then cuts[#cuts + 1] = cut end
  end
  local facts = {} -- the fields that decoders tell (wdt.stream.window_reader)
  for i, cut in ipairs(spec.entry.cuts) do facts[i] = cut.field end
  return { method = spec.methods[at], route = spec.routes[at], entry = entry, params = params,
    times = spec.times[at],
    steer = window.steer(),
    order = order.new(sorted and sorted[3]), cuts = cuts, facts = facts, learnt = {},
    learnt_count = {},
    pages = pages.new(spec.page_size) }
end

local function sources_of(spec)
  local sources = {}
  for i, variant in ipairs(spec.variants) do
    sources[i] = {}
    for j = 1, #spec.methods do sources[i][j] = new_source(spec, j, variant) end
  end
  return sources
end

-- Rows after which a window ends, and rows above which it draws in its end at once; `handed`: those
-- that it has handed out already. With several lanes a window is to be one page, since what one
-- window needs beyond its first page is asked for in turn.
function methods:window_rows(handed, variant)
  local size, spec = self.spec.page_size, self.spec
  local wanted = self.lanes > 1 and LANE_FILL * size or WINDOW_PAGES[spec.read] * size
  local most = self.lanes > 1 and size or 2 * wanted
  if spec.rows then
    local before = self.stats.rows - handed
    wanted = min(wanted, self:enough(variant) - before)
    most = min(most, 2 * spec.rows - before)
  end
  return max(wanted - handed, LANE_FILL * size), max(most - handed, size)
end

-- Whether no row can appear any more before a second: server time that has surely been reached is
-- far enough past it.
function methods:is_past(second)
  local certain = self.client:certain_time()
  return certain ~= nil and second < certain - tile.OPEN
end

-- Seconds of the next window, nil while nothing is known: as many as should hold the rows wanted,
-- in the live method as well as in its history, but no more than four times the last one read: what
-- was quiet for an hour is not taken to be quiet for a day. Where a window ends by itself when it
-- has its rows, it may as well be longer.
function methods:window_width(variant)
  local wanted, most = self:window_rows(0, variant)
  local rows, width = self.spec.read == "seek" and self.lanes == 1 and most or wanted, nil
  for _, source in ipairs(self.sources[variant]) do
    local wide = source.steer:width(rows)
    width = wide and min(wide, width or wide) or width
  end
  local last = self.last_seconds[variant]
  return width and last and min(width, 4 * last) or width
end

-- Plans one more window after all others; nil when the range is done.
function methods:plan_tile()
  local planned
  if self.plan then
    local ahead = self.plan:ahead()
    planned = ahead and self.plan:next(self:window_width(ahead))
  -- a look-up has one window per variant, without times
  elseif self.looked_up < #self.spec.variants then
    self.looked_up = self.looked_up + 1
    planned = { variant = self.looked_up }
  end
  if not planned then return nil end
  self.newest = tile.new(self, planned)
  self.queue[#self.queue + 1] = self.newest
  return self.newest
end

-- The first window has drawn in its end: what it leaves is planned again, or, where later windows
-- are under way already, put before them: as many as can be on their way, of which the last one
-- takes what is left.
function methods:shorten(window_now, stop)
  if self.newest.window == window_now then return self.plan:shorten(window_now, stop) end
  local rest = window.plan{ start = stop, span = self.plan.span, shared = true,
    stop = window_now.stop - 1 }
  local width, at = self.sources[window_now.variant][1].steer:width((self:window_rows(0, window_now.variant))), 2
  window_now.stop = stop
  while rest:ahead() do
    local planned = rest:next(at <= 2 * self.lanes and width or nil)
    planned.variant, planned.block = window_now.variant, window_now.block
    insert(self.queue, at, tile.new(self, planned))
    at = at + 1
  end
end

-- Has more windows on their way, up to the number of lanes; never waits. Pages that have arrived
-- and wait to be decoded count as well, so that memory stays bounded; those that are needed first
-- go first, whatever later ones hold already.
function methods:fill()
  if self.filling or not self.plan then return end
  self.filling = true -- opening a window asks for its page, which would come back here
  local flying, held = 0, 0
  for _, one in ipairs(self.queue) do
    if one:in_flight() then flying = flying + 1 end
    if one:is_sent() then held = held + 1 end
  end
  local i = 2
  while flying < self.lanes and i <= 2 * self.lanes and held < 4 * self.lanes do
    local one = self.queue[i] or self:may_run_ahead() and self:plan_tile()
    if not one then break end
    if not one:is_sent() then
      if not one:start() then break end
      flying, held = flying + 1, held + 1
    end
    i = i + 1
  end
  self.filling = false
end

-- A later window may be opened early when its width can be chosen well, and when no row can move
-- into it meanwhile.
function methods:may_run_ahead()
  local ahead = self.plan:ahead()
  local width = ahead and self:window_width(ahead)
  return width and self:is_past(self.plan.at + width)
end

-- A decoder for rows of this clock that stand there in the answer; decoders are kept, with what
-- they have learnt of the rows' shape.
function methods:take_decoder(list, clock)
  local idle = self.decoders[list .. " " .. (clock or "")]
  local decoder = idle and remove(idle)
  if not decoder then
    decoder = tile.decoder(self.spec, list, clock, self.client.mask_key)
    if self.spec.types then self.schemed[#self.schemed + 1] = decoder end
  end
  return decoder
end

function methods:give_decoder(list, clock, decoder)
  local key = list .. " " .. (clock or "")
  local idle = self.decoders[key] or {}
  self.decoders[key], idle[#idle + 1] = idle, decoder
end

-- What was handed out, as the readers of one route know it. A row that two routes show is known to
-- both: what one of them has read proves nothing about the other. `seen` knows what the user got.
function methods:seen_by(route)
  if not self.merges then return self.seen end
  local known = self.seen_by_route[route]
  if not known then
    known = seen.new()
    self.seen_by_route[route] = known
  end
  return known
end

function methods:forget_before(time)
  self.seen:forget_before(time)
  for _, known in pairs(self.seen_by_route) do known:forget_before(time) end
end

-- The first window is done: accounts for it. Returns the failure, err and code, that it means where
-- `strict` was asked for.
function methods:finish_tile()
  local place = self.plan and { self:position() }
  local stats, done = self.stats, remove(self.queue, 1)
  local w, proof = done.window, done.certificate
  stats.windows = stats.windows + 1
  stats.certificate = certificate.weaker(stats.certificate, proof)
  done:give_decoder()
  if w.start then
    self.last_seconds[w.variant] = window.seconds(w.start, w.stop, self.shared)
    -- Where a reading of several queries may end early, a later query may leave over what this one
    -- has read.
    local over = self.spec.rows and w.block
    self:forget_before(over or window.after(w.stop, self.shared))
  end
  self.client:emit("window", { method = self.spec.methods[1], start = w.start, stop = w.stop,
    certificate = proof })
  if proof ~= "none" then return nil end
  stats.uncertified = stats.uncertified + 1
  if not self.spec.strict then return nil end
  self.left_at = place -- before this window
  local what = w.start and beijing.format(w.start) .. " to " .. beijing.format(w.stop)
    or "the look-up"
  return select(2, failure("uncertified", "%s could not be proved complete", what))
end

-- A stream that breaks notes what it has read to its end all the same: `unread`, the first second
-- that was not read, and the certificate of those before it. Several queries have no such second.
function methods:note_unread()
  local first = self.queue[1]
  if not self.plan or not first or #self.spec.variants > 1 then return end
  local at, proof = first:unread()
  if at then self.stats.certificate = certificate.weaker(self.stats.certificate, proof) end
  self.unread = at or first.window.start
end

-- The stream is over; `err` and `code` are remembered, so that the tenth call answers like the
-- first.
function methods:over(err, code)
  if err then self:note_unread() end
  self:close()
  self.ended = { err, code }
  return nil, err, code
end

--- The next row.
-- @return the row (a table, or its JSON text); nil at the proven end; or nil, err, code. End and
-- error stay.
function methods:next()
  if self.ended then return nil, self.ended[1], self.ended[2] end
  while true do
    local first = self.queue[1] or self:plan_tile()
    if not first then return self:over() end
    local row, err, code = first:next()
    if row ~= nil then
      self.stats.rows = self.stats.rows + 1
      return row
    end
    if err == nil then err, code = self:finish_tile() end
    if err ~= nil then return self:over(err, code) end
    local enough = self:has_enough(first.window.variant)
    if self.stopping or enough and not self.spec.variants[2] then
      self:cut_here()
      return self:over()
    elseif enough then
      self:cut_block(first.window)
    end
  end
end

-- Rows at which a reading of `spec.rows` ends with a window of that query.
function methods:enough(variant)
  return (variant == 1 and ENOUGH or ENOUGH_OF_LATER) * self.spec.rows
end

function methods:has_enough(variant)
  return self.spec.rows and self.stats.rows >= self:enough(variant)
end

-- Of several queries, one has enough where its window ended: for all of them the range ends there.
-- What a query before it has read beyond is known to `seen`.
function methods:cut_block(done)
  for i = 1, #self.queue do self.queue[i]:close() end
  self.queue, self.cut = {}, self.plan:cut(done)
end

-- The range ends where the window just done ended: `cut` is the first second that was not read.
function methods:cut_here()
  if not self.plan or #self.spec.variants > 1 then return end
  self.cut = self.queue[1] and self.queue[1].window.start or self.plan.at
end

--- Sends the first page's request, if the rate allows it now; never waits.
function methods:start()
  local first = self.queue[1] or self:plan_tile()
  if first and not first:is_sent() then first:start() end
end

--- Ends the reading early, after the window that is being read: `next` hands out its rows and then
-- answers as at the end of the range. `progress().resume_at` tells where to go on another time.
--
-- @tparam ?boolean soon true: within that window already, as soon as what was read of it ends in one
-- second
function methods:stop(soon)
  self.stopping = true
  if soon and self.queue[1] then self.queue[1]:hurry() end
end

-- Epoch seconds: everything before the first has been handed out, of the query now being read;
-- before the second, of all of them.
function methods:position()
  local first = self.queue[1]
  if not first then return self.plan.at or self.plan.start, self.plan:resume_at() end
  local w = first.window
  return w.start, w.block or w.start
end

--- Ends the stream and gives its connection back. Idempotent; afterwards `next` answers "closed".
function methods:close()
  if self.ended then return end
  self.ended = { "closed: the stream was closed", "closed" }
  if self.plan then self.left_at = self.left_at or { self:position() } end
  for _, one in ipairs(self.queue) do one:close() end
  for _, idle in pairs(self.decoders) do
    for _, decoder in ipairs(idle) do decoder:close() end
  end
  self.queue, self.decoders = {}, {}
end

-- What the decoders found that the schema does not say, into `progress`.
function methods:add_findings(progress)
  findings.new(progress)
  for _, decoder in ipairs(self.schemed) do
    local found = decoder:findings()
    findings.add(progress, found, found)
  end
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
  local stats, copy = self.stats, {}
  for name, value in pairs(stats) do copy[name] = value end
  if self.spec.types then self:add_findings(copy) end
  copy.blind = blind.describe(self.spec.blind)
  copy.windows_planned = stats.windows + #self.queue
  if self.plan then
    if self.left_at then
      copy.done_until, copy.resume_at = self.left_at[1], self.left_at[2]
    else
      copy.done_until, copy.resume_at = self:position()
    end
    local length = self.plan.span + 1
    if copy.windows_planned > 0 then length = max(1,
      self.plan:length() - self.plan:rest()) / copy.windows_planned end
    copy.windows_planned = copy.windows_planned + ceil(self.plan:rest() / length)
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
  return ("wdt.stream (%d rows)"):format(self.stats.rows)
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
  knowledge.sources, knowledge.last_seconds = knowledge.sources
    or sources_of(spec), knowledge.last_seconds or {}
  local stream = { client = client, spec = spec, lanes = lanes_of(client, spec), queue = {},
    decoders = {}, listed = {}, seen_by_route = {},
    merges = next(client.by_route, next(client.by_route)) ~= nil, -- two routes
    ended = false, stopping = false, on_row = false, on_page = false, looked_up = 0, unlisted = 0,
    sources = knowledge.sources, last_seconds = knowledge.last_seconds, seen = seen.new(),
    schemed = {},
    shared = true, closed = spec.entry.ends == "closed",
    stats = { rows = 0, calls = 0, retries = 0, bytes = 0, waited = 0, windows = 0, uncertified = 0,
      outside = 0 } }
  if spec.range then
    stream.plan = window.plan{ start = spec.range.start, stop = spec.range.stop,
      span = spec.entry.span,
      shared = stream.shared, variants = #spec.variants }
  end
  setmetatable(stream, Stream)
  return stream, nil, nil, stream
end

return M
