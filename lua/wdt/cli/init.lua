--- The command `wdt`, for people who do not write Lua.
--
-- A thin layer: it turns a command line into a query, hands the rows to a format, and failures into
-- words and an exit status.
-- @module wdt.cli
local later = require "wdt.cli.later"
local app_of = later "wdt.cli.app"
local commands = later "wdt.cli.subcommands"
local exits = later "wdt.cli.exits"
local modules = later "wdt.cli.doctor.modules"
local parser_of = later "wdt.cli.parser"
local words = require "wdt.cli.words"
local io, ipairs, pcall, xpcall, type, debug = io, ipairs, pcall, xpcall, type, debug
local setmetatable, require = setmetatable, require

--- `commands`: all sub-commands, see `wdt.cli.subcommands`; read when somebody asks for them.
local M = setmetatable({}, { __index = function(_, name)
  return name == "commands" and commands.all() or nil
end })

-- A secret in a command line stands in the list of processes and in the shell's history.
local function shows_a_secret(argv)
  for _, word in ipairs(argv) do
    local name = word:match "^%-%-set=([%w_.-]+)" or word:match "^%-%-?([%w_-]+)"
      or word:match "^([%w_.-]+)=" or ""
    if name:find "secret" or name:find "passw" or name:find "mask[_-]key" then return true end
    -- of a proxy, or a budget
    if name ~= "" and word:find "=%w+://[^/@%s]*:[^/@%s]+@" then return true end
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
  app.argv = argv
  if shows_a_secret(argv) then app:fail("usage", app:text(SECRET)) end
  local command = commands.find(argv[1])
  local parser, subs = parser_of.build(command and { command } or commands.all(), app.language)
  if asks(argv, "--help", "-h") or #argv == 0 then
    app:write(parser_of.help(subs[argv[1]] or parser, app.language, app:terminal_width()))
    return #argv == 0 and exits.status "usage" or 0
  end
  local args, problem = parser_of.parse(parser, argv, app.language)
  if not args then app:fail("usage", problem) end
  app:start(args)
  return command.run(args, app)
end

-- True if a failure's text says itself what was probably meant.
local function has_hint(text)
  for _, said in ipairs{ "nearest", "Did you mean", "which time?", "最接近", "您是否要用",
    "要读哪段时间" } do
    if text:find(said, 1, true) then return true end
  end
  return false
end

-- The one piece of advice that fits: none where the text says it, of a sub-command its own help.
local function advice_of(app, code, text)
  local advice = exits.ADVICE[code]
  if not advice or app.args.quiet then return nil end
  local command = commands.find(app.argv[1])
  -- a profile's line, or a file that an option names, tells where it is to be put right, and what
  -- needs no account isn't about one
  if code == "config" and (app.placed or command and command.account == false
    or text:find "^%-%-%l" or has_hint(text)) then return nil end
  if code ~= "usage" then return app:text(advice) end
  if has_hint(text) then return nil end
  return command and app:text(exits.HELP):format(command.name) or app:text(advice)
end

-- Tells a failure, and what to do about it.
local function tell(app, code, text, more)
  app.progress:clear()
  if code == "pipe" then return end
  text = app:told(code, text)
  if app.args.log_json then return app:event{ event = "end", code = code, error = text } end
  app:error_text(("wdt: %s%s\n"):format(code, text ~= "" and ": " .. text or ""))
  local advice = advice_of(app, code, text)
  if advice then app:error("     " .. advice .. "\n") end
  if more then app:error("     " .. more .. "\n") end
end

-- A fault of this program is told with its traceback; a failure is not one.
local function trace(raised)
  if type(raised) == "string" and not raised:find "interrupted!$" then
    return debug.traceback(raised, 2) end
  return raised
end

local function main(argv)
  local loaded, app = pcall(function() return app_of.new(words.language()) end)
  if not loaded then return modules.explain(app) end
  local ok, status = xpcall(function()
    local status = run(app, argv)
    app:flush()
    return status or 0
  end, trace)
  if not ok then
    local code, text, more = app_of.failure_of(status)
    more = more or app:where_it_went(code, text)
    if code == "internal" and modules.check() then
      status = modules.explain(text)
    else
      tell(app, code, text, more)
      status = exits.status(code)
    end
  end
  app:close()
  return status
end

--- Runs a command line.
-- @tparam {string} argv its words, without the program's name
-- @treturn integer exit status
function M.main(argv)
  if argv[1] ~= "--version" then return main(argv) end
  local written, err = io.stdout:write("wdt ", require "wdt.version", "\n")
  if written then written, err = io.stdout:flush() end
  if written then return 0 end
  io.stderr:write("wdt: output: ", err, "\n")
  return exits.status "output"
end

return M
