--- A synchronisation into a sink (`wdt.sink`): that state and target belong together, and the loop
-- that copies.
-- @module wdt.sync.copy
local failure = require "wdt.error".failure
local error = error

local M = {}

local NEW = "%s: the state says that %.0f windows have been copied, and %s holds none of them: it "
  .. "is another target, or was deleted or emptied. Give the target that the state was made with, "
  .. "or remove the state to copy all again"
local OTHER = "%s: the state was made with another target than %s; give that one, or a state of "
  .. "its own"
local OLDER = "%s: the state is ahead of %s, which is older than it (restored from a backup?): "
  .. "rows would be missing there. Remove "
  .. "the state to copy all again"
local FOREIGN = { en = "%s holds rows that the state does not know of (it is older, or another "
  .. "one); give another target",
  zh = "%s 中有进度文件不知道的数据（进度文件较旧，或不是同一个）；请换一个目标" }

--- Sees that a state goes on only with the target that it was made with, and that everything it
-- vouches for came there.
-- @tparam table o the job's options: `into`, `name`, `spec`
-- @tparam table kept the book
-- @tparam string where the state is, for errors
-- @tparam string draw a random text, for a state that has none yet
-- @treturn boolean true; or nil, err, code, zh
function M.bind(o, kept, where, draw)
  local sink = o.into
  if not sink then return true end
  local target = o.target or "the target"
  local identity, committed, writer, zh = sink:prepare{ name = o.name, entry = o.spec.entry,
    method = o.spec.methods[1],
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

-- Copies one window, and is told of each row. True; or nil, err, code, zh.
local function copy_window(job, w, watch)
  local sink, tries, n = job.options.into, w.tries, 0
  local ok, err, code, zh = sink:begin(job.book.windows, job.book.writer)
  while ok do
    local row
    row, err, code = w:next()
    if err then return nil, err, code end
    if w.tries ~= tries then -- it was begun again
      tries, n = w.tries, 0
      ok, err, code, zh = sink:begin(job.book.windows, job.book.writer)
    end
    if row == nil then break end
    if ok then ok, err, code, zh = sink:row(row, w.time) end
    n = n + 1
    if watch then watch(n) end
  end
  if ok then ok, err, code, zh = sink:commit(w.stop) end
  if not ok then return nil, err, code, zh end
  return w:commit()
end

--- See `wdt.sync`: `job:run`.
function M.run(job, watch)
  if not job.options.into then
    error("parameter 'into' is nil, expected a target: this job has none to copy into", 3)
  end
  while true do
    local w, err, code = job:next()
    if not w then return err == nil or nil, err, code end
    local ok, zh
    ok, err, code, zh = copy_window(job, w, watch)
    if not ok then
      w:abandon()
      if code == "closed" and job:stopping() then return true end -- while the gateway was away
      return nil, err, code, zh
    end
    if watch then watch(0) end
  end
end

return M
