-- Windows share a second, and a file was marked only where that held no row: on a busy day never,
-- so that a killed export of hours began again at its first row.
local beijing = require "wdt.beijing"
local command = require "support.command"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local visitor = require "support.visitor"

local SECONDS, PER_SECOND = 100, 40

describe("an output of many rows a second that is gone on with", function()
  local visit, cli, line

  setup(function()
    local now = os.time()
    local from = now - now % 86400 - 2 * 86400 + 3 * 3600 -- eleven in the morning, in Beijing
    visit = visitor.of(assert(server.start{ gateway = { fields = "short" }, world = { seed = 9,
      rows_per_day = PER_SECOND * 86400, from = from, to = from + SECONDS - 1, now = now } }))
    cli = command.new(visit)
    line = ("wdt stockouts --start '%s' --stop '%s' --rate 100000"):format(beijing.format(from),
      beijing.format(from + SECONDS - 1))
  end)
  teardown(function()
    cli:close()
    visit:stop()
  end)

  it("begins at the last window, repeats no row and loses none", function()
    local _, told = cli:must(line .. " -o whole", "enterprise")
    local whole = cli:must "sort whole"
    local rows = select(2, whole:gsub("\n", ""))
    assert.is_true(rows > 4000, rows)
    local all = tonumber((told:match "([%d,]+) calls":gsub(",", "")))
    for _, calls in ipairs{ math.floor(all * 0.5), math.floor(all * 0.8) } do
      server.control(visit.handle, "inject", { kind = "none", times = calls })
      server.control(visit.handle, "inject", { kind = "server", code = 1060 })
      local got = cli:run(line .. " -o cut", "enterprise")
      assert.equal(4, got.status, got.err)
      assert.is_true(#shell.read(cli.folder .. "/cut.part") > 1000)
      local held = select(2, shell.read(cli.folder .. "/cut.part.mark"):gsub("\n", "")) - 1
      assert.is_true(held > 0 and held < 500, held)
      cli:must(got.err:match "to go on: ([^\n]+)\n", "enterprise")
      assert.equal(whole, cli:must "sort cut")
      cli:must "rm cut"
    end
  end)
end)
