--- `wdt fleet`: keeps the copies of all accounts of a configuration file up to date, in one process
-- of each host; and what people order meanwhile.
-- @module wdt.cli.commands.fleet
local later = require "wdt.cli.later"
local account = later "wdt.cli.account"
local curl_host = later "wdt.host.curl"
local lead = later "wdt.fleet.lead"
local nearest = later "wdt.nearest"
local notify = later "wdt.cli.notify"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"
local redis = later "wdt.redis"
local streams = later "wdt.cli.streams"
local posix = require "wdt.native".load "wdt.posix"
local ipairs = ipairs
local concat = table.concat

local M = { name = "fleet", place = 75, account = false,
  summary = { en = "Keep the copies of all accounts of a file up to date, in one process",
    zh = "在一个进程中持续同步配置文件中的所有账号" },
  examples = {
    { "wdt fleet run --config streams.ini",
      en = "until it is told to end; kill -HUP has it read the file again",
      zh = "持续运行；kill -HUP 使其重新读取配置文件" },
    { "wdt fleet status --config streams.ini", en = "is any stream late, and who runs it?",
      zh = "有任务滞后吗？由谁运行？" },
    { "wdt fleet pause a/stockouts --config streams.ini",
      en = "a job of account a, until it is resumed", zh = "暂停账号 a 的一个任务，直到 resume" },
    { "wdt fleet drain erp-1 --config streams.ini", en = "that host ends, and others go on",
      zh = "该主机退出，由其他主机继续" },
  } }

function M.options(parser, t)
  parser:argument("action", t{ en = "run; status: how far, and who runs it; pause, resume: "
    .. "accounts and jobs; drain: hosts end",
    zh = "run 运行；status 查看进度与所在主机；pause 暂停、resume 继续账号或任务；drain 使主机退出" })
    :argname "ACTION":choices{ "run", "status", "pause", "resume", "drain" }
  parser:argument("words", t{ en = "pause, resume: ACCOUNT or ACCOUNT/JOB (default: all accounts); "
    .. "drain: HOST (default: this one)",
    zh = "pause、resume：账号或 账号/任务（默认所有账号）；drain：主机（默认本机）" })
    :argname "NAME":args "*"
  options.add(parser, t, {
    { "--config", "FILE", en = "accounts, and a section [ACCOUNT/STREAM] for each stream; default: "
      .. "the file of profiles", zh = "账号及各任务的节 [账号/任务]；默认为账号配置文件" },
    { "--lock", "FILE", en = "held while it runs, so that it runs once, and beside it FILE.orders, "
      .. "what is paused; default: the file's name and .fleet.lock",
      zh = "运行期间加锁的文件，保证只运行一个；其旁的 FILE.orders 记录暂停；默认为配置文件名加 .fleet.lock" },
    { "--host", "NAME", en = "what this host is called before others; default: its name",
      zh = "本机在各主机中的名称；默认为主机名" },
    options.METRICS, query_of.RATE, options.FORMAT })
end

local UNTOLD = { en = "systemd can't be told (NOTIFY_SOCKET): %s",
  zh = "无法通知 systemd（NOTIFY_SOCKET）：%s" }
local IN_USE = { en = "%s is run by another process", zh = "%s 正由另一个进程运行" }
local NO_WORDS = { en = "wdt fleet %s takes no names", zh = "wdt fleet %s 不接受名称" }
local UNKNOWN = { en = "%s has no account or job %s%s", zh = "%s 中没有账号或任务 %s%s" }
local DONE = {
  pause = { en = "paused: %s", zh = "已暂停：%s" },
  resume = { en = "resumed: %s", zh = "已继续：%s" },
  drain = { en = "to end: %s", zh = "将退出：%s" },
}

local function lock_of(args)
  return args.lock or (args.config or account.path() or "config.ini") .. ".fleet.lock"
end

-- The names that are meant; ends the command where the file has none of such.
local function names_of(args, app, file)
  local known, all = {}, {}
  for i, one in ipairs(file.accounts) do
    known[one.name], all[i] = true, one.name
    for _, stream in ipairs(one.streams) do known[one.name .. "/" .. stream.name] = true end
  end
  for _, name in ipairs(args.words) do
    if not known[name] then
      app:fail("usage", app:text(UNKNOWN):format(file.path, name, nearest.hint(name, known)))
    end
  end
  return args.words[1] and args.words or all
end

-- Gives orders to those who run, or will.
local function order(args, app)
  local file = streams.file(args, app)
  local names = args.action == "drain" and (args.words[1] and args.words
    or { args.host or redis.host() }) or names_of(args, app, file)
  local orders = lead.orders(file.shared, lock_of(args) .. ".orders", curl_host.new())
  app:expect(orders[args.action](orders, names))
  app:say(app:text(DONE[args.action]):format(concat(names, ", ")))
end

local function run(args, app)
  local name = lock_of(args)
  local lock, err = posix.lock(name)
  if not lock then
    local path = args.config or account.path() or "config.ini"
    app:fail("state", err == "busy" and app:text(IN_USE):format(path) or name .. ": " .. err)
  end
  app:finally(function() lock:close() end)
  args.follow, args.rereads = true, true
  args.notifier = notify.open(function(why) app:say(app:text(UNTOLD):format(why)) end)
  return streams.run(args, app, {})
end

function M.run(args, app)
  args.orders = lock_of(args) .. ".orders"
  if args.action ~= "run" and args.action ~= "status" then return order(args, app) end
  if args.words[1] then app:fail("usage", app:text(NO_WORDS):format(args.action)) end
  if args.action == "run" then return run(args, app) end
  args.lock = lock_of(args)
  return streams.status(args, app, {})
end

return M
