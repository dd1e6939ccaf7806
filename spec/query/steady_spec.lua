-- Queries whose rows stay: a row that has its time is among them for ever, or never.
local query = require "wdt.query"
local steady = require "wdt.query.steady"

local RANGE = { start = 1790000000, stop = 1790003600 }
local ENTERPRISE, ULTIMATE = "stockout_order_query_trade", "wms.stockout.Sales.queryWithDetail"

local function problem(edition, method, more)
  local given = {}
  for _, list in ipairs{ RANGE, more } do
    for name, value in pairs(list) do given[name] = value end
  end
  return steady.problem(given, assert(query.parse(edition, method, given)))
end

describe("rows stay", function()
  it("of what was shipped, by the time of shipping", function()
    for _, more in ipairs{ {}, { status = 95 }, { status = "95" }, { shop_no = "a" },
      { shop_no = { "a", "b" }, warehouse_no = "c" }, { history = true }, { history = "both" },
      { fields = { "order_no" }, mask = true, private = { "shop_no" } }, { typed = true },
      { page_size = 7, lanes = 3, read = "sweep", strict = true } } do
      assert.is_nil(problem("enterprise", ENTERPRISE, more))
    end
    for _, more in ipairs{ {}, { status = 95 }, { status_type = 0 }, { shop_nos = "a" } } do
      assert.is_nil(problem("ultimate", ULTIMATE, more))
    end
    assert.is_nil(problem("huice", ENTERPRISE, { time_type = 2 }))
  end)

  it("of refunds by the time of their making, whatever state they are in", function()
    assert.is_nil(problem("enterprise", "refund_query", { time_type = 2 }))
  end)

  it("not by the time of the last change", function()
    for _, more in ipairs{ { status = 55 }, { status = 5 }, { status = { 55, 95 } },
      { is_by_modified = 1 }, { is_by_modified = 1, status = 95 } } do
      assert.equal("rows that change leave its range", problem("enterprise", ENTERPRISE, more))
    end
    assert.equal("rows that change leave its range", problem("enterprise", "trade_query", {}))
    assert.equal("rows that change leave its range", problem("enterprise", "refund_query", {}))
    assert.equal("rows that change leave its range", problem("ultimate", ULTIMATE,
      { status = 55 }))
    assert.equal("rows that change leave its range", problem("huice", ENTERPRISE, {}))
  end)

  it("not of a status that rows reach after their time", function()
    for _, status in ipairs{ 105, 110, 113, { 95, 110 } } do
      assert.equal("rows may come to have, or lose, this 'status'", problem("enterprise",
        ENTERPRISE, { status = status }))
    end
  end)

  it("not of a parameter of which nothing is known", function()
    assert.equal("rows may come to have, or lose, this 'fetch_stock_only'", problem("enterprise",
      ENTERPRISE, { fetch_stock_only = 1 }))
    assert.equal("rows may come to have, or lose, this 'order_type'", problem("ultimate", ULTIMATE,
      { order_type = 1 }))
    assert.equal("rows may come to have, or lose, this 'shop_no'", problem("enterprise",
      "refund_query", { time_type = 2, shop_no = "a" }))
  end)

  it("not where they have no identity, no range, no time that is known, or a description",
    function()
      assert.equal("its rows have no identity", problem("enterprise", ENTERPRISE,
        { duplicates = "keep" }))
      for name, value in pairs{ list = "stockout_list", id = "order_no", clock = "consign_time",
        modified = "modified", ends = "unknown" } do
        assert.equal("it describes its method by itself", problem("enterprise", ENTERPRISE,
          { [name] = value }))
      end
      -- another of the method's times: a job reads by the first, and its query has the same words
      local method = "wms.stockin.PreStockin.search"
      assert.equal("rows that change leave its range", problem("ultimate", method, {}))
      assert.equal("it describes its method by itself", problem("ultimate", method,
        { ct_from = RANGE.start }))
      local given = { src_order_no = "x" }
      assert.equal("it has no range of times", steady.problem(given,
        assert(query.parse("enterprise", ENTERPRISE, given))))
    end)
end)
