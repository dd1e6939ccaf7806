--- `wdt sandbox`: a gateway to try things on, see `wdt.sandbox.server`.
-- @module wdt.cli.commands.sandbox
local editions = require "wdt.edition"
local later = require "wdt.cli.later"
local options = require "wdt.cli.options"
local posix = require "wdt.native".load "wdt.posix"
local sandbox = later "wdt.sandbox"
local server = later "wdt.sandbox.server"
local shell = later "wdt.shell"
local ipairs, tonumber, concat = ipairs, tonumber, table.concat

local M = { name = "sandbox", place = 110, account = false,
  summary = { en = "Run a gateway of generated rows, to try things on", zh = "沙箱网关，数据随机生成，供试验" },
  examples = {
    { "wdt sandbox --fast --port 8080", en = "until Ctrl-C", zh = "直到按下 Ctrl-C" },
    { "wdt sandbox --rows 5000 --days 60 --faults reset=0.02,truncate=0.02 --drift "
      .. "touch=1,ship=0.5",
      en = "connections break, rows change while they are read", zh = "连接会断，数据在读取时变化" },
    { "eval \"$(wdt sandbox --detach)\"; curl -s $WDT_SANDBOX_URL/_sandbox/stats; wdt sandbox "
      .. "--stop $WDT_SANDBOX_PREFIX",
      en = "in the background, for scripts", zh = "在后台运行，供脚本使用" },
  } }

local function share(text)
  local number = tonumber(text)
  if number and number >= 0 and number <= 1 then return number end
  return nil, ("'%s' is no share from 0 to 1"):format(text)
end

local TAOBAO = 0.2

local OPTIONS = {
  { "--fast", en = "its account makes as many calls as it likes, not 60 a minute",
    zh = "其账号不受每分钟 60 次调用的限制" },
  { "--port", "N", convert = options.positive, en = "to listen on (a free one)",
    zh = "端口（默认取空闲端口）" },
  { "--host", "ADDRESS", en = "address to listen on (127.0.0.1)", zh = "监听地址（默认 127.0.0.1）" },
  { "--rows", "N", convert = options.positive, en = "stockouts a day (1000)",
    zh = "每天的出库单数（默认 1000）" },
  { "--days", "N", convert = options.positive, en = "how far back they reach (400)",
    zh = "数据向前追溯的天数（默认 400）" },
  { "--seed", "N", convert = options.count, en = "another one gives other rows (1)",
    zh = "随机种子（默认 1）" },
  { "--taobao", "SHARE", convert = share,
    en = "of the rows that belong to Taobao's shops, which only Qimen shows (0.2)",
    zh = "淘系店铺所占比例，仅奇门可见（默认 0.2）" },
  { "--faults", "LIST", convert = options.assignments,
    en = "kinds and their probability: reset=0.05,stall=0.01 (wdt.sandbox.faults)",
    zh = "故障及其概率：reset=0.05,stall=0.01" },
  { "--drift", "LIST", convert = options.assignments,
    en = "changes a second: touch=2,ship=0.5 (wdt.sandbox.world.drift)",
    zh = "每秒变化次数：touch=2,ship=0.5" },
  { "--gateway", "LIST", convert = options.assignments,
    en = "how it answers: rate=60,page_cap=50 (wdt.sandbox.gateway)",
    zh = "应答方式：rate=60,page_cap=50" },
  { "--prefix", "DIR", en = "folder for all that nginx writes (a temporary one)",
    zh = "nginx 的工作目录（默认为临时目录）" },
  { "--detach", en = "stay when the command ends; prints WDT_SANDBOX_URL, _PREFIX and _PID for a "
    .. "shell",
    zh = "留在后台，打印 WDT_SANDBOX_URL、_PREFIX、_PID 供 shell 使用" },
  { "--stop", "DIR", en = "end the one that was started in this folder", zh = "停止该目录中启动的沙箱" },
}

function M.options(parser, t)
  options.add(parser, t, OPTIONS)
end

-- Words that set the variables of a table, by their names without the prefix.
local function assigned(prefix, settings, names)
  local words = {}
  for i, name in ipairs(names) do
    words[i] = prefix .. name:upper() .. "=" .. shell.quote(settings[name])
  end
  return concat(words, " ")
end

local ACCOUNT = { "edition", "sid", "appkey", "appsecret", "url" }
local ROUTE = { "app_key", "app_secret", "target_app_key", "url" }

-- Calls a minute of --fast.
local FAST = 100000

-- A line that makes a shell a user of an edition, by all routes that it has.
local function line_of(edition, url, fast)
  local setting = editions.setting_of(editions.ROUTES[2])
  local prefix = "WDT_" .. setting:upper() .. "_"
  local s = sandbox.settings(edition, url, sandbox.has(edition, editions.ROUTES[2]))
  local line = "export " .. assigned("WDT_", s, ACCOUNT)
    .. (fast and " WDT_RATE=" .. FAST or "")
  if s[setting] then return line .. " " .. assigned(prefix, s[setting], ROUTE) end
  local names = {}
  for i, name in ipairs(ROUTE) do names[i] = prefix .. name:upper() end
  return "unset " .. concat(names, " ") .. "; " .. line
end

local NEXT = { en = "# in another terminal: one of these lines, and then\n%s\n",
  zh = "# 另开一个终端：粘贴其中一行，然后执行\n%s\n" }
local TRY = "wdt stockouts --last 7d --limit 10"

-- Prints what a person copies into a shell to become a user of it.
local function show(app, url, fast)
  app:write(app:text{ en = "sandbox at %s; Ctrl-C ends it\n", zh = "沙箱地址 %s，按 Ctrl-C 结束\n" }:format(
    url))
  for _, edition in ipairs(sandbox.EDITIONS) do
    app:write(line_of(edition, url, fast), "\n")
  end
  app:write(app:text(NEXT):format(TRY))
  app:flush()
end

function M.run(args, app)
  if args.stop then
    server.stop(args.stop)
    return
  end
  if not args.detach then app:catch() end
  local gateway = args.gateway or {}
  gateway.faults = args.faults
  local handle, err = app:attempt("usage", server.start,
    { port = args.port, host = args.host, prefix = args.prefix,
    gateway = gateway,
    world = { taobao = args.taobao or TAOBAO, rows_per_day = args.rows, days = args.days,
      seed = args.seed, drift = args.drift } })
  app:expect(handle, err, "config")
  if args.detach then
    for _, pair in ipairs{ { "URL", handle.url }, { "PREFIX", handle.prefix },
      { "PID", ("%d"):format(handle.pid) } } do
      app:write(("WDT_SANDBOX_%s=%s\n"):format(pair[1], shell.quote(pair[2])))
    end
    if args.fast then app:write(("export WDT_RATE=%d\n"):format(FAST)) end
    return
  end
  app:finally(function() server.stop(handle) end)
  show(app, handle.url, args.fast)
  posix.wait()
end

return M
