-- With `decimal = "scaled"` a number that is no whole number of units of 1/10000 came out as
-- itself, not to be told from one of units: 1e2 as 100, which says 0.01.
local core = require "wdt.core"

local function value(json)
  local decoder = core.decoder{ path = "list", types = { v = "scaled" } }
  decoder:feed('{"list":[{"v":' .. json .. "}]}")
  local row = assert(decoder:next())
  assert(decoder:finish())
  return row.v, decoder:findings().retyped_fields
end

describe("a scaled decimal", function()
  it("that does not fit is its text, as a number or as a text", function()
    for _, digits in ipairs{ "1e2", "1E2", "33.333333", "0.00001", "1234567890123456",
      "-1234567890123456",
      "12345678901234567890" } do
      for _, json in ipairs{ digits, '"' .. digits .. '"' } do
        local v, retyped = value(json)
        assert.equal("string", type(v), json)
        assert.equal(digits, v)
        assert.equal(1, retyped)
      end
    end
  end)

  it("that fits is in units", function()
    for digits, units in pairs{ ["12.5"] = 125000, ["1.00000000"] = 10000, ["-0.0001"] = -1,
      ["0"] = 0, ["100"] = 1000000 } do
      assert.equal(units, (value(digits)))
      assert.equal(units, (value('"' .. digits .. '"')))
    end
  end)
end)
