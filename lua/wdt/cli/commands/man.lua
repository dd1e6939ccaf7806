--- `wdt man`: the manual page, out of what the parser and the sub-commands know of themselves.
-- @module wdt.cli.commands.man
local later = require "wdt.cli.later"
local exits = later "wdt.cli.exits"
local parser_of = later "wdt.cli.parser"
local ipairs, require, concat = ipairs, require, table.concat

local Page = {}
Page.__index = Page

-- Text as roff shows it unchanged: no escapes, no requests, hyphens that can be copied.
local function plain(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-")
  return (("\n" .. text):gsub("\n([.'])", "\n\\&%1"):sub(2))
end

function Page:line(...)
  self.lines[#self.lines + 1] = concat{ ... }
end

function Page:heading(en, zh)
  self:line(".SH ", plain(self.language == "zh" and zh or en))
end

-- Paragraphs; lines that are indented stay as they are.
function Page:prose(text)
  local as_is = false
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local indented = line:find "^  " ~= nil
    if indented ~= as_is and line ~= "" then
      self:line(indented and ".nf" or ".fi")
      as_is = indented
    end
    self:line(line == "" and ".PP" or plain(line))
  end
  if as_is then self:line ".fi" end
end

-- A term and what it means.
function Page:item(term, text)
  self:line ".TP"
  self:line(term)
  self:line(plain(text))
end

-- "\fB\-o\fR, \fB\-\-output\fR \fIFILE\fR"
local function term_of(element)
  local usage = element._maxargs > 0 and " \\fI" .. plain(
    concat(element:_get_argument_list(), " ")) .. "\\fR" or ""
  local names = {}
  for i, name in ipairs(element._public_aliases or { element:_get_argname(1) }) do
    names[i] = "\\fB" .. plain(name) .. "\\fR" end
  return element._public_aliases and concat(names, ", ") .. usage or usage:sub(2)
end

function Page:elements(parser)
  for _, list in ipairs{ parser._arguments, parser._options } do
    for _, element in ipairs(list) do self:item(term_of(element), element._description or "") end
  end
end

function Page:command(command, parser)
  self:line(".SS ", plain("wdt " .. command.name))
  self:line(plain(self.t(command.summary)))
  self:elements(parser)
  for _, example in ipairs(command.examples) do
    self:line ".PP"
    self:line(plain(self.t(example)), ":")
    self:line ".PP"
    self:line ".RS"
    self:line ".nf"
    self:line(plain(example[1]))
    self:line ".fi"
    self:line ".RE"
  end
end

local function page_of(language)
  local commands = require "wdt.cli.subcommands".all()
  local parser, subs = parser_of.build(commands, language)
  local self = setmetatable({ lines = {}, language = language,
    t = function(words) return words[language] end }, Page)
  self:line('.TH WDT 1 "" "', "wdt ", require "wdt.version", '"')
  self:line ".nh"
  self:line ".ad l" -- a Chinese line has no blanks to stretch
  self:heading("NAME", "名称")
  self:line("wdt \\- ", plain(self.t{ en = "read a Wangdian Tong account", zh = "读取旺店通账号" }))
  self:heading("SYNOPSIS", "用法")
  self:line "\\fBwdt\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]..."
  self:heading("DESCRIPTION", "说明")
  self:prose(parser._description)
  self:heading("OPTIONS", "选项")
  self:elements(parser)
  self:heading("COMMANDS", "子命令")
  for _, command in ipairs(commands) do self:command(command, subs[command.name]) end
  self:heading("EXIT STATUS", "退出码")
  for _, exit in ipairs(exits.list) do
    self:item(("%d"):format(exit.status), self.t(exit)
      .. (exit.codes ~= "" and " [" .. exit.codes .. "]" or ""))
  end
  return concat(self.lines, "\n") .. "\n"
end

return {
  name = "man",
  place = 130,
  account = false,
  summary = { en = "Print the manual page, for man", zh = "输出手册页，供 man 使用" },
  options = function(parser, t)
    parser:option("--language", t{ en = "en or zh; default: yours",
      zh = "en 或 zh，默认为当前语言" }):argname "LANGUAGE":choices{ "en", "zh" }
  end,
  examples = {
    { "wdt man | man -l -", en = "read it", zh = "阅读" },
    { "wdt man --language zh > wdt.1", en = "the Chinese one, to be installed",
      zh = "生成中文手册页，供安装" },
  },
  run = function(args, app)
    app:write(page_of(args.language or app.language))
  end,
}
