-- The client over real sockets: libcurl against the sandbox in nginx, with the faults of a bad day.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local World = require "wdt.sandbox.world"
local wdt = require "wdt"

local METHOD = "stockout_order_query_trade"
local NOW = os.time()
local FROM = NOW - 3 * 86400

local QUICK = { attempts = 20, base = 0.01, cap = 0.02, cooldown = 0.05, total = 60 }

describe("over real sockets", function()
  local options = { seed = 31, rows_per_day = 600, from = FROM, to = NOW + 86400, now = NOW }
  local handle, world

  setup(function()
    world = World.new(options)
    handle = assert(server.start{ world = options, gateway = { rate = nil } })
  end)
  teardown(function() server.stop(handle) end)

  local function client_of(edition, more)
    local settings = sandbox.settings(edition, handle.url)
    settings.rate, settings.retry = 10000, QUICK
    for k, v in pairs(more or {}) do settings[k] = v end
    return wdt.new(settings)
  end

  local QUERY = { start = FROM, stop = NOW - 3600 }
  local truth
  local function rows_of_truth()
    truth = truth or #world:all{ clock = "consign_time", from = FROM, to = NOW - 3600,
      status = { 95, 110 }, history = false }
    return truth
  end

  local function drain(stream)
    local seen, rows = {}, 0
    while true do
      local row, err = stream:next()
      if not row then return rows, err end
      assert.is_nil(seen[row.stockout_id], "twice: " .. tostring(row.stockout_id))
      seen[row.stockout_id] = true
      rows = rows + 1
    end
  end

  it("every row arrives", function()
    local client = client_of "enterprise"
    local rows, err = drain(client:stockouts(QUERY))
    assert.is_nil(err)
    assert.is_true(rows > 500)
    assert.equal(rows_of_truth(), rows)
    assert.equal(rows, client:count(METHOD, { start = FROM, stop = NOW - 3600 }))
    client:close()
  end)

  it("every cancelled row of the ultimate edition arrives", function()
    local client = client_of "ultimate"
    local rows, err = drain(client:cancelled_stockouts(QUERY))
    assert.is_nil(err)
    assert.equal(#world:all{ clock = "modified", from = FROM, to = NOW - 3600, cancelled = true,
      history = "both" }, rows)
    client:close()
  end)

  it("several lanes share the connections and keep the order", function()
    local client = client_of("enterprise", { lanes = 4 })
    local rows, err = drain(client:stockouts(QUERY))
    assert.is_nil(err)
    assert.equal(rows_of_truth(), rows)
    client:close()
  end)

  for _, fault in ipairs{ { kind = "reset", at = 5000 }, { kind = "reset", at = 0 },
    { kind = "truncate", at = 20000 },
    { kind = "stall", at = 3000 }, { kind = "gzip" }, { kind = "http_5xx", status = 502 },
      { kind = "html" },
    { kind = "garbage", how = 1 }, { kind = "garbage", how = 2 }, { kind = "garbage", how = 3 },
      { kind = "server" },
    { kind = "rate", comma = 1 }, { kind = "concurrency", comma = 2 } } do
    it(("a fault is survived: %s %s"):format(fault.kind, fault.at or fault.status or fault.how
      or fault.comma or ""), function()
      local client = client_of("enterprise", { lanes = fault.at == 5000 and 3 or 1,
        timeout = { stall = fault.kind == "stall" and 1.5 or 20 } })
      fault.times = 2
      assert(server.control(handle, "inject", { kind = "none" }))
      assert(server.control(handle, "inject", fault))
      local stream = client:stockouts(QUERY)
      local rows, err = drain(stream)
      assert.is_nil(err)
      assert.equal(rows_of_truth(), rows)
      assert.equal(2, stream:progress().retries)
      client:close()
    end)
  end

  it("chunks of odd sizes make no difference", function()
    local client = client_of "enterprise"
    assert(server.control(handle, "inject", { kind = "chunked", times = 4,
      sizes = { 1, 2, 3, 5, 7, 1000, 16384 } }))
    local stream = client:stockouts(QUERY)
    local rows, err = drain(stream)
    assert.is_nil(err)
    assert.equal(rows_of_truth(), rows)
    assert.equal(0, stream:progress().retries)
    client:close()
  end)

  it("a loop that is left early frees its connection, and the next one works", function()
    local client = client_of "enterprise"
    for _ = 1, 5 do
      local stream = client:stockouts(QUERY)
      assert.truthy(stream:next())
      stream:close()
    end
    local rows = drain(client:stockouts(QUERY))
    assert.equal(rows_of_truth(), rows)
    client:close()
  end)

  it("an address without a server is told with it, and no secret", function()
    local client = wdt.new{ edition = "enterprise", sid = "s", appkey = "k",
      appsecret = "topsecret",
      url = "http://127.0.0.1:1/x", retry = { attempts = 1 } }
    local _, err, code = client:stockouts(QUERY):next()
    assert.equal("connect", code)
    assert.truthy(err:find("127.0.0.1", 1, true))
    assert.is_nil(err:find("topsecret", 1, true))
    client:close()
  end)

  it("the module-level functions use the client of wdt.setup", function()
    local client = wdt.setup((function()
      local settings = sandbox.settings("enterprise", handle.url)
      settings.rate = 10000
      return settings
    end)())
    local rows = 0
    for _ in wdt.stockouts(QUERY) do rows = rows + 1 end
    assert.equal(rows_of_truth(), rows)
    rows = 0
    for _ in wdt.cancelled_stockouts(QUERY) do rows = rows + 1 end
    assert.equal(rows, wdt.count(METHOD, { start = FROM, stop = NOW - 3600, status = 5 }))
    assert.equal(rows_of_truth(), wdt.count(METHOD, QUERY))
    assert.truthy(wdt.records(METHOD, QUERY):next())
    assert.equal(30, #assert(wdt.call(METHOD, { start_time = beijing.format(FROM),
      end_time = beijing.format(NOW - 3600) },
      { page_size = 30 })).stockout_list)
    client:close()
  end)
end)
