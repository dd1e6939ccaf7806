--- `wdt fleet`: keeps the copies of all accounts of a configuration file up to date, in one process
-- of this machine.
-- @module wdt.cli.commands.fleet
local later = require "wdt.cli.later"
local account = later "wdt.cli.account"
local options = require "wdt.cli.options"
local query_of = require "wdt.cli.query"
local streams = later "wdt.cli.streams"
local posix = require "wdt.native".load "wdt.posix"

local M = { name = "fleet", place = 75, account = false,
  summary = { en = "Keep the copies of all accounts of a file up to date, in one process",
    zh = "在一个进程中持续同步配置文件中的所有账号" },
  examples = {
    { "wdt fleet run --config streams.ini",
      en = "until it is told to end; kill -HUP has it read the file again",
      zh = "持续运行；kill -HUP 使其重新读取配置文件" },
    { "wdt fleet status --config streams.ini", en = "is any stream late?", zh = "有任务滞后吗？" },
  } }

function M.options(parser, t)
  parser:argument("action", t{ en = "run, or status", zh = "run 运行，或 status 查看" })
    :argname "ACTION":choices{ "run", "status" }
  options.add(parser, t, {
    { "--config", "FILE", en = "accounts, and a section [ACCOUNT/STREAM] for each stream; default: "
      .. "the file of profiles", zh = "账号及各任务的节 [账号/任务]；默认为账号配置文件" },
    { "--lock", "FILE", en = "held while it runs, so that it runs once; default: the file's name "
      .. "and .fleet.lock", zh = "运行期间加锁的文件，保证只运行一个；默认为配置文件名加 .fleet.lock" },
    options.METRICS, query_of.RATE, options.FORMAT })
end

local IN_USE = { en = "%s is run by another process", zh = "%s 正由另一个进程运行" }

function M.run(args, app)
  if args.action == "status" then return streams.status(args, app, {}) end
  local path = args.config or account.path() or "config.ini"
  local name = args.lock or path .. ".fleet.lock"
  local lock, err = posix.lock(name)
  if not lock then
    app:fail("state", err == "busy" and app:text(IN_USE):format(path) or name .. ": " .. err)
  end
  app:finally(function() lock:close() end)
  args.follow, args.rereads = true, true
  streams.run(args, app, {})
end

return M
