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
end)

describe("a code point", function()
  it("is one to four bytes of UTF-8, at each border", function()
    local expected = { [0] = "\0", [0x7F] = "\127", [0x80] = "\194\128", [0x7FF] = "\223\191",
      [0x800] = "\224\160\128", [0x4E2D] = "中", [0xFFFF] = "\239\191\191",
      [0x10000] = "\240\144\128\128", [0x1F600] = "😀", [0x10FFFF] = "\244\143\191\191" }
    for code, text in pairs(expected) do assert.equal(text, codepoint.utf8(code)) end
  end)
end)
