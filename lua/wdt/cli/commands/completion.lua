--- `wdt completion`: what a shell needs to complete this command's words.
-- @module wdt.cli.commands.completion
local later = require "wdt.cli.later"
local parser_of = later "wdt.cli.parser"
local require = require

local MAKERS = { bash = "get_bash_complete", zsh = "get_zsh_complete" }

return {
  name = "completion",
  place = 120,
  account = false,
  summary = { en = "Print a completion script for bash or zsh", zh = "输出 bash 或 zsh 的补全脚本" },
  options = function(parser, t)
    parser:argument("shell", t{ en = "bash or zsh", zh = "bash 或 zsh" }):argname "SHELL":choices{
      "bash", "zsh" }
  end,
  examples = {
    { "wdt completion bash > ~/.local/share/bash-completion/completions/wdt",
      en = "for bash, from the next shell on",
      zh = "用于 bash，新开终端后生效" },
    { 'wdt completion zsh > "${fpath[1]}/_wdt"', en = "for zsh", zh = "用于 zsh" },
  },
  run = function(args, app)
    local parser = parser_of.build(require "wdt.cli.commands".all(), app.language)
    app:write(parser[MAKERS[args.shell]](parser))
  end,
}
