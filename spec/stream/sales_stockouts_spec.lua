local beijing = require "wdt.beijing"
local query = require "wdt.query"
local sandbox = require "wdt.sandbox"
local schema = require "wdt.schema"
local wdt = require "wdt"

local T = beijing.parse
local METHOD, HISTORY = "wms.stockout.Sales.queryWithDetail",
  "wms.stockout.Sales.queryHistoryWithDetail"
local START, STOP = "2026-10-01 00:00:00", "2026-10-02 23:59:59"

local function box_of(more)
  local options = { seed = 5, rows_per_day = 600, from = T(START), to = T(STOP) + 86400,
    latency = 0.05 }
  for k, v in pairs(more or {}) do options[k] = v end
  return sandbox.new(options)
end

local function client_of(box)
  return wdt.new(box:settings("ultimate", { rate = 100000 }))
end

local function with(more)
  local q = { start = START, stop = STOP }
  for k, v in pairs(more or {}) do q[k] = v end
  return q
end

-- The rows of a stream, and the world's own, which must be the same.
local function same_rows(box, stream, filter)
  filter.from, filter.to = T(START), T(STOP)
  local ids, n = {}, 0
  for _, row in ipairs(box.world:all(filter)) do ids[row.id] = row end
  for row in stream do
    assert.truthy(ids[row.stockout_id], "twice, or not asked for: " .. tostring(row.stockout_id))
    assert.equal(beijing.format(ids[row.stockout_id].modified), row.modified)
    ids[row.stockout_id], n = nil, n + 1
  end
  assert.is_nil(next(ids))
  assert.is_true(n > 0)
  return n
end

describe("stockouts of the ultimate edition", function()
  local SHIPPED = { 95, 105, 110, 113 }

  it("take the same words for a status", function()
    local box = box_of()
    local client = client_of(box)
    for _, case in ipairs{
      { {}, { clock = "consign_time", status = SHIPPED } },
      { { status = 95 }, { clock = "consign_time", status = SHIPPED } },
      { { status = "55" }, { clock = "modified", status = { 55 } } },
      { { status = 5 }, { clock = "modified", status = { 5 } } },
      { { status = 110 }, { clock = "modified", status = { 95, 105, 110 } } },
      { { status = 90 }, { clock = "modified", status = { 113 } } },
      { { status = { 55, 5 } }, { clock = "modified", status = { 55, 5 } } },
      { { status_type = 3 }, { clock = "consign_time", status = SHIPPED } },
      { { status_type = 3, status = 110 }, { clock = "modified", status = { 95, 105, 110 } } },
      { { status = 95, warehouse_no = "WH001", shop_nos = { "jd_self", "pdd_01" } },
        { clock = "consign_time", status = SHIPPED, warehouse_no = "WH001" },
          { "jd_self", "pdd_01" } },
    } do
      if not case[3] then same_rows(box, client:stockouts(with(case[1])), case[2]) end
      local n = client:count(METHOD, with(case[1]))
      local expected = 0
      for _, shop in ipairs(case[3] or { false }) do
        local filter = { from = T(START), to = T(STOP), shop_no = shop or nil }
        for k, v in pairs(case[2]) do filter[k] = v end
        expected = expected + box.world:count(filter)
      end
      assert.equal(expected, n)
    end
  end)

  -- The bodies that were sent.
  local function bodies_of(box)
    local bodies, answer = {}, box.gateway.handle
    box.gateway.handle = function(gateway, request, now)
      bodies[#bodies + 1] = request.body
      return answer(gateway, request, now)
    end
    return bodies
  end

  it("come in the order that order_type promises, which proves a long window", function()
    local box = box_of{ order = "shuffle", rows_per_day = 20000 }
    local bodies = bodies_of(box)
    local noon, two = "2026-10-01 12:00:00", "2026-10-01 13:59:59"
    for status, want in pairs{ [95] = { "consign_time", SHIPPED, 2 },
      [110] = { "modified", { 95, 105, 110 }, 1 } } do
      local first, n = #bodies + 1, 0
      local stream = client_of(box):stockouts{ start = noon, stop = two, status = status }
      for _ in stream do n = n + 1 end
      assert.equal(box.world:count{ clock = want[1], status = want[2], from = T(noon),
        to = T(two) }, n)
      assert.is_true(n > 1000)
      assert.equal("seek", stream:progress().certificate)
      for i = first, #bodies do assert.truthy(bodies[i]:find(
        '"order_type":' .. want[3], 1, true)) end
    end
  end)

  it("leave order_type to a query that gives it", function()
    local box = box_of()
    local bodies = bodies_of(box)
    same_rows(box, client_of(box):stockouts(with{ status = 5, order_type = 0 }),
      { clock = "modified", status = 5 })
    for _, body in ipairs(bodies) do assert.truthy(body:find('"order_type":0', 1, true)) end
  end)

  it("are read from their history, or both", function()
    local box = box_of{ history_before = T "2026-10-02 00:00:00" }
    local client = client_of(box)
    same_rows(box, client:stockouts(with{ history = true }),
      { clock = "consign_time", status = SHIPPED, history = true })
    same_rows(box, client:stockouts(with{ history = "both", status = 5 }),
      { clock = "modified", status = 5, history = "both" })
    for _, case in ipairs{
      { { history = "both", status = 110 },
        "parameter 'status' is 110, expected nothing: the history of this method" },
      { { history = true, status = 110 }, "parameter 'status' is 110" },
      { { history = "both", stockout_no = "CK1", start = false, stop = false },
        "looks nothing up without times" },
      { { status = { 95, 110 } },
        "parameter 'status' is 110, expected no 110 beside 95, which stands for it" },
      { { status = "shipped" }, "parameter 'status' is \"shipped\", expected a status number" },
    } do
      local q = with(case[1])
      if q.start == false then q.start, q.stop = nil, nil end
      local ok, err = pcall(client.stockouts, client, q)
      assert.is_false(ok)
      assert.truthy(err:find(case[2], 1, true), err)
    end
  end)

  it("are looked up without times", function()
    local box = box_of()
    local client = client_of(box)
    local row = box.world:all{ clock = "consign_time", from = T(START), to = T(STOP),
      status = 95 }[3]
    for name, value in pairs{ stockout_no = row.no, src_order_no = row.src_order_no,
      logistics_no = "SF" .. row.id } do
      local so = assert(client:stockouts{ [name] = value }:next())
      assert.equal(row.id, so.stockout_id)
      assert.equal(#so.details_list > 0, so.details_list[1] ~= nil)
    end
  end)

  it("have every field of the vendor's table, in the types of its sample", function()
    local so = client_of(box_of()):stockouts(with{ status = 95 }):next()
    local kinds = { number = "number", text = "string", milliseconds = "number" }
    local by_type = { int = "number", decimal = "string", text = "string", datetime = "string",
      boolean = "boolean",
      list = "table" }
    for _, field in ipairs(schema.methods[METHOD]) do
      assert.equal(kinds[field.wire] or by_type[field[3]], type(so[field[1]]), field[1])
    end
  end)
end)

describe("a query of stockouts", function()
  it("says the status in the method's words", function()
    local function sent(status)
      local list = {}
      for i, v in ipairs(assert(query.parse("ultimate", METHOD,
        with{ status = status })).variants) do
        list[i] = ("%d/%s %s"):format(v.params.status_type, tostring(v.params.status), v.clock)
      end
      return list
    end
    assert.same({ "0/nil consign_time" }, sent(nil))
    assert.same({ "0/nil consign_time" }, sent(95))
    -- unshipped, listed, shipped, cancelled: a row that moves meanwhile is met again
    assert.same({ "2/nil modified", "3/70 modified", "0/nil consign_time", "1/nil modified" },
      sent{ 5, 95, 70, "55" })
  end)

  it("keeps the types that JSON has", function()
    local spec = assert(query.parse("ultimate", METHOD,
      with{ need_sn = true, position = 0.5, src_tid = "1", status_type = "2" }))
    assert.same({ need_sn = true, position = 0.5, src_tid = "1", status_type = 2 },
      spec.variants[1].params)
    assert.truthy(query.parse("ultimate", HISTORY, with()))
    for _, value in ipairs{ 0 / 0, 1 / 0, -1 / 0, 2 ^ 60, {}, "", print } do
      local _, problem = query.parse("ultimate", METHOD, with{ position = value })
      assert.truthy(problem:find("parameter 'position' is", 1, true))
    end
  end)
end)
