-- A state that was used with another target, or with one that had been deleted, said "everything
-- has been copied" of an empty table, with exit 0.
local beijing = require "wdt.beijing"
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"

describe("wdt sync, with the state of", function()
  local visit, cli

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function() cli = command.new(visit) end)
  after_each(function() cli:close() end)

  local function sync(to, name)
    return cli:run(("wdt sync %s --from '%s' --state state --to %s --rate 100000"):format(name
      or "job",
      beijing.format(os.time() - 2 * 86400), to), "enterprise")
  end

  local function copied(...)
    local got = sync(...)
    assert.equal(0, got.status, got.err)
  end

  local function refused(words, ...)
    local got = sync(...)
    assert.equal(10, got.status, got.err)
    assert.truthy(got.err:find(words, 1, true), got.err)
  end

  for scheme, other in pairs{ sqlite = "ndjson:other", ndjson = "sqlite:other",
    csv = "ndjson:other" } do
    local target = scheme .. ":copy"

    it("another target than " .. scheme .. ", is refused", function()
      copied(target)
      refused("holds none of them: it is another target, or was deleted or emptied", other)
      refused("holds none of them", scheme .. ":second")
      refused("holds none of them", target, "job2") -- another table, other files
      assert.equal("", cli:must "find . -path './other*' -type f -size +0 -not -name '*.lock'")
      copied(target)
    end)

    it(scheme .. " that was deleted, is refused until the state is removed", function()
      copied(target)
      cli:must "rm -r copy"
      refused("was deleted", target)
      -- nor does the first try make one that is taken for the old one
      refused("was deleted", target)
      cli:must "rm -rf state copy"
      copied(target)
    end)
  end

  it("a table that another state has filled, is refused", function()
    copied "sqlite:copy"
    cli:must "mv state first"
    copied "sqlite:second"
    refused("the state was made with another target than sqlite:copy", "sqlite:copy")
    cli:must "mv first state"
    copied "sqlite:copy"
  end)

  it("files of which the last are gone, is refused", function()
    copied "ndjson:copy"
    cli:must "rm copy/*.ndjson" -- the journal stays
    local got = sync "ndjson:copy"
    assert.equal(11, got.status, got.err)
    assert.truthy(got.err:find(".ndjson is gone, which the last window was written to", 1, true),
      got.err)
  end)

  it("a copy that was restored from a backup, is refused", function()
    local line = ("wdt sync job --from '%s' --state state --to sqlite:copy --page-size 2 --rate "
      .. "100000 --lag ")
      :format(beijing.format(os.time() - 2 * 86400))
    cli:must(line .. "1d; cp copy backup", "enterprise")
    cli:must(line .. "3m; mv backup copy", "enterprise")
    local got = cli:run(line .. "3m", "enterprise")
    assert.equal(10, got.status, got.err)
    assert.truthy(got.err:find("the state is ahead of sqlite:copy", 1, true), got.err)
  end)

  it("another query that shares the table, is taken", function()
    local line = ("wdt sync job --from '%s' --to sqlite:copy --page-size 2 --rate 100000 --lag %%s "
      .. "--status %%d --state s%%d"):format(beijing.format(os.time() - 2 * 86400))
    cli:must(line:format("1d", 95, 95), "enterprise")
    cli:must(line:format("3m", 95, 95), "enterprise")
    cli:must(line:format("3m", 110, 110), "enterprise")
    cli:must(line:format("3m", 95, 95), "enterprise")
    cli:must(line:format("3m", 110, 110), "enterprise")
  end)

  it("no other job's files is cut back by chance", function()
    copied "ndjson:copy"
    cli:must "mv state first; mv copy kept"
    copied "ndjson:copy"
    local before = cli:must "cat copy/*.ndjson"
    cli:must "mv first state"
    assert.equal(10, sync "ndjson:copy".status)
    assert.equal(before, cli:must "cat copy/*.ndjson")
    assert.is_true(#shell.read(cli.folder .. "/state") > 0)
  end)
end)
