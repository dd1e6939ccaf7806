-- `wdt init`, `profiles`, `help`: from nothing to the first rows; and words for who writes no Lua.
local cjson = require "cjson"
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

describe("to begin, the command", function()
  local visit, cli, file

  setup(function()
    visit = visitor.start()
    cli = command.new(visit)
    file = cli.folder .. "/.config/wdt/config.ini"
  end)

  before_each(function() shell.must("rm -rf " .. quote(cli.folder .. "/.config")) end)

  teardown(function()
    cli:close()
    visit:stop()
  end)

  local function answers(edition, number)
    local v = visit:variables(edition)
    return ("printf '%%s\\n' %s %s %s %s"):format(number, quote(v.WDT_SID), quote(v.WDT_APPKEY),
      quote(v.WDT_APPSECRET)), v
  end

  it("asks for the account, writes its profile, checks it and shows three rows", function()
    for number, edition in pairs{ "enterprise", "ultimate" } do
      local typed, v = answers(edition, number)
      local out, err = cli:must(typed .. " | wdt init --name " .. edition .. " --url "
        .. v.WDT_URL)
      assert.truthy(out:find "\nok +credentials", out)
      assert.truthy(out:find "three of the last month's stockouts:\norder_no +consign_time", out)
      assert.equal(3, select(2, out:gsub("\nCK%d+ ", "")))
      assert.truthy(err:find("wdt stockouts --profile " .. edition .. " --last 24h", 1, true), err)
      assert.is_nil((out .. err):find(v.WDT_APPSECRET, 1, true))
    end
    assert.equal("600\n", shell.must("stat -c %a " .. quote(file)))
    assert.equal("700\n", shell.must("stat -c %a " .. quote(cli.folder .. "/.config/wdt")))
    local list = cjson.decode((cli:must "wdt profiles --format json"))
    assert.equal("enterprise", list[1].name)
    assert.equal("ultimate", list[2].edition)
    assert.is_nil(list[1].appsecret)
    local text = cli:must "wdt profiles"
    assert.truthy(text:find "\n +enterprise +enterprise ", text)
  end)

  it("writes another rate, and reads at it", function()
    local typed, v = answers("enterprise", 1)
    cli:must(typed .. " | wdt init --no-check --rate 100000 --url " .. v.WDT_URL)
    assert.truthy(shell.read(file):find("\nrate = 100000\n", 1, true))
    cli:must("wdt count --last 1h", false)
    local got = cli:run(typed .. " | wdt init --name x --no-check --rate 0.5")
    assert.equal(2, got.status)
  end)

  it("keeps other profiles, and replaces one only when it is asked to", function()
    local typed = answers("enterprise", 1)
    cli:must(typed .. " | wdt init --no-check")
    cli:must(typed .. " | wdt init --name two --no-check")
    local got = cli:run(typed .. " | wdt init --name two --no-check")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("the profile 'two' is there already", 1, true), got.err)
    cli:must("printf '1\\na\\nb\\nc\\n' | wdt init --name two --replace --no-check")
    local text = shell.read(file)
    assert.equal(1, select(2, text:gsub("%[two%]", "")))
    assert.truthy(text:find("[two]\nedition = enterprise\nsid = a\nappkey = b\nappsecret = c\n", 1,
      true), text)
    assert.truthy(text:find("[default]", 1, true))
  end)

  it("writes nothing where the answers end", function()
    local got = cli:run "printf '1\\nsid\\n' | wdt init"
    assert.equal(2, got.status)
    assert.truthy(got.err:find("the standard input ended before all was answered", 1, true))
    assert.is_nil(io.open(file))
    assert.truthy(cli:run("wdt profiles").err:find "^no profile yet; wdt init makes one, in /")
  end)

  it("hides what is typed for the secret, and shows the rest again after it", function()
    local shown = cli:terminal(shell.lua .. [[ -e 'require "wdt.posix".echo(false)'; stty -a]],
      "enterprise")
    assert.truthy(shown:find " %-echo ", shown)
    shown = cli:terminal("wdt init --no-check; stty -a", "enterprise",
      { keys = "1\nmysid\nmykey\nhushhush\n", wanted = "number:" })
    assert.truthy(shown:find("written: [default]", 1, true), shown)
    assert.truthy(shown:find " echo ", shown)
    assert.truthy(shell.read(file):find("appsecret = hushhush\n", 1, true))
  end)

  it("helps: all, one command, errors", function()
    assert.equal(cli:must "wdt --help", cli:must "wdt help")
    assert.equal(cli:must "wdt count --help", cli:must "wdt help count")
    local text = cli:must "wdt help errors"
    for _, exit in ipairs(require "wdt.cli.exits".list) do
      assert.truthy(text:find(("\n%-4d %s\n"):format(exit.status, exit.en), 1, true), exit.en)
    end
    local got = cli:run "wdt help stockout"
    assert.equal(2, got.status)
    assert.truthy(got.err:find("the nearest known: 'stockouts'", 1, true), got.err)
  end)

  it("asks for nothing where it may not write, in its own words", function()
    local got = cli:run("touch file; wdt init </dev/null", nil, { XDG_CONFIG_HOME = cli.folder
      .. "/file" })
    assert.equal(11, got.status)
    assert.equal("", got.out)
    assert.equal(("wdt: output: the folder %s/file/wdt can't be made; XDG_CONFIG_HOME names "
      .. "another place\n"):format(cli.folder), got.err)
    got = cli:run("mkdir -p place/wdt/config.ini.new; wdt init </dev/null", nil,
      { XDG_CONFIG_HOME = cli.folder .. "/place" })
    assert.equal(11, got.status)
    assert.truthy(got.err:find("^wdt: output: [^\n]*/place/wdt/config.ini: [^\n]+\n$"), got.err)
  end)

  describe("has words", function()
    local function says(line, said, more)
      local got = cli:run(line, "enterprise", more)
      assert.is_true(got.status ~= 0)
      assert.truthy(got.err:find(said, 1, true), got.err)
      return got.err
    end

    it("without Lua, in the user's language", function()
      local nothing = { WDT_EDITION = false, WDT_SID = false }
      local err = says("wdt count --last 1h", "wdt: config: the setting 'edition' is missing; "
        .. "expected \"enterprise\" or \"ultimate\" or \"huice\"\n     wdt init ", nothing)
      assert.is_nil(err:find("nil", 1, true))
      nothing.LANG = "zh_CN.UTF-8"
      says("wdt count --last 1h", "wdt: config: 缺少设置项 edition，应为 \"enterprise\" 或 "
        .. "\"ultimate\" 或 \"huice\"\n", nothing)
      says("wdt count --last 1h --set retry.attempts=x",
        "设置项 retry.attempts 的值 \"x\" 无法使用，应为 大于 0 的整数", { LANG = "zh_CN.UTF-8" })
      says("wdt stockouts --fields statu --last 1h", "(a field that no document names: "
        .. "--allow-unknown)")
    end)

    it("that tell the file and line of a wrong setting", function()
      cli:profile("shop", "enterprise", "rate = 1.5")
      local err = says("wdt count --last 1h --profile shop", "the setting 'rate' is 1.5; expected "
        .. "a whole number of calls a minute (" .. file .. " line 7)\n")
      assert.equal(1, select(2, err:gsub("\n", ""))) -- and nothing else is to be done
    end)

    it("with one hint that fits", function()
      local err = says("wdt count --nope", "\n     wdt count --help tells what there is.\n")
      assert.equal(2, select(2, err:gsub("\n", "")))
      err = says("wdt stockouts --fields statu --last 1h", "the nearest known: 'status'")
      assert.is_nil(err:find("--help", 1, true))
    end)

    it("that name the option whose value can't be used, negative ones as well", function()
      says("wdt stockouts --last 1h --limit -1", "option --limit: '-1' is no whole number above 0")
      says("wdt stockouts --start -5", "option --start: '-5' is no time: ")
      says("wdt stockouts --last 1h --limit -1", "选项 --limit：'-1' 不是大于 0 的整数",
        { LANG = "zh_CN.UTF-8" })
      says("wdt values stockouts", "missing argument 'FIELD'")
    end)

    it("of an address that is not there, with the URL and without its password", function()
      local url = visit:variables("enterprise").WDT_URL:gsub("://", "://user:hush@"):gsub(
        "openapi2", "elsewhere")
      local err = says("wdt count --last 1h --set retry.attempts=1", "     asked: "
        .. url:gsub("hush", "***"), { WDT_URL = url })
      assert.is_nil(err:find("hush", 1, true))
      assert.truthy(err:find("is probably wrong", 1, true))
    end)

    it("for settings on the command line, but for secrets", function()
      cli:must("wdt count --last 1h --set retry.cooldown=5 --set timeout.total=60 --set lanes=2",
        "enterprise")
      says("wdt count --last 1h --set retry.cooldwn=5", "the nearest known: 'cooldown'")
      for _, one in ipairs{ "--set appsecret=x", "--set qimen.app_secret=x", "--set=mask_key=x" } do
        says("wdt count --last 1h " .. one, "a secret is not taken from the command line")
      end
    end)
  end)
end)
