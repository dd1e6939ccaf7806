-- A server whose pages hold 3 rows and whose totals are one too few said of 4 rows what a sound one
-- says of 3, and had windows of 4 rows certified `atomic`: nothing asked for the fourth row.
local beijing = require "wdt.beijing"
local pages = require "wdt.reading.page_size"
local page_test = require "wdt.reading.page_test"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 00:00:00"

-- A second of each count, some time apart; read in one window or in several.
local function read(counts, how, lanes)
  local box = sandbox.new{ seed = 5, now = START + 86400, order = "id_asc", page_cap = 3,
    odd = { total = "less" } }
  local rows = 0
  for i, count in ipairs(counts) do
    for _ = 1, count do
      box.world:put{ modified = START + i * 40, consign_time = START + i * 40, status = 95 }
      rows = rows + 1
    end
  end
  local stream = wdt.new(box:settings "enterprise"):stockouts{ start = START,
    stop = START + 8000, status = 95, read = how, lanes = lanes, page_size = 12 }
  local found = 0
  for _ in stream do found = found + 1 end
  return stream:progress().certificate, found, rows
end

describe("totals that are one too few over capped pages", function()
  for _, lanes in ipairs{ 1, 6 } do
    for _, how in ipairs{ "seek", "sweep" } do
      it(("vouch for no window that lacks rows: %s, %d lanes"):format(how, lanes), function()
        for _, counts in ipairs{ { 4 }, { 2, 2 }, { 2, 4, 4 }, { 1, 3, 4, 4, 2, 4 } } do
          local certificate, found, rows = read(counts, how, lanes)
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
