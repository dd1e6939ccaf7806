-- Enterprise: numbers that production clients send again, read as credentials or read as "nothing
-- found" were all `api`: a passing failure ended a sync, and so did an order that does not exist.
local beijing = require "wdt.beijing"
local enterprise = require "wdt.edition.enterprise"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local START = beijing.parse "2026-10-01 00:00:00"

local function box_and_client(options)
  options = options or {}
  options.now = START + 172800
  local box = sandbox.new(options)
  return box, wdt.new(box:settings "enterprise")
end

describe("an enterprise refusal", function()
  it("that passes is survived by a query and never repeats a push", function()
    for _, code in ipairs{ 1013, 1020, 1030, 1040, 1200, 1610 } do
      local box, client = box_and_client()
      box.gateway:inject{ kind = "server", code = code, text = "?", times = 2 }
      assert.equal(0, client:count("stockout_order_query_trade", { start = START, stop = START }))
      assert.equal(4, box.gateway.calls, code) -- a window and its last second, and two that failed
      box.gateway:inject{ kind = "server", code = code, text = "?", times = 2 }
      local _, err = client:call("stockout_order_push", { a = "1" })
      assert.equal(("unconfirmed: the request was sent, and may have been acted on (server: %d ?)")
        :format(code), err)
      assert.equal(5, box.gateway.calls, code)
    end
  end)

  it("of the credentials is told as such", function()
    for _, code in ipairs{ 2030, 2060, 2100 } do
      assert.equal("auth", (enterprise.judge{ code = code, message = "?" }))
    end
    assert.equal("param", (enterprise.judge{ code = 2104, message = "?" }))
  end)
end)

describe("nothing found", function()
  local QUERY = { list = "rows", id = "rec_id", start = START, stop = START + 86399 }
  local METHOD = "stockin_pre_order_query"

  it("is an empty result of the queries that say it by a number", function()
    local box, client = box_and_client{ empty = "code" }
    local stream = client:records(METHOD, QUERY)
    assert.is_nil((stream:next()))
    assert.same({}, { select(2, stream:next()) })
    assert.equal(0, client:count(METHOD, QUERY))
    assert.is_true(box.gateway.calls >= 2)
    assert.equal("7200", tostring(client:call(METHOD, { start_time = beijing.format(START),
      end_time = beijing.format(START) }, {}).code))
  end)

  it("is a failure of all others", function()
    for _, code in ipairs{ 7200, 7201 } do
      assert.is_nil((enterprise.judge({ code = code, message = "?" }, METHOD)))
      assert.equal("api", (enterprise.judge({ code = code, message = "?" }, "stock_query")))
      assert.equal("api", (enterprise.judge{ code = code, message = "?" }))
    end
  end)
end)
