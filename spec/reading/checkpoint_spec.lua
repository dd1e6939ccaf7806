-- The pure part of a synchronisation: what has been read, and what comes next.
local checkpoint = require "wdt.reading.checkpoint"
local intervals = require "wdt.reading.intervals"

local HOUR, DAY = 3600, 86400

-- A window as the job commits it.
local function w(kind, start, stop, more)
  local one = { kind = kind, start = start, stop = stop, rows_read = 0, calls = 1,
    certificate = "atomic", by_hour = {},
    opened_at = stop + 180 }
  for name, value in pairs(more or {}) do one[name] = value end
  return one
end

local function commit(b, one, revisit_ages, looks, now)
  return checkpoint.commit(b, one, revisit_ages or {}, looks or {}, now or one.opened_at)
end

describe("a set of seconds", function()
  it("joins what touches, keeps what does not, and never changes in place", function()
    local set = {}
    set = intervals.add(set, 10, 19)
    local before = set
    set = intervals.add(set, 30, 39)
    assert.same({ { 10, 19 } }, before)
    assert.same({ { 10, 19 }, { 30, 39 } }, set)
    assert.same({ { 0, 5 }, { 10, 19 }, { 30, 39 } }, intervals.add(set, 0, 5))
    assert.same({ { 0, 19 }, { 30, 39 } }, intervals.add(set, 0, 9))
    assert.same({ { 10, 39 } }, intervals.add(set, 20, 29))
    assert.same({ { 10, 50 } }, intervals.add(set, 15, 50))
    assert.same({ { 10, 19 }, { 22, 24 }, { 30, 39 } }, intervals.add(set, 22, 24))
  end)

  it("tells its first gap", function()
    local set = { { 10, 19 }, { 30, 39 } }
    assert.same({ 20, 29 }, { intervals.gap(set, 10) })
    assert.same({ 0, 9 }, { intervals.gap(set, 0) })
    assert.same({ 20, 29 }, { intervals.gap(set, 15) })
    assert.same({ 40 }, { intervals.gap(set, 30) })
    assert.same({ 50 }, { intervals.gap(set, 50) })
    assert.same({ 7 }, { intervals.gap({}, 7) })
  end)

  it("is, after any additions, the same as marking seconds one by one", function()
    local draw = require "wdt.sandbox.random".stream(4, 1)
    for _ = 1, 200 do
      local set, marked = {}, {}
      for _ = 1, 12 do
        local a = draw(60)
        local b = a + draw(12) - 1
        set = intervals.add(set, a, b)
        for t = a, b do marked[t] = true end
      end
      local inside = {}
      for i, one in ipairs(set) do
        assert.is_true(i == 1 or one[1] > set[i - 1][2] + 1)
        for t = one[1], one[2] do inside[t] = true end
      end
      assert.same(marked, inside)
    end
  end)
end)

describe("a checkpoint", function()
  it("has the first gap as its watermark, whatever order windows are committed in", function()
    local b = checkpoint.new("q", 1000)
    assert.equal(1000, checkpoint.watermark(b))
    b = commit(b, w("new", 1200, 1299))
    assert.equal(1000, checkpoint.watermark(b))
    b = commit(b, w("new", 1000, 1099))
    assert.equal(1100, checkpoint.watermark(b))
    assert.same({ 1100, 1199 }, { checkpoint.gap(b, {}, 5000) })
    b = commit(b, w("new", 1100, 1199))
    assert.equal(1300, checkpoint.watermark(b))
    assert.same({ { 1000, 1299 } }, b.done)
    assert.same({ 1300, 5000 }, { checkpoint.gap(b, {}, 5000) })
    assert.is_nil(checkpoint.gap(b, {}, 1299))
  end)

  it("leaves out what is handed out", function()
    local b = commit(checkpoint.new("q", 1000), w("new", 1000, 1099))
    local out = { w("new", 1100, 1149), w("revisit", 1150, 1199), w("new", 1200, 1249) }
    assert.same({ 1150, 1199 }, { checkpoint.gap(b, out, 5000) })
  end)

  it("reads what lies before it when it is to begin earlier", function()
    local b = commit(checkpoint.new("q", 1000), w("new", 1000, 1099))
    b.from = 500
    assert.same({ 500, 999 }, { checkpoint.gap(b, {}, 5000) })
    assert.equal(500, checkpoint.watermark(b))
  end)

  it("is not changed by a commit that is not stored", function()
    local b = checkpoint.begin_revisits(checkpoint.new("q", 0), { HOUR }, 10 * HOUR)
    local before = require "cjson".encode(b)
    commit(b, w("new", 0, 9 * HOUR, { by_hour = { [0] = 3 } }), { HOUR }, { HOUR }, 10 * HOUR)
    assert.same(require "cjson".decode(before), require "cjson".decode(require "cjson".encode(b)))
  end)

  it("keeps a ledger line for each window, and no more than the last", function()
    local b = checkpoint.new("q", 0)
    for i = 0, 249 do
      b = commit(b, w("new", i * 10, i * 10 + 9, { rows_read = 2, first = i * 10,
        last = i * 10 + 3 }), nil, nil, 9999.5)
    end
    assert.equal(checkpoint.LEDGER, #b.ledger)
    assert.same({ kind = "new", start = 2490, stop = 2499, rows = 2, calls = 1,
      certificate = "atomic", first = 2490,
      last = 2493, at = 9999 }, b.ledger[#b.ledger])
    assert.same({ { 0, 2499 } }, b.done)
    assert.same({ 250, 500, 250 }, { b.windows, b.rows, b.calls })
  end)

  it("counts windows that could not be proved", function()
    local b = commit(checkpoint.new("q", 0), w("new", 0, 9, { certificate = "none" }))
    assert.equal(1, b.uncertified)
  end)
end)

describe("the ladder", function()
  local revisit_ages = { DAY, 7 * DAY }

  it("reads each second again once it has reached the age of each revisit_age", function()
    local b = checkpoint.begin_revisits(checkpoint.new("q", 0), revisit_ages, 100 * DAY)
    b = commit(b, w("new", 0, 100 * DAY, { opened_at = 100 * DAY }), revisit_ages)
    -- what is older has just been read at that age
    assert.is_nil(checkpoint.revisit(b, revisit_ages, {}, 100 * DAY + 60))
    local now = 101 * DAY + 180
    local task = checkpoint.revisit(b, revisit_ages, {}, now)
    assert.same({ revisit_age = DAY, start = 99 * DAY + 1, stop = 100 * DAY },
      { revisit_age = task.revisit_age, start = task.start,
      stop = math.min(task.stop, 100 * DAY) })
    b = commit(b, w("revisit", task.start, task.stop, { revisit_age = DAY, opened_at = now }),
      revisit_ages)
    assert.is_nil(checkpoint.revisit(b, { DAY }, {}, now + 60))
    assert.equal(7 * DAY, checkpoint.revisit(b, revisit_ages, {}, now).revisit_age)
  end)

  it("waits for a piece of a 24th of the age, and hands a revisit_age out once", function()
    local b = checkpoint.begin_revisits(checkpoint.new("q", 0), { DAY }, DAY)
    b = commit(b, w("new", 0, DAY, { opened_at = DAY }), { DAY }, nil, DAY)
    assert.is_nil(checkpoint.revisit(b, { DAY }, {}, DAY + HOUR - 1))
    local task = checkpoint.revisit(b, { DAY }, {}, DAY + HOUR)
    assert.same({ revisit_age = DAY, start = 1, stop = HOUR }, task)
    task.kind = "revisit"
    assert.is_nil(checkpoint.revisit(b, { DAY }, { task }, DAY + HOUR))
  end)

  it("does not read again what was read late, and not what has not been read", function()
    local b = checkpoint.begin_revisits(checkpoint.new("q", 0), { DAY }, DAY)
    -- Down for ten days: the first reading is late enough to need no second one.
    local now = 11 * DAY
    b = commit(b, w("new", 0, 9 * DAY, { opened_at = now }), { DAY }, nil, now)
    assert.is_nil(checkpoint.revisit(b, { DAY }, {}, now))
    b = commit(b, w("new", 9 * DAY + 1, now, { opened_at = now }), { DAY }, nil, now)
    assert.is_nil(checkpoint.revisit(b, { DAY }, {}, now))
    assert.equal(10 * DAY + 1, checkpoint.revisit(b, { DAY }, {}, 12 * DAY).start)
  end)
end)

describe("the audit", function()
  local looks = { HOUR, 6 * HOUR }

  it("looks at each hour at each age, and forgets it then", function()
    local b = commit(checkpoint.new("q", 0), w("new", 0, 2 * HOUR - 1,
      { by_hour = { [0] = 5, [1] = 7 } }), nil, looks)
    assert.same({ { hour = 0, known = 5, looks = 0 }, { hour = 1, known = 7, looks = 0 } },
      b.buckets)
    assert.is_nil(checkpoint.bucket(b, looks, {}, 2 * HOUR - 2))
    local look = checkpoint.bucket(b, looks, {}, 2 * HOUR)
    assert.same({ hour = 0, start = 0, stop = HOUR - 1, known = 5, looks = 0 }, look)
    b = checkpoint.looked(b, look, 4, looks)
    assert.is_nil(checkpoint.bucket(b, looks, {}, 2 * HOUR))
    look = checkpoint.bucket(b, looks, {}, 7 * HOUR)
    -- rows that left are not missed
    assert.same({ hour = 0, start = 0, stop = HOUR - 1, known = 4, looks = 1 }, look)
    b = checkpoint.looked(b, look, 4, looks)
    assert.same({ { hour = 1, known = 7, looks = 0 } }, b.buckets)
    assert.equal(2, b.audited)
  end)

  it("counts an hour whose rows come in several windows, and waits until it is whole", function()
    local b = commit(checkpoint.new("q", 0), w("new", 0, 1799, { by_hour = { [0] = 5 } }), nil,
      looks)
    assert.is_nil(checkpoint.bucket(b, looks, {}, 5 * HOUR))
    b = commit(b, w("new", 1800, HOUR - 1, { by_hour = { [0] = 6 } }), nil, looks)
    assert.equal(11, checkpoint.bucket(b, looks, {}, 5 * HOUR).known)
    assert.is_nil(checkpoint.bucket(b, looks, { { kind = "audit", hour = 0 } }, 5 * HOUR))
  end)

  it("counts the rest of an hour however late it comes", function()
    local b = commit(checkpoint.new("q", 0), w("new", 0, 1799, { by_hour = { [0] = 5 } }), nil,
      looks)
    b = commit(b, w("new", 1800, HOUR - 1, { by_hour = { [0] = 6 }, opened_at = 20 * HOUR }), nil,
      looks)
    assert.equal(11, checkpoint.bucket(b, looks, {}, 20 * HOUR).known)
  end)

  it("takes what a second reading has found as the new count", function()
    local b = commit(checkpoint.new("q", 0), w("new", 0, HOUR - 1, { by_hour = { [0] = 5 } }), nil,
      looks)
    b = commit(b, w("audit", 0, HOUR - 1, { hour = 0, looks = 0, known = 5, by_hour = { [0] = 6 },
      rows_read = 6 }), nil, looks)
    assert.same({ { hour = 0, known = 6, looks = 1 } }, b.buckets)
    assert.same({ 1, 1 }, { b.audited, b.grown })
  end)

  it("has no use for hours that were read later than its last look, or not from their beginning",
    function()
    local b = commit(checkpoint.new("q", 100),
      w("new", 100, 20 * HOUR - 1, { opened_at = 20 * HOUR }),
      nil, looks)
    assert.equal(14, b.buckets[1].hour)
    assert.equal(6, #b.buckets)
    b = commit(checkpoint.new("q", 100), w("new", 100, HOUR - 1, { opened_at = HOUR }), nil, looks)
    assert.same({}, b.buckets)
  end)

  it("costs nothing where it is not asked for", function()
    local b = commit(checkpoint.new("q", 0), w("new", 0, HOUR - 1, { by_hour = { [0] = 5 } }))
    assert.same({}, b.buckets)
    assert.is_nil(checkpoint.bucket(b, {}, {}, 5 * HOUR))
  end)
end)

describe("polls", function()
  it("come as often as half a page fills, and rarely when nothing comes", function()
    local polls = checkpoint.polls(15, 120, 100)
    assert.equal(15, polls.interval)
    for _, expected in ipairs{ 30, 60, 120, 120 } do
      polls:learn(0, 30)
      assert.equal(expected, polls.interval)
    end
    polls:learn(60, 60) -- a row a second
    assert.equal(50, polls.interval)
    polls:learn(6000, 60)
    assert.equal(15, polls.interval)
    polls:learn(1, 60)
    assert.equal(120, polls.interval)
  end)
end)
