local beijing = require "wdt.beijing"
local catalog = require "wdt.catalog"
local documents = require "wdt.sandbox.documents"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local T = beijing.parse
local START, STOP = "2026-10-01 00:00:00", "2026-10-01 01:29:59"

-- 60 rows in an hour and a half, every fifth in the history, and two after the range.
local function small_box(options)
  options = options or {}
  options.now = T(STOP) + 86400
  local box = sandbox.new(options)
  for i = 1, 60 do
    box.world:put{ modified = T(START) + 90 * i - 1, history = i % 5 == 0, status = i % 3 == 0
      and 110 or 95 }
  end
  box.world:put{ modified = T(STOP) + 1 }
  box.world:put{ modified = T(STOP) + 7200, history = true }
  return box
end

local function client_of(box, edition, more)
  local settings = { rate = 100000 }
  for k, v in pairs(more or {}) do settings[k] = v end
  return wdt.new(box:settings(edition, settings))
end

-- They show cancelled rows only, of which there are none here.
local CANCELLED = { ["wms.stockout.Sales.searchCancel"] = true,
  stockout_order_query_trade_cancel = true }

local function queries()
  local list = {}
  for _, edition in ipairs(catalog.NAMES) do
    for method, entry in pairs(catalog[edition]) do
      if entry.kind == "query" then list[#list + 1] =
        { edition = edition, method = method, entry = entry } end
    end
  end
  table.sort(list, function(a, b) return a.method < b.method end)
  return list
end

local NEEDED = { status = 95, warehouse_no = "WH001", platform_id = 0, consign_date = "2026-10-01" }

-- A query that reads the whole range, with what the catalogue does not know told by the query.
local function query_for(entry)
  local query = { page_size = 7 }
  if #entry.times > 0 then query.start, query.stop = START, STOP end
  for _, name in ipairs(entry.required) do query[name] = NEEDED[name] end
  if not entry.list then
    local before = entry.total:match "^(.*%.)" or "" -- the list stands beside the total
    query.list = entry.total == "total" and "data" or before .. documents.LIST
  end
  if #entry.ids == 0 then query.id = documents.ID end
  return query
end

-- The ids of the world's own rows that the query is for, whatever the gateway makes of it.
local function expected(box, one, query)
  local twin = false
  for _, entry in pairs(catalog[one.edition]) do twin = twin or entry.history == one.method end
  local history = twin
  if not twin and not one.entry.history then history = "both" end
  if CANCELLED[one.method] then return {}, 0 end
  -- Where no document tells which time a window is about, the second after the range can't be told
  -- from its last one.
  local unsure = query.start and not catalog.clock(one.entry, query, one.entry.times[1])
    and one.entry.ends == "unknown"
  local closed = one.edition ~= "ultimate" or box.gateway.closed_end
  local stop = T(STOP) + (unsure and closed and 1 or 0)
  local ids, n = {}, 0
  for _, row in ipairs(box.world:all{ clock = "modified", from = query.start and T(START),
    to = query.start and stop,
    history = history, status = query.status, warehouse_no = query.warehouse_no }) do
    ids[row.id], n = true, n + 1
  end
  return ids, n
end

local function id_of(row, entry, query)
  local ids = query.id and { query.id } or entry.ids
  local id = row[#ids > 1 and "spec_no" or ids[1]]
  -- the world's id is the end of one of 64 bits
  return documents.id_in(type(id) == "string" and #id == 19 and id:sub(-10) or id)
end

local function check(box, client, one, more)
  local query = query_for(one.entry)
  for k, v in pairs(more or {}) do query[k] = v end
  local ids, n = expected(box, one, query)
  local stream, got = client:records(one.method, query), 0
  while true do
    local row, err = stream:next()
    assert.is_nil(err, err and one.method .. ": " .. err)
    if not row then break end
    local id = id_of(row, one.entry, query)
    assert.is_true(ids[id], one.method .. " delivered " .. tostring(id)
      .. ", twice or never asked for")
    ids[id], got = nil, got + 1
  end
  assert.equal(n, got, one.method)
  assert.is_true(n > 3 or CANCELLED[one.method])
  return stream
end

describe("the catalogue", function()
  it("knows every method of all editions", function()
    local kinds = {}
    for _, edition in ipairs(catalog.NAMES) do
      for method, entry in pairs(catalog[edition]) do
        local kind = edition .. " " .. entry.kind
        kinds[kind] = (kinds[kind] or 0) + 1
        assert.is_string(entry.title, method)
        assert.is_true(entry.history == nil or catalog[edition][entry.history] ~= nil, method)
        assert.is_true(entry.ends == "closed" or entry.ends == "unknown", method)
        for name in pairs(entry.numbers) do assert.is_true(entry.params[name], method) end
        for _, lookup in ipairs(entry.lookups) do
          for _, name in ipairs(lookup) do assert.is_true(not entry.params
            or entry.params[name], method .. " " .. name) end
        end
      end
    end
    assert.same({ ["enterprise query"] = 50, ["enterprise push"] = 18, ["enterprise action"] = 4,
      ["ultimate query"] = 108, ["ultimate push"] = 50, ["ultimate action"] = 34,
      ["huice query"] = 14, ["huice action"] = 1 }, kinds)
  end)

  for _, ends in ipairs{ true, false } do
    local does = ends and "includes" or "leaves out"
    it("lets every query be read to its end where a window " .. does .. " its last second",
      function()
      local box, clients, n = small_box{ closed_end = ends }, {}, 0
      for _, edition in ipairs(catalog.NAMES) do
        clients[edition] = client_of(box, edition) end
      for _, one in ipairs(queries()) do
        if one.entry.paged then
          check(box, clients[one.edition], one)
          n = n + 1
        end
      end
      assert.is_true(n > 130)
    end)
  end

  it("reads live and archived rows of every method that has a history", function()
    local box, n = small_box(), 0
    for _, edition in ipairs(catalog.NAMES) do
      local client = client_of(box, edition)
      for _, one in ipairs(queries()) do
        if one.edition == edition and one.entry.history then
          local query = query_for(one.entry)
          query.history = "both"
          local ids = {}
          for row in client:records(one.method, query) do
            local id = id_of(row, one.entry, query)
            assert.is_nil(ids[id], one.method)
            ids[id], n = true, n + 1
          end
          for _, row in ipairs(box.world:all{ clock = "modified", from = T(START), to = T(STOP),
            history = "both" }) do
            assert.is_true(ids[row.id], one.method)
          end
        end
      end
    end
    assert.is_true(n >= 14 * 60)
  end)

  it("looks up by every combination that needs no times", function()
    local box, n = small_box(), 0
    local row = box.world:all{ clock = "modified", from = T(START), history = false,
      warehouse_no = "WH001" }[7]
    for _, edition in ipairs(catalog.NAMES) do
      local client = client_of(box, edition)
      for _, one in ipairs(queries()) do
        local own = one.method:find("wms.stockout.Sales.query", 1, true)
          or one.method:find("stockout_order_query_trade", 1, true)
        for _, names in ipairs(one.edition == edition and one.entry.paged and not own
          and one.entry.lookups or {}) do
          local query, id = query_for(one.entry), nil
          query.start, query.stop = nil, nil
          for _, name in ipairs(names) do
            query[name] = documents.value(row, name)
            id = id or not NEEDED[name] and documents.id_in(query[name])
          end
          if id then -- by a shop's or a warehouse's number alone there is no end of rows
            local twin = false
            for _, entry in pairs(catalog[edition]) do
              twin = twin or entry.history == one.method end
            local got = client:records(one.method, query):next()
            assert.equal(not twin and row.id or nil, got and id_of(got, one.entry, query),
              one.method)
            n = n + 1
          end
        end
      end
    end
    assert.is_true(n > 40)
  end)

  it("lets all be called that is not read page by page", function()
    local n = 0
    local box = small_box()
    for _, edition in ipairs(catalog.NAMES) do
      local client = client_of(box, edition)
      for method, entry in pairs(catalog[edition]) do
        if not entry.paged then
          local params = {}
          for i in ipairs(entry.args) do params[i] = "x" end
          if entry.kind == "query" and #entry.times > 0 then
            params = { start_time = START, end_time = STOP } end
          assert.truthy(client:call(method, params), method)
          n = n + 1
        end
      end
    end
    assert.equal(18 + 4 + 50 + 34 + 12 + 2, n)
  end)

  it("says which calls may be repeated: queries, nothing that changes something", function()
    local box = small_box()
    local client = client_of(box, "ultimate", { retry = { attempts = 3, base = 0.1, cap = 0.1 } })
    box.gateway:inject{ kind = "http_5xx", status = 502 }
    assert.truthy(client:call("sales.TradeQuery.getLog", { trade_no = "x" }))
    box.gateway:inject{ kind = "http_5xx", status = 502 }
    local calls = box.gateway.calls
    local answer, err, code = client:call("sales.TradeEdit.toException", { "x" })
    assert.is_nil(answer)
    assert.equal("unconfirmed", code)
    assert.truthy(err:find("server: HTTP 502, text/html", 1, true), err)
    assert.equal(calls + 1, box.gateway.calls)
  end)
end)

describe("the sandbox", function()
  local box = small_box()
  local clients = { enterprise = client_of(box, "enterprise"),
    ultimate = client_of(box, "ultimate") }

  it("refuses what the catalogue says is refused", function()
    local hour = { start_time = START, end_time = "2026-10-01 01:00:00" }
    local function with(more)
      local p = {}
      for k, v in pairs(hour) do p[k] = v end
      for k, v in pairs(more) do p[k] = v end
      return p
    end
    local TIMES = "param: 2102 start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] "
    for _, case in ipairs{
      { "enterprise", "trade_query", {}, TIMES },
      { "enterprise", "trade_query", hour, "param: 2103 start_time和end_time跨度不能超过60分钟" },
      { "enterprise", "goods_query", with{ end_time = "2026-10-31 00:00:00" },
        "param: 2103 start_time和end_time跨度不能超过30天" },
      { "enterprise", "vip_stat_sales_by_spec_shop_warehouse_query", {},
        "param: 2101 consign_date参数为空" },
      { "ultimate", "sales.RawTrade.search", {}, "param: 100 参数中必须包含起止时间" },
      { "ultimate", "sales.RawTrade.search", with{ colour = "x" }, "param: 2 colour" },
      { "ultimate", "sales.TradeQuery.queryWithDetail", with{ end_time = "2026-10-01 01:00:01" },
        "param: 100 查询时间过宽" },
      { "ultimate", "wms.MoveOrder.queryWithDetail", with{}, "param: 100 warehouse_no不可为空" },
      { "ultimate", "wms.stockout.Sales.queryWithDetail", with{ status_type = 4 },
        "param: 2 status_type" },
      { "ultimate", "wms.stockout.Sales.queryWithDetail", { status_type = 0 },
        "param: 100 参数中必须包含起止时间" },
      { "ultimate", "wms.stockout.Sales.queryHistoryWithDetail", { stockout_no = "x" },
        "param: 100 参数中必须包含起止时间" },
    } do
      local data, err, code = clients[case[1]]:call(case[2], case[3], {})
      assert.is_nil(data)
      assert.equal(case[4], err)
      assert.equal("param", code)
    end
    local _, err = clients.ultimate:call("sales.RawTrade.search", hour)
    assert.equal("param: 100 此方法仅支持分页查询：接口sales.RawTrade.search", err)
  end)

  it("gives the last first where order_type says so, and cancelled stockouts where status_type "
    .. "says nothing", function()
    local R = "aftersales.refund.Refund.search"
    local range = { modified_from = START, modified_to = STOP, order_type = 1 }
    local data = assert(clients.ultimate:call(R, range, { page_size = 100 }))
    for i = 2, #data.order do
      assert.is_true(data.order[i].modified < data.order[i - 1].modified) end
    box.world:put{ modified = T(START) + 5, status = 5 }
    data = assert(clients.ultimate:call("wms.stockout.Sales.queryWithDetail", { start_time = START,
      end_time = "2026-10-01 01:00:00" }, { page_size = 100 }))
    assert.equal(1, #data.order)
    assert.equal(5, data.order[1].status)
  end)
end)

describe("a method that is not in the catalogue", function()
  local D = { list = "data.order", id = "trade_id", cap = 3600 }

  local function with(more)
    local q = { start = START, stop = STOP, page_size = 9 }
    for k, v in pairs(D) do q[k] = v end
    for k, v in pairs(more or {}) do q[k] = v end
    return q
  end

  -- A tenant's own method: the sandbox's trade query under another name.
  local function own(box)
    local answer = box.gateway.handle
    box.gateway.handle = function(gateway, request, now)
      request.query = request.query:gsub("custom.Trade.search", "sales.TradeQuery.queryWithDetail")
      return answer(gateway, request, now)
    end
    return box
  end

  -- The query is signed under the name that is sent, so for a while the sandbox takes every sign
  -- for right.
  local judge = require "wdt.sandbox.sign"
  local sign = judge.ultimate
  before_each(function() judge.ultimate = function(query) return query.sign end end)
  after_each(function() judge.ultimate = sign end)

  local function client_for(box)
    return client_of(own(box), "ultimate")
  end

  it("is read by what the query says of it", function()
    local box, n = small_box(), 0
    local stream = client_for(box):records("custom.Trade.search",
      with{ clock = "modified", total = "data.total_count" })
    for row in stream do n = n + (row.trade_id and 1) end
    assert.equal(48, n)
    assert.equal(0, stream:progress().uncertified)
  end)

  it("is read, and counted, once it was added", function()
    finally(function() catalog.ultimate["custom.Trade.search"] = nil end)
    wdt.catalog.add("ultimate", "custom.Trade.search",
      { list = "data.order", id = "trade_id", span = 3600, params = "status" })
    local box, n = small_box(), 0
    local client = client_for(box)
    for _ in client:records("custom.Trade.search", { start = START, stop = STOP }) do n = n + 1 end
    assert.equal(48, n)
    assert.equal(48, client:count("custom.Trade.search", { start = START, stop = STOP }))
  end)

  it("has to be described well enough", function()
    local client = client_of(small_box(), "ultimate")
    for _, case in ipairs{
      { { id = false }, "'id' is false" }, { { list = 1 }, "'list' is 1" },
        { { cap = 0.5 }, "'cap' is 0.5" },
      { { ends = "open" }, '\'ends\' is "open", expected "closed"' },
        { { times = { "a" } }, "'times' is table" },
      { { id = { "a", "b", "c", "d" } }, "'id' is table" }, { { clock = "" }, "'clock' is \"\"" },
      { { total = {} }, "'total' is table" }, { { modified = 5 }, "'modified' is 5" },
    } do
      local ok, err = pcall(client.records, client, "custom.Trade.search", with(case[1]))
      assert.is_false(ok)
      assert.truthy(err:find(case[2], 1, true), err)
    end
    assert.has_error(function() client:records("custom.Trade.search",
      { start = START, stop = STOP }) end,
      "parameter 'method' is \"custom.Trade.search\", expected a query method of the catalogue, "
        .. "or one that the query describes "
      .. "('list' and 'id')")
    assert.has_error(function() client:records("sales.TradeEdit.toException", with()) end,
      "parameter 'method' is "
      .. '"sales.TradeEdit.toException", expected a method that is read page by page; this one is '
      .. 'called, by client:call')
  end)

  it("is refused by the catalogue without what a reading needs", function()
    for _, case in ipairs{
      { { "other", "m", {} }, "edition" }, { { "ultimate", "", {} }, "method" },
        { { "ultimate", "m" }, "entry" },
      { { "ultimate", "m", { id = "x" } }, "entry.list" },
        { { "ultimate", "m", { list = "x" } }, "entry.id" },
      { { "ultimate", "m", { list = "x", id = { "a", "b", "c", "d" } } }, "entry.id" },
      { { "ultimate", "m", { list = "x", id = {} } }, "entry.id" },
      { { "ultimate", "m", { list = "x", id = "x", cuts = { {}, {}, {}, {} } } }, "entry.cuts" },
      { { "ultimate", "m", { list = "x", id = "x", cuts = "shop_no" } }, "entry.cuts" },
      { { "ultimate", "m", { list = "x", id = "x", cuts = { "shop_no" } } }, "entry.cuts" },
      { { "ultimate", "m", { list = "x", id = "x", cuts = { { param = "a" } } } }, "entry.cuts" },
      { { "ultimate", "m", { list = "x", id = "x", cuts = { { field = "a" } } } }, "entry.cuts" },
      { { "ultimate", "m", { list = "x", id = "x", cuts = { { param = "a", field = "x" } } } },
        "entry.cuts" },
      { { "ultimate", "m", { list = "x", id = "x", cuts = {
        { param = "a", field = "modified" } } } }, "entry.cuts" },
      { { "ultimate", "m", { list = "x", id = "x", modified = "v",
        cuts = { { param = "a", field = "v" } } } }, "entry.cuts" },
      { { "ultimate", "m", { list = "x", id = "x", cuts = {
        { param = "a", field = "b" }, { param = "c", field = "b" } } } },
        "entry.cuts" },
    } do
      local ok, err = pcall(catalog.add, case[1][1], case[1][2], case[1][3])
      assert.is_false(ok)
      assert.truthy(err:find("parameter '" .. case[2] .. "'", 1, true), err)
    end
  end)
end)

describe("what the catalogue does not know", function()
  it("has to be told by the query", function()
    local client = client_of(small_box(), "enterprise")
    local ok, err = pcall(client.records, client, "vip_api_trade_query",
      { start = START, stop = STOP })
    assert.is_false(ok)
    assert.truthy(err:find("parameter 'list' is nil", 1, true)
      and err:find("no document tells it", 1, true), err)
    ok, err = pcall(client.records, client, "vip_api_trade_query",
      { start = START, stop = STOP, list = "rows",
      duplicates = "drop" })
    assert.is_false(ok)
    assert.truthy(err:find("parameter 'id' is nil", 1, true), err)
  end)

  it("and is told wrongly, is an error and not an end", function()
    local client = client_of(small_box(), "enterprise")
    local function first(list, id)
      return { client:records("vip_api_trade_query",
        { start = START, stop = STOP, list = list, id = id }):next() }
    end
    assert.same({
      nil, "syntax: the answers of vip_api_trade_query announce rows and hold no list at trades",
      "syntax" },
      first("trades", "x"))
    assert.same({ nil, "syntax: a row of vip_api_trade_query has no x", "syntax" },
      first("rows", "x"))
    assert.same({ nil, "syntax: a row of vip_api_trade_query has no x or y", "syntax" },
      first("rows", { "x", "y" }))
  end)

  it("of a window's end and clock makes no row of a boundary come twice", function()
    for _, closed in ipairs{ true, false } do
      local box, n = small_box{ closed_end = closed }, 0
      for i = 0, 5 do box.world:put{ modified = T(START) + 600 * i } end
      local stream = client_of(box, "ultimate"):records(
        "sales.Payment.queryWithDetail", { start = START, stop = STOP, cap = 600,
        time_type = 1 })
      for _ in stream do n = n + 1 end
      -- the row of the second after the range can't be told from the others
      assert.equal(closed and 67 or 66, n)
    end
  end)

  it("may be contradicted", function()
    local box = small_box()
    local n = 0
    local client = client_of(box, "ultimate")
    for _ in client:records("goods.GoodsBrand.search", { start = START, stop = STOP, cap = 600 }) do
      n = n + 1 end
    assert.equal(60, n)
    assert.is_true(#box.gateway.log >= 9)
    for _, entry in ipairs(box.gateway.log) do
      assert.is_true(T(entry.params.end_time) - T(entry.params.start_time) <= 600)
    end
  end)
end)
