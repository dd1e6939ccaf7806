-- The sandbox's world: what a reading is compared with must itself be beyond doubt.
local World = require "wdt.sandbox.world"

local T = 1700000000 -- 2023-11-15 06:13:20 Beijing
local DAY = 86400

-- A number that two worlds share only when they hold the same rows.
local function digest(rows)
  local h = 7
  for _, r in ipairs(rows) do
    for _, n in ipairs{ r.id, r.status, r.created, r.check_time, r.consign_time
      or 0, r.modified } do
      h = (h * 31 + n) % 2147483647
    end
    for _, s in ipairs{ r.no, r.src_order_no, r.src_tid, r.shop_no, r.warehouse_no } do
      for i = 1, #s do h = (h * 31 + s:byte(i)) % 2147483647 end
    end
  end
  return h
end

local DRIFT = { touch = 1, ship = 1, complete = 1, cancel = 0.3, arrive = 0.5, remove = 0.2,
  archive = 0.1, reship = 0.5,
  settle = 0.3, renumber = 0.2, late = { chance = 0.2, delay = 20 },
  toggle = { count = 5, mode = "status" } }

local function drifting(o)
  local world = World.new{ seed = o.seed or 3, rows_per_day = o.rows_per_day
    or 800, from = T, to = T + 3 * DAY,
    now = T + 2 * DAY + 1777, drift = o.drift or DRIFT, memory = o.memory }
  return world
end

local EVERYTHING = { clock = "modified", from = 0, to = 2e9, history = "both" }

-- Every row, looked up one by one.
local function brute(world, filter)
  local matches, found, n = world:matcher(filter), {}, 0
  for id = 10000001, world.next_id do
    local row = world:get(id)
    if row and matches(row) then
      found[id], n = row.modified, n + 1
    end
  end
  return found, n
end

local FILTERS = {
  { clock = "modified", from = T, to = T + 9 * DAY },
  { clock = "modified", status = 5, from = T + 1000, to = T + 2 * DAY + 2000 },
  { clock = "consign_time", status = { 95, 110 }, from = T + 80000, to = T + 2 * DAY + 1777 + 700 },
  { clock = "consign_time", shop_no = "dy_live", from = T + 80000, to = T + 2 * DAY + 1777 + 700 },
  { clock = "consign_time", warehouse_no = "华东仓", status = 95, from = T + 3599, to = T + 3600 * 5 },
  { clock = "modified", cancelled = true, from = T, to = T + 3 * DAY },
  { clock = "modified", history = true, from = 0, to = 2e9 },
  { clock = "modified", from = T + 5000, to = T + 5001 },
  { clock = "modified", from = T + 5000, to = T + 12200, closed_end = false },
}

local function with(filter, more)
  local f = {}
  for k, v in pairs(filter) do f[k] = v end
  for k, v in pairs(more) do f[k] = v end
  return f
end

describe("the world", function()
  it("is the same on every Lua for the same seed", function()
    local world = World.new{ seed = 11, rows_per_day = 300, from = T, to = T + 5 * DAY }
    local rows = world:all(EVERYTHING)
    assert.equal(1537, #rows)
    assert.equal(260357420, digest(rows)) -- written down once: Lua 5.1 to 5.4 and LuaJIT agree
    local other = World.new{ seed = 12, rows_per_day = 300, from = T, to = T + 5 * DAY }
    assert.not_equal(digest(rows), digest(other:all(EVERYTHING)))
    local drifted = drifting{}
    drifted:advance(T + 2 * DAY + 3000)
    assert.equal(1553635508, digest(drifted:all(EVERYTHING)))
  end)

  it("drifts the same way however often it is asked", function()
    local once, often = drifting{}, drifting{}
    once:advance(T + 2 * DAY + 3000)
    for t = T + 2 * DAY + 1777, T + 2 * DAY + 3000, 3.5 do
      often:advance(t)
      often:page{ clock = "modified", from = T, to = T + 3 * DAY, limit = 5 }
    end
    often:advance(T + 2 * DAY + 3000)
    assert.equal(digest(once:all(EVERYTHING)), digest(often:all(EVERYTHING)))
  end)

  it("answers filters as a walk over every row does, before and after it has drifted", function()
    for _, seconds in ipairs{ 0, 1500 } do
      local world = drifting{}
      world:advance(T + 2 * DAY + 1777 + seconds)
      for i, filter in ipairs(FILTERS) do
        local truth, n = brute(world, filter)
        local rows = world:all(filter)
        assert.equal(n, #rows, "filter " .. i)
        assert.equal(n, world:count(filter))
        for _, row in ipairs(rows) do
          assert.equal(truth[row.id], row.modified)
          truth[row.id] = nil
        end
        assert.is_nil(next(truth))
      end
    end
  end)

  it("cuts pages without a gap or a repetition, in every stable order, with the same total on each",
    function()
    local world = drifting{}
    world:advance(T + 2 * DAY + 3000)
    local before = {
      id_asc = function(a, b) return a.id < b.id end,
      id_desc = function(a, b) return a.id > b.id end,
      time_asc = function(a, b, c) return a[c] < b[c] or a[c] == b[c] and a.id < b.id end,
      time_desc = function(a, b, c) return a[c] > b[c] or a[c] == b[c] and a.id > b.id end,
    }
    for order, less in pairs(before) do
      for i, filter in ipairs(FILTERS) do
        local _, n = brute(world, filter)
        local got, last, offset = 0, nil, 0
        repeat
          local rows, total = world:page(with(filter,
            { order = order, offset = offset, limit = 37 }))
          assert.equal(n, total)
          for _, row in ipairs(rows) do
            assert(not last or less(last, row, filter.clock), order .. " of filter " .. i)
            got, last = got + 1, row
          end
          offset = offset + 37
        until #rows < 37
        assert.equal(n, got)
      end
    end
  end)

  it("does so when thousands of rows were put", function()
    local world = World.new{ seed = 5 }
    for i = 1, 2500 do world:put{ modified = T + i * 7919 % 1009 } end
    for order, sign in pairs{ id_asc = 1, id_desc = -1 } do
      local last
      for offset = 0, 2400, 400 do
        local rows, total = world:page{ clock = "modified", from = T + 100, to = T + 2000,
          order = order, offset = offset,
          limit = 400 }
        assert.equal(total, world:count{ clock = "modified", from = T + 100, to = T + 2000 })
        for _, row in ipairs(rows) do
          assert.is_true(not last or (row.id - last) * sign > 0)
          last = row.id
        end
      end
    end
  end)

  it("gives ties another order each time, and only ties, when asked for random ones", function()
    local world = World.new{ seed = 5 }
    for i = 1, 60 do world:put{ modified = T + math.floor(i / 20), status = 5 } end
    local f = { clock = "modified", from = T, to = T + 10, order = "random" }
    local differ = false
    local first = world:page(f)
    for _ = 1, 5 do
      local rows = world:page(f)
      local seen = {}
      for i, row in ipairs(rows) do
        assert.is_nil(seen[row.id])
        seen[row.id] = true
        assert.equal(first[i].modified, row.modified)
        differ = differ or first[i].id ~= row.id
      end
      assert.equal(60, #rows)
    end
    assert.is_true(differ)
    local shuffled = world:page(with(f, { order = "shuffle" }))
    local sorted = true
    for i = 2, #shuffled do sorted = sorted and shuffled[i - 1].modified <= shuffled[i].modified end
    assert.equal(60, #shuffled)
    assert.is_false(sorted)
  end)

  it("costs nothing for millions of rows", function()
    collectgarbage()
    local before = collectgarbage("count")
    local world = World.new{ seed = 2, rows_per_day = 30000, from = T, to = T + 365 * DAY }
    local f = { clock = "consign_time", from = T + 3600, to = T + 300 * DAY }
    assert.is_true(world:count(f) > 7e6)
    local rows, total = world:page(with(f, { offset = 4000000, limit = 100, order = "id_asc" }))
    assert.equal(100, #rows)
    assert.equal(total, world:count(f))
    local made = 0
    for _ in pairs(world.base.blocks) do made = made + 1 end
    assert.is_true(made <= 16)
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 8192, "more than 8 MB kept")
  end)

  it("hands out a year one by one as the list does", function()
    local world = World.new{ seed = 2, rows_per_day = 40, from = T, to = T + 365 * DAY }
    local f = { clock = "consign_time", from = T, to = T + 365 * DAY }
    local all, n = world:all(f), 0
    for row in world:each(f) do
      n = n + 1
      assert.equal(all[n].id, row.id)
    end
    assert.equal(#all, n)
    assert.is_true(n > 5000) -- more than one of its portions
  end)

  it("does not show what is modified later than now", function()
    local world = World.new{ seed = 2, rows_per_day = 500, from = T, to = T + 3 * DAY,
      now = T + DAY }
    local all = world:count(EVERYTHING)
    for _, row in ipairs(world:all(EVERYTHING)) do assert.is_true(row.modified <= T + DAY) end
    world:advance(T + 2 * DAY)
    assert.is_true(world:count(EVERYTHING) > all)
  end)

  it("looks up numbers, generated and changed ones", function()
    local world = drifting{}
    local row = world:all{ clock = "consign_time", from = T, to = T + DAY }[5]
    for _, name in ipairs{ "no", "src_order_no", "src_tid" } do
      local found, total = world:page{ [name] = row[name] }
      assert.equal(#found, total)
      local hit = false
      for _, r in ipairs(found) do
        assert.equal(row[name], r[name])
        hit = hit or r.id == row.id
      end
      assert.is_true(hit)
    end
    world:change(row.id, { no = "CK-other" })
    assert.equal(0, #world:page{ no = row.no })
    assert.equal(row.id, world:page({ no = "CK-other" })[1].id)
    assert.equal(0, #world:page{ no = "CK00000000000" })
    local twins = 0
    for _, r in ipairs(world:all{ clock = "modified", from = T, to = T + DAY }) do
      if #world:page{ src_order_no = r.src_order_no } == 2 then twins = twins + 1 end
    end
    assert.is_true(twins > 1) -- an order may be two stockouts
  end)

  it("keeps its history apart", function()
    local world = World.new{ seed = 2, rows_per_day = 500, from = T, to = T + 3 * DAY,
      history_before = T + DAY }
    local live = world:count(with(EVERYTHING, { history = false }))
    local old = world:count(with(EVERYTHING, { history = true }))
    assert.is_true(live > 0 and old > 0)
    assert.equal(world:count(EVERYTHING), live + old)
  end)
end)

describe("rows that are put", function()
  it("can be replaced, changed and removed, over generated ones too", function()
    local world = World.new{ seed = 4, rows_per_day = 300, from = T, to = T + DAY }
    local f = { clock = "modified", from = T, to = T + DAY }
    local n = world:count(f)
    local own = world:put{ modified = T + 100 }
    assert.equal(n + 1, world:count(f))
    assert.equal(own, world:get(own.id))
    assert.is_true(world:remove(own.id))
    assert.is_false(world:remove(own.id))
    local generated = world:all(f)[10]
    assert.is_true(world:remove(generated.id))
    assert.is_nil(world:get(generated.id))
    assert.equal(n - 1, world:count(f))
    world:put(generated)
    assert.equal(n, world:count(f))
    world:change(generated.id, { modified = T + 2 * DAY })
    assert.equal(n - 1, world:count(f))
    assert.is_nil(world:change(1, { modified = T }))
  end)

  it("are refused when they can't be rows", function()
    local world = World.new()
    assert.has_error(function() world:put(5) end, "parameter 'row' is 5, expected a table")
    assert.has_error(
      function() world:put{} end, "parameter 'modified' is nil, expected a whole number")
    assert.has_error(function() world:put{ modified = 1.5 } end,
      "parameter 'modified' is 1.5, expected a whole number")
    assert.has_error(function() World.new{ order = "up" } end,
      "parameter 'order' is \"up\", expected one of the documented orders")
    assert.has_error(function() World.new{ rows_per_day = 1 } end,
      "parameter 'from' is nil, expected from and to as epoch seconds, with rows_per_day")
  end)

  it("keep a large index right through many changes", function()
    local world = World.new{ seed = 6 }
    for i = 1, 500 do world:put{ modified = T + i % 50, status = 5 } end
    local f = { clock = "modified", from = T, to = T + 1000 }
    local draw = require("wdt.sandbox.random").stream(1)
    for round = 1, 40 do
      for _ = 1, round % 5 == 0 and 200 or 3 do
        local id = 10000000 + draw(500)
        if draw() < 0.3 then world:remove(id) else world:put{
          id = id, modified = T + draw(60), status = 5 } end
      end
      local last
      local rows = world:all(f)
      local _, n = brute(world, f)
      assert.equal(n, #rows)
      for _, row in ipairs(rows) do
        assert(not last or last.modified < row.modified
          or last.modified == row.modified and last.id < row.id)
        assert.equal(row, world:get(row.id))
        last = row
      end
    end
  end)
end)

describe("drift", function()
  -- A world of 200 rows of one status, after ten minutes of one kind of change.
  local function after(drift, status, o)
    local world = World.new{ seed = 9, now = T, drift = drift, memory = o and o.memory }
    for i = 1, 200 do world:put{ modified = T - 1000 - i, status = status or 95 } end
    local seen = {}
    world.on_change = function(now, _, old, new) seen[#seen + 1] =
      { now = now, old = old, new = new } end
    for t = T, T + 600, 10 do world:advance(t) end
    return world, seen
  end

  local function fields(kind, status)
    local _, seen = after({ [kind] = 0.2 }, status)
    assert.is_true(#seen > 60 and #seen < 180, kind .. " happened " .. #seen .. " times")
    return seen
  end

  it("touches, ships, completes, settles, cancels, ships again and renumbers", function()
    for _, c in ipairs(fields("touch")) do
      assert.equal(math.floor(c.now), c.new.modified)
      assert.equal(c.old.consign_time, c.new.consign_time)
    end
    for _, c in ipairs(fields("ship", 55)) do
      assert.equal(55, c.old.status)
      assert.is_nil(c.old.consign_time)
      assert.equal(95, c.new.status)
      assert.equal(c.new.modified, c.new.consign_time)
    end
    for _, c in ipairs(fields("complete")) do assert.equal(110, c.new.status) end
    for _, c in ipairs(fields("settle")) do assert.equal(105, c.new.status) end
    for _, c in ipairs(fields("cancel", 55)) do assert.is_true(
      c.new.status == 5 and c.new.cancelled) end
    for _, c in ipairs(fields("reship")) do assert.is_true(
      c.new.consign_time > c.old.consign_time) end
    for _, c in ipairs(fields("renumber", 55)) do assert.not_equal(c.old.no, c.new.no) end
  end)

  it("lets rows arrive, disappear and grow old", function()
    for _, c in ipairs(fields("arrive")) do
      assert.is_false(c.old)
      assert.equal(math.floor(c.now), c.new.modified)
    end
    for _, c in ipairs(fields("remove")) do assert.is_false(c.new) end
    for _, c in ipairs(fields("archive")) do assert.is_true(c.new.history) end
  end)

  it("shows some changes late", function()
    local _, seen = after{ touch = 0.5, late = { chance = 0.5, delay = 30 } }
    local late = 0
    for _, c in ipairs(seen) do
      if c.now - c.new.modified >= 30 then late = late + 1 end
      assert.is_true(c.now - c.new.modified < 31)
      assert.is_true(c.new.modified >= c.old.modified)
    end
    assert.is_true(late > #seen * 0.3 and late < #seen * 0.7)
  end)

  it("has thousands of changes in one second", function()
    local world = after{ batch = { every = 250, size = 3000 } }
    assert.equal(3000, world:count{ clock = "modified", from = T + 250, to = T + 250 })
    assert.equal(3000, world:count{ clock = "modified", from = T + 500, to = T + 500 })
  end)

  it("has rows that go and come back", function()
    for _, mode in ipairs{ "hide", "status", "time" } do
      local world, seen = after{ toggle = { count = 3, period = 5, mode = mode } }
      assert.is_true(#seen > 200, mode)
      local ids, gone, back = {}, 0, 0
      local matches = world:matcher{ clock = "consign_time", from = T - 2000, to = T - 1000,
        status = 95 }
      for _, c in ipairs(seen) do
        ids[(c.new or c.old).id] = true
        local was, is = c.old and matches(c.old), c.new and matches(c.new)
        if was and not is then gone = gone + 1 elseif is and not was then back = back + 1 end
      end
      local n = 0
      for _ in pairs(ids) do n = n + 1 end
      assert.equal(3, n)
      assert.is_true(gone > 100 and back > 100 and gone - back <= 3)
    end
  end)

  it("takes generated rows as well", function()
    local world = drifting{ drift = { touch = 1 } }
    local f = { clock = "modified", from = T, to = T + 2 * DAY }
    local before = world:count(f)
    world:advance(T + 2 * DAY + 1777 + 300)
    assert.is_true(world:count(f) < before - 100)
  end)
end)

describe("the past", function()
  it("can be seen as it was", function()
    for _, rows_per_day in ipairs{ 0, 400 } do
      local world = World.new{ seed = 3, rows_per_day = rows_per_day, from = T, to = T + 3 * DAY,
        now = T + 2 * DAY,
        memory = 200, drift = DRIFT }
      for i = 1, 100 do world:put{ modified = T + i, status = i % 2 == 0 and 95 or 55 } end
      local filters = { EVERYTHING, { clock = "consign_time", status = 95, from = T,
        to = T + 3 * DAY },
        { clock = "modified", status = { 55, 5 }, from = T, to = T + 3 * DAY } }
      local then_ = {}
      world:advance(T + 2 * DAY + 300)
      for i, f in ipairs(filters) do then_[i] = digest(world:all(f)) end
      local number = world:all(filters[2])[3].no
      world:advance(T + 2 * DAY + 480)
      local differ = 0
      for i, f in ipairs(filters) do
        assert.equal(then_[i], digest(world:all(with(f, { at = T + 2 * DAY + 300 }))))
        if then_[i] ~= digest(world:all(f)) then differ = differ + 1 end
      end
      assert.is_true(differ >= 2)
      assert.equal(number, world:page({ no = number, at = T + 2 * DAY + 300 })[1].no)
    end
  end)

  it("is witnessed: what stayed, and what was ever held", function()
    local world = World.new{ seed = 8, now = T, memory = 100,
      drift = { touch = 1, settle = 0.5, remove = 0.2 } }
    for i = 1, 300 do world:put{ modified = T - i, consign_time = T - i, status = 95 } end
    world:advance(T + 50)
    local f = { clock = "consign_time", status = 95, from = T - 1000, to = T }
    local early, late = world:watch(f, T + 10), world:watch(f)
    local count = function(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
    local e0, l0 = count(early.stayed), count(late.stayed)
    assert.equal(l0, world:count(f))
    assert.is_true(e0 <= l0)
    local id, row = next(late.stayed)
    local first = row.modified
    assert.is_true(late:held(id, first))
    assert.is_false(late:held(id, first + 1))
    world:change(id, { modified = T + 60 })
    assert.is_truthy(late.stayed[id]) -- another version, the same place in the window
    world:change(id, { status = 105 })
    world:change(id, { status = 95 })
    assert.is_nil(late.stayed[id]) -- it was away for a moment
    assert.is_true(late.entered[id])
    assert.is_true(late:held(id, first) and late:held(id, T + 60))
    assert.is_false(late:held(id, T + 61))
    world:advance(T + 150)
    assert.is_true(count(late.stayed) < l0)
    late:close()
    late:close()
    local n = count(late.stayed)
    world:advance(T + 250)
    assert.equal(n, count(late.stayed))
    assert.is_true(count(early.stayed) < n)
    early:close()
    assert.equal(0, world.nwatches)
  end)
end)
