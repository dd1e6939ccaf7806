-- `wdt ledger --start T` with T before the job's `from` ended with 0, as if time that was never
-- asked for had been read.
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local cjson = require "cjson"
local text = require "wdt.state.text"
local command = require "support.command"
local shell = require "support.shell"

describe("wdt ledger, of time before a job's 'from'", function()
  local cli

  setup(function()
    cli = command.new(nil)
    local from = beijing.parse "2026-11-01 00:00:00"
    local read = checkpoint.commit(checkpoint.new("q", from),
      { kind = "new", start = from, stop = from + 3599,
      rows_read = 1, calls = 1,
      certificate = "atomic", by_hour = {}, opened_at = from + 7200 }, {}, {}, from + 7200)
    shell.write(cli.folder .. "/state", text.seal(read))
  end)
  teardown(function() cli:close() end)

  local function ledger(start, stop)
    local got = cli:run(("wdt ledger state --format json --start '%s' --stop '%s'"):format(start,
      stop))
    return cjson.decode(got.out), got.status
  end

  it("tells a gap", function()
    local found, status = ledger("2026-10-01 00:00:00", "2026-11-01 00:30:00")
    assert.equal(1, status)
    assert.same({ { start = "2026-10-01 00:00:00", stop = "2026-10-31 23:59:59",
      seconds = 31 * 86400 } }, found.gaps)
    found, status = ledger("2026-10-01 00:00:00", "2026-10-02 00:00:00")
    assert.equal(1, status)
    assert.equal("2026-10-02 00:00:00", found.gaps[1].stop)
  end)

  it("finds none from there on", function()
    local found, status = ledger("2026-11-01 00:00:00", "2026-11-01 00:59:59")
    assert.equal(0, status)
    assert.same({}, found.gaps)
  end)
end)
