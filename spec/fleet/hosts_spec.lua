-- A fleet on several hosts that share a store: each leads its part of the accounts, the ones that
-- are late for the longest time first; what people pause, drain and resume; who leads what. And on
-- one host, by a file. Real processes, a real Redis, a real PostgreSQL.
local beijing = require "wdt.beijing"
local copies = require "support.copies"
local fleet_of = require "support.fleet"
local redis = require "support.redis"
local shell = require "support.shell"
local visitor = require "support.visitor"
local wdt = require "wdt"

describe("a fleet", function()
  local visit, folder, server, fleet

  setup(function()
    visit, folder = visitor.start(), shell.folder()
    server = redis.start(folder)
  end)
  teardown(function()
    visit:stop()
    server.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)
  before_each(function() server.cli "flushall" end)
  after_each(function() fleet:close() end)

  local NAMES = { "a", "b", "c", "d" }

  -- Each account has a job into a database of its own.
  local function new(names, store, lease)
    local parts = { store and ("[fleet]\nstore = %s\nlease = %s\n"):format(store,
      lease or "1s") or "",
      ("[*/*]\nfrom = %s\n[*/present]\nwhat = stockouts\n"):format(beijing.format(
        os.time() - 3600)) }
    for _, name in ipairs(names) do
      parts[#parts + 1] = ("[%s/present]\nto = sqlite:%s.db\n"):format(name, name)
    end
    fleet = fleet_of.new(visit, names, table.concat(parts))
    if store == server.address then fleet:open_budget(store) end
    return fleet
  end

  local function count(by, host)
    local n = 0
    for _, one in pairs(by) do n = n + (one == host and 1 or 0) end
    return n
  end

  local function shared_by(expected, address)
    return fleet:wait(function()
      local by = fleet:hosts(address or server.address)
      for host, n in pairs(expected) do
        if count(by, host) ~= n then return nil end
      end
      return by
    end)
  end

  it("is shared by its hosts, and by those that are left when one dies or is drained", function()
    new(NAMES, server.address, "4s") -- no lease lapses, only because the machine is slow
    fleet:start "one"
    shared_by{ one = 4 }
    fleet:start "two"
    local by = shared_by{ one = 2, two = 2 }
    fleet:start "three"
    fleet:wait(function()
      return server.cli "hexists 'wdt:{fleet/host/three}:job' owner" == "1\n"
    end)
    assert.same(by, fleet:hosts(server.address)) -- two of four are a third of them, rounded up
    fleet:finish("one", "KILL")
    shared_by{ two = 2, three = 2 }
    fleet:must "drain two"
    fleet:wait(function() return fleet:ended "two" end)
    assert.equal(0, fleet:ended "two")
    assert.equal(1, #fleet:events("two", "drained"))
    shared_by{ three = 4 }
    fleet:start "two" -- what was ordered of the process before is none of this one's business
    shared_by{ two = 2, three = 2 }
  end)

  it("takes what no one leads by due time, what is late for the longest time first", function()
    new(NAMES, server.address, "20s") -- none is taken twice, however slow the machine is
    local now = os.time()
    for name, due in pairs{ a = now + 100, b = now - 5000, c = now - 9000, d = now - 60 } do
      local store = wdt.state.redis(server.address, "fleet " .. name, 1)
      assert(store:lock())
      assert(store:save(("%d gone"):format(due)))
      store:unlock()
    end
    fleet:start "one"
    fleet:wait(function() return #fleet:led "one" == 4 end)
    local before = 0
    for _, name in ipairs{ "c", "b", "d", "a" } do
      local since = tonumber(server.cli(("hget 'wdt:{fleet %s}:job' since"):format(name)))
      assert.is_true(since >= before, name)
      before = since
    end
  end)

  it("leaves what is paused alone, over restarts, until it is resumed", function()
    new({ "a", "b" }, server.address)
    fleet:must "pause a b/present"
    fleet:start "one"
    fleet:wait(function() return fleet:led "one"[1] == "b" end)
    local status = fleet:status()
    assert.same({ true, true }, { status["a/present"].paused, status["b/present"].paused })
    assert.equal("one", status["b/present"].host)
    assert.truthy(status["b/present"].since:find "^%d%d%d%d%-")
    assert.truthy(status["b/present"].lease_until:find "^%d%d%d%d%-")
    assert.is_nil(status["a/present"].host)
    fleet:finish("one", "TERM")
    fleet:start "one"
    fleet:must "resume b"
    fleet:wait(function() return #fleet:events("one", "commit") > 0 end)
    for _, one in ipairs(fleet:events("one", "commit")) do assert.equal("b", one.account) end
    fleet:must "resume"
    fleet:wait(function() return #fleet:led "one" == 2 end)
    fleet:must "pause b"
    fleet:wait(function()
      local led = fleet:led "one"
      return led[1] == "a" and led[2] == nil
    end)
    shared_by{ one = 1, ["no host"] = 1 }
  end)

  it("is led through a PostgreSQL as well", function()
    local pg = copies.postgres(folder)
    finally(pg.stop)
    local address = ("postgres://erp@/postgres?host=%s/pg"):format(folder)
    new({ "a", "b" }, address)
    fleet:start "one"
    shared_by({ one = 2 }, address)
    fleet:start "two"
    shared_by({ one = 1, two = 1 }, address)
    fleet:finish("two", "KILL")
    shared_by({ one = 2 }, address)
    fleet:must "drain one"
    fleet:wait(function() return fleet:ended "one" end)
    assert.equal(0, fleet:ended "one")
    shared_by({ ["no host"] = 2 }, address)
  end)

  it("of one host is paused and drained by a file beside its lock", function()
    new{ "a", "b" }
    fleet:must "pause a --lock one.lock"
    fleet:start("one", nil, "--metrics one.prom")
    fleet:wait(function() return #fleet:events("one", "commit") > 0 end)
    assert.equal("b", fleet:events("one", "commit")[1].account)
    local status = fleet:status "--lock one.lock"
    assert.same({ true, "one" }, { status["a/present"].paused, status["a/present"].host })
    assert.truthy(status["b/present"].since)
    fleet:must "resume --lock one.lock"
    fleet:wait(function()
      local last = fleet:events("one", "commit")
      return last[#last].account == "a"
    end)
    fleet:must "pause b/present --lock one.lock"
    fleet:wait(function() return #fleet:events("one", "paused") == 2 end)
    fleet:must "drain one --lock one.lock"
    fleet:wait(function() return fleet:ended "one" end)
    assert.equal(0, fleet:ended "one")
    assert.is_nil(fleet:status "--lock one.lock"["b/present"].host)
    local text = shell.read(fleet.cli.folder .. "/one.prom")
    assert.truthy(text:find('wdt_job_paused{account="b",job="present"} 1', 1, true), text)
    assert.truthy(text:find('wdt_account_led{account="b"} 0', 1, true), text)
    local got = fleet.cli:run "wdt fleet pause bb --config streams.ini"
    assert.equal(2, got.status)
    assert.truthy(got.err:find("no account or job bb; the nearest known: 'b'", 1, true), got.err)
    got = fleet.cli:run "wdt fleet run b --config streams.ini"
    assert.truthy(got.err:find("wdt fleet run takes no names", 1, true), got.err)
  end)
end)
