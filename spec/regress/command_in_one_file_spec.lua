-- A sub-command had to be added to a list besides its file, and every run, `wdt --version` as well,
-- loaded all of them and the whole library: 128 modules, 0.1 s.
local command = require "support.command"
local shell = require "support.shell"
local quote = shell.quote

describe("a sub-command", function()
  local cli, folder, wdt, variables

  setup(function()
    cli = command.new()
    folder = cli.folder
    shell.must(("cp -r %s/lua %s"):format(quote(shell.root), quote(folder)))
    wdt = shell.lua .. " " .. quote(folder .. "/lua/wdt/cli/command.lua")
    variables = cli:variables()
  end)

  teardown(function() cli:close() end)

  it("is added by one file: it runs, has help, a manual page and completion", function()
    shell.write(folder .. "/lua/wdt/cli/commands/greet.lua", [[
      return { name = "greet", place = 15, account = false,
        summary = { en = "Say a word", zh = "说一个词" },
        options = function(parser, t)
          parser:argument("word", t{ en = "to say", zh = "内容" }):argname "WORD"
        end,
        examples = { { "wdt greet x", en = "says x", zh = "说 x" } },
        run = function(args, app) app:write(args.word, "\n") return 7 end }]])
    local out, status = shell.run(wdt .. " greet hello", variables)
    assert.equal("hello\n", out)
    assert.equal(7, status)
    local help = shell.must(wdt .. " --help", variables)
    assert.truthy(help:find "\n   stockouts .*\n   greet  +Say a word\n   cancelled ", help)
    assert.truthy(shell.must(wdt .. " greet -h", variables):find("says x", 1, true))
    assert.truthy(shell.must(wdt .. " man", variables):find("wdt greet", 1, true))
    for _, name in ipairs{ "bash", "zsh" } do
      assert.truthy(shell.must(wdt .. " completion " .. name, variables):find("greet", 1, true))
    end
  end)

  -- How many of our modules a command line loads.
  local function modules(line)
    local more = { LUA_INIT = [[local exit = os.exit
      os.exit = function(...)
        local n = 0
        for name in pairs(package.loaded) do n = n + (name:find "^wdt" and 1 or 0) end
        io.stderr:write("modules=", n, "\n")
        exit(...)
      end]] }
    for name, value in pairs(variables) do more[name] = more[name] or value end
    return tonumber(shell.must(wdt .. " " .. line, more):match "modules=(%d+)")
  end

  it("loads what it uses: few modules for its help, hardly any for the version", function()
    assert.is_true(modules "--version" <= 5)
    assert.is_true(modules "count --help" <= 21) -- leaves of a few lines among them
    local commands = select(2, shell.must(("ls %s/lua/wdt/cli/commands"):format(
      quote(folder))):gsub("\n", ""))
    assert.is_true(modules "--help" <= commands + 22)
  end)
end)
