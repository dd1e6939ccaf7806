-- The sandbox's gateways of Qimen: requests made by hand, and what is refused in whose words.
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local sign = require "wdt.sandbox.sign"
local Gateway = require "wdt.sandbox.gateway"
local World = require "wdt.sandbox.world"
local server = require "wdt.sandbox.server"
local vectors = require "fixtures.qimen_sign_vectors"
local support = require "support.gateway"
local request = require "support.sandbox_request"

local T, with, ask = support.now, support.with, support.ask
local HOUR, DAY = 3600, 86400

local function made(o, world)
  o = o or {}
  o.world = World.new(with({ seed = 5, rows_per_day = 700, from = T - 40 * DAY, to = T,
    taobao = 0.4 }, world or {}))
  return Gateway.new(o), o.world
end

local function json_window(from, to)
  return ('{"start_time":"%s","end_time":"%s"}'):format(beijing.format(from), beijing.format(to))
end

local function by_qimen(gateway, edition, params, o, now)
  return ask(gateway, request.qimen(T, edition, params, o), now)
end

describe("the sandbox's own signs", function()
  for _, list in ipairs{ vectors.vectors } do
    for _, vector in ipairs(list) do
      it("agree with " .. vector.id .. ": " .. vector.note, function()
        local all = with(vector.system_params, vector.business_params)
        assert.equal(vector.sign, sign.top(all, vector.top_secret, vector.sign_method))
        if not vector.wdt_sign then return end
        local signed = with(vector.business_params, { method = vector.method })
        signed.wdt_sign, signed.wdt3_customer_id = nil, nil
        assert.equal(vector.wdt_sign, sign.nested(signed, vector.wdt_secret))
      end)
    end
  end

  it("agree with what is published", function()
    local seen = 0
    for _, one in ipairs(vectors.published) do
      if one.id == "TOP-published" then
        assert.equal(one.sign, sign.top(one.params, one.secret, "md5"))
        seen = seen + 1
      elseif one.id:find "^HMAC%-MD5" then
        assert.equal(one.sign, sign.top({ Hi = " There" }, ("\11"):rep(16), "hmac"))
        seen = seen + 1
      elseif one.id:find "^HMAC%-SHA256" then
        assert.equal(one.sign, sign.top({ Hi = " There" }, ("\11"):rep(20), "hmac-sha256"))
        seen = seen + 1
      end
    end
    assert.equal(3, seen)
    -- RFC 2202, case 6: a key that is longer than a block
    assert.equal("6B1AB7FE4BD7BF8F0B62E6CE61B9D0CD", sign.top(
      { ["Test Using Larger Than Block-Size Key - "] = "Hash Key First" }, ("\170"):rep(80),
      "hmac"))
  end)

  it("flatten texts that are JSON, and leave null out", function()
    local flat = sign.nested({ a = '{"z":[1,{"y":null,"x":"[2,true]"}],"b":1.50}', c = "{no json" },
      "s")
    assert.equal(require "wdt.core".md5("sab1.50z1x2truec{no jsons"), flat)
  end)
end)

describe("Qimen's gateway", function()
  it("shows the enterprise edition's Taobao orders, with statuses as numbers", function()
    local gateway, world = made()
    local span = support.window(T - 10 * DAY, T)
    local filter = { clock = "consign_time", status = { 95, 110 }, from = T - 10 * DAY, to = T,
      route = "qimen" }
    local truth, rows, page, total = world:all(filter), {}, 0, nil
    repeat
      local answer = by_qimen(gateway, "enterprise", with(span, { page_no = ("%d"):format(page),
        page_size = "100" })).response
      assert.equal(0, answer.errorcode)
      if page == 0 then total = answer.total_count else assert.is_nil(answer.total_count) end
      for _, row in ipairs(answer.stockout_list) do rows[#rows + 1] = row end
      page = page + 1
    until #answer.stockout_list < 100
    assert.equal(#truth, #rows)
    assert.equal(#truth, total)
    local taobao = 0
    for i, row in ipairs(rows) do
      assert.equal(truth[i].status, row.status)
      assert.equal(tostring(truth[i].id), row.stockout_id)
      assert.equal(truth[i].taobao and "1" or "0", row.platform_id)
      assert.is_true(truth[i].taobao or truth[i].both)
      if truth[i].taobao then
        taobao = taobao + 1
        assert.equal("", row.receiver_name)
      end
    end
    assert.is_true(taobao > 1000)
    assert.is_true(taobao < #rows)
  end)

  it("shows the ultimate edition's, in pages from 1, each with a total", function()
    local gateway, world = made()
    local from = T - 22 * HOUR
    local truth = world:all{ clock = "consign_time", status = { 95, 105, 110, 113 }, from = from,
      to = from + HOUR, route = "qimen" }
    local params = json_window(from, from + HOUR):gsub("}", ',"status_type":3}')
    local n = 0
    for page = 1, 3 do
      local data = by_qimen(gateway, "ultimate", { params = params,
        pager = ('{"page_size":5,"page_no":%d}'):format(page) }).response.data
      assert.equal(#truth, data.total_count)
      for _, row in ipairs(data.order) do
        n = n + 1
        assert.equal(truth[n].id, row.stockout_id)
      end
    end
    assert.equal(15, n)
    assert.equal(2, tonumber(by_qimen(gateway, "ultimate", { params = params,
      pager = '{"page_size":5,"page_no":0}' }).response.sub_code))
  end)

  it("and the own gateway show one world between them", function()
    local gateway, world = made()
    local all = { clock = "consign_time", status = { 95, 110 }, from = T - 20 * DAY, to = T }
    local span = support.window(T - 20 * DAY, T)
    local direct = ask(gateway, request.enterprise(T, span)).total_count
    local qimen = by_qimen(gateway, "enterprise", span).response.total_count
    assert.equal(world:count(with(all, { route = "direct" })), direct)
    assert.equal(world:count(with(all, { route = "qimen" })), qimen)
    local shared = direct + qimen - world:count(all)
    assert.is_true(shared > 0)
    assert.is_true(shared < 0.05 * world:count(all))
    -- what is no order is shown by both
    local shops = ask(gateway, request.enterprise(T, {}, { page = "shop" }))
    local same = by_qimen(gateway, "enterprise", { method = "wdt.shop" }).response
    assert.equal(shops.total_count, same.total_count)
    assert.is_true(shops.total_count > 0)
  end)

  it("hides nothing in a world without Taobao orders", function()
    local gateway = made({}, { taobao = 0 })
    local span = support.window(T - 20 * DAY, T)
    assert.equal(0, by_qimen(gateway, "enterprise", span).response.total_count)
    assert.equal(gateway.world:count{ clock = "consign_time", status = { 95, 110 },
      from = T - 20 * DAY, to = T }, ask(gateway, request.enterprise(T, span)).total_count)
  end)

  it("takes a method with its scene's prefix or without, any address, query, form, GET", function()
    local gateway = made()
    local span = support.window(T - DAY, T)
    local json = { params = json_window(T - HOUR, T) }
    for _, o in ipairs{ {}, { get = true }, { form = true }, { path = "/router/qm" },
      { path = "/router/qmtest" }, { path = "/hu3cgwt0tc/router/qmtest" } } do
      for _, method in ipairs{ "wdt.stockout.order.query.trade",
        "hu3cgwt0tc.wdt.stockout.order.query.trade" } do
        local answer = by_qimen(gateway, "enterprise", with(span, { method = method }), o)
        assert.equal(0, answer.response.errorcode)
      end
    end
    for _, o in ipairs{ {}, { form = true }, { path = "/router/qm" } } do
      for _, method in ipairs{ "wdt.wms.stockout.sales.querywithdetail",
        "3ldsmu02o9.wdt.wms.stockout.sales.querywithdetail" } do
        local answer = by_qimen(gateway, "ultimate", with(json, { method = method }), o)
        assert.equal(0, answer.response.status)
      end
    end
    local other = by_qimen(gateway, "enterprise", with(span,
      { method = "3ldsmu02o9.wdt.stockout.order.query.trade" }))
    assert.equal(22, other.error_response.code)
  end)

  it("takes all three digests", function()
    local gateway = made()
    for _, method in ipairs{ "md5", "hmac", "hmac-sha256" } do
      local answer = by_qimen(gateway, "enterprise", with(support.window(T - DAY, T),
        { sign_method = method }))
      assert.equal(0, answer.response.errorcode)
    end
  end)

  it("answers in XML where no format is asked for", function()
    local gateway = made()
    local response = gateway:handle(request.qimen(T, "enterprise", with(support.window(T - DAY, T),
      { format = false })), T)
    assert.matches("^text/xml", response.headers["Content-Type"])
    assert.matches("^<%?xml", response.body)
    assert.matches("<response>.*<errorcode>0</errorcode>", response.body)
    assert.is_nil(response.body:find("{", 1, true) and response.body:match "^{")
  end)

  local SPAN = support.window(T - DAY, T)
  local JSON = json_window(T - HOUR, T)

  it("is refused by TOP in TOP's words", function()
    for _, case in ipairs{
      { 21, "Missing Method", { method = false } },
      { 22, "Invalid Method", { method = "wdt.no.such.method" } },
      { 24, "Missing Signature", { sign = false } },
      { 25, "Invalid signature", {}, { secret = "another" } },
      { 25, "Invalid signature", { sign = ("0"):rep(32) } },
      { 28, "Missing App Key", { app_key = false } },
      { 29, "Invalid App Key", { app_key = "87654321" } },
      { 30, "Missing Timestamp", { timestamp = false } },
      { 31, "Invalid Timestamp", { timestamp = beijing.format(T - 601) } },
      { 31, "Invalid Timestamp", { timestamp = beijing.format(T + 601) } },
      { 33, "Invalid Version", { v = "1.0" } },
      { 40, "Missing Required Arguments", { target_app_key = false } },
      { 41, "Invalid Arguments", { target_app_key = "21363513" } },
      { 41, "Invalid Arguments", { shop_no = "", sign = "0", wdt_sign = "0" } },
    } do
      for edition, params in pairs{ enterprise = SPAN, ultimate = { params = JSON } } do
        local answer = by_qimen(made(), edition, with(params, case[3]), case[4])
        assert.equal(case[1], answer.error_response.code)
        assert.equal(case[2], answer.error_response.msg)
        assert.is_nil(answer.response)
      end
    end
    for _, seconds in ipairs{ -600, 600 } do
      local at = { timestamp = beijing.format(T + seconds) }
      assert.equal(0, by_qimen(made(), "enterprise", with(SPAN, at)).response.errorcode)
    end
    local answer = by_qimen(made{ unauthorised = true }, "enterprise", SPAN).error_response
    assert.equal(11, answer.code)
    assert.equal("Insufficient isv permissions", answer.msg)
  end)

  it("is refused by WDT in a failure that TOP hands on", function()
    local function told(edition, params, o)
      local response = by_qimen(made(), edition, params, o).response
      assert.equal("failure", response.flag)
      assert.is_nil(response.errorcode)
      assert.is_nil(response.status)
      return response.sub_code, response.sub_message
    end
    for _, case in ipairs{
      { "1", "验证失败", { params = JSON }, { wdt_secret = "another" } },
      { "1", "验证失败", { params = JSON, wdt_sign = ("0"):rep(32) } },
      { "1", "app auth fail", { params = JSON, wdt_appkey = "other" } },
      { "1", "app auth fail", { params = JSON, wdt_salt = "other" } },
      { "1", "sid is not exists", { params = JSON, wdt3_customer_id = "other" } },
      { "1", "参数错误", { params = JSON, wdt_sign = false } },
      { "7", "时间戳错误", { params = JSON, datetime = beijing.format(T - 601) } },
      { "100", "查询时间过宽", { params = json_window(T - 2 * HOUR, T) } },
      { "2", "extra", { params = JSON, extra = "1" } },
    } do
      local code, text = told("ultimate", case[3], case[4])
      assert.equal(case[1], code)
      assert.equal(case[2], text)
    end
    assert.equal("1002", (told("enterprise", with(SPAN, { sid = "other" }))))
    assert.equal("1001", (told("enterprise", with(SPAN, { sid = false }))))
    assert.equal("2102", (told("enterprise", {})))
    assert.equal("2101", (told("enterprise", with(SPAN, { appkey = "wdtkey" }))))
  end)

  it("bans an app that calls too often, and tells for how long", function()
    local gateway = made{ app_rate = 2, app_ban = 30 }
    local function asked_at(moment)
      return ask(gateway, request.qimen(moment, "enterprise", SPAN), moment)
    end
    for i = 1, 2 do assert.equal(0, asked_at(T + i).response.errorcode) end
    local refusal = asked_at(T + 3).error_response
    assert.equal(7, refusal.code)
    assert.equal("App Call Limited", refusal.msg)
    assert.equal("accesscontrol.limited-by-app-access-count", refusal.sub_code)
    assert.equal("This ban will last for 30 more seconds", refusal.sub_msg)
    assert.equal("This ban will last for 10 more seconds", asked_at(T + 23).error_response.sub_msg)
    -- the own gateway does not know of it
    assert.equal(0, ask(gateway, request.enterprise(T + 23, SPAN), T + 23).code)
    local later = asked_at(T + 63)
    assert.equal(0, later.response and later.response.errorcode, cjson.encode(later))
  end)

  it("fails on demand", function()
    local gateway = made()
    for _, code in ipairs{ 15, 50 } do
      gateway:inject{ kind = "remote", code = code }
      local refusal = by_qimen(gateway, "enterprise", SPAN).error_response
      assert.equal(code, refusal.code)
      assert.equal("Remote service error", refusal.msg)
      assert.matches("^isp%.", refusal.sub_code)
    end
    gateway:inject{ kind = "ban", seconds = 5 }
    assert.equal(7, by_qimen(gateway, "enterprise", SPAN).error_response.code)
    local later = request.qimen(T + 5, "enterprise", SPAN)
    assert.equal(0, ask(gateway, later, T + 5).response.errorcode)
    gateway:inject{ kind = "no_status" }
    local answer = ask(gateway, later, T + 5).response
    assert.is_nil(answer.errorcode)
    assert.is_nil(answer.flag)
    gateway:inject{ kind = "rate" }
    assert.equal("1012", ask(gateway, later, T + 5).response.sub_code)
    gateway:inject{ kind = "rate" }
    local ultimate = request.qimen(T + 5, "ultimate", { params = JSON })
    assert.matches("^超过每分钟最大调用频率限制",
      ask(gateway, ultimate, T + 5).response.sub_message)
  end)

  it("keeps no secret and no key in its log", function()
    local gateway = made()
    by_qimen(gateway, "ultimate", { params = JSON })
    by_qimen(gateway, "enterprise", SPAN)
    local text = cjson.encode(gateway.log)
    for _, word in ipairs{ "sandbox-ult", "sandbox-salt", "12345678", "21363512" } do
      assert.is_nil(text:find(word, 1, true), word)
    end
    assert.equal("wms.stockout.Sales.queryWithDetail", gateway.log[1].method)
    assert.equal("stockout_order_query_trade", gateway.log[2].method)
    assert.equal("qimen", gateway.log[1].route)
  end)
end)

it("a page that is asked for while another one is made is empty", function()
  local gateway = made{ odd = { crowded = 2 } }
  local filter = support.window(T - DAY, T)
  local function rows_at(moment)
    local answer, _, directive = ask(gateway, request.qimen(moment, "enterprise", filter), moment)
    assert.equal("delay", directive.kind)
    assert.equal(2, directive.seconds)
    assert.is_true(answer.response.total_count > 0)
    return #answer.response.stockout_list
  end
  assert.is_true(rows_at(T) > 0)
  assert.equal(0, rows_at(T + 1))
  assert.is_true(rows_at(T + 3) > 0)
end)

it("a client is told what it needs for the route", function()
  local box = sandbox.new{ seed = 1, rows_per_day = 10, from = T - DAY, to = T }
  local settings = box:settings("ultimate", { route = "qimen", rate = 30 })
  assert.same({ app_key = "12345678", app_secret = "sandbox-top-secret",
    target_app_key = "21363512", url = "http://sandbox.invalid/3ldsmu02o9/router/qm" },
    settings.qimen)
  assert.is_nil(settings.route)
  assert.equal(30, settings.rate)
  assert.is_nil(box:settings("ultimate").qimen)
  local ok, err = pcall(function() box:settings("ultimate", { route = "by post" }) end)
  assert.is_false(ok)
  assert.matches("'route'", err)
end)

describe("over HTTP", function()
  it("nginx judges as the process does, with all three digests", function()
    local handle = assert(server.start{ world = { rows_per_day = 500, days = 3, taobao = 0.5 } })
    finally(function() server.stop(handle) end)
    local now = os.time()
    local function fetched(edition, params, o)
      local r = request.qimen(now, edition, params, o)
      local pipe = assert(io.popen(("curl -sS --noproxy '*' -d '' '%s%s?%s'"):format(handle.url,
        r.path, r.query)))
      local body = pipe:read "*a"
      pipe:close()
      return cjson.decode(body)
    end
    local span = support.window(now - 2 * DAY, now)
    for _, method in ipairs{ "md5", "hmac", "hmac-sha256" } do
      local answer = fetched("enterprise", with(span, { sign_method = method })).response
      assert.equal(0, answer.errorcode)
      assert.is_true(answer.total_count > 0)
      assert.equal("number", type(answer.stockout_list[1].status))
      local refusal = fetched("enterprise", with(span, { sign_method = method }),
        { secret = "another" }).error_response
      assert.equal(25, refusal.code)
    end
    local data = fetched("ultimate", { params = json_window(now - HOUR, now) }).response
    assert.equal(0, data.status)
    assert.equal("验证失败", fetched("ultimate", { params = json_window(now - HOUR, now) },
      { wdt_secret = "another" }).response.sub_message)
  end)
end)
