-- Seen in a chaos with leases in PostgreSQL: its table was made anew while hosts ran, and 95 calls
-- of an account came within a minute of the rate where 60 may. Who took the lease of which the
-- table knew nothing began at once, beside the calls of the host that had led before.
local copies = require "support.copies"
local lead = require "wdt.fleet.lead"
local shell = require "support.shell"
local wdt = require "wdt"

describe("an account of hosts that share leases only", function()
  it("begins once calls that no one knows of are a minute old", function()
    local folder = shell.folder()
    local pg = copies.postgres(folder)
    finally(function()
      pg.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    local shared = { store = ("postgres://erp@/postgres?host=%s/pg"):format(folder), lease = 1 }
    local other = wdt.state.postgres(shared.store, "fleet led", 1)
    assert(other:lock())
    other:unlock()

    -- Has a host take all accounts, twice; returns when each may begin.
    local loop, accounts = wdt.loop(), {}
    for i, name in ipairs{ "led", "unknown" } do
      accounts[i] = { name = name, client = { accounts = {} },
        runner = { states = function() return {} end } }
    end
    local part = lead.new{ host = loop, name = "one", shared = shared, accounts = accounts,
      orders = lead.orders(shared, "orders", loop), stopping = function() return false end,
      tell = function() end }
    local first, second = {}, {}
    local function note(list)
      repeat loop:sleep(0.01) until accounts[1].ends and accounts[2].ends
      for i, one in ipairs(accounts) do list[i] = one.begins - loop:now() end
    end
    loop:spawn("part", part.run, part)
    loop:spawn("looks", function()
      note(first)
      for _, one in ipairs(accounts) do
        one.store:unlock() -- and takes it again, of which it knows its own calls
        one.ends = nil
      end
      note(second)
      for _, one in ipairs(accounts) do
        one.store:unlock()
        one.left = true
      end
    end)
    assert.same({}, loop:run())
    loop:close()
    assert.is_true(first[1] > 40 and first[1] <= 60, first[1])
    assert.is_true(first[2] > 50 and first[2] <= 61, first[2])
    assert.is_true(second[1] <= 0 and second[2] <= 0)
  end)
end)
