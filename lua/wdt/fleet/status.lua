--- How far the streams of a configuration file are, out of the states that their jobs keep: nothing
-- is asked of a gateway.
-- @module wdt.fleet.status
local beijing = require "wdt.beijing"
local blind = require "wdt.edition.blind"
local checkpoint = require "wdt.reading.checkpoint"
local completeness = require "wdt.reading.completeness"
local intervals = require "wdt.reading.intervals"
local sink = require "wdt.sink"
local state = require "wdt.state"
local text = require "wdt.state.text"

local M = {}

--- Seconds by which a stream may be behind its target before it is called late.
M.GRACE = 120

-- Returns the state that is kept of a stream, and the ledger of windows that end after `since`; nil
-- where nothing is kept; or nil and what is wrong.
local function kept_of(one, stream, since)
  local stored, err, opened, ledger
  if stream.state then
    stored, err = state.open(stream.state):load()
  else
    opened, err = sink.open(stream.to, { name = stream.name, account = one.settings.sid,
      existing = true })
    if opened and not opened.store then
      opened:close()
      return nil, "it says no state: state = file:" .. stream.name .. ".state"
    end
    if opened then
      stored, err = opened:store():load()
      if stored and since and opened.windows then ledger = opened:windows(since) end
      opened:close()
    end
  end
  if not stored then return nil, err end
  local kept
  kept, err = text.open(stored, stream.name)
  return kept, err, ledger
end

--- How far a stream is.
-- @tparam table one an account (`wdt.fleet.configuration`)
-- @tparam table stream one of its streams
-- @tparam integer now epoch seconds
-- @tparam ?integer since epoch seconds: tells as well how complete each hour from then on is
-- @treturn table `account`, `stream`, `target` (seconds); `state`: `"ok"`, `"late"`, `"new"`
-- (nothing is kept yet), `"failed"` (what is kept can't be read: `error`); and, of a state that was
-- read, `watermark` (text), `behind` (seconds), `succeeded` (epoch seconds of the last commit),
-- `rows`, `windows`, `calls`, `uncertified` (windows), `to_fill` (seconds), and with `since`
-- `blind` and `days` (`wdt.reading.completeness`)
function M.of(one, stream, now, since)
  local kept, err, ledger = kept_of(one, stream, since)
  if not kept then
    return { account = one.name, stream = stream.name, state = err and "failed" or "new",
      error = err, target = stream.target }
  end
  local watermark = kept.whole and kept.taken or not kept.whole and checkpoint.watermark(kept)
    or nil
  local behind = watermark and now - watermark
  local newest = kept.ledger and kept.ledger[#kept.ledger]
  local status = { account = one.name, stream = stream.name, watermark = watermark
    and beijing.format(watermark), behind = behind, target = stream.target,
    state = behind and behind <= stream.target + M.GRACE and "ok" or "late", rows = kept.rows,
    succeeded = newest and newest.at or kept.whole and kept.taken or nil, windows = kept.windows,
    calls = kept.calls, uncertified = kept.uncertified,
    to_fill = intervals.seconds(kept.backfill or {}) }
  if since then
    status.blind = blind.describe(kept.blind or {})
    status.days = not kept.whole and completeness.days(kept, ledger or kept.ledger, since,
      now - stream.target - M.GRACE, now) or nil
  end
  return status
end

return M
