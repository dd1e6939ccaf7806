-- Readings by Qimen, and by both routes: complete whatever moves, and each row once.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local scenario = require "support.scenario"
local two_routes = require "support.two_routes"
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
    { "of the Taobao part", { route = "qimen", taobao = 0.6 } },
    { "of the other part", { route = "direct", taobao = 0.4 } },
    { "of both parts", { route = "both", taobao = 0.5 } },
    { "of the ultimate edition's Taobao part", { route = "qimen", sales = true, taobao = 0.6 } },
    { "of both parts of the ultimate edition",
      { route = "both", sales = true, taobao = 0.5 } } } do
    it(case[1] .. " loses nothing, invents nothing, repeats nothing", function()
      local rows, uncertified = 0, 0
      for seed = 1, SEEDS do
        local result = scenario.run(seed, case[2])
        assert.is_nil(result.problem, ("%s\n%s"):format(result.what, tostring(result.problem)))
        rows = rows + result.rows
        if result.progress.certificate == "none" then uncertified = uncertified + 1 end
      end
      local part = case[2].taobao and case[2].route ~= "both"
      assert.is_true(rows > SEEDS * (part and 20 or 50), rows)
      assert.is_true(uncertified < SEEDS / 2, uncertified)
    end)
  end
end)

describe("a month by both routes", function()
  for _, edition in ipairs(EDITIONS) do
    it("is the union of what each shows alone (" .. edition .. ")", function()
      local stop = START + 30 * 86400 - 1
      local box = sandbox.new{ seed = 3, now = stop + 86400, fields = "short" }
      local other = sandbox.new{ seed = 4, now = stop + 86400, fields = "short",
        first_id = 5000000 }
      for i = 0, 199 do
        box.world:put{ modified = START + i * 12900, status = 95 }
        other.world:put{ modified = START + 77 + i * 12800, status = i % 3 == 0 and 110 or 95 }
      end
      two_routes.attach(box, other)
      local client = wdt.new(two_routes.settings(box, edition, { rate = 100000 }))
      local truth = {}
      for name, one in pairs{ direct = box, qimen = other } do
        truth[name] = {}
        for _, row in ipairs(one.world:all{ clock = "consign_time", from = START, to = stop,
          status = { 95, 110 } }) do
          truth[name][tostring(row.id)] = beijing.format(row.modified)
        end
      end
      local both = {}
      for _, part in pairs(truth) do
        for id, modified in pairs(part) do both[id] = modified end
      end
      truth.both = both
      for route, expected in pairs(truth) do
        local stream = client:stockouts{ start = START, stop = stop, route = route }
        assert.same(expected, (read(stream)))
        assert.equal(0, stream:progress().uncertified, route)
      end
      assert.equal(400, client:count(edition == "ultimate" and SALES or TRADE,
        { start = START, stop = stop, route = "both", status = edition == "ultimate" and 95
          or nil }))
    end)
  end
end)

describe("a row that both routes show", function()
  local function make(edition, settings)
    local box = sandbox.new{ seed = 5, now = START + 90000, fields = "short" }
    local other = sandbox.new{ seed = 6, now = START + 90000, fields = "short" }
    two_routes.attach(box, other)
    return box, other, wdt.new(two_routes.settings(box, edition, settings))
  end

  local function list(client, more)
    local query = { start = START, stop = START + 3599, route = "both" }
    for name, value in pairs(more or {}) do query[name] = value end
    local result = {}
    for row in client:stockouts(query) do
      result[#result + 1] = tostring(row.stockout_id) .. " " .. row.modified
    end
    return result
  end

  for _, edition in ipairs(EDITIONS) do
    it("comes once in each version, and never an older one after a newer (" .. edition .. ")",
      function()
      local box, other, client = make(edition)
      local function put(id, direct, qimen)
        box.world:put{ id = id, modified = START + direct, consign_time = START + 10 }
        other.world:put{ id = id, modified = START + qimen, consign_time = START + 10 }
      end
      put(1, 100, 100)
      put(2, 100, 200) -- changed between the two readings
      put(3, 200, 100) -- a replica that lags
      local function version(id, seconds)
        return id .. " " .. beijing.format(START + seconds)
      end
      local got = list(client)
      table.sort(got)
      assert.same({ version(1, 100), version(2, 100), version(2, 200), version(3, 200) }, got)
    end)
  end

  it("is told from another by the last digit of its identity", function()
    local box, other, client = make "enterprise"
    local ids = { 2756286207594850, 2756286207594851 }
    box.world:put{ id = ids[1], modified = START + 10 }
    for i = 1, 2 do other.world:put{ id = ids[i], modified = START + 10 } end
    local got = list(client)
    assert.equal(2, #got)
    for i = 1, 2 do assert.equal(1, got[i]:find(("%.0f"):format(ids[i]), 1, true), got[i]) end
  end)

  it("proves nothing about the other route: each of them is counted by itself", function()
    local box, other, client = make "enterprise"
    for i = 1, 250 do
      box.world:put{ id = i, modified = START + i * 10 }
      other.world:put{ id = i, modified = START + i * 10 }
    end
    local stream = client:stockouts{ start = START, stop = START + 3599, route = "both" }
    assert.equal(250, select(2, read(stream)))
    assert.equal(0, stream:progress().uncertified)
    assert.equal(500, client:count(TRADE, { start = START, stop = START + 3599, route = "both" }))
  end)
end)

describe("an audit by both routes", function()
  it("takes no hour for grown because both show its rows", function()
    local box = sandbox.new{ seed = 8, now = START + 11000, fields = "short" }
    local other = sandbox.new{ seed = 9, now = START + 11000, fields = "short" }
    for i = 1, 100 do
      box.world:put{ id = i, modified = START + i * 100 }
      other.world:put{ id = i, modified = START + i * 100 + i % 2 }
    end
    two_routes.attach(box, other)
    local client = wdt.new(two_routes.settings(box, "enterprise", { rate = 10000 }))
    local job = assert(client:sync{ what = "stockouts", route = "both", from = START,
      state = wdt.state.memory(), audit = { "6h" } })
    local rows = {}
    for _ = 1, 2 do
      for window in job:windows() do
        for row in window:rows() do
          rows[#rows + 1] = tostring(row.stockout_id) .. " " .. row.modified
        end
        assert(window:commit())
      end
      box.host:sleep(8 * 3600)
    end
    local progress = job:progress()
    job:close()
    assert.equal(150, #rows) -- of the odd ones Qimen shows a later version
    assert.is_true(progress.audited >= 2)
    assert.equal(0, progress.grown)
  end)
end)

describe("pages by Qimen", function()
  it("are asked for one after the other, unless a query says otherwise", function()
    local box = sandbox.new{ seed = 7, now = START + 90000, fields = "short" }
    for i = 1, 400 do box.world:put{ modified = START + i * 100 } end
    two_routes.attach(box)
    local client = wdt.new(two_routes.settings(box, "enterprise", { lanes = 4, rate = 10000 }))
    local host, most = box.host, 0
    local open = host.open
    function host.open(...)
      local exchange, err, code = open(...)
      most = math.max(most, host.in_use)
      return exchange, err, code
    end
    for _, case in ipairs{ { "qimen", nil, true }, { "both", nil, true }, { "direct", nil, false },
      { "qimen", 3, false } } do
      most = 0
      read(client:stockouts{ start = START, stop = START + 40000, page_size = 10, route = case[1],
        lanes = case[2] })
      assert.equal(case[3], most == 1, case[1])
    end
  end)
end)
