-- The route by Qimen: what is sent, and what its gateway's answers mean.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local edition = require "wdt.edition"
local form = require "wdt.edition.form"
local vectors = require "fixtures.qimen_sign_vectors"

local NOW = beijing.parse "2026-11-11 10:00:00" + 0.75
local QIMEN = { app_key = "12345678", app_secret = "topsecret", target_app_key = "21363512" }

local function route_of(name, more)
  local settings = { edition = name, qimen = {} }
  for key, value in pairs(QIMEN) do settings.qimen[key] = value end
  for key, value in pairs(more or {}) do settings.qimen[key] = value end
  local account = name == "ultimate"
    and { sid = "wdtapi3", appkey = "wdtkey", secret = "testsecret", salt = "testsalt" }
    or { sid = "wdt2", appkey = "wdtkey", appsecret = "testsecret" }
  local route = edition.route(name, "qimen")
  return route, route.credentials(settings, account)
end

-- Returns what was sent: system parameters, business parameters.
local function sent(message)
  return form.decode(message.url:match "%?(.*)$"), form.decode(message.body)
end

local function vector(id)
  for _, one in ipairs(vectors.vectors) do
    if one.id == id then return one end
  end
  error("no vector " .. id)
end

local STOCKOUTS = "wms.stockout.Sales.queryWithDetail"

describe("a request by Qimen", function()
  it("is flat on the enterprise edition, without WDT's key and sign, as the vectors have it",
    function()
    for id, case in pairs{
      QE1 = { "stockout_order_query_trade", { start_time = "2026-11-11 09:00:00",
        end_time = "2026-11-11 09:59:59", status = "95" }, { page_no = 0, page_size = 100 } },
      QE3 = { "stockout_order_query_trade", vector "QE3".business_params } } do
      local one = vector(id)
      local params, pager = {}, case[3]
      for name, value in pairs(case[2]) do params[name] = value end
      if params.page_no then
        pager = { page_no = tonumber(params.page_no), page_size = tonumber(params.page_size) }
        params.sid, params.page_no, params.page_size = nil, nil, nil
      end
      local route, credentials = route_of "enterprise"
      local message = assert(route.build(credentials, case[1], params, pager, NOW))
      local system, business = sent(message)
      assert.equal(one.sign, system.sign)
      system.sign = nil
      assert.same(one.system_params, system)
      assert.same(one.business_params, business)
      assert.equal("https://hu3cgwt0tc.api.taobao.com/router/qm", (message.url:match "^[^?]+"))
    end
  end)

  it("has params and pager as JSON and WDT's own sign on the ultimate edition, pages from 1",
    function()
    for id, case in pairs{
      QU1 = { { start_time = "2026-11-11 09:00:00", end_time = "2026-11-11 09:59:59",
        status_type = 3, status = "110", shop_nos = "" }, { page_no = 0, page_size = 100 } },
      QU2 = { { start_time = "2026-11-11 09:00:00", end_time = "2026-11-11 09:59:59",
        shop_nos = "旺店通01,好😀/a" }, { page_no = 1, page_size = 50 } } } do
      local one = vector(id)
      local route, credentials = route_of "ultimate"
      local system, business = sent(assert(route.build(credentials, STOCKOUTS, case[1], case[2],
        NOW)))
      assert.equal(one.wdt_sign, business.wdt_sign)
      assert.same(cjson.decode(one.business_params.pager), cjson.decode(business.pager))
      assert.same(cjson.decode(one.business_params.params), cjson.decode(business.params))
      assert.equal("wdtapi3", business.wdt3_customer_id)
      system.sign = nil
      assert.same(one.system_params, system)
      local sign, text = route.explain(credentials, route.build(credentials, STOCKOUTS, case[1],
        case[2], NOW))
      assert.truthy(sign:find "^%x+$")
      assert.is_nil(text:find("topsecret", 1, true))
      assert.is_nil(text:find("testsecret", 1, true))
    end
  end)

  it("is signed by the digest that is set", function()
    local route, credentials = route_of("enterprise", { sign_method = "hmac" })
    local one = vector "QE6"
    local params = {}
    for name, value in pairs(one.business_params) do params[name] = value end
    local pager = { page_no = tonumber(params.page_no), page_size = tonumber(params.page_size) }
    params.sid, params.page_no, params.page_size = nil, nil, nil
    local method = one.method:gsub("^wdt%.", ""):gsub("%.", "_")
    local system = sent(assert(route.build(credentials, method, params, pager, NOW)))
    assert.equal(one.sign, system.sign)
  end)

  it("names methods by the rule, or as the catalogue or the caller says", function()
    local catalog = require "wdt.catalog"
    catalog.add("enterprise", "tenant_thing", { list = "things", id = "id",
      qimen = "wdt.ext.thing" })
    for name, expected in pairs{ stockout_order_query_trade = "wdt.stockout.order.query.trade",
      tenant_thing = "wdt.ext.thing", ["wdt.ext.other"] = "wdt.ext.other" } do
      local route, credentials = route_of "enterprise"
      assert.equal(expected, sent(route.build(credentials, name, nil, nil, NOW)).method)
    end
    local route, credentials = route_of "ultimate"
    assert.equal("wdt.wms.stockout.sales.querywithdetail",
      sent(route.build(credentials, STOCKOUTS, {}, nil, NOW)).method)
    catalog.enterprise.tenant_thing = nil
  end)

  it("sends numbers as text or as small integers, and nothing empty", function()
    local route, credentials = route_of "ultimate"
    local _, business = sent(assert(route.build(credentials, STOCKOUTS,
      { weight = 1.5, id = 2756286207594, few = 3, none = "", deep = { price = 0.25 } }, nil, NOW)))
    assert.same({ weight = "1.5", id = "2756286207594", few = 3, deep = { price = "0.25" } },
      cjson.decode(business.params))
    assert.truthy(route.check({ weight = 1 / 3 }, STOCKOUTS))
    route, credentials = route_of "enterprise"
    _, business = sent(assert(route.build(credentials, "shop", { shop_no = "", a = 5 }, nil, NOW)))
    assert.same({ sid = "wdt2", a = "5" }, business)
  end)

  it("names the arguments of a push", function()
    local route, credentials = route_of "ultimate"
    local method = "purchase.PurchaseReturn.createOrder" -- orderInfo detailList is_check
    local _, business = sent(assert(route.build(credentials, method,
      { { a = "1" }, { { b = "2" } }, true }, nil, NOW)))
    assert.same({ a = "1" }, cjson.decode(business.order_info))
    assert.same({ { b = "2" } }, cjson.decode(business.detail_list))
    assert.equal("true", business.is_check)
    assert.is_nil(business.params)
    assert.truthy(route.check({ 1, 2, 3, 4 }, method):find("names arguments", 1, true))
    assert.truthy(route.check({ {}, {} }, STOCKOUTS):find("one table", 1, true))
  end)

  it("never lets a parameter stand in for one of the platform's", function()
    for _, name in ipairs{ "enterprise", "ultimate" } do
      local route, credentials = route_of(name)
      local method = name == "ultimate" and "purchase.PurchaseReturn.createOrder" or "shop"
      local message, err, code = route.build(credentials, method, { format = "xml" }, nil, NOW)
      assert.is_nil(message)
      assert.equal("param", code)
      assert.truthy(err:find("'format'", 1, true))
    end
  end)
end)

describe("an answer by Qimen", function()
  local function judge(name, envelope, method)
    return edition.route(name, "qimen").judge(envelope, method)
  end

  it("is a success by errorcode or status 0, whatever it is wrapped in", function()
    for _, response in ipairs{ { errorcode = 0 }, { errorcode = "0" }, { code = 0 },
      { errorcode = 0, flag = "success", code = "ok" } } do
      assert.is_nil((judge("enterprise", { response = response })))
    end
    for _, response in ipairs{ { status = 0 }, { status = "0" } } do
      assert.is_nil((judge("ultimate", { response = response })))
      assert.is_nil((judge("ultimate",
        { wdt_wms_stockout_sales_querywithdetail_response = response })))
    end
    local data = { order = {} }
    assert.equal(data, edition.route("ultimate", "qimen").data{ response = { data = data } })
  end)

  it("says what a refusal of the platform means, in its own words", function()
    local function ban(kind) return { code = 7, msg = "App Call Limited",
      sub_code = "accesscontrol.limited-by-" .. kind .. "-access-count",
      sub_msg = "This ban will last for 12 more seconds" } end
    for _, case in ipairs{
      { ban "app", "rate", 12 }, { ban "api", "rate", 12 }, { ban "app-api", "rate", 12 },
      { ban "dynamic", "rate", 12 },
      { { code = 7, msg = "App Call Limited" }, "rate", true },
      { { code = 15, msg = "Remote service error", sub_code = "isp.call-limited" }, "rate", true },
      { { code = 11, msg = "Insufficient isv permissions" }, "permission" },
      { { code = 15, msg = "Remote service error", sub_code = "isp.top-remote-connection-timeout",
        sub_msg = "连接超时" }, "server" },
      { { code = 15, msg = "Remote service error", sub_code = "isv.invalid-parameter" }, "param" },
      { { code = 15, msg = "Remote service error", sub_code = "isv.order-not-found" }, "api" },
      { { code = 15, msg = "Remote service error" }, "server" },
      { { code = 50, msg = "Remote service error", sub_code = "isp.unknown" }, "server" },
      { { code = 21, msg = "Missing method" }, "param" },
      { { code = 25, msg = "Invalid signature" }, "auth" },
      { { code = "29", msg = "Invalid app Key" }, "auth" },
      { { code = 31, msg = "Invalid timestamp" }, "clock" },
      { { code = 900, msg = "?", sub_code = "isp.x" }, "server" },
      { { code = 900, msg = "?", sub_code = "isv.permission-denied" }, "permission" },
      { { code = 900, msg = "?" }, "api" },
    } do
      for _, name in ipairs{ "enterprise", "ultimate" } do
        local code, text, _, seconds = judge(name, { error_response = case[1] })
        assert.equal(case[2], code, case[1].msg .. " " .. tostring(case[1].sub_code))
        assert.equal(case[3], seconds)
        for _, word in pairs(case[1]) do
          assert.truthy(text:find(tostring(word), 1, true), text)
        end
      end
    end
  end)

  it("says what a failure on the way means, and WDT's own refusals", function()
    for _, case in ipairs{
      { "enterprise", { flag = "failure", code = "2102", message = "x", sub_code = "2102",
        sub_message = "start_time为空" }, "param" },
      { "enterprise", { flag = "failure", code = "0", message = "调用频率超限" }, "rate" },
      { "enterprise", { flag = "failure", code = "error", message = "签名错误" }, "auth" },
      { "enterprise", { flag = "failure", code = "error", message = "某种失败" }, "api" },
      { "enterprise", { flag = "failure", code = "isp.busy", message = "later" }, "server" },
      { "enterprise", { errorcode = 1012, message = "请求过多" }, "rate" },
      { "enterprise", { errorcode = 2100, message = "验签失败" }, "auth" },
      { "ultimate", { flag = "failure", code = "error", message = "fail", sub_code = "100",
        sub_message = "超过每分钟最大调用频率限制，请稍后重试" }, "rate" },
      { "ultimate", { flag = "failure", code = "error", message = "权限不足" }, "permission" },
      { "ultimate", { flag = "failure", sub_code = "1012", sub_message = "太频繁" }, "rate" },
      { "ultimate", { flag = "failure", code = "isv.permission-denied", message = "no" },
        "permission" },
      { "ultimate", { status = 100, message = "起止时间差最大1小时" }, "param" },
      { "ultimate", { status = "1", message = "app auth fail" }, "auth" },
      { "ultimate", { status = 2102, message = "x" }, "param" },
    } do
      local code, text = judge(case[1], { response = case[2] })
      assert.equal(case[3], code, text)
      local words = case[2].sub_message or case[2].message
      assert.truthy(text:find(words, 1, true), text)
    end
  end)

  it("without a status is the server's fault; without a response, none of the API's", function()
    for _, name in ipairs{ "enterprise", "ultimate" } do
      local code, text = judge(name, { response = { message = "稍后" } })
      assert.equal("server", code)
      assert.truthy(text:find("稍后", 1, true))
      assert.equal("syntax", (judge(name, { code = 0, status = 0 })))
      assert.equal("syntax", (judge(name, { response = "x" })))
    end
  end)

  it("that nothing was found is a success without rows", function()
    local method = "stockin_pre_order_query" -- catalogue: 7200 7201
    for _, response in ipairs{ { errorcode = 7200, message = "没有" },
      { flag = "failure", sub_code = "7200", sub_message = "没有" } } do
      local code, _, hint = judge("enterprise", { response = response }, method)
      assert.is_nil(code)
      assert.equal("empty", hint)
    end
  end)
end)
