-- The sandbox's gateway: strict as the documents are, and failing as told.
local core = require "wdt.core"
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local World = require "wdt.sandbox.world"
local Gateway = require "wdt.sandbox.gateway"
local Faults = require "wdt.sandbox.faults"
local request = require "support.sandbox_request"

local T = beijing.parse "2026-11-20 12:00:00"
local DAY = 86400
local TIMES = "start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] "

local function day(from, to)
  return { start_time = beijing.format(from), end_time = beijing.format(to) }
end

local function with(params, more)
  local p = {}
  for k, v in pairs(params) do p[k] = v end
  for k, v in pairs(more) do p[k] = v end
  return p
end

local function generated(o)
  local world = World.new{ seed = 5, rows_per_day = 700, from = T - 40 * DAY, to = T, history_before = T - 30 * DAY }
  o = o or {}
  o.world = world
  return Gateway.new(o), world
end

local function small(o, n)
  local world = World.new{ seed = 5, now = T }
  for i = 1, n or 25 do world:put{ modified = T - 60 * i, status = i % 2 == 0 and 5 or 95 } end
  o = o or {}
  o.world = world
  return Gateway.new(o), world
end

local function ask(gateway, req, now)
  local response, directive = gateway:handle(req, now or T)
  assert.equal(200, response.status)
  return cjson.decode(response.body), response, directive
end

describe("the enterprise gateway", function()
  local gateway, world = generated()
  local good = day(T - DAY, T)

  it("answers with the rows of the window, and a total on page 0 only", function()
    local f = { clock = "consign_time", status = { 95, 110 }, from = T - 10 * DAY, to = T }
    local truth, rows, page, total = world:all(f), {}, 0, nil
    repeat
      local answer = ask(gateway, request.enterprise(T, with(day(T - 10 * DAY, T), { page_no = page })))
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
      assert(row.stockout_id == tostring(t.id) and row.order_no == t.no and row.status == tostring(t.status)
        and row.consign_time == beijing.format(t.consign_time) and row.modified == beijing.format(t.modified)
        and row.src_order_no == t.src_order_no and row.shop_no == t.shop_no and row.warehouse_no == t.warehouse_no)
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
      { { status = 95, shop_no = "旗舰店02" }, { clock = "consign_time", status = 95, shop_no = "旗舰店02" } },
      { { warehouse_no = "WH001" }, { clock = "consign_time", status = { 95, 110 }, warehouse_no = "WH001" } },
    } do
      local answer = ask(gateway, request.enterprise(T, with(day(T - 3 * DAY, T), case[1])))
      local n = world:count(with(case[2], { from = T - 3 * DAY, to = T }))
      assert.is_true(n > 0)
      assert.equal(n, answer.total_count)
    end
    -- a row that was touched later is in another window by its modified time than by its consign time
    local g, w = small({}, 0)
    w:put{ modified = T - 60, consign_time = T - 3600, status = 110 }
    assert.equal(0, ask(g, request.enterprise(T, with(day(T - 600, T), { status = 110 }))).total_count)
    assert.equal(1, ask(g, request.enterprise(T, with(day(T - 600, T), { status = 110, is_by_modified = 1 }))).total_count)
    assert.equal(1, ask(g, request.enterprise(T, with(day(T - 3600, T - 3600), { status = 110 }))).total_count) -- closed
  end)

  it("has a history of its own", function()
    local old = day(T - 39 * DAY, T - 35 * DAY)
    assert.equal(0, ask(gateway, request.enterprise(T, old)).total_count)
    local n = ask(gateway, request.enterprise(T, old, { page = "his_stockout_order_query_trade" })).total_count
    assert.equal(world:count{ clock = "consign_time", status = { 95, 110 }, from = T - 39 * DAY, to = T - 35 * DAY,
      history = true }, n)
    assert.is_true(n > 0)
  end)

  it("looks up a number without times", function()
    local row = world:all{ clock = "consign_time", from = T - DAY, to = T }[7]
    for name, value in pairs{ stockout_no = row.no, src_order_no = row.src_order_no, src_tid = row.src_tid } do
      local answer = ask(gateway, request.enterprise(T, { [name] = value }))
      local hit = false
      for _, r in ipairs(answer.stockout_list) do hit = hit or r.stockout_id == tostring(row.id) end
      assert.is_true(hit, name)
      assert.equal(#answer.stockout_list, answer.total_count)
    end
    assert.equal(0, ask(gateway, request.enterprise(T, { stockout_no = "CK0" })).total_count)
  end)

  it("takes 30 rows where no page_size is sent", function()
    assert.equal(30, #ask(gateway, request.enterprise(T, good, { page_size = false })).stockout_list)
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
    refuses(1005, "签名sign错误", good, nil, function(req) req.body = req.body:gsub("page_size=100", "page_size=50") end)
    refuses(1005, "签名sign错误", good, { sign = ("0"):rep(32), shop_no = "\255" }) -- not even text
    refuses(1001, "缺少公共参数sid", good, nil, function(req) req.headers = { ["Content-Type"] = "application/json" } end)
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
    refuses(2101, "is_by_modified参数错误: 需要同时传status", with(good, { is_by_modified = 1 }))
    refuses(2101, "status参数错误: 重复", with(good, { status = 95 }), nil, function(req) req.body = req.body .. "&status=95" end)
    refuses(2104, "page_size参数错误,取值范围1~100", good, { page_size = "0" })
    refuses(2104, "page_size参数错误,取值范围1~100", good, { page_size = "101" })
    refuses(2104, "page_size参数错误,取值范围1~100", good, { page_size = "ten" })
    refuses(2104, "page_no参数错误", good, { page_no = "-1" })
  end)

  it("has no other page, and takes no GET", function()
    local req = request.enterprise(T, good)
    req.method = "GET"
    assert.equal(405, gateway:handle(req, T).status)
    assert.equal(404, gateway:handle(request.enterprise(T, good, { page = "no_such_query" }), T).status)
    req.path = "/"
    assert.equal(404, gateway:handle(req, T).status)
  end)

  it("tells the filter behind a request", function()
    local f = gateway:filter("stockout_order_query_trade", with(good, { status = "55" }))
    assert.equal(ask(gateway, request.enterprise(T, with(good, { status = 55 }))).total_count, world:count(f))
    assert.same({ nil, 2102, TIMES, n = 3 }, { n = 3, gateway:filter("stockout_order_query_trade", {}) })
    assert.has_error(function() gateway:filter("no_such_query", {}) end,
      "parameter 'method' is \"no_such_query\", expected a method of the sandbox")
  end)
end)

describe("an enterprise row", function()
  it("has the sample's fields, all text, and everything that is hard to read", function()
    local gateway = generated()
    local seen = {}
    for page = 0, 9 do
      local answer = ask(gateway, request.enterprise(T, with(day(T - 5 * DAY, T), { page_no = page })))
      for _, row in ipairs(answer.stockout_list) do
        local n = 0
        for k, v in pairs(row) do
          n = n + 1
          if k == "buyer_message" and v == cjson.null then seen.null = true
          elseif k ~= "details_list" then assert(type(v) == "string", k) end
          for what, pattern in pairs{ quote = '"', backslash = "\\", line = "\n", emoji = "\240\159", chinese = "顺丰" } do
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
    assert.same({ null = true, quote = true, backslash = true, line = true, emoji = true, chinese = true, unit = true,
      unit_null = true, lines0 = true, lines1 = true, lines2 = true, merged = true }, seen)
    local unshipped = ask(gateway, request.enterprise(T, with(day(T - DAY, T), { status = 55 }))).stockout_list[1]
    assert.equal("0000-00-00 00:00:00", unshipped.consign_time)
  end)

  it("is the same whatever the bytes look like", function()
    local plain
    for _, o in ipairs{ {}, { escape = "unicode" }, { escape = "php" }, { pretty = true }, { pretty = true, escape = "php" },
      { envelope = "last" }, { envelope = "last", pretty = true } } do
      local gateway = generated(o)
      local answer, response = ask(gateway, request.enterprise(T, day(T - DAY, T)))
      plain = plain or answer
      assert.same(plain, answer)
      assert.equal(o.escape ~= nil, not response.body:find("[\128-\255]"))
      assert.equal(o.escape == "php", response.body:find("\\/", 1, true) ~= nil)
      assert.equal(o.pretty or false, response.body:find('{\n    "', 1, true) ~= nil)
      local first = o.envelope ~= "last"
      assert.equal(first, response.body:find('"code"', 1, true) < response.body:find('"stockout_list"', 1, true))
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
    assert.same({ stockout_id = tostring(t.id), order_no = t.no, src_order_no = t.src_order_no, warehouse_no = t.warehouse_no,
      consign_time = beijing.format(t.consign_time), status = "95", shop_no = t.shop_no, modified = beijing.format(t.modified),
      created = beijing.format(t.created) }, row)
  end)
end)

describe("the ultimate gateway", function()
  local gateway, world = generated()
  local hour = request.span(T - 3600, T)

  it("answers with the cancelled rows of the window", function()
    local busy = T - 22 * 3600 -- 14:00 of the day before
    local truth = world:all{ clock = "modified", cancelled = true, from = busy, to = busy + 3600, history = "both" }
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
      assert.same({ stockout_id = truth[i].id, stockout_no = truth[i].no, modified = beijing.format(truth[i].modified),
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
    refuses(100, "Unparseable date: 2023/02/06 17:59:19", '[{"start_time":"2023/02/06 17:59:19","end_time":"x"}]')
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

describe("the gateway", function()
  local hour = request.span(T - 3600, T)

  it("writes totals and empty pages in every way that is met", function()
    for _, as in ipairs{ "number", "string" } do
      for _, empty in ipairs{ "absent", "null", "list" } do
        for _, pretty in ipairs{ false, true } do
          for _, envelope in ipairs{ "first", "last" } do
            local gateway = small({ total_as = as, empty = empty, pretty = pretty, envelope = envelope }, 0)
            local zero = as == "string" and "0" or 0
            local e = ask(gateway, request.enterprise(T, day(T - DAY, T)))
            local u = ask(gateway, request.ultimate(T, hour))
            assert.equal(zero, e.total_count)
            assert.equal(zero, u.data.total_count)
            for _, list in ipairs{ { e.stockout_list }, { u.data.order_list } } do
              if empty == "null" then assert.equal(cjson.null, list[1]) end
              if empty == "list" then assert.same({}, list[1]) end
              if empty == "absent" then assert.is_nil(list[1]) end
            end
          end
        end
      end
    end
  end)

  it("may cap pages in silence", function()
    local gateway, world = small({ page_cap = 7 }, 50)
    local n, page = 0, 0
    repeat
      local answer = ask(gateway, request.enterprise(T, with(day(T - DAY, T), { page_no = page })))
      n, page = n + #answer.stockout_list, page + 1
      assert.is_true(#answer.stockout_list <= 7)
    until #answer.stockout_list == 0
    assert.equal(world:count{ clock = "consign_time", status = 95, from = T - DAY, to = T }, n)
  end)

  it("keeps its order, and every order it is told", function()
    local gateway, world = small({ order = "id_desc" }, 30)
    local rows = ask(gateway, request.enterprise(T, day(T - DAY, T))).stockout_list
    for i = 2, #rows do assert.is_true(tonumber(rows[i - 1].stockout_id) > tonumber(rows[i].stockout_id)) end
    gateway.order = nil
    world.order = "time_desc"
    rows = ask(gateway, request.enterprise(T, day(T - DAY, T))).stockout_list
    for i = 2, #rows do assert.is_true(rows[i - 1].consign_time >= rows[i].consign_time) end
  end)

  it("counts the calls of any minute and refuses those above the rate", function()
    local gateway = small{ rate = 3 }
    for i = 0, 2 do assert.equal(0, ask(gateway, request.ultimate(T + i, hour), T + i).status) end
    local commas = {}
    for i = 3, 30 do
      local answer = ask(gateway, request.ultimate(T + i, hour), T + i)
      assert.equal(100, answer.status)
      commas[answer.message] = true
    end
    assert.same({ ["超过每分钟最大调用频率限制，请稍后重试"] = true, ["超过每分钟最大调用频率限制,请稍后重试"] = true }, commas)
    assert.equal(1012, ask(gateway, request.enterprise(T + 59, day(T - DAY, T)), T + 59).code)
    assert.equal(0, ask(gateway, request.ultimate(T + 60, hour), T + 60).status)
    assert.equal(100, ask(gateway, request.ultimate(T + 60, hour), T + 60).status)
    assert.equal(33, gateway.busiest) -- of the 34 so far all but the first: it is a minute ago
    assert.equal(4, gateway.accepted)
    assert.equal(34, gateway.calls)
    local quiet = small{ rate = 1, rate_quiet = 300 }
    assert.equal(0, ask(quiet, request.ultimate(T, hour)).status)
    assert.equal(100, ask(quiet, request.ultimate(T, hour)).status)
    assert.equal(100, ask(quiet, request.ultimate(T + 299, hour), T + 299).status)
    assert.equal(0, ask(quiet, request.ultimate(T + 300, hour), T + 300).status)
  end)

  it("remembers its calls without saying whose they were", function()
    local gateway = small()
    ask(gateway, request.enterprise(T, day(T - DAY, T)))
    ask(gateway, request.ultimate(T, request.span(T - 3601, T)))
    assert.equal(2, #gateway.log)
    local first, second = gateway.log[1], gateway.log[2]
    assert.equal("stockout_order_query_trade", first.method)
    assert.equal(13, first.total)
    assert.equal(13, first.rows)
    assert.equal("100", first.params.page_size)
    assert.equal("wms.stockout.Sales.searchCancel", second.method)
    assert.equal(100, second.code)
    for _, entry in ipairs(gateway.log) do
      for _, name in ipairs{ "sign", "sid", "appkey", "key", "salt" } do assert.is_nil(entry.params[name]) end
    end
    for _ = 1, 100 do gateway:handle(request.ultimate(T, hour), T) end
    assert.equal(64, #gateway.log)
  end)

  it("lags behind, where replicas do, with its total", function()
    local gateway, world = small({ replica_lag = 30 }, 0)
    for i = 1, 10 do world:put{ modified = T - i, status = 5 } end
    world:advance(T + 10)
    world:put{ modified = T - 20, status = 5 }
    local seen = {}
    for _ = 1, 40 do
      local answer = ask(gateway, request.ultimate(T + 35, hour), T + 35)
      assert.equal(answer.data.total_count, #answer.data.order_list)
      seen[answer.data.total_count] = (seen[answer.data.total_count] or 0) + 1
    end
    assert.is_true(seen[10] > 5 and seen[11] > 5 and seen[10] + seen[11] == 40)
    assert.equal(11, ask(gateway, request.ultimate(T + 45, hour), T + 45).data.total_count)
  end)

  it("has a clock of its own", function()
    local gateway = small{ clock_skew = 86400 }
    local answer, response = ask(gateway, request.ultimate(T, hour))
    assert.equal(7, answer.status)
    assert.equal(T + 86400, beijing.parse_http_date(response.headers.Date))
    assert.equal(0, ask(gateway, request.ultimate(T + 86400, hour), T).status)
  end)

  it("refuses options it does not know", function()
    local world = World.new()
    assert.has_error(function() Gateway.new{ world = world, colour = 1 } end,
      "parameter 'colour' is 1, expected no such option")
    assert.has_error(function() Gateway.new{ world = world, empty = "none" } end,
      "parameter 'empty' is \"none\", expected one of its documented values")
    assert.has_error(function() Gateway.new{} end, "parameter 'world' is nil, expected a world")
    assert.has_error(function() sandbox.new{ colour = 1 } end, "parameter 'colour' is 1, expected no such option")
    assert.has_error(function() sandbox.settings("lite", "") end,
      "parameter 'edition' is \"lite\", expected \"enterprise\" or \"ultimate\"")
  end)
end)

describe("a fault of the gateway", function()
  local hour = request.span(T - 3600, T)

  local function meets(fault, o)
    local gateway = small(o)
    gateway:inject(fault)
    local response, directive = gateway:handle(request.ultimate(T, hour), T)
    local after = gateway:handle(request.ultimate(T, hour), T)
    assert.equal(0, cjson.decode(after.body).status) -- only one call meets it
    return response, directive, gateway
  end

  it("breaks the connection, or holds the answer back", function()
    for _, kind in ipairs{ "reset", "truncate", "stall" } do
      local response, directive = meets{ kind = kind, at = 100 }
      assert.equal(0, cjson.decode(response.body).status)
      assert.same({ kind = kind, at = 100 }, directive)
      response, directive = meets{ kind = kind }
      assert.is_true(directive.at >= 0 and directive.at < #response.body)
    end
    assert.same({ kind = "delay", seconds = 7 }, select(2, meets{ kind = "delay", seconds = 7 }))
    assert.same({ kind = "gzip" }, select(2, meets{ kind = "gzip" }))
    assert.same({ kind = "chunked", sizes = { 1, 2 } }, select(2, meets{ kind = "chunked", sizes = { 1, 2 } }))
    local response, directive, gateway = meets{ kind = "connect" }
    assert.is_nil(response)
    assert.same({ kind = "connect" }, directive)
    assert.equal(1, gateway.calls) -- what never arrived is not counted
  end)

  it("answers with something that is not the API's", function()
    local response = meets{ kind = "http_5xx", status = 503, retry_after = 5 }
    assert.equal(503, response.status)
    assert.equal("5", response.headers["Retry-After"])
    assert.truthy(response.body:find("503 Service Unavailable", 1, true))
    assert.is_true(meets{ kind = "http_5xx" }.status >= 500)
    response = meets{ kind = "html" }
    assert.equal(200, response.status)
    assert.truthy(response.body:find("^<!DOCTYPE html>"))
    for how = 1, 3 do
      response = meets{ kind = "garbage", how = how }
      local decoder = core.decoder{ path = "data.order_list" }
      local good = decoder:feed(response.body)
      while good and decoder:next() do good = true end
      assert.is_nil((decoder:finish()))
    end
  end)

  it("refuses as the gateway refuses when it can't", function()
    local seen = {}
    for _ = 1, 30 do
      local gateway = small{ seed = _ }
      gateway:inject{ kind = "server" }
      local answer = ask(gateway, request.ultimate(T, hour))
      seen[answer.status] = answer.message
    end
    assert.same({ [4] = "数据库错误", [5] = "数据库错误", [99] = "其他错误" }, seen)
    for comma, c in ipairs(Faults.COMMAS) do
      local answer = cjson.decode(meets({ kind = "rate", comma = comma }).body)
      assert.same({ status = 100, message = "超过每分钟最大调用频率限制" .. c .. "请稍后重试" }, answer)
      answer = cjson.decode(meets({ kind = "concurrency", comma = comma }).body)
      assert.same({ status = 100, message = "超过每分钟最大并发次数限制" .. c .. "请稍后重试" }, answer)
    end
    assert.same({ status = 77, message = "其他" }, cjson.decode(meets({ kind = "server", code = 77, text = "其他" }).body))
    local gateway = small()
    gateway:inject{ kind = "server" }
    assert.equal(99, ask(gateway, request.enterprise(T, day(T - DAY, T))).code)
  end)

  it("may be a wrong clock", function()
    local response = meets{ kind = "skew", seconds = 500 }
    assert.equal(7, cjson.decode(response.body).status)
    assert.equal(T + 500, beijing.parse_http_date(response.headers.Date))
  end)

  it("comes as often as told, the same for the same seed", function()
    local chances, runs = {}, {}
    for _, kind in ipairs(Faults.KINDS) do chances[kind] = 0.03 end
    for run = 1, 2 do
      local gateway = small{ faults = chances, seed = 7 }
      local kinds, n = {}, 0
      for i = 1, 1500 do
        gateway:handle(request.ultimate(T + i, hour), T + i)
        local kind = gateway.log[#gateway.log].fault
        if kind then kinds[kind], n = (kinds[kind] or 0) + 1, n + 1 end
      end
      for _, kind in ipairs(Faults.KINDS) do
        if kind ~= "connect" then assert(kinds[kind] > 15 and kinds[kind] < 100, kind .. " " .. tostring(kinds[kind])) end
      end
      assert.is_true(n > 450 and n < 800)
      runs[run] = kinds
    end
    assert.same(runs[1], runs[2])
  end)
end)

describe("the host without a network", function()
  local hour = request.span(T - 3600, T)

  local function open(box, decoder, at)
    local req = request.ultimate(at or math.floor(box.host:time()), hour)
    return assert(box.host:open({ url = "http://sandbox.invalid" .. req.path .. "?" .. req.query, body = req.body,
      headers = req.headers }, decoder))
  end

  local function box_of(o)
    o.seed, o.now = o.seed or 5, T
    local box = sandbox.new(o)
    for i = 1, 25 do box.world:put{ modified = T - 60 * i, status = 5 } end
    return box, core.decoder{ path = "data.order_list" }
  end

  it("hands the answer over in pieces, in its own time", function()
    local box, decoder = box_of{ latency = 0.5, chunk = 100 }
    local exchange = open(box, decoder)
    assert.equal(0, box.host:now())
    assert.is_false(exchange:poll())
    assert.is_nil(exchange.status)
    local pulls, rows = 0, 0
    while exchange:pull() do
      pulls = pulls + 1
      while decoder:next() do rows = rows + 1 end
      assert.equal(200, exchange.status)
    end
    assert(decoder:finish())
    assert.equal(25, rows)
    assert.is_true(pulls > 10)
    assert.is_false(exchange:pull())
    assert.is_true(exchange:poll())
    assert.equal(exchange.bytes, tonumber(exchange:header("Content-Length")))
    assert.equal(T, beijing.parse_http_date(exchange:header("date")))
    assert.is_true(math.abs(box.host:now() - 0.5) < 1e-6)
    assert.equal(1, box.host.in_use)
    exchange:close()
    exchange:close()
    assert.equal(0, box.host.in_use)
    assert.equal("closed", select(3, exchange:pull()))
  end)

  it("lets open exchanges overlap, and the gateway see them in the order they arrive", function()
    local box = box_of{ latency = { 0.2, 2 } }
    local exchanges = {}
    for i = 1, 20 do exchanges[i] = open(box, core.decoder{ path = "data.order_list" }) end
    for i = 20, 1, -1 do
      while exchanges[i]:pull() do assert.is_true(exchanges[i]:poll() or exchanges[i].bytes > 0) end
    end
    assert.is_true(box.host:now() <= 2)
    local last = 0
    for _, entry in ipairs(box.gateway.log) do
      assert.is_true(entry.at >= last)
      last = entry.at
    end
    assert.equal(20, #box.gateway.log)
  end)

  it("moves the world with its clock", function()
    local box, decoder = box_of{ drift = { touch = 1 } }
    box.host:sleep(10)
    local exchange = open(box, decoder)
    while exchange:pull() do while decoder:next() do end end
    assert.is_true(box.world.changes > 30) -- 25 were put
    assert.is_true(box.world.now > T + 10)
    assert.has_error(function() box.host:sleep(-1) end, "parameter 'seconds' is -1, expected a number from 0 to 1e9")
  end)

  it("has a wall clock that may be wrong, and draws that repeat", function()
    local box, other = box_of{ skew = -7200 }, box_of{}
    assert.equal(T - 7200, box.host:time())
    for _ = 1, 3 do
      local u = box.host:random()
      assert.is_true(u >= 0 and u < 1)
      assert.equal(u, other.host:random())
    end
  end)

  local function fails(fault, timeout)
    local box, decoder = box_of{ latency = 1 }
    box.gateway:inject(fault)
    local req = request.ultimate(T, hour)
    local exchange = assert(box.host:open({ url = "http://sandbox.invalid" .. req.path .. "?" .. req.query, body = req.body,
      headers = req.headers, timeout = timeout }, decoder))
    local result, err, code
    repeat result, err, code = exchange:pull() until not result
    local again, err2, code2 = exchange:pull()
    assert.equal(result, again) -- an end stays the same end
    assert.equal(err, err2)
    assert.equal(code, code2)
    return code, box.host:now(), exchange, decoder
  end

  it("acts the faults out", function()
    assert.equal("truncated", (fails{ kind = "reset", at = 60 }))
    assert.equal("connect", (fails{ kind = "reset", at = 0 }))
    assert.equal("truncated", (fails{ kind = "truncate", at = 60 }))
    assert.equal("connect", (fails{ kind = "connect" }))
    assert.equal("http", (fails{ kind = "gzip" }))
    local code, now, exchange = fails{ kind = "stall", at = 60 }
    assert.equal("timeout", code)
    assert.is_true(math.abs(now - 21) < 1e-6)
    assert.equal(60, exchange.bytes)
    code, now = fails({ kind = "stall", at = 60 }, { stall = 5 })
    assert.equal("timeout", code)
    assert.is_true(math.abs(now - 6) < 1e-6)
    code, now = fails({ kind = "delay", seconds = 10 }, { total = 4 })
    assert.equal("timeout", code)
    assert.is_true(math.abs(now - 4) < 1e-6)
    local decoder, _
    code, now, _, decoder = fails{ kind = "delay", seconds = 10 }
    assert.is_nil(code)
    assert.is_true(math.abs(now - 11) < 1e-6)
    while decoder:next() do end
    assert(decoder:finish())
    code, now = fails{ kind = "stall", at = 60, seconds = 10 } -- goes on in time
    assert.is_nil(code)
    assert.is_true(math.abs(now - 11) < 1e-6)
    code, _, exchange = fails{ kind = "http_5xx", status = 502 }
    assert.is_nil(code)
    assert.equal(502, exchange.status)
    assert.equal(0, exchange.bytes)
    assert.equal("text/html", exchange:header("content-type"))
    assert.is_nil(exchange:header("no-such"))
    code, _, _, decoder = fails{ kind = "html" }
    assert.is_nil(code) -- all of it came; what it was is the decoder's to say
    assert.equal("syntax", select(3, decoder:next()))
  end)

  it("tells the decoder's error after one more pull, as the real one does", function()
    local box, decoder = box_of{ latency = 1, chunk = 400 }
    box.gateway:inject{ kind = "garbage", how = 1, at = 300 }
    local exchange = open(box, decoder)
    assert.is_true(exchange:pull())
    local rows = 0
    while decoder:next() do rows = rows + 1 end
    assert.is_true(rows > 0)
    assert.is_true(exchange:pull())
    assert.equal("syntax", select(3, decoder:next()))
    local result, _, code = exchange:pull()
    assert.is_nil(result)
    assert.equal("syntax", code)
  end)

  it("can be closed, with whatever is open", function()
    local box, decoder = box_of{}
    box.host:close()
    assert.equal("closed", select(3, box.host:open({ url = "http://x/openapi", body = "[]" }, decoder)))
    assert.has_error(function() sandbox.new{}.host:open({ url = "x", body = "" }, decoder) end,
      "parameter 'request.url' is \"x\", expected a URL with a path")
    assert.has_error(function() sandbox.new{}.host:open({ url = "http://x/y" }, decoder) end,
      "parameter 'request.body' is nil, expected a string")
    assert.has_error(function() require("wdt.host.sandbox").new{} end, "parameter 'gateway' is nil, expected a gateway")
  end)
end)
