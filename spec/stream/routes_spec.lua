-- Readings by Qimen, and by both routes: complete whatever moves, and each row once.
local beijing = require "wdt.beijing"
local canned = require "support.canned"
local sandbox = require "wdt.sandbox"
local scenario = require "support.scenario"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 00:00:00"
local TRADE, SALES = "stockout_order_query_trade", "wms.stockout.Sales.queryWithDetail"
local EDITIONS = { "enterprise", "ultimate" }
local SEEDS = rawget(_G, "jit") and 24 or 10

-- Rows by identity; fails for one that comes twice in the same version.
local function read(stream)
  local rows, versions, n = {}, {}, 0
  while true do
    local row, err = stream:next()
    assert.is_nil(err)
    if not row then return rows, n end
    local id = tostring(row.stockout_id)
    local version = id .. " " .. row.modified
    assert.is_nil(versions[version], version)
    versions[version], n = true, n + 1
    rows[id] = row.modified
  end
end

describe("a simulated reading", function()
  for _, case in ipairs{ { "by Qimen", { route = "qimen" } },
    { "by both routes, which show the same", { route = "both" } },
    { "of the ultimate edition by Qimen", { route = "qimen", sales = true } },
    { "of the ultimate edition by both", { route = "both", sales = true } },
    { "by Qimen, by sweep while rows only leave",
      { route = "qimen", sweep = true, still = true } },
    { "by both, by sweep", { route = "both", sweep = true } },
    { "by the own gateway, of its part", { route = "direct" } } } do
    it(case[1] .. " loses nothing, invents nothing, repeats nothing", function()
      local rows, uncertified = 0, 0
      for seed = 1, SEEDS do
        local result = scenario.run(seed, case[2])
        assert.is_nil(result.problem, ("%s\n%s"):format(result.what, tostring(result.problem)))
        rows = rows + result.rows
        if result.progress.certificate == "none" then uncertified = uncertified + 1 end
      end
      assert.is_true(rows > SEEDS * 20)
      assert.is_true(uncertified < SEEDS / 2, uncertified)
    end)
  end
end)

describe("a month by both routes", function()
  for _, edition in ipairs(EDITIONS) do
    it("is the union of what each shows alone (" .. edition .. ")", function()
      local stop = START + 30 * 86400 - 1
      local box = sandbox.new{ seed = 3, now = stop + 86400, from = START - 86400,
        to = stop + 86400, rows_per_day = 20, fields = "short", taobao = 0.4, both = 0.05 }
      local client = wdt.new(box:settings(edition, { route = "qimen", rate = 100000 }))
      local counted = {}
      for _, route in ipairs{ "direct", "qimen", "both" } do
        local truth, n = {}, 0
        for _, row in ipairs(box.world:all{ clock = "consign_time", from = START, to = stop,
          route = route ~= "both" and route or nil, history = "both",
          status = edition == "ultimate" and { 95, 105, 110, 113 } or { 95, 110 } }) do
          truth[tostring(row.id)], n = beijing.format(row.modified), n + 1
        end
        local stream = client:stockouts{ start = START, stop = stop, route = route,
          history = "both" }
        assert.same(truth, (read(stream)))
        assert.equal(0, stream:progress().uncertified, route)
        counted[route] = n
      end
      assert.is_true(counted.both > 300 and counted.qimen > 100)
      assert.is_true(counted.direct + counted.qimen > counted.both) -- both show some
      assert.equal(counted.direct + counted.qimen,
        client:count(edition == "ultimate" and SALES or TRADE, { start = START, stop = stop,
          route = "both", history = "both", status = edition == "ultimate" and 95 or nil }))
    end)
  end
end)

describe("a row that both routes show", function()
  -- A client of two gateways that show these rows, `{ id, modified }`.
  local function client_of(direct, qimen)
    local function list(rows)
      local parts = {}
      for i, row in ipairs(rows) do
        parts[i] = ('{"stockout_id":%s,"modified":"%s","consign_time":"2026-11-01 00:00:10"}')
          :format(row[1], beijing.format(START + row[2]))
      end
      return ('"total_count":%d,"stockout_list":[%s]'):format(#rows, table.concat(parts, ","))
    end
    local host = canned.host(function(fields)
      local at = "2026-11-01 00:00:10"
      local rows = fields.app_key and qimen or direct
      if fields.start_time > at or fields.end_time < at then rows = {} end
      if fields.app_key then return '{"response":{"errorcode":0,' .. list(rows) .. "}}" end
      return '{"code":0,' .. list(rows) .. "}"
    end)
    return wdt.new(canned.settings("enterprise", host))
  end

  local function all(client)
    local got = {}
    for row in client:stockouts{ start = START, stop = START + 3599, route = "both" } do
      got[#got + 1] = tostring(row.stockout_id) .. " " .. row.modified
    end
    return got
  end

  local function version(id, seconds) return id .. " " .. beijing.format(START + seconds) end

  it("comes once in each version, and never an older one after a newer", function()
    local client = client_of({ { '"1"', 100 }, { '"2"', 100 }, { '"3"', 200 } },
      -- of the second it is a later one, of the third a replica's
      { { "1", 100 }, { "2", 200 }, { "3", 100 } })
    assert.same({ version(1, 100), version(2, 100), version(3, 200), version(2, 200) },
      all(client))
  end)

  it("is told from another by the last digit of its identity, as text and as a number", function()
    local client = client_of({ { '"2756286207594856469"', 10 } },
      { { "2756286207594856469", 10 }, { "2756286207594856470", 10 } })
    assert.same({ version("2756286207594856469", 10), version("2756286207594856470", 10) },
      all(client))
  end)
end)

describe("an audit by both routes", function()
  it("takes no hour for grown because both show its rows", function()
    local box = sandbox.new{ seed = 8, now = START + 11000, fields = "short", taobao = 0.5,
      both = 1 }
    for i = 1, 100 do box.world:put{ id = i, modified = START + i * 100 } end
    local client = wdt.new(box:settings("enterprise", { route = "qimen", rate = 10000 }))
    local job = assert(client:sync{ what = "stockouts", route = "both", from = START,
      state = wdt.state.memory(), audit = { "6h" } })
    local rows = 0
    for _ = 1, 2 do
      for window in job:windows() do
        for _ in window:rows() do rows = rows + 1 end
        assert(window:commit())
      end
      box.host:sleep(8 * 3600)
    end
    local progress = job:progress()
    job:close()
    assert.equal(100, rows)
    assert.is_true(progress.audited >= 2)
    assert.equal(0, progress.grown)
  end)
end)

describe("pages by Qimen", function()
  -- A gateway that answers pages empty which are asked for while it is busy (facts on Qimen §7).
  local function client_of(more)
    local box = sandbox.new{ seed = 7, now = START + 90000, fields = "short", taobao = 0.5,
      latency = 0.2, odd = { crowded = 0.15 } }
    for i = 1, 400 do box.world:put{ modified = START + i * 100 } end
    local settings = { route = "qimen", lanes = 4, rate = 10000 }
    for name, value in pairs(more or {}) do settings[name] = value end
    return wdt.new(box:settings("enterprise", settings)), box.host
  end

  it("are asked for one after the other, unless a query says otherwise", function()
    for _, case in ipairs{ { "qimen", nil, true }, { "both", nil, true },
      { "direct", nil, false }, { "qimen", 3, false } } do
      local client, host = client_of()
      local most, open = 0, host.open
      function host.open(...)
        local exchange, err, code = open(...)
        most = math.max(most, host.in_use)
        return exchange, err, code
      end
      local stream = client:stockouts{ start = START, stop = START + 40000, page_size = 10,
        route = case[1], lanes = case[2] }
      read(stream)
      assert.equal(case[3], most == 1, case[1])
      if case[3] then assert.equal(0, stream:progress().uncertified) end
    end
  end)
end)
