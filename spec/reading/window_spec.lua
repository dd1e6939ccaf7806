local window = require "wdt.reading.window"

-- Every window of a plan, each as wide as `width` says.
local function windows(range, width)
  local plan, list = window.plan(range), {}
  while true do
    local w = plan:next(width)
    if not w then
      assert.is_nil(plan:next(width)) -- the end stays
      return list, plan
    end
    list[#list + 1] = w
  end
end

describe("a plan", function()
  it("tiles closed windows without a gap and never above the cap", function()
    for _, length in ipairs{ 1, 2, 9, 10, 11, 19, 20, 21, 1000 } do
      local list = windows({ start = 100, stop = 100 + length - 1, span = 9 })
      local at = 100
      for _, w in ipairs(list) do
        assert.equal(at, w.start)
        assert.is_true(w.stop - w.start <= 9)
        at = w.stop + 1
      end
      assert.equal(100 + length, at)
    end
  end)

  it("lets windows with unknown ends share their boundary second, and reads one second further",
    function()
    local list = windows({ start = 0, stop = 7199, span = 3600, overlap = true })
    assert.same({ { start = 0, stop = 3600, variant = 1 },
      { start = 3600, stop = 7200, variant = 1 } }, list)
    list = windows({ start = 50, stop = 50, span = 3600, overlap = true })
    assert.same({ { start = 50, stop = 51, variant = 1 } }, list)
  end)

  it("reads every query over one cap's length before the next length", function()
    local list = windows({ start = 0, stop = 19, span = 9, variants = 2 })
    local order = {}
    for i, w in ipairs(list) do order[i] = ("%d-%d/%d"):format(w.start, w.stop, w.variant) end
    assert.same({ "0-9/1", "0-9/2", "10-19/1", "10-19/2" }, order)
  end)

  it("cuts to a wanted width, evenly", function()
    local list = windows({ start = 0, stop = 99, span = 1000 }, 30)
    assert.equal(4, #list)
    for _, w in ipairs(list) do assert.equal(24, w.stop - w.start) end
  end)

  it("goes on after a window that was shortened", function()
    local plan = window.plan{ start = 0, stop = 99, span = 1000 }
    local w = plan:next()
    plan:shorten(w, 9)
    assert.same({ start = 0, stop = 9, variant = 1 }, w)
    assert.equal(10, plan:next().start)
  end)

  it("knows how much is left, for every query", function()
    local plan = window.plan{ start = 0, stop = 99, span = 49, variants = 2 }
    assert.equal(200, plan:length())
    local left = { plan:rest() }
    while plan:next(25) do left[#left + 1] = plan:rest() end
    assert.same({ 200, 175, 150, 125, 100, 75, 50, 25, 0 }, left)
  end)

  it("knows where another reading goes on, for every query", function()
    local plan = window.plan{ start = 0, stop = 99, span = 49, variants = 2 }
    local at, blocks = { plan:resume_at() }, {}
    while true do
      local w = plan:next(25)
      if not w then break end
      at[#at + 1], blocks[#blocks + 1] = plan:resume_at(), w.block
    end
    assert.same({ 0, 0, 0, 0, 50, 50, 50, 50, 100 }, at)
    assert.same({ 0, 0, 0, 0, 50, 50, 50, 50 }, blocks)
    plan = window.plan{ start = 0, stop = 99, span = 49 }
    plan:next(25)
    assert.equal(25, plan:resume_at())
  end)
end)

describe("a steer", function()
  it("knows nothing at first", function()
    assert.is_nil(window.steer():width(75))
  end)

  it("settles on the density it sees", function()
    local steer = window.steer()
    for _ = 1, 10 do steer:learn(100, 200) end
    assert.equal(38, steer:width(75)) -- 37.5
  end)

  it("widens fourfold at most after an empty stretch", function()
    local steer = window.steer()
    steer:learn(100, 100)
    local before = steer:width(75)
    steer:learn(75, 0)
    assert.is_true(steer:width(75) > before)
    assert.is_true(steer:width(75) <= 4 * before)
  end)

  it("never goes below a second", function()
    local steer = window.steer()
    steer:learn(1, 100000)
    assert.equal(1, steer:width(75))
  end)
end)
