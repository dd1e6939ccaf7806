-- The sandbox's gateway: what it can be told to do, failing above all, and the host that acts it
-- out without a network.
local core = require "wdt.core"
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local World = require "wdt.sandbox.world"
local Gateway = require "wdt.sandbox.gateway"
local Faults = require "wdt.sandbox.faults"
local support = require "support.gateway"
local request = require "support.sandbox_request"

local T, day, with, small, ask = support.now, support.window, support.with, support.small,
  support.ask
local DAY = 86400

describe("the gateway", function()
  local hour = request.span(T - 3600, T)

  it("writes totals and empty pages in every way that is met", function()
    for _, as in ipairs{ "number", "string" } do
      for _, empty in ipairs{ "absent", "null", "list" } do
        for _, pretty in ipairs{ false, true } do
          for _, envelope in ipairs{ "first", "last" } do
            local gateway = small({ total_as = as, empty = empty, pretty = pretty,
              envelope = envelope }, 0)
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

  it("may be away for a time", function()
    local gateway = small({}, 0)
    gateway:inject{ kind = "none" }
    gateway:inject{ kind = "http_5xx", status = 502, lasts = 600 }
    gateway:inject{ kind = "http_5xx", status = 503 }
    local function status(at)
      return gateway:handle(request.enterprise(at, day(T - DAY, T)), at).status
    end
    local seen = {}
    for i, at in ipairs{ 0, 10, 20, 609, 610, 611, 2000 } do seen[i] = status(T + at) end
    assert.same({ 200, 502, 502, 502, 503, 200, 200 }, seen)
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
    for i = 2, #rows do assert.is_true(tonumber(rows[i - 1].stockout_id) > tonumber(
      rows[i].stockout_id)) end
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
      for _, name in ipairs{ "sign", "sid", "appkey", "key", "salt" } do
        assert.is_nil(entry.params[name]) end
    end
    for _ = 1, 100 do gateway:handle(request.ultimate(T, hour), T) end
    assert.equal(64, #gateway.log)
  end)

  it("lags, where replicas do, with its total", function()
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
    assert.has_error(function() sandbox.new{ colour = 1 } end,
      "parameter 'colour' is 1, expected no such option")
    assert.has_error(function() sandbox.settings("lite", "") end,
      "parameter 'edition' is \"lite\", expected \"enterprise\", \"ultimate\" or \"huice\"")
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
    assert.same({ kind = "chunked", sizes = { 1, 2 } },
      select(2, meets{ kind = "chunked", sizes = { 1, 2 } }))
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
    assert.same({ status = 77, message = "其他" }, cjson.decode(
      meets({ kind = "server", code = 77, text = "其他" }).body))
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
        if kind ~= "connect" then assert(kinds[kind] > 15 and kinds[kind] < 100,
          kind .. " " .. tostring(kinds[kind])) end
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
    return assert(box.host:open({ url = "http://sandbox.invalid" .. req.path .. "?" .. req.query,
      body = req.body,
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
    assert.has_error(function() box.host:sleep(-1) end,
      "parameter 'seconds' is -1, expected a number from 0 to 1e9")
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
    local exchange = assert(box.host:open({ url = "http://sandbox.invalid" .. req.path .. "?"
      .. req.query, body = req.body,
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
    assert.equal("truncated", (fails{ kind = "reset", at = 0 })) -- the gateway has acted on it
    assert.equal("truncated", (fails{ kind = "truncate", at = 60 }))
    assert.equal("connect", (fails{ kind = "connect" }))
    assert.equal("syntax", (fails{ kind = "gzip" }))
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
    assert.equal("closed", select(3, box.host:open({ url = "http://x/openapi", body = "[]" },
      decoder)))
    assert.has_error(function() sandbox.new{}.host:open({ url = "x", body = "" }, decoder) end,
      "parameter 'request.url' is \"x\", expected a URL with a path")
    assert.has_error(function() sandbox.new{}.host:open({ url = "http://x/y" }, decoder) end,
      "parameter 'request.body' is nil, expected a string")
    assert.has_error(function() require("wdt.sandbox.host").new{} end,
      "parameter 'gateway' is nil, expected a gateway")
  end)
end)
