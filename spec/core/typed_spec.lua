local beijing = require "wdt.beijing"
local core = require "wdt.core"
local decoding = require "support.decoding"
local typing = require "support.typing"

local concat, format = table.concat, string.format
local math_type = math.type -- luacheck: ignore (5.3 and later)

-- The value of a member of that type, as text; and whether it was of its type.
local function typed(type, json, more)
  local options = { types = { a = "any", b = "any", c = "any", d = "any", v = type, z = "any" } }
  for name, value in pairs(more or {}) do options[name] = value end
  local row, found = typing.value(json, options)
  local unknown, missing, retyped = found:match "(%d+) (%d+) (%d+)"
  assert.equal("0 0", unknown .. " " .. missing)
  assert.is_true(retyped == "0" or retyped == "1")
  return row:match '"v":(.*),"z":"5"}$' or "absent", retyped == "0"
end

-- Returns what stands in the table: type, JSON, the value as `decoding.render` shows it; false
-- where it does not fit.
local function check(type, json, expected, more)
  local value, fits = typed(type, json, more)
  local hint = type .. " " .. json
  if expected == false then
    assert.is_false(fits, hint)
    assert.equal((typed("any", json, more)), value, hint)
  else
    assert.is_true(fits, hint .. " " .. value)
    assert.equal(expected, value, hint)
  end
end

local function float(text)
  return math_type and "float " .. text or text
end

describe("an integer", function()
  it("is made of its text or number", function()
    for json, expected in pairs{
      ['"0"'] = "0", ['"95"'] = "95", ['"-1"'] = "-1", ["95"] = "95", ["-1"] = "-1", ["2.0"] = "2",
      ['"2.0000"'] = "2",
      ["1e3"] = "1000", ['"99999999999999"'] = "99999999999999",
      ['"-99999999999999"'] = "-99999999999999",
      ['"\\u0039\\u0035"'] = "95", ['""'] = "absent", ["null"] = "absent", ['"-0"'] = "0",
    } do
      check("int", json, expected)
    end
  end)

  it("stays what it was where it is none", function()
    for _, json in ipairs{
      '"x"', '"1x"', '"1 "', '" 1"', '"+1"', '"007"', '"1.5"', "1.5", '"1."', '"."', '"-"',
      '"1,000"', "true", "[]", "[1]",
      "{}", '{"a":1}', '"18446744073709551616"', "18446744073709551616",
      '"12345678901234567890123"', '"\\u0039x"', '"9\\n"',
      '"1e400"', '"中"', '"0x10"',
    } do
      check("int", json, false)
    end
  end)

  it("keeps every digit that this Lua's numbers hold, and is text beyond", function()
    local exact = math_type and true or false
    for _, n in ipairs{ "123456789012345678", "9223372036854775807", "-9223372036854775808" } do
      local _, fits = typed("int", '"' .. n .. '"')
      assert.equal(exact, fits)
    end
    local decoder = core.decoder{ path = "list", types = { v = "int" } }
    decoder:feed('{"list":[{"v":"9223372036854775807"},{"v":"-9223372036854775808"},'
      .. '{"v":"100000000000001"}]}')
    for _, n in ipairs{ "9223372036854775807", "-9223372036854775808", "100000000000001" } do
      local value = decoder:next().v
      assert.equal(n, tostring(value))
      assert.equal(exact and "number" or "string", type(value))
    end
  end)

  it("that is absent can be a value", function()
    check("int", '""', "null", { null = core.null })
    check("int", "null", "null", { null = core.null })
    check("datetime", '"0000-00-00 00:00:00"', "null", { null = core.null })
  end)
end)

describe("a decimal", function()
  it("as text is the digits that were sent", function()
    for json, expected in pairs{
      ['"198.0000"'] = '"198.0000"', ['"-0.50"'] = '"-0.50"', ["198.50"] = '"198.50"',
      ["3"] = '"3"', ["1e2"] = '"1e2"',
      ['""'] = '""', ["0.1234567890123456789"] = '"0.1234567890123456789"', ["null"] = "absent",
    } do
      check("decimal", json, expected)
    end
    for _, json in ipairs{ "true", "[]", "{}" } do check("decimal", json, false) end
  end)

  it("as a number is the nearest double, if that prints as the same number", function()
    for json, expected in pairs{
      ['"198.0000"'] = float "198", ['"0.1"'] = float(format("%.17g", 0.1)), ["3"] = float "3",
      ['"-1.25"'] = float "-1.25",
      ['"0.00005"'] = float(format("%.17g", 0.00005)), ['"1e3"'] = float "1000",
      ["1e2"] = float "100",
      ['"9999999999.9999"'] = float(format("%.17g", 9999999999.9999)), ['"0.0000"'] = float "0",
      ['""'] = "absent",
      ['"0.00000"'] = float "0", ['"-0.0000"'] = float "0",
    } do
      check("number", json, expected)
    end
    for _, json in ipairs{
      '"12345678901.2345"', '"100000000000000"', '"1.2.3"', '"1,5"', '"NaN"', '"inf"', '".5"',
      '"5."', "true", "[]", '"01.5"',
      '"1.5 "', '"-"',
    } do
      check("number", json, false)
    end
  end)

  it("scaled is units of 1/10000", function()
    for json, expected in pairs{
      ['"198.0000"'] = "1980000", ['"0.0001"'] = "1", ['"-0.0001"'] = "-1", ['"1.5"'] = "15000",
      ["3"] = "30000",
      ["1.25"] = "12500", ['"0.50000000"'] = "5000", ['"0"'] = "0", ['"-0.0000"'] = "0",
      ['""'] = "absent",
      ['"9999999999.9999"'] = "99999999999999",
    } do
      check("scaled", json, expected)
    end
    for _, json in ipairs{
      '"0.00001"', '"1.23456"', '"9999999999999999"', '"1e2"', '"1."', '".1"', '"x"', '"1.5x"',
      '"00.1"', "true",
      "[]", '"999999999999999.9999"',
    } do
      check("scaled", json, false)
    end
    -- a number would pass for one of units
    for _, json in ipairs{ "0.00001", "1e2", "33.333333" } do
      local value, fits = typed("scaled", json)
      assert.is_false(fits)
      assert.equal('"' .. json .. '"', value)
    end
    check("scaled", '"100000000000.0000"', math_type and "1000000000000000" or false)
  end)
end)

describe("a time", function()
  it("is epoch seconds of a time in Beijing", function()
    for json, expected in pairs{
      ['"2019-05-18 00:35:55"'] = "1558110955", ['"2026-11-22"'] = "1795276800",
      ['"1970-01-01 08:00:00"'] = "0",
      ['"1969-12-31 23:59:59"'] = "-28801", ['"2024-02-29 00:00:00"'] = "1709136000",
      ["1558110955000"] = "1558110955",
      ["1558110955123"] = "1558110955", ["1558110955"] = "1558110955",
      ['"2019-05-18 00:35:5\\u0035"'] = "1558110955", ['""'] = "absent", ["null"] = "absent",
      ['"0000-00-00 00:00:00"'] = "absent", ['"0000-00-00"'] = "absent", ["7"] = "7", ["0"] = "0",
    } do
      check("datetime", json, expected)
    end
  end)

  it("stays what it was where it is none", function()
    for _, json in ipairs{
      '"2019-02-29 00:00:00"', '"2019-13-01 00:00:00"', '"2019-00-01 00:00:00"',
      '"2019-05-00 00:00:00"',
      '"2019-05-32 00:00:00"', '"2019-05-18 24:00:00"', '"2019-05-18 00:60:00"',
      '"2019-05-18 00:00:60"', '"2019-05-18 00:35"',
      '"2019-05-18T00:35:55"', '"2019-05-18 00:35:55.0"', '"2019-5-18 00:35:55"',
      '"2019/05/18 00:35:55"', '" 2019-05-18"',
      '"2019-05-18 "', '"2019-05-18 00:35:5"', '"2019-05-18 0a:35:55"', '"20a9-05-18"',
      '"0000-00-00 00:00:01"', '"0000-01-00"',
      '"x"', "-5", "1.5", "1e3", "1000000000000000", '"1000000000000000"', "true", "[]", "{}",
      '"2019-05-18\\n00:35:55"',
      '"１９-05-18"', '"2100-02-29 00:00:00"', '"-019-05-18"', '"2019"', '"2019-"', '"7"',
      '"1558110955000"',
    } do
      check("datetime", json, false)
    end
  end)

  it("agrees with wdt.beijing on every day and second", function()
    local rows, texts, state = {}, {}, 7
    local function random(n)
      state = state * 16807 % 2147483647
      return state % n
    end
    for i = 1, 4000 do
      if i % 3 > 0 then
        texts[i] = beijing.format(random(2147483647) * 5 - 1000000000)
      else -- also what does not exist
        texts[i] = format("%04d-%02d-%02d %02d:%02d:%02d", random(4) == 0 and random(10000)
          or 1900 + random(300), random(14),
          random(33), random(26), random(62), random(62))
      end
      rows[i] = format('{"v":"%s"}', texts[i])
    end
    local decoder = core.decoder{ path = "list", types = { v = "datetime" } }
    decoder:feed('{"list":[' .. concat(rows, ",") .. "]}")
    local times = 0
    for i = 1, #texts do
      local expected = beijing.parse(texts[i])
      assert.equal(expected or texts[i], decoder:next().v)
      if expected then times = times + 1 end
    end
    assert.is_true(times > 2700 and times < 4000)
    assert.equal(#texts - times, decoder:findings().retyped_fields)
  end)

  it("is no row of NULs, before one has been read", function()
    local decoder = core.decoder{ path = "list", types = { v = "datetime" } }
    decoder:feed('{"list":[{"v":"' .. ("\\u0000"):rep(10) .. '"},{"v":"' .. ("\0"):rep(10)
      .. '"}]}')
    assert.equal(("\0"):rep(10), decoder:next().v)
    assert.equal(1, decoder:findings().retyped_fields)
    assert.same({ nil, "syntax: a control character stands unescaped in a string at offset 84",
      "syntax" }, { decoder:next() })
  end)

  it("is not taken from what stands after it", function()
    local decoder = core.decoder{ path = "list", types = {
      v = "datetime", ["-11-22 00:00:00"] = "any" } }
    decoder:feed('{"list":[{"v":"2026","-11-22 00:00:00":1},'
      .. '{"v":"20","-11-22 00:00:00":"2026-11-22 00:00:00"}]}')
    assert.equal("2026", decoder:next().v)
    assert.equal("20", decoder:next().v)
  end)
end)

describe("the other types", function()
  it("are checked, and changed in nothing", function()
    check("text", '"x"', '"x"')
    check("text", '""', '""')
    check("text", "null", "absent")
    check("boolean", "true", "true")
    check("boolean", "false", "false")
    check("list", "[1]", "[1]")
    for _, case in ipairs{
      { "text", "1" }, { "text", "true" }, { "text", "[]" }, { "boolean", "1" },
        { "boolean", '"true"' }, { "boolean", '""' },
      { "boolean", "{}" }, { "list", '"x"' }, { "list", "{}" }, { "list", "1" }, { "list", "true" },
    } do
      check(case[1], case[2], false)
    end
    for _, json in ipairs{ "1", '"x"', "true", "[1]", '{"a":"1"}' } do
      check("any", json, (typed("any", json))) end
  end)

  it("reach into lists at any depth", function()
    local types = { id = "int", list = { n = "int", at = "datetime", parts = { w = "scaled" } },
      one = { n = "int" } }
    local function document(i)
      return format(
        '{"id":"%d","list":[{"n":"%d","at":"2026-11-22 '
          .. '00:00:%02d","parts":[{"w":"0.%d"},{"w":"x"}]},'
        .. '{"n":"","at":"","parts":[]}],"one":{"n":"%d"},"more":{"n":"5"}}', i, i, i, i, i)
    end
    local rows = {}
    for i = 1, 40 do rows[i] = document(10 + i % 9) end
    local _, out = decoding.decode('{"list":[' .. rows[1] .. "," .. rows[2] .. "]}",
      { path = "list", types = types })
    local decoder = core.decoder{ path = "list", types = types }
    decoder:feed('{"list":[' .. concat(rows, ",") .. "]}")
    for i = 1, 40 do
      local n, text = 10 + i % 9, decoding.render((decoder:next()))
      assert.equal(
        format('{"id":%d,"list":[{"at":%d,"n":%d,"parts":[{"w":%d00},{"w":"x"}]},{"parts":[]}],'
        .. '"more":{"n":"5"},"one":{"n":%d}}', n, 1795276800 + n, n, n, n), text)
      assert.is_true(i > 2 or text == out[i])
    end
    local found = decoder:findings()
    assert.same({ 40, 0, 80 }, { found.unknown_fields, found.missing_fields, found.retyped_fields })
    table.sort(found)
    -- `one` is no list
    assert.same({ "retyped list.parts.w", "retyped one", "unknown more" },
      { found[1], found[2], found[3] })
    assert.is_nil(found[4])
  end)

  it("go with fields, keys, twins and reset", function()
    local options = { path = "list", types = { id = "int", at = "datetime",
      l = { n = "int", t = "text" } },
      fields = { "id", "l.n" }, keys = { "at", "id" } }
    local text = '{"list":[{"id":"1","at":"2026-11-22 00:00:00","l":[{"n":"3","t":"x"}]},'
      .. '{"id":"1","id":"2","at":5,"l":[{"n":"4"}],"x":1}]}'
    local _, out = decoding.decode(text, options)
    assert.same({ '{"id":1,"l":[{"n":3}]} "2026-11-22 00:00:00" "1"',
      '{"id":2,"l":[{"n":4}]} 5 "2"' }, { out[1], out[2] })
    options.fields = nil
    _, out = decoding.decode(text, options)
    assert.same({ '{"at":1795276800,"id":1,"l":[{"n":3,"t":"x"}]} "2026-11-22 00:00:00" "1"',
      '{"at":5,"id":2,"l":[{"n":4}],"x":1} 5 "2"' }, { out[1], out[2] })
    -- whole, whatever comes first
    for _, fields in ipairs{ { "l" }, { "l.n", "l" }, { "l", "l.n" } } do
      options.fields = fields
      _, out = decoding.decode(text, options)
      assert.equal('{"l":[{"n":3,"t":"x"}]} "2026-11-22 00:00:00" "1"', out[1])
    end
  end)
end)

it("what is no JSON is none in any type", function()
  for _, type in ipairs{ "any", "text", "decimal", "boolean", "list", "int", "number", "scaled",
    "datetime" } do
    for _, json in ipairs{ "01", "-", "1.", "1e", "tru", "nul", "[1}",
      '"a\tb"', '"\\x"', '"\\ud800"', '"\\u003"', '"1\255"', "" } do
      local _, out = decoding.decode('{"list":[{"v":"1"},{"v":' .. json .. "}]}",
        { path = "list", types = { v = type } })
      assert.equal("syntax", out.code, type .. " " .. json)
      assert.is_nil(out[2])
    end
  end
end)

describe("findings", function()
  -- Returns what a decoder finds in these rows, however they are cut; the names in order.
  local function found(options, ...)
    options.path = "list"
    local text = '{"list":[' .. concat({ ... }, ",") .. "]}"
    local result
    for _, size in ipairs{ #text, 1, 7 } do
      local fresh = core.decoder(options)
      for i = 1, #text, size do
        fresh:feed(text:sub(i, i + size - 1))
        repeat local row = fresh:next() until row == nil
      end
      assert.is_true(fresh:finish())
      local one = fresh:findings()
      table.sort(one)
      assert.same(result or one, one)
      result = one
    end
    return result
  end

  it("count what a row has, lacks and gets wrong, and name it once", function()
    local types = { a = "int", b = "text", c = { d = "int" } }
    assert.same({ unknown_fields = 0, missing_fields = 0, retyped_fields = 0 },
      found({ types = types }, '{"a":"1","b":"","c":[{"d":1}]}'))
    assert.same({ unknown_fields = 2, missing_fields = 3, retyped_fields = 2, "missing b",
      "missing c", "missing c.d",
      "retyped a", "retyped c", "unknown c.e", "unknown x" },
      found({ types = types }, '{"a":"1","x":1}', '{"b":null,"c":[{"d":2},{"e":{"d":1}}],"a":"y"}',
        '{"a":1,"b":"","c":{"d":1}}'))
  end)

  it("count only what is wanted", function()
    local types = { a = "int", b = "int", c = { d = "int", e = "int" } }
    local one = found({ types = types, fields = { "a", "x", "c.d" } },
      '{"b":"y","x":1,"z":2,"c":[{"d":"z","e":"z"},{"f":1}]}')
    assert.same({ 1, 2, 1 }, { one.unknown_fields, one.missing_fields, one.retyped_fields })
    assert.same({ "missing a", "missing c.d", "retyped c.d", "unknown x" },
      { one[1], one[2], one[3], one[4] })
  end)

  it("are the same however much the decoder has learnt", function()
    local types = { a = "int", b = "int", c = "int", d = "int", e = "int", f = "int" }
    local forms = { '{"a":"1","b":"1","c":"1","d":"1","e":"1"}',
      '{"a":"1","b":"1","c":"1","d":"1","x":"1"}',
      '{"a":"1","b":"x","c":"1","d":"1"}', '{"a":"1","a":"1","y":1,"y":1}', "{}" }
    local expect = { { 0, 1, 0 }, { 1, 2, 0 }, { 0, 2, 1 }, { 2, 5, 0 }, { 0, 6, 0 } }
    local rows, sum = {}, { 0, 0, 0 }
    for i = 1, 300 do
      local k = (i < 60 and 1) or (i < 120 and i % 2 + 1) or i * 7 % #forms + 1
      rows[i] = forms[k]
      for j = 1, 3 do sum[j] = sum[j] + expect[k][j] end
    end
    local one = found({ types = types }, concat(rows, ","))
    assert.same(sum, { one.unknown_fields, one.missing_fields, one.retyped_fields })
  end)

  it("stay bounded, and hold no long name", function()
    local rows = {}
    for i = 1, 200 do rows[i] = format('{"n%d":1}', i) end
    local one = found({ types = { a = "int" } }, concat(rows, ","))
    assert.equal(32, #one)
    assert.equal(200, one.unknown_fields)
    one = found({ types = { a = "int" } }, '{"a":1,"' .. ("x"):rep(64) .. '":1}',
      '{"a":1,"' .. ("y"):rep(65) .. '":1}')
    assert.same({ "unknown " .. ("x"):rep(64), nil }, { one[1], one[2] })
    assert.equal(2, one.unknown_fields)
  end)

  it("do not count a row that is not handed out, and outlive reset and close", function()
    local decoder = core.decoder{ path = "list", types = { a = "int" } }
    decoder:feed '{"list":[{"a":"x","n1":1},{"a":"x","n2":[tru]}]}'
    assert.is_table(decoder:next())
    assert.equal("syntax", select(3, decoder:next()))
    local expect = { unknown_fields = 1, missing_fields = 0, retyped_fields = 1, "retyped a",
      "unknown n1", "unknown n2" }
    assert.same(expect, decoder:findings())
    decoder:reset():feed '{"list":[{"a":1}]}'
    assert.is_table(decoder:next())
    assert.same(expect, decoder:findings())
    decoder:close()
    assert.same(expect, decoder:findings())
    assert.same({}, core.decoder{}:findings())
  end)
end)

describe("a name that findings tell", function()
  -- what was learnt of its list stays
  it("is not lost with a row that was begun too early", function()
    local function row(name, n)
      return format('{"l":[{"%s":1}],"pad":"%s"}', name, ("p"):rep(n))
    end
    local text = '{"list":[' .. concat({ row("d", 20), row("e", 200), row("e", 200) }, ",") .. "]}"
    for cut = 1, #text - 1 do
      local decoder = core.decoder{ path = "list", types = { l = { d = "int" }, pad = "text" } }
      for _, piece in ipairs{ text:sub(1, cut), text:sub(cut + 1) } do
        decoder:feed(piece)
        repeat local one = decoder:next() until one == nil
      end
      local found = decoder:findings()
      table.sort(found)
      assert.same({ unknown_fields = 2, missing_fields = 2, retyped_fields = 0, "missing l.d",
        "unknown l.e" }, found)
    end
  end)
end)

describe("a function for times", function()
  local function decoder_with(fn, text)
    local decoder = core.decoder{ path = "list", types = { id = "int", at = "datetime", n = "int" },
      datetime = fn }
    decoder:feed(text
      or '{"list":[{"id":"1","at":"2026-11-22 '
        .. '00:00:00","n":"x"},{"id":"2","at":1558110955000},{"id":"3","at":""}]}')
    return decoder
  end

  it("makes what the row holds of a time, out of its seconds and its text", function()
    local decoder = decoder_with(function(epoch, text) return { epoch = epoch, text = text } end)
    assert.same({ id = 1, at = { epoch = 1795276800, text = "2026-11-22 00:00:00" }, n = "x" },
      decoder:next())
    assert.same({ id = 2, at = { epoch = 1558110955, text = "1558110955000" } }, decoder:next())
    assert.same({ id = 3 }, decoder:next())
    assert.is_true(decoder:finish())
  end)

  it("is asked for each time anew, however often it was the same", function()
    local rows, seen = {}, {}
    for i = 1, 60 do
      rows[i] = '{"a":"1","b":"1","c":"1","d":"1","id":"1","at":"2026-11-22 00:00:00","n":"1"}' end
    local decoder = decoder_with(function(epoch) return { epoch } end,
      '{"list":[' .. concat(rows, ",") .. "]}")
    for _ = 1, 60 do
      local at = decoder:next().at
      assert.equal(1795276800, at[1])
      assert.is_nil(seen[at])
      seen[at] = true
    end
  end)

  it("may answer nothing, and may read another decoder", function()
    local decoder = decoder_with(function()
      local other = decoder_with(function() return 5 end)
      assert.equal(5, other:next().at)
      other:close()
    end)
    assert.same({ id = 1, n = "x" }, decoder:next())
  end)

  it("raises at the caller, who may try the row again", function()
    for _, problem in ipairs{ "no such time", { "an object" } } do
      -- a row decoded ahead of its end, and one whose end is known
      for _, cut in ipairs{ false, true } do
        local fail = true
        local text = '{"list":[{"id":"1","at":"2026-11-22 00:00:00","n":"x"}'
          .. (cut and "" or (" "):rep(500) .. "]}")
        local decoder = decoder_with(function(epoch)
          if fail then error(problem, 0) end
          return epoch
        end, text)
        for _ = 1, 3 do
          local ok, err = pcall(decoder.next, decoder)
          assert.is_false(ok)
          assert.equal(problem, err)
          assert.equal(0, decoder:findings().retyped_fields)
        end
        fail = false
        assert.same({ id = 1, at = 1795276800, n = "x" }, (decoder:next()))
        assert.equal(1, decoder:findings().retyped_fields)
      end
    end
  end)

  it("cannot yield", function()
    local decoder = decoder_with(coroutine.yield)
    local co = coroutine.create(function() return decoder:next() end)
    local ok, err = coroutine.resume(co)
    assert.is_false(ok)
    assert.truthy(tostring(err):find("yield", 1, true))
  end)

  it("finds its decoder busy, and may close it", function()
    local decoder, code
    decoder = decoder_with(function(epoch)
      code = select(3, decoder:next())
      assert(not decoder:feed " ")
      decoder:close()
      return epoch
    end)
    assert.equal(1795276800, decoder:next().at)
    assert.equal("limit", code)
    assert.equal("closed", select(3, decoder:next()))
  end)
end)

it("options of a decoder that make no sense are misuse", function()
  local deep = {}
  deep.a = deep
  for _, case in ipairs{
    { "types", { types = "int" } }, { "types", { types = { a = "float" } } },
      { "types", { types = { a = 1 } } },
    { "types", { types = { "int" } } }, { "types", { types = { [""] = "int" } } },
      { "types", { types = deep } },
    { "types", { types = { a = "int" }, as = "json" } },
      { "datetime", { types = { a = "int" }, datetime = 1 } },
    { "datetime", { datetime = print } }, { "mask_key", { mask = { "a" } } },
      { "mask_key", { mask = { "a" }, mask_key = "" } },
    { "mask_key", { mask = { "a" }, mask_key = 5 } }, { "mask_key", { mask_key = "k" } },
    { "mask", { mask = "a", mask_key = "k" } }, { "mask", { mask = { "a..b" }, mask_key = "k" } },
    { "mask", { mask = { 1 }, mask_key = "k" } }, { "mask",
      { mask = { "a" }, mask_key = "k", as = "json" } },
  } do
    local ok, err = pcall(core.decoder, case[2])
    assert.is_false(ok)
    assert.truthy(err:find("parameter '" .. case[1] .. "' is", 1, true), err)
  end
end)
