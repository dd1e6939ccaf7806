local err = require "wdt.error"

describe("failures", function()
  it("are nil, a text that begins with the code, and the code", function()
    local a, b, c = err.failure("rate", "%s", "100 超过每分钟最大调用频率限制，请稍后")
    assert.is_nil(a)
    assert.equal("rate: 100 超过每分钟最大调用频率限制，请稍后", b)
    assert.equal("rate", c)
  end)

  it("take a text without arguments as it is", function()
    assert.equal("server: 100% busy", (select(2, err.failure("server", "100% busy"))))
  end)

  it("show a value short and on one line", function()
    assert.equal('"a"', err.show "a")
    assert.equal('"a\\nb"', err.show "a\nb")
    assert.equal("nil", err.show(nil))
    assert.is_true(#err.show(("x"):rep(1000)) < 70)
  end)
end)
