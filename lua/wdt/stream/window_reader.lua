--- A window on its way: from the plan through a reader and its requests to rows.
--
-- Read through the sources of its variant: the live method, its history, or both in turn; by one
-- route, and then by the other.
-- @module wdt.stream.window_reader
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local duration = require "wdt.duration"
local map = require "wdt.map"
local certificate = require "wdt.reading.certificate"
local fingerprint = require "wdt.reading.fingerprint"
local learning = require "wdt.reading.learning"
local request = require "wdt.calling.request"
local seek = require "wdt.reading.seek"
local sweep = require "wdt.reading.sweep"
local failure = require "wdt.error".failure
local setmetatable, tostring, concat = setmetatable, tostring, table.concat

local M = {}

-- Rows of one page between two looks at the other lanes: a transfer that has ended meanwhile makes
-- room for the next one.
local LOOK = 25

--- A window that ends less than this many seconds before the server's present may still change at
-- its end.
M.OPEN = 60

-- By the time of their last change, rows older than this rarely leave their window any more,
-- seconds.
local SETTLED = 2 * duration.DAY

-- An identity of several fields, as one; nil when the row has none of them.
local function joined(a, b, c)
  if a == nil and b == nil and c == nil then return nil end
  return tostring(a) .. "\0" .. tostring(b) .. "\0" .. tostring(c)
end

local WindowReader = {}
WindowReader.__index = WindowReader

function WindowReader:source()
  return self._reading.sources[self.window.variant][self._step]
end

-- Returns a reader of the window, up to an end that may have been drawn in.
function WindowReader:reader_of(pages, stop)
  local stream, reading, source, w = self._stream, self._reading, self:source(), self.window
  local options = { start = w.start, stop = stop, overlap = reading.overlap,
    closed = reading.closed, params = {},
    seen = self._seen, pages = pages, steer = w.start and source.steer
    or nil, order = source.order,
    cuts = source.cuts, facts = source.facts, learnt = source.learnt,
    learnt_count = source.learnt_count,
    copies = self._copies and true }
  if w.start then options.limit, options.most = stream:window_rows(self._handed, w.variant) end
  function options.open() return not stream:is_past(w.stop) end
  options.still = w.start and stream:is_past(stop + (
    self._clock == reading.spec.entry.modified and SETTLED or 0))
  if reading.spec.read == "sweep" or not w.start or self._copies and not self._clock then
    return sweep.new(options)
  end
  return seek.new(options)
end

function WindowReader:new_reader()
  local source, w = self:source(), self.window
  self._seen = self._reading.deliveries:seen_by(source.route)
  if not source.ladder then
    self._reader = self:reader_of(source.pages, w.stop)
    return
  end
  self._reader = learning.new{ ladder = source.ladder, stop = w.stop,
    make = function(pages, stop) return self:reader_of(pages, stop) end }
end

-- Asks for the next page of this window. Returns whether there is one.
function WindowReader:turn_page()
  while true do
    if not self._reader then self:new_reader() end
    local ask = self._reader:ask()
    if ask then
      self:request_page(ask)
      return true
    end
    self.certificate = certificate.weaker(self.certificate, self._reader.certificate)
    self._reader = nil
    if self._step == #self._reading.spec.methods then return false end
    self._step = self._step + 1
  end
end

-- Has a decoder for answers whose rows stand there: those of two routes differ in that.
function WindowReader:ensure_decoder(list)
  if self._decoder and self._list == list then return end
  if self._decoder then self:give_decoder() end
  self._decoder, self._list = self._reading.decoders:take(list, self._clock), list
end

--- Gives its decoder back, for later windows.
function WindowReader:give_decoder()
  if not self._decoder then return end
  self._reading.decoders:give(self._list, self._clock, self._decoder)
  self._decoder = nil
end

function WindowReader:request_page(ask)
  local stream, reading, source = self._stream, self._reading, self:source()
  local params = map.copy(source.params)
  map.add(params, ask.params)
  if ask.start then
    params[source.times[1]], params[source.times[2]] = beijing.format(ask.start),
      beijing.format(ask.stop)
    reading.deliveries:expect_until(self._seen, ask.stop)
  end
  self._ask, self._rows = ask, 0
  self:ensure_decoder(source.entry.list)
  self._decoder:reset()
  self._request = request.new{ account = reading.accounts[source.route], stats = reading.stats,
    method = source.method, params = params,
    pager = { page_no = ask.page_no, page_size = ask.page_size, total = ask.page_no == 0 },
    repeatable = true, deadline = reading.spec.deadline,
    decoder = self._decoder,
    on_again = function()
      self._rows = 0
      self._reader:again()
    end,
    on_pull = not self._alone and function() stream:fill() end or nil }
end

-- The page has arrived whole.
function WindowReader:page_done()
  local stream, reader = self._stream, self._reader
  local total = catalog.total(self:source().entry, self._request.envelope)
  self._request = nil
  if self._ask.page_no == 0 and total == nil then
    if self._rows > 0 then return failure("syntax", "page 0 of %s carries no total",
      self:source().method) end
    total = 0 -- an empty page may lack everything
  end
  local expected = total ~= 0 and self._ask.page_no == 0
  if not self._reading.decoders:has_list(self._list, self._decoder:list(), expected) then
    return failure("syntax", "the answers of %s announce rows and hold no list at %s",
      self:source().method, self._list)
  end
  stream:page_done()
  reader:page(total)
  if reader.stop ~= self.window.stop then stream:shorten(self.window, reader.stop) end
  return true
end

-- Accounts for a row, told by what the decoder tells after it; returns whether it is to be handed
-- out.
local function admit(self, time, id, modified, x, y, z)
  local ask = self._ask
  self._rows = self._rows + 1
  -- Outside, the server means another clock: prove nothing by this one.
  local outside = self._clock and time and ask.start and (time < ask.start or time > ask.stop)
  if outside or not self._clock then time = nil end
  if not self._reader:row(id, modified, time, x, y, z) then return false end
  local stats = self._reading.stats
  if outside then stats.outside = stats.outside + 1 end
  self._handed = self._handed + 1
  return self._reading.deliveries:hand_out(self._seen, id, modified, time)
end

-- Accounts for a row whose identity is several fields, or missing, as `admit` does. Such rows have
-- no facts.
local function admit_joined(self, time, a, b, c, d)
  local ids = self._ids
  local id = #ids > 1 and joined(a, b, #ids > 2 and c or nil)
  if not id then return failure("syntax", "a row of %s has no %s", self:source().method,
    concat(ids, " or ")) end
  if #ids > 2 then return admit(self, time, id, d) end
  return admit(self, time, id, c)
end

-- Accounts for a row that is told apart by all that it holds, as `admit` does. Without a time it
-- may be a copy of a row of another piece, or that row: it is handed out, and nothing is claimed.
local function admit_copy(self, row, time)
  local ask, id = self._ask, fingerprint.of(row)
  if ask.start and not (self._clock and time) then
    self.certificate, id = "none", ask.start .. "\0" .. id
  end
  return admit(self, time, id)
end

--- Told that a page has failed for good: true if the window is read again, with smaller pages.
-- @tparam string code
-- @treturn boolean
function WindowReader:begins_again(code)
  if not self._reader.refused or not self._reader:refused(code) then return false end
  self._request = nil
  return true
end

-- The decoder has no row to give; err, code: what it has said instead. Goes on after that.
local function go_on(self, err, code)
  local asked, more = self._request
  more, err, code = asked:more(err, code)
  if err then
    if not self:begins_again(code) then return nil, err, code end
    return self:next()
  end
  -- by a user's `log`
  if self._request ~= asked then return failure("closed", "the stream was closed") end
  if more then return self:next() end
  local done
  done, err, code = self:page_done()
  if not done then return nil, err, code end
  if not self:turn_page() then return nil end
  return self:next()
end

--- The next row of this window.
-- @return row; nil when the window is done; or nil, err, code
function WindowReader:next()
  if not self._request then self:turn_page() end
  local row, a, b, c, d, e, f = self._decoder:next()
  if row == nil then return go_on(self, a, b) end
  local fresh, err, code
  if self._copies then fresh = admit_copy(self, row, a)
  elseif self._single and b ~= nil then fresh = admit(self, a, b, c, d, e, f)
  else fresh, err, code = admit_joined(self, a, b, c, d, e) end
  if err then return nil, err, code end
  if not self._alone and self._rows % LOOK == 0 then self._stream:fill() end
  if fresh then return row end
  return self:next()
end

--- Sends the first page's request, if the rate allows it now.
-- @treturn boolean whether it is on its way
function WindowReader:start()
  if not self._request then self:turn_page() end
  return self._request:start()
end

--- Ends this window early, if its reader can.
function WindowReader:hurry()
  if self._reader and self._reader.hurry then self._reader:hurry() end
end

--- Describes what has been read of this window.
-- @treturn ?integer the first second that has not been read, nil where that can't be told
-- @treturn ?string the certificate of those before it
function WindowReader:unread()
  local reader = self._reader
  if not reader or not reader.unread or #self._reading.spec.methods > 1 then return nil end
  return reader:unread(), reader.certificate
end

--- True if a request has been sent.
-- @treturn boolean
function WindowReader:is_sent()
  return self._request ~= nil and self._request:was_sent()
end

--- True if a request is on the network.
-- @treturn boolean
function WindowReader:in_flight()
  return self._request ~= nil and self._request:in_flight()
end

--- Gives everything up. Idempotent.
function WindowReader:close()
  if self._request then self._request:close() end
  if self._decoder then self._decoder:close() end
  self._request = nil
end

--- Begins with a window; nothing is sent.
-- @tparam wdt.stream stream that has it read (`wdt.stream` says which methods of it are used)
-- @tparam table reading that all windows of the stream have in common: `spec` as `wdt.query.parse`
-- returns it; `accounts` by route; `sources` (wdt.stream.sources); `decoders`, `deliveries`;
-- `stats` to count in; `alone`: true with one lane; `overlap`: true if neighbouring windows share
-- their boundary second; `closed`: true if the server is known to include a window's last second
-- @tparam table planned `{ start, stop, variant }`, without times for a look-up
-- @treturn WindowReader with the fields `window`, as planned, and, once it is done, `certificate`
function M.new(stream, reading, planned)
  local ids = reading.spec.entry.ids
  return setmetatable({ window = planned, _stream = stream, _reading = reading, _step = 1,
    _handed = 0, _alone = reading.alone, _clock = reading.spec.variants[planned.variant].clock,
    _ids = ids, _single = #ids == 1, _copies = reading.spec.duplicates == "keep" }, WindowReader)
end

return M
