-- The small leaves: lengths of time, code points.
local codepoint = require "wdt.codepoint"
local duration = require "wdt.duration"

describe("a length of time", function()
  it("is seconds", function()
    assert.same({ 90, 900, 21600, 2592000, 0 }, { duration.parse "90s", duration.parse "15m",
      duration.parse "6h", duration.parse "30d", duration.parse "0s" })
    assert.equal(1209600, duration.parse "2w")
  end)

  it("is none in other words", function()
    for _, text in ipairs{ "", "90", "s", "1.5h", "-1s", "1 h", "1y", "1h\n" } do
      assert.is_nil(duration.parse(text), text)
    end
  end)

  it("is read as a clock's, to the nearest second", function()
    for seconds, text in pairs{ [0] = "0:00", [5.4] = "0:05", [59.5] = "1:00", [125] = "2:05",
      [3599] = "59:59", [3725] = "1:02:05", [360000] = "100:00:00" } do
      assert.equal(text, duration.clock(seconds))
    end
  end)

  it("is a number within bounds, where one is asked for", function()
    for _, value in ipairs{ 0.1, 1, duration.DAY } do
      assert.is_true(duration.is_seconds(value, 0.1, duration.DAY))
    end
    for _, value in ipairs{ 0, 86401, "1", true, 0 / 0, math.huge } do
      assert.is_false(duration.is_seconds(value, 0.1, duration.DAY), tostring(value))
    end
  end)
end)

describe("a code point", function()
  it("is one to four bytes of UTF-8, at each border", function()
    local expected = { [0] = "\0", [0x7F] = "\127", [0x80] = "\194\128", [0x7FF] = "\223\191",
      [0x800] = "\224\160\128", [0x4E2D] = "中", [0xFFFF] = "\239\191\191",
      [0x10000] = "\240\144\128\128", [0x1F600] = "😀", [0x10FFFF] = "\244\143\191\191" }
    for code, text in pairs(expected) do assert.equal(text, codepoint.utf8(code)) end
  end)
end)
