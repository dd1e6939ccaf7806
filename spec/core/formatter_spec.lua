-- core.formatter against its model in Lua (wdt.format.csv, wdt.format.fields): whatever row it is,
-- the bytes are the same, or the formatter leaves the row to Lua.
local core = require "wdt.core"
local csv = require "wdt.format.csv"
local fields = require "wdt.format.fields"

local PATHS = { "no", "o.x", "n", "list.a", "list.b.c", "missing", "flag" }
local FLAT = { "no", "n", "flag", "o.x" }

local function list(t) return setmetatable(t, core.array_mt) end

-- The model: the cells that wdt.format.fields finds, each as wdt.format.csv writes it.
local function model(row, paths, explode)
  local refused = {}
  local one = fields.new{ fields = paths, explode = explode,
    refuse = function() error(refused, 0) end }
  local ok, lines = pcall(one.lines, one, row)
  if not ok then
    assert(lines == refused, lines)
    return nil
  end
  local out = {}
  for _, cells in ipairs(lines) do
    for i, text in ipairs(cells) do cells[i] = csv.cell(text) end
    out[#out + 1] = table.concat(cells, ",") .. "\r\n"
  end
  return table.concat(out)
end

local function formatter(paths, explode)
  local one = fields.new{ fields = paths, explode = explode }
  return core.formatter(one:paths(), one.explode)
end

local PIECES = { "", "a", "=", "+", "-", "@", "1", "12.", ".5", ",", '"', "\r", "\n", "\t",
  "\0",
  "\127", "北京", "＝", "＋", "－", "＠", "（", "\239", "\239\188", "e3", " ", "'" }

describe("core.formatter", function()
  local random = math.random
  math.randomseed(20240607)

  local function text()
    local parts = {}
    for i = 1, random(0, 5) do parts[i] = PIECES[random(#PIECES)] end
    return table.concat(parts)
  end

  local function scalar()
    local kind = random(9)
    if kind == 1 then return nil end
    if kind == 2 then return core.null end
    if kind == 3 then return random(2) == 1 end
    if kind == 4 then return random(-1000, 1000) end
    if kind == 5 then return random(-100000, 100000) / 10 ^ random(0, 9) end
    -- as many digits as a decoded number has: of more, LuaJIT rounds a tie in the last one up
    if kind == 6 then return tonumber(("%.14g"):format(random() * 10 ^ random(-30, 30))) end
    return text()
  end

  local function member()
    local kind = random(8)
    if kind == 1 then return scalar() or "x" end
    local b = kind == 2 and list{ 1 } or kind == 3 and scalar() or { c = scalar() }
    return { a = scalar(), b = b }
  end

  local function random_row()
    local row = { no = scalar(), n = scalar(), flag = scalar(), other = scalar() }
    local kind = random(8)
    row.o = kind == 1 and scalar() or kind == 2 and list{} or { x = kind == 3 and {} or scalar() }
    kind = random(8)
    if kind == 1 then
      row.list = scalar()
    elseif kind == 2 then
      row.list = member()
    else
      local members = {}
      for i = 1, random(0, 4) do members[i] = member() end
      row.list = list(members)
    end
    return row
  end

  it("writes the bytes that its model writes, or leaves the row to Lua", function()
    local exploded, written, left = formatter(PATHS, "list"), 0, 0
    local flat = formatter(FLAT, "none")
    for _ = 1, 4000 do
      local row = random_row()
      local got, expected = exploded:csv(row), model(row, PATHS, "list")
      if got then
        written = written + 1
        assert.equal(expected, got)
      else
        left = left + 1
      end
      got = flat:csv(row)
      if got then assert.equal(model(row, FLAT, "none"), got) end
    end
    -- both ways are well trodden
    assert.is_true(written > 1000, written)
    assert.is_true(left > 100, left)
  end)

  it("leaves to Lua only what holds a table or leads into a list", function()
    local one = formatter({ "a", "b.c" }, "none")
    assert.equal("1,\r\n", one:csv{ a = 1 })
    assert.equal("1,2\r\n", one:csv{ a = 1, b = { c = 2 } })
    assert.is_nil(one:csv{ a = {}, b = { c = 2 } })
    assert.is_nil(one:csv{ a = 1, b = list{} })
    assert.is_nil(one:csv{ a = 1, b = { { c = 1 } } })
    assert.equal("2,\r\n", one:csv{ a = 2 })
  end)

  it("writes cells and rows larger than its buffer", function()
    local one, long = formatter{ "a", "list.b" }, ('"'):rep(3000000)
    local cell = '"' .. ('""'):rep(3000000) .. '"'
    assert.equal(cell .. "," .. cell .. "\r\n", one:csv{ a = long, list = list{ { b = long } } })
    local members, lines = {}, {}
    for i = 1, 3000 do
      members[i], lines[i] = { b = i }, "x," .. i .. "\r\n"
    end
    assert.equal(table.concat(lines), one:csv{ a = "x", list = list(members) })
  end)

  it("rounds no number", function()
    local one = formatter{ "a" }
    for expected, n in pairs{ ["0.1"] = 0.1, ["0.30000000000000004"] = 0.1 + 0.2,
      ["'-1e-07"] = -1e-7,
      ["123456789012345"] = 123456789012345, ["1e+300"] = 1e300, ["-0.5"] = -0.5 } do
      assert.equal(expected .. "\r\n", one:csv{ a = n })
    end
  end)

  it("raises on misuse", function()
    for _, wrong in ipairs{ 1, {}, { "a" }, { {} }, { { 1 } }, { { "a" }, { "b", true } } } do
      assert.has_error(function() core.formatter(wrong) end)
    end
    assert.has_error(function() core.formatter({ { "a" } }, 1) end)
    assert.has_error(function() formatter{ "a" }:csv("x") end)
    local nine = {}
    for i = 1, 9 do nine[i] = "a" end
    assert.has_error(function() core.formatter{ nine } end)
  end)
end)
