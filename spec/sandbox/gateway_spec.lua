-- The sandbox's gateway: strict as the documents are.
local core = require "wdt.core"
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local World = require "wdt.sandbox.world"
local Gateway = require "wdt.sandbox.gateway"
local support = require "support.gateway"
local request = require "support.sandbox_request"

local T, day, with, small, ask = support.now, support.window, support.with, support.small,
  support.ask
local DAY = 86400
local TIMES = "start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] "

local function generated(o)
  local world = World.new{ seed = 5, rows_per_day = 700, from = T - 40 * DAY, to = T,
    history_before = T - 30 * DAY }
  o = o or {}
  o.world = world
  return Gateway.new(o), world
end

describe("the enterprise gateway", function()
  local gateway, world = generated()
  local good = day(T - DAY, T)

  it("answers with the rows of the window, and a total on page 0 only", function()
    local f = { clock = "consign_time", status = { 95, 110 }, from = T - 10 * DAY, to = T }
    local truth, rows, page, total = world:all(f), {}, 0, nil
    repeat
      local answer = ask(gateway, request.enterprise(
        T, with(day(T - 10 * DAY, T), { page_no = page })))
      assert.equal(0, answer.code)
      assert.equal("succeed", answer.message)
      if page == 0 then total = answer.total_count else assert.is_nil(answer.total_count) end
      for _, row in ipairs(answer.stockout_list) do rows[#rows + 1] = row end
      page = page + 1
    until #answer.stockout_list < 100
    assert.equal(#truth, #rows)
    assert.equal(#truth, total)
    assert.is_true(#truth > 3000)
    for i, row in ipairs(rows) do
      local t = truth[i]
      assert(row.stockout_id == tostring(t.id) and row.order_no == t.no
        and row.status == tostring(t.status)
        and row.consign_time == beijing.format(t.consign_time)
          and row.modified == beijing.format(t.modified)
        and row.src_order_no == t.src_order_no and row.shop_no == t.shop_no
          and row.warehouse_no == t.warehouse_no)
    end
  end)

  it("goes by the status rules of seed E §1.3", function()
    for _, case in ipairs{
      { {}, { clock = "consign_time", status = { 95, 110 } } },
      { { status = 95 }, { clock = "consign_time", status = 95 } },
      { { status = 113 }, { clock = "consign_time", status = 113 } },
      { { status = 55 }, { clock = "modified", status = 55 } },
      { { status = 5 }, { clock = "modified", status = 5 } },
      { { status = 110, is_by_modified = 1 }, { clock = "modified", status = 110 } },
      { { status = 95, shop_no = "旗舰店02" }, { clock = "consign_time", status = 95,
        shop_no = "旗舰店02" } },
      { { warehouse_no = "WH001" }, { clock = "consign_time", status = { 95, 110 },
        warehouse_no = "WH001" } },
    } do
      local answer = ask(gateway, request.enterprise(T, with(day(T - 3 * DAY, T), case[1])))
      local n = world:count(with(case[2], { from = T - 3 * DAY, to = T }))
      assert.is_true(n > 0)
      assert.equal(n, answer.total_count)
    end
    -- a row that was touched later is in another window by its modified time than by its consign
    -- time
    local g, w = small({}, 0)
    w:put{ modified = T - 60, consign_time = T - 3600, status = 110 }
    assert.equal(0, ask(g, request.enterprise(T, with(
      day(T - 600, T), { status = 110 }))).total_count)
    assert.equal(1, ask(g, request.enterprise(T, with(
      day(T - 600, T), { status = 110, is_by_modified = 1 }))).total_count)
    -- closed
    assert.equal(1, ask(g, request.enterprise(T, with(
      day(T - 3600, T - 3600), { status = 110 }))).total_count)
  end)

  it("has a history of its own", function()
    local old = day(T - 39 * DAY, T - 35 * DAY)
    assert.equal(0, ask(gateway, request.enterprise(T, old)).total_count)
    local n = ask(gateway, request.enterprise(T, old,
      { page = "his_stockout_order_query_trade" })).total_count
    assert.equal(world:count{ clock = "consign_time", status = { 95, 110 }, from = T - 39 * DAY,
      to = T - 35 * DAY,
      history = true }, n)
    assert.is_true(n > 0)
  end)

  it("looks up a number without times", function()
    local row = world:all{ clock = "consign_time", from = T - DAY, to = T }[7]
    for name, value in pairs{ stockout_no = row.no, src_order_no = row.src_order_no,
      src_tid = row.src_tid } do
      local answer = ask(gateway, request.enterprise(T, { [name] = value }))
      local hit = false
      for _, r in ipairs(answer.stockout_list) do hit = hit or r.stockout_id == tostring(row.id) end
      assert.is_true(hit, name)
      assert.equal(#answer.stockout_list, answer.total_count)
    end
    assert.equal(0, ask(gateway, request.enterprise(T, { stockout_no = "CK0" })).total_count)
  end)

  it("takes 30 rows where no page_size is sent", function()
    assert.equal(30, #ask(gateway, request.enterprise(
      T, good, { page_size = false })).stockout_list)
  end)

  local function refuses(code, text, params, more, change)
    local req = request.enterprise(T, params, more)
    if change then change(req) end
    local answer = ask(gateway, req)
    assert.same({ code = code, message = text }, answer)
  end

  it("refuses what is not signed by the account", function()
    refuses(1001, "缺少公共参数sid", good, { sid = false })
    refuses(1001, "缺少公共参数appkey", good, { appkey = false })
    refuses(1001, "缺少公共参数timestamp", good, { timestamp = false })
    refuses(1001, "缺少公共参数sign", good, { sign = false })
    refuses(1002, "sid不存在", good, { sid = "other" })
    refuses(1003, "appkey不存在", good, { appkey = "other" })
    refuses(1005, "签名sign错误", good, { sign = ("0"):rep(32) })
    refuses(1005, "签名sign错误", good, nil, function(req) req.body = req.body:gsub(
      "page_size=100", "page_size=50") end)
    refuses(1005, "签名sign错误", good, { sign = ("0"):rep(32), shop_no = "\255" }) -- not even text
    refuses(1001, "缺少公共参数sid", good, nil, function(req) req.headers = {
      ["Content-Type"] = "application/json" } end)
    refuses(1001, "缺少公共参数sid", good, nil, function(req) req.body = "sid=%zz" end)
    refuses(1001, "缺少公共参数sid", good, nil, function(req) req.body = "sid" end)
  end)

  it("refuses a timestamp more than five minutes away", function()
    local late = "timestamp超出允许的误差范围5分钟"
    assert.equal(0, ask(gateway, request.enterprise(T + 300, good)).code)
    assert.equal(0, ask(gateway, request.enterprise(T - 300, good)).code)
    refuses(1004, late, good, { timestamp = tostring(T + 301) })
    refuses(1004, late, good, { timestamp = tostring(T - 301) })
    refuses(1004, "timestamp参数错误", good, { timestamp = "123" })
    refuses(1004, "timestamp参数错误", good, { timestamp = tostring(T) .. "000" })
  end)

  it("refuses times that are missing, malformed, in the wrong order, or too far apart", function()
    refuses(2102, TIMES, {})
    refuses(2102, TIMES, { start_time = good.start_time })
    refuses(2102, TIMES, with(good, { start_time = "2026-11-2 00:00:00" }))
    refuses(2102, TIMES, with(good, { start_time = "2026-02-30 00:00:00" }))
    refuses(2102, TIMES, with(good, { end_time = tostring(T) }))
    refuses(2103, "start_time不能大于end_time", day(T, T - 1))
    assert.equal(0, ask(gateway, request.enterprise(T, day(T - 30 * DAY + 1, T))).code)
    refuses(2103, "start_time和end_time跨度不能超过30天", day(T - 30 * DAY, T))
    refuses(2102, TIMES, { stockout_no = "CK1", start_time = good.start_time })
  end)

  it("refuses parameters that it does not know or can't use", function()
    refuses(2101, "colour参数错误: 未知参数", with(good, { colour = "red" }))
    refuses(2101, "shop_no参数为空", with(good, { shop_no = "" }))
    refuses(2101, "status参数错误", with(good, { status = 96 }))
    refuses(2101, "status参数错误", with(good, { status = "95,110" }))
    refuses(2101, "is_by_modified参数错误", with(good, { status = 95, is_by_modified = "yes" }))
    refuses(2101, "is_by_modified参数错误", with(good, { is_by_modified = 2 }))
    refuses(2101, "status参数错误: 重复", with(good, { status = 95 }), nil,
      function(req) req.body = req.body .. "&status=95" end)
    refuses(2104, "page_size参数错误,取值范围1~100", good, { page_size = "0" })
    refuses(2104, "page_size参数错误,取值范围1~100", good, { page_size = "101" })
    refuses(2104, "page_size参数错误,取值范围1~100", good, { page_size = "ten" })
    refuses(2104, "page_no参数错误", good, { page_no = "-1" })
  end)

  it("has no other page, and takes no GET", function()
    local req = request.enterprise(T, good)
    req.method = "GET"
    assert.equal(405, gateway:handle(req, T).status)
    assert.equal(404, gateway:handle(request.enterprise(T, good, { page = "no_such_query" }),
      T).status)
    req.path = "/"
    assert.equal(404, gateway:handle(req, T).status)
  end)

  it("tells the filter of a request", function()
    local f = gateway:filter("stockout_order_query_trade", with(good, { status = "55" }))
    assert.equal(ask(gateway, request.enterprise(T, with(good, { status = 55 }))).total_count,
      world:count(f))
    assert.same({ nil, 2102, TIMES, n = 3 }, { n = 3,
      gateway:filter("stockout_order_query_trade", {}) })
    assert.has_error(function() gateway:filter("no_such_query", {}) end,
      "parameter 'method' is \"no_such_query\", expected a method of the sandbox")
  end)
end)

describe("an enterprise row", function()
  it("has the sample's fields, all text, and everything that is hard to read", function()
    local gateway = generated()
    local seen = {}
    for page = 0, 9 do
      local answer = ask(gateway, request.enterprise(
        T, with(day(T - 5 * DAY, T), { page_no = page })))
      for _, row in ipairs(answer.stockout_list) do
        local n = 0
        for k, v in pairs(row) do
          n = n + 1
          if k == "buyer_message" and v == cjson.null then seen.null = true
          elseif k ~= "details_list" then assert(type(v) == "string", k) end
          for what, pattern in pairs{ quote = '"', backslash = "\\", line = "\n",
            emoji = "\240\159", chinese = "顺丰" } do
            if type(v) == "string" and v:find(pattern, 1, true) then seen[what] = true end
          end
        end
        assert.equal(94, n)
        local amount = 0
        for _, line in ipairs(row.details_list) do
          local fields = 0
          for _ in pairs(line) do fields = fields + 1 end
          assert.equal(47, fields)
          amount = amount + tonumber(line.total_amount)
          seen.unit_null = seen.unit_null or line.unit_name == cjson.null
          seen.unit = seen.unit or line.unit_name == "件"
        end
        assert.is_true(math.abs(amount - tonumber(row.goods_total_amount)) < 0.001)
        seen["lines" .. math.min(2, #row.details_list)] = true
        if row.src_tids:find(",") then seen.merged = true end
      end
    end
    assert.same({ null = true, quote = true, backslash = true, line = true, emoji = true,
      chinese = true, unit = true,
      unit_null = true, lines0 = true, lines1 = true, lines2 = true, merged = true }, seen)
    local unshipped = ask(gateway, request.enterprise(
      T, with(day(T - DAY, T), { status = 55 }))).stockout_list[1]
    assert.equal("0000-00-00 00:00:00", unshipped.consign_time)
  end)

  it("is the same whatever the bytes look like", function()
    local plain
    for _, o in ipairs{ {}, { escape = "unicode" }, { escape = "php" }, { pretty = true },
      { pretty = true, escape = "php" },
      { envelope = "last" }, { envelope = "last", pretty = true } } do
      local gateway = generated(o)
      local answer, response = ask(gateway, request.enterprise(T, day(T - DAY, T)))
      plain = plain or answer
      assert.same(plain, answer)
      assert.equal(o.escape ~= nil, not response.body:find("[\128-\255]"))
      assert.equal(o.escape == "php", response.body:find("\\/", 1, true) ~= nil)
      assert.equal(o.pretty or false, response.body:find('{\n    "', 1, true) ~= nil)
      local first = o.envelope ~= "last"
      assert.equal(first, response.body:find('"code"', 1, true) < response.body:find(
        '"stockout_list"', 1, true))
      -- and the library's own decoder reads it so
      local decoder, n = core.decoder{ path = "stockout_list" }, 0
      decoder:feed(response.body)
      for row in function() return (decoder:next()) end do
        n = n + 1
        assert.equal(plain.stockout_list[n].receiver_name, row.receiver_name)
      end
      assert(decoder:finish())
      assert.equal(100, n)
    end
  end)

  it("can be short", function()
    local gateway, world = small{ fields = "short" }
    local row = ask(gateway, request.enterprise(T, day(T - DAY, T))).stockout_list[1]
    local t = world:get(tonumber(row.stockout_id))
    assert.same({ stockout_id = tostring(t.id), order_no = t.no, src_order_no = t.src_order_no,
      warehouse_no = t.warehouse_no,
      consign_time = beijing.format(t.consign_time), status = "95", shop_no = t.shop_no,
      modified = beijing.format(t.modified),
      created = beijing.format(t.created) }, row)
  end)
end)

describe("the ultimate gateway", function()
  local gateway, world = generated()
  local hour = request.span(T - 3600, T)

  it("answers with the cancelled rows of the window", function()
    local busy = T - 22 * 3600 -- 14:00 of the day before
    local truth = world:all{ clock = "modified", cancelled = true, from = busy, to = busy + 3600,
      history = "both" }
    assert.is_true(#truth >= 3)
    local rows, page = {}, 0
    local total
    repeat
      local answer = ask(gateway, request.ultimate(T, request.span(busy, busy + 3600),
        { page_no = tostring(page), page_size = "2" }))
      assert.equal(0, answer.status)
      total = answer.data.total_count
      for _, row in ipairs(answer.data.order_list) do rows[#rows + 1] = row end
      page = page + 1
    until #answer.data.order_list < 2
    assert.equal(#truth, total)
    assert.equal(#truth, #rows)
    for i, row in ipairs(rows) do
      assert.same({ stockout_id = truth[i].id, stockout_no = truth[i].no,
        modified = beijing.format(truth[i].modified),
        status = require("wdt.sandbox.records").cancel_status(5, truth[i].id) }, row)
    end
    assert.is_nil(ask(gateway, request.ultimate(T, hour, { calc_total = "0" })).data.total_count)
    assert.is_nil(ask(gateway, request.ultimate(T, hour, { calc_total = false })).data.total_count)
  end)

  it("may leave the end out of the window, and totals to page 0", function()
    for _, closed in ipairs{ true, false } do
      local g, w = small({ closed_end = closed }, 0)
      w:put{ modified = T - 600, status = 5 }
      w:put{ modified = T, status = 5 }
      assert.equal(closed and 2 or 1, ask(g, request.ultimate(T, hour)).data.total_count)
      g.total_on = "page0"
      assert.equal(closed and 2 or 1, ask(g, request.ultimate(T, hour)).data.total_count)
      assert.is_nil(ask(g, request.ultimate(T, hour, { page_no = "1" })).data.total_count)
    end
  end)

  local function refuses(status, text, body, more, change)
    local req = request.ultimate(T, body, more)
    if change then change(req) end
    assert.same({ status = status, message = text }, (ask(gateway, req)))
  end

  it("refuses what is not signed by the account", function()
    for _, name in ipairs{ "sid", "key", "salt", "method", "v", "timestamp", "sign" } do
      refuses(1, "参数错误", hour, { [name] = false })
    end
    refuses(8, "版本错误", hour, { v = "2.0" })
    refuses(1, "sid is not exists", hour, { sid = "other" })
    refuses(1, "app auth fail", hour, { key = "other" })
    refuses(1, "app auth fail", hour, { salt = "other" })
    refuses(1, "验证失败", hour, { sign = ("0"):rep(32) })
    -- the signed bytes must be the sent bytes
    refuses(1, "验证失败", hour, nil, function(req) req.body = req.body:gsub(":", ": ", 1) end)
    refuses(2, "sid", hour, nil, function(req) req.query = req.query .. "&sid=sandbox" end)
    refuses(1, "参数错误", hour, nil, function(req) req.query = "%" end)
    refuses(1, "参数错误", hour, nil, function(req) req.headers = {} end)
    refuses(100, "权限不足", hour, { method = "wms.stockout.Sales.search" })
  end)

  it("refuses a timestamp more than two minutes away, counted from 2012", function()
    local at = T - 1325347200
    assert.equal(0, ask(gateway, request.ultimate(T + 120, hour)).status)
    assert.equal(0, ask(gateway, request.ultimate(T - 120, hour)).status)
    refuses(7, "时间戳错误", hour, { timestamp = tostring(at + 121) })
    refuses(7, "时间戳错误", hour, { timestamp = tostring(at - 121) })
    refuses(7, "时间戳错误", hour, { timestamp = tostring(T) })
    refuses(7, "时间戳错误", hour, { timestamp = "now" })
  end)

  it("refuses windows of more than an hour, and times it can't read", function()
    assert.equal(0, ask(gateway, request.ultimate(T, hour)).status)
    refuses(100, "起止时间差最大1小时", request.span(T - 3601, T))
    refuses(1, "参数错误", request.span(T, T - 1))
    refuses(100, "参数中必须包含起止时间", "[{}]")
    refuses(100, "参数中必须包含起止时间", ('[{"start_time":"%s"}]'):format(beijing.format(T)))
    refuses(100, "Unparseable date: 2023/02/06 17:59:19",
      '[{"start_time":"2023/02/06 17:59:19","end_time":"x"}]')
    refuses(1, "argument type mismatch", '[{"start_time":1,"end_time":2}]')
  end)

  it("refuses arguments of another shape", function()
    refuses(1, "参数错误", "{}")
    refuses(1, "参数错误", "")
    refuses(1, "参数错误", hour .. "]")
    refuses(1, "参数错误", '[{"a":1,}]')
    refuses(1, "invalid argument count", "[]")
    refuses(1, "invalid argument count", hour:sub(1, -2) .. ",{}]")
    refuses(1, "argument type mismatch", '["x"]')
    refuses(1, "argument type mismatch", "[null]")
    refuses(1, "argument type mismatch", "[[1]]")
    refuses(2, "colour", '[{"colour":"\\u7ea2","start_time":"","end_time":""}]')
    refuses(2, "colour", hour, { colour = "red" })
    refuses(2, "page_size", hour, { page_size = "" })
    refuses(2, "page_size", hour, { page_size = "0" })
    refuses(2, "page_no", hour, { page_no = "x" })
    refuses(2, "calc_total", hour, { calc_total = "yes" })
    refuses(100, "此方法仅支持分页查询：接口wms.stockout.Sales.searchCancel", hour, { page_no = false })
    refuses(100, "此方法仅支持分页查询：接口wms.stockout.Sales.searchCancel", hour, { page_size = false })
    gateway.page_max = 200
    refuses(2, "page_size", hour, { page_size = "201" })
    gateway.page_max = nil
    assert.equal(0, ask(gateway, request.ultimate(T, hour, { page_size = "500" })).status)
  end)
end)
