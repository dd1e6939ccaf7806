-- core.laying against its model in Lua (the decoder, wdt.sink.laying, wdt.sink.kinds): whatever
-- document it is, the cells are the same, or the document is left to Lua.
local columns = require "wdt.sink.columns"
local core = require "wdt.core"
local kinds = require "wdt.sink.kinds"
local laying = require "wdt.sink.laying"
local literal = require "wdt.sink.database".literal
local plan = require "wdt.sink.plan"

local FIELDS = { { "id", "", "int" }, { "no", "", "text" }, { "n", "", "int" },
  { "amount", "", "decimal" }, { "at", "", "datetime" }, { "flag", "", "boolean" },
  { "modified", "", "datetime" }, { "o", "", "list", fields = { { "x", "", "decimal" },
  { "deep", "", "list", fields = { { "y", "", "text" }, { "z", "", "boolean" } } } } } }
for _, field in ipairs(FIELDS) do if field.fields then field.id = {} end end

local TYPES = { int = "I", decimal = "D", datetime = "T", boolean = "B", text = "X" }

-- As the dialects of wdt.sink.sqlite, mysql and postgres.
local DIALECTS = {
  { types = TYPES, decimal = { significant = 15 }, fractions = true,
    booleans = { [true] = "1", [false] = "0" }, text_literal = literal },
  { types = TYPES, decimal = { whole = 18, places = 8 },
    booleans = { [true] = "1", [false] = "0" }, text_literal = literal },
  { types = TYPES, decimal = {}, fractions = true,
    booleans = { [true] = "true", [false] = "false" }, text_literal = literal },
}

local function root_of(dialect)
  local root = columns.root("t", { dialect = dialect, longest = 63 }, { ids = { "id" },
    modified = "modified" }, FIELDS, true)
  columns.child(columns.child(root, "o"), "deep")
  return root
end

-- The model: tuples of each table; nil where a column would have to change, or it is no row.
local function model(root, dialect, document)
  local decoder = core.decoder{ path = "rows", types = root:types() }
  decoder:feed('{"rows":[' .. document .. "]}")
  local row = decoder:next()
  local more, err = decoder:next()
  decoder:close()
  if type(row) ~= "table" or more or err then return nil end
  local one = laying.new(dialect)
  local id, _, keys = one:identify(root, row)
  local list, at = { root }, 1
  while list[at] do
    list[at].rows = {}
    for _, child in pairs(list[at].lists) do list[#list + 1] = child end
    at = at + 1
  end
  if not id or #one.changes > 0 then return nil end
  local version = kinds.version(row.modified)
  one:put(root, row, { literal "acc'", (table.unpack or unpack)(keys) }, nil, -- luacheck: ignore
    { [root.modified.at] = literal(version), [root.read_at.at] = literal "now",
      [root.document.at] = literal(document) })
  if #one.changes > 0 then return nil end
  local out = {}
  for _, owner in ipairs(list) do
    local tuples = {}
    for i, cells in ipairs(owner.rows) do tuples[i] = "(" .. table.concat(cells, ",") .. ")" end
    out[owner.name] = table.concat(tuples, ",")
  end
  return out, version, id
end

local TEXTS = { '""', '"a"', '"it\'s"', '"a\\\\b"', '"\\"q\\""', '"\\u4e2d\\n"', '"\\u0000"',
  '"北京"',
  '"\\ud83d\\ude00"', '"\\ud83d"', '"tab\\t"', '"\255"', '"\\x"', '"\1"', '"\'\'"', '"T"' }
local NUMBERS = { "0", "-0", "1", "-7", "00", "1.", "1.5", "-1.50", "0.0000", "0.00001", "2.0000",
  "9223372036854775807", "9223372036854775808", "-9223372036854775807", "123456789012345.6",
  "1234567890123456", "100000000000000000000", "1e2", "1.0E-5", "0.1234567890",
  "123456789.12345678",
  "12345678901234567.10", "1793491205000", "1793491205123", "1793491205", "20261101" }
local TIMES = { "2026-11-01 08:00:00", "2026-11-01T08:00:00", "2026-02-29 00:00:00",
  "2024-02-29 23:59:59", "2026-11-01", "2026-13-01", "0000-00-00", "0000-00-00 00:00:00",
  "0000-00-00 00:00:01", "2026-11-01 24:00:00", "2026-11-01 08:00:00.5",
  "2026-11-01 08:00:00.1234567", "2026-11-01 08:00:00.", "2026-11-00 08:00:00", "179349120500",
  "123456789", "0", "2026-11-01 20:00:60", " 2026-11-01", "2026-11-01 8:00:00", "true", "false" }

describe("core.laying", function()
  local random = math.random
  math.randomseed(20261126)

  local function pick(list) return list[random(#list)] end

  local function scalar()
    local kind = random(10)
    if kind == 1 then return pick{ "null", "true", "false", "[]", "{}", "nul", "tru", "[1]" } end
    if kind <= 4 then return pick(TEXTS) end
    if kind <= 6 then return pick(NUMBERS) end
    return '"' .. (kind <= 8 and pick(TIMES) or pick(NUMBERS)) .. '"'
  end

  -- Mostly what fits, so that whole rows are laid out.
  local FITTING = { id = { "7", '"8"', "9.00", '"0"' }, no = TEXTS,
    n = { "1", '"-3"', '""', "5.0" },
    amount = { "1.50", '"0.0000"', "-3", '"12345.6789"', '""' },
    at = { '"2026-11-01 08:00:00"', '"2026-11-01T08:00:00"', "1793491205000", '""', "0" },
    flag = { "true", '"1"', "0", '"false"', '""' }, x = { "1.5", '"2"' }, y = TEXTS,
    z = { "false", "1" }, modified = { '"2026-11-01 08:00:00"', "1793491205123",
    '"2026-11-01T08:00:00.250"' } }

  local function space() return random(12) == 1 and pick{ " ", "\n", "\t \r" } or "" end

  local function object(names, nested)
    local parts = {}
    for _, name in ipairs(names) do
      if random(8) > 1 then
        local value = nested[name] and nested[name]()
          or random(20) == 1 and scalar() or pick(FITTING[name])
        parts[#parts + 1] = '"' .. name .. '"' .. space() .. ":" .. space() .. value
      end
    end
    if random(60) == 1 then
      parts[#parts + 1] = pick{ '"new":1', '"new":null', '"id":5', '"\\u0069d":1', '"":1',
        '"_value":2', '"new":{}', "", '"_account":"x"' }
    end
    for i = #parts, 2, -1 do
      local k = random(i)
      if random(3) == 1 then parts[i], parts[k] = parts[k], parts[i] end
    end
    return "{" .. table.concat(parts, space() .. "," .. space()) .. "}"
  end

  local function list_of(make)
    return function()
      local kind = random(14)
      if kind == 1 then return scalar() end
      if kind == 2 then return make() end
      local parts = {}
      for i = 1, random(0, 3) do parts[i] = random(40) == 1 and scalar() or make() end
      return "[" .. table.concat(parts, "," .. space()) .. "]"
    end
  end

  local deep = list_of(function() return object({ "y", "z" }, {}) end)
  local inner = list_of(function() return object({ "x", "deep" }, { deep = deep }) end)

  local function document()
    local text = object({ "id", "no", "n", "amount", "at", "flag", "modified", "o" }, { o = inner })
    if random(40) == 1 then text = text:sub(1, random(#text)) end
    if random(60) == 1 then text = text .. pick{ " ", ",", "}", "{}" } end
    return text
  end

  for which, dialect in ipairs(DIALECTS) do
    it("lays out as the model does, or leaves it to Lua: dialect " .. which, function()
      local root = root_of(dialect)
      local layer, places = plan.laying(root, dialect, "modified")
      assert.is_not_nil(layer)
      local laid, left, refused = 0, 0, 0
      for _ = 1, 40 do
        layer:reset("acc'", "now")
        local expected, rows = {}, {}
        for _ = 1, 25 do
          local text = document()
          local want, version, id = model(root, dialect, text)
          local at, its_version, its_id = layer:put(text, text)
          if at then
            laid = laid + 1
            assert.is_not_nil(want, text)
            assert.equal(version, its_version, text)
            assert.equal(id, its_id, text)
            rows[#rows + 1], expected[#expected + 1] = at, want
            for name, tuples in pairs(want) do
              local owner = places[1]
              for _, one in ipairs(places) do if one.name == name then owner = one end end
              assert.equal(tuples, (layer:tuples(places[owner], { at })), text)
            end
          elseif want then
            left = left + 1
          else
            refused = refused + 1
          end
        end
        for _, owner in ipairs(places) do -- several rows at once, and none twice
          local parts = {}
          for _, want in ipairs(expected) do
            if want[owner.name] ~= "" then parts[#parts + 1] = want[owner.name] end
          end
          assert.equal(table.concat(parts, ","), (layer:tuples(places[owner], rows)))
        end
      end
      layer:close()
      assert.is_true(laid > 80 and refused > 50, laid .. " " .. refused)
      assert.is_true(left < laid, left .. " rows that fit went the long way, of " .. laid)
    end)
  end

  local function one_row(text, dialect)
    local root = root_of(dialect or DIALECTS[3])
    local layer = plan.laying(root, dialect or DIALECTS[3], "modified")
    layer:reset("a", "now")
    return layer, layer:put(text, text)
  end

  it("writes texts so that nothing in them ends a literal or an item", function()
    local text = '{"id":1,"no":"\\\\ \' \\" \\t\\n\\r, {}NULL \\\\N"}'
    local layer, at = one_row(text)
    assert.equal(1, at)
    local tuple = layer:tuples(1, { at })
    assert.is_truthy(tuple:find([['\ '' " ]] .. "\t\n\r" .. [[, {}NULL \N']], 1, true))
    assert.equal([["\\ '' \" ]] .. "\t\n\r" .. [[, {}NULL \\N"]], layer:array(1, 3, { at }))
    layer:close()
  end)

  it("leaves to Lua what no database holds as a text: a zero byte, half a character", function()
    for _, value in ipairs{ '"\\u0000"', '"\\ud800"', '"\\udc00x"', '"\255"', '"\192\128"',
      '"\237\160\128"' } do
      local layer, at = one_row('{"id":1,"no":' .. value .. "}")
      assert.is_nil(at)
      layer:close()
    end
  end)

  it("raises for rows and tables that are not there, and goes on", function()
    local layer, at = one_row '{"id":1}'
    assert.has_error(function() layer:tuples(1, { at + 1 }) end)
    assert.has_error(function() layer:tuples(1, { 0 }) end)
    assert.has_error(function() layer:tuples(9, { at }) end)
    assert.has_error(function() layer:tuples(0, { at }) end)
    assert.has_error(function() layer:array(1, 99, { at }) end)
    assert.has_error(function() layer:tuples(1, "x") end)
    assert.is_truthy((layer:tuples(1, { at })):find("'a',1", 1, true))
    layer:close()
    assert.has_error(function() layer:put "{}" end)
    assert.has_error(function() core.laying{} end)
  end)
end)
