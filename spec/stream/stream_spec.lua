local beijing = require "wdt.beijing"
local cjson = require "cjson"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local METHOD = "stockout_order_query_trade"
local CANCELLED = "wms.stockout.Sales.searchCancel"
local T = beijing.parse

-- A sandbox whose generated rows cover the days from `from` to `to`.
local function box_of(options)
  options.from, options.to = T(options.from), T(options.to)
  options.latency = options.latency or 0.05
  return sandbox.new(options)
end

local function client_of(box, edition, more)
  local settings = { rate = 100000 }
  for k, v in pairs(more or {}) do settings[k] = v end
  return wdt.new(box:settings(edition or "enterprise", settings))
end

-- The world's own list of a range, which may be longer than a window.
local function truth(box, start, stop, params, method)
  local asked = { start_time = start, end_time = start }
  for k, v in pairs(params or {}) do asked[k] = tostring(v) end
  local filter = assert(box:filter(method or METHOD, asked))
  filter.to = T(stop)
  filter.closed_end = true
  return box.world:all(filter)
end

-- A world of hand-made rows: `n` rows, one a second from `start` on.
local function small_box(n, start, options)
  options = options or {}
  options.now = T(start) + 86400
  local box = sandbox.new(options)
  for i = 1, n do box.world:put{ modified = T(start) + i - 1 } end
  return box
end

local function collect(stream)
  local rows = {}
  for row in stream do rows[#rows + 1] = row end
  return rows
end

-- The stream's rows are exactly the world's.
local function assert_same_rows(expected, rows, id_field)
  local seen = {}
  for _, row in ipairs(rows) do
    local id = tostring(row[id_field or "stockout_id"])
    assert.is_nil(seen[id], "twice: " .. id)
    seen[id] = row
  end
  for _, row in ipairs(expected) do
    local got = seen[tostring(row.id)]
    assert.truthy(got, "lost: " .. row.id)
    assert.equal(beijing.format(row.modified), got.modified)
  end
  assert.equal(#expected, #rows)
end

describe("a range longer than the cap", function()
  it("of a year of the enterprise edition is the world's own list", function()
    local box = box_of{ seed = 3, rows_per_day = 30, from = "2025-11-01 00:00:00",
      to = "2026-10-31 23:59:59" }
    local query = { start = "2025-11-01 00:00:00", stop = "2026-10-31 23:59:59" }
    local stream = client_of(box):stockouts(query)
    local rows = collect(stream)
    assert.is_true(#rows > 5000)
    assert_same_rows(truth(box, query.start, query.stop), rows)
    assert.equal(0, stream:progress().uncertified)
    for _, entry in ipairs(box.gateway.log) do assert.is_nil(entry.code) end
  end)

  it("of a month of the ultimate edition is the world's own list, whether a window includes its "
    .. "end or not", function()
    for _, closed in ipairs{ true, false } do
      local box = box_of{ seed = 4, rows_per_day = 400, from = "2026-10-01 00:00:00",
        to = "2026-10-31 23:59:59",
        closed_end = closed }
      local query = { start = "2026-10-01 00:00:00", stop = "2026-10-31 23:59:59" }
      local rows = collect(client_of(box, "ultimate"):cancelled_stockouts(query))
      assert.is_true(#rows > 100)
      assert_same_rows(truth(box, query.start, query.stop, nil, CANCELLED), rows)
    end
  end)

  it("is read in memory that does not grow with it", function()
    local box = box_of{ seed = 3, rows_per_day = 40, from = "2026-01-01 00:00:00",
      to = "2026-02-28 23:59:59", fields = "short" }
    for _, how in ipairs{ {}, { history = "both" }, { lanes = 4 }, { read = "sweep" } } do
      local query = { start = "2026-01-01 00:00:00", stop = "2026-02-28 23:59:59", page_size = 15 }
      for k, v in pairs(how) do query[k] = v end
      local stream = client_of(box):stockouts(query)
      local most, rows = 0, 0
      for _ in stream do
        rows = rows + 1
        if rows % 20 == 0 then
          local remembered = 0
          for _ in pairs(stream:delivered().times) do remembered = remembered + 1 end
          most = math.max(most, remembered)
        end
      end
      assert.is_true(rows > 1500)
      assert.is_true(most < 1000, most) -- a few windows' worth
    end
  end)

  it("comes in the order of time from window to window", function()
    local box = box_of{ seed = 3, rows_per_day = 30, from = "2026-01-01 00:00:00",
      to = "2026-02-28 23:59:59", fields = "short" }
    local last = ""
    for row in client_of(box):stockouts{ start = "2026-01-01 00:00:00",
      stop = "2026-02-28 23:59:59", page_size = 20 } do
      assert.is_true(row.consign_time >= last)
      last = row.consign_time
    end
  end)
end)

describe("a page", function()
  local START = "2026-10-01 00:00:00"
  local variants = {}
  for _, total_as in ipairs{ "number", "string" } do
    for _, empty in ipairs{ "absent", "null", "list" } do
      for _, envelope in ipairs{ "first", "last" } do
        for _, pretty in ipairs{ true, false } do
          variants[#variants + 1] = { total_as = total_as, empty = empty, envelope = envelope,
            pretty = pretty }
        end
      end
    end
  end

  it("of every boundary size and every spelling is read whole", function()
    for _, n in ipairs{ 0, 1, 9, 10, 11, 45 } do
      for i, v in ipairs(variants) do
        for _, read in ipairs(i % 6 == 1 and { "seek", "sweep" } or { "seek" }) do
          local box = small_box(n, START, { total_as = v.total_as, empty = v.empty,
            envelope = v.envelope,
            pretty = v.pretty, fields = "short" })
          local rows = collect(client_of(box):stockouts{
            start = START, stop = "2026-10-01 23:59:59", page_size = 10,
            read = read })
          assert.equal(n, #rows)
        end
      end
    end
  end)

  it("without a total, though it has rows, is an error and not an end", function()
    local box = small_box(3, START)
    local answer = box.gateway.handle
    box.gateway.handle = function(...)
      local response, directive = answer(...)
      response.body = response.body:gsub('"total_count":%d+,?', "")
      return response, directive
    end
    local row, err, code
    local stream = client_of(box):stockouts{ start = START, stop = "2026-10-01 23:59:59" }
    repeat row, err, code = stream:next() until not row
    assert.equal("syntax", code)
    assert.truthy(err:find("carries no total", 1, true))
  end)

  it("with a row without its identity is an error", function()
    local box = small_box(3, START)
    local answer = box.gateway.handle
    box.gateway.handle = function(...)
      local response, directive = answer(...)
      response.body = response.body:gsub('"stockout_id"', '"stockout_ix"')
      return response, directive
    end
    local _, err, code = client_of(box):stockouts{ start = START,
      stop = "2026-10-01 23:59:59" }:next()
    assert.equal("syntax", code)
    assert.truthy(err:find("has no stockout_id", 1, true))
  end)
end)

describe("a query", function()
  local START, STOP = "2026-10-01 00:00:00", "2026-10-31 23:59:59"
  local box = box_of{ seed = 7, rows_per_day = 20, from = START, to = STOP,
    history_before = T "2026-10-10 00:00:00" }
  local client = client_of(box)

  local function expect(params, more)
    local rows = {}
    for _, method in ipairs((more or {}).methods or { METHOD }) do
      for _, row in ipairs(truth(box, START, STOP, params, method)) do rows[#rows + 1] = row end
    end
    return rows
  end

  it("takes every parameter of seed E §3.3", function()
    for _, params in ipairs{ {}, { status = 95 }, { status = 110 }, { status = 55 }, { status = 5 },
      { status = 105 },
      { status = 113 }, { shop_no = "tm_flagship" }, { warehouse_no = "WH001" },
      { status = 95, shop_no = "旗舰店02", warehouse_no = "华东仓" } } do
      local query = { start = START, stop = STOP }
      for k, v in pairs(params) do query[k] = v end
      assert_same_rows(expect(params), collect(client:stockouts(query)))
    end
  end)

  it("takes a list of statuses, and of shops", function()
    local rows = collect(client:stockouts{ start = START, stop = STOP, status = { 95, 110, 55 } })
    local expected = {}
    for _, status in ipairs{ 95, 110, 55 } do
      for _, row in ipairs(expect{ status = status }) do expected[#expected + 1] = row end
    end
    assert_same_rows(expected, rows)
    expected = expect{ shop_no = "tm_flagship" }
    for _, row in ipairs(expect{ shop_no = "jd_self" }) do expected[#expected + 1] = row end
    assert_same_rows(expected, collect(client:stockouts{
      start = START, stop = STOP, shop_no = { "tm_flagship", "jd_self" } }))
  end)

  it("reads the history, or both", function()
    local his = "his_" .. METHOD
    local archived = expect({}, { methods = { his } })
    assert.is_true(#archived > 50)
    assert_same_rows(archived, collect(client:stockouts{
      start = START, stop = STOP, history = true }))
    assert_same_rows(expect({}, { methods = { METHOD, his } }),
      collect(client:stockouts{ start = START, stop = STOP, history = "both" }))
  end)

  it("looks up one order without times", function()
    local row = expect{}[5]
    for name, value in pairs{ src_order_no = row.src_order_no, src_tid = row.src_tid,
      stockout_no = row.no } do
      local rows = collect(client:stockouts{ [name] = value, history = "both" })
      assert.equal(1, #rows)
      assert.equal(tostring(row.id), rows[1].stockout_id)
    end
    assert.same({}, collect(client:stockouts{ src_order_no = "JY0" }))
  end)

  it("reads cancelled stockouts of the enterprise edition as status 5", function()
    local cancelled = expect{ status = 5 }
    assert.is_true(#cancelled > 0)
    assert_same_rows(cancelled, collect(client:cancelled_stockouts{ start = START, stop = STOP }))
    assert_same_rows(cancelled, collect(client:cancelled_stockouts{
      start = START, stop = STOP, status = "5" }))
  end)

  it("counts from totals alone", function()
    assert.equal(#expect{ status = 95 }, client:count(
      METHOD, { start = START, stop = STOP, status = 95 }))
    assert.equal(#expect({}, { methods = { METHOD, "his_" .. METHOD } }),
      client:count(METHOD, { start = START, stop = STOP, history = "both" }))
    assert.equal(1, client:count(METHOD, { src_order_no = expect{}[1].src_order_no,
      history = "both" }))
    for _, closed in ipairs{ true, false } do
      box.gateway.closed_end = closed
      local n = client_of(box, "ultimate"):count(CANCELLED,
        { start = "2026-10-05 00:00:00", stop = "2026-10-06 23:59:59" })
      box.gateway.closed_end = true
      assert.equal(#truth(box, "2026-10-05 00:00:00", "2026-10-06 23:59:59", nil, CANCELLED), n)
    end
  end)

  it("builds only the fields asked for", function()
    local row = client:stockouts{ start = START, stop = STOP,
      fields = { "order_no", "details_list.spec_no" } }:next()
    assert.truthy(row.order_no)
    assert.is_nil(row.stockout_id)
    assert.is_nil(row.modified)
    for _, line in ipairs(row.details_list) do
      assert.truthy(line.spec_no)
      assert.is_nil(line.goods_name)
    end
  end)

  it("hands out a row's own bytes", function()
    local tables = collect(client:stockouts{ start = START, stop = "2026-10-12 00:00:00",
      null = wdt.null })
    local texts = collect(client:stockouts{ start = START, stop = "2026-10-12 00:00:00",
      as = "json" })
    assert.equal(#tables, #texts)
    for i, text in ipairs(texts) do assert.same(cjson.decode(text), tables[i]) end
  end)

  it("keeps nulls where that is asked for", function()
    local kept, dropped = 0, 0
    for row in client:stockouts{ start = START, stop = STOP, null = wdt.null } do
      for _, line in ipairs(row.details_list) do if line.unit_name == wdt.null then
        kept = kept + 1 end end
    end
    for row in client:stockouts{ start = START, stop = STOP } do
      for _, line in ipairs(row.details_list) do if line.unit_name == nil then
        dropped = dropped + 1 end end
    end
    assert.is_true(kept > 0)
    assert.equal(kept, dropped)
  end)
end)

describe("a stream", function()
  local START, STOP = "2026-10-01 00:00:00", "2026-10-01 23:59:59"
  local range = { start = START, stop = STOP, page_size = 10 }

  it("sends nothing before the first row is asked for", function()
    local box = small_box(5, START)
    local stream = client_of(box):stockouts(range)
    assert.equal(0, box.gateway.calls)
    stream:next()
    assert.equal(1, box.gateway.calls)
  end)

  it("stays at its end, and at its error", function()
    local box = small_box(1, START)
    local stream = client_of(box):stockouts(range)
    assert.truthy(stream:next())
    for _ = 1, 3 do assert.same({}, { stream:next() }) end
    box.gateway:inject{ kind = "http_5xx", status = 404 }
    stream = client_of(box):stockouts(range)
    for _ = 1, 3 do
      local row, err, code = stream:next()
      assert.is_nil(row)
      assert.equal("http: HTTP 404, text/html", err)
      assert.equal("http", code)
    end
  end)

  it("raises its error in a for loop, as the same string", function()
    local box = small_box(1, START)
    box.gateway:inject{ kind = "http_5xx", status = 404 }
    local ok, err = pcall(collect, (client_of(box):stockouts(range)))
    assert.is_false(ok)
    assert.equal("http: HTTP 404, text/html", err)
  end)

  it("tells versions apart by `modified` alone, also where three fields are the identity",
    function()
    local row = '{"a":1,"b":2,"created":"2026-11-01 00:00:01","modified":%s}'
    -- short, so it is asked for again
    local answers = { '{"code":0,"total_count":2,"list":[' .. row:format "null" .. "]}",
      '{"code":0,"total_count":2,"list":[' .. row:format '"2026-11-01 00:00:01"' .. ","
        .. row:format("null"):gsub("1", "7", 1) .. "]}",
      '{"code":0,"total_count":2,"list":[]}' } -- is there a third row?
    local calls = 0
    local host = {
      now = function() return 0 end,
      time = function() return beijing.parse "2026-11-10 00:00:00" end,
      random = function() return 0 end, close = function() end }
    function host.open(_, _, decoder)
      calls = calls + 1
      local body, exchange = answers[calls], { status = 200, bytes = 0, header = function() end,
        close = function() end }
      function exchange.pull()
        local more = body and decoder:feed(body) and true or false
        body = nil
        return more
      end
      return exchange
    end
    local client = wdt.new{ edition = "enterprise", sid = "s", appkey = "k", appsecret = "x",
      url = "http://x/openapi2",
      host = host }
    local stream = client:records("thing_query", { start = "2026-11-01 00:00:00",
      stop = "2026-11-01 00:10:00", list = "list",
      id = { "a", "b", "created" }, ends = "closed", cap = 3600 })
    local versions = {}
    for so in stream do versions[#versions + 1] = so.a .. " " .. tostring(so.modified) end
    assert.same({ "1 nil", "1 2026-11-01 00:00:01", "7 nil" }, versions)
    assert.equal(3, calls)
  end)

  it("can be closed by the client's log", function()
    for _, event in ipairs{ "call", "failure" } do
      local box, stream = small_box(30, START), nil
      if event == "failure" then box.gateway:inject{ kind = "http_5xx", status = 500 } end
      stream = client_of(box, nil, { log = function(e) if e.event == event then
        stream:close() end end }):stockouts(range)
      local row, err, code
      repeat row, err, code = stream:next() until row == nil
      assert.same({ "closed: the stream was closed", "closed" }, { err, code })
      assert.equal(0, box.host.in_use)
    end
  end)

  it("gives its connection back when it is closed", function()
    local box = small_box(30, START)
    local stream = client_of(box):stockouts(range)
    stream:next()
    assert.equal(1, box.host.in_use)
    stream:close()
    stream:close()
    assert.equal(0, box.host.in_use)
    assert.same({ nil, "closed: the stream was closed", "closed" }, { stream:next() })
  end)

  if _VERSION == "Lua 5.4" then
    it("gives its connection back at once when a loop is left (Lua 5.4)", function()
      local box = small_box(30, START)
      for _ in client_of(box):stockouts(range) do break end -- luacheck: ignore 512
      assert.equal(0, box.host.in_use)
      pcall(function()
        for _ in client_of(box):stockouts(range) do error "mine" end
      end)
      assert.equal(0, box.host.in_use)
    end)
  end

  it("tells how far it is", function()
    local box = small_box(45, START, { latency = 0.5 })
    local stream = client_of(box):stockouts(range)
    local before = stream:progress()
    assert.equal(0, before.rows)
    assert.equal(1, before.windows_planned)
    collect(stream)
    local after = stream:progress()
    assert.equal(45, after.rows)
    assert.equal(box.gateway.calls, after.calls)
    assert.equal(after.windows, after.windows_planned)
    assert.equal(T(STOP) + 1, after.done_until)
    assert.is_true(after.bytes > 10000)
    assert.equal(0, after.retries)
    assert.equal("atomic", after.certificate)
  end)

  it("says when a second could not be proved complete, and makes it an error when that is asked "
    .. "for", function()
    local box = sandbox.new{ now = T(STOP), fields = "short" }
    for _ = 1, 35 do box.world:put{ modified = T(START) + 5, cancelled = true, status = 5 } end
    local client = client_of(box, "ultimate")
    local stream = client:cancelled_stockouts{ start = START, stop = "2026-10-01 00:10:00",
      page_size = 10 }
    assert.equal(35, #collect(stream))
    assert.equal(1, stream:progress().uncertified)
    assert.equal("none", stream:progress().certificate)
    stream = client:cancelled_stockouts{ start = START, stop = "2026-10-01 00:10:00",
      page_size = 10, strict = true }
    local row, err, code
    local rows = 0
    repeat
      row, err, code = stream:next()
      if row then rows = rows + 1 end
    until not row
    assert.equal(35, rows) -- an error loses nothing that was read
    assert.equal("uncertified", code)
    assert.truthy(err:find("2026-10-01 00:00:00 to", 1, true))
  end)

  it("reads a dense second of the enterprise edition by shop, warehouse and status", function()
    local box = sandbox.new{ now = T(STOP), fields = "short" }
    for i = 1, 60 do box.world:put{ modified = T(START) + 5, status = i % 3 == 0 and 110 or 95 } end
    local stream = client_of(box):stockouts{ start = START, stop = STOP, page_size = 15 }
    assert.equal(60, #collect(stream))
    assert.equal("conserved", stream:progress().certificate)
  end)

  it("counts rows whose clock is not in the window that was asked for, and hands them out",
    function()
    local box = small_box(5, START)
    local answer = box.gateway.handle
    box.gateway.handle = function(...)
      local response, directive = answer(...)
      response.body = response.body:gsub('"consign_time":"2026', '"consign_time":"2025')
      return response, directive
    end
    local stream = client_of(box):stockouts(range)
    assert.equal(5, #collect(stream))
    assert.equal(5, stream:progress().outside)
  end)

  it("reads a window that reaches the present from its front, so that what moves to its end is "
    .. "met there", function()
    local box = box_of{ seed = 5, rows_per_day = 2000, from = "2026-10-01 00:00:00",
      to = "2026-10-01 12:00:00",
      order = "time_desc", fields = "short", drift = { touch = 1 } }
    local filter = box:filter(METHOD, { start_time = START, end_time = STOP, status = "55" })
    local watch = box.world:watch(filter)
    local got = {}
    for row in client_of(box):stockouts{ start = START, stop = STOP, status = 55,
      page_size = 10 } do
      got[tonumber(row.stockout_id)] = true
    end
    local stayed = 0
    for id in pairs(watch.stayed) do
      stayed = stayed + 1
      assert.is_true(got[id], "lost " .. id)
    end
    assert.is_true(stayed > 20)
    watch:close()
  end)
end)

describe("lanes", function()
  it("have windows in flight side by side, and hand rows out in order", function()
    local function read(lanes)
      local box = box_of{ seed = 9, rows_per_day = 4000, from = "2026-10-01 00:00:00",
        to = "2026-10-02 23:59:59",
        fields = "short", latency = 2, order = "shuffle" }
      local client = client_of(box)
      local began = box.host:now()
      local stream = client:stockouts{ start = "2026-10-01 00:00:00", stop = "2026-10-02 23:59:59",
        lanes = lanes }
      local last, rows = "", {}
      for row in stream do
        rows[#rows + 1] = row
        last = row.consign_time
      end
      assert.truthy(last)
      assert_same_rows(truth(box, "2026-10-01 00:00:00", "2026-10-02 23:59:59"), rows)
      return box.host:now() - began, stream:progress()
    end
    -- A lane alone has larger windows, so it needs fewer calls; 2 s each.
    local _, one = read(1)
    local seconds, eight = read(8)
    assert.is_true(seconds < 2 * eight.calls / 4, ("%g s for %d calls"):format(
      seconds, eight.calls))
    assert.is_true(eight.calls < 1.3 * one.calls, ("%d calls, %d by one lane"):format(eight.calls,
      one.calls))
  end)

  it("never exceed the rate as the gateway counts it", function()
    local box = box_of{ seed = 9, rows_per_day = 8000, from = "2026-10-01 00:00:00",
      to = "2026-10-02 23:59:59",
      fields = "short", latency = { 0.1, 5 }, rate = 30 }
    local stream = wdt.new(box:settings("enterprise", { rate = 30, lanes = 8 }))
      :stockouts{ start = "2026-10-01 00:00:00", stop = "2026-10-02 23:59:59" }
    collect(stream)
    assert.is_true(box.gateway.busiest <= 30)
    assert.is_true(box.gateway.busiest >= 25)
    assert.equal(0, stream:progress().retries)
    assert.is_true(stream:progress().waited > 60)
  end)

  it("share their last free place: a rate below the number of lanes does not hang", function()
    local box = box_of{ seed = 9, rows_per_day = 1000, from = "2026-10-01 00:00:00",
      to = "2026-10-01 23:59:59",
      fields = "short", rate = 2 }
    local client = wdt.new(box:settings("enterprise", { rate = 2, lanes = 8 }))
    local query = { start = "2026-10-01 00:00:00", stop = "2026-10-01 23:59:59" }
    local first, second = client:stockouts(query), client:stockouts(query)
    local a, b = 0, 0
    repeat
      local x, y = first:next(), second:next()
      a, b = a + (x and 1 or 0), b + (y and 1 or 0)
    until not x and not y
    assert.equal(a, b)
    assert.is_true(a > 500)
    assert.equal(2, box.gateway.busiest)
  end)
end)
