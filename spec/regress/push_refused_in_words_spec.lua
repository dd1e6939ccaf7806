-- A push whose refusal only spoke of a throttle or of a timestamp (库存并发更新失败, of the third of
-- five orders) was sent again, up to eight times, although a part of it may have been executed; and
-- so was any refused push where the local clock was half a minute wrong, which the gateways allow.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-10-01 00:00:00"
local PUSH = { enterprise = "stockout_order_push", ultimate = "wms.stockout.Other.createOther" }

local function push(edition, fault, options)
  options = options or {}
  options.now = START
  local box = sandbox.new(options)
  local client = wdt.new(box:settings(edition))
  if fault then box.gateway:inject(fault) end
  local answer, err, code = client:call(PUSH[edition], { a = "1" })
  return box.gateway.calls, answer, err, code
end

describe("a push", function()
  it("that is refused in words is not sent again", function()
    for edition, texts in pairs{
      enterprise = { "第3单: 库存并发更新失败", "第3单: 时间戳错误", "tid=1 timestamp", "频率超限" },
      ultimate = { "第3单：超过每分钟最大调用频率限制，请稍后重试", "库存并发更新失败" } } do
      for _, text in ipairs(texts) do
        local code = edition == "enterprise" and 3001 or 100
        local calls, answer = push(edition, { kind = "server", code = code, text = text })
        assert.is_nil(answer, text)
        assert.equal(1, calls, text)
      end
    end
  end)

  it("that is throttled by number or by documented sentence is sent again", function()
    for _, edition in ipairs{ "enterprise", "ultimate" } do
      local calls, answer = push(edition, { kind = "rate" })
      assert.is_truthy(answer)
      assert.equal(2, calls)
    end
  end)

  it("is not sent again because of a clock that is as wrong as the gateway allows", function()
    for edition, code in pairs{ enterprise = 3001, ultimate = 100 } do
      local calls, answer = push(edition, { kind = "server", code = code, text = "第3单: 货品不存在" },
        { skew = 100 })
      assert.is_nil(answer)
      assert.equal(1, calls, edition)
    end
  end)

  it("is signed anew where the clock is what was refused", function()
    for _, edition in ipairs{ "enterprise", "ultimate" } do
      for _, skew in ipairs{ 86400, -86400 } do
        local calls, answer, err = push(edition, nil, { skew = skew })
        assert.is_truthy(answer, err)
        assert.equal(2, calls, edition)
      end
    end
  end)
end)
