-- Enterprise: 1012 in words that no document tells ended a reading at once (`api: 1012 …`); the
-- sandbox always sent the ultimate edition's sentence with it, so that no spec could see it.
local beijing = require "wdt.beijing"
local enterprise = require "wdt.edition.enterprise"
local Faults = require "wdt.sandbox.faults"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-10-01 00:00:00"
local QUERY = { start = START, stop = START + 86399 }

describe("the enterprise throttle", function()
  it("is told by its number, whatever its words", function()
    for _, words in ipairs{ "", "频率超限", "余额不足", "sign error", "系统繁忙", "start_time" } do
      local verdict, text, hint = enterprise.judge{ code = "1012", message = words }
      assert.same({ "rate", "1012 " .. words }, { verdict, text })
      assert.is_nil(hint)
    end
  end)

  it("is waited for in each of the sandbox's words, and a push is sent again", function()
    for _, words in ipairs(Faults.ENTERPRISE_THROTTLES) do
      local box = sandbox.new{ now = START + 172800 }
      box.world:put{ modified = START + 5, consign_time = START + 5, status = 95 }
      local client, rows = wdt.new(box:settings "enterprise"), 0
      box.gateway:inject{ kind = "rate", text = words }
      for _ in client:stockouts(QUERY) do rows = rows + 1 end
      assert.equal(1, rows)
      box.gateway:inject{ kind = "rate", text = words }
      local before = box.gateway.calls
      assert.is_table(client:call("stockout_order_push", { a = "1" }))
      assert.equal(before + 2, box.gateway.calls)
    end
  end)

  it("comes from the sandbox in different words", function()
    local seen, n = {}, 0
    local box = sandbox.new{ now = START + 172800 }
    local client = wdt.new(box:settings("enterprise", { retry = { attempts = 1 } }))
    for _ = 1, 40 do
      box.gateway:inject{ kind = "rate" }
      local _, err = client:call("shop")
      if not seen[err] then seen[err], n = true, n + 1 end
      assert.truthy(err:find("^rate: 1012"), err)
    end
    assert.equal(#Faults.ENTERPRISE_THROTTLES, n)
  end)
end)
