-- `wdt … -o FILE` was killed after FILE had got its name and before the run had ended:
-- `--continue` said "FILE is whole: nothing can be continued" for ever, exit 11, and a script never
-- learnt that all had been done.
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"

local KILLED = 137

-- Ends the process before or after a file gets its name, and as the mark is removed.
local DIE = [[
  local posix, rename, remove = require "wdt.posix", os.rename, os.remove
  local at = os.getenv "WDT_DIE_AT"
  local function die() os.execute("kill -KILL " .. posix.pid()) end
  os.rename = function(from, to)
    local is_name = not to:find "mark$"
    if is_name and at == "before" then die() end
    local ok, err = rename(from, to)
    if is_name and at == "after" then die() end
    return ok, err
  end
  os.remove = function(name)
    if name == "day.ndjson.part.mark" and io.open "day.ndjson" and at == "end" then die() end
    return remove(name)
  end]]

describe("an output that was killed when all was written", function()
  local visit, cli, line, init

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function()
    cli = command.new(visit)
    line = ("wdt stockouts --day %s --page-size 100 --rate 100000 -o day.ndjson"):format(visit.day)
    init = cli.folder .. "/die.lua"
    shell.write(init, DIE)
  end)
  after_each(function() cli:close() end)

  local function killed(command_line, at)
    local got = cli:run(command_line, "enterprise", { LUA_INIT = "@" .. init, WDT_DIE_AT = at })
    assert.equal(KILLED, got.status, got.err)
  end

  local function files() return (cli:must "ls -A | grep ndjson") end

  for _, at in ipairs{ "before", "after", "end" } do
    it("is found finished, killed at its name: " .. at, function()
      cli:must(line, "enterprise")
      local expected = cli:must "cat day.ndjson"
      assert.is_true(#expected > 10000)
      assert.equal("day.ndjson\n", files())
      cli:must "rm day.ndjson"
      killed(line, at)
      killed(line .. " --continue", "end") -- the one that goes on is killed as well
      local got = cli:run(line .. " --continue", "enterprise")
      assert.equal(0, got.status, got.err)
      assert.truthy(got.err:find("day.ndjson had been finished: it is whole", 1, true), got.err)
      assert.equal(expected, cli:must "cat day.ndjson")
      assert.equal("day.ndjson\n", files())
      -- Without that mark nothing tells what FILE holds.
      assert.equal(11, cli:run(line .. " --continue", "enterprise").status)
    end)
  end

  it("is no answer to another query, and none once FILE is gone or another", function()
    killed(line, "after")
    local got = cli:run(line:gsub("%-%-day %S+", "--day 2026-01-01") .. " --continue", "enterprise")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("day.ndjson is whole, and was finished by another query: "
      .. visit.day, 1, true), got.err)
    local expected = cli:must "cat day.ndjson"
    cli:must "echo >>day.ndjson"
    assert.equal(11, cli:run(line .. " --continue", "enterprise").status)
    cli:must "rm day.ndjson"
    assert.equal(0, cli:run(line .. " --continue", "enterprise").status)
    assert.equal(expected, cli:must "cat day.ndjson")
    assert.equal("day.ndjson\n", files())
  end)

  it("is found finished where the query has no times", function()
    line = "wdt stockouts --param stockout_no=CK0 -o day.ndjson"
    killed(line, "after")
    local got = cli:run(line .. " --continue", "enterprise")
    assert.equal(0, got.status, got.err)
    assert.equal("day.ndjson\n", files())
  end)
end)
