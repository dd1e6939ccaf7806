-- The plan had looked at the next query or block when a window was drawn in: what was left of the
-- window went to the wrong one, longer than the cap, or was lost.
local window = require "wdt.reading.window"

describe("a plan whose last window is drawn in after it has looked ahead", function()
  it("goes on with what is left, of the query that it belongs to", function()
    for _, shared in ipairs{ true, false } do
      for variants = 1, 2 do
        local plan = window.plan{ start = 0, stop = 399, span = 100, overlap = shared,
          variants = variants }
        local read, shortened = {}, 0
        for variant = 1, variants do read[variant] = {} end
        while true do
          local w = plan:next(nil)
          if not w then break end
          plan:ahead()
          if w.stop - w.start > 30 then
            plan:shorten(w, w.start + 30)
            shortened = shortened + 1
          end
          assert.is_true(w.stop - w.start <= 100)
          local last = shared and w.stop - 1 or w.stop
          for second = w.start, last do
            assert.is_nil(read[w.variant][second])
            read[w.variant][second] = true
          end
        end
        assert.is_true(shortened > 4)
        for variant = 1, variants do
          for second = 0, 399 do assert.is_true(read[variant][second]) end
        end
      end
    end
  end)
end)
