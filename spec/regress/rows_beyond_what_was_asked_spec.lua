-- One answer with 2.45 million rows to a request of 100 took 532 MB: nothing bounded the rows of an
-- answer by what was asked.
local beijing = require "wdt.beijing"
local wdt = require "wdt"
local sandbox = require "wdt.sandbox"

describe("an answer with far more rows than were asked for", function()
  local START = beijing.parse "2026-10-01 00:00:00"

  -- A client whose gateway answers every request with `n` rows, whatever was asked; and how many
  -- bytes the decoder was given.
  local function client_of(n)
    local box, given = sandbox.new{ now = START + 10 * 86400 }, 0
    local row = '{"stockout_id":"%d","modified":"2026-10-01 10:00:00","consign_time":"2026-10-01 '
      .. '10:00:00"}'
    function box.gateway.handle() return { status = 200, headers = {}, body = "" } end
    local open = box.host.open
    function box.host.open(host, request, decoder)
      local exchange, at = open(host, request, decoder), 0
      function exchange.pull(x)
        if x.err then return nil, x.err, x.code end
        x.status = 200
        if at > n then return false end
        local rows = {}
        for i = 1, math.min(1000, n - at) do rows[i] = row:format(at + i) .. "," end
        local text = (at == 0 and '{"code":0,"total_count":' .. n .. ',"stockout_list":[' or "")
          .. table.concat(rows)
        at = at + #rows
        if at == n then text, at = text:sub(1, -2) .. "]}", n + 1 end
        given = given + #text
        local ok, err, code = decoder:feed(text)
        if not ok then x.err, x.code = err, code end
        return true
      end
      return exchange
    end
    return wdt.new(box:settings "enterprise"), function() return given end
  end

  it("is refused by a named limit before it fills the memory", function()
    local client, given = client_of(1000000)
    local stream = client:stockouts{ start = START, stop = START + 86400, page_size = 100 }
    collectgarbage()
    local before, rows = collectgarbage "count", 0
    local row, err, code
    repeat
      row, err, code = stream:next()
      if row then rows = rows + 1 end
    until not row
    assert.equal("limit", code, err)
    assert.truthy(err:find("limits.rows = 10000 is exceeded", 1, true), err)
    assert.is_true(rows <= 10000)
    assert.is_true(given() < 2000000, given() .. " bytes") -- of 90 million
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 20000)
  end)
end)
