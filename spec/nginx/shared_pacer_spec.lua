local shared = require "wdt.nginx.pacer"
local shared_dict = require "support.shared_dict"

-- So many workers of one account, each with its end of the budget.
local function new_workers(n, rate)
  local dict, workers = shared_dict.new(), {}
  for i = 1, n do
    workers[i] = shared.new{ dict = dict, key = "k", rate = rate, name = "w" .. i,
      now = function() return dict.now end }
  end
  return workers, dict
end

local function random()
  local seed = 7
  return function()
    seed = (seed * 16807) % 2147483647
    return seed / 2147483647
  end
end

-- Every worker has so many waiters that call as often as they may, each call taking up to `latency`
-- to arrive and as much to be answered; in `lost` of all cases no one hears of the answer. Returns
-- the arrivals, and how often a waiter asked in vain.
local function simulate(o)
  local workers, dict = new_workers(o.workers, o.rate)
  local draw, arrivals, vain, events = random(), {}, 0, {}
  local function at(moment, what)
    events[#events + 1] = { moment, what, #events }
    local i = #events
    while i > 1 and events[i - 1][1] > moment do
      events[i], events[i - 1] = events[i - 1], events[i]
      i = i - 1
    end
  end
  local function waiter(pacer, method)
    local who, try = {}, nil
    function try()
      local wait = pacer:wait(method, dict.now, who)
      if wait > 0 then
        vain = vain + 1
        return at(dict.now + (wait == math.huge and 0.02 or wait), try)
      end
      local ticket, one_way = pacer:take(method, who), draw() * o.latency
      arrivals[#arrivals + 1] = dict.now + one_way
      if draw() >= (o.lost or 0) then
        at(dict.now + 2 * one_way, function() pacer:done(ticket, dict.now) end)
      end
      who = {}
      at(dict.now + 2 * one_way + 0.001, try)
    end
    at(draw(), try)
  end
  for i = 1, o.workers do
    for _ = 1, o.waiters do waiter(workers[i], "m") end
  end
  while #events > 0 and events[1][1] < o.seconds do
    local event = table.remove(events, 1)
    dict.now = event[1]
    event[2]()
  end
  table.sort(arrivals)
  return arrivals, vain
end

local function most_in_a_minute(arrivals)
  local most, first = 0, 1
  for i = 1, #arrivals do
    while arrivals[i] - arrivals[first] >= 60 - 1e-6 do first = first + 1 end
    most = math.max(most, i - first + 1)
  end
  return most
end

describe("the pacer of all workers", function()
  it("never shows the server more than the budget in any 60 seconds, and uses it", function()
    for _, case in ipairs{
      { workers = 8, waiters = 4, rate = 60, latency = 0.2 },
      { workers = 8, waiters = 1, rate = 7, latency = 3 },
      { workers = 2, waiters = 9, rate = 5, latency = 0 },
      { workers = 8, waiters = 2, rate = 1, latency = 1 },
    } do
      case.seconds = 600
      local arrivals = simulate(case)
      assert.is_true(most_in_a_minute(arrivals) <= case.rate,
        case.rate .. ": " .. most_in_a_minute(arrivals))
      assert.is_true(#arrivals >= 0.85 * case.rate * 10, #arrivals)
    end
  end)

  it("keeps below it where calls are never reported, and loses their places for a while only",
    function()
    local arrivals = simulate{ workers = 8, waiters = 3, rate = 20, latency = 1, lost = 0.05,
      seconds = 3600 }
    assert.is_true(most_in_a_minute(arrivals) <= 20)
    assert.is_true(#arrivals > 20 * 60 * 0.6, #arrivals)
  end)

  it("wakes no one in vain: a waiter asks once for its place, and once more when it is free",
    function()
    local arrivals, vain = simulate{ workers = 8, waiters = 4, rate = 60, latency = 0.2,
      seconds = 600 }
    assert.is_true(vain < 2 * #arrivals, vain)
  end)

  it("lets a question that does not wait leave no trace", function()
    local workers, dict = new_workers(2, { default = 2, slow = 1 })
    for _ = 1, 2 do
      assert.equal(0, workers[1]:wait("m", 0))
      workers[1]:done(workers[1]:take "m", 0)
    end
    -- its own place is free, the account's are not
    for _ = 1, 10 do assert.equal(60, workers[2]:wait("slow", 0)) end
    dict.now = 60
    assert.same({ 0, 2, 0 }, { workers[1]:used() })
    assert.equal(0, workers[2]:wait("slow", 60))
    workers[2]:done(workers[2]:take "slow", 60)
    assert.same({ 1, 2, 0 }, { workers[1]:used() })
    assert.equal(60, workers[1]:wait("slow", 60))
    assert.equal(0, workers[1]:wait("other", 60))
  end)

  it("holds a call in flight, and gives its place back once", function()
    local workers, dict = new_workers(2, 1)
    assert.equal(0, workers[1]:wait("m", 0))
    local ticket = workers[1]:take "m"
    assert.equal(math.huge, workers[2]:wait("m", 0, {}))
    assert.equal(math.huge, workers[2]:wait("m", 0))
    workers[1]:done(ticket, 0)
    dict.now = 30
    workers[1]:done(ticket, 30) -- idempotent
    assert.equal(30, workers[2]:wait("m", 30))
  end)

  it("gives a place to one of two workers that see it free at the same moment", function()
    local workers, dict = new_workers(2, 1)
    assert.equal(0, workers[1]:wait("m", 0))
    workers[1]:done(workers[1]:take "m", 0)
    dict.now = 60
    function dict.incr(self, key, ...) -- the second one comes in between
      self.incr = nil
      assert.truthy(key:find("=", 1, true))
      assert.equal(0, workers[2]:wait("m", 60, {}))
      workers[2]:take "m"
      return self:incr(key, ...)
    end
    -- whose turn it is
    workers[1].claims[workers] = { held = {}, place = { [workers[1].account] = "rate:k:0" } }
    assert.equal(math.huge, workers[1]:wait("m", 60, workers))
    assert.is_nil(rawget(dict, "incr"))
  end)

  it("takes over from a worker that died, within a lease", function()
    local workers, dict = new_workers(2, 1)
    assert.equal(0, workers[1]:wait("m", 0))
    local first = workers[1]:take "m"
    dict.now = shared.LEASE
    assert.equal(0, workers[2]:wait("m", dict.now))
    local late = workers[2]:take "m"
    workers[1]:done(first, dict.now) -- the first one was not dead after all
    assert.equal(math.huge, workers[1]:wait("m", dict.now))
    workers[2]:done(late, dict.now)
  end)

  it("keeps a method's place until it is the account's turn, and takes another one if it was lost "
    .. "meanwhile", function()
    for _, lost in ipairs{ false, true } do
      local workers, dict = new_workers(2, { default = 2, slow = 1 })
      local function take(method)
        assert.equal(0, workers[1]:wait(method, dict.now))
        return workers[1]:take(method)
      end
      local one, two, who = take "m", take "m", {}
      assert.equal(math.huge, workers[2]:wait("slow", 0, who))
      dict.now = shared.LEASE - 100
      workers[1]:done(one, dict.now)
      workers[1]:done(two, dict.now)
      -- which renews its lease
      if not lost then assert.equal(60, workers[2]:wait("slow", dict.now, who)) end
      dict.now = shared.LEASE
      if lost then workers[1]:done(take "slow", dict.now) end
      assert.equal(lost and 60 or 0, workers[2]:wait("slow", dict.now, who))
      dict.now = shared.LEASE + 60
      assert.equal(0, workers[2]:wait("slow", dict.now, who))
      local keys = {}
      for _, held in pairs(workers[2]:take("slow", who).held) do
        keys[#keys + 1] = held.place
        -- the lease is a young one
        assert.is_true(tonumber(held.token:match "^%S+") >= dict.now + shared.LEASE - 60)
      end
      table.sort(keys)
      assert.equal("rate:k:slow:0", keys[2])
    end
  end)

  it("keeps quiet in all workers when the gateway throttles, and begins again one by one",
    function()
    local workers, dict = new_workers(2, 60)
    workers[1]:quiet(300)
    workers[2]:quiet(200) -- an earlier end does not shorten it
    workers[2]:quiet(-5)
    local a, b = {}, {}
    assert.equal(290, workers[1]:wait("m", 10, a))
    assert.equal(291, workers[2]:wait("m", 10, b))
    assert.equal(271, workers[2]:wait("m", 30, b))
    assert.equal(270, workers[2]:wait("m", 30))
    dict.now = 300
    assert.equal(0, workers[1]:wait("m", 300, a))
  end)

  it("says when its dict is too small", function()
    local workers, dict = new_workers(1, 2)
    workers[1]:wait("m", 0)
    local ticket = workers[1]:take "m"
    dict.full = true
    local small = "config: the lua_shared_dict that holds the rate budget is too small "
    assert.has_error(function() workers[1]:wait("m", 0) end, small .. "(no memory)")
    assert.has_error(function() workers[1]:done(ticket, 0) end, small .. "(entries were dropped)")
    assert.has_error(function() workers[1]:quiet(10) end, small .. "(entries were dropped)")
  end)
end)
