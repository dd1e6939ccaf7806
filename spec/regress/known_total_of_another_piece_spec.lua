-- A reading that never ended: rows stood in no order where one was promised, a passed piece was
-- read by itself, and what was known of the pieces before it was taken for its own. It said that
-- the piece held less than a page, whatever came, so the same question was asked forever.
local known_totals = require "wdt.reading.known_totals"
local scenario = require "support.scenario"

local PAGE = 10

-- Known totals of pieces up to 10 and up to 12; then 12..14 is read, and overflows.
local function after_others()
  local known = known_totals.new()
  known:add(12, 15)
  known:add(10, 7)
  known:add(14, 19)
  return known
end

describe("what is known of other pieces", function()
  it("does not make a piece as wide as it was when it overflowed", function()
    local known = after_others()
    assert.equal(1, known:width(12, PAGE, 5.8, true))
    assert.equal(19, known:expect(12, 14, true))
  end)

  it("says nothing of a piece that no known total reaches into", function()
    local known = known_totals.new()
    known:add(10, 7)
    assert.is_nil(known:width(10, PAGE, 5.8, true))
    assert.is_nil(known:expect(10, 14, true))
    assert.is_nil(known:innermost(11, false))
    assert.equal(7, known:innermost(10, false).rows)
    assert.equal(7, known:expect(5, 10, true))
  end)

  it("is not where an empty piece is noted", function()
    local known = known_totals.new()
    known:add(20, 30)
    known:add(10, 7) -- not read yet
    assert.is_nil(known:settle(12, 14, 0, PAGE, true)) -- the total of 20 may still come
    assert.same({ { 12, 14 } }, known:settle(14, 20, 29, PAGE, true))
  end)

  it("that is used up at once has all of its empty pieces asked for again", function()
    local known = known_totals.new()
    known:add(20, 30)
    known:settle(0, 2, 0, PAGE, true)
    known:add(10, 12)
    known:settle(2, 4, 0, PAGE, true)
    local missing = known:settle(4, 20, 5, PAGE, true) -- went on beyond 10
    table.sort(missing, function(a, b) return a[1] < b[1] end)
    assert.same({ { 0, 2 }, { 2, 4 } }, missing)
  end)

  it("ends no reading in the same question again and again", function()
    local result = scenario.run(1241953, { sales = true, odd = true })
    assert.is_nil(result.problem)
  end)
end)
