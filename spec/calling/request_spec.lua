local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START, STOP = "2026-10-01 00:00:00", "2026-10-01 23:59:59"
local RANGE = { start = START, stop = STOP, page_size = 10 }
local METHOD = "stockout_order_query_trade"

-- A world of `n` rows, a client of it, and what its log was told.
local function setup(n, options, settings, edition)
  options = options or {}
  options.now = beijing.parse(STOP) + 86400
  local box = sandbox.new(options)
  for i = 1, n do
    box.world:put{ modified = beijing.parse(START) + i, cancelled = edition == "ultimate",
      status = edition == "ultimate" and 5 or 95 }
  end
  local events = {}
  local more = { log = function(event) events[#events + 1] = event end }
  for k, v in pairs(settings or {}) do more[k] = v end
  return box, wdt.new(box:settings(edition or "enterprise", more)), events
end

local function drain(stream)
  local rows, seen = 0, {}
  while true do
    local row, err, code = stream:next()
    if not row then return rows, err, code end
    assert.is_nil(seen[row.stockout_id], "twice: " .. tostring(row.stockout_id))
    seen[row.stockout_id] = true
    rows = rows + 1
  end
end

describe("a failure that may pass", function()
  for _, fault in ipairs{ { kind = "reset" }, { kind = "truncate" }, { kind = "stall" },
    { kind = "connect" }, { kind = "html" },
    { kind = "garbage", how = 1 }, { kind = "garbage", how = 2 }, { kind = "garbage", how = 3 },
    { kind = "http_5xx", status = 500 }, { kind = "http_5xx", status = 502 },
      { kind = "http_5xx", status = 503 },
    { kind = "server" }, { kind = "rate", comma = 1 }, { kind = "rate", comma = 2 },
      { kind = "concurrency", comma = 1 },
    { kind = "concurrency", comma = 2 } } do
    it(("(%s %s) is survived, in all editions"):format(fault.kind, fault.how or fault.status
      or fault.comma or ""), function()
      for _, edition in ipairs{ "enterprise", "ultimate", "huice" } do
        local box, client = setup(25, nil, nil, edition ~= "enterprise" and edition or nil)
        box.gateway:inject{ kind = "none" }
        for _ = 1, 2 do box.gateway:inject(fault) end
        local stream = client:cancelled_stockouts(edition == "ultimate"
          and { start = START, stop = "2026-10-01 00:59:59",
          page_size = 10 } or RANGE)
        if edition ~= "ultimate" then stream = client:stockouts(RANGE) end
        assert.same({ 25 }, { drain(stream) })
        assert.equal(2, stream:progress().retries)
      end
    end)
  end

  it("in the middle of a page hands no row out twice", function()
    local box, client = setup(10, { chunk = 500 })
    for at = 2000, 20000, 3000 do box.gateway:inject{ kind = "truncate", at = at } end
    local stream = client:stockouts(RANGE)
    assert.same({ 10 }, { drain(stream) })
    assert.equal(7, stream:progress().retries)
  end)

  it("that does not pass is the last failure, and what came before it stays delivered", function()
    local box, client = setup(25)
    box.gateway:inject{ kind = "none", times = 2 }
    box.gateway:inject{ kind = "http_5xx", status = 502, times = 100 }
    local rows, err, code = drain(client:stockouts(RANGE))
    assert.is_true(rows > 0)
    assert.equal("server: HTTP 502, text/html", err)
    assert.equal("server", code)
    assert.equal(2 + 8, box.gateway.calls) -- retry.attempts
  end)

  it("ends with its deadline", function()
    local box, client = setup(1, nil, { retry = { attempts = 1000, total = 100 } })
    box.gateway:inject{ kind = "http_5xx", status = 502, times = 1000 }
    local began = box.host:now()
    local _, _, code = drain(client:stockouts(RANGE))
    assert.equal("server", code)
    assert.is_true(box.host:now() - began <= 100)
    assert.is_true(box.gateway.calls < 100)
  end)

  it("by throttling silences the whole account for 5 to 10 minutes, then the call is signed anew",
    function()
    local box, client, events = setup(1)
    box.gateway:inject{ kind = "rate" }
    local began = box.host:now()
    -- a timestamp 5 minutes old would be refused
    assert.same({ 1 }, { drain(client:stockouts(RANGE)) })
    local waited = box.host:now() - began
    assert.is_true(waited >= 300 and waited <= 601, waited)
    local failure = events[1]
    assert.equal("failure", failure.event)
    assert.equal("rate", failure.code)
    assert.truthy(failure.error:find("rate: 1012", 1, true))
  end)

  it("is told apart by what the gateway can't have done: an action is not repeated after it may "
    .. "have been", function()
    local box, client = setup(0)
    local gateway = box.gateway
    for _, kind in ipairs{ "http_5xx", "truncate", "stall", "server" } do
      local before = gateway.calls
      gateway:inject{ kind = kind, times = 5 }
      local data, _, code = client:call("stockout_order_push", { a = "1" })
      gateway.injected[1], gateway.injected[2], gateway.injected[3], gateway.injected[4] = nil, nil,
        nil, nil
      assert.is_nil(data)
      assert.truthy(code)
      assert.equal(before + 1, gateway.calls, kind)
    end
  end)
end)

describe("a failure that can't pass", function()
  it("is never tried again", function()
    for _, case in ipairs{ { { appsecret = "wrong" }, "auth" }, { { sid = "no one" }, "auth" },
      { { appkey = "other" }, "auth" } } do
      local box = setup(1)
      local settings = box:settings "enterprise"
      for k, v in pairs(case[1]) do settings[k] = v end
      local rows, err, code = drain(wdt.new(settings):stockouts(RANGE))
      assert.equal(0, rows)
      assert.equal(case[2], code, err)
      assert.equal(1, box.gateway.calls)
    end
  end)

  it("carries the gateway's number and words, untouched", function()
    local box, client = setup(1)
    box.gateway:inject{ kind = "server", code = 2102,
      text = "start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] " }
    local data, err, code = client:call(METHOD, { status = 95 }, {})
    assert.is_nil(data)
    assert.equal("param: 2102 start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] ", err)
    assert.equal("param", code)
    box, client = setup(1, nil, nil, "ultimate")
    data, err, code = client:call("wms.stockout.Sales.searchCancel",
      { start_time = "2022-07-19 10:42:56",
      end_time = "2022-07-19 12:42:56" }, { page_size = 1 })
    assert.is_nil(data)
    assert.equal("param: 100 起止时间差最大1小时", err)
    assert.equal("param", code)
    assert.equal(1, box.gateway.calls)
  end)

  it("of HTTP is its status, never the body", function()
    local box, client = setup(1)
    box.gateway:inject{ kind = "http_5xx", status = 404 }
    local _, err, code = drain(client:stockouts(RANGE))
    assert.equal("http: HTTP 404, text/html", err)
    assert.equal("http", code)
    assert.equal(1, box.gateway.calls)
  end)

  it("by HTTP 429 is a throttle", function()
    local box, client, events = setup(1)
    box.gateway:inject{ kind = "http_5xx", status = 429 }
    assert.same({ 1 }, { drain(client:stockouts(RANGE)) })
    assert.equal("rate", events[1].code)
  end)
end)

describe("the server's clock", function()
  it("is learnt from the first answer: a local clock wrong by a day succeeds within two calls",
    function()
    for _, skew in ipairs{ -86400, 86400, -3600, 3600, 200 } do
      for _, edition in ipairs{ "enterprise", "ultimate", "huice" } do
        local box, client = setup(1, { skew = skew }, nil,
          edition ~= "enterprise" and edition or nil)
        local query = { start = START, stop = "2026-10-01 00:30:00" }
        assert.same({ 1 }, { drain(edition == "ultimate" and client:cancelled_stockouts(query)
          or client:stockouts(query)) })
        assert.is_true(box.gateway.calls <= 2)
        assert.is_true(math.abs(client:server_time() - box.host.clock) < 2)
      end
    end
  end)

  it("does not hide a wrong secret where the clock is wrong too", function()
    local box = setup(1, { skew = 86400 })
    local settings = box:settings "enterprise"
    settings.appsecret = "wrong"
    local _, _, code = drain(wdt.new(settings):stockouts(RANGE))
    assert.equal("auth", code)
    assert.is_true(box.gateway.calls <= 2)
  end)

  it("is followed when one server of several is wrong", function()
    local box, client = setup(25)
    box.gateway:inject{ kind = "none" }
    box.gateway:inject{ kind = "skew", seconds = 900 }
    assert.same({ 25 }, { drain(client:stockouts(RANGE)) })
  end)

  it("is not taken from an answer that tells no time", function()
    local box, client = setup(1)
    local handle = box.gateway.handle
    box.gateway.handle = function(...)
      local response, directive = handle(...)
      response.headers.Date = "yesterday"
      return response, directive
    end
    assert.same({ 1 }, { drain(client:stockouts(RANGE)) })
    assert.is_false(client:knows_time())
  end)
end)

describe("client:call", function()
  it("returns the answer of the enterprise edition, and the data of the ultimate", function()
    local _, client = setup(3)
    local data = assert(client:call(METHOD, { status = 95, start_time = START, end_time = STOP },
      { page_size = 2 }))
    assert.equal(2, #data.stockout_list)
    assert.equal(3, data.total_count)
    _, client = setup(3, nil, nil, "ultimate")
    data = assert(client:call("wms.stockout.Sales.searchCancel",
      { start_time = START, end_time = "2026-10-01 01:00:00" },
      { page_no = 1, page_size = 2 }))
    assert.equal(1, #data.order_list)
  end)

  it("raises misuse at its caller", function()
    local _, client = setup(0)
    for _, args in ipairs{ { nil, "method" }, { "a/b", "method" }, { METHOD, "params", 5 },
      { METHOD, "params.sid", { sid = "x" } }, { METHOD, "pager.page_no", {},
        { page_no = -1 } } } do
      local ok, err = pcall(function()
        client:call(args[1], args[3], args[4])
        return 1
      end)
      assert.is_false(ok)
      assert.truthy(err:find("request_spec.lua:%d+: parameter '?" .. args[2]), err)
    end
  end)
end)

describe("every method of a client", function()
  it("raises at its caller once the client is closed, and when its method is unknown", function()
    local _, client = setup(0)
    for _, name in ipairs{ "records", "count" } do
      local ok, err = pcall(function() client[name](client, "no_such_method", RANGE) return 1 end)
      assert.is_false(ok)
      assert.truthy(err:find("request_spec.lua:%d+: parameter 'method'"), err)
    end
    for _, name in ipairs{ "stockouts", "cancelled_stockouts" } do
      local ok, err = pcall(function() client[name](client, { start = "x" }) return 1 end)
      assert.is_false(ok)
      assert.truthy(err:find("request_spec.lua:%d+: parameter 'start'"), err)
    end
    local ok, err = pcall(function() client:cancelled_stockouts{ status = 95 } return 1 end)
    assert.is_false(ok)
    assert.truthy(err:find("parameter 'status' is 95", 1, true))
    client:close()
    client:close()
    for name, first in pairs{ records = METHOD, count = METHOD, call = METHOD, stockouts = RANGE,
      cancelled_stockouts = RANGE } do
      ok, err = pcall(function() client[name](client, first, RANGE) return 1 end)
      assert.is_false(ok)
      assert.truthy(err:find("request_spec.lua:%d+: the client was closed"), err)
    end
  end)
end)

describe("what a client says", function()
  it("never holds a secret, a sign or a personal field", function()
    local box, client, events = setup(25)
    for _, kind in ipairs{ "http_5xx", "html", "garbage", "truncate", "server" } do
      box.gateway:inject{ kind = kind } end
    drain(client:stockouts(RANGE))
    local said = { tostring(client) }
    for _, event in ipairs(events) do
      for name, value in pairs(event) do said[#said + 1] = name .. "=" .. tostring(value) end
    end
    said = table.concat(said, "\n")
    assert.truthy(said:find("event=call", 1, true))
    assert.truthy(said:find("event=window", 1, true))
    for _, secret in ipairs{ "sandbox-secret", "sandbox-ent", "sign=", "买家", "receiver" } do
      assert.is_nil(said:find(secret, 1, true), secret)
    end
  end)
end)
