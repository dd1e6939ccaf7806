-- RFC 8259 to the letter: what is a value, what is not, and what becomes of it in Lua. Every vector
-- is decoded as a member of the envelope, as a row, and inside a row, whole, byte by byte and cut
-- in two everywhere.
local core = require "wdt.core"
local decoding = require "support.decoding"

local A, decode, render = decoding.array, decoding.decode, decoding.render
local integers = math.maxinteger ~= nil -- luacheck: ignore (5.3 and later)

-- An integer that only a Lua with 64-bit integers holds exactly; the others keep its digits as
-- text.
local function wide(digits)
  return integers and math.tointeger(digits) or digits -- luacheck: ignore (5.3 and later)
end

local null = core.null

local good = {
  -- literals
  { "true", true }, { "false", false }, { "null", null },
  -- integers
  { "0", 0 }, { "1", 1 }, { "-1", -1 }, { "10", 10 }, { "1234567890", 1234567890 },
  { "99999999999999", 99999999999999 }, { "-99999999999999", -99999999999999 },
  { "100000000000000", wide "100000000000000" }, { "-100000000000000", wide "-100000000000000" },
  { "9007199254740993", wide "9007199254740993" },
  { "115580935277840368", wide "115580935277840368" },
  { "9223372036854775807", wide "9223372036854775807" },
  { "-9223372036854775808", wide "-9223372036854775808" },
  { "9223372036854775808", "9223372036854775808" }, {
    "-9223372036854775809", "-9223372036854775809" },
  { "18446744073709551615", "18446744073709551615" },
    { "18446744073709551616", "18446744073709551616" },
  { "123456789012345678901234567890", "123456789012345678901234567890" },
  { "10000000000000000000", "10000000000000000000" },
    { "100000000000000000000", "100000000000000000000" },
  -- minus zero is a number of its own
  { "-0", -0.0 }, { "-0.0", -0.0 }, { "-0e5", -0.0 }, { "0.0", 0.0 }, { "0e0", 0.0 },
    { "0E-99999", 0.0 }, { "0e+99999", 0.0 },
  -- decimals: a number when 14 digits say it all
  { "1.5", 1.5 }, { "-1.5", -1.5 }, { "198.0000", 198.0 }, { "0.1", 0.1 }, { "0.05", 0.05 },
    { "1e2", 100.0 }, { "1E2", 100.0 },
  { "1e+2", 100.0 }, { "1.5e-3", 0.0015 }, { "1e14", 1e14 }, { "1e22", 1e22 }, { "1e23", 1e23 },
    { "1e-22", 1e-22 },
  { "1e-23", 1e-23 },
  { "1e300", 1e300 }, { "1e308", 1e308 }, { "1e-307", 1e-307 },
    { "123456789012.34", 123456789012.34 },
  { "1.2345678901234", 1.2345678901234 }, { "0.00012345678901234", 0.00012345678901234 },
  { "1.50000000000000000000000", 1.5 }, { "100000000000000000000.0", 1e20 },
    { "10000000000000000000000e-3", 1e19 },
  -- ... and text when they do not, or when no normal double is near enough
  { "0.12345678901234567", "0.12345678901234567" }, { "1.23456789012345", "1.23456789012345" },
  { "123456789012345.6", "123456789012345.6" }, { "12345678901234567890.5",
    "12345678901234567890.5" },
  { "1e400", "1e400" }, { "-1e400", "-1e400" }, { "1e-400", "1e-400" }, { "1e309", "1e309" },
    { "1e-310", "1e-310" },
  { "4.9e-324", "4.9e-324" }, { "1e99999999999999999999", "1e99999999999999999999" },
  { "1e-99999999999999999999", "1e-99999999999999999999" },
  { "1.0000000000000000000000000000001", "1.0000000000000000000000000000001" },
  -- strings
  { '""', "" }, { '"a"', "a" }, { '" a b "', " a b " }, { '"中文"', "中文" }, { '"😀"', "😀" },
    { '"\127"', "\127" },
  { [["\" \\ \/ \b \f \n \r \t"]], '" \\ / \b \f \n \r \t' },
  { [["\u0041\u00e9\u4E2d"]], "Aé中" }, { [["\uD83D\uDE00"]], "😀" },
  { [["\ud800\udc00\uDBFF\uDFFF"]], "\240\144\128\128\244\143\191\191" },
  { [["\u0000"]], "\0" }, { [["a\u0000b"]], "a\0b" },
    { [["\uFFFF\uFEFF"]], "\239\191\191\239\187\191" },
  { [["\u007f\u0080\u07ff\u0800"]], "\127\194\128\223\191\224\160\128" },
  { [["\\"]], "\\" }, { [["\\\""]], '\\"' }, { [["\\\\"]], "\\\\" }, { [["\\u0041"]], "\\u0041" },
    { [["x\\"]], "x\\" },
  { '"[{]}"', "[{]}" }, { [["a\"],[\"b"]], 'a"],["b' }, { '"//"', "//" },
  { '"0123456789012345678901234567890123456789"', ("0123456789"):rep(4) },
  { '"\194\128\223\191"', "\194\128\223\191" },
  { '"\224\160\128\236\191\191\237\128\128\237\159\191\238\128\128\239\191\191"',
    "\224\160\128\236\191\191\237\128\128\237\159\191\238\128\128\239\191\191" },
  { '"\240\144\128\128\243\191\191\191\244\143\191\191"',
    "\240\144\128\128\243\191\191\191\244\143\191\191" },
  -- containers
  { "[]", A{} }, { "[ ]", A{} }, { "{}", {} }, { "{ }", {} }, { "[[]]", A{ A{} } },
    { "[{}]", A{ {} } }, { "[1,2]", A{ 1, 2 } },
  { " [ 1 , [ ] , { } ] ", A{ 1, A{}, {} } }, { "[null,null]", A{ null, null } },
    { '{"":""}', { [""] = "" } },
  { '{"a":{"a":{"a":1}}}', { a = { a = { a = 1 } } } },
    { '{ "a" : 1 , "b" : [ ] }', { a = 1, b = A{} } },
  { '{"a":[1,{"b":[2,{"c":3}]}]}', { a = A{ 1, { b = A{ 2, { c = 3 } } } } } },
  { '{"\\u0061\\n":1}', { ["a\n"] = 1 } }, { '{"中":"文"}', { ["中"] = "文" } },
    { '{"1":1}', { ["1"] = 1 } },
  { "\t\n\r [\t\n\r 1\t\n\r ,\t\n\r 2\t\n\r ]\t\n\r ", A{ 1, 2 } },
}

-- At which byte of the value the fault is, when it stands inside a row.
local bad = {
  { "", 0, "a value was expected" }, { "nul", 0, "a value was expected" }, { "NULL" },
    { "nulll", 4 }, { "True" }, { "tru", 0 },
  { "truee", 4 }, { "fals", 0 }, { "nan" }, { "NaN" }, { "Infinity" }, { "-Infinity", 0 },
    { "undefined" }, { "x" }, { "'a'" },
  { "-" }, { "--1" }, { "+1" }, { "01", 1 }, { "-01", 2 }, { "00", 1 }, { ".5" }, { "1.", 0 },
    { "-.5" }, { "1.e1" },
  { "1e" }, { "1e+" },
  { "1.5e" }, { "1e1.5", 3 }, { "0x1", 1 }, { "1 2", 2 }, { "1_0", 1 }, { "1a", 1 }, { "-a" },
    { "１" },
  { '"\\x"', 1, "a backslash escapes nothing" }, { '"\\\'"', 1 }, { '"\\U0041"', 1 },
    { '"\\u"', 3, "four hex digits" },
  { '"\\u12"', 3 },
  { '"\\u123g"', 3 }, { '"\\u 123"', 3 }, { '"\\u+123"', 3 }, { '"\\a"', 1 }, { '"\\0"', 1 },
  { '"\\ud800"', 1, "a surrogate stands alone" }, { '"\\udc00"', 1, "a surrogate stands alone" },
    { '"\\ud800x"', 1 },
  { '"\\ud800\\n"', 1 },
  { '"\\ud800\\u0041"', 1 }, { '"\\ud800\\ud800"', 1 }, { '"ab\\udfff\\ud800"', 3 },
    { '"\\ud83d\\ude0"', 9, "four hex digits" },
  { '"a\nb"', 2, "a control character" }, { '"\t"', 1 }, { '"\0"', 1 }, { '"\31"', 1 },
    { '"\\\n"', 2 }, { '"\\\0"', 2 },
  { '"\128"', 1, "not UTF%-8" }, { '"\191"', 1 }, { '"\192\128"', 1 }, { '"\193\191"', 1 },
    { '"\194"', 1 },
  { '"\194a"', 1 }, { '"a\224\128\128"', 2 },
  { '"\224\159\191"', 1 }, { '"\228\184"', 1 }, { '"\237\160\128"', 1 }, { '"\237\191\191"', 1 },
    { '"\240\128\128\128"', 1 },
  { '"\240\143\191\191"', 1 }, { '"\244\144\128\128"', 1 }, { '"\245\128\128\128"', 1 },
    { '"\255"', 1 },
  { '"\254\255"', 1 }, { '"\240\159\152"', 1 },
  { '"0123456789abcdef0123456789\255"', 27 }, { '"中\\n\228\184"', 6 },
  { "[1,]", 3, "a value was expected" }, { "[,1]", 1 }, { "[1,,2]", 3 }, { "[,]", 1 },
    { "[1 2]", 3 },
  { "[1;2]", 2, "a comma or a bracket" }, { "[1", nil }, { "[1]]", 3 },
  { "[\"a\"\"b\"]", 4 }, { "[1}", 2, "another kind of bracket" }, { "{]", 1 }, { "[{]}", 2 },
    { "[\1]", 1 }, { "[\0]", 1 },
  { "[\194\160]", 1 },
  { "{,}", 1, "a key was expected" }, { '{"a"}', 4, "a colon was expected" }, { '{"a":}', 5 },
  { '{"a":1,}', 7, "a key was expected" }, { '{"a":1,,"b":2}', 7 },
  { '{a:1}', 1 }, { "{1:1}", 1 }, { "{'a':1}", 1 }, { '{"a" 1}', 5 }, { '{"a"::1}', 5 },
  { '{"a":1 "b":2}', 7, "a comma or a brace" }, { '{"a",1}', 4 },
  { '{"a":1;"b":2}', 6 }, { "{null:1}", 1 }, { '{"\\ud800":1}', 2 }, { '{"\255":1}', 2 },
    { '{"\n":1}', 2 }, { "{[]:1}", 1 },
  { "/**/1" }, { "1//", 1 }, { "[1/**/]", 2 }, { "\239\187\1911" }, { "\\u0031" }, { "\f1" },
    { "\v1" }, { "\194\1601" },
}

describe("decoder grammar", function()
  it("gives the values that were sent", function()
    for _, case in ipairs(good) do
      local json, value = case[1], case[2]
      local expected = render(value)
      local _, out = decode('{"v":' .. json .. ',"l":[' .. json .. ',{"v":' .. json .. '}]}',
        { path = "l", null = null })
      assert.is_nil(out.err, json)
      assert.equal(expected, out[1], json)
      assert.equal(render{ v = value }, out[2], json)
      assert.equal(render{ v = value }, render(out.envelope), json)
    end
  end)

  it("prints every number back as it was, or keeps its text", function()
    for _, case in ipairs(good) do
      local value = case[2]
      if type(value) == "number" then assert.equal(value, tonumber(tostring(value))) end
      if type(value) == "string" and tonumber(case[1]) then assert.equal(case[1], value) end
    end
  end)

  it("refuses everything else, and says where", function()
    for _, case in ipairs(bad) do
      local json, at, words = case[1], case[2] or 0, case[3] or ""
      local prefix = '{"l":[0,{"v":'
      local text = prefix .. json .. "}]}"
      local _, out = decode(text, { path = "l" })
      if json == "[1" or json:find("^[%[{]") and at == nil then
        assert.is_not_nil(out.err, json)
      else
        assert.equal("syntax", out.code, json)
        assert.equal("0", out[1])
        assert.is_nil(out[2])
        local offset = tonumber(out.err:match("at offset (%d+)$"))
        if case[2] then assert.equal(#prefix + at, offset, json .. ": " .. out.err) end
        assert.is_true(offset >= #prefix and offset <= #text, json)
        assert.matches(words, out.err)
      end
      -- as a row, and as a member of the envelope
      for _, wrapped in ipairs{ '{"l":[' .. json .. "]}", '{"v":' .. json .. "}" } do
        _, out = decode(wrapped, { path = "l" })
        if not (json == "" and wrapped:find("[]", 1, true)) then
          assert.is_not_nil(out.err, wrapped)
          assert.is_true(out.code == "syntax" or out.code == "truncated", wrapped)
        end
      end
    end
  end)

  it("refuses documents that are not one object", function()
    for text, offset in pairs{
      ["[]"] = 0, ["1"] = 0,
      ['"a"'] = 0, ["null"] = 0, ["<html>"] = 0, ["\239{}"] = 1, ["\239\187{}"] = 2,
      ["\187\191{}"] = 0,
      ["\239 \187\191{}"] = 2, [" \239\187\191{}"] = 1, ["\239\187\191\239\187\191{}"] = 3,
      ["\0"] = 0, ["  x"] = 2, ["}"] = 0,
      ["{}x"] = 2, ["{}{}"] = 2, ["{} \0"] = 3, ["{},"] = 2, ["{}}"] = 2, ["{} ]"] = 3,
      ["{}\194\160"] = 2,
      ["{x"] = 1, ["{,"] = 1, ['{"a"x'] = 4, ['{"a":1x}'] = 6, ['{"a":1,}'] = 7, ['{"a":1]'] = 6,
      ['{"a":[]]'] = 7,
      ['{"a":1 "b":2}'] = 7,
      ['{"l":[1,]}'] = 8, ['{"l":[,1]}'] = 6, ['{"l":[1 2]}'] = 8, ['{"l":[1}'] = 7,
      ['{"l":[1]]'] = 8, ['{"l":[}'] = 6,
      ['{"l":[]'  .. "\1}"] = 7,
      ['{"\\ud800":1}'] = 2, ['{"\255":1}'] = 2,
    } do
      local _, out = decode(text, { path = "l" })
      assert.equal("syntax", out.code, text)
      assert.matches("at offset " .. offset .. "$", out.err)
    end
  end)

  it("takes a byte order mark before the document", function()
    local _, out = decode('\239\187\191 {"l":[1,2]}', { path = "l" })
    assert.is_nil(out.err)
    assert.equal(2, #out)
  end)

  it("takes space around everything", function()
    local _, out = decode(' \n{ \t"l" \r: [ 1 , \n{ "a" : 1 } ] , "b" : 2 } \r\n ', { path = "l" })
    assert.is_nil(out.err)
    assert.same({ "1", '{"a":1}' }, { out[1], out[2] })
    assert.same({ b = 2 }, out.envelope)
  end)

  it("finds the end of strings and rows across blocks of any alignment", function()
    for n = 0, 140 do
      local pad = ("x"):rep(n)
      local rows = { '{"' .. pad .. '":"\\\\"}', '{"a":"' .. pad .. '\\"]}"}',
        '[["' .. pad .. '"],{}]', '{"' .. ("\\\\"):rep(n) .. '":[]}' }
      local decoder = core.decoder{ path = "l", as = "json" }
      local text = '{"l":[' .. table.concat(rows, ",") .. "]}"
      for _, cut in ipairs{ 0, n, n + 7, 2 * n + 20 } do
        local _, out = decoding.feed(decoder:reset(), { text:sub(1, cut), text:sub(cut + 1) })
        assert.is_nil(out.err)
        for i = 1, 4 do assert.equal(render(rows[i]), out[i]) end
      end
    end
  end)
end)
