-- `wdt … -o FILE --continue` after a kill before the first mark said "begin again, without
-- --continue" for ever: a script that repeats its command line never got out of it.
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"

local KILLED = 137

describe("an output that is gone on with", function()
  local visit, cli, line

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function()
    cli = command.new(visit)
    line = ("wdt stockouts --day %s --page-size 10 --rate 100000 -o day.ndjson"):format(visit.day)
  end)
  after_each(function() cli:close() end)

  -- The sorted lines of the file: its order is the reader's.
  local function lines()
    return cli:must "sort day.ndjson"
  end

  it("begins at the beginning where it was killed before its first mark", function()
    -- Killed as the file is made, as it is emptied, and as the first mark is written.
    local init = cli.folder .. "/die.lua"
    shell.write(init, [[
      local posix = require "wdt.posix"
      local output, n = posix.output, 0
      posix.output = function(...)
        local file, err = output(...)
        n = n + 1
        if n == tonumber(os.getenv "WDT_DIE_AT") then os.execute("kill -KILL " .. posix.pid()) end
        return file, err
      end]])
    cli:must(line, "enterprise")
    local expected = lines()
    for at = 1, 2 do
      cli:must "rm -f day.ndjson*"
      local got = cli:run(line, "enterprise", { LUA_INIT = "@" .. init, WDT_DIE_AT = tostring(at) })
      assert.equal(KILLED, got.status, got.err)
      got = cli:run(line .. " --continue", "enterprise")
      assert.equal(0, got.status, got.err)
      assert.equal(expected, lines())
    end
    assert.is_true(#expected > 10000)
  end)

  it("gets to its end by one command line, however early it is killed", function()
    cli:must(line, "enterprise")
    local expected = lines()
    cli:must "rm -f day.ndjson*"
    local script = "for limit in 0.01 0.03 0.05 0.08 60; do timeout -s KILL $limit "
      .. line:gsub("%-%-page%-size 10", "--page-size 100")
        .. " --continue; [ ! -e day.ndjson ] || break; done"
    local got = cli:run(script, "enterprise")
    assert.equal(0, got.status, got.err)
    assert.equal(expected, lines())
  end)

  it("is refused where rows stand in it that nothing vouches for, and where it is whole", function()
    shell.write(cli.folder .. "/day.ndjson.part", "a row\n")
    assert.equal(11, cli:run(line .. " --continue", "enterprise").status)
    cli:must("rm day.ndjson.part; touch day.ndjson")
    local got = cli:run(line .. " --continue", "enterprise")
    assert.equal(11, got.status)
    assert.truthy(got.err:find("day.ndjson is whole: nothing can be continued", 1, true), got.err)
  end)
end)
