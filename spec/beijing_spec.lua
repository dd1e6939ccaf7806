local beijing = require "wdt.beijing"

describe("Beijing time", function()
  it("reads and writes the same second", function()
    for epoch = -3600 * 8, 2 ^ 32, 2 ^ 32 / 997 do
      local t = math.floor(epoch)
      assert.equal(t, beijing.parse(beijing.format(t)))
    end
  end)

  it("agrees with the two epochs of the documents", function()
    assert.equal(0, beijing.parse "1970-01-01 08:00:00") -- seed E §3.2
    assert.equal(1325347200, beijing.parse "2012-01-01 00:00:00") -- seed U §3.2
    assert.equal(beijing.EPOCH_2012, beijing.parse "2012-01-01 00:00:00")
  end)

  it("knows leap days", function()
    assert.equal("2024-02-29 12:00:00", beijing.format(beijing.parse "2024-02-29 12:00:00"))
    assert.equal("2026-03-01 00:00:00", beijing.format(beijing.parse "2026-02-28 23:59:59" + 1))
    assert.equal("2000-02-29 00:00:00", beijing.format(beijing.parse "2000-02-29 00:00:00"))
  end)

  it("does not take a day for the one before", function()
    local day = beijing.parse "2026-11-20 00:00:00"
    assert.equal(day + 86399, beijing.parse "2026-11-20 23:59:59")
    assert.is_nil(beijing.parse "2026-11-31 00:00:00")
    assert.is_nil(beijing.parse "2026-11-31 00:00:00")
    assert.equal(day + 86400, beijing.parse "2026-11-21 00:00:00")
    assert.equal(day, beijing.parse "2026-11-20 00:00:00")
  end)

  it("refuses what is not a time", function()
    for _, text in ipairs{ "", "2026-11-01", "2026-02-29 00:00:00", "2026-04-31 00:00:00",
      "2026-13-01 00:00:00",
      "2026-00-01 00:00:00", "2026-01-00 00:00:00", "2026-01-01 24:00:00", "2026-01-01 00:60:00",
      "2026-01-01 00:00:60",
      "2026-1-1 00:00:00", "2026-01-01T00:00:00", " 2026-01-01 00:00:00",
      "2026-01-01 00:00:00 " } do
      assert.is_nil(beijing.parse(text), text)
    end
    local good = "2026-11-20 19:59:58"
    for i = 1, #good do
      for _, other in ipairs{ "/", ":", "x", " ", "\0", "9:" } do
        local text = good:sub(1, i - 1) .. other .. good:sub(i + 1)
        if text ~= good then assert.is_nil(beijing.parse(text), text) end
      end
    end
    assert.is_nil(beijing.parse "2026-11-20 29:00:00")
    assert.is_nil(beijing.parse(20260101))
    assert.is_nil(beijing.parse(nil))
  end)

  it("reads and writes an HTTP date", function()
    -- RFC 9110 §5.6.7
    assert.equal(784111777, beijing.parse_http_date "Sun, 06 Nov 1994 08:49:37 GMT")
    assert.equal("Sun, 06 Nov 1994 08:49:37 GMT", beijing.http_date(784111777))
    for _, text in ipairs{ "", "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun, 06 Foo 1994 08:49:37 GMT" } do
      assert.is_nil(beijing.parse_http_date(text), text)
    end
    assert.is_nil(beijing.parse_http_date(nil))
  end)
end)
