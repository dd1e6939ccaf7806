--- `wdt sync`: keeps a copy of an account's rows in a database or in files, whatever is killed
-- meanwhile.
-- @module wdt.cli.commands.sync
local later = require "wdt.cli.later"
local beijing = later "wdt.beijing"
local blind = later "wdt.cli.blind"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"
local shell = later "wdt.shell"
local sink = later "wdt.sink"
local state = later "wdt.state"
local streams = later "wdt.cli.streams"
local watching = later "wdt.cli.watch"
local loop_of = later "wdt.host.loop"
local alarms = later "wdt.alarms.settings"
local configuration = later "wdt.fleet.configuration"
local error, ipairs, pairs, pcall, setmetatable, max, min = error, ipairs, pairs, pcall,
  setmetatable, math.max, math.min
local concat = table.concat

local WHAT = { stockouts = "stockouts", cancelled = "cancelled_stockouts" }

-- Rows between two looks at the progress line and at signals.
local OFTEN = 64

-- "sqlite:FILE" -> { module, address, target }
local function target(text)
  local module, address = sink.find(text)
  if not module and (beijing.parse(text) or beijing.parse(text .. " 00:00:00")) then
    return nil, ("'%s' is a time: the end of a range is --stop"):format(text)
  end
  if not module then return nil, address end
  return { module, address, text }
end

local Copy = {}
Copy.__index = Copy

function Copy:show(rows)
  local p = self.job:progress()
  local reached = p.behind and max(1, p.watermark - self.from + p.behind)
  self.app.progress:update{ label = self.args.name, rows = p.rows - self.rows_before + rows,
    calls = p.calls - self.calls_before,
    done = reached and min(1, (p.watermark - self.from) / reached) or nil }
end

function Copy:how_to_resume()
  local words = { "wdt" }
  for _, word in ipairs(self.app.argv) do words[#words + 1] = shell.quote(word) end
  local p = self.job:progress()
  return self.app:text{ en = "everything before %s is safe; to go on: ", zh = "%s 之前的数据均已保存；继续：" }
    :format(beijing.format(p.watermark)) .. concat(words, " ")
end

-- Ends the command with what the library returned.
local function failed(app, args, more, err, code, zh)
  err = err:gsub("^%l+: ", "", 1)
  if code == "output" then
    err = args.to[3]:match "^%l+" .. ": " .. app:text{ en = err, zh = zh or err }
  end
  app:fail(code, err, more)
end

function Copy:run()
  local app = self.app
  local done, err, code, zh = self.job:run(function(rows)
    if rows % OFTEN ~= 0 then return end
    self:show(rows)
    app:interrupted() -- has its word said
  end)
  local p = self.job:progress()
  if app:interrupted() then app:fail(app.signal_code(), "", self:how_to_resume()) end
  if not done then failed(app, self.args, self:how_to_resume(), err, code, zh) end
  app:say(app:filled({ en = "%d rows in %d windows; everything before %s has been copied",
    zh = "%d 条，%d 个窗口；%s 之前的数据均已同步" }, p.rows - self.rows_before,
    p.windows - self.windows_before, beijing.format(p.watermark)))
  blind.say(app, p.blind)
end

-- Said of a gateway or a database that is away, while a job follows.
local AWAY = { en = "%s; trying again in %.0f s", zh = "%s；%.0f 秒后重试" }

local function method_of(args, client)
  local what = args.what or "stockouts"
  if WHAT[what] == "stockouts" then return client.dialect.STOCKOUTS end
  return WHAT[what] and query_of.cancelled_method(client, args) or what
end

-- The job as the library takes it.
local function job_of(args, into)
  local query = query_of.filters(args)
  query.lanes, query.fields, query.route = nil, nil, nil
  local what = args.what or "stockouts"
  return { name = args.name, what = WHAT[what], method = not WHAT[what] and what or nil,
    route = args.route, query = query, into = into, target = args.to[3], from = args.from,
    stop = args.stop,
    state = args.state and state.file(args.state), adopt = args.adopt, lag = args.lag,
    follow = args.follow, signals = true, lanes = args.lanes, revisit = args.revisit,
    audit = args.audit }
end

local CSV_ONLY =
  { en = "only csv and xlsx have columns: --fields, --explode and --header go with --to csv:FOLDER "
    .. "or xlsx:FOLDER",
  zh = "只有 csv 与 xlsx 才有列：--fields、--explode、--header 须与 --to csv:文件夹 或 xlsx:文件夹 同用" }
local KEYLESS =
  { en = "a file has no keys, so nothing can be read twice: --revisit, --audit and --lanes go "
    .. "with a database",
  zh = "文件没有主键，数据不能重读：--revisit、--audit、--lanes 只能用于数据库" }
local NO_STATE = { en = "files can't hold the state of their copy: give --state FILE",
  zh = "文件目的地无法保存进度：请指定 --state FILE" }

-- The target, or its sink where that takes options; ends the command where what it is asked for
-- makes no sense, or where it can't be reached.
local function sink_of(args, app)
  local module, takes = args.to[1], args.to[1].takes or {}
  if module.shows_a_secret and module.shows_a_secret(args.to[2]) then
    app:fail("usage", app:text(options.PASSWORD))
  end
  if module.keyless and (args.revisit or args.audit or (args.lanes or 1) > 1) then
    app:fail("usage", app:text(KEYLESS))
  end
  if module.keyless and not args.state then app:fail("usage", app:text(NO_STATE)) end
  local o = { name = args.name }
  for _, name in ipairs{ "fields", "explode", "header" } do
    if args[name] and not takes[name] then app:fail("usage", app:text(CSV_ONLY)) end
    o[name] = args[name]
  end
  if not takes.fields then return args.to[3] end
  local opened, err, code, zh = sink.open(args.to[3], o)
  if not opened then failed(app, args, nil, err, code, zh) end
  return opened
end

local M = { name = "sync", place = 70,
  summary = { en = "Keep a copy in a database or in files, and go on where it ended",
    zh = "在数据库或文件中保持一份副本，可随时中断、继续" },
  examples = {
    { "wdt sync shipped --from 2026-11-01 --to sqlite:shipped.db",
      en = "what was shipped since, into a table; run it again and it goes on",
      zh = "把此后发货的出库单存入表中；再次运行即继续" },
    { "wdt sync cancelled --what cancelled --from 2026-11-01 --state cancelled.state --to "
      .. "ndjson:cancelled --follow",
      en = "for ever: a file a day, polled every minute or so", zh = "持续运行：每天一个文件，约每分钟轮询一次" },
    { "wdt sync --config streams.ini --follow",
      en = "all streams of all accounts of a file, each kept up to date",
      zh = "运行文件中所有账号的所有任务，保持同步" },
    { "wdt sync status --config streams.ini", en = "how far is each of them?", zh = "各任务进度如何？" },
  } }

local WHERE = {
  { "--what", "WHAT", en = "stockouts (default), cancelled, or a query method",
    zh = "stockouts 出库单（默认）、cancelled 已取消，或某个查询方法" },
  { "--from", "TIME", convert = options.moment "00:00:00",
    en = "where to begin, Beijing time; not needed once there is a state",
    zh = "从何时开始（北京时间）；已有进度文件时可省略" },
  { "--stop", "TIME", convert = options.moment "23:59:59",
    en = "end once everything up to then has been copied, Beijing time, included",
    zh = "同步到此时（含，北京时间）为止，然后结束" },
  { "--state", "FILE", en = "the file that says what has been copied; a database keeps that "
    .. "itself, in one transaction with the rows",
    zh = "进度文件；数据库目的地可省略，进度与数据在同一事务中保存于该库" },
  { "--adopt", "ADDRESS", en = "go on with a copy that was begun through the gateway of this "
    .. "address, where both lead to the same business",
    zh = "沿用经此地址的网关建立的副本（须确为同一套业务数据）" },
  { "--to", "TARGET", convert = target,
    en = "sqlite:FILE, mysql://USER@HOST/DATABASE, postgres:ADDRESS (a table of the rows, one of "
      .. "each list within; ?layout=documents: one of identity, _modified, _document); "
      .. "ndjson:FOLDER, csv:FOLDER, xlsx:FOLDER (a file a day)",
    zh = "目的地：sqlite:文件、mysql://用户@主机/库、postgres:地址（主表与各列表的明细表；加 "
      .. "?layout=documents 则为 主键、_modified、_document 三列），或 "
      .. "ndjson:文件夹、csv:文件夹、xlsx:文件夹（每天一个文件）" },
  { "--follow", en = "go on for ever: poll", zh = "持续轮询" },
  { "--lag", "LENGTH", convert = options.duration,
    en = "how long a row may take to become visible (3m)",
    zh = "单据入库可见的最长延迟（3m）" },
  { "--revisit", "LIST", convert = options.list,
    en = "read every window again at these ages: 1d,7d,30d",
    zh = "在这些时长之后重读：1d,7d,30d" },
  { "--audit", en = "look again, after 1 h, 6 h and 1 d, at hours that may have grown",
    zh = "1 小时、6 小时、1 天后复查各小时是否有迟到的单据" },
}

local CONFIGURED = {
  { "--config", "FILE", en = "run the streams of this file, each with a section [ACCOUNT/STREAM]; "
    .. "without --to it is the file of profiles",
    zh = "运行该文件中的任务，每个任务一节 [账号/任务]；不给 --to 时默认为账号配置文件" },
  options.FORMAT, options.METRICS,
}

local COLUMNS = {
  { "--fields", "LIST", convert = options.list, en = "csv, xlsx: only these columns",
    zh = "csv、xlsx：只取这些列" },
  query_of.ALLOW_UNKNOWN,
  { "--explode", "LIST", en = "csv, xlsx: a line for each member of this list (details_list)",
    zh = "csv、xlsx：列表（如 details_list）每项一行" },
  { "--header", "KIND", choices = { "name", "label" },
    en = "csv, xlsx: field names (default) or the vendor's Chinese labels",
    zh = "csv、xlsx：表头用字段名（默认）或中文名称" },
}

function M.options(parser, t)
  parser:argument("NAME", t{ en = "with --to, the job's name: the table, or what the files' names "
    .. "begin with; without it, accounts of the configuration file (default: all); or: status "
    .. "[ACCOUNT...], rewind ACCOUNT STREAM --from TIME, backfill ACCOUNT STREAM --from TIME "
    .. "--stop TIME",
    zh = "有 --to 时为任务名：数据表名，或文件名的开头；否则为配置文件中的账号（默认全部）；或 status [账号…]、"
      .. "rewind 账号 任务 --from 时间、backfill 账号 任务 --from 时间 --stop 时间" })
    :target "words":argname "NAME":args "*"
  for _, list in ipairs{ WHERE, CONFIGURED, query_of.FILTERS, query_of.HOW, COLUMNS } do
    options.add(parser, t, list) end
end

local ONE_NAME = { en = "with --to, one name: wdt sync NAME --to TARGET",
  zh = "有 --to 时须给出一个任务名：wdt sync 任务名 --to 目的地" }
local IN_FILE = { en = "without --to the streams are those of the configuration file, where "
  .. "--%s is a setting of a stream", zh = "不给 --to 时运行配置文件中的任务，--%s 应写在任务的设置中" }

-- Options that a stream's section says.
local OF_A_STREAM = { "what", "state", "adopt", "lag", "revisit", "audit", "status", "shop",
  "warehouse", "history", "with_history", "route", "read", "strict", "lanes",
  "page_size", "fields", "explode", "header" }

-- Runs, tells or changes the streams of the configuration file.
local function run_streams(args, app)
  local verb, words = args.words[1], args.words
  for _, name in ipairs(OF_A_STREAM) do
    if args[name] then
      app:fail("usage", app:text(IN_FILE):format((name:gsub("_", "-"))))
    end
  end
  if verb ~= "status" and verb ~= "rewind" and verb ~= "backfill" then
    for _, name in ipairs{ "from", "stop" } do
      if args[name] then app:fail("usage", app:text(IN_FILE):format(name)) end
    end
    return streams.run(args, app, words)
  end
  local rest = {}
  for i = 2, #words do rest[i - 1] = words[i] end
  if verb == "status" then return streams.status(args, app, rest) end
  return streams.again(args, app, verb, rest)
end

-- Runs the job on a loop, with a watch over it.
local function run_watched(self, loop, watch)
  local app, args, result = self.app, self.args, nil
  local allowed = (args.lag or configuration.LAG) + configuration.SLACK
  local states = { states = function()
    local p = self.job:progress()
    return { { account = app.account_name, job = args.name, target = allowed,
      watermark = p.watermark, behind = p.behind, running = result == nil } }
  end }
  loop:spawn(args.name, function() result = { pcall(self.run, self) } end)
  watch:start(loop, { { name = app.account_name, client = self.client, runner = states } },
    function() return result ~= nil end)
  for name, err in pairs(loop:run()) do app:fail("internal", name .. ": " .. err) end
  if not result[1] then error(result[2], 0) end
end

-- The client of the one job; with --metrics on a loop, and with a watch over it.
local function client_of(args, app)
  local watch = watching.open(args, app, alarms.NONE)
  if not watch then return app:client(args) end
  local loop = loop_of.new(function()
    return app:interrupted() and args.follow and app.sleeps_for == "again"
      and function(task) return task == args.name end
  end)
  return app:client(args, { host = loop, log = function(event)
    app:hear(event)
    watch:event(event)
  end }), loop, watch
end

-- Runs the one job of the command line.
local function run_job(args, app)
  app.job_name = args.name
  local client, loop, watch = client_of(args, app)
  query_of.check_columns(args, app, client, method_of(args, client))
  local into = sink_of(args, app)
  local job, err, code, zh = app:attempt("usage", client.sync, client, job_of(args, into))
  if not job then failed(app, args, nil, err, code, zh) end
  app:finally(function() job:close() end)
  local p = job:progress()
  local self = setmetatable({ app = app, args = args, job = job, client = client,
    rows_before = p.rows, windows_before = p.windows,
    calls_before = p.calls, from = p.watermark }, Copy)
  app.on_outage = function(event)
    app:say(app:text(AWAY):format(app:told_of(event.error), event.retry_in))
  end
  app:catch(function()
    app:say(app:text{ en = "finishing the window that is being read; Ctrl-C again ends at once",
      zh = "正在读完当前窗口；再按一次 Ctrl-C 立即结束" })
  end, function() return args.follow and app.sleeps_for == "again" end)
  if watch then return run_watched(self, loop, watch) end
  self:run()
end

function M.run(args, app)
  if not args.to then return run_streams(args, app) end
  if #args.words ~= 1 or args.config then app:fail("usage", app:text(ONE_NAME)) end
  args.name = args.words[1]
  return run_job(args, app)
end

return M
