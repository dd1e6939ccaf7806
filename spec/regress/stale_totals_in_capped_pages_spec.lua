-- A server whose pages hold 3 rows and whose totals are those of the question before had windows of
-- more rows certified `atomic`: 3 rows under a total of 3, left from another window of 3.
local pages = require "wdt.reading.page_size"
local page_test = require "wdt.reading.page_test"
local capped = require "support.capped"

-- Windows of a second that hold 3 rows, 2, 7, 3, 7, … by turns.
local COUNTS = {}
for i = 0, 199 do COUNTS[i + 1] = ({ 3, 2, 7, 3, 7 })[i % 5 + 1] end

describe("stale totals over capped pages", function()
  for _, lanes in ipairs{ 1, 6 } do
    for _, how in ipairs{ "seek", "sweep" } do
      it(("vouch for no window that lacks rows: %s, %d lanes"):format(how, lanes), function()
        local certificate, found, rows = capped.read("stale", COUNTS, how, lanes)
        assert.is_true(certificate == "none" or found == rows, certificate .. " " .. found)
      end)
    end
  end

  it("are no proof that totals count the rows of their own question", function()
    local sheets = pages.new(12)
    sheets:judge(2, 2, 5)
    assert.equal("odd", sheets:judge(3, 3, 2))
    assert.equal("untested", sheets:judge(3, 3, 3)) -- 3 of 7, and 3 rows before
    assert.equal("full", page_test.new(sheets, 3):page(1, 1, 3)) -- a fourth row
  end)

  it("are told from sound ones by a total that no other question has had", function()
    local sheets = pages.new(12)
    sheets:judge(12, 12, 30)
    assert.equal("whole", sheets:judge(7, 7, 7))
    assert.equal("whole", sheets:judge(9, 9, 9))
    assert.equal("whole", sheets:judge(9, 9, 9))
  end)
end)
