-- One version was handed out twice where the server spelt its time as text in one answer and in
-- milliseconds in another.
local seen = require "wdt.reading.seen"

describe("a version", function()
  it("is the same in text and in epoch milliseconds", function()
    local s = seen.new()
    assert.is_true((s:fresh("1", "2026-11-01 08:00:05", 10, s:turn())))
    assert.is_false((s:fresh("1", 1793491205000, 10, s:turn())))
    assert.is_true((s:fresh("1", 1793491206000, 10, s:turn())))
    assert.is_false((s:fresh("1", "2026-11-01 08:00:06", 10, s:turn())))
  end)
end)
