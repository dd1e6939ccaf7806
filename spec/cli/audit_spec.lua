-- `wdt audit`: names what a copy lacks, repairs it, and says what it can't see.
local cjson = require "cjson"
local command = require "support.command"
local databases = require "support.databases"

describe("wdt audit", function()
  local visit, cli, to, db

  command.visiting(function(v, c)
    visit, cli = v, c
    db = databases.sqlite(cli.folder)
    to = " --rate 100000 --to " .. db.target
    cli:must("wdt sync stockouts --from " .. visit.day .. " --stop " .. visit.day .. to,
      "enterprise")
  end)

  local function lose(n)
    local ids = db.all("SELECT stockout_id FROM stockouts ORDER BY stockout_id LIMIT " .. n)
    for _, one in ipairs(ids) do
      -- its lines stay: they must not be in the way
      db.run("DELETE FROM stockouts WHERE stockout_id = " .. one.stockout_id)
    end
    return ids
  end

  it("tells that nothing is missing, and what it can't see", function()
    local out, err = cli:must("wdt audit stockouts" .. to, "enterprise")
    assert.equal("", out)
    assert.truthy(err:find("0 differences, 0 repaired", 1, true), err)
    assert.truthy(err:find("not seen: a row that was lost in an hour", 1, true), err)
    err = select(2, cli:must("wdt audit stockouts" .. to, "enterprise",
      { LC_ALL = "zh_CN.UTF-8" }))
    assert.truthy(err:find("0 处差异，已修复 0 处", 1, true), err)
  end)

  it("names what is missing, and repairs it; with --dry it only tells", function()
    local lost = lose(2)
    local got = cli:run("wdt audit stockouts --dry --format json" .. to, "enterprise")
    assert.equal(1, got.status)
    local found = cjson.decode(got.out)
    assert.same({ 2, 2, 0 }, { #found.differences, found.left, found.repaired })
    local out = cli:must("wdt audit stockouts" .. to, "enterprise")
    assert.equal(3, select(2, out:gsub("\n", "")))
    assert.truthy(out:find(visit.day, 1, true) and out:find "CK%d+ +missing .* yes\n", out)
    for _, one in ipairs(lost) do
      assert.equal(1, #db.all("SELECT 1 FROM stockouts WHERE stockout_id = " .. one.stockout_id))
    end
    local ledger = cli:must("wdt ledger " .. db.target .. " stockouts", nil)
    assert.truthy(ledger:find("repair", 1, true), ledger)
  end)

  it("refuses what it can't audit", function()
    for line, wrong in pairs{ ["x --to ndjson:y"] = "files have no keys",
      ["x --to mysql://a:b@c/d"] = "a password is not taken" } do
      local got = cli:run("wdt audit " .. line, "enterprise")
      assert.equal(2, got.status)
      assert.truthy(got.err:find(wrong, 1, true), got.err)
    end
    local got = cli:run("wdt audit stockouts --to sqlite:none.db", "enterprise")
    assert.is_true(got.status ~= 0)
    got = cli:run("wdt audit stockouts --status 5" .. to, "enterprise")
    assert.truthy(got.err:find("the stored state is of another query", 1, true), got.err)
  end)
end)
