-- Describes what the command tells shells and readers about itself: completion, by really pressing
-- TAB, and the manual page.
local command = require "support.command"
local shell = require "support.shell"
local quote = shell.quote

describe("the command in a shell", function()
  local cli

  command.visiting(function(_, c) cli = c end)

  -- Returns what the screen shows after these keys were pressed.
  local function typed(program, keys, wanted)
    local screen = cli:terminal(program, "enterprise", { keys = keys, wanted = wanted })
    return (screen:gsub("\27%[[%d;?]*%a", ""):gsub("\r", ""))
  end

  it("completes commands, options and values in bash", function()
    local screen = typed("PS1='$ ' bash --norc --noprofile -i",
      "source <(wdt completion bash)\nwdt doct\t--stat\tnowhere/x --form\tjs\t\nexit\n", "$ ")
    assert.truthy(screen:find("wdt doctor --state nowhere/x --format json", 1, true), screen)
    assert.truthy(screen:find('"finding":"state_folder"', 1, true), screen) -- and so it was run
  end)

  it("offers all commands in bash", function()
    local out = cli:must([[bash -c '
      source <(wdt completion bash); COMP_WORDS=(wdt ""); COMP_CWORD=1; _wdt
      echo "${COMPREPLY[@]}"']])
    for _, one in ipairs(require "wdt.cli".commands) do
      assert.truthy((" " .. out:gsub("\n", " ")):find(" " .. one.name .. " ", 1, true),
        one.name .. " in " .. out)
    end
  end)

  it("completes commands, options and values in zsh", function()
    cli:must "mkdir -p functions && wdt completion zsh > functions/_wdt && zsh -n functions/_wdt"
    shell.write(cli.folder .. "/.zshrc", ("PS1='$ '\nfpath=(%s/functions $fpath)\nautoload -Uz "
      .. "compinit\ncompinit -u -D\n")
      :format(cli.folder))
    local screen = typed("ZDOTDIR=" .. quote(cli.folder) .. " zsh -d -i",
      "wdt doct\t--stat\tnowhere/x --form\tjs\t\nexit\n", "$ ")
    assert.truthy(screen:find('"finding":"state_folder"', 1, true), screen)
  end)

  it("is complete in Chinese as well", function()
    for _, name in ipairs{ "bash", "zsh" } do
      cli:must(("wdt completion %s > script && %s -n script"):format(name, name), nil,
        { LANG = "zh_CN.UTF-8" })
    end
    assert.truthy(cli:must("wdt completion zsh", nil, { LANG = "zh_CN.UTF-8" }):find(
      "[显示本帮助]", 1, true))
  end)

  it("refuses a shell that it does not know", function()
    local got = cli:run "wdt completion tcsh"
    assert.equal(2, got.status)
    assert.truthy(got.err:find("must be one of 'bash', 'zsh'", 1, true), got.err)
  end)

  describe("has a manual page that", function()
    local function page(language)
      local out, err =
        cli:must(("wdt man --language %s > wdt.1 && MANWIDTH=120 man --warnings -E UTF-8 -l wdt.1")
        :format(language), nil, { LC_ALL = "C.UTF-8", MAN_KEEP_FORMATTING = false, PAGER = "cat",
          MANPAGER = "cat" })
      assert.equal("", err) -- no warning of roff's
      return out
    end

    it("tells every command, option, example and exit status", function()
      local text = page "en"
      for _, heading in ipairs{ "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS",
        "EXIT STATUS" } do
        assert.truthy(text:find("\n" .. heading .. "\n"), heading)
      end
      local flat = text:gsub("%s+", " ")
      for _, one in ipairs(require "wdt.cli".commands) do
        assert.truthy(text:find("\n   wdt " .. one.name .. "\n"), one.name)
        assert.truthy(flat:find(one.summary.en, 1, true), one.summary.en)
        for _, example in ipairs(one.examples) do
          assert.truthy(flat:find((example[1]:gsub("%s+", " ")), 1, true), example[1])
          assert.truthy(flat:find((example.en:gsub("%s+", " ")), 1, true), example.en)
        end
      end
      for _, exit in ipairs(require "wdt.cli.exits".list) do
        assert.truthy(flat:find((" %d %s"):format(exit.status, exit.en), 1, true), exit.en)
      end
      for _, option in ipairs{ "-o, --output FILE", "--follow", "--state FILE", "-h, --help" } do
        assert.truthy(text:find(" " .. option .. "\n", 1, true), option)
      end
    end)

    it("is there in Chinese", function()
      local text = page("zh"):gsub("%s+", "")
      for _, one in ipairs(require "wdt.cli".commands) do
        assert.truthy(text:find((one.summary.zh:gsub("%s+", "")), 1, true), one.summary.zh)
      end
      assert.truthy(text:find("退出码", 1, true))
    end)
  end)
end)
