-- `-o FILE --continue` with another status went on in the file of the first one: it held rows of
-- both, and neither of the two ranges whole.
local command = require "support.command"
local server = require "wdt.sandbox.server"
local visitor = require "support.visitor"

describe("an output that is gone on with", function()
  local visit, cli

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function() cli = command.new(visit) end)
  after_each(function() cli:close() end)

  it("takes no other words than those of its beginning", function()
    local line = ("wdt stockouts --day %s --page-size 10 --rate 100000"):format(visit.day)
    cli:must(line .. " -o whole.ndjson", "enterprise")
    server.control(visit.handle, "inject", { kind = "none", times = 20 })
    server.control(visit.handle, "inject", { kind = "server", code = 1060 })
    assert.equal(4, cli:run(line .. " -o cut.ndjson", "enterprise").status)
    local part = cli:must "cat cut.ndjson.part"
    for _, words in ipairs{ " --status 110", " --fields order_no", " --mask", " --format csv",
      " --where status=95", " -p shop_no=none", " --history" } do
      local got = cli:run(line .. words .. " -o cut.ndjson --continue", "enterprise")
      assert.equal(11, got.status, words)
      assert.equal("wdt: output: cut.ndjson.part was begun by other words; only times, pace "
        .. "and FILE may change\n", got.err)
      assert.equal(part, cli:must "cat cut.ndjson.part")
    end
    assert.equal(11, cli:run(line .. " -o cut.ndjson --continue", "ultimate").status)
    local other_pace = line:gsub("100000", "90000"):gsub("size 10", "size 50")
    cli:must(other_pace .. " --lanes 2 -o cut.ndjson --continue", "enterprise")
    assert.equal(cli:must "sort whole.ndjson", cli:must "sort cut.ndjson")
  end)
end)
