-- "1 rows in 1 windows", said a job; an account called "1" is no number.
local words = require "wdt.cli.words"

describe("an English word that a number counts", function()
  it("has no plural after a lone 1", function()
    assert.equal("1 row in 1 window; 21 calls, 1.5 orders",
      words.format("%d rows in %d windows; %d calls, %.1f orders", 1, 1, 21, 1.5))
    assert.equal("1 row of 1,001 rows", words.format("%s rows of %s rows", "1", "1,001"))
    assert.equal("-1 looks", words.format("%d looks", -1))
  end)

  it("is of the template, not of a value; and nothing else is changed", function()
    assert.equal("shop: 1 rows, 1 s, 1% done",
      words.format("%s, %d s, %d%% done", "shop: 1 rows", 1, 1))
    assert.equal("1 was read again: 1 account",
      words.format("%s was read again: %d accounts", "1", 1))
    assert.equal("读取 1 条", words.format("读取 %d 条", 1))
  end)
end)
