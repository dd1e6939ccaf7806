-- Seen in a chaos with leases in PostgreSQL: its table was made anew while hosts ran, and 95 calls
-- of an account came within a minute of the rate where 60 may. Who took the lease of which the
-- table knew nothing began at once, beside the calls of the host that had led before. Later 120:
-- who lost such a lease before it began, and took it again, began at once as well, and who gave it
-- up before it began left the next one to count from then.
local copies = require "support.copies"
local lead = require "wdt.fleet.lead"
local shell = require "support.shell"
local wdt = require "wdt"

describe("an account of hosts that share leases only", function()
  local folder, pg, shared, loop, accounts, orders, part

  before_each(function()
    folder = shell.folder()
    pg = copies.postgres(folder)
    shared = { store = ("postgres://erp@/postgres?host=%s/pg"):format(folder), lease = 1 }
    local other = wdt.state.postgres(shared.store, "fleet led", 1)
    assert(other:lock())
    other:unlock()
    loop, accounts = wdt.loop(), {}
    for i, name in ipairs{ "led", "unknown" } do
      accounts[i] = { name = name, client = { accounts = {} },
        runner = { states = function() return {} end } }
    end
    orders = lead.orders(shared, "orders", loop)
    part = lead.new{ host = loop, name = "one", shared = shared, accounts = accounts,
      orders = orders, stopping = function() return false end, tell = function() end }
  end)
  after_each(function()
    loop:close()
    pg.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  -- Runs a host, and beside it what looks at its accounts.
  local function beside(look)
    loop:spawn("part", part.run, part)
    loop:spawn("looks", function()
      local fine, err = pcall(look)
      for _, one in ipairs(accounts) do
        one.store:unlock()
        one.left = true
      end
      if not fine then error(err, 0) end
    end)
    assert.same({}, loop:run())
  end

  -- Seconds until each account may begin, once this host has taken both.
  local function taken()
    repeat loop:sleep(0.01) until accounts[1].ends and accounts[2].ends
    local now = loop:now()
    return accounts[1].begins - now, accounts[2].begins - now
  end

  -- It loses both, and takes them again.
  local function again()
    for _, one in ipairs(accounts) do
      one.store:unlock()
      one.ends = nil
    end
    return taken()
  end

  it("begins once calls that no one knows of are a minute old", function()
    beside(function()
      local led, unknown = taken()
      assert.is_true(led > 40 and led <= 60, led)
      assert.is_true(unknown > 50 and unknown <= 61, unknown)
      led, unknown = again()
      assert.is_true(led > 30 and led <= 60, led)
      assert.is_true(unknown > 40 and unknown <= 61, unknown)
      for _, one in ipairs(accounts) do one.begins = loop:now() - 1 end
      led, unknown = again() -- of which it knows its own calls
      assert.is_true(led <= 0 and unknown <= 0)
    end)
  end)

  -- Its lease is this host's, who does not know; once that has ended, its own line stands there.
  it("begins no earlier where the answer to its lock was lost", function()
    for _, one in ipairs(accounts) do
      local lock, lost = one.store.lock, false
      function one.store.lock(store)
        local ok, err, code = lock(store)
        if lost then return ok, err, code end
        lost = true
        return nil, "state: no answer", "state"
      end
    end
    beside(function()
      local led, unknown = taken()
      assert.is_true(led > 40 and led <= 60, led)
      assert.is_true(unknown > 50 and unknown <= 61, unknown)
    end)
  end)

  it("is given up before it began only where the next one waits as long", function()
    beside(function()
      taken()
      accounts[2].begins = loop:now() + 61 -- however long that took
      assert(orders:pause{ "led", "unknown" })
      repeat loop:sleep(0.01) until not (accounts[1].ends or accounts[2].ends)
      assert.is_true(accounts[1].store:holder().left <= 0)
      assert.is_true(accounts[2].store:holder().left > 0)
    end)
  end)
end)
