-- A range that was to be read again was forgotten as soon as its window was opened: where the
-- target failed then, and came back, nothing read it any more.
local copying = require "support.copying"

describe("a range that is to be read again", function()
  it("comes again after its window was given back, and once after it was committed", function()
    local box = copying.small_box(200, 60)
    local job = assert(copying.open(copying.client_of(box), { signals = false }))
    for window in job:windows() do
      for _ in window:rows() do end -- luacheck: ignore 542
      assert(window:commit())
    end
    local kept = job:reads()
    local ranges = { { kept.from, kept.from + 59 }, { kept.from + 120, kept.from + 179 } }
    assert(job:again(ranges))
    assert(job:next()):abandon()
    local read = {}
    for window in job:windows() do
      for _ in window:rows() do end -- luacheck: ignore 542
      assert(window:commit())
      read[#read + 1] = { window.start, window.stop }
    end
    assert.same(ranges, read)
    job:close()
  end)
end)
