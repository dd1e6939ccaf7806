-- The sandbox ignored the numbers of a look-up where times were given too, refused is_by_modified=1
-- without a status, which production sends, took a lone low surrogate for a character, and
-- `sandbox.new{ gateway = {…} }` crashed.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wire = require "wdt.sandbox.wire"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 00:00:00"

local function ids(stream)
  local list = {}
  for row in stream do list[#list + 1] = tonumber(row.stockout_id or row.refund_id) end
  table.sort(list)
  return list
end

describe("the sandbox", function()
  for _, generated in ipairs{ true, false } do
    it("looks up by number within a window" .. (generated and ", of generated rows" or ""),
      function()
      local options = { now = START + 172800 }
      if generated then
        options.from, options.to, options.rows_per_day = START, START + 86399, 200
      end
      local box = sandbox.new(options)
      for i = 1, generated and 0 or 50 do
        box.world:put{ modified = START + 3600 + i, status = 95 }
      end
      local client = wdt.new(box:settings "enterprise")
      local all, first = 0, nil
      for so in client:stockouts{ start = START, stop = START + 86399 } do
        all, first = all + 1, first or so
      end
      assert.is_true(all > 40)
      local found = ids(client:stockouts{ start = START, stop = START + 86399,
        stockout_no = first.order_no })
      assert.same({ tonumber(first.stockout_id) }, found)
      -- and not outside of it
      local at = beijing.parse(first.consign_time)
      assert.same({}, ids(client:stockouts{ start = at + 1, stop = START + 86399,
        stockout_no = first.order_no }))
      local refunds = {}
      for row in client:records("refund_query", { start = START, stop = START + 86399 }) do
        refunds[#refunds + 1] = row
      end
      assert.is_true(#refunds > 40)
      assert.same({ tonumber(refunds[7].refund_id) }, ids(client:records("refund_query",
        { start = START, stop = START + 86399, refund_no = refunds[7].refund_no })))
    end)
  end

  it("takes is_by_modified without a status: shipped and completed, by the last change", function()
    local box = sandbox.new{ now = START + 172800 }
    box.world:put{ modified = START + 90000, consign_time = START + 5, status = 95 }
    box.world:put{ modified = START + 6, consign_time = START - 86400, status = 110 }
    local client = wdt.new(box:settings "enterprise")
    local stream = client:stockouts{ start = START, stop = START + 60, is_by_modified = 1 }
    local row = stream:next()
    assert.equal(beijing.format(START + 6), row.modified)
    assert.is_nil((stream:next()))
    assert.not_equal("none", stream:progress().certificate)
  end)

  it("takes no half of a surrogate pair for a character", function()
    assert.same({ "😀" }, wire.json '["\\ud83d\\ude00"]')
    for _, text in ipairs{ '["\\ud83d"]', '["\\ude00"]', '["\\ud83dx"]', '["\\ud83d\\u0041"]',
      '["\\ude00\\ud83d"]', '["\\udfff"]' } do
      assert.is_nil(wire.json(text), text)
    end
  end)

  it("takes options of its parts as tables", function()
    local box = sandbox.new{ gateway = { page_cap = 7 }, world = { seed = 3 }, now = START }
    assert.equal(7, box.gateway.page_cap)
    assert.equal(3, box.world.seed)
    assert.equal(box.world, box.gateway.world)
    assert.equal(box.gateway, box.host.gateway)
    local again = sandbox.new{ gateway = box.gateway }
    assert.equal(box.world, again.world)
    assert.has_error(function() sandbox.new{ gateway = 5 } end,
      "parameter 'gateway' is 5, expected a gateway, or its options")
    assert.has_error(function() sandbox.new{ world = 5 } end,
      "parameter 'world' is 5, expected a world, or its options")
    assert.has_error(function() sandbox.new{ gateway = { colour = 1 } } end)
  end)
end)
