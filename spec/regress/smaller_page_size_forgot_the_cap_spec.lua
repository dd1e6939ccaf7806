-- On a server whose pages hold 3 rows and whose totals are those of the question before, a short
-- page was taken for a size of 1; a page of 3 rows refuted that, and the size asked for was
-- believed again: 3 of more rows, with a stale total of 3, were certified as all there is.
local pages = require "wdt.reading.page_size"

describe("a page that is longer than was believed", function()
  local function capped_at_three()
    local sheets = pages.new(15)
    assert.equal("odd", sheets:judge(3, 3, 200))
    assert.equal("full", sheets:judge(3, 3, 11)) -- short by the same number, at another total
    assert.equal("odd", sheets:judge(1, 1, 11))
    assert.equal("full", sheets:judge(1, 1, 9))
    assert.equal(1, sheets.size)
    return sheets
  end

  it("brings back a larger size that was believed before", function()
    local sheets = capped_at_three()
    assert.equal("full", sheets:judge(3, 3, 3))
    assert.equal(3, sheets.size)
  end)

  it("refutes that as well where it is longer than that", function()
    local sheets = capped_at_three()
    assert.equal("untested", sheets:judge(4, 4, 4))
    assert.equal(15, sheets.size)
    assert.equal("whole", sheets:judge(3, 3, 3))
  end)
end)
