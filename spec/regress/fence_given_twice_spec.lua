-- Seen in review of failovers: a store that had lost the last locking, as a replica that took over
-- or a table that was made anew, gave the same fence away again, and the host that held it before
-- could save over the one that holds it now.
local copies = require "support.copies"
local redis = require "support.redis"
local shell = require "support.shell"
local stores = require "support.stores"
local wdt = require "wdt"

describe("a fence that was given away twice", function()
  local folder

  setup(function() folder = shell.folder() end)
  teardown(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  local function check(open, lose)
    local before, now = open(), open()
    assert.is_true(before:lock())
    lose()
    assert.is_true(now:lock())
    assert.equal(before.fence, now.fence)
    assert.is_true(now:save "new")
    stores.assert_failure("its lease ran out", before:save "old")
    stores.assert_failure("its lease ran out", before:renew())
    before:unlock()
    assert.is_true(now:renew())
    assert.equal("new", now:load())
    now:unlock()
  end

  it("is worth nothing to the host of before, in Redis", function()
    local server = redis.start(folder)
    finally(server.stop)
    check(function() return wdt.state.redis(server.address, "job", 30) end,
      function() server.cli "flushall" end)
  end)

  it("is worth nothing to the host of before, in PostgreSQL", function()
    local pg = copies.postgres(folder)
    finally(pg.stop)
    check(function() return wdt.state.postgres(pg.address, "job", 30) end,
      function() pg.execute "DROP TABLE _wdt_leases" end)
  end)

  it("may be taken again by its holder, whose first answer was lost", function()
    local server = redis.start(folder)
    finally(server.stop)
    local store = wdt.state.redis(server.address, "job", 30)
    assert.is_true(store:lock())
    assert.is_true(store:lock())
    assert.is_true(store:save "x")
    store:unlock()
  end)
end)
