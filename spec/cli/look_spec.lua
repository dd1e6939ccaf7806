-- To look at rows: --where, --sort, --limit, --sum, --labels; files by their ending; what is told
-- when a reading has ended.
local cjson = require "cjson"
local command = require "support.command"
local decimal = require "wdt.cli.decimal"
local pick = require "wdt.cli.pick"
local shell = require "support.shell"
local wdt = require "wdt"

describe("exact decimals", function()
  local function sum(...)
    local total = decimal.parse "0"
    for _, one in ipairs{ ... } do decimal.add(total, assert(decimal.parse(one))) end
    return decimal.text(total)
  end

  it("add and compare without rounding", function()
    assert.equal("-6.25", sum("1.5", "2.25", "-10"))
    assert.equal("9223372036854775808", sum("9223372036854775807", "1"))
    assert.equal("0.01", sum("-0.01", "0.02"))
    assert.equal("0", sum("-5", "5"))
    assert.equal("100000000", sum("99999999.9999", "0.0001"))
    assert.equal("-99999999.95", sum(0.05, "-100000000"))
    assert.equal("1000", sum("0001000.000"))
    local a, b = decimal.parse "1234567890123456789", decimal.parse "1234567890123456788"
    assert.equal(1, decimal.compare(a, b))
    assert.equal(0, decimal.compare(decimal.parse "1.50", decimal.parse "1.5"))
    assert.equal(-1, decimal.compare(decimal.parse "-2", decimal.parse "-1"))
    for _, text in ipairs{ "", "x", "1e5", "2026-11-01", "1.123456789", ("9"):rep(33), "-" } do
      assert.is_nil(decimal.parse(text), text)
    end
  end)
end)

describe("picking", function()
  local rows = { { n = "10", t = "b", l = { { s = "x" }, { s = "Tea" } } },
    { n = "9", t = "a", l = {} }, { n = "1234567890123456789", t = "1x" }, { t = "" } }

  local function picked(args)
    if args.where then
      for i, text in ipairs(args.where) do args.where[i] = assert(pick.condition(text)) end
    end
    if args.sort then args.sort = assert(pick.order(args.sort)) end
    local out = {}
    local one = pick.new(args, "nothing", function(row) out[#out + 1] = row.n or "-" end)
    for _, row in ipairs(rows) do
      if one:row(row) then break end
    end
    one:finish()
    return table.concat(out, " "), one
  end

  it("takes the rows of which all conditions hold, numbers by their worth", function()
    assert.equal("10 1234567890123456789", (picked{ where = { "n>9" } }))
    assert.equal("1234567890123456789", (picked{ where = { "n>1234567890123456788" } }))
    assert.equal("10", (picked{ where = { "n>=10.0", "t=b" } }))
    assert.equal("10", (picked{ where = { "l.s~tea" } }))
    assert.equal("9 1234567890123456789", (picked{ where = { "n!=10" } }))
    assert.equal("-", (picked{ where = { "n=" } }))
    for _, text in ipairs{ "n", "=1", "n?1", "" } do assert.is_nil(pick.condition(text)) end
  end)

  it("sorts in one order of all values, and as they came where they are alike", function()
    assert.equal("9 10 1234567890123456789 -", (picked{ sort = "n" }))
    assert.equal("- 1234567890123456789 10 9", (picked{ sort = "n:desc" }))
    assert.equal("10 9 1234567890123456789 -", (picked{ sort = "nothing" }))
    assert.equal("9 10", (picked{ sort = "n", limit = 2 }))
    assert.is_nil(pick.order "n:up")
  end)

  it("adds up what is shown, and tells what is no number", function()
    local _, one = picked{ sum = { "n", "t" }, limit = 2 }
    assert.same({ { path = "n", sum = "19", skipped = 0 }, { path = "t", sum = "0", skipped = 2 } },
      one:totals())
  end)
end)

describe("to look at rows, the command", function()
  local visit, cli, day

  command.visiting(function(v, c) visit, cli, day = v, c, v.day end)

  local function told(line, more)
    local out, err = cli:must("wdt stockouts --day " .. day .. " " .. line, "enterprise", more)
    return out, err
  end

  local function truth() return visit:rows("enterprise", "stockouts", {}) end

  it("picks, sorts, limits and sums", function()
    local all, n, sum = truth(), 0, decimal.parse "0"
    for _, row in ipairs(all) do
      if tonumber(row.paid) >= 100 then
        n = n + 1
        decimal.add(sum, decimal.parse(row.paid))
      end
    end
    assert.is_true(n > 5 and n < #all)
    local out, err = told "--where 'paid>=100' --sum paid --fields order_no,paid"
    assert.equal(n, select(2, out:gsub("\n", "")))
    assert.truthy(err:find(("%d rows · %d shown · paid = %s · "):format(#all, n,
      decimal.text(sum)), 1, true), err)
    out, err = told "--sort paid:desc --limit 2 --fields paid"
    local a, b = out:match '^{"paid":"([%d.]+)"}\n{"paid":"([%d.]+)"}\n$'
    assert.is_true(tonumber(a) >= tonumber(b))
    assert.truthy(err:find(" · the first 2 only (--limit)", 1, true), err)
    -- else the sum of two would stand beside the number of all
    assert.truthy(err:find(("%d rows · 2 shown · "):format(#all), 1, true), err)
    assert.is_nil(err:find("complete", 1, true)) -- it has not read them all
    out, err = told "--limit 3"
    assert.equal(3, select(2, out:gsub("\n", "")))
    assert.is_nil(err:find("complete", 1, true))
  end)

  it("refuses fields that are not there, or not read", function()
    for line, said in pairs{ ["--where paidd=1"] = "the nearest known: 'paid'",
      ["--sort statu"] = "the nearest known: 'status'", ["--sum nope"] = "expected a field",
      ["--fields order_no --sum paid"] = "'paid' has to be among --fields",
      ["--where x"] = "'x' is none of NAME=VALUE", ["--where status==95"] = "is none of NAME=VALUE",
      ["--where 'paid>much'"] = "option --where: paid holds numbers, and 'much' is none",
      ["--labels --where status=已发货"] = "status holds numbers, and '已发货' is none",
      ["--where 'consign_time>yesterday'"] = "consign_time holds times, and 'yesterday' is none",
      ["-o a.ndjson --continue --limit 1"] =
        "--continue writes on where a file ended" } do
      local got = cli:run("wdt stockouts --day " .. day .. " " .. line, "enterprise")
      assert.equal(2, got.status, line)
      assert.truthy(got.err:find(said, 1, true), got.err)
    end
  end)

  it("labels values", function()
    local out = told "--labels --fields order_no,status --limit 5"
    for line in out:gmatch "[^\n]+" do
      assert.truthy(line:find("已发货", 1, true) or line:find("已完成", 1, true)
        or line:find('"status":"%D'), line)
    end
    local method = "stockout_order_query_trade"
    assert.truthy(out:find(wdt.label(method, "status", truth()[1].status), 1, true))
  end)

  it("takes a file's kind from its ending, and refuses one that it does not know", function()
    told "-o a.csv"
    told "-o a.csv.gz"
    told "-o a.ndjson.gz"
    told "-o a.txt --format csv"
    local function file(name) return shell.read(cli.folder .. "/" .. name) end
    local unpacked = shell.must("zcat " .. shell.quote(cli.folder .. "/a.csv.gz"))
    assert.equal(file "a.csv", unpacked)
    assert.equal(file "a.csv", file "a.txt")
    assert.equal(#truth(), select(2, shell.must("zcat " .. shell.quote(cli.folder
      .. "/a.ndjson.gz")):gsub("\n", "")))
    for _, name in ipairs{ "a.xls", "a.cvs", "a.parquet.gz" } do
      local got = cli:run("wdt stockouts --last 1h -o " .. name, "enterprise")
      assert.equal(2, got.status)
      assert.truthy(got.err:find(name .. ": a file's kind is told by its ending", 1, true), got.err)
    end
    assert.equal(file "a.ndjson.gz" ~= "", true)
    assert.equal((told ""), (told "-o -"))
  end)

  it("can go on in a compressed file from any mark", function()
    local output = require "wdt.cli.output"
    local name = cli.folder .. "/part.ndjson.gz"
    local out = assert(output.open(name))
    assert.is_true(out:write("first\n"))
    assert.is_true(out:mark(5, 20, 10))
    assert.is_true(out:write(("lost\n"):rep(40000)))
    assert.is_true(out:flush())
    out:abandon()
    out = assert(output.open(name, true))
    assert.equal(10, out.continues_at)
    assert.is_true(out:write("second\n"))
    assert.is_true(out:finish(5, 20, 10))
    out:close()
    assert.equal("first\nsecond\n", shell.must("zcat " .. shell.quote(name)))
  end)

  it("keeps long numbers from Excel, and titles apart", function()
    local out = told "--format csv --excel --fields stockout_id,order_no,logistics_no"
    assert.truthy(out:find "^\239\187\191stockout_id,order_no,logistics_no\r\n%d+,CK", out)
    local cell = require "wdt.format.csv".cell
    assert.equal('"=""1234567890123456789"""', cell("1234567890123456789", true))
    assert.equal('"=""007"""', cell("007", true))
    assert.equal("1234.5000", cell("1234.5000", true))
    assert.equal("1234567890123456789", cell "1234567890123456789")
    assert.equal("'=1+1", cell("=1+1", true))
    out = told "--format csv --header label --limit 1"
    local seen = {}
    for title in out:match "^[^\r]+":gmatch "[^,]+" do
      assert.is_nil(seen[title], title)
      seen[title] = true
    end
  end)

  it("is JSON only on the standard error with --log-json, to the closing event", function()
    local _, err = told "--log-json -o log.ndjson"
    local last
    for line in err:gmatch "[^\n]+" do
      last = cjson.decode(line)
      assert.truthy(last.time:find "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$")
    end
    assert.equal("end", last.event)
    assert.equal(#truth(), last.rows)
    assert.equal("log.ndjson", last.file)
    local got = cli:run("wdt count --log-json --day " .. day, "enterprise", { WDT_SID = "nope" })
    for line in got.err:gmatch "[^\n]+" do last = cjson.decode(line) end
    assert.equal("end", last.event)
    assert.equal("auth", last.code)
  end)

  it("does not write rows into a socket where the standard output is closed", function()
    for _, line in ipairs{ "wdt stockouts --day " .. day, "wdt methods", "wdt --version",
      "wdt --help" } do
      local got = cli:run(line .. " >&-", "enterprise")
      assert.equal(11, got.status, line .. got.err)
      assert.truthy(got.err:find "^wdt: output: ", got.err)
    end
    assert.equal("", (cli:must("wdt stockouts --day " .. day .. " 2>&- >/dev/null", "enterprise")))
  end)

  it("folds rows that do not fit the terminal", function()
    local shown = cli:terminal("wdt stockouts --limit 1 --fields order_no,shop_name,consign_time "
      .. "--day " .. day, "enterprise", { columns = 40 })
    assert.truthy(shown:find "%-%- 1 %-%-\norder_no +CK%d+\nshop_name +[^\n]+\nconsign_time +%d",
      shown)
    shown = cli:terminal("wdt stockouts --limit 1 --fields order_no,shop_name,consign_time "
      .. "--day " .. day, "enterprise", { columns = 80 })
    assert.truthy(shown:find "order_no +shop_name +consign_time", shown)
  end)
end)
