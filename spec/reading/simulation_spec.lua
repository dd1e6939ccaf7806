local busy_day = require "support.busy_day"
local scenario = require "support.scenario"

-- Seeds a run; `spec/simulate.lua` runs any number. LuaJIT is some times faster.
local SEEDS = rawget(_G, "jit") and 900 or 400

local function run(from, seeds, how)
  local proofs, rows = {}, 0
  for seed = from, from + seeds - 1 do
    local result = scenario.run(seed, how)
    assert.is_nil(result.problem, ("%s\n%s\nreplay: spec/simulate.lua --seeds 1 --from %d"):format(
      result.what,
      tostring(result.problem), seed))
    local proof = result.progress.certificate or "-"
    proofs[proof] = (proofs[proof] or 0) + 1
    rows = rows + result.rows
  end
  return proofs, rows
end

describe("a simulated reading", function()
  it("loses nothing, invents nothing, repeats nothing and certifies nothing false, whatever moves "
    .. "and fails", function()
    local proofs, rows = run(1, SEEDS)
    assert.is_true(rows > SEEDS * 50)
    assert.is_true(proofs.atomic > SEEDS / 2) -- certificates are not given up lightly
    assert.is_true(proofs.conserved > SEEDS / 25, proofs.conserved)
    assert.is_true((proofs.none or 0) < SEEDS / 4)
  end)

  it("by sweep loses nothing while rows only leave", function()
    local proofs = run(1, math.floor(SEEDS / 5), { sweep = true, still = true })
    assert.is_true(proofs.swept > SEEDS / 20)
    assert.is_nil(proofs.none)
  end)

  it("by sweep invents nothing and repeats nothing, whatever moves and fails", function()
    run(1, math.floor(SEEDS / 5), { sweep = true })
  end)

  it("of the ultimate edition's stockouts, whose order is promised, loses nothing either",
    function()
    local proofs = run(1, math.floor(SEEDS / 5), { sales = true })
    assert.is_true(proofs.seek > SEEDS / 100)
    assert.is_true(proofs.atomic > SEEDS / 12)
  end)

  it("of the huice edition's stockouts loses nothing either", function()
    local proofs, rows = run(1, math.floor(SEEDS / 10), { huice = true })
    assert.is_true(rows > SEEDS * 10)
    assert.is_true(proofs.atomic > SEEDS / 20)
    assert.is_true((proofs.none or 0) < SEEDS / 30)
  end)

  it("certifies nothing false of a server that answers oddly", function()
    local refused, windows = 0, 0
    for seed = 1, math.floor(SEEDS / 5) do
      local result = scenario.run(seed, { odd = true })
      assert.is_nil(result.problem, ("%s\n%s\nreplay: spec/simulate.lua --odd --seeds 1 --from %d")
        :format(result.what, tostring(result.problem), seed))
      windows = windows + #result.windows
      if result.refused then refused = refused + 1 end
    end
    assert.is_true(windows > SEEDS)
    assert.is_true(refused < SEEDS / 50)
  end)

  it("certifies nothing false while page sizes are learnt, whatever the server makes of them",
    function()
    for _, how in ipairs{ { learn = true }, { learn = true, odd = true },
      { learn = true, sweep = true } } do
      local proofs = run(1, math.floor(SEEDS / 20), how)
      assert.is_true(proofs.atomic + (proofs.swept or 0) > SEEDS / 60)
    end
  end)

  it("is the same run for the same seed", function()
    local one, other = scenario.run(17), scenario.run(17)
    assert.same(one.progress, other.progress)
    assert.equal(one.calls, other.calls)
  end)
end)

describe("calls per 1000 rows, while two rows a second are modified", function()
  for _, case in ipairs{ { "time_asc", "seek", 13.1 }, { "time_desc", "seek", 13.1 },
    { "id_asc", "seek", 13.5 },
    { "shuffle", "seek", 13.5 }, { "id_desc", "sweep", 11 } } do
    it(("are at most %g by %s on a server that sorts %s"):format(case[3], case[2], case[1]),
      function()
      local cost = busy_day.read(case[1], case[2], 2)
      assert.is_true(cost.per_1000 <= case[3], cost.per_1000)
      assert.equal(0, cost.lost)
      assert.equal(0, cost.progress.uncertified)
    end)
  end
end)
