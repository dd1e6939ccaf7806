-- A throttle in words that no document tells (请求过于频繁, Too many requests) ended a reading at
-- once. It is waited for once before it is believed to be anything else; never at a push, which may
-- have been executed.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-10-01 00:00:00"
local METHOD = { enterprise = "stock_query", ultimate = "wms.StockSpec.search2" }
local PUSH = { enterprise = "stockout_order_push", ultimate = "wms.stockout.Other.createOther" }

for _, edition in ipairs{ "enterprise", "ultimate" } do
  describe("a throttle in other words, " .. edition, function()
    local box, client

    before_each(function()
      box = sandbox.new{ now = START + 172800, throttle = "other" }
      client = wdt.new(box:settings(edition))
    end)

    local function count()
      return client:count(METHOD[edition], { start = START, stop = START })
    end

    it("is waited for", function()
      box.gateway:inject{ kind = "rate" }
      local began = box.host:now()
      assert.equal(0, count())
      local waited = box.host:now() - began
      assert.is_true(waited >= 300 and waited <= 605, waited)
    end)

    it("is believed to be something else when it comes again", function()
      box.gateway:inject{ kind = "rate", times = 9 }
      local n, err, code = count()
      assert.is_nil(n)
      assert.equal("api", code, err)
      assert.equal(2, box.gateway.calls)
    end)

    it("does not send a push again", function()
      box.gateway:inject{ kind = "rate", times = 9 }
      local answer, err = client:call(PUSH[edition], { a = "1" })
      assert.is_nil(answer)
      assert.truthy(err)
      assert.equal(1, box.gateway.calls)
    end)
  end)
end
