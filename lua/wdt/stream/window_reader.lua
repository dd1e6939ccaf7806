--- A window on its way: from the plan through a reader and its requests to rows.
--
-- Read through the sources of its variant: the live method, its history, or both in turn; by one
-- route, and then by the other.
-- @module wdt.stream.window_reader
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local certificate = require "wdt.reading.certificate"
local fingerprint = require "wdt.reading.fingerprint"
local core = require "wdt.native".load "wdt.core"
local pages = require "wdt.reading.page_size"
local request = require "wdt.calling.request"
local seek = require "wdt.reading.seek"
local sweep = require "wdt.reading.sweep"
local failure = require "wdt.error".failure
local setmetatable, pairs, tostring, concat = setmetatable, pairs, tostring, table.concat

local M = {}

-- Rows of one page between two looks at the other lanes: a transfer that has ended meanwhile makes
-- room for the next one.
local LOOK = 25

-- Rows that one answer may hold, for each that was asked for. Some servers cap pages by a number of
-- their own or do not page at all; what goes far beyond that would fill the memory (`limits.rows`
-- of the decoder, code `limit`).
local ROWS_PER_ASKED = 100

--- A window that ends less than this many seconds before the server's present may still change at
-- its end.
M.OPEN = 60

-- By the time of their last change, rows older than this rarely leave their window any more,
-- seconds.
local CALM = 2 * 86400

-- An identity of several fields, as one; nil when the row has none of them.
local function joined(a, b, c)
  if a == nil and b == nil and c == nil then return nil end
  return tostring(a) .. "\0" .. tostring(b) .. "\0" .. tostring(c)
end

--- A decoder for the rows of a query. Whatever fields the user asks for, it also tells what reading
-- needs: the time of the window's clock, identity, version, and the facts that a crowded second is
-- cut by.
-- @tparam table spec as `wdt.query.parse` returns it
-- @tparam string list where the rows stand in the answer
-- @tparam ?string clock the field that windows are about; where it is not known, some time is told
-- that means nothing
-- @tparam string mask_key what `mask` hashes with
-- @treturn decoder
function M.decoder(spec, list, clock, mask_key)
  local entry = spec.entry
  local keys = {}
  for i = 1, #entry.ids do keys[i] = entry.ids[i] end
  keys[#keys + 1] = entry.modified
  for i = 1, #entry.cuts do keys[#keys + 1] = entry.cuts[i].field end
  return core.decoder{ path = list, limits = { rows = spec.page_size * ROWS_PER_ASKED },
    fields = spec.fields, as = spec.as, null = spec.null, keys = keys,
    clock = clock or entry.modified, types = spec.types, datetime = spec.datetime, mask = spec.mask,
    mask_key = spec.mask and mask_key or nil }
end

local Tile = {}
Tile.__index = Tile

function Tile:source()
  return self.stream.sources[self.window.variant][self.step]
end

function Tile:new_reader()
  local stream, source, w = self.stream, self:source(), self.window
  self.seen = stream:seen_by(source.route)
  local options = { start = w.start, stop = w.stop, shared = stream.shared, closed = stream.closed,
    params = {},
    seen = self.seen, pages = source.pages, steer = w.start and source.steer
    or nil, order = source.order,
    cuts = source.cuts, facts = source.facts, learnt = source.learnt,
    learnt_count = source.learnt_count,
    copies = self.copies and true }
  if w.start then options.limit, options.most = stream:window_rows(self.handed, w.variant) end
  function options.open() return not stream:is_past(w.stop) end
  options.calm = w.start and stream:is_past(w.stop + (
    self.clock == stream.spec.entry.modified and CALM or 0))
  if stream.spec.read == "sweep" or not w.start or self.copies and not self.clock then
    self.reader = sweep.new(options)
  else
    self.reader = seek.new(options)
  end
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

-- Has a decoder for answers whose rows stand there: those of two routes differ in that.
function Tile:ensure_decoder(list)
  if self.decoder and self.list == list then return end
  if self.decoder then self:give_decoder() end
  self.decoder, self.list = self.stream:take_decoder(list, self.clock), list
end

--- Gives its decoder back, for later windows.
function Tile:give_decoder()
  if not self.decoder then return end
  self.stream:give_decoder(self.list, self.clock, self.decoder)
  self.decoder = nil
end

function Tile:request_page(ask)
  local stream, source = self.stream, self:source()
  local params = {}
  for name, value in pairs(source.params) do params[name] = value end
  for name, value in pairs(ask.params or {}) do params[name] = value end
  if ask.start then
    params[source.times[1]], params[source.times[2]] = beijing.format(ask.start),
      beijing.format(ask.stop)
    stream.seen.horizon, self.seen.horizon = ask.stop, ask.stop
  end
  self.ask, self.rows = ask, 0
  self:ensure_decoder(source.entry.list)
  self.decoder:reset()
  self.request = request.new{ account = stream.client.by_route[source.route], stats = stream.stats,
    method = source.method, params = params,
    pager = { page_no = ask.page_no, page_size = ask.page_size, total = ask.page_no == 0 },
    repeatable = true,
    decoder = self.decoder,
    on_again = function()
      self.rows = 0
      self.reader:again()
    end,
    on_pull = not self.alone and function() stream:fill() end or nil }
end

-- A page that announces rows and has no list at all: now and then a slip of the server, but where
-- no answer has had a list, it is looked for at the wrong place.
function Tile:has_list(total)
  local stream = self.stream
  local listed = stream.listed
  listed[self.list] = listed[self.list] or self.decoder:list()
  if listed[self.list] or total == 0 or self.ask.page_no > 0 then
    stream.unlisted = 0
    return true
  end
  stream.unlisted = stream.unlisted + 1
  if stream.unlisted <= pages.REPEATS then return true end
  return failure("syntax", "the answers of %s announce rows and hold no list at %s",
    self:source().method, self.list)
end

-- The page has arrived whole.
function Tile:page_done()
  local stream, reader = self.stream, self.reader
  local total = catalog.total(self:source().entry, self.request.envelope)
  self.request = nil
  if self.ask.page_no == 0 and total == nil then
    if self.rows > 0 then return failure("syntax", "page 0 of %s carries no total",
      self:source().method) end
    total = 0 -- an empty page may lack everything
  end
  local ok, err, code = self:has_list(total)
  if not ok then return nil, err, code end
  if stream.on_page then stream.on_page() end
  reader:page(total)
  if reader.stop ~= self.window.stop then stream:shorten(self.window, reader.stop) end
  return true
end

-- Accounts for a row, told by what the decoder tells after it; returns whether it is to be handed
-- out.
local function admit(self, time, id, modified, x, y, z)
  local stream, ask = self.stream, self.ask
  self.rows = self.rows + 1
  -- Outside, the server means another clock: prove nothing by this one.
  local outside = self.clock and time and ask.start and (time < ask.start or time > ask.stop)
  if outside or not self.clock then time = nil end
  local fresh = self.reader:row(id, modified, time, x, y, z)
  if outside and fresh then stream.stats.outside = stream.stats.outside + 1 end
  -- The second after the range was read only because the last one might not have been included.
  if fresh then self.handed = self.handed + 1 end
  local wanted = fresh and not (stream.plan and time == stream.plan.stop)
  if fresh and not wanted then self.seen:take_back(id, time) end
  if wanted and stream.merges then wanted = stream.seen:newest(id, modified, time) end
  if wanted and stream.on_row then stream.on_row(time) end
  return wanted
end

-- The same, of a row whose identity is several fields, or missing. Such rows have no facts.
local function admit_joined(self, time, a, b, c, d)
  local ids = self.ids
  local id = #ids > 1 and joined(a, b, #ids > 2 and c or nil)
  if not id then return failure("syntax", "a row of %s has no %s", self:source().method,
    concat(ids, " or ")) end
  if #ids > 2 then return admit(self, time, id, d) end
  return admit(self, time, id, c)
end

-- The same, of a row that is told apart by all that it holds. Without a time it may be a copy of a
-- row of another piece, or that row: it is handed out, and nothing is claimed.
local function admit_copy(self, row, time)
  local ask, id = self.ask, fingerprint.of(row)
  if ask.start and not (self.clock and time) then
    self.certificate, id = "none", ask.start .. "\0" .. id
  end
  return admit(self, time, id)
end

-- The decoder has no row to give; err, code: what it has said instead. Goes on after that.
local function go_on(self, err, code)
  local asked, more = self.request
  more, err, code = asked:more(err, code)
  if err then return nil, err, code end
  -- by a user's `log`
  if self.request ~= asked then return failure("closed", "the stream was closed") end
  if more then return self:next() end
  local done
  done, err, code = self:page_done()
  if not done then return nil, err, code end
  if not self:turn_page() then return nil end
  return self:next()
end

--- The next row of this window.
-- @return row; nil when the window is done; or nil, err, code
function Tile:next()
  if not self.request then self:turn_page() end
  local row, a, b, c, d, e, f = self.decoder:next()
  if row == nil then return go_on(self, a, b) end
  local fresh, err, code
  if self.copies then fresh = admit_copy(self, row, a)
  elseif self.single and b ~= nil then fresh = admit(self, a, b, c, d, e, f)
  else fresh, err, code = admit_joined(self, a, b, c, d, e) end
  if err then return nil, err, code end
  if not self.alone and self.rows % LOOK == 0 then self.stream:fill() end
  if fresh then return row end
  return self:next()
end

--- Sends the first page's request, if the rate allows it now.
-- @treturn boolean whether it is on its way
function Tile:start()
  if not self.request then self:turn_page() end
  return self.request:start()
end

--- Ends this window early, if its reader can.
function Tile:hurry()
  if self.reader and self.reader.hurry then self.reader:hurry() end
end

--- Describes what has been read of this window.
-- @treturn ?integer the first second that has not been read, nil where that can't be told
-- @treturn ?string the certificate of those before it
function Tile:unread()
  local reader = self.reader
  if not reader or not reader.unread or #self.stream.spec.methods > 1 then return nil end
  return reader:unread(), reader.certificate
end

--- Whether a request has been sent.
-- @treturn boolean
function Tile:is_sent()
  return self.request ~= nil and self.request.sent_at ~= nil
end

--- Whether a request is on the network.
-- @treturn boolean
function Tile:in_flight()
  return self.request ~= nil and self.request:in_flight()
end

--- Gives everything up. Idempotent.
function Tile:close()
  if self.request then self.request:close() end
  if self.decoder then self.decoder:close() end
  self.request = nil
end

--- @tparam wdt.stream stream
-- @tparam table planned `{ start, stop, variant }`, without times for a look-up
-- @treturn Tile
function M.new(stream, planned)
  local ids = stream.spec.entry.ids
  return setmetatable({ stream = stream, window = planned, step = 1, handed = 0, alone = stream.lanes == 1,
    clock = stream.spec.variants[planned.variant].clock, ids = ids, single = #ids == 1,
    copies = stream.spec.duplicates == "keep" }, Tile)
end

return M
