local cjson = require "cjson"
local core = require "wdt.core"
local enterprise = require "wdt.edition.enterprise"
local form = require "wdt.edition.form"
local json = require "wdt.edition.json"
local ultimate = require "wdt.edition.ultimate"

local NOW = 1700000000

local function unform(text)
  local fields = {}
  for name, value in text:gmatch "([^&=]+)=([^&]*)" do
    fields[name] = value:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  end
  return fields
end

describe("a form", function()
  it("escapes everything but unreserved characters, and is sorted", function()
    assert.equal("a=%E6%97%BA&b=1%202%2B%26%3D&c-._~=-._~",
      form.encode{ b = "1 2+&=", a = "旺", ["c-._~"] = "-._~" })
  end)
end)

describe("JSON that we send", function()
  it("refuses numbers that would be rounded", function()
    for _, n in ipairs{ 123456789012345678, 0.1 + 0.2, 1 / 0, -1 / 0, 0 / 0 } do
      local text, err = json.encode({ price = n }, "params")
      assert.is_nil(text)
      assert.truthy(err:find("params.price", 1, true))
    end
    assert.equal("[12345678901234]", json.encode({ 12345678901234 }, "params"))
    assert.equal("[0.25]", json.encode({ 0.25 }, "params"))
  end)

  it("keeps a decoded empty list a list, and an empty table a map", function()
    local row = core.decoder{
      path = "l" }:feed '{"l":[{"d":[],"m":{},"n":null,"e":[[],[1]]}]}':next()
    local again = json.encode(row, "row")
    assert.truthy(again:find('"d":[]', 1, true))
    assert.truthy(again:find('"m":{}', 1, true))
    assert.truthy(again:find('"e":[[],[1]]', 1, true))
  end)

  it("says what it can't write", function()
    assert.truthy(select(2, json.encode({ f = print }, "params")):find(
      "params can't be written as JSON", 1, true))
    local loop = {}
    loop.loop = loop
    assert.truthy(select(2, json.encode(loop, "params")):find(
      "nested deeper than 32 levels", 1, true))
  end)
end)

describe("the enterprise dialect", function()
  local account = { url = "http://h/openapi2", sid = "s", appkey = "k", appsecret = "x" }

  it("writes and signs a form", function()
    local message = enterprise.build(account, "stockout_order_query_trade",
      { status = 95, shop_no = "旺店 01", empty = "", big = 1234567890123 },
        { page_no = 0, page_size = 100 }, NOW + 0.7)
    assert.equal("http://h/openapi2/stockout_order_query_trade.php", message.url)
    assert.equal("application/x-www-form-urlencoded; charset=UTF-8",
      message.headers["Content-Type"])
    local fields = unform(message.body)
    local sign = fields.sign
    fields.sign = nil
    assert.same({ sid = "s", appkey = "k", timestamp = "1700000000", page_no = "0",
      page_size = "100", status = "95",
      shop_no = "旺店 01", big = "1234567890123" }, fields)
    assert.equal(core.sign.enterprise(fields, "x"), sign)
  end)

  it("sends a nested value as one JSON text, signed as it is sent", function()
    local message = enterprise.build(account, "trade_push", { trade_list = { { tid = "旺/1" } } },
      nil, NOW)
    local fields = unform(message.body)
    assert.same({ { tid = "旺/1" } }, cjson.decode(fields.trade_list))
    local sign = fields.sign
    assert.equal(core.sign.enterprise(fields, "x"), sign)
    assert.is_nil(fields.page_no)
  end)

  it("refuses parameters that it sets itself, and values that are none", function()
    for _, name in ipairs{ "sid", "appkey", "timestamp", "sign", "page_no", "page_size" } do
      assert.truthy(enterprise.check{ [name] = "1" }:find("params." .. name, 1, true))
    end
    assert.truthy(enterprise.check{ flag = true }:find("params.flag is true", 1, true))
    assert.truthy(enterprise.check{ "positional" }:find("named parameters only", 1, true))
    assert.is_nil(enterprise.check{ a = "1", b = 2, c = { 1 } })
    assert.is_nil(enterprise.check(nil))
  end)

  it("tells failures apart", function()
    local function judge(code, message) return (enterprise.judge{
      code = code, message = message }) end
    assert.is_nil(judge(0, "succeed"))
    assert.is_nil(judge("0"))
    assert.equal("param", judge(2102, "start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] "))
    assert.equal("rate", judge(7, "调用频率超过限制"))
    assert.equal("rate", judge(1, "频率超限"))
    assert.equal("rate", judge(1, "并发数过大"))
    assert.equal("clock", judge(1, "时间戳过期"))
    assert.equal("auth", judge(1, "签名错误"))
    assert.equal("permission", judge(1060, "余额不足"))
    assert.equal("permission", judge(1, "没有接口权限"))
    assert.equal("server", judge(99, ""))
    assert.equal("server", judge(7, "系统繁忙"))
    assert.equal("server", judge(1020, "重复操作"))
    assert.equal("auth", judge(1, "sign error"))
    assert.equal("auth", judge(1, "签名sign错误"))
    assert.equal("auth", judge(1, "sid不存在"))
    assert.equal("permission", judge(1, "IP不在名单"))
    assert.equal("param", judge(1, "consign_date参数为空"))
    assert.equal("param", judge(1, "consign_time为空"))
    assert.equal("api", judge(1, "inside a TIP"))
    assert.equal("syntax", judge(nil, "?"))
    assert.equal("syntax", judge("x", "?"))
  end)

  it("passes the gateway's number and words on untouched", function()
    local _, text =
      enterprise.judge{
      code = 2102, message = "start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] " }
    assert.equal("2102 start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] ", text)
  end)
end)

describe("the ultimate dialect", function()
  local account = { url = "http://h/openapi", sid = "s", appkey = "k", secret = "x", salt = "y" }

  it("signs the very bytes of the body, and puts the pager into the query string", function()
    local params = { start_time = '2022-07-19 10:42:56', note = 'a/"旺"' }
    local message = ultimate.build(account, "wms.stockout.Sales.searchCancel", params,
      { page_no = 0, page_size = 100, total = true }, NOW)
    assert.same({ params }, cjson.decode(message.body))
    local url, query = message.url:match "^(.-)%?(.*)$"
    assert.equal("http://h/openapi", url)
    local fields = unform(query)
    local sign = fields.sign
    fields.sign = nil
    assert.same({ sid = "s", key = "k", salt = "y", v = "1.0",
      method = "wms.stockout.Sales.searchCancel",
      timestamp = tostring(NOW - 1325347200), page_no = "0", page_size = "100", calc_total = "1" },
      fields)
    assert.equal(core.sign.ultimate(fields, message.body, "x"), sign)
    assert.is_nil(message.url:find("secret", 1, true))
  end)

  it("sends a map as the one argument, a list as the arguments, nothing as none", function()
    local function body(params) return ultimate.build(account, "m", params, nil, NOW).body end
    assert.equal('[{"a":1}]', body{ a = 1 })
    assert.equal('["JY1",2]', body{ "JY1", 2 })
    assert.equal("[]", body(nil))
    assert.equal("[{}]", body{})
    assert.truthy(ultimate.check{ id = 123456789012345678 }:find("params", 1, true))
    assert.is_nil(ultimate.check{ a = 1 })
  end)

  it("does not ask for a total after page 0", function()
    local message = ultimate.build(account, "m", {}, { page_no = 3, page_size = 10, total = false },
      NOW)
    assert.truthy(message.url:find("calc_total=0", 1, true))
  end)

  it("tells failures apart", function()
    local function judge(status, message) return (ultimate.judge{
      status = status, message = message }) end
    assert.is_nil(judge(0))
    assert.equal("auth", judge(1, "验证失败"))
    assert.equal("param", judge(1, "argument type mismatch"))
    assert.equal("param", judge(2, "shop_no"))
    assert.equal("auth", judge(3, "需要动态口令"))
    assert.equal("server", judge(4, "数据库错误"))
    assert.equal("server", judge(5, "数据库错误"))
    assert.equal("permission", judge(6, "ip限制"))
    assert.equal("clock", judge(7, "时间戳错误"))
    assert.equal("param", judge(8, "版本错误"))
    assert.equal("server", judge(99, "其他错误"))
    assert.equal("param", judge(100, "起止时间差最大1小时"))
    assert.equal("api", judge(100, "应用错误"))
    assert.equal("api", judge(12345, ""))
    assert.equal("syntax", judge(nil))
    for _, comma in ipairs{ "，", "," } do
      assert.equal("rate", judge(100, "超过每分钟最大调用频率限制" .. comma .. "请稍后重试"))
      assert.equal("rate", judge(100, "超过每分钟最大并发次数限制" .. comma .. "请稍后重试"))
    end
  end)

  it("finds the data", function()
    assert.equal("x", ultimate.data{ data = "x" })
  end)
end)
