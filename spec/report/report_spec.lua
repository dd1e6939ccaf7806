-- Reports over a copy that a sync filled: equal, to four decimals, to sums made here of the rows
-- that the gateway holds, and to SQL that shares nothing with the views.
local agreeing = require "support.agreeing"
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local databases = require "support.databases"
local report = require "wdt.report"
local sandbox = require "wdt.sandbox"
local schema = require "wdt.schema"
local shell = require "support.shell"
local sink = require "wdt.sink"

local FROM = beijing.parse(copying.FROM)
local DAYS = 4

local function box_of()
  return sandbox.new{ seed = 3, rows_per_day = 80, from = FROM, to = FROM + DAYS * 86400 - 1,
    now = FROM + (DAYS + 1) * 86400, latency = 0.05, business = true }
end

-- A world of as many rows as there are goods and warehouses.
local function stock_box()
  local box = sandbox.new{ now = FROM + DAYS * 86400, latency = 0.05, business = true }
  for i = 1, 18 do box.world:put{ modified = FROM + i * 60 } end
  return box
end

local function copy(client, target, name, more)
  local o = { name = name, from = copying.FROM, into = target }
  for key, value in pairs(more) do o[key] = value end
  local job = assert(client:sync(o))
  assert.is_true(job:run())
  job:close()
end

local function rows_of(reports, name, range)
  assert(reports:make(name))
  local list = {}
  for row in assert(reports:rows(name, range)) do list[#list + 1] = row end
  return list
end

local function text(number)
  return ("%.4f"):format(number + (number < 0 and -1e-9 or 1e-9)):gsub("^%-(0%.0000)$", "%1")
end

-- Adds up a list of rows by a key, as texts with four decimals.
local function sums(rows, key_of, values_of)
  local found = {}
  for _, row in ipairs(rows) do
    local key = key_of(row)
    if key then
      local sum = found[key] or {}
      found[key] = sum
      for name, value in pairs(values_of(row)) do sum[name] = (sum[name] or 0) + value end
    end
  end
  for _, sum in pairs(found) do
    for name, value in pairs(sum) do sum[name] = text(value) end
  end
  return found
end

-- Of a report's rows, the same shape.
local function shown(rows, keys, names)
  local found = {}
  for _, row in ipairs(rows) do
    local parts, sum = {}, {}
    for i, key in ipairs(keys) do parts[i] = row[key] end
    for _, name in ipairs(names) do sum[name] = row[name] and text(tonumber(row[name])) end
    local key = table.concat(parts, "|")
    assert.is_nil(found[key])
    found[key] = sum
  end
  return found
end

local SALES = { "day", "shop_no", "spec_no" }

-- The orders as the gateway shows them, which are the same for every database.
local orders

local function orders_of(client)
  if orders then return orders end
  orders = {}
  for so in client:stockouts{ start = FROM, stop = FROM + DAYS * 86400 - 1 } do
    orders[#orders + 1] = so
  end
  return orders
end

-- Their lines, each with its order.
local function lines_of(client)
  local list = {}
  for _, so in ipairs(orders_of(client)) do
    for _, line in ipairs(so.details_list) do list[#list + 1] = { so = so, line = line } end
  end
  return list
end

local function refunds_of(client)
  local list = {}
  for one in client:records("refund_query", { start = FROM, stop = FROM + DAYS * 86400 - 1 }) do
    local dead = one.process_status == "10" or one.process_status == "40"
    for _, line in ipairs(one.refund_order_list) do
      if not dead and one.type ~= "1" and one.type ~= "5" then
        list[#list + 1] = { refund = one, line = line }
      end
    end
  end
  return list
end

local function sale_key(one)
  return table.concat({ one.so.consign_time:sub(1, 10), one.so.shop_no, one.line.spec_no }, "|")
end

-- Daily sales from rows.
local function expected_sales(client)
  local moved = lines_of(client)
  for _, one in ipairs(refunds_of(client)) do moved[#moved + 1] = one end
  return sums(moved, function(one)
    if one.so then return sale_key(one) end
    return table.concat({ one.refund.refund_time:sub(1, 10), one.refund.shop_no,
      one.line.spec_no }, "|")
  end, function(one)
    local line, gift = one.line, one.line.gift_type ~= "0"
    local quantity, amount = tonumber(line.goods_count), tonumber(line.share_amount)
    local returned, refunded = 0, 0
    if one.refund then
      quantity, amount, gift = 0, 0, false
      returned = (one.refund.type == "2" or one.refund.type == "3")
        and tonumber(line.refund_num) or 0
      refunded = tonumber(line.refund_order_amount)
    end
    return { quantity = gift and 0 or quantity, amount = gift and 0 or amount,
      gift_quantity = gift and quantity or 0, gift_amount = gift and amount or 0,
      returned_quantity = returned, returned_amount = refunded,
      net_quantity = (gift and 0 or quantity) - returned,
      net_amount = (gift and 0 or amount) - refunded }
  end)
end

local SALES_COLUMNS = { "quantity", "amount", "gift_quantity", "gift_amount", "returned_quantity",
  "returned_amount", "net_quantity", "net_amount" }

local function count(set)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  return n
end

for _, name in ipairs{ "sqlite", "postgres", "mysql" } do
  describe("reports in " .. name, function()
    local folder, db, client, reports

    setup(function()
      folder = shell.folder()
      db = databases[name](folder)
      client = copying.client_of(box_of())
      copy(client, db.target, "stockouts", { what = "stockouts" })
      copy(client, db.target, "refunds", { method = "refund_query" })
      copy(copying.client_of(stock_box()), db.target, "stock", { method = "stock_query" })
      reports = assert(report.open(db.target))
    end)
    teardown(function()
      if reports then reports:close() end
      if db then db.stop() end
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    it("add up daily sales, net of returns, gifts apart", function()
      local rows = rows_of(reports, "daily_sales")
      local expected = expected_sales(client)
      assert.is_true(count(expected) > 60)
      assert.same(expected, shown(rows, SALES, SALES_COLUMNS))
      local gifts, returned = 0, 0
      for _, row in ipairs(rows) do
        gifts = gifts + tonumber(row.gift_quantity)
        returned = returned + tonumber(row.returned_amount)
      end
      assert.is_true(gifts > 10 and returned > 0)
    end)

    it("add up by day without a view, of one account and some days", function()
      local other = assert(report.open(db.target))
      local range = { from = "2026-10-02", to = "2026-10-03" }
      local account = client.account.credentials.sid
      local days = assert(other:by_day("daily_sales", account, range))
      assert.same({ "2026-10-02", "2026-10-03" }, { days[1].day, days[2].day })
      assert.is_nil(days[3])
      local expected = sums(rows_of(reports, "daily_sales", range), function(row)
        return row.day
      end, function(row)
        local values = {}
        for _, column in ipairs(SALES_COLUMNS) do values[column] = tonumber(row[column]) end
        return values
      end)
      assert.same(expected, shown(days, { "day" }, SALES_COLUMNS))
      assert.same({}, assert(other:by_day("daily_sales", "another", range)))
      other:close()
      other = assert(report.open(db.target, { stockouts = "nothing" }))
      assert.equal("output", (select(3, other:by_day("daily_sales", account, range))))
      other:close()
    end)

    it("tell what SQL tells that shares nothing with them", function()
      for _, one in ipairs(report.NAMES) do
        assert.is_true(agreeing.check(db, name, "enterprise", reports, one) > 15, one.name)
      end
    end)

    it("take for shipped lately what was shipped in 30 days", function()
      db.run "CREATE TABLE kept AS SELECT stockout_id, consign_time FROM stockouts"
      finally(function()
        db.run([[UPDATE stockouts SET consign_time = (SELECT k.consign_time FROM kept k
          WHERE k.stockout_id = stockouts.stockout_id)]])
        db.run "DROP TABLE kept"
      end)
      db.run("UPDATE stockouts SET consign_time = '2026-09-03 12:00:00' WHERE consign_time < "
        .. "'2026-10-02 00:00:00'")
      db.run("UPDATE stockouts SET consign_time = '2026-09-05 00:00:00' WHERE consign_time < "
        .. "'2026-10-02 00:00:00' AND warehouse_no = 'WH001'")
      local rows = rows_of(reports, "stock_days")
      agreeing.check(db, name, "enterprise", reports, report.find "stock_days")
      local counted = {}
      for _, row in ipairs(rows) do
        counted[row.warehouse_no] = (counted[row.warehouse_no] or 0) + row.shipped_30_days
      end
      assert.is_true(counted.WH001 > 1.2 * counted.WH002, counted.WH001)
    end)

    it("tell of one month, and leave out rows that are gone", function()
      local range = { from = "2026-10-02", to = "2026-10-03" }
      local whole = rows_of(reports, "daily_sales", range)
      for _, row in ipairs(whole) do
        assert.is_true(row.day == "2026-10-02" or row.day == "2026-10-03")
      end
      local before = rows_of(reports, "freight", range)
      local gone = db.all("SELECT stockout_id, logistics_name FROM stockouts WHERE consign_time >= "
        .. "'2026-10-02' AND consign_time < '2026-10-03' AND status >= 95 ORDER BY stockout_id")[1]
      db.run("UPDATE stockouts SET _deleted_at = '2026-10-04 00:00:00' WHERE stockout_id = "
        .. gone.stockout_id)
      local after = rows_of(reports, "freight", range)
      db.run "UPDATE stockouts SET _deleted_at = NULL"
      local function orders_in(rows)
        local n = 0
        for _, row in ipairs(rows) do n = n + tonumber(row.orders) end
        return n
      end
      assert.equal(orders_in(before) - 1, orders_in(after))
    end)

    it("tell margin, and name the lines without a cost", function()
      local list = lines_of(client)
      local without = 0
      local expected = sums(list, sale_key, function(one)
        local quantity, amount = tonumber(one.line.goods_count), tonumber(one.line.share_amount)
        local cost = tonumber(one.line.cost_price)
        if cost == 0 then without = without + 1 end
        return { quantity = quantity, amount = amount, cost = quantity * cost,
          margin = cost == 0 and 0 or amount - quantity * cost,
          zero_cost_lines = cost == 0 and 1 or 0, zero_cost_amount = cost == 0 and amount or 0 }
      end)
      assert.same(expected, shown(rows_of(reports, "margin"), SALES, { "quantity", "amount", "cost",
        "margin", "zero_cost_lines", "zero_cost_amount" }))
      local named = rows_of(reports, "zero_cost")
      assert.is_true(without > 10)
      assert.equal(without, #named)
      assert.truthy(named[1].order_no:find "^CK")
    end)

    it("tell freight by carrier and province", function()
      local expected = sums(orders_of(client), function(so)
        return table.concat({ so.consign_time:sub(1, 10), so.logistics_name,
          so.receiver_area:match "^%S+" }, "|")
      end, function(so)
        return { orders = 1, weight = so.weight, freight = so.post_fee, postage = so.post_amount,
          difference = so.post_amount - so.post_fee }
      end)
      assert.same(expected, shown(rows_of(reports, "freight"), { "day", "logistics_name",
        "province" }, { "orders", "weight", "freight", "postage", "difference" }))
    end)

    it("tell how long the stock lasts", function()
      local shipped = {}
      for _, one in ipairs(lines_of(client)) do
        local key = one.so.warehouse_no .. "|" .. one.line.spec_no
        shipped[key] = (shipped[key] or 0) + tonumber(one.line.goods_count)
      end
      local rows = rows_of(reports, "stock_days")
      assert.equal(18, #rows)
      for row in copying.client_of(stock_box()):records("stock_query", { start = FROM,
        stop = FROM + 86400 }) do
        local key = row.warehouse_no .. "|" .. row.spec_no
        local found
        for _, one in ipairs(rows) do
          if one.warehouse_no .. "|" .. one.spec_no == key then found = one end
        end
        assert.equal(row.stock_num, found.stock)
        assert.equal(text(shipped[key] or 0), found.shipped_30_days)
        assert.equal(shipped[key] and text(row.stock_num * 30 / shipped[key]), found.days_left)
      end
    end)

    it("work without refunds, and say what is missing", function()
      local found = assert(reports:make "daily_sales")
      assert.equal("refunds", found.refunds.name)
      db.run "DELETE FROM _wdt_columns WHERE table_name LIKE 'refunds%'"
      found = assert(reports:make "daily_sales")
      assert.is_nil(found.refunds)
      local rows = rows_of(reports, "daily_sales")
      for _, row in ipairs(rows) do assert.equal("0.0000", row.returned_amount) end
      db.run "DELETE FROM _wdt_columns WHERE table_name = 'stock'"
      local made, err, code = reports:make "stock_days"
      assert.is_nil(made)
      assert.equal("output", code)
      assert.truthy(err:find("stock_days: no copy of stock stands there", 1, true), err)
    end)

    it("survive a column that becomes one of texts", function()
      rows_of(reports, "margin")
      local opened = assert(sink.open(db.target, { name = "stockouts", account = "sandbox" }))
      local _, n = opened:prepare{ name = "stockouts", committed = 0,
        entry = require "wdt.catalog".enterprise.stockout_order_query_trade,
        fields = schema.methods.stockout_order_query_trade, account = "sandbox" }
      assert(opened:begin((n or 0) + 1))
      assert(opened:row('{"stockout_id":"9","modified":"2026-10-02 10:00:00","status":"95",'
        .. '"consign_time":"2026-10-02 10:00:00","weight":"about 3","details_list":[{"rec_id":"1",'
        .. '"cost_price":"1e99","goods_count":"1","share_amount":"5.0000"}]}'))
      assert(opened:commit(FROM + 5 * 86400))
      opened:close()
      local kind = db.all("SELECT kind FROM _wdt_columns WHERE table_name = 'stockouts' AND "
        .. "field = 'weight'")
      assert.equal("text", kind[1].kind)
      assert.is_true(#db.all "SELECT * FROM report_margin WHERE shop_no = 'tm_flagship'" > 0)
      local found = assert(reports:make "freight")
      assert.is_true(found.texts["stockouts.weight"])
      assert.is_nil(assert(reports:make "margin").texts["stockouts.weight"])
      for row in assert(reports:rows "freight") do
        if row.logistics_name == "" then assert.equal("0.0000", row.weight) end
      end
      for row in assert(reports:rows "margin") do
        if row.spec_no == "" then
          assert.same({ "5.0000", "0.0000", "1" }, { row.zero_cost_amount, row.cost,
            row.zero_cost_lines })
        end
      end
    end)
  end)
end
