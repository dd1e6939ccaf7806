-- How complete each hour is, by the ledger and the seconds that were read.
local beijing = require "wdt.beijing"
local completeness = require "wdt.reading.completeness"

describe("completeness by day and hour", function()
  local function at(text) return assert(beijing.parse("2026-11-" .. text)) end

  local function days(o)
    local kept = { from = at(o.from), done = {} }
    for i, one in ipairs(o.done) do kept.done[i] = { at(one[1]), at(one[2]) } end
    local ledger = {}
    for i, line in ipairs(o.ledger) do
      ledger[i] = { start = at(line[1]), stop = at(line[2]), certificate = line[3] }
    end
    return completeness.days(kept, ledger, at(o.since), at(o.due), at(o.now))
  end

  it("tells gaps, what is not proved, what is, what is no longer told, and what is to come",
    function()
      local got = days{ since = "01 05:00:00", from = "01 02:00:00", due = "02 01:30:00",
        now = "02 02:10:00",
        done = { { "01 02:00:00", "01 09:59:59" }, { "01 11:00:00", "02 01:40:00" } },
        ledger = { { "01 03:00:00", "01 08:59:59", "atomic" },
          { "01 05:00:00", "01 05:59:59", "none" }, { "01 06:00:00", "01 06:30:00", "none" },
          { "01 06:00:00", "01 06:30:00", "seek" }, { "01 11:00:00", "02 01:40:00", "atomic" } } }
      assert.same({
        { day = "2026-11-01", hours = "--rccuccc" .. "rgccccccccccccc" },
        { day = "2026-11-02", hours = "cpp---------------------" },
      }, got)
      for _, day in ipairs(got) do assert.equal(24, #day.hours) end
    end)

  it("takes one second that is missing, or not proved, for the whole hour", function()
    local got = days{ since = "01 00:00:00", from = "01 00:00:00", due = "01 23:59:59",
      now = "01 23:59:59", done = { { "01 00:00:00", "01 03:59:58" },
        { "01 04:00:00", "01 23:59:59" } },
      ledger = { { "01 00:00:00", "01 23:59:59", "atomic" },
        { "01 07:00:00", "01 07:00:00", "none" } } }
    assert.equal("cccgcccuccccccccccccccc" .. "c", got[1].hours)
  end)

  it("is a gap where a job stands still: what is due was not read", function()
    local got = days{ since = "01 00:00:00", from = "01 00:00:00", due = "01 22:00:00",
      now = "01 22:05:00", done = {}, ledger = {} }
    assert.equal(("g"):rep(23) .. "-", got[1].hours)
  end)
end)
