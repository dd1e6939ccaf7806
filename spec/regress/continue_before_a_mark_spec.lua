-- `wdt … -o FILE --continue` after a kill before the first mark said "begin again, without
-- --continue" for ever, and after one between the last window's mark and the end "goes on at" the
-- second after the range, exit 2: a script that repeats its command line never got out of it.
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

  -- Ends the process before or after the n-th step that makes a file or changes a name. Once the
  -- last mark is removed the run has done all, so a removal is died before only.
  local DIE = [[
    local posix, n = require "wdt.posix", 0
    local function die()
      n = n + 1
      if n == tonumber(os.getenv "WDT_DIE_AT") then os.execute("kill -KILL " .. posix.pid()) end
    end
    local function deadly(step, after)
      return function(...)
        die()
        local a, b, c = step(...)
        after()
        return a, b, c
      end
    end
    posix.output, os.rename = deadly(posix.output, die), deadly(os.rename, die)
    os.remove = deadly(os.remove, function() end)]]

  for _, windows in ipairs{ "one window", "many windows" } do
    it("gets to its end by one command line, wherever it is killed: " .. windows, function()
      if windows == "one window" then line = line:gsub("size 10", "size 100") end
      local init = cli.folder .. "/die.lua"
      shell.write(init, DIE)
      cli:must(line, "enterprise")
      local expected, deaths = lines(), 0
      assert.is_true(#expected > 10000)
      repeat
        cli:must "rm -f day.ndjson*"
        local got = cli:run(line, "enterprise",
          { LUA_INIT = "@" .. init, WDT_DIE_AT = tostring(deaths + 1) })
        if got.status == 0 then break end
        assert.equal(KILLED, got.status, got.err)
        deaths = deaths + 1
        got = cli:run(line .. " --continue", "enterprise")
        assert.equal(0, got.status, got.err)
        assert.equal(expected, lines())
        assert.equal("day.ndjson\n", cli:must "ls -A | grep ndjson")
      until deaths == 40
      assert.is_true(deaths >= 12, deaths)
    end)
  end

  it("ends a document that lacks but its end", function()
    local init = cli.folder .. "/die.lua"
    shell.write(init, DIE)
    local document = line:gsub("size 10", "size 100"):gsub("ndjson", "json")
    cli:must(document, "enterprise")
    local expected = cli:must "cat day.json"
    cli:must "rm day.json"
    -- Two steps make the part and one removes its mark; then each mark takes four.
    assert.equal(KILLED, cli:run(document, "enterprise",
      { LUA_INIT = "@" .. init, WDT_DIE_AT = tostring(3 + 4 + 4) }).status)
    local part = cli:must "cat day.json.part"
    assert.is_true(#part > 10000 and expected:sub(1, #part) == part and #part < #expected)
    local got = cli:run(document .. " --continue", "enterprise")
    assert.equal(0, got.status, got.err)
    assert.truthy(got.err:find("day.json had been finished: it is whole", 1, true), got.err)
    assert.equal(expected, cli:must "cat day.json")
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
