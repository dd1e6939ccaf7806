-- A PostgreSQL that a network cut off held up the process of a host for minutes, with all of its
-- accounts; and a host whose machine was gone kept its lock on a table for two hours, since the
-- server asked no sooner whether it was still there.
local copies = require "support.copies"
local curl_host = require "wdt.host.curl"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local sink = require "wdt.sink"
local socket = require "socket"
local stores = require "support.stores"
local wdt = require "wdt"

describe("PostgreSQL", function()
  it("as a store is given up after seconds where it does not answer", function()
    local deaf = assert(socket.bind("127.0.0.1", 0, 8)) -- connections come about, and nothing more
    local _, port = deaf:getsockname()
    local host = curl_host.new()
    finally(function()
      deaf:close()
      host:close()
    end)
    -- what the address says itself, and what it does not say
    for words, seconds in pairs{ ["?connect_timeout=2"] = 2, [""] = 5 } do
      local began = host:now()
      local store = wdt.state.postgres(("postgres://erp@127.0.0.1:%d/x%s"):format(port, words), "j")
      stores.assert_failure("can't be locked", store:lock())
      local took = host:now() - began
      assert.is_true(took >= seconds - 1 and took < seconds + 20, took)
    end
    -- the other form of an address
    stores.assert_failure("can't be read", wdt.state.postgres(
      ("host=127.0.0.1 port=%d user=erp connect_timeout=2"):format(port), "j"):load())
  end)

  it("asks soon whether a host is still there", function()
    local folder, port = shell.folder(), server.free_port()
    local pg = copies.postgres(folder, port)
    local opened = assert(sink.open(("postgres:postgres://erp@127.0.0.1:%d/postgres"):format(port),
      { name = "copy" }))
    finally(function()
      opened:close()
      pg.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    local sum = 0
    for name, times in pairs{ tcp_keepalives_idle = 1, tcp_keepalives_interval = 3 } do
      local cursor = assert(opened.connection:execute("SHOW " .. name))
      sum = sum + times * tonumber((cursor:fetch():match "%d+"))
      cursor:close()
    end
    assert.equal(60, sum)
  end)
end)
