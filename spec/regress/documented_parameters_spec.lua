-- shop_nos, fetch_stock_only and is_no_position stand on the vendor's newer pages, and streams
-- refused them; a parameter that no document names could not be sent at all.
local beijing = require "wdt.beijing"
local query = require "wdt.query"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 00:00:00"
local E, U = "stockout_order_query_trade", "wms.stockout.Sales.queryWithDetail"

describe("documented parameters", function()
  it("are taken, of the stockouts and of their history", function()
    local box = sandbox.new{ now = START + 172800 }
    for i = 1, 9 do
      box.world:put{ modified = START + i, status = 95, shop_no = "S" .. i % 3 }
      box.world:put{ modified = START + i, status = 95, shop_no = "S" .. i % 3, history = true }
    end
    local client, shops, n = wdt.new(box:settings "enterprise"), {}, 0
    for so in client:stockouts{ start = START, stop = START + 60, shop_nos = "S1,S2",
      history = "both", fetch_stock_only = 1, is_no_position = 1 } do
      shops[so.shop_no], n = true, n + 1
    end
    assert.same({ S1 = true, S2 = true }, shops)
    assert.equal(12, n)
  end)
end)

describe("a parameter that no document names", function()
  local function parse(edition, method, params, more)
    local q = { start = START, stop = START + 60, params = params }
    for name, value in pairs(more or {}) do q[name] = value end
    return query.parse(edition, method, q)
  end

  it("is sent as it is, in each of the calls", function()
    local spec = assert(parse("enterprise", E, { colour = "red", size = 5 },
      { status = { 95, 110 } }))
    assert.equal(2, #spec.variants)
    for _, variant in ipairs(spec.variants) do
      assert.equal("red", variant.params.colour)
      assert.equal("5", variant.params.size)
    end
    spec = assert(parse("ultimate", U, { flag = false, size = 5 }))
    assert.equal(false, spec.variants[1].params.flag)
    assert.equal(5, spec.variants[1].params.size)
  end)

  it("is no way around what is known", function()
    for name, value in pairs{ status = "95", start_time = "x", page_size = 5, lanes = 3, [1] = "x",
      flag = true, list = {} } do
      local spec, problem = parse("enterprise", E, { [name] = value })
      assert.is_nil(spec, tostring(name))
      assert.truthy(problem:find("parameter 'params." .. name .. "'", 1, true), problem)
    end
    assert.is_nil((parse("enterprise", E, "colour")))
    assert.is_nil((parse("enterprise", "refund_query", { a = "1" }, { a = "2" })))
  end)

  it("belongs to what a copy is made of", function()
    local box = sandbox.new{ now = START + 172800 }
    local client = wdt.new(box:settings "enterprise")
    local function identity(params)
      local job = assert(client:sync{ what = "stockouts", from = START, state = wdt.state.memory(),
        query = { params = params } })
      local text = job._options.identity
      job:close()
      return text
    end
    assert.not_equal(identity{ colour = "red" }, identity{ colour = "blue" })
  end)
end)
