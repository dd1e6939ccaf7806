-- The command as a person meets it: in a real terminal of 80 and of 40 columns, in Chinese and in
-- C. To begin (init, profiles, sandbox), to find names, and words for what goes wrong.
local command = require "support.command"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local terminal = require "support.terminal"
local visitor = require "support.visitor"

local WORDS = {
  zh = { number = "序号：", sid = "卖家账号）：", appkey = "appkey：", secret = "secret:salt）：",
    rows = "最近一个月的三条出库单：", next = "接下来：wdt stockouts --last 24h", fine = "正常  密钥",
    exists = "配置“default”已存在于", near = "最接近的有：'shop1'" },
  C = { number = "number: ", sid = "卖家账号): ", appkey = "appkey: ", secret = "secret:salt): ",
    rows = "three of the last month's stockouts:", next = "next: wdt stockouts --last 24h",
    fine = "ok     credentials", exists = "the profile 'default' is there already",
    near = "the nearest known: 'shop1'" },
}

for _, place in ipairs{ { 80, "zh" }, { 40, "zh" }, { 80, "C" }, { 40, "C" } } do
  local columns, language = place[1], place[2]
  local said = WORDS[language]
  describe(("in a terminal of %d columns, LANG %s, the command"):format(columns, language),
    function()
    local visit, cli, t

    setup(function()
      visit = visitor.start()
      cli = command.new(visit)
      t = terminal.open(cli, { columns = columns, language = language })
    end)
    teardown(function()
      t:close()
      cli:close()
      visit:stop()
    end)

    it("asks for an account without showing the secret, checks it, and shows three orders",
      function()
      local v = visit:variables "enterprise"
      t:type("wdt init --url " .. v.WDT_URL .. "\n")
      for _, step in ipairs{ { said.number, "1" }, { said.sid, v.WDT_SID },
        { said.appkey, v.WDT_APPKEY }, { said.secret, v.WDT_APPSECRET } } do
        t:wait(step[1])
        t:type(step[2] .. "\n")
      end
      local shown = t:wait(said.next)
      assert.is_nil(shown:find(v.WDT_APPSECRET, 1, true))
      assert.truthy(shown:find(said.fine, 1, true), shown)
      local rows = shown:match(said.rows:gsub("[%.]", "%%%0") .. "\n(.*)")
      assert.equal(3, select(2, rows:gsub("CK%d+", "")), shown)
      assert.equal("600\n", shell.must("stat -c %a " .. shell.quote(cli.folder
        .. "/.config/wdt/config.ini")))
      assert.truthy(shell.read(cli.folder .. "/.config/wdt/config.ini"):find(v.WDT_APPSECRET, 1,
        true))
      -- what is typed is shown again
      assert.truthy(t:run "echo sho''wn":find("shown", 1, true))
    end)

    it("keeps the profile that is there, and names the nearest one", function()
      local text, status = t:run "wdt init"
      assert.equal(2, status)
      assert.truthy(text:find(said.exists, 1, true), text)
      t:run "sed -i 's/default/shop1/' .config/wdt/config.ini"
      text, status = t:run "wdt count --last 1h --profile shp1"
      assert.equal(3, status)
      assert.truthy(text:find(said.near, 1, true), text)
      text = t:run "wdt profiles"
      assert.truthy(text:find(" shop1 +enterprise "), text)
      t:run "export WDT_PROFILE=shop1"
    end)

    it("shows help in whole words: the terminal breaks no line but a command to be copied",
      function()
      for _, line in ipairs{ "wdt --help", "wdt sync --help", "wdt help errors" } do
        local text, whole = t:run(line), {}
        for _, one in ipairs(t:lines()) do whole[one:gsub(" +$", "")] = true end
        assert.truthy(text:find(language == "zh" and "退出码" or "xit status", 1, true)
          or text:find("--state FILE", 1, true), text)
        for one in text:gmatch "[^\n]+" do
          one = one:gsub(" +$", "")
          assert.truthy(whole[one] or one:find "^ +wdt ", one)
        end
      end
    end)

    it("finds methods, fields and values, in lines that line up", function()
      local text, status = t:run "wdt methods refund_q"
      assert.equal(0, status)
      assert.truthy(text:find "\nrefund_query +%S+ +enterprise +查询退换管理\n", text)
      text = t:run "wdt fields stockouts receiver_n"
      assert.truthy(text:find "receiver_name +%S+ +text +%S+\n", text)
      assert.truthy(t:run "wdt values stockouts status":find "\n95 +已发货\n")
      text, status = t:run "wdt values stockouts statu"
      assert.equal(2, status)
      assert.truthy(text:find(language == "zh" and "最接近的有：status" or "the nearest: status", 1,
        true), text)
    end)

    it("has one hint for a mistake, and no Lua in it", function()
      for line, wanted in pairs{ ["wdt stockouts"] = { zh = "要读哪段时间", C = "which time?" },
        ["wdt records refund_qury --last 1h"] = { zh = "最接近的有：'refund_query'",
          C = "the nearest known: 'refund_query'" },
        ["wdt stockouts --last 1h -o a.cvs"] = { zh = "文件类型由扩展名决定",
          C = "a file's kind is told by its ending" } } do
        local text, status = t:run(line)
        assert.equal(2, status)
        assert.truthy(text:find(wanted[language], 1, true), text)
        assert.is_nil(text:find "nil" or text:find "table:" or text:find "client:", text)
      end
      local text, status = t:run "wdt count --last 1h >&-"
      assert.equal(11, status)
      assert.truthy(text:find("wdt: output: ", 1, true), text)
    end)
  end)
end

describe("in a terminal, the sandbox", function()
  local cli, t
  setup(function()
    cli = command.new()
    t = terminal.open(cli, { language = "C" })
  end)
  teardown(function()
    t:close()
    cli:close()
  end)

  -- From nothing but the tree: no variable names its modules' folder, and nginx is found where a
  -- user's PATH does not reach.
  it("starts without a variable, prints the lines to try, and these bring the first rows",
    function()
    local port = server.free_port()
    t:run "export PATH=$(echo $PATH | tr : '\\n' | grep -v sbin | paste -sd:)"
    t:run "unset WDT_SANDBOX_CPATH WDT_ROOT"
    t:type(("wdt sandbox --fast --rows 50 --days 20 --port %d\n"):format(port))
    local shown = t:wait "wdt stockouts --last 7d --limit 10"
    local line = shown:match "(export WDT_EDITION=enterprise [^\n]*)"
    assert.truthy(line and line:find("WDT_RATE=", 1, true), shown)
    local user = command.new()
    local seen = terminal.open(user, { language = "C" })
    finally(function()
      seen:close()
      user:close()
    end)
    seen:run(line)
    local text, status = seen:run(shown:match "wdt stockouts %-%-last 7d %-%-limit 10")
    assert.equal(0, status)
    assert.equal(10, select(2, text:gsub("CK%d+", "")), text)
    t:key "C-c"
    t:wait "~$"
    assert.not_equal(0, (select(2, t:run(("curl -s --noproxy '*' http://127.0.0.1:%d/"):format(
      port)))))
  end)
end)
