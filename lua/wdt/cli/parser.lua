--- The command line: what argparse makes of the sub-commands' descriptions, in the user's language.
-- @module wdt.cli.parser
local argparse = require "argparse"
local exits = require "wdt.cli.later" "wdt.cli.exits"
local fold = require "wdt.cli.later" "wdt.cli.fold"
local options = require "wdt.cli.options"
local ipairs, concat = ipairs, table.concat

local M = {}

-- Cells of a line of usage where there is no terminal that has a width.
local USUAL_WIDTH = 100

local HEADINGS = { { "^Usage: ", "用法: " }, { "\nArguments:\n", "\n参数:\n" },
  { "\nOptions:\n", "\n选项:\n" },
  { "\nCommands:\n", "\n子命令:\n" } }

-- Holds what argparse says, in Chinese; its option names stand where they stood.
local MESSAGES = { { "^unknown option (.*)$", "未知选项 %1" }, { "^unknown command (.*)$", "未知子命令 %1" },
  { "^too many arguments$", "参数过多" }, { "^a command is required$", "缺少子命令" },
    { "^missing option (.*)$", "缺少选项 %1" },
  { "^missing argument (.*)$", "缺少参数 %1" }, { "^option ('[^']*') requires an argument$",
    "选项 %1 需要一个值" },
  { "^option ('[^']*') does not take arguments$", "选项 %1 不带值" },
  { "^argument for option ('[^']*') must be one of (.*)$", "选项 %1 的值只能是 %2 之一" },
  { "\nDid you mean one of these: (.*)%?$", "\n您是否要用其中之一：%1？" },
    { "\nDid you mean (.*)%?$", "\n您是否要用 %1？" } }

local function translate(text, language, list)
  if language == "zh" then
    for _, pair in ipairs(list) do text = text:gsub(pair[1], pair[2]) end
  end
  return text
end

local ABOUT = {
  en = [[
Reads a Wangdian Tong account: every row of a range of time, once, exactly as the ERP holds it.

The account comes from WDT_EDITION (enterprise or ultimate), WDT_SID, WDT_APPKEY, WDT_APPSECRET
(ultimate: secret:salt) and, if it is not the documented address, WDT_URL; or from a profile in
~/.config/wdt/config.ini ($XDG_CONFIG_HOME), a file that only its owner may read:

    [shop1]
    edition = enterprise
    sid = ...
    appkey = ...
    appsecret = ...

chosen by --profile or WDT_PROFILE; without a name and without the environment it is [default].
All other settings may stand there as well: url, rate, lanes, proxy, ca_file, mask_key,
sign_lengths, timeout.total, ...

Neither edition's own API shows Taobao-family orders; --route both reads them by Qimen (奇门) as well,
which takes WDT_QIMEN_APP_KEY, WDT_QIMEN_APP_SECRET and WDT_QIMEN_TARGET_APP_KEY, or in a profile:

    qimen.app_key = ...
    qimen.app_secret = ...
    qimen.target_app_key = ...]],
  zh = [[
读取旺店通账号：一段时间内的每一条数据，不重、不漏，与 ERP 中一字不差。

账号取自环境变量 WDT_EDITION（enterprise 企业版，ultimate 旗舰版）、WDT_SID、WDT_APPKEY、WDT_APPSECRET（旗舰版为
secret:salt），地址与文档不同时再设 WDT_URL；或取自配置文件 ~/.config/wdt/config.ini（$XDG_CONFIG_HOME），
该文件只能由其所有者读取：

    [shop1]
    edition = enterprise
    sid = ...
    appkey = ...
    appsecret = ...

用 --profile 或 WDT_PROFILE 选择；两者都没有、也没有上述环境变量时取 [default]。其他设置也可写在其中：url、rate、lanes、proxy、ca_file、
mask_key、sign_lengths、timeout.total 等。

两个版本的自有接口都不返回淘系订单；--route both 会同时经奇门读取，需要 WDT_QIMEN_APP_KEY、WDT_QIMEN_APP_SECRET、
WDT_QIMEN_TARGET_APP_KEY，或在配置文件中写：

    qimen.app_key = ...
    qimen.app_secret = ...
    qimen.target_app_key = ...]],
}

-- "  wdt stockouts --last 24h\n      the last day's"
local function examples_of(command, t)
  local lines = { t{ en = "Examples:", zh = "示例:" } }
  for _, example in ipairs(command.examples) do
    lines[#lines + 1] = "   " .. example[1]
    lines[#lines + 1] = "      " .. t(example)
  end
  return concat(lines, "\n")
end

local function exits_text(t)
  local lines = { t{ en = "Exit status:", zh = "退出码:" } }
  for _, exit in ipairs(exits.list) do
    lines[#lines + 1] = ("   %-4d %s%s"):format(exit.status, t(exit), exit.codes ~= ""
      and " [" .. exit.codes .. "]" or "")
  end
  return concat(lines, "\n")
end

local SET = { "--set", "NAME=VALUE", convert = options.setting, many = true,
  en = "a setting of the account for this run, e.g. retry.attempts=3, retry.cooldown=60, "
    .. "timeout.total=300", zh = "仅本次有效的设置，如 retry.attempts=3、retry.cooldown=60、timeout.total=300" }

-- Adds what every sub-command takes.
local function common_options(parser, command, t)
  if command.account ~= false then
    parser:option("--profile", t{ en = "the account, a section of the configuration file",
      zh = "账号：配置文件中的节名" }):argname "NAME"
  end
  if command.account ~= false then options.add(parser, t, { SET }) end
  parser:flag("-q --quiet", t{ en = "failures only on the standard error", zh = "标准错误只输出失败" })
  parser:flag("-v --verbose", t{ en = "every call on the standard error", zh = "在标准错误上显示每次调用" })
  parser:flag("--log-json", t{ en = "events as JSON lines on the standard error",
    zh = "在标准错误上以 JSON 行输出事件" })
  parser:flag("-h --help", t{ en = "this help", zh = "显示本帮助" })
end

--- Builds the parser.
-- @tparam {table} commands descriptions, see `wdt.cli.subcommands`
-- @tparam string language
-- @return the parser; its commands by name
function M.build(commands, language)
  local function t(words) return words[language] end
  local parser = argparse("wdt", t(ABOUT)):add_help(false):command_target "command"
  parser:usage_max_width(USUAL_WIDTH):help_description_margin(30)
  parser:flag("-h --help", t{ en = "this help; after a command, that command's",
    zh = "显示本帮助；在子命令之后则为该子命令的帮助" })
  parser:flag("--version", t{ en = "the version", zh = "显示版本" })
  if #commands > 1 then parser:epilog(exits_text(t)) end -- of one alone, only its own is shown
  local by_name = {}
  for _, command in ipairs(commands) do
    local sub = parser:command(command.name, t(command.summary)):summary(
      t(command.summary)):add_help(false)
    command.options(sub, t)
    common_options(sub, command, t)
    sub:epilog(examples_of(command, t))
    by_name[command.name] = sub
  end
  return parser, by_name
end

--- The help of a parser.
-- @param parser
-- @tparam string language
-- @tparam ?integer width of the terminal that shows it, in cells; nil: nothing is folded
-- @treturn string
function M.help(parser, language, width)
  if not width or width >= USUAL_WIDTH then width = nil end
  parser:usage_max_width(width or USUAL_WIDTH)
  local text = translate(parser:get_help(), language, HEADINGS) .. "\n"
  return width and fold.text(text, width) or text
end

-- { "--limit", "-1" } -> { "--limit=-1" }: argparse takes it for an option, and none of ours begins
-- with a digit.
local function with_negatives(argv)
  local list = {}
  for _, word in ipairs(argv) do
    local before = list[#list]
    if word:find "^%-%d" and before and before:find "^%-%-[%l-]+$" then
      list[#list] = before .. "=" .. word
    else
      list[#list + 1] = word
    end
  end
  return list
end

--- Parses.
-- @param parser
-- @tparam {string} argv
-- @tparam string language
-- @treturn ?table args
-- @treturn ?string what is wrong
function M.parse(parser, argv, language)
  local ok, result = parser:pparse(with_negatives(argv))
  if ok then return result end
  return nil, translate(result, language, MESSAGES)
end

return M
