-- `wdt methods`, `fields`, `values`: a name is found by a word, and TAB knows names.
local cjson = require "cjson"
local command = require "support.command"
local shell = require "support.shell"

describe("to find a name, the command", function()
  local cli
  local chinese = { LC_ALL = "zh_CN.UTF-8" }

  setup(function() cli = command.new() end)
  teardown(function() cli:close() end)

  local function refused(line, said)
    local got = cli:run(line)
    assert.equal(2, got.status)
    assert.truthy(got.err:find(said, 1, true), got.err)
  end

  it("lists methods by a word of their name or title", function()
    local out = cli:must "wdt methods REFUND_QUERY"
    assert.truthy(out:find "\nrefund_query +reads +enterprise +查询退换管理\n", out)
    assert.truthy(cli:must("wdt methods 库存", nil, chinese):find "^方法 ")
    local all = cjson.decode((cli:must "wdt methods --format json"))
    assert.is_true(#all > 150)
    local some = cjson.decode((cli:must "wdt methods --edition ultimate --format json"))
    assert.is_true(#some < #all)
    for _, one in ipairs(some) do assert.equal("ultimate", one.edition) end
    local got = cli:run "wdt methods nosuchword"
    assert.equal(1, got.status)
    assert.equal("no method has 'nosuchword' in its name or title; wdt methods tells all\n",
      got.err)
    assert.equal("[]\n", cli:run("wdt methods nosuchword --format json").out)
  end)

  it("is about the edition of the account", function()
    local more = { WDT_EDITION = "ultimate" }
    assert.is_nil(cli:must("wdt methods", nil, more):find("stockout_order_query_trade", 1, true))
    assert.truthy(cli:must("wdt methods", nil, more):find("wms.stockout.Sales", 1, true))
  end)

  it("lists fields with label, type, privacy and values", function()
    local out = cli:must "wdt fields stockouts --edition enterprise"
    assert.truthy(out:find "\nstatus +[^ ]+ +int +values\n", out)
    assert.truthy(out:find "\nreceiver_name +[^ ]+ +text +private\n", out)
    assert.truthy(out:find "\ndetails_list%.spec_no ", out)
    for line in cli:must("wdt fields stockouts AMOUNT"):gmatch "\n([^\n]+)" do
      assert.truthy(line:find("amount", 1, true), line)
    end
    local got = cli:run "wdt fields stock_transfer_query"
    assert.equal(1, got.status)
    assert.truthy(got.err:find("no document tells the fields of stock_transfer_query", 1, true),
      got.err)
  end)

  it("tells what values mean", function()
    local out = cli:must "wdt values stockouts status --edition enterprise"
    assert.truthy(out:find "^5 +已取消\n", out)
    assert.truthy(out:find "\n95 +已发货\n", out)
    local bits = cjson.decode((cli:must "wdt values stockouts bad_reason --format json"))
    assert.equal(1, tonumber(bits[1].value))
  end)

  it("suggests what was meant by a mistyped name", function()
    refused("wdt fields stokouts", "'stokouts' is no method that is known; the nearest: stockouts")
    refused("wdt fields refund_qery", "the nearest: refund_query")
    refused("wdt values stockouts statu", "'statu' is no field of its rows; the nearest: status")
    refused("wdt stokouts", "unknown command 'stokouts'\nDid you mean 'stockouts'?")
  end)

  it("knows candidates for the word that is being typed", function()
    shell.must("mkdir -p " .. shell.quote(cli.folder .. "/.config/wdt"))
    local file = cli.folder .. "/.config/wdt/config.ini"
    shell.write(file, "[shop1]\nedition = enterprise\n[shop2]\nedition = ultimate\n")
    shell.must("chmod 600 " .. shell.quote(file))
    local function words(line)
      return " " .. cli:must("wdt completion words -- " .. line):gsub("\n", " ")
    end
    assert.equal(" shop1 shop2 ", words "stockouts --profile ''")
    assert.truthy(words "records refu":find(" refund_query ", 1, true))
    local wide = words "records --profile shop2 x"
    assert.equal(" ", wide) -- the method stands first
    assert.truthy(words "stockouts --status ''":find(" 95 ", 1, true))
    assert.truthy(words "stockouts --status 95,":find(" 95,110 ", 1, true))
    assert.truthy(words "stockouts --fields order_no,":find(" order_no,status ", 1, true))
    assert.truthy(words "values stockouts ''":find(" status ", 1, true))
    assert.equal(" ", words "stockouts --day ''")
    assert.equal(" ", words "--profile")
    -- shops whose rows were read before, of this account
    shell.must("mkdir -p " .. shell.quote(cli.folder .. "/.cache/wdt"))
    shell.write(cli.folder .. "/.cache/wdt/shops", "enterprise a s1\nenterprise a s2\n"
      .. "enterprise b s3\n")
    shell.write(file, "[shop1]\nedition = enterprise\nsid = a\n")
    assert.equal(" s1 s2 ", words "stockouts --profile shop1 --shop ''")
    assert.equal(" s2,s1 s2,s2 ", words "stockouts --profile shop1 --shop s2,")
    os.remove(file)
  end)

  it("completes in fish", function()
    cli:must "wdt completion fish > wdt.fish && fish -n wdt.fish"
    local out = cli:must([[fish -c 'source wdt.fish; complete -C "wdt records refund_qu"']])
    assert.truthy(out:find "^refund_query", out)
    out = cli:must([[fish -c 'source wdt.fish; complete -C "wdt stockouts --status 9"']])
    assert.truthy(out:find "95", out)
  end)

  it("completes a method in bash", function()
    local out = cli:must([[bash -c 'source <(wdt completion bash)
      COMP_WORDS=(wdt records refund_qu); COMP_CWORD=2; _wdt_known; echo "${COMPREPLY[@]}"']])
    assert.equal("refund_query\n", out)
  end)
end)
