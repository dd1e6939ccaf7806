--- A synchronisation into a sink (`wdt.sink`): that state and target belong together, and the loop
-- that copies.
-- @module wdt.sync.copy
local checkpoint = require "wdt.reading.checkpoint"
local failure = require "wdt.error".failure
local gateways = require "wdt.sync.gateway"
local text = require "wdt.state.text"
local M = {}

local NEW = "%s: the state says that %.0f windows have been copied, and %s holds none of them: it "
  .. "is another target, or was deleted or emptied. Give the target that the state was made with, "
  .. "or remove the state to copy all again"
local OTHER = "%s: the state was made with another target than %s; give that one, or a state of "
  .. "its own"
local OLDER = "%s: the state is ahead of %s, which is older than it (restored from a backup?): "
  .. "rows would be missing there. Remove the state to copy all again"
local FOREIGN = { en = "%s holds rows that the state does not know of (it is older, or another "
  .. "one); give another target",
  zh = "%s 中有进度文件不知道的数据（进度文件较旧，或不是同一个）；请换一个目标" }

local function new_checkpoint(o)
  if not o.from then
    return failure("state", "there is no state yet, so 'from' has to say where to begin")
  end
  local made = checkpoint.new(o.identity, o.from)
  made.blind, made.plain, made.gateway = o.spec.blind, o.plain or nil, o.gateway
  return made
end

--- The stored checkpoint, or a new one.
-- @tparam table o the job's options: `state`, `name`, `identity`, `gateway`, `adopt`, `from`,
-- `spec`
-- @treturn table; or nil, err, code
-- @return nil
-- @return nil
-- @treturn ?boolean true where it is to be stored even if nothing new is read
function M.checkpoint_of(o)
  local stored, err, code = o.state:load()
  if err then return nil, err, code end
  if not stored then return new_checkpoint(o) end
  local where = o.state.path or o.name
  local kept
  kept, err, code = text.open(stored, where)
  if not kept then return nil, err, code end
  if kept.query ~= o.identity then
    return failure("state", "%s: the stored state is of another query (%s), this one is (%s); give "
      .. "it a state of its own", where, kept.query, o.identity)
  end
  local other, ours = gateways.foreign(kept.gateway, o.gateway, o.adopt)
  if other then return failure("state", gateways.OTHER.en, where, other, ours, other) end
  local moved = kept.gateway ~= o.gateway
  kept.from, kept.blind, kept.gateway = o.from or kept.from, o.spec.blind, o.gateway
  kept.plain = kept.plain and o.plain or nil
  return kept, nil, nil, moved
end

--- Sees that a state goes on only with the target that it was made with, and that everything it
-- vouches for came there.
-- @tparam table o the job's options: `into`, `name`, `spec`
-- @tparam table kept the checkpoint
-- @tparam string where the state is, for errors
-- @tparam string draw a random text, for a state that has none yet
-- @treturn boolean true; or nil, err, code, zh
function M.bind(o, kept, where, draw)
  local sink = o.into
  if not sink then return true end
  local target = o.target or "the target"
  local identity, committed, writer, zh = sink:prepare{ name = o.name, entry = o.spec.entry,
    method = o.spec.methods[1], fields = o.fields, account = o.account,
    gateway = o.gateway, adopt = o.adopt, emit = o.emit, host = o.host,
    committed = kept.windows }
  if not identity then return nil, committed, writer, zh end
  if kept.windows > 0 then
    if kept.target and kept.target ~= identity and committed then
      return failure("state", OTHER, where, target)
    end
    if not committed or kept.target and kept.target ~= identity then
      return failure("state", NEW, where, kept.windows, target)
    end
    local same = writer == nil or writer == kept.writer -- two jobs may share a table
    if same and kept.windows > committed + 1 then return failure("state", OLDER, where, target) end
  end
  if sink.keyless and committed and committed > kept.windows then
    return nil, "output: " .. FOREIGN.en:format(target), "output", FOREIGN.zh:format(target)
  end
  kept.target, kept.writer = identity, kept.writer or draw
  return true
end

-- Returns what the ledger says of a window that was read to its end.
local function line_of(w)
  return { kind = w.kind, start = w.start, stop = w.stop, rows = w.rows_read, calls = w.calls,
    certificate = w.certificate, first = w.first, last = w.last }
end

-- Copies one window, and is told of each row. True; or nil, err, code, zh.
local function copy_window(self, w, watch)
  local sink, tries, n = self._options.into, w.tries, 0
  local ok, err, code, zh = sink:begin(self._checkpoint.windows, self._checkpoint.writer,
    w.kind == "repair")
  while ok do
    local row
    row, err, code = w:next()
    if err then return nil, err, code end
    if w.tries ~= tries then -- it was begun again
      tries, n = w.tries, 0
      ok, err, code, zh = sink:begin(self._checkpoint.windows, self._checkpoint.writer,
        w.kind == "repair")
    end
    if row == nil then break end
    if ok then ok, err, code, zh = sink:row(row, w.time) end
    n = n + 1
    if watch then watch(n) end
  end
  -- A state that settles nothing is not saved, and rows that wait for it would hold their locks.
  if ok and not (w.void and self._options.own_state) then
    ok, err, code, zh = sink:commit(w.stop, not w.void and line_of(w) or nil)
  end
  if not ok then return nil, err, code, zh end
  return w:commit()
end

-- Opens the target again that went away, and the state where it is kept there: it may be ahead by
-- the window whose commit was not answered. True; false, err where it is not back yet; or nil, err,
-- code, zh.
local function reattach(self)
  local o = self._options
  o.into:close()
  local into, err = o.reopen()
  if not into then return false, err end
  o.into = into
  if o.own_state then
    o.state = into:store()
    local locked, kept, code
    locked, err = o.state:lock()
    if not locked then return false, err end -- the server may not know yet that its holder is gone
    kept, err, code = M.checkpoint_of(o)
    if not kept then return nil, err, code end
    self._checkpoint = kept
  end
  -- The place that is back may lack the last window: none of its rows is taken for copied.
  self._beyond = nil
  while self._ahead[1] do self._ahead[1]:abandon() end
  return M.bind(o, self._checkpoint, o.state.path or o.name)
end

-- Waits until a target that went away is back. True; false where the job is stopped meanwhile; nil
-- where it is no such failure; or nil, err, code, zh of another one.
local function recovers(self, err)
  local o = self._options
  if not (o.follow and o.reopen and o.into.lost and o.into:lost(err)) then return nil end
  while true do
    local again = self:outlasts(err, "connect")
    if not again then return again end
    local ok, code, zh
    ok, err, code, zh = reattach(self)
    if ok then return true end
    if ok == nil then return nil, err, code, zh end
  end
end

--- Copies the next window: a job's `step`, see `wdt.sync`.
function M.step(self, watch)
  local w, err, code = self:next()
  if not w and not err then return false end
  local ok, zh = w ~= nil, nil
  if w then ok, err, code, zh = copy_window(self, w, watch) end
  if w and not ok then w:abandon() end
  if not ok and code == "closed" and self:stopping() then return false end -- the gateway was away
  if not ok then
    local back, other, other_code, other_zh = recovers(self, err)
    if back == false then return false end
    if other then return nil, other, other_code, other_zh end
    if not back then return nil, err, code, zh end
  end
  if watch then watch(0) end
  return true
end

--- A job's `run`: see `wdt.sync`.
function M.run(self, watch)
  local more, err, code, zh
  repeat more, err, code, zh = M.step(self, watch) until not more
  if more == nil then return nil, err, code, zh end
  local sink = self._options.into
  if sink.conclude then return sink:conclude() end
  return true
end

return M
