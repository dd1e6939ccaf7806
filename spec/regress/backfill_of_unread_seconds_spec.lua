-- A backfill of seconds that no new window had read yet called them done, without counting their
-- rows for the audit: a row that became visible there later was never found.
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local copying = require "support.copying"
local shell = require "support.shell"
local wdt = require "wdt"

local FROM = beijing.parse(copying.FROM)

describe("a backfill of what has not been read yet", function()
  it("leaves it to be read, and audited, as what is new", function()
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. folder) end)
    local client = copying.client_of(copying.small_box(60, 60))
    local job = assert(client:sync{ name = "x", what = "stockouts", from = FROM,
      into = "sqlite:" .. folder .. "/x.db", state = wdt.state.memory(),
      audit = { "30d" } })
    assert(job:backfill(FROM, FROM + 7199))
    while assert(job:step("past") ~= nil) and job:progress().to_fill > 0 do end
    assert.equal(0, job:progress().to_fill)
    assert.equal(FROM, job:progress().watermark)
    assert(job:run())
    local known = 0
    for _, bucket in ipairs(job._checkpoint.buckets) do known = known + bucket.known end
    assert.equal(60, known)
    job:close()
  end)

  it("is done up to the watermark, and before the beginning", function()
    local kept = checkpoint.new("q", 1000)
    kept.done = { { 1000, 1999 } }
    kept = checkpoint.backfill(kept, 500, 2500)
    kept = checkpoint.commit(kept, { kind = "backfill", start = 500, stop = 2500, rows_read = 0,
      calls = 1, certificate = "atomic", by_hour = {}, opened_at = 9000 }, {}, {}, 9000)
    assert.same({ { 500, 1999 } }, kept.done)
    assert.is_nil(kept.backfill)
  end)
end)
