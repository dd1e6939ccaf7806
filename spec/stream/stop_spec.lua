-- A stream that is stopped after a window, or fails: where another reading goes on, so that both
-- together are the whole.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local wdt = require "wdt"

local FROM, TO = beijing.parse "2026-09-01 00:00:00", beijing.parse "2026-09-20 23:59:59"

describe("a stream", function()
  local box

  before_each(function()
    box = sandbox.new{ seed = 4, rows_per_day = 300, from = FROM, to = TO, now = TO + 86400,
      fields = "short" }
  end)

  local function open(query, edition)
    local copy = { start = FROM, stop = TO, page_size = 20 }
    for name, value in pairs(query or {}) do copy[name] = value end
    local client = wdt.new(box:settings(edition or "enterprise",
      { rate = 100000, retry = { attempts = 1 } }))
    return edition == "ultimate" and client:cancelled_stockouts(copy) or client:stockouts(copy)
  end

  -- Ids of the rows up to the end, or to the failure; its code.
  local function collect(stream, list)
    list = list or {}
    while true do
      local row, _, code = stream:next()
      if row == nil then return list, code end
      list[#list + 1] = tostring(row.stockout_id)
    end
  end

  for _, lanes in ipairs{ 1, 4 } do
    it("hands out its window to the end when it is stopped; lanes: " .. lanes, function()
      local whole = collect(open{ lanes = lanes })
      assert.is_true(#whole > 3000)
      local stream, first = open{ lanes = lanes }, {}
      for i = 1, 1000 do first[i] = stream:next().stockout_id end
      local before = stream:progress()
      stream:stop()
      collect(stream, first)
      local after = stream:progress()
      assert.equal(before.windows + 1, after.windows)
      assert.is_true(#first >= 1000 and #first < 1400)
      assert.is_true(after.resume_at > before.resume_at)
      assert.equal(after.done_until, after.resume_at)
      assert.is_nil(stream:next()) -- an end, and it stays
      local seen = {}
      for _, id in ipairs(first) do seen[id] = true end
      -- the second that neighbours share comes again
      for _, id in ipairs(collect(open{ start = after.resume_at, lanes = lanes })) do
        if not seen[id] then first[#first + 1] = id end
      end
      assert.same(whole, first)
    end)
  end

  it("of which neighbouring windows share a second, repeats at most that one", function()
    local whole = collect(open({}, "ultimate"))
    local stream, first, seen = open({}, "ultimate"), {}, {}
    for i = 1, 300 do first[i] = tostring(stream:next().stockout_id) end
    stream:stop()
    for _, id in ipairs(collect(stream, first)) do seen[id] = true end
    local again = 0
    for _, id in ipairs(collect(open({ start = stream:progress().resume_at }, "ultimate"))) do
      if seen[id] then again = again + 1 else first[#first + 1] = id end
    end
    assert.same(whole, first)
    assert.is_true(again <= 2)
  end)

  it("tells where to go on when it has failed", function()
    local whole = collect(open())
    box.gateway:inject{ kind = "none", times = 60 }
    box.gateway:inject{ kind = "truncate", at = 4000 }
    local stream = open()
    local first, code = collect(stream)
    assert.equal("truncated", code)
    local p = stream:progress()
    assert.is_true(p.resume_at > FROM and p.resume_at < TO)
    assert.equal(p.resume_at, p.done_until)
    -- The rows of the window that was broken off come again.
    local rest, known = collect(open{ start = p.resume_at }), {}
    for _, id in ipairs(rest) do known[id] = true end
    local all = {}
    for _, id in ipairs(first) do
      if not known[id] then all[#all + 1] = id end
    end
    for _, id in ipairs(rest) do all[#all + 1] = id end
    assert.same(whole, all)
  end)

  it("goes on before a window that could not be proved complete", function()
    local crowded = FROM + 86400 + 7
    for _ = 1, 45 do box.world:put{ modified = crowded, cancelled = true, status = 5 } end
    local stream = open({ strict = true }, "ultimate")
    local _, code = collect(stream)
    assert.equal("uncertified", code)
    assert.is_true(stream:progress().resume_at <= crowded)
  end)

  it("with lists goes on where all of them are complete: after whole months only", function()
    local long = { start = FROM - 45 * 86400, status = { 95, 110 } }
    local stream = open(long)
    assert.equal(long.start, stream:progress().resume_at)
    assert.is_table(stream:next())
    stream:stop()
    collect(stream)
    local p = stream:progress()
    assert.is_true(p.done_until > long.start)
    -- months share their boundary second
    local cap = wdt.catalog.enterprise.stockout_order_query_trade.span
    assert.is_true(p.resume_at == long.start or p.resume_at == long.start + cap)
    stream = open(long)
    collect(stream)
    assert.equal(TO + 1, stream:progress().resume_at)
  end)

  it("knows no such place for a look-up", function()
    local client = wdt.new(box:settings "enterprise")
    local stream = client:stockouts{ stockout_no = "CK0" }
    stream:stop()
    assert.same({}, (collect(stream)))
    assert.is_nil(stream:progress().resume_at)
  end)
end)
