--- The command `wdt`, for people who do not write Lua.
--
-- A thin layer: it turns a command line into a query, hands the rows to a format, and failures into
-- words and an exit status.
-- @module wdt.cli
local app_of = require "wdt.cli.app"
local exits = require "wdt.cli.exits"
local parser_of = require "wdt.cli.parser"
local wdt = require "wdt"
local ipairs, xpcall, require, type, debug = ipairs, xpcall, require, type, debug

local M = {}

-- In the order in which help shows them.
local NAMES = { "stockouts", "cancelled", "records", "count", "call", "sign", "sync", "doctor",
  "probe", "ledger", "sandbox",
  "completion", "man" }

--- The sub-commands, `{ { name, summary, options, examples, run }, … }`:
--
-- * `summary`: `{ en, zh }`, one line
-- * `options(parser, t)`: adds its options; `t{ en, zh }` is a text in the user's language
-- * `examples`: `{ { "wdt …", en = …, zh = … }, … }`
-- * `run(args, app)`: returns an exit status, or nothing for 0
-- * `account`: false where no account is needed
M.commands = {}
for i, name in ipairs(NAMES) do M.commands[i] = require("wdt.cli.commands." .. name) end

-- A secret in a command line stands in the list of processes and in the shell's history.
local function shows_a_secret(argv)
  for _, word in ipairs(argv) do
    local name = word:match "^%-%-?([%w_-]+)" or word:match "^([%w_-]+)=" or ""
    if name:find "secret" or name:find "passw" or name:find "mask[_-]key" then return true end
  end
  return false
end

local SECRET =
  { en = "a secret is not taken from the command line, where everybody on this machine can read "
    .. "it; "
  .. "set WDT_APPSECRET, or write a profile",
  zh = "命令行中的密钥会被本机所有用户看到，因此不接受；请设置环境变量 WDT_APPSECRET 或写入配置文件" }

local function asks(argv, word, short)
  for _, one in ipairs(argv) do
    if one == "--" then return false end
    if one == word or one == short then return true end
  end
  return false
end

local function run(app, argv)
  if shows_a_secret(argv) then app:fail("usage", app:text(SECRET)) end
  local parser, subs = parser_of.build(M.commands, app.language)
  if asks(argv, "--help", "-h") or #argv == 0 then
    app:write(parser_of.help(subs[argv[1]] or parser, app.language))
    return #argv == 0 and exits.status "usage" or 0
  elseif argv[1] == "--version" then
    app:write(wdt._VERSION .. "\n")
    return 0
  end
  local args, problem = parser_of.parse(parser, argv, app.language)
  if not args then app:fail("usage", problem) end
  app.argv = argv
  app:start(args)
  for _, command in ipairs(M.commands) do
    if command.name == args.command then return command.run(args, app) end
  end
end

-- Tells a failure, and what to do about it.
local function tell(app, code, text, more)
  app.progress:clear()
  if code == "pipe" then return end
  app:error_text(("wdt: %s%s\n"):format(code, text ~= "" and ": " .. text or ""))
  local advice = exits.ADVICE[code]
  if advice and not app.args.quiet then app:error("     " .. app:text(advice) .. "\n") end
  if more then app:error("     " .. more .. "\n") end
end

-- A fault of this program is told with its traceback; a failure is not one.
local function trace(raised)
  if type(raised) == "string" and not raised:find "interrupted!$" then
    return debug.traceback(raised, 2) end
  return raised
end

--- Runs a command line.
-- @tparam {string} argv its words, without the program's name
-- @treturn integer exit status
function M.main(argv)
  local app = app_of.new()
  local ok, status = xpcall(function()
    local status = run(app, argv)
    app:flush()
    return status or 0
  end, trace)
  if not ok then
    local code, text, more = app_of.failure_of(status)
    tell(app, code, text, more)
    status = exits.status(code)
  end
  app:close()
  return status
end

return M
