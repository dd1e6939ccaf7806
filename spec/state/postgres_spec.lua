-- A state in PostgreSQL: a lease with a fence, for hosts that have no Redis.
local copies = require "support.copies"
local shell = require "support.shell"
local stores = require "support.stores"
local wdt = require "wdt"

describe("a store in PostgreSQL", function()
  local folder, pg
  local n = 0

  setup(function()
    folder = shell.folder()
    pg = copies.postgres(folder)
  end)
  teardown(function()
    pg.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)
  before_each(function() n = n + 1 end)

  local function open() return wdt.state.postgres(pg.address, "job " .. n, 30) end

  stores.behaves(it, open)

  it("is found by its text, too", function()
    local one, same = open(), wdt.state.open("postgres:" .. pg.address .. "#job " .. n)
    assert.is_nil(same:load())
    assert.is_true(one:lock())
    assert.is_true(one:save "x % 'y'")
    assert.equal("x % 'y'", same:load())
    one:unlock()
  end)

  it("refuses a host that comes back late", function()
    local slow, quick = open(), open()
    assert.is_true(slow:lock())
    assert.is_true(slow:save "one")
    stores.assert_failure("is in use by", quick:lock())
    pg.execute(("UPDATE _wdt_leases SET until = clock_timestamp() WHERE name = 'job %d'"):format(n))
    stores.assert_failure("its lease ran out", slow:save "late")
    assert.is_true(quick:lock())
    assert.is_true(quick:save "two")
    stores.assert_failure("its lease ran out", slow:save "late")
    stores.assert_failure("its lease ran out", slow:renew())
    slow:unlock()
    assert.equal("two", quick:load())
    assert.is_true(quick:renew())
    quick:unlock()
  end)

  it("goes on after the server was away, and keeps what was saved", function()
    local store = open()
    assert.is_true(store:lock())
    assert.is_true(store:save "x")
    pg.stop()
    stores.assert_failure("can't be saved", store:save "y")
    stores.assert_failure("can't be renewed", store:renew())
    stores.assert_failure("can't be read", store:load())
    stores.assert_failure("can't be locked", open():lock())
    pg.start()
    assert.equal("x", store:load())
    assert.is_true(store:save "z")
    assert.equal("z", store:load())
    store:unlock()
  end)

  it("wants an address, a name and a lease", function()
    assert.has_error(function() wdt.state.postgres("", "y") end)
    assert.has_error(function() wdt.state.postgres(pg.address, "") end)
    assert.has_error(function() wdt.state.postgres(pg.address, "y", 0) end)
  end)
end)
