-- Describes what is remembered of the rows of a window.
local seen_module = require "wdt.reading.seen"
local new = seen_module.new

describe("the rows seen", function()
  it("are known by identity and version, whatever their type", function()
    local seen = new()
    assert.is_true(seen:fresh("1", "a", 10))
    assert.is_false(seen:fresh(1, "a", 10))
    assert.is_true(seen:fresh("2", nil, 10))
    assert.is_false(seen:fresh("2", nil, 10))
    for _ = 1, 2 do
      assert.is_false(seen:fresh("1", "a", 10))
    end
  end)

  it("may come in several versions, in any order", function()
    local seen = new()
    for _, version in ipairs{ "a", "b", "c" } do assert.is_true(seen:fresh("1", version, 10)) end
    for _, version in ipairs{ "b", "a", "c" } do assert.is_false(seen:fresh("1", version, 10)) end
    assert.is_true(seen:fresh("2", "a", 10))
    assert.is_false(seen:fresh("2", "a", 10))
  end)

  it("are forgotten by their time, each version by its own", function()
    local seen = new()
    seen:fresh("1", "a", 10)
    seen:fresh("1", "b", 20)
    seen:fresh("2", "a", 20)
    seen:forget_before(20)
    assert.is_true(seen:fresh("1", "a", 30))
    assert.is_false(seen:fresh("1", "b", 20))
    assert.is_false(seen:fresh("2", "a", 20))
    seen:take_back("2", 20)
    assert.is_true(seen:fresh("2", "a", 20))
    seen:forget_before(31)
    assert.is_nil(next(seen.times))
    assert.is_nil(next(seen.versions))
    assert.is_false(seen.others)
  end)

  it("are remembered as long as the last time they showed, or that was asked for", function()
    local seen = new()
    seen:fresh("1", nil, 10)
    seen:fresh("1", nil, 20)
    seen:fresh("1", nil, 5)
    seen:expect_until(40)
    seen:fresh("2", "a", nil)
    seen:forget_before(20)
    assert.is_false(seen:fresh("1", nil, 20))
    seen:forget_before(21)
    assert.is_true(seen:fresh("1", nil, 20))
    assert.is_false(seen:fresh("2", "a", nil))
    seen:forget_before(41)
    assert.is_true(seen:fresh("2", "a", nil))
  end)

  it("are known to another process by their text, as far back as they are remembered", function()
    local seen = new()
    local odd = "7\0\t\\n\n\\0a"
    for id, time in pairs{ ["1"] = 10, ["2"] = 20, [odd] = 30 } do
      seen:fresh(id, "v\t" .. time, time) end
    seen:fresh("2", "later", 40)
    local text = seen:write(20)
    local other = seen_module.read(text)
    assert.is_false((other:fresh("2", "v\t20", 20, 1)))
    assert.is_false((other:fresh("2", "later", 40, 1)))
    assert.is_false((other:fresh(odd, "v\t30", 30, 1)))
    assert.is_true((other:fresh("1", "v\t10", 10, 1)))
    assert.is_true((other:fresh("3", "v", 20, 1)))
    seen:forget_before(20)
    assert.equal(#text, #seen:write(20))
    assert.is_nil(seen:write(19))
  end)
end)
