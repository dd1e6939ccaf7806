--- `wdt completion`: what a shell needs to complete this command's words. Names of methods and
-- fields, statuses and profiles are asked of `wdt completion words` when TAB is pressed.
-- @module wdt.cli.commands.completion
local later = require "wdt.cli.later"
local schema = later "wdt.schema"
local account = later "wdt.cli.account"
local commands = later "wdt.cli.subcommands"
local known = later "wdt.cli.known"
local parser_of = later "wdt.cli.parser"
local shops = later "wdt.cli.shops"
local edition = require "wdt.edition"
local ipairs, pairs, sort, concat, pcall = ipairs, pairs, table.sort, table.concat, pcall

local MAKERS = { bash = "get_bash_complete", zsh = "get_zsh_complete", fish = "get_fish_complete" }

-- Bash asks this function first; where it knows nothing, argparse's own goes on.
local BASH = [==[

_wdt_known() {
    local cur="${COMP_WORDS[COMP_CWORD]}" found
    if [[ $COMP_CWORD -gt 1 && "$cur" != -* ]]; then
        found=$(wdt completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        if [[ -n "$found" ]]; then
            COMPREPLY=($(compgen -W "$found" -- "$cur"))
            return 0
        fi
    fi
    _wdt
}

complete -F _wdt_known -o bashdefault -o default wdt
]==]
local ZSH = [==[
_wdt() {
  if (( CURRENT > 2 )) && [[ $words[CURRENT] != -* ]]; then
    local -a known
    known=(${(f)"$(wdt completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( $#known )); then
      compadd -- $known
      return
    fi
  fi
]==]
local FISH = [==[

function __wdt_known
    set -l line (commandline -opc) (commandline -ct)
    if test (count $line) -gt 2; and not string match -q -- '-*' $line[-1]
        wdt completion words -- $line[2..-1] 2>/dev/null
    end
end

complete -c wdt -a '(__wdt_known)'
]==]

local M = { name = "completion", place = 120, account = false,
  summary = { en = "Print a completion script for bash, zsh or fish",
    zh = "输出 bash、zsh 或 fish 的补全脚本" },
  examples = {
    { "wdt completion bash > ~/.local/share/bash-completion/completions/wdt",
      en = "for bash, from the next shell on",
      zh = "用于 bash，新开终端后生效" },
    { 'wdt completion zsh > "${fpath[1]}/_wdt"', en = "for zsh", zh = "用于 zsh" },
  } }

function M.options(parser, t)
  parser:argument("shell", t{ en = "bash, zsh or fish; words: what such a script asks for",
    zh = "bash、zsh 或 fish；words 供脚本查询候选词" })
    :argname "SHELL":choices{ "bash", "zsh", "fish", "words" }
  parser:argument("WORD", t{ en = "of the line so far, for words", zh = "当前命令行，用于 words" })
    :target "words":argname "WORD":args "*"
end

-- The line so far --------------------------------------------------------------------------------

-- The value of an option, or the method that the line is about.
local function said(words, option)
  for i = 1, #words - 2 do
    if words[i] == option then return words[i + 1] end
  end
end

local function args_of(words)
  return { profile = said(words, "--profile"), edition = said(words, "--edition") }
end

-- The method whose rows the line reads, nil where it does not say; and its list of editions.
local function method_of(words)
  local editions = known.editions(args_of(words))
  local column = ({ stockouts = "STOCKOUTS", cancelled = "CANCELLED" })
  local name = (column[words[1]] and words[1]) or words[2]
  local its = edition.of(editions[1])
  return schema.of(editions[1], column[name] and its[column[name]] or name)
end

local function methods(words)
  local list = { "stockouts", "cancelled" }
  if words[1] == "records" or words[1] == "call" or words[1] == "sign" then list = {} end
  for _, one in ipairs(known.methods(known.editions(args_of(words)))) do
    if one.method ~= list[#list] and (one.kind == "query" or words[1] == "call"
      or words[1] == "sign" or words[1] == "fields") then
      list[#list + 1] = one.method
    end
  end
  return list
end

-- Names after what is there already of a list: "a,b" -> "a,bee", "a,bat".
local function listed(words, names)
  local before = words[#words]:match "^(.*,)" or ""
  for i, name in ipairs(names) do names[i] = before .. name end
  return names
end

local function fields(words)
  local names = {}
  for _, one in ipairs(known.fields(method_of(words)) or {}) do names[#names + 1] = one.path end
  return names
end

local function statuses(words)
  local names = {}
  for _, one in ipairs(known.values({ fail = function() end }, method_of(words), "status")) do
    names[#names + 1] = one.value
  end
  return names
end

-- Of the shops whose rows were read before.
local function seen_shops(words)
  local settings = account.settings(args_of(words).profile) or {}
  if not settings.edition or not settings.sid then return {} end
  return listed(words, shops.known(settings.edition, settings.sid))
end

local function profiles()
  local names = {}
  for name in pairs(account.profiles() or {}) do names[#names + 1] = name end
  sort(names)
  return names
end

local BY_OPTION = { ["--profile"] = profiles,
  ["--fields"] = function(words) return listed(words, fields(words)) end,
  ["--private"] = function(words) return listed(words, fields(words)) end,
  ["--sort"] = fields, ["--where"] = fields,
  ["--sum"] = function(words) return listed(words, fields(words)) end,
  ["--status"] = function(words) return listed(words, statuses(words)) end,
  ["--shop"] = seen_shops,
  ["--method"] = methods, ["--what"] = methods }

-- Commands whose first argument is a method.
local TAKES_METHOD = { records = true, call = true, sign = true, count = true, fields = true,
  values = true }

local function candidates(words)
  local before = words[#words - 1]
  if BY_OPTION[before] then return BY_OPTION[before](words) end
  if #words == 2 and TAKES_METHOD[words[1]] then return methods(words) end
  if #words == 3 and words[1] == "values" then return fields(words) end
  return {}
end

function M.run(args, app)
  if args.shell == "words" then
    -- a shell shows nothing of what goes wrong here, and completes as it does without us
    local fine, list = pcall(candidates, args.words)
    if fine and #list > 0 then app:write(concat(list, "\n"), "\n") end
    return 0
  end
  local parser = parser_of.build(commands.all(), app.language)
  local text = parser[MAKERS[args.shell]](parser)
  if args.shell == "bash" then
    text = text:gsub("\ncomplete %-F [^\n]*\n", "") .. BASH
  elseif args.shell == "zsh" then
    text = text:gsub("_wdt%(%) {\n", function() return ZSH end, 1)
  elseif args.shell == "fish" then
    text = text:gsub("%-l (%l+) %-r ", function(name)
      return BY_OPTION["--" .. name] and ("-l %s -r -a '(__wdt_known)' "):format(name)
    end) .. FISH
  end
  app:write(text)
end

return M
