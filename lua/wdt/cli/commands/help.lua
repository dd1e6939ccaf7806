--- `wdt help [TOPIC]`: the help of the command, of a sub-command, or of what can go wrong.
-- @module wdt.cli.commands.help
local later = require "wdt.cli.later"
local commands = later "wdt.cli.subcommands"
local exits = later "wdt.cli.exits"
local fold = later "wdt.cli.fold"
local nearest = later "wdt.nearest"
local parser_of = later "wdt.cli.parser"
local ipairs, concat = ipairs, table.concat

local M = { name = "help", place = 140, account = false,
  summary = { en = "Show help: of a command, or of errors", zh = "显示帮助：某个子命令，或 errors 错误码" },
  examples = {
    { "wdt help stockouts", en = "as wdt stockouts --help", zh = "同 wdt stockouts --help" },
    { "wdt help errors", en = "what a failure's code means, and what to do",
      zh = "各错误码的含义与处理办法" },
  } }

function M.options(parser, t)
  parser:argument("TOPIC", t{ en = "a command, or errors", zh = "子命令名，或 errors" })
    :target "topic":argname "TOPIC":args "?"
end

-- A paragraph for each exit status, and what to do about its codes.
local function errors(app)
  local lines = { app:text{ en = "A failure is told as \"wdt: CODE: text\". The exit status, its "
    .. "codes, and what to do:", zh = "失败时显示 “wdt: 错误码: 说明”。退出码、错误码及处理办法：" }, "" }
  for _, exit in ipairs(exits.list) do
    lines[#lines + 1] = ("%-4d %s"):format(exit.status, app:text(exit))
    for code in exit.codes:gmatch "%S+" do
      local advice = exits.ADVICE[code]
      lines[#lines + 1] = "       " .. code .. (advice and ": " .. app:text(advice) or "")
    end
  end
  return concat(lines, "\n") .. "\n"
end

local UNKNOWN = { en = "there is no help on '%s'%s; wdt help tells all commands",
  zh = "没有关于“%s”的帮助%s；wdt help 列出全部子命令" }

function M.run(args, app)
  local topic = args.topic
  if topic == "errors" then
    local text, width = errors(app), app:terminal_width()
    app:write(width and fold.text(text, width) or text)
    return
  end
  local command = commands.find(topic)
  if topic and not command then
    local names = { errors = true }
    for _, one in ipairs(commands.all()) do names[one.name] = true end
    app:fail("usage", app:text(UNKNOWN):format(topic, nearest.hint(topic, names)))
  end
  local parser, subs = parser_of.build(command and { command } or commands.all(), app.language)
  app:write(parser_of.help(subs[topic] or parser, app.language, app:terminal_width()))
end

return M
