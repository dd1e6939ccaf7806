-- Reports over copies of the other editions, whose fields differ: what they tell is what SQL of our
-- own tells; what a copy has no fields for is refused, or left empty and told. (Postage that huice
-- does not tell was counted as 0, and defective stock of the ultimate edition as stock, where
-- PostgreSQL says "true".)
local agreeing = require "support.agreeing"
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local databases = require "support.databases"
local json = require "cjson"
local report = require "wdt.report"
local schema = require "wdt.schema"
local shell = require "support.shell"
local sink = require "wdt.sink"

local START = beijing.parse "2026-10-01 00:00:00"
local METHODS = {
  ultimate = { stockouts = "wms.stockout.Sales.queryWithDetail",
    refunds = "aftersales.refund.Refund.search", stock = "wms.StockSpec.search2" },
  huice = { stockouts = "stockout_order_query_trade", refunds = "refund_query",
    stock = "stock_query" } }
local SHOPS, SKUS = { "S1", "旗舰店" }, { "A-1", "a-1", "茶/2" }
local PROVINCES = { "浙江省 杭州市", "新疆维吾尔自治区", "上海 上海市 虹口区" }

local function money(n) return ("%.4f"):format(n / 10000) end

-- Rows by role, all of them small and odd: gifts, lines without a cost, dead refunds, a status
-- that is not shipped, and stock that is no good.
local rows = {}

function rows.stockouts(edition, i)
  local count, lines = edition == "huice" and "num" or "goods_count", {}
  for n = 1, 1 + i % 3 do
    lines[n] = { rec_id = i * 10 + n, spec_no = SKUS[(i + n) % 3 + 1], goods_name = "货",
      [count] = money(10000 * (1 + n)), share_amount = money(123456 * i + n),
      gift_type = (i + n) % 4 == 0 and 2 or 0, cost_price = money(n == 2 and 0 or 7777 * n) }
  end
  return { stockout_id = i, order_no = "CK" .. i, status = i % 7 == 0 and 55 or 95,
    shop_no = SHOPS[i % 2 + 1], shop_name = "店", warehouse_no = "W" .. i % 2,
    consign_time = beijing.format(START + i * 7200), modified = beijing.format(START + i * 7200),
    logistics_no = "SF" .. i, logistics_name = i % 2 == 0 and "顺丰" or "中通",
    weight = money(1234 * i), post_fee = money(50000 + i),
    post_amount = edition == "ultimate" and money(60000) or nil,
    receiver_area = edition == "ultimate" and PROVINCES[i % 3 + 1] or nil,
    receiver_province = 330000 + i % 3, details_list = lines }
end

function rows.refunds(edition, i)
  local list = edition == "huice" and "refund_order_list" or "detail_list"
  local amount = edition == "huice" and "refund_order_amount" or "refund_amount"
  return { refund_id = i, refund_no = "TK" .. i, type = i % 4 + 1, shop_no = SHOPS[i % 2 + 1],
    status = i % 5 == 0 and 10 or 90, process_status = i % 5 == 0 and 10 or 90,
    refund_time = beijing.format(START + i * 9000), modified = beijing.format(START + i * 9000),
    [list] = { { rec_id = i, spec_no = SKUS[i % 3 + 1], refund_num = money(10000),
      gift_type = i % 6 == 0 and 1 or 0, [amount] = money(99999 * i) } } }
end

function rows.stock(_, i)
  return { rec_id = i, spec_id = i, warehouse_id = i % 2, warehouse_no = "W" .. i % 2,
    spec_no = SKUS[i % 3 + 1], stock_num = money(330000 * i), defect = i > 6 and 1 or 0,
    modified = beijing.format(START) }
end

-- Puts rows of a role into a database, as a copy has them.
local function fill(db, edition, role, n, change)
  local method = METHODS[edition][role]
  local opened = assert(sink.open(db.target, { name = role, account = "a" }))
  assert(opened:prepare{ name = role, entry = catalog[edition][method], committed = 0,
    emit = function() end, fields = schema.methods[schema.of(edition, method)], account = "a" })
  assert(opened:begin(0, "w"))
  for i = 1, n do
    local row = rows[role](edition, i)
    assert(opened:row(json.encode(change and change(row) or row)))
  end
  assert(opened:commit(nil, { kind = "new", start = 1, stop = 2, rows = n, calls = 1,
    certificate = "ordered" }))
  opened:close()
end

for _, name in ipairs{ "sqlite", "postgres", "mysql" } do
  describe("reports in " .. name .. ", of the edition", function()
    local folder, db, reports

    setup(function()
      folder = shell.folder()
      db = databases[name](folder)
    end)
    teardown(function()
      db.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    before_each(function()
      for _, one in ipairs{ "stockouts", "stockouts_details_list", "refunds", "stock",
        "refunds_detail_list", "refunds_refund_order_list", "_wdt_columns", "_wdt_jobs" } do
        db.run("DROP TABLE IF EXISTS " .. one .. (name == "postgres" and " CASCADE" or ""))
      end
    end)
    after_each(function() reports:close() end)

    for _, edition in ipairs{ "ultimate", "huice" } do
      it(edition .. " tell what SQL of our own tells", function()
        for role, n in pairs{ stockouts = 40, refunds = 30, stock = 9 } do
          fill(db, edition, role, n)
        end
        reports = assert(report.open(db.target))
        for _, one in ipairs(report.NAMES) do
          assert.is_true(agreeing.check(db, name, edition, reports, one) > 4, one.name)
        end
        local found = assert(reports:make "freight")
        assert.same(edition == "huice" and { ["stockouts.post_amount"] = true } or {},
          found.absent)
        for row in assert(reports:rows "freight") do
          assert.equal(edition == "huice", row.postage == nil)
        end
        assert.same({}, assert(reports:make "daily_sales").absent)
      end)
    end

    it("huice are refused without the fields they need, by their names", function()
      fill(db, "huice", "stockouts", 3)
      db.run("DELETE FROM _wdt_columns WHERE field IN ('num', 'post_fee', 'cost_price', "
        .. "'goods_cost')")
      reports = assert(report.open(db.target))
      for one, wanted in pairs{ daily_sales = "the table stockouts_details_list has no field "
        .. "goods_count, num", freight = "the table stockouts has no field post_fee" } do
        local made, err, code, zh = reports:make(one)
        assert.same({ nil, "output" }, { made, code })
        assert.truthy(err:find(one .. ": " .. wanted, 1, true), err)
        assert.truthy(zh:find("没有字段", 1, true), zh)
      end
      db.run("INSERT INTO _wdt_columns (table_name, field, column_name, kind) VALUES "
        .. "('stockouts_details_list', 'num', 'num', 'decimal')")
      local _, err = reports:make "margin"
      assert.truthy(err:find("has no field cost_price, goods_cost", 1, true), err)
      assert(reports:make "daily_sales")
    end)
  end)
end
