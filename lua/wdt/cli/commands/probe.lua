--- `wdt probe`: the habits of an account's gateway that no document tells, found out by at most 60
-- read-only calls.
-- @module wdt.cli.commands.probe
local later = require "wdt.cli.later"
local asker = later "wdt.cli.probe.asker"
local beijing = later "wdt.beijing"
local columns = later "wdt.format.columns"
local editions = require "wdt.edition"
local options = require "wdt.cli.options"
local query = later "wdt.query"
local questions = later "wdt.cli.probe.questions"
local json = later "wdt.json"
local ipairs, tonumber, min, concat = ipairs, tonumber, math.min, table.concat

-- Calls of one run, at most; and of those, looks at the newest rows.
local MOST_CALLS, MOST_LOOKS = 60, 30

-- A gateway that is busy is not pestered: three tries of a page, and none after a throttle, whose
-- quiet is longer than this.
local RETRY = { attempts = 3, total = 30 }

-- Verdicts as people read them.
local WORDS = {
  time_asc = { en = "by time, rising", zh = "按时间升序" },
  time_desc = { en = "by time, falling", zh = "按时间降序" },
  id_asc = { en = "by id, rising", zh = "按编号升序" }, id_desc =
    { en = "by id, falling", zh = "按编号降序" },
  none = { en = "no order", zh = "无序" }, unknown = { en = "unknown", zh = "未知" },
  honoured = { en = "served", zh = "按要求返回" },
  refused = { en = "refused", zh = "拒绝" }, cut = { en = "cut silently", zh = "悄悄截短" },
  number = { en = "a number", zh = "数字" },
  text = { en = "a text", zh = "文本" }, absent = { en = "absent", zh = "没有" },
  closed = { en = "included", zh = "包含" },
  open = { en = "not included", zh = "不包含" }, ["code points"] = { en = "code points", zh = "字符数" },
  bytes = { en = "bytes", zh = "字节数" }, either = { en = "either", zh = "两者皆可" },
  seen = { en = "seen", zh = "已测得" },
  stable = { en = "the same", zh = "相同" }, unstable = { en = "another order", zh = "顺序不同" },
  ["from 0"] = { en = "is 0", zh = "从 0 开始" }, ["from 1"] = { en = "is 1", zh = "从 1 开始" },
  ["no rows"] = { en = "none", zh = "没有" }, ["some rows"] = { en = "some", zh = "部分" },
  ["all rows"] = { en = "all of the other's", zh = "另一通道的全部" },
  ["page 0"] = { en = "page 0 only", zh = "仅第 0 页" },
  ["every page"] = { en = "every page", zh = "每一页" },
}

local function word(verdict, app)
  local first, second = verdict:match "^(.+) or (.+)$"
  if first then return word(first, app) .. app:text{ en = " or ", zh = "或" }
    .. word(second, app) end
  return app:text(WORDS[verdict])
end

local SERVED = { en = "pages of up to %d rows were served", zh = "最多一页返回了 %d 条" }

-- Holds what is told, in this order: its name, and its evidence as words.
local FINDINGS = {
  { "order", en = "order of rows", zh = "排序", says = function(e, app)
    return app:filled({
      en = "%d rows: times rise %d and fall %d times, ids rise %d and fall %d times; asked again: "
        .. "%s",
      zh = "%d 条：时间升 %d 次、降 %d 次，编号升 %d 次、降 %d 次；再问一遍：%s" }, e.rows,
      e.time_rises, e.time_falls, e.id_rises, e.id_falls, word(e.repeated, app))
  end },
  { "page_cap", en = "long pages", zh = "分页上限", says = function(e, app)
    local text = app:filled(SERVED, e.honours)
    if not e.above then return text end
    return text .. app:filled({ en = ", not of %d", zh = "，%d 条则不行" }, e.above)
      .. (e.text and ": " .. e.text or "")
  end },
  { "total", en = "total", zh = "总数", says = function(e, app)
    return app:filled({ en = "on: %s", zh = "出现于：%s" }, word(e.pages, app))
  end },
  { "window_end", en = "end of a window", zh = "窗口终点", says = function(e, app)
    return app:filled({ en = "rows of the last second shown %d times, hidden %d times",
      zh = "最后一秒的单据出现 %d 次，未出现 %d 次" }, e.shown, e.hidden)
  end },
  { "window_begin", en = "beginning of a window", zh = "窗口起点", says = function(e, app)
    return app:filled({ en = "rows of the first second shown %d times, hidden %d times",
      zh = "第一秒的单据出现 %d 次，未出现 %d 次" }, e.shown, e.hidden)
  end },
  { "sign_lengths", en = "lengths in the sign", zh = "签名中的长度", says = function(e, app)
    local function says(accepted)
      return accepted and app:text{ en = "accepted", zh = "接受" }
        or app:text{ en = "not accepted", zh = "不接受" }
    end
    local text = app:filled({ en = "by code points: %s; by bytes: %s", zh = "按字符：%s；按字节：%s" },
      says(e.code_points), says(e.bytes))
    local wanted = e.code_points and "characters" or e.bytes and "bytes"
    if e.code_points == e.bytes or wanted == e.setting then return text end
    return text .. app:filled({ en = "; write into the profile: sign_lengths = %s",
      zh = "；请在配置中写 sign_lengths = %s" }, wanted)
  end },
  { "route_first_page", en = "other route: first page", zh = "另一通道：首页页码",
    says = function(e, app)
      local text = app:filled({ en = "documents tell %d", zh = "文档所述为 %d" }, e.expected)
      if not e.refused then return text end
      return text .. app:filled({ en = "; page 0: %s", zh = "；第 0 页：%s" }, e.refused)
    end },
  { "route_page_cap", en = "other route: long pages", zh = "另一通道：分页上限",
    says = function(e, app)
      return app:filled(SERVED, e.honours)
    end },
  { "route_shared", en = "rows that both routes show", zh = "两条通道都返回的单据",
    says = function(e, app)
      return app:filled({ en = "%d of one window by the usual route, %d by the other, %d by both",
        zh = "同一窗口内：常用通道 %d 条，另一通道 %d 条，两者共有 %d 条" }, e.own, e.other, e.shared)
    end },
  { "commit_lag", en = "rows become visible", zh = "入库可见延迟", says = function(e, app)
    local text = app:filled({ en = "in %d looks, new rows: %d", zh = "查看 %d 次，见到新单据 %d 条" },
      e.looks, e.rows)
    if e.rows == 0 then return text end
    return text .. app:filled({ en = "; the slowest after %.0f to %.0f s",
      zh = "；最慢的在 %.0f 至 %.0f 秒后可见" }, e.at_least, e.at_most)
  end },
}

-- Asks a further route, where there is one, for its first page, its limits and its rows.
local function ask_other(note, one, other, range)
  if not other then return end
  local its, err = questions.range(other, { start = range.start, stop = range.stop })
  if not its then return note("route_first_page", nil, err or "no rows by this route") end
  note("route_first_page", questions.first_page(other, its))
  note("route_page_cap", questions.page_cap(other, its))
  note("route_shared", questions.shared(one, other, range))
end

local function ask_all(app, watch, one, other, range, found, host)
  local function note(name, answer, err)
    found[name] = answer or { verdict = "unknown", failed = err, evidence = {} }
  end
  local steps = {
    function() note("order", questions.order(one, range)) end,
    function() note("page_cap", questions.page_cap(one, range)) end,
    function() note("total", questions.total(one, range)) end,
    function()
      local ending, beginning = questions.bounds(one, range)
      note("window_end", ending, beginning)
      note("window_begin", ending and beginning, beginning)
    end,
    function()
      if one.client.dialect.SIGN_COUNTS then note("sign_lengths", questions.lengths(one, range)) end
    end,
    function() ask_other(note, one, other, range) end,
    function()
      if watch == 0 then return end
      note("commit_lag", questions.lag(one, { looks = min(MOST_LOOKS, MOST_CALLS - host.sent),
        seconds = watch,
        stopping = function() return app:interrupted() end }))
    end,
  }
  for _, step in ipairs(steps) do
    if app:interrupted() then return end
    step()
    app:detail(app:filled({ en = "%d calls so far", zh = "已用 %d 次调用" }, host.sent))
  end
end

local function table_of(found, app)
  local rows = {}
  for _, one in ipairs(FINDINGS) do
    local answer = found[one[1]]
    if answer then
      rows[#rows + 1] = { app:text(one), word(answer.verdict, app), answer.failed
        or one.says(answer.evidence, app) }
    end
  end
  local titles = { app:text{ en = "question", zh = "问题" }, app:text{ en = "answer", zh = "结论" },
    app:text{ en = "evidence", zh = "依据" } }
  local lines = columns.format(titles, rows, 200)
  lines[#lines + 1] = ""
  lines[#lines + 1] = app:filled({ en = "%s, rows of %s .. %s; %d calls",
    zh = "%s，%s .. %s 的单据；共 %d 次调用" }, found.method, found.start, found.stop, found.calls)
  return concat(lines, "\n") .. "\n"
end

-- The query whose rows are looked at, and the range if one was given.
local function spec_of(app, args, edition)
  local given = args.start and args.stop and { start = args.start, stop = args.stop }
  if args.start and not args.stop or args.stop and not args.start then
    app:fail("usage", app:text{ en = "give --start and --stop together",
      zh = "--start 与 --stop 须同时给出" })
  end
  local q = { start = 0, stop = 0, status = args.status }
  local spec, problem = query.parse(edition, args.method or editions.of(edition).STOCKOUTS, q)
  if not spec then app:fail("usage", problem) end
  if given and given.stop - given.start > spec.entry.span then
    app:fail("usage",
      app:filled({ en = "--start and --stop are further apart than this method allows: %d s",
      zh = "--start 与 --stop 相差超过此方法的上限 %d 秒" }, spec.entry.span))
  end
  return spec, given
end

-- Asks by the first further route that the settings allow; nil where there is none.
local function other_of(args, client)
  for i = 2, #editions.ROUTES do
    local name = editions.ROUTES[i]
    if client.accounts[name] then
      local spec = query.parse(client.edition, args.method or client.dialect.STOCKOUTS,
        { start = 0, stop = 0, status = args.status, route = name })
      return spec and asker.new(client, spec)
    end
  end
end

local function seconds(text)
  local number = tonumber(text)
  if number and number >= 0 and number <= 3600 then return number end
  return nil, ("'%s' is no number of seconds from 0 to 3600"):format(text)
end

local OPTIONS = {
  { "--method", "METHOD", en = "a query method; default: the sales stockouts",
    zh = "查询方法，默认为销售出库单" },
  { "--status", "N", convert = options.positive, en = "only rows of this status", zh = "只看此状态的单据" },
  { "--watch", "SECONDS", convert = seconds, en = "how long to watch new rows appear (60)",
    zh = "观察新单据出现的秒数（60）" },
  { "--pause", "SECONDS", convert = seconds, en = "from one call to the next, at least (1)",
    zh = "两次调用之间至少间隔的秒数（1）" },
}
local WATCH, PAUSE = 60, 1

return {
  name = "probe",
  place = 90,
  summary = { en = "Find out what the gateway does that no document tells (at most 60 read-only "
    .. "calls)",
    zh = "探明文档没有说明的网关行为（最多 60 次只读调用）" },
  options = function(parser, t)
    options.add(parser, t, OPTIONS)
    options.add(parser, t, options.RANGE)
    options.add(parser, t, { options.FORMAT })
  end,
  examples = {
    { "wdt probe", en = "the sales stockouts of the last 30 days", zh = "最近 30 天的销售出库单" },
    { "wdt probe --watch 0 --format json", en = "for a program, without watching new rows",
      zh = "供程序读取，不观察新单据" },
  },
  run = function(args, app)
    local host = asker.limited(app:host(), MOST_CALLS, args.pause or PAUSE)
    local client = app:client(args, { host = host, retry = RETRY })
    app:catch()
    local spec, given = spec_of(app, args, client.edition)
    local one = asker.new(client, spec)
    local range, err, code = questions.range(one, given)
    app:expect(range, err, code)
    if not range then
      app:fail("found",
        app:text{ en = "there are no rows to look at; give --start and --stop, or another --method",
        zh = "没有可供观察的单据；请用 --start、--stop 指定时段，或用 --method 换一个方法" })
    end
    local found = { edition = client.edition, method = one.method,
      start = beijing.format(range.start),
      stop = beijing.format(range.stop), rows = range.total }
    ask_all(app, args.watch or WATCH, one, other_of(args, client), range, found, host)
    found.calls = host.sent
    app:write(args.format == "json" and json.line(found) or table_of(found, app))
    app:flush()
    if app:interrupted() then app:fail(app.signal_code(), "") end
  end,
}
