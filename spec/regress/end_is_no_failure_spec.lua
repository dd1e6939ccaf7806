-- The `failure` events of a client counted the calls that a worker of nginx gave up because it shut
-- down: every reload looked like an outage.
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local FROM = 1790000000

describe("a call that its host ends", function()
  -- How a stream ends whose host is changed, and its failure events.
  local function events_of(change)
    local box = sandbox.new{ seed = 3, rows_per_day = 100, from = FROM, to = FROM + 86400,
      now = FROM + 90000 }
    local seen = {}
    local client = wdt.new(box:settings("enterprise", { log = function(event)
      if event.event == "failure" then seen[#seen + 1] = event.code end
    end }))
    change(client.host, box)
    finally(function() client.host.open, client.host.sleep = nil, nil end)
    local _, _, code = client:stockouts{ start = FROM, stop = FROM + 3600 }:next()
    return code, seen
  end

  it("is no failure, before it is sent or after", function()
    local code, seen = events_of(function(host) host:close() end)
    assert.same({ "closed", {} }, { code, seen })
    code, seen = events_of(function(host)
      local open = host.open
      function host.open(...)
        local exchange = open(...)
        function exchange.pull() return nil, "closed: the worker shuts down", "closed" end
        return exchange
      end
    end)
    assert.same({ "closed", {} }, { code, seen })
  end)

  it("is told from one that fails", function()
    local code, seen = events_of(function(_, box)
      box.gateway:inject{ kind = "connect", times = 99 }
    end)
    assert.equal("connect", code)
    assert.is_true(#seen > 1)
  end)
end)
