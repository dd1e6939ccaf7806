-- How the command fails: every exit status and what is said, once; where the account comes from;
-- the other commands of one call.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local exits = require "wdt.cli.exits"
local server = require "wdt.sandbox.server"
local wdt = require "wdt"
local command = require "support.command"
local shell = require "support.shell"

local SEEN = {} -- exit statuses that a test has produced

describe("the command", function()
  local visit, cli, day

  command.visiting(function(v, c) visit, cli, day = v, c, v.day end)

  -- Runs a line that has to fail so; its text and, unless there is none, the advice after it.
  local function fails(status, said, line, edition, more)
    local got = cli:run(line, edition, more)
    SEEN[got.status] = true
    assert.equal(status, got.status, line .. "\n" .. got.err)
    assert.truthy(got.err:find(said, 1, true), got.err)
    assert.equal("", got.out)
    assert.is_nil(got.err:find("sandbox-secret", 1, true))
    local code = got.err:match "wdt: (%l+)"
    assert.equal(status, exits.status(code))
    local advice = exits.ADVICE[code]
    -- of a sub-command its own help; where the text itself tells what to do, nothing more
    local name = line:match "^wdt (%l+)"
    local own = name and require "wdt.cli.subcommands".find(name)
    if code == "usage" and own then advice = { en = exits.HELP.en:format(name) } end
    local told = got.err:find("nearest", 1, true) or got.err:find("Did you mean", 1, true)
      or got.err:find("which time?", 1, true)
      or code == "config" and got.err:find " line %d+%)\n"
    if advice and not told then
      assert.truthy(got.err:find("\n     " .. advice.en .. "\n", 1, true), got.err)
    end
    return got.err
  end

  local function inject(fault)
    server.control(visit.handle, "inject", fault)
  end

  describe("refuses", function()
    for line, said in pairs{
      ["stockouts --nope"] = "wdt: usage: unknown option '--nope'",
      ["stockout"] = "wdt: usage: unknown command 'stockout'\nDid you mean 'stockouts'?",
      ["stockouts x"] = "wdt: usage: too many arguments",
      ["call"] = "wdt: usage: missing argument 'METHOD'",
      ["--quiet"] = "wdt: usage: unknown option '--quiet'",
      ["stockouts --start"] = "wdt: usage: option '--start' requires an argument",
      ["stockouts --start x"] = "wdt: usage: option --start: 'x' is no time: YYYY-MM-DD, or",
      ["stockouts --last 1h --day 2026-11-11"] =
        "wdt: usage: the time is --start and --stop, or --day, or --month, or --last",
      ["stockouts --last 1h --private remark"] =
        "wdt: usage: --private adds to what --mask replaces; give both",
      ["stockouts --last 1h --explode details_list"] =
        "wdt: usage: only csv, table and xlsx have columns: --explode and --header go",
      ["stockouts --last 1h --header label -o x.json"] =
        "wdt: usage: only csv, table and xlsx have columns",
      ["stockouts --last 1h --format table --bom"] =
        "wdt: usage: only csv, table and xlsx have columns",
      ["stockouts --last 1h -o day.xlsx.gz"] =
        "wdt: usage: day.xlsx.gz: a file's kind is told by its ending: .csv, ",
      ["stockouts --last 1h --continue"] =
        "wdt: usage: --continue goes on with the FILE.part of -o FILE; give both",
      ["stockouts --stop 2026-11-11"] =
        "wdt: usage: the time is --start and --stop, or --day, or --month, or --last",
      ["stockouts"] = "wdt: usage: which time? --last 24h, --day today",
      ["stockouts --last 1h --format xml"] =
        "wdt: usage: argument for option '--format' must be one of 'table', 'ndjson', 'csv', "
          .. "'json'",
      ["stockouts --last 1h --lanes 0"] =
        "wdt: usage: option --lanes: '0' is no whole number above 0",
      ["stockouts --last 1h --page-size much"] =
        "wdt: usage: option --page-size: 'much' is neither a whole number above 0 nor learn",
      ["stockouts --last 1h --lanes 65"] =
        "wdt: usage: parameter 'lanes' is 65, expected a whole number from 1 to 64",
      ["stockouts --last 1h --status x"] =
        "wdt: usage: parameter 'status' is \"x\", expected a status number, or a list of them",
      ["stockouts --last 1h -p colour=red"] =
        "wdt: usage: parameter 'colour' is \"red\", expected one of fetch_stock_only, ",
      ["cancelled --last 1h --status 95"] = "wdt: usage: parameter 'status' is",
      ["records nope --last 1h"] = "wdt: usage: parameter 'method' is \"nope\"",
      ["records stock_pd_order_query --last 1h"] = "wdt: usage: parameter 'list' is missing",
      ["count shop.php --last 1h"] = "wdt: usage: parameter 'method' is \"shop.php\"",
      ["call shop -p a=1 --body '{}'"] = "wdt: usage: either --body or --param",
      ["call shop --body '{'"] = "wdt: usage: option --body: not JSON: ",
      ["call shop -p sign=x"] = "wdt: usage: parameter params.sign is set by the library",
      ["sign shop -p sign=x"] = "wdt: usage: params.sign is set by the library",
      ["records shop --last 1h --page-size 9999"] = "wdt: usage: parameter 'page_size' is 9999",
      ["sandbox --faults x"] = "wdt: usage: option --faults: 'x' is not NAME=VALUE",
      ["sandbox --stop x --nope"] = "wdt: usage: unknown option '--nope'",
    } do
      it(line, function() fails(2, said, "wdt " .. line, "enterprise") end)
    end

    it("a secret, however it is given, and does not repeat it", function()
      for _, line in ipairs{ "stockouts --appsecret hush", "stockouts --appsecret=hush",
        "count --secret hush",
        "call x -p appsecret=hush", "doctor --password hush", "appsecret=hush",
        "stockouts --mask-key hush" } do
        local err = fails(
          2, "a secret is not taken from the command line, where everybody on this machine can "
            .. "read it",
          "wdt " .. line)
        assert.is_nil(err:find("hush", 1, true))
      end
    end)
  end)

  local function file_of(one)
    return shell.quote(one.folder .. "/.config/wdt/config.ini")
  end

  it("says what is missing in the account", function()
    local line = "wdt count --day " .. day
    fails(3, "wdt: config: the setting 'edition' is missing; expected \"enterprise\" or "
      .. "\"ultimate\" or \"huice\"", line)
    fails(3, "wdt: config: the setting 'edition' is \"x\"", line, "enterprise",
      { WDT_EDITION = "x" })
    fails(3, "wdt: config: the setting 'appsecret' can't be used", line, "ultimate",
      { WDT_APPSECRET = "sandbox-secret" })
    fails(3, "wdt: config: profile 'shop9' is not in " .. cli.folder .. "/.config/wdt/config.ini",
      line .. " --profile shop9",
      "enterprise")
    fails(3, "wdt: config: profile 'shop9' is not in any file: HOME is not set", line, "enterprise",
      { WDT_PROFILE = "shop9", HOME = false })
  end)

  it("takes the account from a profile, which is a whole", function()
    local line = "wdt count --day " .. day
    local n = cli:must(line, "enterprise")
    assert.is_true(tonumber(n) > 5)
    cli:profile("default", "enterprise", "rate = 30\ntimeout.total = 60")
    assert.equal(n, cli:must(line))
    cli:profile("shop1", "enterprise")
    assert.equal(n, cli:must(line .. " --profile shop1"))
    assert.equal(n, cli:must(line .. " --profile shop1", "enterprise",
      { WDT_PROFILE = "shop9", WDT_SID = "no_one" }))
    assert.equal(n, cli:must(line, nil, { WDT_PROFILE = "shop1" }))
    assert.equal(n, cli:must(line .. " --profile shop1", nil,
      { XDG_CONFIG_HOME = cli.folder .. "/.config", HOME = "/nowhere" }))
    fails(3, "setting 'edition' is missing", line, nil, { XDG_CONFIG_HOME = "/nowhere" })
    for _, mode in ipairs{ "640", "604", "620" } do
      cli:profile("shop1", "enterprise", nil, mode)
      local file = cli.folder .. "/.config/wdt/config.ini"
      fails(3, ("wdt: config: %s holds secrets and can be read by others than its owner; do: "
        .. "chmod 600 %s\n"):format(file, file),
        line .. " --profile shop1", "enterprise")
    end
    shell.must(("rm %s && mkdir %s"):format(file_of(cli), file_of(cli)))
    fails(3, "config.ini: Is a directory", line .. " --profile shop1", "enterprise")
    shell.must("rmdir " .. file_of(cli))
    cli:profile("shop1", "enterprise", "a line that is none")
    fails(3, "config.ini: line 7 is neither [profile] nor name = value", line .. " --profile shop1")
    cli:profile("shop1", "enterprise", "rate = many")
    fails(3, "wdt: config: the setting 'rate' is \"many\"", line .. " --profile shop1")
    cli:profile("shop1", "enterprise", "colour = red")
    fails(3, "wdt: config: the setting 'colour' is not known", line .. " --profile shop1")
    shell.must("rm -rf " .. shell.quote(cli.folder .. "/.config"))
  end)

  it("tells the gateway's refusals apart", function()
    local line = "wdt count --day " .. day
    fails(4, "wdt: auth: 1005 签名sign错误", line, "enterprise", { WDT_APPSECRET = "wrong" })
    inject{ kind = "server", code = 1060, text = "no+right" }
    fails(4, "wdt: permission: 1060 no right", line, "enterprise")
    inject{ kind = "server", code = 1, text = "timestamp+is+wrong" }
    fails(4, "wdt: clock: 1 timestamp is wrong", line .. " --profile impatient")
    inject{ kind = "server", code = 2102, text = "start_time" }
    fails(7, "wdt: param: 2102 start_time", line, "enterprise")
    inject{ kind = "server", code = 4711, text = "strange" }
    fails(7, "wdt: api: 4711 strange", line, "enterprise")
    inject{ kind = "reset", at = 0 }
    fails(12, "wdt: unconfirmed: the request was sent, and may have been acted on (truncated: ",
      "wdt call trade_push", "enterprise")
    inject{ kind = "rate", comma = 2 }
    fails(5, "wdt: rate: ", line .. " --profile impatient")
  end)

  it("shows no control character of the gateway's", function()
    for _, line in ipairs{ "wdt count", "wdt count --verbose", "wdt count --log-json" } do
      inject{ kind = "server", code = 4711, text = "odd%1B%5D0%3Btitle%07%C2%9B2J" }
      local got = cli:run(line .. " --day " .. day, "enterprise")
      if line:find("json", 1, true) then
        assert.truthy(got.err:find('"error":"4711 odd', 1, true), got.err)
      else
        assert.truthy(got.err:find("wdt: api: 4711 odd�]0;title��2J\n", 1, true), got.err)
      end
      assert.is_nil(got.err:find "[%z\1-\9\11-\31\127]")
      assert.is_nil(got.err:find "\194[\128-\159]")
    end
  end)

  it("tells the network's failures apart", function()
    local line = "wdt count --profile impatient --day " .. day
    for said, fault in pairs{ ["server: HTTP 503"] = { kind = "http_5xx", status = 503 },
      ["http: HTTP 404"] = { kind = "http_5xx", status = 404 },
      ["timeout: "] = { kind = "stall", at = 5 },
      ["truncated: "] = { kind = "truncate", at = 5 }, ["syntax: "] = { kind = "html" } } do
      inject(fault)
      fails(6, "wdt: " .. said, line)
    end
    cli:profile("impatient", "enterprise", "retry.attempts = 1\nurl = http://127.0.0.1:1/openapi2")
    fails(6, "wdt: connect: ", line)
    cli:profile("impatient", "enterprise", "retry.attempts = 1\nurl = "
      .. visit.handle.url:gsub("^http", "https") .. "/openapi2")
    fails(6, "wdt: tls: ", line)
  end)

  before_each(function() cli:profile("impatient", "enterprise",
    "retry.attempts = 1\ntimeout.stall = 1") end)

  it("names a limit that was reached", function()
    local init = [[local core = require "wdt.core" local decoder = core.decoder
      core.decoder = function(o) o.limits = { row = 500 } return decoder(o) end]]
    fails(8, "wdt: limit: limits.row = 500 is exceeded", "wdt stockouts --day " .. day,
      "enterprise", { LUA_INIT = init })
  end)

  it("with --strict says what could not be proved, else warns", function()
    -- More rows in each second than a page holds, and nothing to cut them by.
    local start = day .. " 11:00:00"
    local noon = beijing.parse(start)
    local handle = assert(server.start{ world = { rows_per_day = 4000000, from = noon - 3600,
      to = noon + 3600,
      now = noon + 3600 } })
    finally(function() server.stop(handle) end)
    local line = ("wdt cancelled --rate 1000 --page-size 2 --start '%s' --stop '%s'"):format(
      start, start)
    local more = { WDT_URL = handle.url .. "/openapi" }
    local got = cli:run(line, "ultimate", more)
    local strict = cli:run(line .. " --strict", "ultimate", more)
    assert.equal(0, got.status, got.err)
    assert.truthy(
      got.err:find "\n1 of 1 window could not be proved complete: rows may be missing there\n",
      got.err)
    assert.is_true(select(2, got.out:gsub("\n", "")) > 2)
    assert.equal(9, strict.status)
    SEEN[9] = true
    assert.truthy(strict.err:find("wdt: uncertified: " .. start .. " to ", 1, true), strict.err)
    assert.truthy(strict.err:find(exits.ADVICE.uncertified.en, 1, true))
  end)

  it("says that a state is damaged", function()
    shell.write(cli.folder .. "/damaged", "not a state\n")
    fails(10, "wdt: state: ", "wdt ledger damaged")
  end)

  it("says where its own fault is", function()
    local err = fails(70, "boom", "wdt count --last 1h", "enterprise",
      { LUA_INIT = "require('wdt.cli.query').query = function() error 'boom' end" })
    assert.truthy(err:find "^wdt: internal: ")
    assert.truthy(err:find("stack traceback:", 1, true))
  end)

  it("tells the output's failures, and a reader's end", function()
    SEEN[11] = cli:run("wdt stockouts --day " .. day .. " >/dev/full", "enterprise").status == 11
    local got = cli:run("{ wdt stockouts --rate 1000 --start " .. visit.month
      .. "-01; echo $? >status; } | head -n 1",
      "enterprise")
    assert.equal("", got.err)
    assert.truthy(cjson.decode(got.out).order_no)
    assert.equal("141\n", shell.read(cli.folder .. "/status"))
    SEEN[141] = true
  end)

  it("asks for little when its help is wanted by a reader who leaves", function()
    local got = cli:run "{ wdt --help; echo $? >status; } | true"
    assert.equal("", got.err)
    assert.truthy(("0141"):find(shell.read(cli.folder .. "/status"):match "%d+"))
  end)

  it("says what it does, as far as that is wanted", function()
    local _, err = cli:must("wdt stockouts -v --day " .. day .. " >/dev/null", "enterprise")
    assert.truthy(err:find "stockout_order_query_trade page_no=0 %d+%.%d%d s %d+ B\n", err)
    assert.truthy(err:find "\n%d+ rows · %d+ calls · %d+%.%d s · complete %(%l+%)\n", err)
    inject{ kind = "http_5xx", status = 503 }
    _, err = cli:must("wdt count -v --day " .. day, "enterprise")
    assert.truthy(
      err:find "stockout_order_query_trade: server: HTTP 503, text/html; again in %d s\n", err)
    _, err = cli:must("wdt stockouts --log-json --day " .. day .. " >/dev/null", "enterprise")
    local events = {}
    for line in err:gmatch "[^\n]+" do
      local event = cjson.decode(line)
      events[event.event] = event
    end
    assert.equal("stockout_order_query_trade", events.call.method)
    assert.is_string(events.window.certificate)
    assert.equal(events.window.certificate, events["end"].certificate)
    assert.truthy(events.call.time:find "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$")
    assert.equal("", select(2, cli:must("wdt stockouts --format csv --quiet --day " .. day,
      "enterprise")))
    assert.equal("wdt: auth: 1005 签名sign错误\n", cli:run(
      "wdt count -q --day " .. day, "enterprise", { WDT_APPSECRET = "x" }).err)
  end)

  it("speaks the user's language", function()
    for variable, locale in pairs{ LC_ALL = "zh_CN.UTF-8", LC_MESSAGES = "zh_TW.UTF-8",
      LANG = "zh_CN" } do
      local got = cli:run("wdt stockouts --nope", nil, { LANG = "C", [variable] = locale })
      assert.equal("wdt: usage: 未知选项 '--nope'\n     " .. exits.HELP.zh:format "stockouts" .. "\n",
        got.err)
    end
    local got = cli:run("wdt stockouts --nope", nil, { LC_ALL = "en_US.UTF-8", LANG = "zh_CN" })
    assert.truthy(got.err:find("unknown option", 1, true))
    for line, said in pairs{ ["stockout"] = "未知子命令 'stockout'\n您是否要用 'stockouts'？",
      ["stockouts x"] = "参数过多",
      ["call"] = "缺少参数 'METHOD'",
      ["stockouts --start"] = "选项 '--start' 需要一个值", ["stockouts --bom=1"] = "选项 '--bom' 不带值",
      ["stockouts --format x"] = "选项 '--format' 的值只能是 'table', 'ndjson', 'csv', 'json', 'xlsx' 之一",
      ["stockouts --start x"] = "选项 --start：'x' 不是时间：请用 YYYY-MM-DD 或 "
        .. "'YYYY-MM-DD HH:MM:SS'（北京时间）、today、yesterday，或 Unix 秒数",
      ["stockouts --last x"] = "选项 --last：'x' 不是时间长度：请用 90m, 24h, 7d, 2w",
      ["stockouts --day x"] = "选项 --day：'x' 不是日期：请用 YYYY-MM-DD, today, yesterday",
      ["stockouts --status ,"] = "选项 --status：列表为空",
      ["stockouts --lanes x"] = "选项 --lanes：'x' 不是大于 0 的整数",
      ["sign x --timestamp x"] = "选项 --timestamp：'x' 不是整数",
      ["call x --body '{'"] = "选项 --body：不是 JSON：",
      ["stockouts -p x"] = "选项 --param：'x' 既不是 名=文本，也不是 名:=JSON",
      ["sandbox --drift x"] = "选项 --drift：'x' 不是 名=值",
      ["sync x --to y"] = "选项 --to：'y' 不是 csv:FOLDER, mysql://USER@HOST/DATABASE, ndjson:FOLDER, "
        .. "postgres:ADDRESS, sqlite:FILE, xlsx:FOLDER 之一",
      ["stockouts --stop 2026-11-11"] = "时间用 --start 与 --stop、--day、--month 或 --last 之一指定" } do
      got = cli:run("wdt " .. line, "enterprise", { LANG = "zh_CN.UTF-8" })
      assert.equal(2, got.status)
      assert.truthy(got.err:find("wdt: usage: " .. said, 1, true), got.err)
    end
  end)
end)

it("every documented exit status but those of a terminal and of a report was produced", function()
  SEEN[0] = true
  for _, exit in ipairs(exits.list) do
    -- Those: cli_terminal_spec.lua; 1: cli_doctor_spec.lua.
    local elsewhere = exit.status == 1 or exit.status == 130 or exit.status == 143
    assert.is_true(SEEN[exit.status] or elsewhere, exit.status)
  end
  assert.is_string(wdt._VERSION)
end)
