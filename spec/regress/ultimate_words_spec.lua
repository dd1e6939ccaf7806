-- Ultimate: `{"code":2102,…}` lost its words ("the answer carries no status"), `invalid http status
-- 502` ended a sync, and `internal only` did not say that the method is to be had by Qimen only.
local ultimate = require "wdt.edition.ultimate"

local function judge(status, message)
  return ultimate.judge{ status = status, message = message }
end

describe("an ultimate refusal", function()
  it("in the enterprise edition's shape keeps its words; it may have been acted on", function()
    assert.same({ "param", "2102 no times", "words" },
      { ultimate.judge{ code = 2102, message = "no times" } })
    assert.same({ "rate", "1012 x", "words" }, { ultimate.judge{ code = "1012", message = "x" } })
    assert.equal("syntax", (ultimate.judge{ code = 0, message = "ok" }))
    assert.equal("syntax", (ultimate.judge{}))
  end)

  it("that passes is the server's", function()
    for _, message in ipairs{ "invalid http status 502", "Unknown Database Error",
      "Read timed out" } do
      assert.equal("server", (judge(100, message)))
    end
  end)

  it("of a method that only Qimen has says so after the gateway's words", function()
    local words = "The API used internal only: wms.stockin.PreStockin.search"
    local verdict, text = judge(100, words)
    assert.equal("permission", verdict)
    assert.equal(1, text:find("100 " .. words, 1, true))
    assert.truthy(text:find("Qimen", 1, true))
  end)

  it("of a parameter is no mystery", function()
    for _, message in ipairs{ "Unparseable date: 2023/02/06 17:59:19", "字段名must not be null",
      "您的查询条件太过宽，请增加查询条件", "xxx不能为空" } do
      assert.equal("param", (judge(100, message)))
    end
  end)
end)
