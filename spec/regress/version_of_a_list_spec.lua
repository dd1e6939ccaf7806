-- A row whose time of change came as a list or an object got a version that named an address of
-- memory ("table: 0x55…"), later than every time: no other version of it was ever taken again.
local core = require "wdt.core"
local kinds = require "wdt.sink.kinds"

describe("the version of a row", function()
  it("is none where a list or an object stands in its place", function()
    assert.equal("", kinds.version(setmetatable({}, core.array_mt)))
    assert.equal("", kinds.version{ at = "2026-11-01 08:00:00" })
    assert.equal("2026-11-01 08:00:05.250", kinds.version "1793491205250")
  end)
end)
