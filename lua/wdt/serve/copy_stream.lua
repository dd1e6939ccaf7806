--- A stream of rows that a copy holds, as `wdt.stream` has them of the gateway: the same methods,
-- the same decoder, so the same rows for every `fields`, `typed` and `mask`.
--
-- It answers only queries whose rows stay (`wdt.query.steady`).
-- @module wdt.serve.copy_stream
local blind = require "wdt.edition.blind"
local configuration = require "wdt.fleet.configuration"
local decoders = require "wdt.stream.decoders"
local failure = require "wdt.error".failure
local ngx = require "ngx"
local options = require "wdt.sync.options"
local query = require "wdt.query"
local steady = require "wdt.query.steady"
local concat, io, ipairs, os, setmetatable, tonumber, tostring = table.concat, io, ipairs, os,
  setmetatable, tonumber, tostring

local Copied = {}
Copied.__index = Copied

local M = {}

-- Bytes of JSON that are decoded at once.
local BATCH = 65536

-- Bytes of rows that are taken out of a copy at once, and seconds that this may take: SQLite keeps
-- its job from writing as long as somebody reads, and the job waits ten.
M.MOST_BYTES, M.MOST_SECONDS = 2 ^ 29, 5

--- Streams of a configuration file that a copy may answer from, by account.
-- @tparam table file what it says (`wdt.fleet.configuration.read`)
-- @treturn {string={table...}} `{ name, to, what, method }`, without those whose state is kept
-- elsewhere, or which are read whole
function M.streams(file)
  local by_account = {}
  for _, account in ipairs(configuration.read(file) or {}) do
    local list = {}
    for _, one in ipairs(account.streams) do
      if not one.state and not one.every then
        list[#list + 1] = { name = one.name, to = one.to, what = one.what, method = one.method }
      end
    end
    by_account[account.name] = list
  end
  return by_account
end

--- Those of the streams that read a method. Cancelled stockouts are read by modified time.
-- @tparam ?{table...} streams of one account
-- @tparam table dialect of its edition (`wdt.edition.of`)
-- @tparam string method
-- @treturn {table...} `{ name, to }`
function M.of_method(streams, dialect, method)
  local list = {}
  for _, one in ipairs(streams or {}) do
    local read = one.what == "stockouts" and dialect.STOCKOUTS or one.method
    if read == method then list[#list + 1] = { name = one.name, to = one.to } end
  end
  return list
end

-- Returns what the thread tells, and the file of rows, which no longer has a name.
local function read_in_thread(o, asked)
  local made, err = io.open(o.path, "wb")
  if not made then return { refused = "the copy can't be read", detail = err } end
  made:close()
  local fine, told = ngx.run_worker_thread("wdt", "wdt.serve.copy_rows", "fetch", asked)
  if not fine then told = { refused = "the copy can't be read", detail = tostring(told) } end
  local file = io.open(o.path, "rb")
  os.remove(o.path)
  return told, file
end

--- Opens the rows of a query.
-- @tparam table o `client`, `method`, `query`, `streams` (those of the account), `limit` (rows, or
-- nil), `path` (where a file may stand for a while)
-- @treturn ?Stream
-- @treturn ?string why there is none; nil as well where no copy of the method is configured
-- @treturn ?string what the log is to tell of it
function M.open(o)
  local client = o.client
  local streams = M.of_method(o.streams, client.dialect, o.method)
  if not streams[1] then return nil end
  local spec = query.parse(client.edition, o.method, o.query)
  if not spec then return nil end -- the gateway's stream says what is wrong with it
  local unsteady = steady.problem(o.query, spec)
  if unsteady then return nil, unsteady end
  local told, file = read_in_thread(o, { streams = streams, query = options.identity(client, spec),
    account = client.account.credentials.sid, clock = spec.variants[1].clock,
    ids = spec.entry.ids, start = spec.range.start, stop = spec.range.stop, limit = o.limit,
    path = o.path, most_bytes = M.MOST_BYTES, most_seconds = M.MOST_SECONDS })
  if told.refused or not file then
    if file then file:close() end
    return nil, told.refused or "the copy can't be read", told.detail
  end
  return M.new(file, told, spec, client.mask_key)
end

--- A stream of rows that stand in a file.
-- @param file as `wdt.serve.copy_rows` wrote it; the stream's own from now on
-- @tparam table told what `wdt.serve.copy_rows.fetch` returned
-- @tparam table spec as `wdt.query.parse` returns it
-- @tparam string mask_key what `mask` hashes with
-- @treturn Stream
function M.new(file, told, spec, mask_key)
  return setmetatable({ file = file, told = told, spec = spec, seconds = {}, at = 0, rows = 0,
    position = spec.range.start, decoders = decoders.new(spec, mask_key) }, Copied)
end

-- Decodes the next rows: true; false at the end; or nil, err, code.
function Copied:fill()
  local documents, seconds, bytes, file = {}, {}, 0, self.file
  while bytes < BATCH and #documents < self.spec.page_size do
    local line = file:read "*l"
    if not line then break end
    local length, second = line:match "^(%d+) (%d+)$"
    local document = length and file:read(tonumber(length))
    if not document or #document < tonumber(length) then
      return failure("state", "the rows of the copy are cut short")
    end
    documents[#documents + 1], seconds[#seconds + 1] = document, tonumber(second)
    bytes = bytes + #document
  end
  if not documents[1] then return false end
  self.decoder = self.decoder or self.decoders:take("rows", self.spec.variants[1].clock)
  self.decoder:reset()
  self.decoder:feed('{"rows":[' .. concat(documents, ",") .. "]}")
  self.seconds, self.at = seconds, 0
  return true
end

function Copied:over(err, code)
  self.ended = { err, code }
  self:close()
  return nil, err, code
end

--- The next row.
-- @return the row; nil at the proven end; or nil, err, code. End and error stay.
function Copied:next()
  if self.ended then return nil, self.ended[1], self.ended[2] end
  if self.at == #self.seconds then
    if self.at > 0 and self.on_page then self.on_page() end
    local more, err, code = self:fill()
    if more == nil then return self:over(err, code) end
    if not more then
      self.complete = true
      return self:over()
    end
  end
  local row, err = self.decoder:next()
  if row == nil then
    return self:over(failure("state", "a row of the copy is none: %s", tostring(err)))
  end
  self.at, self.rows = self.at + 1, self.rows + 1
  self.position = self.seconds[self.at]
  return row
end

--- Has what happens told, as `wdt.stream` does: `page()` after some rows.
-- @tparam table told functions
function Copied:observe(told)
  self.on_page = told.page
end

--- How far the reading is: of `wdt.stream`'s fields those that are told to the consumer, and
-- `copied_at`, epoch seconds: the earliest time at which a window of it was read.
-- @treturn table
function Copied:progress()
  local told, range = self.told, self.spec.range
  return { rows = self.rows, calls = 0, windows = told.windows, uncertified = 0,
    certificate = told.certificate, blind = blind.describe(self.spec.blind),
    copied_at = told.read_at, resume_at = self.complete and range.stop + 1 or self.position }
end

--- Gives everything back. Idempotent.
function Copied:close()
  if not self.ended then self.ended = { "closed: the stream was closed", "closed" } end
  if self.decoder then self.decoder:close() end
  self.decoders:close()
  if self.file then self.file:close() end
  self.file, self.decoder = nil, nil
end

return M
