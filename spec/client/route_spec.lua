-- The route of a client's calls: settings, budgets, refusals, and what each route can't show.
local beijing = require "wdt.beijing"
local canned = require "support.canned"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local SHIPPED = { start = "2026-11-01 00:00:00", stop = "2026-11-01 00:59:59", route = "qimen" }
local TRADE, SALES = "stockout_order_query_trade", "wms.stockout.Sales.queryWithDetail"

local OK = { enterprise = '{"response":{"errorcode":0,"message":"ok","total_count":0}}',
  ultimate = '{"response":{"status":0,"message":"ok","data":{"total_count":0,"order":[]}}}' }

-- A client whose requests are answered by a list of bodies, the last one for good.
local function client_of(edition, bodies, more)
  local events = {}
  local host = canned.host(function(_, n) return bodies[n] or bodies[#bodies] end)
  local settings = canned.settings(edition, host, more)
  settings.log = function(event) events[#events + 1] = event end
  return wdt.new(settings), host, events
end

local function fails(said, f)
  local ok, err = pcall(f)
  assert.is_false(ok)
  assert.truthy(err:find(said, 1, true), err)
end

describe("the settings of a route", function()
  local function made(qimen, more)
    return function()
      local settings = canned.settings("enterprise", canned.host(), more)
      settings.qimen = qimen
      wdt.new(settings)
      return nil
    end
  end

  it("are refused with their name, and never show the secret", function()
    local q = { app_key = "1", app_secret = "hush", target_app_key = "2" }
    local function with(name, value)
      local copy = {}
      for k, v in pairs(q) do copy[k] = v end
      copy[name] = value
      return copy
    end
    fails("setting 'qimen.app_key' is nil", made{ app_secret = "hush", target_app_key = "2" })
    fails("setting 'qimen.app_key' is 12345678", made(with("app_key", 12345678)))
    fails("setting 'qimen.target_app_key' is nil", made{ app_secret = "hush", app_key = "2" })
    fails("setting 'qimen.sign_method' is \"sha1\"", made(with("sign_method", "sha1")))
    fails("setting 'qimen.url' is \"ftp://x\"", made(with("url", "ftp://x")))
    fails("setting 'qimen.rate' is 0", made(with("rate", 0)))
    fails("setting 'qimen.app_kee' is not known; the nearest known: 'app_key'",
      made(with("app_kee", "1")))
    fails("setting 'qimen'", made("hush"))
    for _, bad in ipairs{ "hush hush", 5 } do
      local ok, err = pcall(made(with("app_secret", bad)))
      assert.is_false(ok)
      assert.truthy(err:find("setting 'qimen.app_secret' can't be used", 1, true), err)
      assert.is_nil(err:find("hush", 1, true))
    end
    local ok, err = pcall(made "hush")
    assert.is_false(ok)
    assert.is_nil(err:find("hush", 1, true))
  end)

  it("are needed by who names it", function()
    local settings = canned.settings("enterprise", canned.host())
    settings.qimen = nil
    local client = wdt.new(settings)
    for _, route in ipairs{ "qimen", "both" } do
      local query = { start = SHIPPED.start, stop = SHIPPED.stop, route = route }
      for _, call in ipairs{
        function() client:stockouts(query) end, function() client:records(TRADE, query) end,
        function() client:cancelled_stockouts(query) end, function() client:count(TRADE, query) end,
        function() client:sync{ what = "stockouts", from = SHIPPED.start, route = route,
          state = wdt.state.memory() } end } do
        fails("parameter 'route' is \"" .. route .. "\", expected \"direct\": the client was given "
          .. "no setting 'qimen'", call)
      end
    end
    fails("the client was given no setting 'qimen'", function()
      client:call(TRADE, {}, nil, { route = "qimen" })
    end)
  end)

  it("leave only known routes", function()
    local client = client_of("enterprise", { OK.enterprise })
    local query = { start = SHIPPED.start, stop = SHIPPED.stop, route = "by post" }
    fails("parameter 'route' is \"by post\"", function() client:stockouts(query) end)
    fails("'route'", function() client:sync{ what = "stockouts", from = SHIPPED.start,
      route = "by post", state = wdt.state.memory() } end)
    fails("'query.route'", function() client:sync{ what = "stockouts", from = SHIPPED.start,
      query = { route = "qimen" }, state = wdt.state.memory() } end)
    fails("parameter 'options.route' is \"both\"", function()
      client:call(TRADE, {}, nil, { route = "both" })
    end)
    fails("parameter 'options.rout' is \"qimen\"", function()
      client:call(TRADE, {}, nil, { rout = "qimen" })
    end)
    fails("expected one route", function()
      client:records("vip_stat_sales_by_spec_shop_warehouse_query",
        { consign_date = "2026-11-01", route = "both" })
    end)
  end)
end)

describe("a refusal by Qimen", function()
  local function refusal(code, msg, sub_code, sub_msg)
    return ('{"error_response":{"code":%d,"msg":"%s","sub_code":"%s","sub_msg":"%s"}}')
      :format(code, msg, sub_code or "", sub_msg or "")
  end

  -- Returns what a query is told, how many calls it made; and what a push is told.
  local function told(edition, body)
    local more = { retry = { attempts = 3 } }
    local client, host = client_of(edition, { body }, more)
    local row, err, code = client:stockouts(SHIPPED):next()
    assert.is_nil(row)
    local asked = #host.asked
    local pusher, gateway = client_of(edition, { body }, more)
    local push = edition == "ultimate" and "purchase.PurchaseOrder.cancelOrder" or "trade_push"
    local data, push_err, push_code = pusher:call(push, { purchase_no = "1" }, nil,
      { route = "qimen" })
    assert.is_nil(data)
    return err, code, asked, push_err, push_code, #gateway.asked
  end

  it("is told with its words and the right code, and a push is repeated only where it was not "
    .. "handed on", function()
    for _, case in ipairs{
      -- body, code, calls of a query, code of a push, its calls, words
      { refusal(7, "App Call Limited", "accesscontrol.limited-by-app-access-count",
        "This ban will last for 1 more seconds"), "rate", 3, "rate", 3,
        "This ban will last for 1 more" },
      { refusal(11, "Insufficient isv permissions"), "permission", 1, "permission", 1,
        "Insufficient isv permissions" },
      { refusal(15, "Remote service error", "isp.top-remote-connection-timeout"), "server", 3,
        "unconfirmed", 1, "isp.top-remote-connection-timeout" },
      { refusal(15, "Remote service error", "isv.order-gone", "no"), "api", 1, "api", 1,
        "isv.order-gone no" },
      { refusal(21, "Missing method"), "param", 1, "param", 1, "21 Missing method" },
      { refusal(25, "Invalid signature"), "auth", 1, "auth", 1, "25 Invalid signature" },
      { refusal(29, "Invalid app Key"), "auth", 1, "auth", 1, "29 Invalid app Key" },
      { refusal(50, "Remote service error", "isp.unknown-error"), "server", 3, "unconfirmed", 1,
        "50 Remote service error isp.unknown-error" },
      { '{"response":{"flag":"failure","code":"15","message":"fail","sub_code":"100",'
        .. '"sub_message":"参数错误"}}', nil, 1, nil, 1, "参数错误" },
      { '{"response":{"flag":"failure","code":"isp.busy","message":"later"}}', "server", 3,
        "unconfirmed", 1, "isp.busy later" },
      { '{"response":{"message":"?"}}', "server", 3, "unconfirmed", 1, "carries no" },
      { '{"other":1}', "syntax", 3, "unconfirmed", 1, "carries no response" },
    } do
      for _, edition in ipairs{ "enterprise", "ultimate" } do
        local err, code, asked, push_err, push_code, pushed = told(edition, case[1])
        if case[2] then assert.equal(case[2], code, err) end
        if case[4] then assert.equal(case[4], push_code, push_err) end
        assert.equal(case[3], asked, err)
        assert.equal(case[5], pushed, push_err)
        assert.truthy(err:find(case[6], 1, true), err)
        assert.truthy(push_err:find(case[6], 1, true), push_err)
      end
    end
  end)

  it("for some seconds is waited for as long as it says, by all accounts of the app", function()
    local ban = refusal(7, "App Call Limited", "accesscontrol.limited-by-app-access-count",
      "This ban will last for 700 more seconds")
    for _, edition in ipairs{ "enterprise", "ultimate" } do
      local host = canned.host(function(fields, n)
        if not fields.app_key then return '{"code":0,"status":0,"total_count":0}' end
        return n == 1 and ban or OK[edition]
      end)
      local first = wdt.new(canned.settings(edition, host))
      local other = wdt.new(canned.settings(edition, host, { sid = "another" }))
      local direct = edition == "ultimate" and "setting.Shop.queryShop" or "shop"
      assert.is_nil(select(2, first:stockouts(SHIPPED):next()))
      assert.equal(2, #host.asked)
      assert.is_true(host:now() >= 700 and host:now() < 703, host:now())
      -- the account itself was never throttled
      local account = wdt.new(canned.settings(edition, host, { qimen = canned.QIMEN }))
      local before = host:now()
      account.accounts.qimen.pacer:quiet(before + 50, 50)
      assert(account:call(direct, {}))
      assert.equal(before, host:now())
      assert(other:call(edition == "ultimate" and SALES or TRADE, {}, nil, { route = "qimen" }))
      assert.is_true(host:now() >= before + 50)
    end
  end)

  it("holds no secret, and neither do the log and a client's name", function()
    for _, edition in ipairs{ "enterprise", "ultimate" } do
      local client, _, events = client_of(edition, { refusal(25, "Invalid signature") })
      local _, err = client:stockouts(SHIPPED):next()
      local said = { err, tostring(client) }
      for _, event in ipairs(events) do
        for name, value in pairs(event) do said[#said + 1] = name .. "=" .. tostring(value) end
      end
      said = table.concat(said, "\n")
      assert.truthy(said:find("event=failure", 1, true))
      for _, secret in ipairs{ "topsecret", "testsecret", "testsalt", "sign=" } do
        assert.is_nil(said:find(secret, 1, true))
      end
    end
  end)
end)

describe("the sandbox's gateway by Qimen", function()
  local function make(edition, change)
    local box = sandbox.new{ seed = 4, now = beijing.parse "2026-11-02 00:00:00",
      fields = "short", taobao = 1, latency = 0.05 }
    for i = 1, 30 do
      box.world:put{ modified = beijing.parse(SHIPPED.start) + 60 * i, status = 95 }
    end
    local settings = box:settings(edition, { route = "qimen", retry = { attempts = 3 } })
    if change then change(settings, box.gateway) end
    return box, wdt.new(settings)
  end

  it("says whose secret or right is wrong", function()
    for _, case in ipairs{
      { "enterprise", "auth", "25 Invalid signature",
        function(s) s.qimen.app_secret = "wrong" end },
      { "enterprise", "auth", "29 Invalid App Key", function(s) s.qimen.app_key = "1" end },
      { "enterprise", "param", "target_app_key", function(s) s.qimen.target_app_key = "1" end },
      { "enterprise", "permission", "11 Insufficient isv permissions",
        function(_, gateway) gateway.unauthorised = true end },
      { "enterprise", "auth", "1002", function(s) s.sid = "nobody" end },
      { "ultimate", "auth", "25 Invalid signature",
        function(s) s.qimen.app_secret = "wrong" end },
      { "ultimate", "auth", "验证失败", function(s) s.appsecret = "wrong:sandbox-salt" end },
      { "ultimate", "auth", "app auth fail", function(s) s.appkey = "wrong" end },
    } do
      local box, client = make(case[1], case[4])
      local _, err, code = client:stockouts(SHIPPED):next()
      assert.equal(case[2], code, err)
      assert.truthy(err:find(case[3], 1, true), err)
      assert.equal(1, box.gateway.calls)
    end
  end)

  it("bans the app for a while, and the rows come after it", function()
    for _, edition in ipairs{ "enterprise", "ultimate" } do
      local box, client = make(edition, function(_, gateway)
        gateway.app_rate, gateway.app_ban = 2, 90
      end)
      local rows = 0
      for _ in client:stockouts{ start = SHIPPED.start, stop = SHIPPED.stop, route = "qimen",
        page_size = 8 } do rows = rows + 1 end
      assert.equal(30, rows)
      assert.is_true(box.host:now() > 90)
    end
  end)

  it("gets a push once, unless it was not handed on", function()
    for edition, push in pairs{ enterprise = "trade_push",
      ultimate = "purchase.PurchaseOrder.cancelOrder" } do
      for _, kind in ipairs{ "reset", "truncate", "http_5xx", "remote", "no_status", "garbage",
        "server" } do
        local box, client = make(edition)
        box.gateway:inject{ kind = kind, times = 5, at = 0, how = 1 }
        local data, err, code = client:call(push, { purchase_no = "1" }, nil,
          { route = "qimen" })
        assert.is_nil(data)
        assert.equal("unconfirmed", code, kind .. ": " .. tostring(err))
        assert.equal(1, box.gateway.calls, kind)
      end
      local box, client = make(edition)
      box.gateway:inject{ kind = "ban", seconds = 30 }
      assert(client:call(push, { purchase_no = "1" }, nil, { route = "qimen" }))
      assert.equal(2, box.gateway.calls)
      assert.is_true(box.host:now() > 30)
    end
  end)
end)

describe("a call by Qimen", function()
  it("takes of both budgets, the account's and the app's", function()
    local client, host = client_of("enterprise", { OK.enterprise }, { rate = 3 })
    local function call(route) assert(client:call(TRADE, {}, nil, { route = route })) end
    call "qimen"
    call "qimen"
    call "qimen"
    assert.equal(0, host:now())
    call "qimen"
    assert.is_true(host:now() >= 60)
    local qimen = { rate = 2 }
    for name, value in pairs(canned.QIMEN) do qimen[name] = value end
    client, host = client_of("enterprise", { OK.enterprise }, { qimen = qimen })
    client:call(TRADE, {}, nil, { route = "qimen" })
    client:call(TRADE, {}, nil, { route = "qimen" })
    assert.equal(0, host:now())
    client:call(TRADE, {}, nil, { route = "qimen" })
    assert.is_true(host:now() >= 60)
  end)

  it("counts pages from 0, whatever the route does", function()
    for edition, page in pairs{ enterprise = "0", ultimate = '"page_no":1' } do
      local client, host = client_of(edition, { OK[edition] })
      assert(client:call(edition == "ultimate" and SALES or TRADE, {}, { page_size = 5 },
        { route = "qimen" }))
      local fields = host.asked[1].fields
      assert.truthy((fields.page_no or fields.pager):find(page, 1, true))
    end
  end)

  it("answers as by the own gateway", function()
    local client = client_of("ultimate", { OK.ultimate })
    assert.equal(0, assert(client:call(SALES, {}, nil, { route = "qimen" })).total_count)
    client = client_of("enterprise", { OK.enterprise })
    assert.equal(0, assert(client:call(TRADE, {}, nil, { route = "qimen" })).total_count)
  end)

  it("asks for cancelled stockouts by their status", function()
    local client, host = client_of("ultimate", { OK.ultimate })
    assert.is_nil((client:cancelled_stockouts(SHIPPED):next()))
    local fields = host.asked[1].fields
    assert.equal("wdt.wms.stockout.sales.querywithdetail", fields.method)
    assert.truthy(fields.params:find('"status_type":1', 1, true), fields.params)
    fails("expected 5 or nothing", function()
      client:cancelled_stockouts{ start = SHIPPED.start, stop = SHIPPED.stop, route = "qimen",
        status = 95 }
    end)
  end)
end)

describe("what a route can't show", function()
  local function blind(edition, route, method)
    local client = client_of(edition, { OK[edition] })
    local query = { start = SHIPPED.start, stop = SHIPPED.stop, route = route }
    local stream = method and client:records(method, query) or client:stockouts(query)
    local names = {}
    for i, one in ipairs(stream:progress().blind) do
      names[i] = one.name
      assert.is_string(one.en)
      assert.is_string(one.zh)
      assert.is_string(one.advice.en)
    end
    stream:close()
    return names
  end

  it("is told by edition, method and route", function()
    assert.same({ "taobao" }, blind("enterprise", nil))
    assert.same({ "taobao" }, blind("enterprise", "direct"))
    assert.same({ "others" }, blind("enterprise", "qimen"))
    assert.same({}, blind("enterprise", "both"))
    assert.same({ "taobao", "supply", "pinduoduo" }, blind("ultimate", nil))
    assert.same({ "pinduoduo", "others" }, blind("ultimate", "qimen"))
    assert.same({ "pinduoduo" }, blind("ultimate", "both"))
    assert.same({}, blind("enterprise", nil, "stockin_order_query_purchase"))
    assert.same({ "taobao" }, blind("enterprise", nil, "trade_query"))
    assert.same({ "taobao", "supply", "pinduoduo" },
      blind("ultimate", nil, "sales.TradeQuery.queryWithDetail"))
  end)

  it("is told of a job, and kept in its state", function()
    local client = client_of("ultimate", { OK.ultimate })
    for route, expected in pairs{ direct = { "taobao", "supply", "pinduoduo" },
      both = { "pinduoduo" } } do
      local store = wdt.state.memory()
      local job = assert(client:sync{ what = "stockouts", from = SHIPPED.start, route = route,
        state = store })
      local names = {}
      for i, one in ipairs(job:progress().blind) do names[i] = one.name end
      assert.same(expected, names)
      job:close()
    end
  end)
end)
