-- A job renewed the lease on its state before each window and while it waited for a poll, but not
-- while a call waited for the rate: a window of more calls than the rate allows within a lease, or
-- a throttle's cooldown, lost the lease, and the window could not be committed.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local DAY, LEASE = 86400, 60

describe("a lease on a state", function()
  local from = beijing.parse "2026-09-01 00:00:00"

  -- Copies a day by 2 calls a minute; returns the longest time between two renewals.
  local function longest_gap(other)
    local box = sandbox.new{ seed = 5, rows_per_day = 400, from = from, to = from + DAY,
      now = from + 2 * DAY, latency = 0.1 }
    local host = box.host
    local store, renewed, longest = wdt.state.memory(), host:now(), 0
    store.lease = LEASE
    function store:renew()
      assert.is_true(self.locked)
      longest, renewed = math.max(longest, host:now() - renewed), host:now()
      return true
    end
    local client = wdt.new(box:settings("enterprise", { rate = 2 }))
    local job = assert(client:sync{ what = "stockouts", query = { page_size = 40 }, from = from,
      stop = from + DAY - 1, state = store })
    local rows = 0
    if other then
      for _ in client:stockouts{ start = from, stop = from + DAY - 1, page_size = 40 } do end
    end
    for w in job:windows() do
      for _ in w:rows() do rows = rows + 1 end
      assert(w:commit())
    end
    assert.is_true(rows > 100, rows)
    job:close()
    local last = renewed
    for _ in client:stockouts{ start = from, stop = from + 3600 } do end
    assert.equal(last, renewed) -- closed: kept no more
    return longest
  end

  it("is kept while calls wait for the rate", function()
    assert.is_true(longest_gap(false) <= LEASE / 2)
  end)

  it("is kept while the account's other calls wait", function()
    assert.is_true(longest_gap(true) <= LEASE / 2)
  end)
end)
