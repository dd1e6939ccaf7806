-- The simulated year in small: days with a promotion among them. `spec/simulate_year.lua` runs the
-- whole of it.
local year = require "support.year"

local DAYS = 5

describe("days of following", function()
  it("lose no final version, are fresh, and cost a call a poll", function()
    local r = year.run{ days = DAYS, seed = 5, per_day = 200, promotion = 2 }
    local said = year.report(r)
    assert.equal(0, r.lost, said)
    assert.is_true(r.rows > 4000, said)
    assert.is_true(r.p99 <= 180 + 130, said)
    assert.is_true(r.busiest <= 60, said)
    assert.is_true(r.calls_per_day < 900, said)
    assert.is_true(r.state < 20000, said)
  end)

  it("lose what comes later than the lag, but the audit finds it", function()
    local blind = year.run{ days = DAYS, seed = 6, per_day = 200, promotion = 2, late_share = 0.02,
      late = 7200 }
    -- there is something to find
    assert.is_true(blind.late > 50 and blind.late_found < blind.late / 4, year.report(blind))
    local r = year.run{ days = DAYS, seed = 6, per_day = 200, promotion = 2, late_share = 0.02,
      late = 7200, audit = true }
    assert.is_true(r.late > 50 and r.late_found >= 0.85 * r.late, year.report(r))
    assert.equal(0, r.lost, year.report(r))
    assert.is_true(r.p99 <= 180 + 130, year.report(r))
  end)
end)
