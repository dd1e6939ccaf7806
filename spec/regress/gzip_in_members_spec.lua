-- gzip in several members was "not HTTP as it should be" to libcurl's host, and what a compressed
-- answer held beyond what the decoder could take was inflated and kept by libcurl.
local fetch = require "support.fetch"
local peer = require "support.peer"
local steps, head = peer.steps, peer.head

local MIB = 1024 * 1024

describe("a compressed answer", function()
  local server, f
  setup(function() server = peer.start() end)
  teardown(function() server:close() end)
  before_each(function()
    f = fetch.new(server)
    f:start()
  end)
  after_each(function() f:stop() end)

  -- So many rows in gzip members of a thousand rows each.
  local function packed(n, filler)
    local row = '{"at":"2026-11-22 01:02:03","remark":"' .. ("x"):rep(filler) .. '"}'
    server:file("rows", (row .. ","):rep(1000))
    server:file("first", '{"code":0,"stockout_list":[')
    server:file("last", row .. "]}")
    return server:output(("gzip -c rows >member; gzip -c first; for i in $(seq %d); do cat member; "
      .. "done; gzip -c last"):format((n - 1) / 1000))
  end

  local function encoded(body)
    return head(200, { "Content-Encoding: gzip", "Content-Length: " .. #body })
  end

  it("is inflated no further than the decoder can take it", function()
    local body = packed(30001, 3000)
    assert.is_true(#body < MIB)
    local exchange, from = f:open(steps.send(encoded(body) .. body))
    assert.is_true(exchange:pull())
    for _ = 1, 1000 do assert.is_false(exchange:poll()) end
    assert.is_true(exchange.bytes > 0 and exchange.bytes < 2 * MIB, exchange.bytes)
    local rows, whole, err = f:read(exchange, from)
    assert.is_nil(err)
    assert.same({ true, 30001 }, { whole, #rows })
    assert.is_true(exchange.bytes > 30001 * 3000)
  end)

  it("waits where its decoder is busy, in the middle of a member", function()
    local body = packed(2001, 100)
    local small = '{"code":0,"stockout_list":[{"id":7}]}'
    local other = steps.unblock "busy" .. steps.block "free"
      .. steps.send(head(200, { "Content-Length: " .. #small }) .. small)
    local nested = 0
    -- The first member, and the first rows of the second; the rest comes while a row is built.
    local exchange, from = f:open(steps.send(encoded(body) .. body:sub(1, 150))
      .. steps.block "busy" .. steps.send(body:sub(151)) .. steps.unblock "free", nil,
      fetch.decoder{ types = { at = "datetime", remark = "text" }, datetime = function(epoch)
        nested = nested + 1
        if nested == 1 then
          local rows, ok = f:read(f:open(other))
          assert(ok and rows[1].id == 7)
        end
        return epoch
      end })
    local rows, whole, err = f:read(exchange, from)
    assert.is_nil(err)
    assert.same({ true, 2001, 2001 }, { whole, #rows, nested })
  end)
end)
