-- purchase_order_query and vip_api_refund_query could not be read without telling their identity
-- and list, trade_query went by a number that is not the row's key, and methods that public
-- programs call were unknown.
local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 00:00:00"

describe("the catalogue", function()
  it("knows the documented identities", function()
    for method, id in pairs{ purchase_order_query = "purchase_id", shop = "shop_id",
      suites_query = "suite_id", trade_query = "trade_id", his_trade_query = "trade_id",
      vip_api_refund_query = "refund_id", stockout_order_query = "stockout_id" } do
      assert.same({ id }, catalog.enterprise[method].ids, method)
    end
  end)

  it("lets those be read by their name alone", function()
    local box = sandbox.new{ now = START + 172800 }
    for i = 1, 30 do
      box.world:put{ modified = START + i, status = 95, consign_time = START + i }
    end
    local client = wdt.new(box:settings "enterprise")
    for _, method in ipairs{ "purchase_order_query", "suites_query", "trade_query",
      "vip_api_refund_query", "stockout_order_query" } do
      local stream, n = client:records(method, { start = START, stop = START + 3599 }), 0
      for row in stream do
        n = n + 1
        assert.truthy(row[catalog.enterprise[method].id], method)
      end
      assert.equal(30, n, method)
      assert.not_equal("none", stream:progress().certificate, method)
    end
  end)

  it("knows the methods that public programs call, and which of them change something", function()
    for method, kind in pairs{ ["system.Core.now"] = "query",
      ["system.ScriptExtension.call"] = "action", ["wms.StockSpec.queryAll"] = "query",
      ["sales.StockSync.calcStockWithAuth"] = "query",
      ["statistic.StatSalesStatistic.statSalesBySpecShopWarehouse"] = "query",
      ["statistic.GoodsSendStatistic.searchLogisticsTrace"] = "query",
      ["sales.TradeManual.reissueOrder"] = "action", ["sales.Trade.push"] = "push",
      ["wms.ErrorCorrection.queryWithDetail"] = "query", ["wms.GoodsBatch.createByApi"] = "push",
      ["composite.Composite.checkOrderByApi"] = "action",
      ["wms.stockin.Purchase.quickCreateByApi"] = "push",
      ["sales.TradeEdit.uploadChangeGoodsByApi"] = "push" } do
      assert.equal(kind, catalog.ultimate[method].kind, method)
    end
    for _, method in ipairs{ "stock_query_detail", "shop_stock_query", "shop_stock_rule_query" } do
      assert.equal("query", catalog.enterprise[method].kind, method)
    end
  end)
end)
