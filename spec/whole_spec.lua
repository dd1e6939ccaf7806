local whole = require "wdt.whole"
local huge = math.huge

describe("whole numbers", function()
  it("are told from all else", function()
    for _, value in ipairs{ 0, 1, -1, 1.0, 2 ^ 53, -2 ^ 70 } do
      assert.is_true(whole.is(value), tostring(value))
    end
    for _, value in ipairs{ 0.5, -1.25, huge, -huge, huge - huge, "1", true, {} } do
      assert.is_false(whole.is(value), tostring(value))
    end
    assert.is_false(whole.is(nil))
  end)

  it("have bounds, both included", function()
    for _, value in ipairs{ 1, 2, 3 } do assert.is_true(whole.is(value, 1, 3)) end
    for _, value in ipairs{ 0, 1.5, 4 } do assert.is_false(whole.is(value, 1, 3)) end
    assert.is_true(whole.is(10, 1))
    assert.is_false(whole.is(0, 1))
    assert.is_true(whole.is(-10, nil, 3))
  end)

  it("are written with all digits", function()
    assert.equal("95", whole.text(95.0))
    assert.equal("-3", whole.text(-3))
    assert.equal("9007199254740992", whole.text(2 ^ 53))
    for _, value in ipairs{ 0.5, "95", huge } do assert.is_nil(whole.text(value)) end
  end)
end)
