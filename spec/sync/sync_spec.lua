-- Incremental reading, on the virtual clock: what is read, and by which clock.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"
local copying = require "support.copying"

local METHOD = "stockout_order_query_trade"
local CANCELLED = "wms.stockout.Sales.searchCancel"
local T, FROM = beijing.parse, copying.FROM
local client_of = copying.client_of
local busy_box = copying.busy_box
local small_box = copying.small_box
local truth = copying.truth
local open = copying.open
local read = copying.read
local size = copying.size
local assert_copy = copying.assert_copy
local assert_tiles = copying.assert_tiles

describe("a pass", function()
  it("reads everything up to the server's time less the lag, each row once, in windows that tile "
    .. "it", function()
    local box = busy_box "2026-10-11 00:00:00"
    local job = assert(open(client_of(box)))
    local copy, times = read(job)
    local horizon = T "2026-10-11 00:00:00" - 180
    assert_copy(truth(box, horizon), copy)
    for _, n in pairs(times) do assert.equal(1, n) end
    assert_tiles(job)
    -- the second that the first call took
    assert.is_true(job:progress().watermark - 1 - horizon <= 1)
    assert.is_true(job:progress().behind >= 180)
    local rows, calls = 0, 0
    for _, line in ipairs(job:ledger()) do
      rows, calls = rows + line.rows, calls + line.calls
      assert.equal("new", line.kind)
      assert.is_true(line.rows <= 3000)
      assert.is_true(line.first >= line.start and line.last <= line.stop
        and line.first <= line.last)
      assert.truthy(({ atomic = true, conserved = true })[line.certificate])
    end
    assert.equal(rows, size(copy))
    assert.is_true(box.gateway.calls - calls <= 2) -- the clock's and the density's
    assert.is_true(box.gateway.calls / rows * 1000 < 14, box.gateway.calls .. " calls for " .. rows)
    job:close()
  end)

  it("is one call when there is little new, and none of it is read before", function()
    local box = busy_box("2026-10-02 00:00:00", { to = T "2026-10-03 00:00:00",
      now = T "2026-10-02 00:00:00" })
    local job = assert(open(client_of(box)))
    local copy, times = read(job)
    for _ = 1, 20 do
      box.host:sleep(600)
      local before = box.gateway.calls
      read(job, copy, times)
      assert.equal(1, box.gateway.calls - before)
    end
    assert_copy(truth(box, job:progress().watermark - 1), copy)
    for _, n in pairs(times) do assert.equal(1, n) end
  end)

  it("takes one call more in a process that does not know the server's clock yet", function()
    local box = small_box(5, 60)
    local state = wdt.state.memory()
    local job = assert(open(client_of(box), { state = state }))
    read(job)
    job:close()
    box.host:sleep(600)
    job = assert(open(client_of(box), { state = state }))
    local before = box.gateway.calls
    read(job)
    assert.equal(2, box.gateway.calls - before)
  end)

  it("with nothing to read yet sends nothing but the first call", function()
    local box = small_box(5, 60)
    local job = assert(open(client_of(box), { from = T(FROM) + 86400 - 60 }))
    assert.is_nil(job:next())
    assert.equal(1, box.gateway.calls)
    assert.equal(T(FROM) + 86400 - 60, job:progress().watermark)
  end)

  it("goes on after the state alone", function()
    local box = small_box(50, 60)
    local state = wdt.state.memory()
    local job = assert(open(client_of(box), { state = state }))
    local copy, times = read(job)
    job:close()
    box.world:put{ modified = math.floor(box.world.now) }
    box.host:sleep(600)
    job = assert(open(client_of(box), { state = state, from = false }))
    read(job, copy, times)
    assert_copy(truth(box, box.world.now), copy)
    for _, n in pairs(times) do assert.equal(1, n) end
  end)

  it("reads what lies before when it is to begin earlier", function()
    local box = small_box(100, 600)
    local state = wdt.state.memory()
    local job = assert(open(client_of(box), { state = state, from = T(FROM) + 30000 }))
    local copy, times = read(job)
    assert.equal(50, size(copy))
    job:close()
    job = assert(open(client_of(box), { state = state }))
    assert.equal(T(FROM), job:progress().watermark)
    read(job, copy, times)
    assert.equal(100, size(copy))
    for _, n in pairs(times) do assert.equal(1, n) end
  end)

  it("ends a window early that holds far more than expected, and still has each row once",
    function()
    for _, edition in ipairs{ "enterprise", "ultimate", "huice" } do
      for _, order in ipairs{ "time_asc", "time_desc", "shuffle" } do
        for _, closed in ipairs{ true, false } do
          local box = sandbox.new{ now = T(FROM) + 86400, fields = "short", order = order,
            closed_end = closed }
          for i = 1, 300 do -- a quiet morning, and then a rush
            box.world:put{ modified = T(FROM) + (i <= 10 and i * 2000 or 20000 + i * 11),
              cancelled = true,
              status = edition == "ultimate" and 5 or 95 }
          end
          local job = assert(open(client_of(box, edition), { rows = 20, query = { page_size = 10 },
            what = edition == "ultimate" and "cancelled_stockouts" or "stockouts" }))
          local copy, times = read(job)
          assert.equal(300, size(copy))
          for version, n in pairs(times) do assert.equal(
            1, n, version .. edition .. order .. tostring(closed)) end
          assert_tiles(job)
          for _, line in ipairs(job:ledger()) do assert.is_true(line.rows <= 150, line.rows) end
        end
      end
    end
  end)

  it("has windows of about the rows that are wanted", function()
    local box = busy_box "2026-10-06 00:00:00"
    local job = assert(open(client_of(box), { rows = 100, query = { page_size = 20 } }))
    local copy = read(job)
    assert_copy(truth(box, job:progress().watermark - 1), copy)
    local windows = job:progress().windows
    assert.is_true(windows > size(copy) / 250 and windows < size(copy) / 20, windows)
    for _, line in ipairs(job:ledger()) do assert.is_true(line.rows <= 500, line.rows) end
  end)

  it("keeps a state that does not grow", function()
    local box = small_box(3000, 28)
    local state = wdt.state.memory()
    local job = assert(open(client_of(box), { state = state, rows = 5, query = { page_size = 10 },
      audit = true,
      revisit = { "1h" } }))
    local sizes = {}
    for window in job:windows() do
      for _ in window:rows() do end
      assert(window:commit())
      sizes[#sizes + 1] = #state.text
    end
    assert.is_true(#sizes > 300)
    assert.is_true(sizes[#sizes] < 1.1 * sizes[200], sizes[#sizes] .. " bytes")
    assert.is_true(sizes[#sizes] < 20000)
  end)
end)

describe("what is read", function()
  it("may be a list of statuses, whose times differ", function()
    local box = busy_box "2026-10-04 00:00:00"
    local job = assert(open(client_of(box), { query = { status = { 55, 95, 110, 5 } } }))
    local copy = read(job)
    local expected = {}
    for _, status in ipairs{ 55, 95, 110, 5 } do
      for _, row in ipairs(truth(box, job:progress().watermark - 1, { status = status })) do
        expected[#expected + 1] = row end
    end
    assert_copy(expected, copy)
    local before = box.gateway.calls
    box.host:sleep(60)
    read(job)
    assert.equal(4, box.gateway.calls - before) -- one per poll and status
  end)

  it("may be the live rows and the archived ones", function()
    local box = busy_box("2026-10-04 00:00:00", { history_before = T "2026-10-02 00:00:00" })
    local job = assert(open(client_of(box), { query = { history = "both" } }))
    local copy = read(job)
    local until_now = job:progress().watermark - 1
    local expected = truth(box, until_now)
    local live = #expected
    for _, row in ipairs(truth(box, until_now, nil, "his_" .. METHOD)) do
      expected[#expected + 1] = row end
    assert.is_true(live > 0 and #expected > live)
    assert_copy(expected, copy)
  end)

  it("may be cancelled rows, of both editions, whether a window includes its end or not", function()
    for _, closed in ipairs{ true, false } do
      local box = busy_box("2026-10-03 00:00:00", { closed_end = closed })
      local job = assert(open(client_of(box, "ultimate"), { what = "cancelled_stockouts" }))
      local copy, times = read(job)
      local expected = truth(box, job:progress().watermark - 1, nil, CANCELLED)
      assert.is_true(#expected > 20)
      assert_copy(expected, copy)
      for _, n in pairs(times) do assert.equal(1, n) end
    end
    local box = busy_box "2026-10-03 00:00:00"
    local job = assert(open(client_of(box), { what = "cancelled_stockouts" }))
    assert_copy(truth(box, T "2026-10-02 23:57:00", { status = 5 }), (read(job)))
  end)

  it("may be any query method of the catalogue", function()
    local box = small_box(30, 60)
    local job = assert(client_of(box):sync{ method = METHOD, query = { status = 95, as = "json" },
      from = FROM,
      state = wdt.state.memory() })
    local rows = 0
    for window in job:windows() do
      for row in window:rows() do
        assert.equal("string", type(row))
        rows = rows + 1
      end
      assert.equal(T(FROM), window.first) -- told although no field was built
      assert.equal(T(FROM) + 29 * 60, window.last)
      window:commit()
    end
    assert.equal(30, rows)
  end)

  it("is refused at the caller when it can't be", function()
    local client = client_of(small_box(0, 1))
    local function refused(expected, options)
      local ok, err = pcall(function()
        local job = open(client, options)
        return job
      end)
      assert.is_false(ok)
      assert.truthy(err:find("copying.lua:", 1, true), err)
      assert.truthy(err:find(expected, 1, true), err)
    end
    refused([[parameter 'what' is "orders", expected "stockouts" or "cancelled_stockouts"]],
      { what = "orders" })
    refused("expected nothing beside 'what'", { method = METHOD })
    refused("parameter 'query.start' is 5, expected nothing: 'from' says where to begin",
      { query = { start = 5 } })
    refused("parameter 'query.src_tid' is \"1\", expected nothing: it looks single orders up",
      { query = { src_tid = "1" } })
    refused("parameter 'from' is \"yesterday\", expected a time", { from = "yesterday" })
    refused("parameter 'state' is table: ", { state = {} })
    refused("parameter 'shop' is", { query = { shop = "x" } })
    refused("parameter 'status' is 95, expected 5 or nothing",
      { what = "cancelled_stockouts", query = { status = 95 } })
    refused("parameter 'query' is 5, expected a table", { query = 5 })
    refused("parameter 'query' is 5, expected a table", { what = "cancelled_stockouts", query = 5 })
    refused("parameter 'stat' is 1, expected nothing", { stat = 1 })
    refused("parameter 'lag' is -1", { lag = -1 })
    refused("parameter 'lag' is inf", { lag = math.huge })
    refused([[parameter 'lag' is "soon"]], { lag = "soon" })
    refused("parameter 'lanes' is 0", { lanes = 0 })
    refused("parameter 'rows' is 1.5", { rows = 1.5 })
    refused("parameter 'follow' is 1", { follow = 1 })
    refused("parameter 'name' is \"\"", { name = "" })
    refused("parameter 'poll.max' is 5", { poll = { max = 5 } })
    refused("parameter 'poll.least' is 0", { poll = { least = 0 } })
    refused("parameter 'poll.most' is 5, expected no less than poll.least",
      { poll = { least = 10, most = 5 } })
    refused([[parameter 'revisit' is "7d", expected a list of rising ages]], { revisit = "7d" })
    refused([[parameter 'revisit' is "1d"]], { revisit = { "7d", "1d" } })
    refused([[parameter 'revisit' is "10m"]], { revisit = { "10m" } })
    refused("parameter 'audit' is table", { audit = {} })
    refused([[parameter 'audit' is "soon"]], { audit = { "soon" } })
    assert.has_error(function() client:sync() end, "parameter 'job' is nil, expected a table")
    assert.has_error(function() client:sync{ method = "shop", state = wdt.state.memory() } end)
  end)
end)

describe("the lag", function()
  it("is what is left unread, in whole seconds", function()
    for given, seconds in pairs{ [0] = 0, [10.5] = 11, ["3m"] = 180, ["2h"] = 7200 } do
      local box = small_box(10, 60)
      local now = math.floor(box.host.clock)
      local job = assert(open(client_of(box), { lag = given }))
      read(job)
      local watermark = job:progress().watermark
      assert.is_true(watermark - 1 >= now - seconds and watermark - 1 <= now - seconds + 1, given)
      assert.equal(("%.0f"):format(watermark), tostring(watermark))
    end
  end)
end)

describe("the clock", function()
  it("is the server's, however wrong the local one is", function()
    for _, skew in ipairs{ 86400, -86400 } do
      local box = small_box(100, 600, { skew = skew })
      local now = box.host.clock
      local job = assert(open(client_of(box)))
      local copy = read(job)
      assert.equal(100, size(copy))
      assert.is_true(math.abs(job:progress().watermark - (now - 180)) <= 3)
    end
  end)

  it("of one server that is ahead does not make the present the past", function()
    local box = small_box(10, 60)
    local state = wdt.state.memory()
    local now = box.host.clock
    -- not enough to be refused, more than the lag
    box.gateway:inject{ kind = "skew", seconds = 280 }
    local job = assert(open(client_of(box), { state = state, from = T(FROM) + 86400 - 600 }))
    local window = assert(job:next())
    assert.is_true(window.stop <= now - 180 + 2)
    for _ in window:rows() do end
    assert.is_true(window.stop <= now - 180 + 2)
    assert(window:commit())
    box.world:put{ modified = now }
    assert.is_nil(job:next())
    box.host:sleep(300)
    assert.equal(1, size(read(job)))
  end)

  it("of one server that is ahead opens no window that has not passed", function()
    local box = small_box(10, 60)
    local state = wdt.state.memory()
    local from = box.host.clock - 100
    box.gateway:inject{ kind = "skew", seconds = 280 }
    local job = assert(open(client_of(box), { state = state, from = from }))
    assert.is_nil(job:next())
    assert.equal(from, job:progress().watermark)
    assert.is_nil(state.text)
  end)

  it("is looked at again even where the pass has ended before the window is read", function()
    local box = small_box(10, 60)
    local now = box.host.clock
    box.gateway:inject{ kind = "skew", seconds = 280 }
    local job = assert(open(client_of(box), { from = T(FROM) + 86400 - 600, lanes = 2 }))
    local window = assert(job:next())
    assert.is_nil(select(2, job:next()))
    for _ in window:rows() do end
    assert.is_true(window.stop <= now - 180 + 2)
    assert(window:commit())
    assert.is_nil((job:next()))
    assert.equal(window.stop + 1, job:progress().watermark)
  end)

  it("that no answer tells is a failure", function()
    local box = small_box(10, 60)
    local answer = box.gateway.handle
    box.gateway.handle = function(...)
      local response, directive = answer(...)
      response.headers.Date = nil
      return response, directive
    end
    local job = assert(open(client_of(box)))
    local window, err, code = job:next()
    assert.is_nil(window)
    assert.equal("clock: the gateway's answers carry no Date, so what is settled can't be told",
      err)
    assert.equal("clock", code)
    box.gateway.handle = answer
    assert.equal(10, size(read(job))) -- and no dead end
  end)
end)
