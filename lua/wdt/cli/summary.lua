--- Tells on the standard error what a reading did, when it has ended: a person by one or two lines,
-- a program, with --log-json, by a closing event.
-- @module wdt.cli.summary
local blind = require "wdt.cli.blind"
local duration = require "wdt.duration"
local floor, max, concat, ipairs = math.floor, math.max, table.concat, ipairs

local M = {}

--- A number of rows or calls as people write it, "12,345".
-- @tparam number n
-- @treturn string
function M.grouped(n)
  return (("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

--- A length of time: "0.4 s", "12 s", "1:02:05".
-- @tparam number seconds
-- @treturn string
function M.length(seconds)
  if seconds < 9.95 then return ("%.1f s"):format(max(0.1, seconds)) end
  seconds = floor(seconds + 0.5)
  if seconds < 60 then return ("%d s"):format(seconds) end
  return duration.clock(seconds)
end

local PROOF = { en = "complete (%s)", zh = "已证明完整（%s）" }
local NO_PROOF = { en = "%d of %d windows could not be proved complete: rows may be missing there",
  zh = "%d / %d 个窗口无法证明完整，可能有遗漏" }
local CUT = { en = "the first %s only (--limit)", zh = "仅前 %s 条（--limit）" }
local SKIPPED = { en = "%s (%s values left out: no numbers)", zh = "%s（%s 个值不是数字）" }

-- The parts of the first line.
local function parts_of(app, o)
  local parts = {}
  local function add(en, zh, ...)
    parts[#parts + 1] = app:filled({ en = en, zh = zh }, ...)
  end
  add("%s rows", "%s 条", M.grouped(o.rows))
  if o.shown ~= o.rows then add("%s shown", "显示 %s 条", M.grouped(o.shown)) end
  for _, sum in ipairs(o.totals) do
    local text = ("%s = %s"):format(sum.path, sum.sum)
    if sum.skipped > 0 then text = app:filled(SKIPPED, text, M.grouped(sum.skipped)) end
    parts[#parts + 1] = text
  end
  add("%s calls", "%s 次调用", M.grouped(o.calls))
  parts[#parts + 1] = M.length(o.seconds)
  if o.cut then
    parts[#parts + 1] = app:text(CUT):format(M.grouped(o.shown))
  elseif o.certificate and o.certificate ~= "none" then
    parts[#parts + 1] = app:text(PROOF):format(o.certificate)
  end
  if o.file then parts[#parts + 1] = o.file end
  return parts
end

--- Tells it, unless the command is to be quiet.
-- @tparam table app
-- @tparam table o `rows`, `shown`, `calls`, `retries`, `seconds`, `certificate`, `windows`,
-- `uncertified`, `blind`, `totals` (`wdt.cli.pick`), `file`, `cut` (true: --limit left rows out)
function M.tell(app, o)
  if app.args.log_json then
    blind.say(app, o.blind)
    local event = { event = "end", rows = o.rows, shown = o.shown, calls = o.calls,
      retries = o.retries, seconds = o.seconds, certificate = o.certificate, windows = o.windows,
      uncertified = o.uncertified, file = o.file, limited = o.cut or false, sums = {} }
    for _, sum in ipairs(o.totals) do event.sums[sum.path] = sum.sum end
    return app:event(event)
  end
  app:say(concat(parts_of(app, o), " · "))
  if o.uncertified > 0 then app:say(app:filled(NO_PROOF, o.uncertified, o.windows)) end
  blind.say(app, o.blind)
end

return M
