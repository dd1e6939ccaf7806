-- `typed` in queries: what the streams, the jobs and their figures make of it.
local beijing = require "wdt.beijing"
local query = require "wdt.query"
local sandbox = require "wdt.sandbox"
local schema = require "wdt.schema"
local wdt = require "wdt"

local E, U, C = "stockout_order_query_trade", "wms.stockout.Sales.queryWithDetail",
  "wms.stockout.Sales.searchCancel"
local FROM, TO = 1790000000, 1790040000
local math_type = math.type -- luacheck: ignore (5.3 and later)

local function box_of()
  return sandbox.new{ seed = 3, rows_per_day = 900, from = FROM, to = TO, now = TO + 60 }
end

local function open(edition, q, what)
  q.start, q.stop = FROM, TO
  local client = wdt.new(box_of():settings(edition, { rate = 100000 }))
  return client[what or "stockouts"](client, q)
end

local function all_of(stream)
  local rows = {}
  for row in stream do rows[#rows + 1] = row end
  assert.is_true(#rows > 3)
  return rows
end

-- Returns what a field of this type becomes, worked out from the row as it comes; `exact` where
-- decimals are not to be text.
local function expected(field, value, decimal)
  local kind = field[3]
  if value == nil or kind == "text" or kind == "boolean" then return value end
  if kind == "decimal" and decimal == "text" then return type(value) == "number"
    and ("%.14g"):format(value) or value end
  if value == "" or value == "0000-00-00 00:00:00" then return nil end
  if kind == "int" then return math.floor(tonumber(value)) end
  if kind == "datetime" then return beijing.parse(value) or math.floor(value / 1000) end
  if decimal == "scaled" then return math.floor(tonumber(value) * 10000 + 0.5) end
  return tonumber(value) + 0.0
end

local function compare(fields, plain, typed, decimal, path)
  local n = 0
  for _, field in ipairs(fields) do
    local name, was, is = field[1], plain[field[1]], typed[field[1]]
    if field[3] == "list" then
      for i, line in ipairs(was or {}) do n = n + compare(field.fields
        or {}, line, is[i], decimal, path .. name .. ".") end
    else
      local value = expected(field, was, decimal)
      if value ~= is or math_type and math_type(value) ~= math_type(is) then
        error(("%s%s: %s became %s, not %s"):format(
          path, name, tostring(was), tostring(is), tostring(value)))
      end
      n = n + (was ~= is and 1 or 0)
    end
  end
  return n
end

describe("typed = true", function()
  it("delivers every field in its type, and nothing else changes", function()
    for _, case in ipairs{ { "enterprise", E }, { "ultimate", U },
      { "enterprise", E, history = "both" },
      { "ultimate", U, history = "both" }, { "ultimate", C, "cancelled_stockouts" } } do
      for _, decimal in ipairs{ "text", "number", "scaled" } do
        local plain = all_of(open(case[1], { history = case.history }, case[3]))
        local stream = open(case[1], { history = case.history, typed = true,
          decimal = decimal ~= "text" and decimal or nil },
          case[3])
        local typed, changed = all_of(stream), 0
        assert.equal(#plain, #typed)
        for i, row in ipairs(plain) do changed = changed + compare(
          schema.methods[case[2]], row, typed[i], decimal, "") end
        assert.is_true(changed >= #plain)
        local p = stream:progress()
        assert.same({ 0, 0, 0, {} }, { p.unknown_fields, p.missing_fields, p.retyped_fields,
          p.deviations })
      end
    end
  end)

  it("makes of times what the function makes of them", function()
    local n = 0
    local stream = open("enterprise", { typed = true,
      fields = { "order_no", "consign_time", "modified" },
      datetime = function(epoch, text)
        n = n + 1
        return { epoch = epoch, text = text }
      end })
    local rows = all_of(stream)
    for _, row in ipairs(rows) do
      assert.equal(beijing.parse(row.consign_time.text), row.consign_time.epoch)
      assert.is_table(row.modified)
    end
    assert.is_true(n >= 2 * #rows)
  end)

  it("raises what the function raises, and loses no row by it", function()
    local plain, fail = all_of(open("ultimate", {})), false
    local stream = open("ultimate", { typed = true, datetime = function(epoch)
      fail = not fail
      if fail then error("the third-party calendar is closed", 0) end
      return epoch
    end, fields = { "stockout_id", "consign_time" } })
    local ids, errors = {}, 0
    while true do
      local ok, row = pcall(stream.next, stream)
      if ok and row == nil then break end
      if ok then
        ids[#ids + 1] = row.stockout_id
      else
        assert.equal("the third-party calendar is closed", row)
        errors = errors + 1
      end
    end
    assert.is_true(errors >= #plain)
    for i, row in ipairs(plain) do assert.equal(row.stockout_id, ids[i]) end
    assert.equal(#plain, #ids)
  end)

  it("tells in the stream's progress what no document says", function()
    local fields = schema.methods[E]
    local last = table.remove(fields) -- receiver_district_code: now no list names it
    fields[#fields + 1] = { "colour", "颜色", "text" }
    local was = fields[1][3]
    fields[1][3] = "boolean" -- stockout_id
    local ok, err = pcall(function()
      local stream = open("enterprise", { typed = true, lanes = 3 })
      local rows = #all_of(stream)
      local p = stream:progress()
      assert.same({ "missing colour", "retyped stockout_id", "unknown " .. last[1] }, p.deviations)
      assert.is_true(p.unknown_fields >= rows and p.unknown_fields == p.missing_fields
        and p.retyped_fields == p.missing_fields)
      stream = open("enterprise", { mask = true })
      rows = #all_of(stream)
      p = stream:progress()
      assert.same({ "missing colour", "unknown " .. last[1] }, p.deviations)
      assert.is_true(p.unknown_fields >= rows)
      local client = wdt.new(box_of():settings("enterprise", { rate = 100000 }))
      local job = assert(client:sync{ what = "stockouts", from = FROM, state = wdt.state.memory(),
        query = { mask = true } })
      rows = 0
      for w in job:windows() do
        for _ in w:rows() do rows = rows + 1 end
        assert(w:commit())
      end
      p = job:progress()
      assert.same({ "missing colour", "unknown " .. last[1] }, p.deviations)
      assert.is_true(p.unknown_fields >= rows and rows > 3)
      p = open("enterprise", {}):progress() -- none was looked for
      assert.same({}, { p.unknown_fields, p.missing_fields, p.retyped_fields, p.deviations })
    end)
    fields[1][3], fields[#fields] = was, last
    assert.is_true(ok, err)
  end)

  it("goes with a job", function()
    local client = wdt.new(box_of():settings("enterprise", { rate = 100000 }))
    local job = assert(client:sync{ what = "stockouts", from = FROM, state = wdt.state.memory(),
      lag = 60,
      query = { typed = true, decimal = "scaled", mask = true } })
    local n = 0
    for w in job:windows() do
      for so in w:rows() do
        n = n + 1
        assert.equal("number", type(so.stockout_id))
        assert.equal("number", type(so.paid))
        assert.is_true(so.consign_time >= FROM)
        assert.is_true(so.receiver_name == nil or so.receiver_name == ""
          or so.receiver_name:find "^mask%-" ~= nil)
      end
      assert(w:commit())
    end
    assert.is_true(n > 3)
    local p = job:progress()
    assert.same({ 0, 0, 0, {} }, { p.unknown_fields, p.missing_fields, p.retyped_fields,
      p.deviations })
  end)

  it("is misuse where it can't be", function()
    local function wrong(method, q, name, what)
      q.start, q.stop = FROM, TO
      local spec, err = query.parse("enterprise", method, q)
      assert.is_nil(spec)
      assert.truthy(err:find("parameter '" .. name .. "' is ", 1, true) and err:find(what, 1, true),
        err)
    end
    wrong("sales_trade_query", { typed = true }, "typed",
      "no document tells the types of this method's fields; known are those of aftersales.")
    wrong(E, { typed = 1 }, "typed", "true or false")
    wrong(E, { typed = true, decimal = "float" }, "decimal", '"text", "number" or "scaled"')
    wrong(E, { decimal = "number" }, "decimal", "nothing without typed = true")
    wrong(E, { mask = true, decimal = "number" }, "decimal", "nothing without typed = true")
    wrong(E, { typed = false, datetime = print }, "datetime", "nothing without typed = true")
    wrong(E, { typed = true, datetime = "epoch" }, "datetime", "a function")
    assert.is_nil(query.parse("enterprise", E, { start = FROM, stop = TO, typed = false }).types)
  end)
end)
