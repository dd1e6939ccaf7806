--- The streams of a configuration file, as `wdt sync` runs and tells them.
-- @module wdt.cli.streams
local later = require "wdt.cli.later"
local map = require "wdt.map"
local watching = later "wdt.cli.watch"
local alarms = later "wdt.alarms.settings"
local account = later "wdt.cli.account"
local beijing = later "wdt.beijing"
local columns = later "wdt.format.columns"
local configuration = later "wdt.fleet.configuration"
local json = later "wdt.json"
local lead = later "wdt.fleet.lead"
local leaders = later "wdt.cli.leaders"
local loop_of = later "wdt.host.loop"
local redis = later "wdt.redis"
local runner = later "wdt.fleet.runner"
local status_of = later "wdt.fleet.status"
local ipairs, pairs, time = ipairs, pairs, os.time
local concat, sort = table.concat, table.sort

local M = {}

local NO_FILE = { en = "%s: there is no such file", zh = "%s：没有这个文件" }

-- Returns what the file says: `path`, `lines`, `accounts`, `alarms`; or nil and what is wrong.
local function read(args, app, names)
  local path = args.config or account.path()
  local sections, err, lines = account.sections(path)
  if not sections then return nil, err or app:text(NO_FILE):format(path or "config.ini") end
  local file = { path = path, sections = sections, lines = lines }
  file.accounts, err = configuration.read(file, names[1] and names or nil)
  if not file.accounts then return nil, err end
  file.shared, err = lead.settings(configuration.shared(sections))
  if file.shared == nil then return nil, path .. ": " .. err end
  file.alarms, err = alarms.read(file)
  return file.alarms and file, err
end

-- The accounts that are meant, with their streams; ends the command where the file won't do.
local function file_of(args, app, names)
  local file, err = read(args, app, names)
  return file or app:fail("config", err)
end

--- Returns what the file says; ends the command where that won't do.
-- @tparam table args `config`
-- @tparam App app
-- @treturn table `path`, `lines`, `accounts`, `alarms`, `shared` (`wdt.fleet.lead`)
function M.file(args, app)
  return file_of(args, app, {})
end

-- A client of an account of the file. Sections that name the same account share its budget; so do
-- hosts that share a Redis.
local function client_of(args, app, one, file, host, log)
  local settings = map.copy(one.settings)
  settings.host, settings.log = host, log
  settings.budget = settings.budget or file.shared and redis.parse(file.shared.store)
    and file.shared.store or nil
  app.place_of = function(setting)
    local line = file.lines[one.name .. " " .. setting]
    return line and ("%s line %d"):format(file.path, line)
  end
  return app:client_of(app:changed(settings, args))
end

-- ---- running ----

local SAID = {
  stream_failed = { en = "%s/%s ended: %s", zh = "%s/%s 已停止：%s" },
  outage = { en = "%s/%s: %s; trying again in %.0f s", zh = "%s/%s：%s；%.0f 秒后重试" },
  paused = { en = "%s/%s is paused", zh = "%s/%s 已暂停" },
  resumed = { en = "%s/%s goes on", zh = "%s/%s 继续运行" },
  stream_done = { en = "%s/%s: %d rows in %d windows; everything before %s has been copied",
    zh = "%s/%s：%d 条，%d 个窗口；%s 之前的数据均已同步" },
}

-- Told what a runner tells: a line for people, or an event, whose `stream` is its job.
local function teller(app, watch)
  return function(event, what)
    local told = { event = event, account = what.account, job = what.stream, error = what.error,
      code = what.code, retry_in = what.retry_in }
    if watch then watch:event(told) end
    if app.args.log_json then return app:event(map.add(told, what.progress)) end
    local p, said = what.progress, SAID[event]
    if p then
      app:say(app:filled(said, what.account, what.stream, p.rows, p.windows,
        beijing.format(p.watermark)))
    elseif not what.error then
      app:say(app:filled(said, what.account, what.stream))
    else
      local err = app:told_of(what.error):gsub("^%l+: ", "", 1)
      app:say(app:filled(said, what.account, what.stream, err, what.retry_in))
    end
  end
end

-- Ends the command with what failed.
local function tell_failures(runners, app)
  local failed, code = {}, nil
  for _, one in ipairs(runners) do
    for name, failure in pairs(one.runner.failures) do
      failed[#failed + 1] = one.name .. "/" .. name
      code = code or failure[2]
    end
  end
  sort(failed)
  if failed[1] then
    app:fail(code, app:text{ en = "streams that did not end well: %s", zh = "未正常结束的任务：%s" }
      :format(concat(failed, ", ")))
  end
end

-- Says for which events an account sleeps before its next call.
local SLEEPS = { wait = "waiting", failure = "again" }

-- One runner for each account, all on one loop.
local function runners_of(args, app, file, loop, watch, orders)
  local runners = {}
  for i, one in ipairs(file.accounts) do
    local entry = { name = one.name }
    entry.client = client_of(args, app, one, file, loop, function(event)
      event.account, event.job = one.name, event.name or entry.runner and entry.runner:current()
      entry.sleeps_for = SLEEPS[event.event] or entry.sleeps_for
      app:hear(event)
      if watch then watch:event(event) end
    end)
    entry.runner = runner.new{ client = entry.client, name = one.name, streams = one.streams,
      follow = args.follow, emit = teller(app, watch), watch = function() app:interrupted() end,
      paused = function(job) return orders:is_paused(one.name, job) end }
    runners[i] = entry
  end
  return runners
end

local LEADS = {
  leads = { en = "%s: this host runs it", zh = "%s：由本机运行" },
  lost = { en = "%s: another host runs it, or the store can't be reached",
    zh = "%s：已由其他主机运行，或无法连接共享存储" },
  left = { en = "%s: this host leaves it to others", zh = "%s：本机已交出" },
  waits = { en = "%s waits: %s", zh = "%s 等待中：%s" },
  paused = { en = "%s is paused", zh = "%s 已暂停" },
  resumed = { en = "%s goes on", zh = "%s 继续运行" },
  drained = { en = "%s is drained: it leaves its accounts to others", zh = "%s 正在退出：账号交由其他主机" },
}

-- Told what becomes of accounts: a line for people, or an event.
local function leads_teller(app, name)
  return function(event, of, err)
    local told = { event = event, account = of, error = err }
    if app.args.log_json then return app:event(told) end
    app:say(app:text(LEADS[event]):format(of or name, err and err:gsub("^%l+: ", "", 1) or ""))
  end
end

local RUNS = { en = "%d of %d accounts run here, %d are paused",
  zh = "本机运行 %d / %d 个账号，%d 个已暂停" }

-- Returns what tells systemd of a part of a fleet.
local function told_of(part, app, stopping)
  return { finished = function() return part:finished() end,
    state = function()
      if part.drained or app:interrupted() then return "STOPPING=1" end
      if stopping() then return "RELOADING=1" end
      return part:finished() and "STOPPING=1" or "READY=1"
    end,
    status = function()
      local led, paused = 0, 0
      for _, one in ipairs(part.accounts) do
        led, paused = led + (one.leads and 1 or 0), paused + (one.paused and 1 or 0)
      end
      return app:text(RUNS):format(led, #part.accounts, paused)
    end }
end

-- Runs the accounts side by side, what one waits for being no wait of another's, until all have
-- ended, `stopping` says so, or this host is drained. The runners; and whether it is drained.
local function run_all(args, app, file, stopping, watch)
  local runners = {}
  local function leaves()
    return stopping() and args.follow and function(name)
      return runners[name] ~= nil and runners[name].sleeps_for == "again"
    end
  end
  local loop, host = loop_of.new(leaves), args.host or redis.host()
  local orders = lead.orders(file.shared, args.orders, loop, args.began)
  local list = runners_of(args, app, file, loop, watch, orders)
  local part = lead.new{ host = loop, name = host, shared = file.shared, accounts = list,
    orders = orders, stopping = stopping, tell = leads_teller(app, host) }
  for _, one in ipairs(list) do
    runners[one.name] = one
    loop:spawn(one.name, part.lead, part, one)
  end
  loop:spawn("[fleet]", part.run, part)
  if args.notifier then
    loop:spawn("[systemd]", args.notifier.run, args.notifier, loop, told_of(part, app, stopping))
  end
  if watch then watch:start(loop, list, function() return part:finished() end) end
  local raised = loop:run()
  for _, one in ipairs(list) do one.runner:close() end
  loop:close()
  for name, err in pairs(raised) do app:fail("internal", name .. ": " .. err) end
  args.began = orders.began
  return list, part.drained
end

local FINISHING = { en = "finishing the window that is being read; Ctrl-C again ends at once",
  zh = "正在读完当前窗口；再按一次 Ctrl-C 立即结束" }
local REREAD = { en = "%s was read again: %d accounts", zh = "已重新读取 %s：%d 个账号" }
local KEPT = { en = "%s; going on as before", zh = "%s；按原配置继续" }

--- Runs the streams of accounts until they have ended; with `args.follow`, for ever.
-- @tparam table args `config`, `follow`, `metrics`; `rereads`: SIGHUP has the file read again;
-- `notifier`: tells systemd (`wdt.cli.notify`);
-- `orders`: the file of what people order, where nothing is shared; nil: nothing can be; `host`:
-- this one's name
-- @tparam App app
-- @tparam {string...} names of accounts; none: all
function M.run(args, app, names)
  local file, again = file_of(args, app, names), false
  app:catch(function() app:say(app:text(FINISHING)) end, nil,
    args.rereads and function() again = true end or nil)
  local function stopping() return app:interrupted() or again end
  local watch = watching.open(args, app, file.alarms)
  local runners, drained
  repeat
    again = false
    runners, drained = run_all(args, app, file, stopping, watch)
    if again and not drained then
      local new, err = read(args, app, names)
      file = new or file
      if watch then
        watch:configure(file.alarms)
      else
        watch = watching.open(args, app, file.alarms)
      end
      app:say(new and app:filled(REREAD, file.path, #file.accounts)
        or app:text(KEPT):format(err))
    end
  until not again or drained
  if app:interrupted() then app:fail(app.signal_code(), "") end
  if drained then return end
  tell_failures(runners, app)
end

-- ---- status ----

local STATES = { ok = { en = "up to date", zh = "正常" }, late = { en = "late", zh = "滞后" },
  new = { en = "not begun", zh = "未开始" }, failed = { en = "unreadable", zh = "无法读取" } }

local TITLES = { { en = "account", zh = "账号" }, { en = "stream", zh = "任务" },
  { en = "state", zh = "状态" }, { en = "copied until", zh = "已同步至" },
  { en = "behind, s", zh = "滞后（秒）" }, { en = "rows", zh = "条数" },
  { en = "not proved", zh = "无法证明" }, { en = "to fill, s", zh = "待补（秒）" }, { en = "", zh = "" } }

local PAUSED = { en = "paused", zh = "已暂停" }

local function write_table(list, app)
  local titles, rows = {}, {}
  for i, title in ipairs(TITLES) do titles[i] = app:text(title) end
  for i, one in ipairs(list) do
    local function number(value) return value and ("%.0f"):format(value) or "" end
    rows[i] = { one.account, one.stream, app:text(STATES[one.state]), one.watermark or "",
      number(one.behind), number(one.rows), number(one.uncertified), number(one.to_fill),
      one.error or one.paused and app:text(PAUSED) or "" }
  end
  for _, line in ipairs(columns.format(titles, rows, 120)) do
    app:write((line:gsub("%s+$", "")), "\n")
  end
end

--- Tells how far each stream is; of a fleet also who runs it.
-- @tparam table args `config`, `format`; of a fleet `lock`, the file of one host
-- @tparam App app
-- @tparam {string...} names of accounts; none: all
-- @treturn integer 0 where all are within their targets, else 1
function M.status(args, app, names)
  local list, now, well, file = {}, time(), true, file_of(args, app, names)
  local led, orders
  if args.lock then led, orders = leaders.of(file, args.lock, now) end
  for i, one in ipairs(file.accounts) do
    for _, stream in ipairs(one.streams) do
      local status = status_of.of(one, stream, now)
      well = well and status.state == "ok"
      if led then
        status.host, status.since, status.lease_until = led[i].host, led[i].since,
          led[i].lease_until
        status.paused = led[i].paused or orders:is_paused(one.name, stream.name)
      end
      list[#list + 1] = status
    end
  end
  if args.format == "json" then
    app:write(json.line(json.list(list)))
  else
    write_table(list, app)
    if led then leaders.write(led, app) end
  end
  return well and 0 or 1
end

-- ---- reading again ----

local WHICH = { en = "give an account and a stream: wdt sync %s ACCOUNT STREAM --from TIME%s",
  zh = "请给出账号与任务：wdt sync %s 账号 任务 --from 时间%s" }
local NO_STREAM = { en = "account %s has no stream %s; it has: %s", zh = "账号 %s 没有任务 %s；有：%s" }
local NO_TIME = { en = "%s/%s is read whole: it has no times to go back to",
  zh = "%s/%s 为整体读取，没有可回退的时间" }
local DONE = {
  rewind = { en = "%s/%s: everything from %s on is read again at the next run",
    zh = "%s/%s：下次运行时将重读 %s 起的全部数据" },
  backfill = { en = "%s/%s: %s to %s is read when nothing newer is to be read",
    zh = "%s/%s：没有更新的数据要读时，将读取 %s 至 %s" },
}

local function stream_of(one, name, app)
  local names = {}
  for _, stream in ipairs(one.streams) do
    if stream.name == name then return stream end
    names[#names + 1] = stream.name
  end
  app:fail("usage", app:text(NO_STREAM):format(one.name, name, concat(names, ", ")))
end

-- The command ends with what the library returned.
local function expect(app, ok, err, code)
  if not ok then app:fail(code, (err:gsub("^%l+: ", "", 1))) end
  return ok, err
end

--- Has a stream read again: from a time on, or a range.
-- @tparam table args `config`, `from`, `stop`
-- @tparam App app
-- @tparam string verb `"rewind"` or `"backfill"`
-- @tparam {string...} words account and stream
function M.again(args, app, verb, words)
  if #words ~= 2 or not args.from or verb == "backfill" and not args.stop then
    app:fail("usage", app:text(WHICH):format(verb, verb == "backfill" and " --stop TIME" or ""))
  end
  local file = file_of(args, app, { words[1] })
  local one = file.accounts[1]
  local stream = stream_of(one, words[2], app)
  if stream.every then app:fail("usage", app:text(NO_TIME):format(words[1], words[2])) end
  local client = client_of(args, app, one, file)
  local job = expect(app, app:attempt("config", client.sync, client, configuration.job(stream)))
  app:finally(function() job:close() end)
  local said = app:text(DONE[verb])
  if verb == "rewind" then
    expect(app, job:rewind(args.from))
    app:say(said:format(words[1], words[2], beijing.format(args.from)))
  else
    local _, stop = expect(app, app:attempt("usage", job.backfill, job, args.from, args.stop))
    app:say(said:format(words[1], words[2], beijing.format(args.from), beijing.format(stop)))
  end
end

return M
