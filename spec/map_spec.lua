local map = require "wdt.map"

describe("maps", function()
  it("are copied one level deep, without their metatable", function()
    local inner = {}
    local from = setmetatable({ a = 1, b = inner, "x" }, { __index = { c = 3 } })
    local copy = map.copy(from)
    assert.same({ "x", a = 1, b = {} }, copy)
    assert.equal(inner, copy.b)
    assert.is_nil(getmetatable(copy))
    copy.a = 2
    assert.equal(1, from.a)
    assert.same({}, map.copy(nil))
  end)

  it("take the fields of another, which wins, and are returned", function()
    local into = { a = 1, b = 2 }
    assert.equal(into, map.add(into, { b = false, c = 3 }))
    assert.same({ a = 1, b = false, c = 3 }, into)
    assert.same({ a = 1, b = false, c = 3 }, map.add(into, nil))
  end)

  it("are sets of a list's values", function()
    assert.same({ a = true, [5] = true }, map.set{ "a", 5, "a" })
    assert.same({}, map.set(nil))
  end)
end)
