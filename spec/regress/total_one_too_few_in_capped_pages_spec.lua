-- A server whose pages hold 3 rows and whose totals are one too few said of 4 rows what a sound one
-- says of 3, and had windows of 4 rows certified `atomic`: nothing asked for the fourth row.
local pages = require "wdt.reading.page_size"
local page_test = require "wdt.reading.page_test"
local capped = require "support.capped"

describe("totals that are one too few over capped pages", function()
  for _, lanes in ipairs{ 1, 6 } do
    for _, how in ipairs{ "seek", "sweep" } do
      it(("vouch for no window that lacks rows: %s, %d lanes"):format(how, lanes), function()
        for _, counts in ipairs{ { 4 }, { 2, 2 }, { 2, 4, 4 }, { 1, 3, 4, 4, 2, 4 } } do
          local certificate, found, rows = capped.read("less", counts, how, lanes)
          assert.is_true(certificate == "none" or found == rows, certificate .. " " .. found)
        end
      end)
    end
  end
end)

describe("a test of a page that may have been cut", function()
  local function test_of(held)
    local sheets = pages.new(12)
    assert.equal("untested", sheets:judge(held, held, held))
    return page_test.new(sheets, held), sheets
  end

  it("asks for the row after those shown, which shows where the server stops", function()
    local test, sheets = test_of(3)
    assert.same({ 3, 1 }, { test:ask() })
    assert.equal("full", test:page(1, 1, 3))
    assert.equal(3, sheets.size)
  end)

  it("is passed where no row follows and the total is what it was", function()
    local test, sheets = test_of(3)
    assert.equal("whole", test:page(0, 0, 3))
    assert.is_true(sheets.counts)
  end)

  it("is not passed where a row has left that could have hidden another", function()
    assert.equal("full", test_of(3):page(0, 0, 2))
  end)

  it("asks for a page of one row, and again, where later pages tell no total", function()
    local test = test_of(3)
    assert.is_nil(test:page(0, 0, nil))
    assert.same({ 0, 1 }, { test:ask() })
    assert.is_nil(test:page(1, 0, 3))
    assert.same({ 0, 12 }, { test:ask() })
    assert.equal("whole", test:page(3, 0, 3))
  end)

  it("is not passed by other rows than were shown", function()
    local test = test_of(3)
    test:page(0, 0, nil)
    test:page(1, 0, 3)
    assert.equal("full", test:page(3, 1, 3))
  end)

  it("is not taken again by a row that hides and comes back", function()
    local test = test_of(3)
    test:page(0, 0, nil)
    assert.equal("full", test:page(1, 0, 2))
  end)

  it("is failed by totals that count no more than their page", function()
    local test, sheets = test_of(3)
    test:page(0, 0, nil)
    assert.equal("full", test:page(1, 0, 1))
    assert.equal("full", sheets:judge(3, 3, 3)) -- not tested again
  end)
end)
