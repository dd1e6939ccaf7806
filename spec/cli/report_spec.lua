-- `wdt report`: lists, makes, prints and saves; and the warning that --explode repeats amounts.
local command = require "support.command"
local databases = require "support.databases"
local shell = require "support.shell"
local workbook = require "support.workbook"

describe("wdt report", function()
  local visit, cli, to, db

  command.visiting(function(v, c)
    visit, cli = v, c
    db = databases.sqlite(cli.folder)
    to = " --to " .. db.target
    cli:must("wdt sync stockouts --from " .. visit.day .. " --stop " .. visit.day .. to,
      "enterprise")
  end)

  it("lists the reports, in both languages", function()
    local out = cli:must "wdt report"
    for _, name in ipairs{ "daily_sales", "margin", "zero_cost", "freight", "stock_days" } do
      assert.truthy(out:find(name, 1, true))
    end
    out = cli:must("wdt report", nil, { LC_ALL = "zh_CN.UTF-8" })
    assert.truthy(out:find("按日、店铺、单品的毛利", 1, true), out)
  end)

  it("prints a report of a month, and says that no refunds are taken off", function()
    local out, err = cli:must("wdt report daily_sales --month " .. visit.month .. to
      .. " --format csv")
    local n = tonumber(db.all "SELECT count(*) AS n FROM report_daily_sales"[1].n)
    assert.is_true(n > 10)
    assert.equal(n + 1, select(2, out:gsub("\r\n", "")))
    assert.truthy(err:find("returns are not taken off", 1, true), err)
    assert.truthy(err:find(n .. " rows; the view is report_daily_sales", 1, true), err)
    local none = cli:must("wdt report daily_sales --month 2020-01 --format csv" .. to)
    assert.equal(1, select(2, none:gsub("\r\n", "")))
  end)

  it("saves a workbook with Chinese headings, and prints the SQL", function()
    cli:must("wdt report margin -o margin.xlsx --header label" .. to)
    local rows = workbook.read(cli.folder .. "/margin.xlsx")[1]
    assert.same({ "账号", "日期", "店铺编号", "店铺名称", "商家编码" },
      { rows[1][1], rows[1][2], rows[1][3], rows[1][4], rows[1][5] })
    assert.truthy(rows[2][8].number and rows[2][12].number)
    local sql = cli:must("wdt report freight --sql" .. to)
    assert.truthy(sql:find('CREATE VIEW "report_freight" AS', 1, true))
    assert.same({}, db.all "SELECT name FROM sqlite_master WHERE name = 'report_freight'")
    shell.write(cli.folder .. "/freight.sql", sql)
    db.run(sql:match ";\n(.*);\n$")
    assert.is_true(#db.all "SELECT * FROM report_freight" > 0)
  end)

  it("refuses what it can't tell", function()
    for line, wrong in pairs{ ["sales" .. to] = "'sales' is no report; there are: daily_sales",
      daily_sales = "say where the copy is, by --to",
      ["stock_days --month 2026-11" .. to] = "stock_days tells of now",
      ["margin --month 2026-11 --start 2026-11-01" .. to] = "--month says when",
      ["margin --to mysql://erp:x@h/erp"] = "a password is not taken",
      ["margin --table shop=x" .. to] = "is none of stockouts=TABLE",
      ["margin --format xlsx" .. to] = "a workbook is written once" } do
      local got = cli:run("wdt report " .. line)
      assert.equal(2, got.status, line)
      assert.truthy(got.err:find(wrong, 1, true), got.err)
    end
    for line, wrong in pairs{ ["stock_days" .. to] = "no copy of stock stands there",
      ["margin --table stockouts=nothing" .. to] = "the table nothing holds no stockouts",
      ["margin --to ndjson:x"] = "reports are made of a copy in a database",
      ["margin --to sqlite:none.db"] = "there is no such file" } do
      local got = cli:run("wdt report " .. line)
      assert.equal(11, got.status, line)
      assert.truthy(got.err:find(wrong, 1, true), got.err)
    end
  end)

  local function exploded(more)
    return cli:must("wdt stockouts --day " .. visit.day .. " --explode details_list --format csv "
      .. more, "enterprise")
  end

  it("--explode warns that a row's amounts stand on each line; --shared leaves them out", function()
    local out, err = exploded ""
    local head = out:match "^[^\r]*"
    assert.truthy(("," .. head .. ","):find(",paid,", 1, true))
    assert.truthy(err:find("amounts of the whole row stand on each line of details_list", 1, true))
    assert.truthy(err:find("paid", 1, true))
    out, err = exploded "--shared"
    head = "," .. out:match "^[^\r]*" .. ","
    assert.falsy(head:find(",paid,", 1, true))
    assert.truthy(head:find(",order_no,", 1, true))
    assert.truthy(head:find(",details_list.share_amount,", 1, true))
    assert.falsy(err:find("whole row", 1, true))
    assert.falsy(err:find("without a column", 1, true), err)
    err = select(2, exploded "--fields order_no,details_list.share_amount")
    assert.falsy(err:find("whole row", 1, true))
    assert.equal(2, cli:run("wdt stockouts --last 1h --shared", "enterprise").status)
  end)
end)
