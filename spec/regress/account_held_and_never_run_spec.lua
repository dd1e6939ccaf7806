-- Seen in a chaos with leases in PostgreSQL: an account that a host had taken, and that was to
-- begin once the calls of the host before were a minute old, was above its share by then, as
-- another host came. It was never begun, so never given up: its lease was renewed for ever, and
-- nothing copied.
local lead = require "wdt.fleet.lead"
local redis = require "support.redis"
local shell = require "support.shell"
local wdt = require "wdt"

describe("an account that is to begin", function()
  local folder, server

  setup(function()
    folder = shell.folder()
    server = redis.start(folder)
  end)
  teardown(function()
    server.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)
  before_each(function() server.cli "flushall" end)

  -- Hosts one and two accounts, each led by another host a moment ago; calls `change` once they are
  -- this one's, and returns how many it gives up then.
  local function given_up(change)
    local loop, accounts = wdt.loop(), {}
    local shared = { store = server.address, lease = 1 }
    for i, name in ipairs{ "a", "b" } do
      accounts[i] = { name = name, client = { accounts = {} },
        runner = { states = function() return {} end } }
      local before = wdt.state.redis(server.address, "fleet " .. name, 1)
      for _ = 1, 2 do assert(before:lock()) end
      before:unlock()
    end
    local orders = lead.orders(shared, "orders", loop)
    local part = lead.new{ host = loop, name = "one", shared = shared, accounts = accounts,
      orders = orders, stopping = function() return false end, tell = function() end }
    local function held()
      local n = 0
      for _, one in ipairs(accounts) do n = n + (one.ends and 1 or 0) end
      return n
    end
    local free
    loop:spawn("part", part.run, part)
    loop:spawn("other", function()
      repeat loop:sleep(0.01) until held() == 2
      change(orders)
      local stop = loop:now() + 20
      repeat loop:sleep(0.01) until held() == 1 or loop:now() > stop
      for _, one in ipairs(accounts) do
        local holder = assert(lead.store(shared, one.name, loop):holder())
        if holder.left <= 0 then free = (free or 0) + 1 end
        one.left = true
      end
    end)
    assert.same({}, loop:run())
    loop:close()
    return free
  end

  it("is left to another host that comes meanwhile", function()
    assert.equal(1, given_up(function(orders)
      local presence = wdt.state.redis(server.address, "fleet/host/two", 60)
      assert(presence:lock())
      assert(orders:join("two", function() return true end))
    end))
  end)

  it("is given up where it is paused meanwhile", function()
    assert.equal(1, given_up(function(orders) assert(orders:pause{ "b" }) end))
  end)
end)
