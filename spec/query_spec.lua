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
    assert.same(want, query.parse("enterprise", E, { start_time = DAY.start, end_time = DAY.stop }).range)
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

  it("stands for every combination of its lists, statuses in the order a row passes through them", function()
    local list = {}
    for i, v in ipairs(parse{ status = { 5, 110, 95 }, shop_no = { "a", "b" } }.variants) do
      list[i] = v.params.status .. v.params.shop_no
    end
    assert.same({ "95a", "110a", "5a", "95b", "110b", "5b" }, list)
  end)

  it("needs no times for a look-up", function()
    for _, name in ipairs{ "src_order_no", "src_tid", "stockout_no" } do
      local spec = query.parse("enterprise", E, { [name] = "X1" })
      assert.is_nil(spec.range)
      assert.same({ [name] = "X1" }, spec.variants[1].params)
    end
    assert.truthy(query.parse("enterprise", E, { src_tid = "X1", start = DAY.start, stop = DAY.stop }).range)
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
      { { shopno = "x" }, "shopno", "one of is_by_modified, shop_no" },
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
    assert.truthy(select(2, query.parse("enterprise", E, { start = DAY.start })):find("'stop' is nil", 1, true))
    assert.truthy(select(2, query.parse("enterprise", E, nil)):find("'query' is nil", 1, true))
    assert.truthy(select(2, query.parse("ultimate", U, with{ shop_no = "x" })):find("takes none", 1, true))
    assert.truthy(select(2, query.parse("ultimate", U, with{ history = true })):find("no history", 1, true))
  end)

  it("checks a pager", function()
    assert.is_nil(query.pager(nil))
    assert.same({ page_no = 0, page_size = 40, total = true }, query.pager{})
    assert.same({ page_no = 2, page_size = 10, total = false }, query.pager{ page_no = 2, page_size = 10 })
    for name, pager in pairs{ ["pager"] = 5, ["pager.page_no"] = { page_no = -1 }, ["pager.page_size"] = { page_size = 0 },
      ["pager.page"] = { page = 1 } } do
      local made, problem = query.pager(pager)
      assert.is_nil(made)
      assert.truthy(problem:find("'" .. name .. "'", 1, true), problem)
    end
  end)
end)
