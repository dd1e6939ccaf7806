--- Reading again what a job has read: for an audit, which looks, and for its repair.
-- @module wdt.sync.again
local stream = require "wdt.stream"
local checkpoint = require "wdt.reading.checkpoint"
local failure = require "wdt.error".failure
local map = require "wdt.map"
local query = require "wdt.query"
local assert, ipairs, remove = assert, ipairs, table.remove

local M = {}

--- Tells what a job reads.
-- @treturn table `entry` (of the catalogue), `method`, `clock` (the field of its time),
-- `page_size`, `from` (epoch seconds) and `watermark`: everything between was read and committed;
-- `query`, its identity
function M:reads()
  local spec, kept = self._options.spec, self._checkpoint
  return { entry = spec.entry, method = spec.methods[1],
    clock = spec.variants[1].clock, page_size = spec.page_size,
    from = kept.from, watermark = checkpoint.watermark(kept), query = kept.query }
end

--- Reads a range as the job does, without copying it.
-- @tparam integer start epoch seconds
-- @tparam integer stop included
-- @tparam {string=string} types of fields, as a decoder takes them, before those of the query
-- @treturn Stream of rows as tables
function M:reader(start, stop, types)
  local spec = map.copy(self._options.spec)
  spec.types = map.add(map.copy(spec.types or {}), types)
  spec.range, spec.as = { start = start, stop = stop }, "table"
  return stream.open(self._client, spec, {})
end

--- Reads the rows that bear a number, by the job's routes and whatever its query.
-- @tparam string field a look-up of the method: a parameter that is a field as well
-- @tparam string number
-- @tparam {string=string} types of fields, as a decoder takes them
-- @treturn Stream of rows as tables
function M:looker(field, number, types)
  local o = self._options
  local spec = assert(query.parse(o.edition, o.spec.methods[1],
    { [field] = number, route = o.route }))
  spec.types = types
  return stream.open(self._client, spec, {})
end

--- Has the next `run` read ranges again, and nothing else: rows that stand in the target in the
-- same version are written again, with their lines. State and ledger stay as they are, but for a
-- line of the ledger for each window (`kind` "repair").
-- @tparam {{integer,integer}...} ranges epoch seconds, included, of what has been committed
-- @treturn boolean true; or nil, err, code
function M:again(ranges)
  local kept, list = self._checkpoint, {}
  for i, range in ipairs(ranges) do
    if range[1] < kept.from or range[2] >= checkpoint.watermark(kept) then
      return failure("state", "only what has been copied can be read again")
    end
    list[i] = { range[1], range[2] }
  end
  self._again = list
  return true
end

--- The next window of those ranges; false once all are committed; nil where there are none.
function M:next_again()
  if not self._again then return nil end
  local range = self._again[1]
  if range then return self:open_window{ kind = "repair", start = range[1], stop = range[2] } end
  self._again = nil
  return false
end

--- Told that a window of those ranges is committed; one that was given back comes again.
function M:has_repaired()
  if self._again then remove(self._again, 1) end
end

return M
