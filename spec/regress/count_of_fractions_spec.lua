-- A count over several windows of the enterprise edition stepped by a second, so that a server
-- which keeps fractions of seconds and compares exactly did not count the rows between two windows.
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local FROM = 1790000000
local DAY = 86400

describe("a count", function()
  it("holds the rows whose fractions stand between two windows, and at the end", function()
    local box = sandbox.new{ seed = 3, rows_per_day = 2000, from = FROM, to = FROM + 40 * DAY,
      now = FROM + 41 * DAY, odd = { fraction = true } }
    local client = wdt.new(box:settings "enterprise")
    local span = wdt.catalog.enterprise.stockout_order_query_trade.span
    -- The first window ends in the second of a row that stands half a second later.
    local boundary
    for _, row in ipairs(box.world:all{ clock = "consign_time", status = 95,
      from = FROM + 33 * DAY, to = FROM + 34 * DAY }) do
      boundary = row.id % 2 == 1 and row.consign_time or boundary
    end
    local range = { start = boundary - span, stop = boundary + DAY, status = 95 }
    local counted, read = assert(client:count("stockout_order_query_trade", range)), 0
    for _ in client:stockouts(range) do read = read + 1 end
    assert.is_true(read > 1000)
    assert.equal(read, counted)
  end)
end)
