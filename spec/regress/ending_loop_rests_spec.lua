-- Once a loop was told to end, every task that slept was woken, at each turn: those that look at
-- things now and then (figures, alarms, leases) slept again at once, and the process span until the
-- last window of another account was read. And that account, which waited for its rate, failed with
-- "interrupted" where only one whose gateway was away was to be left. Counted are turns, not time.
local loop_of = require "wdt.host.loop"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

describe("a loop that is to end", function()
  it("breaks off the sleep of those tasks that are named, and lets the others rest", function()
    local leaving, turns, looks = false, 0, 0
    local loop = loop_of.new(function()
      return leaving and function(name) return name == "away" end
    end)
    local pool = loop.plain.pool
    loop.plain = setmetatable({ pool = { news = function() return pool:news() end,
      turn = function(_, ...)
        turns = turns + 1
        return pool:turn(...)
      end } }, { __index = loop.plain })
    local slept, left = nil, nil
    loop:spawn("last window", function() slept = loop:sleep(0.3) end)
    loop:spawn("away", function() left = { loop:sleep(1000) } end)
    loop:spawn("figures", function()
      while not slept do
        looks = looks + 1
        loop:sleep(0.05)
      end
    end)
    loop:spawn("signal", function()
      loop:sleep(0.01)
      leaving = true
    end)
    assert.same({}, loop:run())
    assert.is_true(slept)
    assert.same({ nil, "interrupted: interrupted", "interrupted" }, left)
    assert.is_true(looks <= 7, looks)
    assert.is_true(turns <= 40, turns) -- it had been tens of thousands
    pool:close()
  end)

  it("breaks all off where no names are told, as ever", function()
    local loop = loop_of.new(function() return true end)
    local left
    loop:spawn("x", function() left = select(3, loop:sleep(1000)) end)
    assert.same({}, loop:run())
    assert.equal("interrupted", left)
    loop:close()
  end)

  it("does not have a call tried again that waited for its gateway", function()
    local from = 1790000000
    local box = sandbox.new{ seed = 5, rows_per_day = 300, from = from, to = from + 3600,
      now = from + 7200 }
    local settings = box:settings "enterprise"
    local client = wdt.new(settings)
    local opened = 0
    box.host.open = function()
      opened = opened + 1
      return nil, "connect: no one is there", "connect"
    end
    box.host.sleep = function() return nil, "interrupted: interrupted", "interrupted" end
    local _, err, code = client:call("shop", { }, { page_no = 0, page_size = 10 })
    assert.same({ "connect: no one is there", "connect" }, { err, code })
    assert.equal(1, opened)
  end)
end)
