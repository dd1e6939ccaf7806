local annotate = require "house.types"
local generated = require "house.schemas"
local samples = require "fixtures.samples"
local schema = require "wdt.schema"
local shell = require "support.shell"
local wdt = require "wdt"

local E, U, C = "stockout_order_query_trade", "wms.stockout.Sales.queryWithDetail",
  "wms.stockout.Sales.searchCancel"

describe("a label", function()
  it("is the vendor's word for a value, a number or its text", function()
    assert.equal("已发货", wdt.label(E, "status", "95"))
    assert.equal("已发货", wdt.label(E, "status", 95))
    assert.equal("已发货", wdt.label("his_" .. E, "status", 95.0))
    assert.equal("延时发货", wdt.label(U, "status", 90))
    assert.equal("未发货", wdt.label(U, "status", -1))
    assert.equal("已完成", wdt.label(C, "status", 110))
    assert.equal("订单自定义属性", wdt.label(U, "trade_type", 104))
    assert.equal("京东", wdt.label(U, "details_list.platform_id", 3))
    assert.equal("顺丰速运", wdt.label(U, "logistics_type", "8"))
    assert.equal("自动赠送", wdt.label(E, "details_list.gift_type", "1"))
    assert.equal("是", wdt.label(U, "details_list.is_package", true))
  end)

  it("is nothing for a value that no document names", function()
    assert.is_nil(wdt.label(E, "status", "96"))
    assert.is_nil(wdt.label(E, "status", nil))
    assert.is_nil(wdt.label(E, "order_no", "CK1"))
  end)

  it("of what is not there is misuse", function()
    assert.has_error(function() wdt.label("trade_push", "status", 1) end,
      "parameter 'method' is \"trade_push\", expected a method whose fields are known")
    for _, path in ipairs{ "colour", "details_list.colour", "status.colour", "" } do
      local ok, err = pcall(wdt.label, E, path, 1)
      assert.is_false(ok)
      assert.truthy(err:find("parameter 'field' is", 1, true), err)
    end
    assert.is_false((pcall(wdt.label, E, nil, 1)))
    assert.is_false((pcall(wdt.label, nil, "status", 1)))
  end)
end)

describe("flags", function()
  it("are the bits that are set, the smallest first", function()
    assert.same({ { bit = 1, label = "无库存记录" }, { bit = 64, label = "退款" } },
      wdt.flags(E, "bad_reason", "65"))
    assert.same({ { bit = 1073741824, label = "驳回审核" } }, wdt.flags(U, "block_reason", 2 ^ 30))
    -- the sample's own, which no table names
    assert.same({ { bit = 131072 } }, wdt.flags(E, "details_list.from_mask", "131072"))
    assert.same({}, wdt.flags(U, "bad_reason", 0))
    assert.equal(53, #wdt.flags(E, "bad_reason", 2 ^ 53 - 1))
  end)

  it("of anything else are misuse", function()
    for _, value in ipairs{ -1, 0.5, 2 ^ 53, "x", {}, 0 / 0 } do
      local ok, err = pcall(wdt.flags, E, "bad_reason", value)
      assert.is_false(ok)
      assert.truthy(err:find("parameter 'value' is", 1, true), err)
    end
    assert.is_false((pcall(wdt.flags, E, "bad_reason", nil)))
    local ok, err = pcall(wdt.flags, E, "status", 95)
    assert.is_false(ok)
    assert.truthy(err:find("parameter 'field' is \"status\", expected a field with bits", 1, true),
      err)
  end)
end)

describe("the schema", function()
  local function each_field(visit)
    for _, method in ipairs(schema.names()) do
      local function walk(list, before)
        for _, field in ipairs(list) do
          visit(method, before .. field[1], field)
          if field.fields then walk(field.fields, before .. field[1] .. ".") end
        end
      end
      walk(schema.methods[method], "")
    end
  end

  it("is made of fields, each once", function()
    local types = { int = true, decimal = true, text = true, datetime = true, boolean = true,
      list = true, object = true }
    local seen, n = {}, 0
    each_field(function(method, path, field)
      local key = method .. " " .. path
      assert.is_nil(seen[key], key)
      seen[key], n = true, n + 1
      assert.is_string(field[2], key)
      assert.is_true(types[field[3]], key)
      assert.is_true(not (field.values and field.bits), key)
      for bit in pairs(field.bits or {}) do
        while bit > 1 do bit = bit / 2 end
        assert.equal(1, bit, key)
      end
    end)
    assert.is_true(n > 4000)
  end)

  it("knows every field of the seeds' samples", function()
    for method, row in pairs{ [E] = samples.enterprise, [C] = samples.ultimate[1] } do
      local n = 0
      for name, value in pairs(row) do
        assert.truthy(schema.field(method, name), name)
        n = n + 1
        for line in pairs(type(value) == "table" and value[1] or {}) do
          assert.truthy(schema.field(method, name .. "." .. line), line)
        end
      end
      assert.equal(#schema.methods[method], n)
    end
  end)

  it("is what the vendor's tables say, written by spec/house/schemas.lua", function()
    assert.same({}, generated.drift(shell.root))
  end)

  it("knows 30 methods of two editions and 14 of a third, and twins for archived rows", function()
    local editions = { enterprise = 0, huice = 0, ultimate = 0 }
    for _, method in ipairs(schema.names()) do
      local edition = method:find "^huice:" and "huice" or method:find "%." and "ultimate"
        or "enterprise"
      editions[edition] = editions[edition] + 1
      assert.is_table(schema.types(method, "text"))
    end
    assert.same({ enterprise = 19, huice = 14, ultimate = 19 }, editions)
    assert.is_nil(schema.methods.trade_push)
  end)

  it("keeps editions apart that have a name in common", function()
    local theirs = schema.of("huice", "trade_query")
    assert.equal("trade_query", schema.of("enterprise", "trade_query"))
    assert.equal("平台id", schema.field("trade_query", "platform_id")[2])
    assert.equal("已推送", wdt.label(theirs, "trade_status", 55))
    assert.is_not.equal(#schema.methods.trade_query, #schema.methods[theirs])
  end)

  it("knows types, labels, bits and whose data it is in what was generated", function()
    local refund, spec = "aftersales.refund.Refund.search", "goods.Goods.queryWithSpec"
    local modified = schema.field(refund, "modified")
    assert.same({ "datetime", "milliseconds" }, { modified[3], modified.wire })
    assert.equal("object", schema.field(refund, "swap_order")[3])
    assert.equal("list", schema.field(refund, "swap_order.swap_order_detail_list")[3])
    assert.equal("京东", wdt.label(refund, "platform_id", "3"))
    assert.same({ { bit = 2, label = "无需验货" }, { bit = 8, label = "需要质检" } },
      wdt.flags(spec, "spec_list.wms_process_mask", 10))
    assert.same({ "spec_id" }, schema.field(spec, "spec_list").id)
    assert.same({ "amount_detail_list.account_id", "amount_detail_list.account_name",
      "amount_detail_list.pay_account", "buyer_nick", "customer_name",
      "fenxiao_nick_name", "receiver_name", "receiver_telno", "return_telno" },
      schema.private(refund))
    -- "Long" in the table, words in the sample
    assert.equal("text", schema.field("huice:stock_detail_report_query", "warehouse_name")[3])
    local ok, err = schema.check("fields", "trade_query", { "goods_list.spec_noo" })
    assert.is_nil(ok)
    assert.truthy(err:find("goods_list.spec_no", 1, true), err)
  end)

  it("tells which fields say who somebody is", function()
    assert.same({ "customer_name", "id_card", "nick_name", "receiver_address", "receiver_mobile",
      "receiver_name",
      "receiver_telno" }, schema.private(E))
    assert.same(schema.private(E), schema.private(U))
    assert.same({}, schema.private(C))
    assert.same({}, schema.private("stock_query"))
  end)

  it("is what editors are told", function()
    assert.truthy(
      annotate.text():find("---@class wdt.Stockout\n---@field stockout_id? string 出库单主键id\n", 1,
      true))
    assert.truthy(
      annotate.text():find(
      "---@class wdt.TypedStockout : wdt.Stockout\n---@field stockout_id? integer 出库单主键id\n",
      1, true))
    assert.truthy(
      annotate.text():find("\n---@field details_list? wdt.TypedSalesStockout.Details[] ", 1, true))
  end)
end)
