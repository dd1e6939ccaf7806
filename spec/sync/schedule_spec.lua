-- Turns of the jobs of one account: who is next, who may wait, and that nothing starves.
local schedule = require "wdt.sync.schedule"

local HOUR, DAY = 3600, 86400

describe("a schedule", function()
  local turns, now

  before_each(function() turns, now = schedule.new(), 1000 end)

  -- Gives turns for so many calls; counts calls by name.
  local function run(calls, cost)
    local counted, made = {}, 0
    while made < calls do
      local entry, at = turns:next(now)
      if entry then
        local n, behind = cost(entry)
        counted[entry.name] = (counted[entry.name] or 0) + n
        made, now = made + n, now + n
        turns:done(entry, now, { calls = n, behind = behind,
          due = behind and entry.lag and behind <= entry.lag and now + entry.rest or nil })
      elseif at then
        now = at
      else
        break
      end
    end
    return counted
  end

  it("serves the one that is most behind, by its own target", function()
    local near = turns:add("near", { target = 60, behind = 120 }, now)
    local far = turns:add("far", { target = HOUR, behind = HOUR }, now)
    assert.equal(near, (turns:next(now)))
    turns:done(near, now, { calls = 1, behind = 30 })
    assert.equal(far, (turns:next(now)))
    assert.equal(near, (turns:next(now + 60))) -- 90 of 60 against 3660 of 3600
  end)

  it("tells when the next one is due, and nothing where there is none", function()
    assert.same({ nil, nil }, { turns:next(now) })
    local one = turns:add("one", { target = 60 }, now)
    turns:done(one, now, { calls = 1, behind = 10, due = now + 15 })
    local entry, at = turns:next(now)
    assert.is_nil(entry)
    assert.equal(now + 15, at)
    assert.equal(one, (turns:next(now + 15)))
    turns:remove(one)
    assert.same({ nil, nil }, { turns:next(now + 15) })
  end)

  it("gives a backfill what the present leaves, all of it", function()
    turns:add("present", { target = 300, lag = 180, rest = 30 }, now)
    turns:add("past", { target = 300, past = true }, now)
    local counted = run(10000, function(entry)
      if entry.past then return 15 end
      return 1, 180
    end)
    assert.is_true(counted.present > 10000 / 46 - 2, counted.present) -- each 30 s, after 15 at most
    assert.is_true(counted.past > 9000, counted.past)
  end)

  it("gives a backfill a quarter where the present leaves nothing", function()
    turns:add("present", { target = 300, behind = 4000 }, now)
    turns:add("past", { target = 300, past = true }, now)
    local counted = run(40000, function(entry)
      return entry.past and 15 or 1, not entry.past and 4000 or nil
    end)
    local share = counted.past / (counted.past + counted.present)
    assert.is_true(share > 0.24 and share < 0.26, share)
  end)

  it("takes a stream that has more than a day to catch up for one of the past", function()
    local present = turns:add("present", { target = 300, behind = 400 }, now)
    turns:add("new", { target = 300, behind = 300 * DAY }, now)
    local served = {}
    for _ = 1, 40 do
      local entry = turns:next(now)
      served[entry.name] = (served[entry.name] or 0) + 1
      turns:done(entry, now, { calls = 1, behind = entry == present and 400 or 300 * DAY })
    end
    assert.same({ present = 30, new = 10 }, served)
  end)

  it("shares the past evenly, whenever a backfill came", function()
    turns:add("first", { target = 300, past = true }, now)
    run(1000, function() return 10 end)
    turns:add("second", { target = 300, past = true }, now)
    local counted = run(1000, function() return 10 end)
    assert.equal(500, counted.first)
    assert.equal(500, counted.second)
  end)

  it("owes nothing for calls that no other job wanted", function()
    local past = turns:add("past", { target = 300, past = true }, now)
    run(10000, function() return 10 end)
    turns:add("present", { target = 300, behind = 4000 }, now)
    local served = 0
    for _ = 1, 8 do
      local entry = turns:next(now)
      if entry == past then served = served + 1 end
      turns:done(entry, now, { calls = 1 })
    end
    assert.equal(2, served)
  end)
end)
