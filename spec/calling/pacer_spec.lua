local pacer = require "wdt.calling.pacer"

-- Sends as fast as the pacer lets, each call taking `latency(i)` to arrive and as much to be
-- answered; one at a time or, with `lanes`, several. Returns the most calls that the server saw in
-- any 60 seconds.
local function most_seen(rate, latency, calls, lanes)
  local p, now, arrivals, open = pacer.new(rate), 0, {}, {}
  for i = 1, calls do
    while true do
      local wait = p:wait("m", now)
      if wait == 0 and #open < lanes then break end
      if #open > 0 and (wait == math.huge or #open == lanes or open[1].answer <= now + wait) then
        local first = table.remove(open, 1)
        now = math.max(now, first.answer)
        p:done(first.ticket, now)
      else
        now = now + wait
      end
    end
    local delay = latency(i)
    arrivals[#arrivals + 1] = now + delay
    open[#open + 1] = { ticket = p:take "m", answer = now + 2 * delay }
    table.sort(open, function(a, b) return a.answer < b.answer end)
  end
  table.sort(arrivals)
  local most = 0
  for i = 1, #arrivals do
    local n = 0
    for j = i, #arrivals do
      if arrivals[j] - arrivals[i] < 60 then n = n + 1 end
    end
    most = math.max(most, n)
  end
  return most, now
end

describe("the pacer", function()
  it("lets the budget go at once, and then one call for each place that runs out", function()
    local p = pacer.new(3)
    for _ = 1, 3 do
      assert.equal(0, p:wait("m", 10))
      p:done(p:take "m", 10)
    end
    assert.equal(60, p:wait("m", 10))
    assert.equal(0.5, p:wait("m", 69.5))
    assert.equal(0, p:wait("m", 70))
  end)

  it("never shows the server more than the budget in any 60 seconds, however the network delays",
    function()
    local seed = 1
    local function jitter()
      seed = (seed * 16807) % 2147483647
      return seed / 2147483647 * 5
    end
    for _, lanes in ipairs{ 1, 4, 60 } do
      assert.is_true(most_seen(60, jitter, 300, lanes) <= 60)
      assert.is_true(most_seen(7, jitter, 100, lanes) <= 7)
    end
    assert.equal(7, (most_seen(7, jitter, 100, 60))) -- and the budget is used
  end)

  it("does not give the rate away: a quick network gets it almost whole", function()
    local _, seconds = most_seen(60, function() return 0.01 end, 601, 1)
    assert.is_true(seconds < 615, seconds)
  end)

  it("holds a call in flight for as long as it is", function()
    local p = pacer.new(1)
    local ticket = p:take "m"
    assert.equal(math.huge, p:wait("m", 1000))
    p:done(ticket, 1000)
    p:done(ticket, 2000) -- idempotent
    assert.equal(0, p:wait("m", 1060))
  end)

  it("gives a place back a minute after its call was lost with the process that made it", function()
    local p = pacer.new(2)
    p:take "m"
    local kept = p:take "m"
    collectgarbage()
    collectgarbage()
    assert.equal(60, p:wait("m", 1000))
    assert.equal(60, p:wait("m", 1000)) -- once
    assert.equal(0, p:wait("m", 1060))
    local another = p:take "m"
    assert.equal(math.huge, p:wait("m", 1060))
    p:done(kept, 1060)
    p:done(another, 1070)
    assert.equal(60, p:wait("m", 1060))
  end)

  it("keeps tighter budgets for single methods beside the account's", function()
    local p = pacer.new{ default = 10, slow = 2 }
    for _ = 1, 2 do p:done(p:take "slow", 0) end
    assert.equal(60, p:wait("slow", 0))
    assert.equal(0, p:wait("other", 0))
    for _ = 1, 8 do p:done(p:take "other", 0) end
    assert.equal(60, p:wait("other", 0))
  end)

  it("keeps quiet when the gateway throttles", function()
    local p = pacer.new(10)
    p:quiet(300)
    p:quiet(200) -- an earlier end does not shorten it
    assert.equal(290, p:wait("m", 10))
  end)
end)
