--- `wdt ledger`: what a synchronisation has read, and how surely, out of its state file. No
-- account, no network.
-- @module wdt.cli.commands.ledger
local later = require "wdt.cli.later"
local beijing = later "wdt.beijing"
local blind = later "wdt.edition.blind"
local blind_text = later "wdt.cli.blind"
local checkpoint = later "wdt.reading.checkpoint"
local columns = later "wdt.format.columns"
local completeness = later "wdt.reading.completeness"
local intervals = later "wdt.reading.intervals"
local options = require "wdt.cli.options"
local json = later "wdt.json"
local sink = later "wdt.sink"
local store = later "wdt.state.file"
local text = later "wdt.state.text"
local ipairs, min, max, concat = ipairs, math.min, math.max, table.concat

-- The last second that has been read, nil where none has.
local function last_read(kept)
  local last = kept.done[#kept.done]
  return last and last[2]
end

-- Returns what of a set lies within the range, with its length.
local function within(set, start, stop)
  local list = {}
  for _, one in ipairs(set) do
    local a, b = max(one[1], start), min(one[2], stop)
    if a <= b then list[#list + 1] = { start = beijing.format(a), stop = beijing.format(b),
      seconds = b - a + 1 } end
  end
  return json.list(list)
end

local function windows_of(ledger, start, stop)
  local list = {}
  for _, line in ipairs(ledger) do
    if line.start <= stop and line.stop >= start then
      list[#list + 1] = { kind = line.kind, start = beijing.format(line.start),
        stop = beijing.format(line.stop),
        rows = line.rows, calls = line.calls, certificate = line.certificate,
        committed = beijing.format(line.at) }
    end
  end
  return json.list(list)
end

-- Everything that is told, as data. Time before the job's `from` was never asked for: no proof of
-- it exists, so it is a gap.
local function examine(kept, start, stop)
  start = start or kept.from
  stop = stop or last_read(kept) or start - 1
  local uncertified, certified = completeness.judge(kept.ledger)
  local forgotten = kept.done -- read, but by windows that the ledger no longer holds
  for _, set in ipairs{ uncertified, certified } do
    for _, one in ipairs(set) do forgotten = intervals.remove(forgotten, one[1], one[2]) end
  end
  return { blind = blind.describe(kept.blind or {}), query = kept.query,
    from = beijing.format(kept.from),
    watermark = beijing.format(checkpoint.watermark(kept)),
    windows_committed = kept.windows, rows = kept.rows, calls = kept.calls,
    uncertified_windows = kept.uncertified,
    start = beijing.format(start), stop = beijing.format(max(start, stop)),
    windows = windows_of(kept.ledger, start, stop),
    gaps = within(intervals.missing(kept.done, start, stop), start, stop),
    uncertified = within(uncertified, start, stop),
    certificate_not_kept = within(forgotten, start, stop) }
end

local TITLES = { { en = "kind", zh = "类别" }, { en = "from", zh = "起" }, { en = "to", zh = "止" },
  { en = "rows", zh = "条数" },
  { en = "calls", zh = "调用" }, { en = "certificate", zh = "可靠程度" },
    { en = "committed", zh = "提交时间" } }

local KINDS = { new = { en = "new", zh = "新读" }, revisit = { en = "revisit", zh = "重读" },
  audit = { en = "audit", zh = "复查" }, repair = { en = "repair", zh = "修复" },
  backfill = { en = "backfill", zh = "补读" } }

local LISTS = {
  { "gaps", en = "gap: not read", zh = "缺口：未读" },
  { "uncertified", en = "read, but not proved complete", zh = "已读，但无法证明完整" },
  { "certificate_not_kept", en = "read; certificate no longer kept", zh = "已读，可靠程度的记录已不保留" },
}

local function table_of(found, app)
  local titles, rows = {}, {}
  for i, title in ipairs(TITLES) do titles[i] = app:text(title) end
  for i, w in ipairs(found.windows) do
    rows[i] = { app:text(KINDS[w.kind]), w.start, w.stop, ("%d"):format(w.rows),
      ("%d"):format(w.calls), w.certificate,
      w.committed }
  end
  local lines = { app:text{ en = "reads ", zh = "读取内容 " } .. found.query:gsub("%s+$", ""),
    app:text{ en = "everything before %s has been read and committed", zh = "%s 之前均已读取并提交" }:format(
      found.watermark),
    app:filled({ en = "%d windows, %d rows, %d calls, %d windows not proved complete",
      zh = "共 %d 个窗口、%d 条、%d 次调用，%d 个窗口无法证明完整" }, found.windows_committed, found.rows,
      found.calls, found.uncertified_windows) }
  for _, line in ipairs(blind_text.lines(app, found.blind)) do lines[#lines + 1] = line end
  if #rows > 0 then
    lines[#lines + 1] = ""
    for _, line in ipairs(columns.format(titles, rows)) do lines[#lines + 1] = line end
  end
  local ranges = {}
  for _, kind in ipairs(LISTS) do
    for _, one in ipairs(found[kind[1]]) do
      ranges[#ranges + 1] = ("%s .. %s  %s"):format(one.start, one.stop, app:text(kind))
    end
  end
  if #ranges > 0 then lines[#lines + 1] = "" end
  return concat(lines, "\n") .. "\n" .. concat(ranges, "\n") .. (#ranges > 0 and "\n" or "")
end

local NOTHING = { en = "%s: there is no such file", zh = "%s：没有这个文件" }
local NO_JOB = { en = "%s keeps no state of %s", zh = "%s 中没有任务 %s 的状态" }

local WHOLE = { en = "%s is read whole, again and again, and has no gaps: wdt sync status tells "
  .. "how old it is, the table _wdt_windows of each reading",
  zh = "%s 为整体读取，没有缺口之说：wdt sync status 可查看其新旧，表 _wdt_windows 记录每次读取" }

local WHICH = { en = "%s keeps the states of several jobs: add the name of one, e.g. stockouts",
  zh = "%s 可保存多个任务的状态：请加上任务名，例如 stockouts" }

-- The state of a job that its database keeps; ends the command where there is none.
local function kept_in(target, name, app)
  local module, wrong = sink.find(target)
  if not module then app:fail("usage", wrong) end
  if module.keyless then app:fail("usage", app:text(NO_JOB):format(target, name)) end
  if module.shows_a_secret and module.shows_a_secret(wrong) then
    app:fail("usage", app:text(options.PASSWORD))
  end
  local opened, err, _, zh = sink.open(target, { name = name, existing = true })
  if not opened then app:fail("state", app:text{ en = err:gsub("^%l+: ", "", 1), zh = zh }) end
  local stored
  stored, err = opened:store():load()
  opened:close()
  app:expect(stored, err, "state")
  return stored or app:fail("state", app:text(NO_JOB):format(target, name))
end

return {
  name = "ledger",
  place = 100,
  account = false,
  summary = { en = "Show what a sync job has read, how surely, and what is missing",
    zh = "查看同步任务读过哪些时段、是否可靠、有无缺口" },
  options = function(parser, t)
    parser:argument("FILE", t{ en = "the state file of a sync job, or the database that keeps its "
      .. "state",
      zh = "同步任务的状态文件，或保存其状态的数据库" }):target "file":argname "FILE"
    parser:argument("NAME", t{ en = "of the job in that database", zh = "该数据库中的任务名" })
      :target "name":argname "NAME":args "?"
    options.add(parser, t, options.RANGE)
    options.add(parser, t, { options.FORMAT })
  end,
  examples = {
    { "wdt ledger sqlite:shipped.db shipped", en = "the last windows, and what is missing",
      zh = "最近的窗口，以及缺口" },
    { 'wdt ledger sqlite:shipped.db shipped --start "2026-11-01" --stop "2026-11-07"',
      en = "was this week read without a gap?",
      zh = "这一周是否已完整读取？" },
  },
  run = function(args, app)
    if not args.name and sink.find(args.file) then
      app:fail("usage", app:text(WHICH):format(args.file))
    end
    local stored = args.name and kept_in(args.file, args.name, app)
      or app:expect(store(args.file):load())
    if not stored then app:fail("state", app:text(NOTHING):format(args.file)) end
    local kept = app:expect(text.open(stored, args.file))
    if kept.whole then app:fail("usage", app:text(WHOLE):format(args.name or args.file)) end
    local found = examine(kept, args.start, args.stop)
    json.list(found.blind)
    app:write(args.format == "json" and json.line(found) or table_of(found, app))
    return #found.gaps > 0 and 1 or 0
  end,
}
