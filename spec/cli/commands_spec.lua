-- `wdt count`, `call`, `sign`, `sandbox`, and the help of all commands.
local cjson = require "cjson"
local wdt = require "wdt"
local cli_of = require "wdt.cli"
local command = require "support.command"
local shell = require "support.shell"
local run, quote = shell.run, shell.quote

describe("the command", function()
  local visit, cli, day

  command.visiting(function(v, c) visit, cli, day = v, c, v.day end)

  it("runs through a link, and in its own folder", function()
    local program, lua = quote(shell.root .. "/lua/wdt/cli/command.lua"), shell.lua
    for _, line in ipairs{
      [[ln -s PROGRAM "o'dd"; ln -s "o'dd" again; LUA "./o'dd" --version; LUA again --version]],
      "cd $(dirname PROGRAM); LUA command.lua --version; cd ..; LUA cli/command.lua --version" } do
      line = line:gsub("PROGRAM", program):gsub("LUA", lua)
      assert.equal(("%s\n"):format(wdt._VERSION):rep(2),
        cli:must(line, nil, { LUA_PATH = "/nowhere/?.lua;;" }))
    end
  end)

  it("tells what a count leaves out, because the API does, and ends its log", function()
    local line = "wdt count --day " .. visit.day
    local _, told = cli:must(line, "enterprise")
    assert.truthy(told:find("not shown by this API: Taobao-family orders\n", 1, true), told)
    local n, err = cli:must(line .. " --log-json", "enterprise")
    local last = cjson.decode(err:match "([^\n]*)\n$")
    assert.same({ "end", tonumber(n) }, { last.event, last.rows })
    local _, quiet = cli:must(line .. " -q", "enterprise")
    assert.equal("", quiet)
  end)

  it("counts", function()
    local range = { start = day .. " 00:00:00", stop = day .. " 23:59:59" }
    local function counts(n, line, edition)
      assert.is_true(n > 5)
      assert.equal(n .. "\n", cli:must(line .. " --day " .. day, edition))
    end
    counts(visit:client("enterprise"):count("stockout_order_query_trade", range), "wdt count",
      "enterprise")
    counts(visit:client("ultimate"):count("wms.stockout.Sales.searchCancel", range),
      "wdt count cancelled", "ultimate")
    counts(visit:client("enterprise"):count("refund_query", range), "wdt count refund_query",
      "enterprise")
    range.status = 5
    counts(visit:client("enterprise"):count("stockout_order_query_trade", range),
      "wdt count cancelled", "enterprise")
    range.status = { 95, 110 }
    counts(visit:client("enterprise"):count("stockout_order_query_trade", range),
      "wdt count stockouts --status 95,110",
      "enterprise")
  end)

  it("calls", function()
    local params = { start_time = day .. " 10:00:00", end_time = day .. " 10:59:59",
      status = "110" }
    local line = (
      "wdt call stockout_order_query_trade -p start_time='%s' -p end_time='%s' "):format(
      params.start_time,
      params.end_time)
    local answer = cjson.decode((cli:must(line .. "-p status=110 --page-no 0 --page-size 3",
      "enterprise")))
    local truth = visit:client("enterprise"):call("stockout_order_query_trade", params,
      { page_no = 0, page_size = 3 })
    assert.equal(3, #truth.stockout_list)
    assert.same(truth, answer)
    local one = visit:rows("ultimate", "cancelled_stockouts", {})[1]
    params.start_time, params.end_time = one.modified:sub(1, 13) .. ":00:00",
      one.modified:sub(1, 13) .. ":59:59"
    line = ("wdt call wms.stockout.Sales.searchCancel --page-size 5 --body "
      .. "'{\"start_time\":\"%s\",\"end_time\":\"%s\"}'"):format(
      params.start_time, params.end_time)
    params.status = nil
    truth = visit:client("ultimate"):call("wms.stockout.Sales.searchCancel", params,
      { page_no = 0, page_size = 5 })
    assert.is_true(#truth.order_list > 0)
    answer = cjson.decode((cli:must(line, "ultimate")))
    assert.equal(truth.order_list[1].stockout_id, answer.order_list[1].stockout_id)
    assert.equal(#truth.order_list, #answer.order_list)
    -- On a terminal for people.
    local shown = cli:terminal(line, "ultimate")
    assert.truthy(shown:find '^{\n  "order_list": %[\n    {\n      "', shown)
  end)

  it("signs as the documents' examples do, and hides the secret", function()
    local v = { WDT_SID = "test2", WDT_APPKEY = "test2-xx", WDT_APPSECRET = "12345" }
    local text = cli:must(
      "wdt sign stockout_order_query_trade --timestamp 1470042310 --page-no 0 --page-size 40",
      "enterprise",
      v)
    local signed, md5 = text:match "\nsigned +([^\n]+)\nmd5 +(%x+)\n$"
    assert.equal(
      "06-appkey:0008-test2-xx;07-page_no:0001-0;09-page_size:0002-40;03-sid:0005-test2;"
      .. "09-timestamp:0010-1470042310<appsecret>", signed)
    local function digest(of) return (run("printf %s " .. quote(of)
      .. " | md5sum"):match "^%x+") end
    assert.equal(digest(signed:gsub("<appsecret>", "12345") .. ""), md5)
    assert.truthy(
      text:find("^POST +http://127.0.0.1:%d+/openapi2/stockout_order_query_trade.php\nbody "
        .. "+appkey=test2%-xx&"))
    assert.truthy(text:find("&sign=" .. md5 .. "&", 1, true))
    assert.is_nil(text:find("12345", 1, true))
    v.WDT_APPSECRET = "hush:pepper"
    text = cli:must("wdt sign a.b.C -p x:=[1] -p x=z --timestamp 1470042310", "ultimate", v)
    signed, md5 = text:match "\nsigned +([^\n]+)\nmd5 +(%x+)\n$"
    assert.equal(
      '<secret>body[{"x":[1,"z"]}]keytest2-xxmethoda.b.Csaltpeppersidtest2'
        .. "timestamp144695110v1.0<secret>", signed)
    assert.equal(digest((signed:gsub("<secret>", "hush"))), md5)
    assert.is_nil(text:find("hush", 1, true))
    local calls = shell.must("curl -s --noproxy '*' " .. visit.handle.url .. "/_sandbox/stats")
    cli:must("wdt sign shop", "enterprise")
    assert.equal(calls, shell.must("curl -s --noproxy '*' " .. visit.handle.url
      .. "/_sandbox/stats"))
  end)

  describe("sandbox", function()
    local function is_up(url)
      return select(2, run("curl -s --noproxy '*' " .. url .. "/_sandbox/stats")) == 0
    end

    it("runs on by itself, and is ended by its folder", function()
      local text = cli:must(
        "wdt sandbox --detach --rows 50 --days 3 --seed 2 --faults reset=0.5 --drift touch=1 "
        .. "--gateway total_as=string")
      local url, prefix, pid = text:match(
        "^WDT_SANDBOX_URL=(%S+)\nWDT_SANDBOX_PREFIX=(%S+)\nWDT_SANDBOX_PID=(%d+)\n$")
      assert.is_true(is_up(url))
      assert.equal(0, select(2, run("kill -0 " .. pid)))
      local options = shell.read(prefix .. "/options.lua")
      for _, part in ipairs{ '["rows_per_day"]=50', '["seed"]=2', '["reset"]=0.5', '["touch"]=1',
        '["total_as"]="string"' } do
        assert.truthy(options:find(part, 1, true), part)
      end
      assert.equal("", cli:must("wdt sandbox --stop " .. prefix .. " && wdt sandbox --stop "
        .. prefix))
      assert.is_false(is_up(url))
      assert.equal(1, select(2, run("test -e " .. prefix)))
    end)

    it("runs on by itself without the usual rate", function()
      local text = cli:must("wdt sandbox --detach --fast --rows 50 --days 3 >fast && eval "
        .. "\"$(cat fast)\" && printenv WDT_RATE; cat fast; wdt sandbox --stop "
        .. "$WDT_SANDBOX_PREFIX; rm fast")
      assert.truthy(text:find "^100000\nWDT_SANDBOX_URL=[^\n]+\n.*\nexport WDT_RATE=100000\n$",
        text)
    end)

    it("runs in front until it is told to end, and shows how to be its user", function()
      for _, signal in ipairs{ "INT", "TERM", "HUP" } do
        local text = cli:must(("mkfifo said; setsid env --default-signal=%s wdt sandbox --rows 50 "
          .. ">said & me=$!; exec 3<said; "
          .. "read -r line <&3; read -r one <&3; read -r two <&3; read -r three <&3; "
          .. "echo \"$line\"; (eval \"$one\"; wdt count --last 1h; wdt count --last 30d --route "
          .. "qimen); (eval \"$two\"; wdt count cancelled --last 1h; wdt count --last 1h --route "
          .. "qimen); (eval \"$one\"; eval \"$three\"; wdt count --last 1h); "
          .. "kill -%s $me; wait $me; echo $?; rm "
          .. "said"):format(signal, signal))
        local url, status = text:match("^sandbox at (%S+); Ctrl%-C ends it\n%d+\n[1-9]%d*\n"
          .. "%d+\n%d+\n%d+\n(%d+)\n$")
        assert.equal("0", status, text)
        assert.is_false(is_up(url))
      end
    end)

    it("ends with a reader who was gone before it could tell its address", function()
      local got = cli:run("{ wdt sandbox --rows 50 --prefix box; echo $? >status; } | true")
      assert.equal("", got.err)
      assert.equal("141\n", shell.read(cli.folder .. "/status"))
      assert.not_equal(0, select(2, run("kill -0 $(cat " .. quote(cli.folder .. "/box/nginx.pid")
        .. ")")))
    end)

    it("says why it does not start", function()
      for line, expected in pairs{ ["--gateway colour=1"] = {
        3, "wdt: config: nginx does not start: .*parameter 'colour' is 1" },
        ["--port " .. visit.handle.port] =
          { 3, "wdt: config: nginx does not start: port %d+ is in use" } } do
        local got = cli:run("wdt sandbox --detach " .. line)
        assert.equal(expected[1], got.status, got.err)
        assert.truthy(got.err:find(expected[2]), got.err)
      end
    end)
  end)

  describe("help", function()
    local function words(text) return (text:gsub("%s+", " ")) end

    it("stands in both languages, of the whole and of each command", function()
      for language, locale in pairs{ en = "C.UTF-8", zh = "zh_CN.UTF-8" } do
        local help = cli:must("wdt --help", nil, { LANG = locale })
        assert.equal(help, cli:must("wdt -h", nil, { LANG = locale }))
        assert.truthy(help:find(language == "zh" and "用法: wdt" or "Usage: wdt", 1, true))
        for _, one in ipairs(cli_of.commands) do
          assert.truthy(help:find(("\n   %-26s %s\n"):format(one.name, one.summary[language]), 1,
            true), one.name)
          local own = cli:must("wdt " .. one.name .. " --help", nil, { LANG = locale })
          assert.truthy(own:find("wdt " .. one.name, 1, true))
          assert.is_true(#one.examples > 0, one.name)
          for _, example in ipairs(one.examples) do
            assert.truthy(own:find("   " .. example[1] .. "\n      " .. example[language] .. "\n",
              1, true), example[1])
          end
          -- Every option is described; one of two names and a value takes two lines.
          for line in own:gsub(",( +%S[^\n]*)\n +%-%-%S+ %S+\n", "%1\n"):gmatch "\n( +%-[^\n]*)" do
            assert.truthy(line:find "^ +%-%S+.-  +%S", one.name .. ": " .. line)
          end
        end
        for _, exit in ipairs(require "wdt.cli.exits".list) do
          assert.truthy(help:find(("\n   %-4d %s"):format(exit.status, exit[language]), 1, true))
        end
      end
      assert.equal(wdt._VERSION .. "\n", (cli:must "wdt --version"))
      local got = cli:run "wdt"
      assert.equal(2, got.status)
      assert.truthy(words(got.out):find("Usage: wdt", 1, true))
    end)
  end)
end)
