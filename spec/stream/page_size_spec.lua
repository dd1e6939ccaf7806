-- `page_size = "learn"`, by streams of a sandbox whose pages have a most of their own.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 00:00:00"
local SECONDS, ROWS = 3600, 2600

describe("page_size = \"learn\"", function()
  local box, client, events

  -- A sandbox that answers as `options` say, with an hour of rows.
  local function open(options)
    options.seed, options.now, options.fields = 4, START + 86400, "short"
    box = sandbox.new(options)
    for i = 1, ROWS do
      box.world:put{ modified = START + i * 7919 % SECONDS, status = 5, cancelled = true }
    end
    events = {}
    client = wdt.new(box:settings("ultimate", { rate = 100000, log = function(event)
      if event.event == "page_size" then events[#events + 1] = event.rows end
    end }))
  end

  local function read(query)
    query.start, query.stop = START, START + SECONDS - 1
    local stream = client:cancelled_stockouts(query)
    local known, n = {}, 0
    for row in stream do
      assert.is_nil(known[row.stockout_id])
      known[row.stockout_id], n = true, n + 1
    end
    assert.equal(ROWS, n)
    assert.equal("atomic", stream:progress().certificate)
    return stream:progress().calls
  end

  it("asks for more, with fewer calls, and keeps what it has learnt for later streams", function()
    open{}
    local before = read{}
    local calls = read{ page_size = "learn" }
    assert.same({ 200, 500, 1000 }, events)
    assert.is_true(calls < before / 2, calls)
    assert.is_true(read{ page_size = "learn" } < calls)
    assert.equal(3, #events)
  end)

  it("goes on with the size before where the server refuses one", function()
    open{ page_max = 500 }
    local calls = read{ page_size = "learn" }
    assert.same({ 200, 500, 1000, 500 }, events)
    assert.equal(1, box.gateway.refused)
    read{ page_size = "learn" }
    assert.equal(1, box.gateway.refused)
    assert.is_true(calls < 20, calls)
  end)

  it("goes on with the size before where the server caps one", function()
    open{ page_cap = 500 }
    read{ page_size = "learn" }
    assert.same({ 200, 500, 1000, 500 }, events)
    open{ page_cap = 500, page_instead = 50 }
    read{ page_size = "learn" }
    assert.same({ 200, 500, 1000, 500 }, events)
    open{ page_cap = 100 }
    read{ page_size = "learn" }
    assert.same({ 200, 100 }, events)
  end)

  it("is learnt by several lanes", function()
    open{ page_max = 200 }
    read{ page_size = "learn", lanes = 4 }
    assert.equal(200, events[#events])
  end)

  it("stays with the most that a document tells", function()
    box = sandbox.new{ seed = 4, now = START + 86400, fields = "short" }
    for i = 1, 300 do
      box.world:put{ consign_time = START + i, modified = START + i, status = 95 }
    end
    client = wdt.new(box:settings("enterprise", { rate = 100000 }))
    local n = 0
    for _ in client:stockouts{ start = START, stop = START + 400, page_size = "learn" } do
      n = n + 1
    end
    assert.equal(300, n)
    assert.equal(0, box.gateway.refused) -- more than 100 would be
  end)

  it("tells another failure than of the size as it is", function()
    open{ page_max = 50 } -- below the least
    local stream = client:cancelled_stockouts{ start = START, stop = START + 60,
      page_size = "learn" }
    local row, err, code = stream:next()
    assert.is_nil(row)
    assert.equal("param", code)
    assert.truthy(err:find("page_size", 1, true))
  end)
end)
