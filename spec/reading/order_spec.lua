local order = require "wdt.reading.order"

local function show_page(o, rows)
  local page = order.page()
  for _, row in ipairs(rows) do page:row(row[1], row[2]) end
  o:learn(page)
  return o:conforms(page)
end

local RISING = { { 5, 1 }, { 3, 2 }, { 9, 3 }, { 8, 4 }, { 12, 5 }, { 11, 6 }, { 20, 7 },
  { 19, 8 } }
local FALLING = {}
for i, row in ipairs(RISING) do FALLING[#RISING + 1 - i] = row end

describe("the order of rows", function()
  it("is by time once ids went both ways while times rose", function()
    local o = order.new()
    assert.is_true(show_page(o, RISING))
    assert.equal("asc", o.state)
  end)

  it("is by time, falling", function()
    local o = order.new()
    show_page(o, FALLING)
    assert.equal("desc", o.state)
  end)

  it("stays unknown while it may be by id", function()
    local o = order.new()
    assert.is_false(show_page(o, { { 1, 1 }, { 2, 2 }, { 3, 3 } }))
    assert.equal("unknown", o.state)
    show_page(o, { { 3, 1 }, { 2, 2 }, { 1, 3 } }) -- falling ids, rising times: by id, downwards
    assert.equal("unknown", o.state)
  end)

  it("takes no evidence from rows of the same second", function()
    local o = order.new()
    show_page(o, { { 5, 1 }, { 3, 1 }, { 9, 1 } })
    assert.equal("unknown", o.state)
  end)

  it("is ruled out for good by one page that contradicts", function()
    local o = order.new()
    show_page(o, RISING)
    assert.is_false(show_page(o, { { 5, 2 }, { 3, 1 } }))
    assert.equal("none", o.state)
    show_page(o, RISING)
    assert.equal("none", o.state)
  end)

  it("is not believed on the strength of a few rows, but of several short pages", function()
    local o = order.new()
    for i = 1, 3 do
      assert.equal("unknown", o.state)
      show_page(o, { { 5, i * 10 }, { 3, i * 10 + 1 }, { 9, i * 10 + 2 }, { 1, i * 10 + 3 } })
    end
    assert.equal("asc", o.state)
    o = order.new()
    show_page(o, { { 5, 1 }, { 3, 2 }, { 9, 3 } })
    show_page(o, { { 5, 3 }, { 3, 2 }, { 9, 1 } })
    assert.equal("none", o.state)
  end)

  it("is ruled out by rows without a time", function()
    local o = order.new()
    show_page(o, { { 5, 1 }, { 3, nil }, { 9, 3 } })
    assert.equal("none", o.state)
  end)

  it("is believed where it is documented", function()
    local o = order.new "desc"
    assert.is_true(show_page(o, { { 1, 9 }, { 2, 8 } }))
    assert.is_false(show_page(o, { { 1, 8 }, { 2, 9 } }))
  end)
end)
