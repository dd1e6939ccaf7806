-- Seen in a chaos: a fleet's lease on an account is a minute, or what its file says, but that on a
-- job's own state in Redis was five minutes whatever the file said: the job of a host that had died
-- was refused to the next one for as long.
local copying = require "support.copying"
local redis = require "support.redis"
local runner_of = require "wdt.fleet.runner"
local shell = require "support.shell"

describe("the lease on a state of a fleet", function()
  after_each(function()
    for _ = 1, 3 do collectgarbage() end -- jobs end with their finalizers, then their sockets do
  end)

  it("is that of its accounts", function()
    local folder = shell.folder()
    local server = redis.start(folder)
    finally(function()
      server.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    local box = copying.small_box(5, 60)
    for lease, expected in pairs{ [7] = 7, [false] = 300 } do
      local runner = runner_of.new{ client = copying.client_of(box), name = "a",
        lease = lease or nil, follow = true, streams = { { name = "copy", what = "stockouts",
        to = "ndjson:" .. folder .. "/" .. expected, from = copying.FROM, target = 60, query = {},
        state = ("redis:%s/%d"):format(server.address, expected) } } }
      assert.is_true(runner:turn())
      local left = tonumber(server.cli(("eval \"return redis.call('hget', KEYS[1], 'until') - "
        .. "redis.call('time')[1] * 1000\" 1 'wdt:{%d}:job'"):format(expected)))
      assert.is_true(left > (expected - 3) * 1000 and left <= (expected + 1) * 1000, left)
      runner:close()
    end
  end)
end)
