-- One answer's Date, a minute to a day ahead, had a window committed in the future.
local clock = require "wdt.calling.clock"

describe("the server's clock", function()
  it("is not moved by one answer that is ahead, first or later", function()
    for ahead_at = 1, 6 do
      local c = clock.new()
      for i = 1, 6 do c:learn(1000 + i + (i == ahead_at and 86400 or 0), i - 0.2, i) end
      assert.is_true(c:certain(6, 1006) <= 1007)
    end
    local c = clock.new()
    c:learn(1000 + 86400, 0, 0.2)
    assert.is_true(c:certain(0.2, 1000) <= 1001)
    assert.is_true(c:is_doubtful(0.2, 1000))
  end)

  it("is unknown before an answer has told it, whatever the machine's clock says", function()
    assert.is_nil(clock.new():certain(0, 2 * 86400))
  end)
end)
