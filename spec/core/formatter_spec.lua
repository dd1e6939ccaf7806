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
  return core.formatter(one:paths(), { explode = one.explode, any = true })
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

  -- Rows as JSON: each text stands for itself, escaped anyhow, and each number as it was sent.
  local NUMBERS = { "0", "-0", "1.50", "1e5", "-1.5E-3", "1e30", "0.1", "12345678901234567890",
    "9007199254740993", "-9223372036854775808", "0.30000000000000004", "123456789012345.6" }
  local WORDS = { "true", "false", "null", "null" }
  local WRONG = { "01", "1.", "nul", '"', '"\\x"', '"\\ud800"', '"\255"', "{", '{"a"}', "[1,]", "" }

  local function quoted(s)
    return '"' .. s:gsub("[%c\"\\]", function(c) return ("\\u%04x"):format(c:byte()) end)
      :gsub("%w", function(c)
        return random(12) == 1 and ("\\u%04x"):format(c:byte()) or c
      end) .. '"'
  end

  local function token()
    local kind = random(40)
    if kind == 1 then return WRONG[random(#WRONG)] end
    if kind <= 3 then return random(2) == 1 and "[]" or "{}" end
    if kind <= 8 then return WORDS[random(#WORDS)] end
    if kind <= 16 then return NUMBERS[random(#NUMBERS)] end
    return quoted(text())
  end

  local function space() return random(9) == 1 and " \n" or "" end

  local function object(names, value_of)
    local parts = {}
    for i = 1, random(0, 6) do
      local name = names[random(#names)]
      parts[i] = space() .. '"' .. name .. '"' .. space() .. ":" .. space() .. value_of(name)
        .. space()
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end

  local function member_token()
    return random(8) == 1 and token() or object({ "a", "b", "z" }, token)
  end

  local function document()
    return object({ "no", "n", "flag", "other", "list" }, function(name)
      if name ~= "list" or random(6) == 1 then return token() end
      if random(5) == 1 then return member_token() end
      local members = {}
      for i = 1, random(0, 4) do members[i] = member_token() end
      return "[" .. table.concat(members, ",") .. "]"
    end)
  end

  -- A field without a column is passed over here, too: the decoder of rows as JSON has checked it.
  local function decoded(document_text, paths)
    local decoder = core.decoder{ path = "rows", fields = paths }
    decoder:feed('{"rows":[' .. document_text .. "]}")
    local row = decoder:next()
    decoder:close()
    return row
  end

  it("writes a row's JSON as it writes its table, or leaves it to Lua", function()
    local paths = { "no", "list.a", "n", "list.b", "missing", "flag" }
    local known = fields.new{ fields = paths }
    for _, excel in ipairs{ false, true } do
      local one = core.formatter(known:paths(), { explode = "list", excel = excel, any = true })
      local written, left = 0, 0
      for _ = 1, 2000 do
        local bytes = document()
        local got, row = one:csv(bytes), decoded(bytes, paths)
        if got then
          written = written + 1
          assert.is_table(row, bytes)
          assert.equal(one:csv(row), got, bytes)
          if not excel then assert.equal(model(row, paths, "list"), got) end
        else
          left = left + 1
        end
      end
      assert.is_true(written > 600, written)
      assert.is_true(left > 150, left)
    end
  end)

  it("writes what is plain from its JSON", function()
    local one = core.formatter({ { "a" }, { "l", "b" } }, { explode = "l" })
    for bytes, expected in pairs{
      ['{"a":"1,\\"\\u4e2d","l":[{"b":1.50},{"b":null,"x":[{}]}],"y":null}'] =
        '"1,""中",1.5\r\n"1,""中",\r\n',
      [' { "l" : [ ] , "a" : -12345678901234567890 } '] = "-12345678901234567890,\r\n",
      ['{"l":{"b":true}}'] = ",true\r\n",
      ['{"l":"","a":"=1"}'] = "'=1,\r\n",
      ['{"l":[1,"x",null,{"b":2}]}'] = ",\r\n,\r\n,\r\n,2\r\n",
      ["{}"] = ",\r\n",
    } do
      assert.equal(expected, one:csv(bytes))
    end
  end)

  it("leaves to Lua a row with an unknown name, until that is admitted", function()
    local one = core.formatter{ { "a" } }
    assert.equal("1\r\n", one:csv'{"a":1,"new":null}')
    for _, value in ipairs{ "2", '""', "[]", "{}" } do
      assert.is_nil(one:csv('{"a":1,"new":' .. value .. "}"))
    end
    assert.is_true(one:admit "new")
    assert.equal("1\r\n", one:csv'{"a":1,"new":{"x":[1,{"y":"}"}]}}')
    assert.is_nil(one:csv'{"a":1,"new":2,"newer":3}')
    assert.is_true(one:admit "a")
    assert.equal("3\r\n", one:csv'{"new":2,"a":3}')
    -- their number is bounded, as the server chooses them
    local n = 0
    while one:admit("name" .. n) do n = n + 1 end
    assert.is_true(n > 4000 and n < 4096, n)
    assert.equal("3\r\n", one:csv('{"name' .. n - 1 .. '":2,"a":3}'))
    assert.is_nil(one:csv('{"name' .. n .. '":2,"a":3}'))
  end)

  it("leaves to Lua what is cut anywhere, what is wrong, and paths that are not plain", function()
    local one = core.formatter({ { "a" }, { "l", "b" } }, { explode = "l", any = true })
    local whole = '{"a":"x\\n","o":{"p":[1]},"l":[{"b":12},{"b":"y"}],"t":true}'
    assert.is_string(one:csv(whole))
    for n = 0, #whole - 1 do assert.is_nil(one:csv(whole:sub(1, n))) end
    for _, bytes in ipairs{ whole .. "}", whole .. "x", "[]", '"a"', "1", '{"a":[]}', '{"a":{}}',
      '{"a":1,"a":2}', '{"l":[[]]}', '{"l":[{"b":1,"b":2}]}', '{"l":[],"l":[]}', '{"a":1,}',
      '{"a" 1}', '{"\\u0061":1}', '{"a":"\0"}', '{"x":"', '{"x":["' } do
      assert.is_nil(one:csv(bytes), bytes)
    end
    assert.is_nil(core.formatter{ { "o", "p" } }:csv'{"o":{"p":1}}')
    assert.is_nil(core.formatter{ { "a" }, { "a" } }:csv'{"a":1}')
    assert.equal("1,1\r\n", core.formatter{ { "a" }, { "a" } }:csv{ a = 1 })
  end)

  it("writes digits as Excel keeps them", function()
    local one = core.formatter({ { "a" } }, { excel = true })
    for _, s in ipairs{ "1", "0", "01", "00", "123456789012345", "1234567890123456", "-01", "0a",
      "1234567890123456a", "", "0,1" } do
      assert.equal(csv.cell(s, true) .. "\r\n", one:csv{ a = s })
      assert.equal(csv.cell(s, true) .. "\r\n", one:csv('{"a":"' .. s .. '"}'))
    end
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
    assert.has_error(function() core.formatter({ { "a" } }, { explode = 1 }) end)
    assert.has_error(function() core.formatter({ { "a" } }, { exploded = "x" }) end)
    assert.has_error(function() formatter{ "a" }:csv(1) end)
    assert.has_error(function() formatter{ "a" }:admit() end)
    local nine = {}
    for i = 1, 9 do nine[i] = "a" end
    assert.has_error(function() core.formatter{ nine } end)
  end)
end)
