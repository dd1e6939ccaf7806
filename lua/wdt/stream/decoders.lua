--- The decoders of a stream. They are kept from window to window, with what they have learnt of the
-- rows' shape.
-- @module wdt.stream.decoders
local core = require "wdt.native".load "wdt.core"
local deviations = require "wdt.reading.deviations"
local pages = require "wdt.reading.page_size"
local setmetatable, pairs, ipairs, remove = setmetatable, pairs, ipairs, table.remove

local M = {}

-- Rows that one answer may hold, for each that was asked for. Some servers cap pages by a number of
-- their own or do not page at all; what goes far beyond that would fill the memory (`limits.rows`
-- of the decoder, code `limit`).
local ROWS_PER_ASKED = 100

-- Makes a decoder for the rows of a query. Whatever fields the user asks for, it also tells what
-- reading needs: the time of the window's clock, identity, version, and the facts that a crowded
-- second is cut by.
-- @tparam table spec as `wdt.query.parse` returns it
-- @tparam string list where the rows stand in the answer
-- @tparam ?string clock the field that windows are about; where it is not known, some time is told
-- that means nothing
-- @tparam string mask_key what `mask` hashes with
-- @treturn decoder
local function decoder_for(spec, list, clock, mask_key)
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

local Decoders = {}
Decoders.__index = Decoders

local function key_of(list, clock)
  return list .. " " .. (clock or "")
end

--- Lends a decoder for rows of this clock that stand there in the answer.
-- @tparam string list
-- @tparam ?string clock
-- @treturn decoder
function Decoders:take(list, clock)
  local idle = self._idle[key_of(list, clock)]
  local decoder = idle and remove(idle)
  if not decoder then
    decoder = decoder_for(self._spec, list, clock, self._mask_key)
    if self._spec.types then self._schemed[#self._schemed + 1] = decoder end
  end
  return decoder
end

--- Takes a decoder back for later windows.
function Decoders:give(list, clock, decoder)
  local key = key_of(list, clock)
  local idle = self._idle[key] or {}
  self._idle[key], idle[#idle + 1] = idle, decoder
end

--- Accounts for a page that may lack its list. Now and then that is a slip of the server, but where
-- no answer has had a list, it is looked for at the wrong place.
-- @tparam string list where the rows should stand
-- @tparam boolean found true if the answer had a list there
-- @tparam boolean expected true if the answer announced rows
-- @treturn boolean false if no answer had one, too often to be a slip
function Decoders:has_list(list, found, expected)
  self._listed[list] = self._listed[list] or found
  if self._listed[list] or not expected then
    self._unlisted = 0
    return true
  end
  self._unlisted = self._unlisted + 1
  return self._unlisted <= pages.REPEATS
end

--- Adds what the decoders found that the schema does not say to a stream's progress.
-- @tparam table progress
function Decoders:add_deviations(progress)
  if not self._spec.types then return end
  deviations.new(progress)
  for _, decoder in ipairs(self._schemed) do
    local found = decoder:findings()
    deviations.add(progress, found, found)
  end
end

--- Closes those that are idle. Idempotent.
function Decoders:close()
  for _, idle in pairs(self._idle) do
    for _, decoder in ipairs(idle) do decoder:close() end
  end
  self._idle = {}
end

--- @tparam table spec as `wdt.query.parse` returns it
-- @tparam string mask_key what `mask` hashes with
-- @treturn Decoders
function M.new(spec, mask_key)
  return setmetatable({ _spec = spec, _mask_key = mask_key, _idle = {}, _schemed = {},
    _listed = {}, _unlisted = 0 }, Decoders)
end

return M
