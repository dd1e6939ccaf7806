-- Figures: what events count, and a text that Prometheus' own tool takes.
local metrics = require "wdt.metrics"
local port = require "wdt.metrics.port"
local promtool = require "support.promtool"
local registry = require "wdt.metrics.registry"
local shell = require "support.shell"
local version = require "wdt.version"

-- Events of one of everything.
local function filled()
  local m = metrics.new(nil, function() return 1800000000.25 end)
  for _, event in ipairs{
    { event = "call", seconds = 0.3, bytes = 1000 }, { event = "call", seconds = 40 },
    { event = "wait", seconds = 2.5 },
    { event = "failure", code = "server", error = "server: x", retry_in = 1 },
    { event = "failure", code = "rate", error = "rate: x", retry_in = 300 },
    { event = "failure", code = "auth", error = "auth: x" },
    { event = "commit", rows = 5, certificate = "counted" },
    { event = "commit", rows = 2, certificate = "none" },
    { event = "row_rejected" }, { event = "column_added" }, { event = "table_added" },
    { event = "column_retyped" }, { event = "outage", code = "output" },
    { event = "stream_failed", code = "auth" }, { event = "window", certificate = "counted" },
  } do
    event.account, event.job = "shop1", "stockouts"
    m:event(event)
  end
  m:job{ account = "shop1", job = "stockouts", target = 360, watermark = 1799999000, behind = 1000,
    running = true, paused = false }
  m:gauge("wdt_account_led", "shop1", 1)
  m:gauge("wdt_calls_in_flight", "shop1", 2)
  m:gauge("wdt_rate_used", "shop1", 3)
  m:gauge("wdt_rate_budget", "shop1", 60)
  return m
end

local function has(text, line)
  assert.truthy(("\n" .. text):find("\n" .. line .. "\n", 1, true), line .. " in\n" .. text)
end

describe("metrics", function()
  it("count events by account and job", function()
    local text = filled():text()
    local of = '{account="shop1",job="stockouts"}'
    for name, value in pairs{ wdt_rows_total = "7", wdt_uncertified_windows_total = "1",
      wdt_calls_total = "2", wdt_call_bytes_total = "1000", wdt_repeats_total = "2",
      wdt_throttles_total = "1", wdt_rate_wait_seconds_total = "2.5", wdt_rejects_total = "1",
      wdt_new_fields_total = "2", wdt_retyped_fields_total = "1", wdt_lag_seconds = "1000",
      wdt_lag_target_seconds = "360", wdt_job_running = "1", wdt_job_paused = "0",
      wdt_call_seconds_count = "2",
      wdt_call_seconds_sum = "40.3", wdt_watermark_timestamp_seconds = "1799999000",
      wdt_last_success_timestamp_seconds = "1800000000.25" } do
      has(text, name .. of .. " " .. value)
    end
    for _, line in ipairs{
      'wdt_windows_total{account="shop1",job="stockouts",certificate="none"} 1',
      'wdt_failures_total{account="shop1",job="stockouts",code="rate"} 1',
      'wdt_job_failures_total{account="shop1",job="stockouts",code="output"} 1',
      'wdt_call_seconds_bucket{account="shop1",job="stockouts",le="0.25"} 0',
      'wdt_call_seconds_bucket{account="shop1",job="stockouts",le="0.5"} 1',
      'wdt_call_seconds_bucket{account="shop1",job="stockouts",le="30"} 1',
      'wdt_call_seconds_bucket{account="shop1",job="stockouts",le="+Inf"} 2',
      'wdt_calls_in_flight{account="shop1"} 2',
      'wdt_last_call_timestamp_seconds{account="shop1"} 1800000000.25' } do
      has(text, line)
    end
    assert.truthy(text:find('wdt_build_info{version="' .. version .. '",lua="Lua', 1, true), text)
  end)

  it("are a text that promtool finds nothing in, every figure among them", function()
    local m = filled()
    local text = m:text()
    for _, family in ipairs(metrics.FAMILIES) do
      assert.truthy(text:find("# TYPE " .. family.name .. " " .. family.kind, 1, true), family.name)
    end
    assert.equal("", promtool.metrics(text))
    assert.is_not.equal("", (promtool.metrics(text:gsub("# HELP wdt_rows_total[^\n]*\n", ""))))
  end)

  it("show a gauge no more that is not known any more", function()
    local m = filled()
    m:job{ account = "shop1", job = "stockouts", target = 360, running = false }
    local text = m:text()
    assert.is_nil(text:find("wdt_lag_seconds", 1, true))
    has(text, 'wdt_job_running{account="shop1",job="stockouts"} 0')
  end)

  it("show no gauge of a job that is gone, lest it be called late for good", function()
    local m = metrics.new()
    m:job{ account = "shop1", job = "a", behind = 5, succeeded = 1800000000 }
    m:job{ account = "shop1", job = "b", behind = 6, succeeded = 1800000001 }
    m:forget("shop1", "a")
    local text = m:text()
    assert.is_nil(text:find('job="a"', 1, true), text)
    has(text, 'wdt_last_success_timestamp_seconds{account="shop1",job="b"} 1800000001')
    m:job{ account = "shop1", job = "b", behind = 7 } -- its own events tell when it succeeds
    has(m:text(), 'wdt_last_success_timestamp_seconds{account="shop1",job="b"} 1800000001')
  end)

  it("hold any name of an account, and show each account to those who may see it", function()
    local m = metrics.new()
    m:event{ event = "call", account = 'a"\\\nb', job = "x", seconds = 1 }
    m:event{ event = "call", account = "other", seconds = 1 }
    assert.equal("", promtool.metrics(m:text()))
    has(m:text(), 'wdt_calls_total{account="a\\"\\\\\\nb",job="x"} 1')
    has(m:text(), 'wdt_calls_total{account="other"} 1')
    local seen = m:text(function(account) return account == "other" end)
    assert.is_nil(seen:find("\\n", 1, true), seen)
    has(seen, 'wdt_calls_total{account="other"} 1')
    assert.truthy(seen:find("wdt_build_info", 1, true))
  end)

  it("tell large counts to the last digit, and what is no number", function()
    local r = registry.new{ { name = "a_total", kind = "counter", help = "A." },
      { name = "b", kind = "gauge", help = "B." } }
    r:add("a_total", nil, 2 ^ 53 - 1)
    r:set("b", nil, math.huge)
    assert.equal("# HELP a_total A.\n# TYPE a_total counter\na_total 9007199254740991\n"
      .. "# HELP b B.\n# TYPE b gauge\nb +Inf\n", r:text())
  end)

  it("add a bucket's lower ones up when they are told, whatever is counted meanwhile", function()
    local r = registry.new{ { name = "s", kind = "histogram", help = "S.", bounds = { 1, 2 } } }
    for _, value in ipairs{ 0.5, 1, 2, 3, 3 } do r:observe("s", nil, value) end
    local asked = 0
    local text = r:text(nil, function()
      asked = asked + 1
      r:observe("s", nil, 0) -- others had their turn
    end)
    assert.is_true(asked >= 4)
    local one, two, all = text:match 'le="1"} (%d+)\n.*le="2"} (%d+)\n.*le="%+Inf"} (%d+)\n'
    assert.same({ 1, 2 }, { two - one, all - two })
    assert.equal(all, text:match "\ns_count (%d+)\n")
    assert.equal("", promtool.metrics((text:gsub("s([_ ])", "a_seconds%1"))))
  end)

  it("take a program's own figures as well", function()
    local m = metrics.new(nil, nil, { { name = "shop_visits_total", kind = "counter",
      help = "Visits.", labels = { "door" } }, { name = "shop_visit_seconds", kind = "histogram",
      help = "Seconds of a visit.", bounds = { 1 } } })
    m:add("shop_visits_total", { door = "left", window = "right" }, 2)
    m:add("shop_visits_total", { door = "left" })
    m:observe("shop_visit_seconds", nil, 1)
    local text = m:text()
    has(text, 'shop_visits_total{door="left"} 3')
    has(text, 'shop_visit_seconds_bucket{le="1"} 1')
    assert.equal("", promtool.metrics(text))
    assert.is_false((pcall(metrics.new().add, metrics.new(), "shop_visits_total")))
  end)

  it("tell the version that runs, not one of before that a store still holds", function()
    local store = registry.memory()
    store:set('metric wdt_build_info{version="0.0.1",lua="Lua"}', 1)
    local text = metrics.new(store):text()
    assert.equal(1, select(2, text:gsub("\nwdt_build_info{", "")))
    has(text, ('wdt_build_info{version="%s",lua="%s"} 1'):format(version,
      rawget(_G, "jit") and rawget(_G, "jit").version or _VERSION))
  end)

  it("refuse a name that is none of theirs", function()
    local r = registry.new{ { name = "a_total", kind = "counter", help = "A." } }
    for call, words in pairs{ add = 'is "b_total", expected a counter',
      set = 'is "b_total", expected a gauge', observe = 'is "b_total", expected a histogram' } do
      local ok, err = pcall(r[call], r, "b_total", nil, 1)
      assert.is_false(ok)
      assert.truthy(err:find(words, 1, true), err)
    end
  end)
end)

describe("the port of metrics", function()
  local served

  before_each(function()
    served = assert(port.open("127.0.0.1", 0, metrics.CONTENT_TYPE, function() return "up 1\n" end))
  end)
  after_each(function() served:close() end)

  -- A client's connection, to which `bytes` were sent; what it has got once the server is done.
  local function talk(bytes, now)
    local client = assert(require "socket".connect("127.0.0.1", served.port))
    client:settimeout(0)
    if bytes then assert(client:send(bytes)) end
    local got, ended = "", nil
    for i = 1, 200000 do
      served:turn(now and now(i) or 0)
      local data, err, part = client:receive(1000)
      got = got .. (data or part)
      if err == "closed" then
        ended = true
        break
      end
    end
    client:close()
    assert.is_true(ended, "the connection stays open: " .. got)
    return got
  end

  it("answers /metrics to curl, and nothing else", function()
    assert.truthy(talk "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n":find(
      "^HTTP/1.1 200 OK\r\nContent%-Type: text/plain; version=0.0.4.-\r\n\r\nup 1\n$"))
    assert.truthy(talk "GET /metrics?x=1 HTTP/1.0\r\n\r\n":find("\r\n\r\nup 1\n$"))
    assert.truthy(talk "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n":find("200 OK.*\r\n\r\n$"))
    assert.truthy(talk "GET / HTTP/1.1\r\nHost: x\r\n\r\n":find "^HTTP/1.1 404 ")
    assert.truthy(talk "POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n":find "^HTTP/1.1 405 ")
    assert.truthy(talk "hello\r\n\r\n":find "^HTTP/1.1 400 ")
  end)

  it("closes what sends too much, or nothing, and serves others meanwhile", function()
    assert.equal("", talk(("x"):rep(9000)))
    local silent = assert(require "socket".connect("127.0.0.1", served.port))
    assert.truthy(talk "GET /metrics HTTP/1.1\r\n\r\n":find "200 OK")
    assert.equal("", talk(nil, function(i) return i end))
    silent:close()
  end)

  it("is of the loopback only", function()
    assert.same({ "127.0.0.1", 9464 }, { port.parse "127.0.0.1:9464" })
    assert.same({ "::1", 1 }, { port.parse "[::1]:1" })
    for _, text in ipairs{ "0.0.0.0:9464", "10.0.0.1:9464", "[::]:1", "example.com:80", "9464",
      "127.0.0.1:65536", "/tmp/x" } do
      assert.is_nil((port.parse(text)), text)
    end
  end)

  it("tells that it is taken", function()
    local second, err, code = port.open("127.0.0.1", served.port, "text/plain", tostring)
    assert.is_nil(second)
    assert.equal("output", code)
    assert.truthy(err:find("address already in use", 1, true), err)
  end)

  it("says which package is missing", function()
    local script = ("package.preload.socket = function() error 'no' end "
      .. "print(select(2, require 'wdt.metrics.port'.open('127.0.0.1', 0, '', print)))")
    local out = shell.must(("%s -e %s"):format(shell.lua, shell.quote(script)),
      { LUA_PATH = package.path, LUA_CPATH = package.cpath })
    assert.truthy(out:find("config: a port needs LuaSocket: apt-get install lua-socket", 1, true),
      out)
  end)
end)
