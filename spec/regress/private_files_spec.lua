-- State and data files were made readable by everybody (0644), and STATE.tmp, STATE.lock and the
-- journals of sinks followed symbolic links, so that who guessed the name chose the file that was
-- overwritten.
local beijing = require "wdt.beijing"
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"
local wdt = require "wdt"

describe("a file that a copy makes", function()
  local visit, cli

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function() cli = command.new(visit) end)
  after_each(function() cli:close() end)

  local function sync(to, state)
    return cli:run(("umask 022; wdt sync job --from '%s' --state %s --to %s --rate 100000"):format(
      beijing.format(os.time() - 2 * 86400), state or "state", to), "enterprise")
  end

  it("can be read by its owner alone", function()
    for _, to in ipairs{ "sqlite:db", "ndjson:lines", "csv:cells" } do
      local got = sync(to, to:match "%l+" .. ".state")
      assert.equal(0, got.status, got.err)
    end
    cli:must("umask 022; wdt stockouts -o day.csv --day " .. visit.day, "enterprise")
    local open = cli:must "find . -type f ! -name wdt ! -name .err ! -perm 600"
    assert.equal("", open)
    assert.is_true(tonumber((cli:must "find . -type f -perm 600 | wc -l")) >= 12)
  end)

  it("replaces no file that a planted link names", function()
    cli:must "mkdir lines"
    for _, name in ipairs{ "state.tmp", "lines/.job.ndjson.journal.tmp" } do
      cli:must(("echo precious >victim; ln -s $PWD/victim %s"):format(name))
    end
    local got = sync "ndjson:lines"
    assert.equal(0, got.status, got.err)
    assert.equal("precious\n", shell.read(cli.folder .. "/victim"))
    assert.equal("regular file\n", cli:must "stat -c %F state")
    cli:must "rm state*; ln -s victim state.lock"
    got = sync("sqlite:db")
    assert.equal(10, got.status)
    assert.truthy(got.err:find("state can't be locked: Too many levels of symbolic links", 1, true)
      or got.err:find("state: can't be locked: Too many levels of symbolic links", 1, true),
        got.err)
    assert.equal("precious\n", shell.read(cli.folder .. "/victim"))
  end)

  it("is not one that others made readable under its name before", function()
    cli:must "umask 000; touch state.tmp; mkfifo other.tmp"
    for _, name in ipairs{ "state", "other" } do
      local store = wdt.state.file(cli.folder .. "/" .. name)
      assert.is_true(store:lock())
      assert.is_true(store:save "secret")
      store:unlock()
    end
    assert.equal("600 regular file\n600 regular file\n", cli:must "stat -c '%a %F' state other")
  end)
end)
