-- A `datetime` function that read another answer ended its own stream: what arrived for it
-- meanwhile was refused by the busy decoder, as "limit: an earlier call did not end: memory ran
-- out, …".
local fetch = require "support.fetch"
local peer = require "support.peer"
local steps, head = peer.steps, peer.head

describe("a datetime function", function()
  it("may drive another transfer: its own goes on afterwards, with every byte", function()
    local server = peer.start()
    local f = fetch.new(server)
    f:start()
    finally(function()
      f:stop()
      server:close()
    end)

    -- The other answer comes after more of the first one has: that arrives while the first decoder
    -- is busy.
    local small = '{"code":0,"stockout_list":[{"id":7}]}'
    local other = steps.unblock(1) .. steps.block(2)
      .. steps.send(head(200, { "Content-Length: " .. #small }) .. small)
    local row, n, nested = '{"at":"2026-11-22 01:02:03","remark":"' .. ("x"):rep(50) .. '"},', 40, 0
    local first, last = '{"code":0,"stockout_list":[', '{"id":2}]}'
    local script = steps.send(head(200, { "Content-Length: " .. #first + n * #row + #last })
      .. first .. row) ..
      steps.block(1) .. steps.rep(n - 1, row) .. steps.unblock(2) .. steps.send(last)
    local exchange, from = f:open(script, nil, fetch.decoder{
      types = { at = "datetime", remark = "text", id = "int" },
      datetime = function(epoch)
        nested = nested + 1
        if nested == 1 then
          local rows, ok = f:read(f:open(other))
          assert(ok and rows[1].id == 7)
        end
        return epoch
      end,
    })
    local rows, ok, err = f:read(exchange, from)
    assert.is_nil(err)
    assert.is_true(ok)
    assert.equal(n + 1, #rows)
    assert.equal(n, nested)
    for i = 1, n do assert.equal(50, #rows[i].remark) end
    assert.equal(2, rows[n + 1].id)
  end)
end)
