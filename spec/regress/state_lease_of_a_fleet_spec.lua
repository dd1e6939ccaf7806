-- Seen in a chaos: a fleet's lease on an account is a minute, or what its file says, but that on a
-- job's own state in Redis was five minutes whatever the file said: the job of a host that had died
-- was refused to the next one for as long.
local copying = require "support.copying"
local runner_of = require "wdt.fleet.runner"
local shell = require "support.shell"
local wdt = require "wdt"

describe("the lease on a state of a fleet", function()
  it("is that of its accounts", function()
    local folder, open, opened = shell.folder(), wdt.state.open, {}
    finally(function()
      wdt.state.open = open
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    function wdt.state.open(text, lease)
      opened[#opened + 1] = { text, lease or "none" }
      return wdt.state.memory()
    end
    for i, lease in ipairs{ 7, false } do
      local runner = runner_of.new{ client = copying.client_of(copying.small_box(5, 60)),
        name = "a", lease = lease or nil, follow = true, streams = { { name = "copy",
        what = "stockouts", to = "ndjson:" .. folder .. "/" .. i, from = copying.FROM, target = 60,
        query = {}, state = "redis://h/0/copy" } } }
      assert.is_true(runner:turn())
      runner:close()
    end
    assert.same({ { "redis://h/0/copy", 7 }, { "redis://h/0/copy", "none" } }, opened)
    wdt.state.open = open
    local store = open("redis://h/0/copy", 7)
    assert.equal(7, store.lease)
    assert.equal(300, open "redis://h/0/copy".lease)
  end)
end)
