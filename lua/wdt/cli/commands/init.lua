--- `wdt init`: from nothing to the first rows: asks for the account, writes its profile, checks
-- everything, shows three rows.
-- @module wdt.cli.commands.init
local later = require "wdt.cli.later"
local account = later "wdt.cli.account"
local config = later "wdt.config"
local edition = require "wdt.edition"
local options = require "wdt.cli.options"
local parser_of = later "wdt.cli.parser"
local native = later "wdt.native"
local subcommands = later "wdt.cli.subcommands"
local io, os, ipairs, require = io, os, ipairs, require
local concat, tostring, tonumber = table.concat, tostring, tonumber

local M = { name = "init", place = 2, account = false,
  summary = { en = "Begin: ask for the account, write its profile, check it, show three rows",
    zh = "开始使用：询问账号信息，写入配置文件，检查并显示三条数据" },
  examples = {
    { "wdt init", en = "asks for edition, sid, appkey and appsecret",
      zh = "依次询问版本、sid、appkey、appsecret" },
    { "wdt init --name shop2 --no-check", en = "another account, for --profile shop2; no call",
      zh = "再添加一个账号，用 --profile shop2 选择；不发起调用" },
  } }

local OPTIONS = {
  { "--name", "NAME", en = "of the profile (default)", zh = "配置名（默认 default）" },
  { "--url", "URL", en = "another address than the documented one, e.g. a sandbox's",
    zh = "与文档不同的地址，如沙箱" },
  { "--rate", "N", convert = options.positive,
    en = "calls a minute, where they are not 60: 100000 for a sandbox of one's own",
    zh = "每分钟调用次数（不是 60 时），如自己的沙箱可用 100000" },
  { "--replace", en = "in place of the profile that has this name", zh = "替换同名配置" },
  { "--no-check", en = "only write the profile", zh = "只写入配置，不检查" },
}

function M.options(parser, t)
  options.add(parser, t, OPTIONS)
end

-- Reads a line of the standard input. What is typed for a secret is not shown.
local function ask(app, posix, question, secret)
  app:error(question)
  local hidden = secret and posix.echo(false)
  local answer = io.read "*l"
  if hidden then
    posix.echo(true)
    app:error "\n"
  end
  if app:interrupted() then app:fail(app.signal_code(), "") end
  if not answer then
    app:fail("usage", app:text{ en = "the standard input ended before all was answered",
      zh = "标准输入在回答完之前结束" })
  end
  return (answer:gsub("^%s+", ""):gsub("%s+$", ""))
end

local EDITION = { en = "Edition: %s\nnumber: ", zh = "版本：%s\n序号：" }
local ONE_OF = { en = "a number from 1 to %d\n", zh = "请输入 1 到 %d\n" }
local EMPTY = { en = "it can't be empty\n", zh = "不能为空\n" }
local QUESTIONS = {
  { "sid", { en = "sid (seller account, 卖家账号): ", zh = "sid（卖家账号）：" } },
  { "appkey", { en = "appkey: ", zh = "appkey：" } },
  { "appsecret", { en = "appsecret (not shown; ultimate edition: secret:salt): ",
    zh = "appsecret（输入不显示；旗舰版为 secret:salt）：" }, secret = true },
}

local function ask_edition(app, posix)
  local list = {}
  for i, name in ipairs(edition.NAMES) do
    list[i] = ("%d %s"):format(i, app:text(edition[name].TITLE))
  end
  while true do
    local answer = ask(app, posix, app:text(EDITION):format(concat(list, ", ")))
    local name = edition.NAMES[tonumber(answer)] or edition.of(answer) and answer
    if name then return name end
    app:error(app:text(ONE_OF):format(#list))
  end
end

local function ask_all(app, posix)
  local settings = { edition = ask_edition(app, posix) }
  for _, question in ipairs(QUESTIONS) do
    repeat
      local answer = ask(app, posix, app:text(question[2]), question.secret)
      if answer == "" then app:error(app:text(EMPTY)) end
      settings[question[1]] = answer
    until answer ~= ""
  end
  return settings
end

-- The file's text without a profile.
local function without(text, name)
  local kept, inside = {}, false
  for line in text:gmatch "[^\n]*\n?" do
    local section = line:match "^%s*%[%s*([^%]]-)%s*%]"
    if section then inside = section == name end
    if not inside then kept[#kept + 1] = line end
  end
  return concat(kept)
end

local EXISTS = { en = "the profile '%s' is there already, in %s; --replace replaces it, --name "
  .. "makes another", zh = "配置“%s”已存在于 %s；用 --replace 替换，或用 --name 另建" }
local NO_HOME = { en = "neither XDG_CONFIG_HOME nor HOME is set: no place for a profile",
  zh = "XDG_CONFIG_HOME 与 HOME 均未设置，无处保存配置" }

-- The path of the file and its text as it is; ends the command where the profile may not be
-- written.
local function place_of(args, app, posix)
  local path, name = account.path(), args.name or "default"
  if not path then app:fail("config", app:text(NO_HOME)) end
  local profiles, err = account.profiles()
  if err then app:fail("config", err) end
  if profiles and profiles[name] and not args.replace then
    app:fail("usage", app:text(EXISTS):format(name, path))
  end
  return path, profiles and posix.read(path) or "", name
end

local NO_FOLDER = { en = "the folder %s can't be made; XDG_CONFIG_HOME names another place",
  zh = "无法创建目录 %s；可用 XDG_CONFIG_HOME 指定别处" }

-- Makes the file's folder and tries whether it can be written, before a person has typed it all.
local function prepare(app, posix, path)
  local folder = path:match "^(.*)/"
  if posix.kind(folder) ~= "folder" then
    os.execute("mkdir -p -m 700 " .. require "wdt.shell".quote(folder) .. " 2>/dev/null")
    if posix.kind(folder) ~= "folder" then
      app:fail("output", app:text(NO_FOLDER):format(folder))
    end
  end
  local ok, err = posix.write(path .. ".new", "")
  if not ok then app:fail("output", path .. ": " .. tostring(err)) end
  os.remove(path .. ".new")
end

local function write(app, posix, path, text)
  local ok, err = posix.write(path .. ".new", text)
  if ok then ok, err = os.rename(path .. ".new", path) end
  if not ok then app:fail("output", path .. ": " .. tostring(err)) end
end

local function section(name, settings)
  local lines = { "[" .. name .. "]" }
  for _, key in ipairs{ "edition", "sid", "appkey", "appsecret", "url", "rate" } do
    if settings[key] then lines[#lines + 1] = ("%s = %s"):format(key, settings[key]) end
  end
  return concat(lines, "\n") .. "\n"
end

-- Runs a sub-command as a command line would.
local function run(app, ...)
  local argv = { ... }
  local parser = parser_of.build({ subcommands.find(argv[1]) }, app.language)
  local args = app:expect(parser_of.parse(parser, argv, app.language))
  app.argv = argv
  return subcommands.find(argv[1]).run(args, app)
end

local WRITTEN = { en = "written: [%s] in %s, which only you can read",
  zh = "已写入：[%s]，在 %s 中，仅本人可读" }
local ROWS = { en = "three of the last month's stockouts:", zh = "最近一个月的三条出库单：" }
local NEXT = { en = "next: wdt stockouts%s --last 24h; wdt methods; wdt help",
  zh = "接下来：wdt stockouts%s --last 24h；wdt methods；wdt help" }

function M.run(args, app)
  local posix = native.load "wdt.posix"
  local path, text, name = place_of(args, app, posix)
  prepare(app, posix, path)
  app:catch()
  local settings = ask_all(app, posix)
  settings.url, settings.rate = args.url, args.rate
  local fine, problem = config.complete(settings)
  if not fine then app:fail("config", app:plainly(problem)) end
  text = without(text, name)
  if text ~= "" and not text:find "\n$" then text = text .. "\n" end
  write(app, posix, path, text .. section(name, settings))
  app:say(app:text(WRITTEN):format(name, path))
  if args.no_check then return 0 end
  local status = run(app, "doctor", "--profile", name)
  if status ~= 0 then return status end
  app:write(app:text(ROWS), "\n")
  run(app, "stockouts", "--profile", name, "--last", "30d", "--limit", "3",
    "--format", "table")
  app:say(app:text(NEXT):format(name == "default" and "" or " --profile " .. name))
  return 0
end

return M
