local query = require "wdt.query"

local E, U = "stockout_order_query_trade", "wms.stockout.Sales.searchCancel"
local DAY = { start = "2026-11-01 00:00:00", stop = "2026-11-01 23:59:59" }

local function with(more)
  local q = { start = DAY.start, stop = DAY.stop }
  for k, v in pairs(more) do q[k] = v end
  return q
end

local function parse(more) return assert(query.parse("enterprise", E, with(more))) end

describe("a query", function()
  it("takes both names of the times, and epoch seconds", function()
    local want = { start = 1793462400, stop = 1793548799 }
    assert.same(want, query.parse("enterprise", E, DAY).range)
    assert.same(want, query.parse("enterprise", E, {
      start_time = DAY.start, end_time = DAY.stop }).range)
    assert.same(want, query.parse("enterprise", E, want).range)
  end)

  it("knows which clock its windows run on (seed E §1.3)", function()
    local function clock(more) return parse(more).variants[1].clock end
    assert.equal("consign_time", clock{})
    assert.equal("consign_time", clock{ status = 95 })
    assert.equal("consign_time", clock{ status = "110" })
    assert.equal("modified", clock{ status = 55 })
    assert.equal("modified", clock{ status = 5 })
    assert.equal("modified", clock{ status = 110, is_by_modified = 1 })
    assert.equal("modified", query.parse("ultimate", U, DAY).variants[1].clock)
  end)

  it("stands for every combination of its lists, statuses in the order a row passes through them",
    function()
    local list = {}
    for i, v in ipairs(parse{ status = { 5, 110, 95 }, shop_no = { "a", "b" } }.variants) do
      list[i] = v.params.status .. v.params.shop_no
    end
    assert.same({ "95a", "110a", "5a", "95b", "110b", "5b" }, list)
  end)

  it("learns a page size where no document tells the most, and rows have an identity", function()
    local function learn(edition, method, more)
      local spec = assert(query.parse(edition, method, with(more)))
      return { spec.page_size, spec.learns_page_size, spec.entry.page_max or false }
    end
    assert.same({ 100, true, false }, learn("ultimate", U, { page_size = "learn" }))
    assert.same({ 100, false, false }, learn("ultimate", U, {}))
    assert.same({ 500, false, false }, learn("ultimate", U, { page_size = 500 }))
    assert.same({ 100, true, 100 }, learn("enterprise", E, { page_size = "learn" })) -- the most
    assert.same({ 100, false, false },
      learn("ultimate", U, { page_size = "learn", duplicates = "keep" }))
    assert.truthy(select(2, query.parse("ultimate", U, with{ page_size = "learnt" })):find(
      [['page_size' is "learnt", expected a whole number from 1 to 5000, or "learn"]], 1, true))
  end)

  it("needs no times for a look-up", function()
    for _, name in ipairs{ "src_order_no", "src_tid", "stockout_no" } do
      local spec = query.parse("enterprise", E, { [name] = "X1" })
      assert.is_nil(spec.range)
      assert.same({ [name] = "X1" }, spec.variants[1].params)
    end
    assert.truthy(query.parse("enterprise", E, { src_tid = "X1", start = DAY.start,
      stop = DAY.stop }).range)
  end)

  it("reads the live method, its history, or both in the order a row is archived", function()
    assert.same({ E }, parse{}.methods)
    assert.same({ E }, parse{ history = false }.methods)
    assert.same({ "his_" .. E }, parse{ history = true }.methods)
    assert.same({ E, "his_" .. E }, parse{ history = "both" }.methods)
  end)

  it("says what is wrong with it: the parameter, the value, what was expected", function()
    for _, case in ipairs{
      { { start = "2026-11-31 00:00:00" }, "start", "2026-11-31" },
      { { start = "2026-11-01" }, "start", "YYYY" },
      { { stop = 1.5 }, "stop", "1.5" },
      { { stop = false }, "stop", "false" },
      { { stop = "2026-10-31 23:59:59" }, "stop", "not before 'start'" },
      { { status = "shipped" }, "status", "a status number" },
      { { status = {} }, "status", "a status number" },
      { { status = { 95, "x" } }, "status", '"x"' },
      { { status = 95.5 }, "status", "95.5" },
      { { shop_no = "" }, "shop_no", "text" },
      { { shop_no = true }, "shop_no", "true" },
      { { shopno = "x" }, "shopno", "is_by_modified, is_no_position, shop_no" },
      { { page_size = 101 }, "page_size", "1 to 100" },
      { { page_size = 0 }, "page_size", "1 to 100" },
      { { page_size = "50" }, "page_size", '"50"' },
      { { fields = {} }, "fields", "list of field names" },
      { { fields = { "a", 1 } }, "fields", "list of field names" },
      { { as = "xml" }, "as", '"json"' },
      { { read = "fast" }, "read", '"sweep"' },
      { { strict = 1 }, "strict", "true or false" },
      { { lanes = 0 }, "lanes", "1 to 64" },
      { { history = "all" }, "history", '"both"' },
    } do
      local spec, problem = query.parse("enterprise", E, with(case[1]))
      assert.is_nil(spec)
      assert.truthy(problem:find("parameter '" .. case[2] .. "'", 1, true), problem)
      assert.truthy(problem:find(case[3], 1, true), problem)
    end
    assert.truthy(select(2, query.parse("enterprise", E, {})):find("'start' is nil", 1, true))
    assert.truthy(select(2, query.parse("enterprise", E, { start = DAY.start })):find(
      "'stop' is nil", 1, true))
    assert.truthy(select(2, query.parse("enterprise", E, nil)):find("'query' is nil", 1, true))
    assert.truthy(select(2, query.parse("ultimate", U, with{ shop_no = "x" })):find(
      "takes none", 1, true))
    assert.truthy(select(2, query.parse("ultimate", U, with{ history = true })):find(
      "no history", 1, true))
  end)

  it("takes the method's own names of the times, the first pair or another", function()
    local R = "aftersales.refund.Refund.search"
    local function times_of(q)
      local spec = assert(query.parse("ultimate", R, q))
      return spec.times[1][1], spec.variants[1].clock
    end
    assert.same({ "modified_from", "modified" }, { times_of(DAY) })
    assert.same({ "modified_from", "modified" }, { times_of{
      modified_from = DAY.start, modified_to = DAY.stop } })
    assert.same({ "settle_from" }, { times_of{ settle_from = DAY.start, settle_to = DAY.stop } })
    assert.same({ "modified_begin", "modified" }, { (function()
      local spec = assert(query.parse("ultimate", "setting.PurchaseProvider.queryDetail", DAY))
      return spec.times[1][1], spec.variants[1].clock
    end)() })
    local both = assert(query.parse("ultimate", R, with{ history = "both" }))
    assert.same({ "modified_from", "start_time" }, { both.times[1][1], both.times[2][1] })
  end)

  it("may go without times where the method may", function()
    for _, case in ipairs{ { "enterprise", "shop" },
      { "ultimate", "setting.Warehouse.queryWarehouse" },
      { "enterprise", "stock_transfer_query" }, { "ultimate", "setting.Address.citySearch",
        { province_id = 310000 } },
      { "ultimate", "aftersales.refund.RawRefund.search", { platform_id = 1, tid = "x" } },
      { "ultimate", "wms.PositionCapacity.search", { warehouse_no = "W", spec_no = "S" } } } do
      local spec = assert(query.parse(case[1], case[2], case[3] or {}))
      assert.is_nil(spec.range)
    end
    local _, problem = query.parse("ultimate", "wms.PositionCapacity.search",
      { warehouse_no = "W" })
    assert.truthy(problem:find("parameter 'start' is nil", 1, true), problem)
  end)

  it("has the longest window that the method, its history and its parameters accept", function()
    local function span(method, q) return assert(query.parse("ultimate", method, q)).entry.span end
    local H = "wms.StockSpec.queryChangeHistory"
    assert.equal(3600, span(H, with{ id = "x" }))
    assert.equal(30 * 86400, span(H, with{ id = "x", spec_no = "S" }))
    assert.equal(3600, span("wms.stockin.Base.searchSN", DAY)) -- no document tells it
    assert.equal(86400, span("wms.stockin.Base.searchSN", with{ cap = 86400 }))
    assert.equal(3600, span("wms.stockout.Sales.searchCancel", DAY))
    assert.equal(30 * 86400 - 1, parse{}.entry.span)
  end)

  it("sends what is always sent, and takes any parameter where they are not known", function()
    local S = "vip_stat_sales_by_spec_shop_warehouse_query"
    local spec = assert(query.parse("enterprise", S,
      { consign_date = "2026-11-01", id = "spec_no" }))
    assert.same({ consign_date = "2026-11-01", is_page = "1" }, spec.variants[1].params)
    assert.same({ colour = "红" }, assert(query.parse(
      "enterprise", "refund_query", with{ colour = "红" })).variants[1].params)
  end)

  it("says what is wrong with it for its method", function()
    for _, case in ipairs{
      { "aftersales.refund.Refund.search", { settle_from = DAY.start, settle_to = DAY.stop,
        modified_from = DAY.start },
        "parameter 'settle_from' is \"2026-11-01 00:00:00\", expected nothing beside "
          .. "'modified_from'" },
      { "aftersales.refund.Refund.search", { settle_from = DAY.start, settle_to = DAY.stop,
        history = "both" },
        "parameter 'history' is \"both\", expected false: the history of this method has no "
          .. "'settle_from'" },
      { "wms.stockout.Sales.searchLogistics", DAY, "parameter 'status' is nil, expected a value" },
      { "setting.Shop.queryShop", DAY,
        "parameter 'start' is \"2026-11-01 00:00:00\", expected nothing" },
      { "setting.Shop.queryShop", { stop = 5 }, "parameter 'stop' is 5, expected nothing" },
      { "sales.TradeQuery.getLog", { trade_no = "x" },
        "parameter 'method' is \"sales.TradeQuery.getLog\", expected" },
      { "sales.RawTrade.search", with{ page_size = 5001 },
        "'page_size' is 5001, expected a whole number from 1 to 5000" },
      { "wms.StockSpec.search2", with{ page_size = 1001 }, "from 1 to 1000" },
    } do
      local spec, problem = query.parse("ultimate", case[1], case[2])
      assert.is_nil(spec)
      assert.truthy(problem:find(case[3], 1, true), problem)
    end
  end)

  it("checks a pager", function()
    assert.is_nil(query.pager(nil))
    assert.same({ page_no = 0, page_size = 40, total = true }, query.pager{})
    assert.same({ page_no = 2, page_size = 10, total = false },
      query.pager{ page_no = 2, page_size = 10 })
    for name, pager in pairs{ ["pager"] = 5, ["pager.page_no"] = { page_no = -1 },
      ["pager.page_size"] = { page_size = 0 },
      ["pager.page"] = { page = 1 } } do
      local made, problem = query.pager(pager)
      assert.is_nil(made)
      assert.truthy(problem:find("'" .. name .. "'", 1, true), problem)
    end
  end)
end)
