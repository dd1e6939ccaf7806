-- Limits, faults that last, misuse, and the life of a decoder.
local core = require "wdt.core"
local decoding = require "support.decoding"

local decode, render = decoding.decode, decoding.render

local function options(limits, more)
  local o = { path = "l", limits = limits }
  for k, v in pairs(more or {}) do o[k] = v end
  return o
end

describe("decoder limits", function()
  local function nested(n, open, close)
    return open:rep(n) .. close:rep(n)
  end

  it("bound the nesting, the document's object being the first", function()
    for _, more in ipairs{ {}, { fields = { "x" } }, { as = "json" } } do
      local _, out = decode('{"l":[' .. nested(4, "[", "]") .. "]}", options({ depth = 6 }, more))
      assert.is_nil(out.err)
      _, out = decode('{"l":[1,' .. nested(5, "[", "]") .. "]}", options({ depth = 6 }, more))
      assert.equal("limit: limits.depth = 6 is exceeded at offset 12", out.err)
      assert.equal("limit", out.code)
      assert.equal("1", (out[1]:gsub('"', "")))
    end
    local _, out = decode('{"e":' .. nested(6, '{"a":', "}"):gsub(":}", ":1}") .. "}",
      options{ depth = 6 })
    assert.equal("limit", out.code)
    _, out = decode('{"e":' .. nested(5, '{"a":', "}"):gsub(":}", ":1}") .. "}",
      options{ depth = 6 })
    assert.is_nil(out.err)
  end)

  it("stop depth bombs at the default, without waiting for their end", function()
    local decoder = core.decoder{ path = "l" }
    for _, bomb in ipairs{ '{"l":[' .. ("["):rep(100000), '{"l":[' .. ('{"a":'):rep(100000),
      '{"e":' .. ("["):rep(100000) } do
      decoder:reset():feed(bomb)
      local row, err, code = decoder:next()
      assert.is_nil(row)
      assert.equal("limit", code)
      assert.matches("limits.depth = 64", err)
    end
  end)

  it("bound the depth of the path", function()
    local _, out = decode('{"a":{"l":[1]}}', { path = "a.l", limits = { depth = 2 } })
    assert.equal("limit", out.code)
    _, out = decode('{"a":{"l":[1]}}', { path = "a.l", limits = { depth = 3 } })
    assert.is_nil(out.err)
  end)

  it("bound a row", function()
    local fits = '{"a":"' .. ("x"):rep(12) .. '"}'
    assert.equal(20, #fits)
    for _, row in ipairs{ fits, '"' .. ("y"):rep(18) .. '"', ("1"):rep(20) } do
      for _, more in ipairs{ {}, { fields = { "x" } }, { as = "json" } } do
        local _, out = decode('{"l":[0,' .. row .. ",1]}", options({ row = 20 }, more))
        assert.is_nil(out.err)
        _, out = decode('{"l":[0,' .. row .. ",1]}", options({ row = 19 }, more))
        assert.equal("limit: limits.row = 19 is exceeded at offset 8", out.err)
        assert.equal(1, #out)
      end
    end
  end)

  it("bound the envelope: all members together, with their names", function()
    local text = '{"ab":"cdef","g":[1],"l":[]}' -- 11 + 7 + 4 bytes
    local _, out = decode(text, options{ envelope = 22 })
    assert.is_nil(out.err)
    for limit, offset in pairs{ [21] = 21, [18] = 21, [17] = 13, [11] = 13, [10] = 1, [4] = 1,
      [1] = 1 } do
      _, out = decode(text, options{ envelope = limit })
      assert.equal("limit: limits.envelope = " .. limit .. " is exceeded at offset " .. offset,
        out.err)
    end
    _, out = decode('{"l":[1],"a"' .. (" "):rep(30) .. ":1}", options{ envelope = 20 })
    assert.equal("limit", out.code)
    _, out = decode('{"l":[1],"a":' .. (" "):rep(30) .. "1}", options{ envelope = 20 })
    assert.equal("limit", out.code)
    _, out = decode("{" .. (" "):rep(30) .. '"l":[1]' .. (" "):rep(30) .. "}",
      options{ envelope = 20 })
    assert.is_nil(out.err)
  end)

  it("bound the number of rows, however they are read", function()
    for _, more in ipairs{ {}, { fields = { "x" } }, { as = "json" } } do
      for _, row in ipairs{ '{"a":1}', "1", '{"a":{"b":[1]}}' } do
        local text = '{"l":[' .. (row .. ","):rep(29) .. row .. "]}"
        local _, out = decode(text, options({ rows = 30 }, more))
        assert.is_nil(out.err)
        _, out = decode(text, options({ rows = 29 }, more))
        assert.equal("limit: limits.rows = 29 is exceeded at offset " .. 6 + 29 * (#row + 1),
          out.err)
        assert.equal(29, #out)
      end
    end
  end)

  it("bound the body, after its rows have been delivered", function()
    local text = '{"l":[1,2,3]}'
    local _, out = decode(text, options{ body = #text })
    assert.is_nil(out.err)
    _, out = decode(text, options{ body = #text - 1 })
    assert.equal("limit: limits.body = 12 is exceeded at offset 12", out.err)
    assert.equal(3, #out)
    _, out = decode(text, options{ body = 10 })
    assert.equal(2, #out)
    assert.equal("limit", out.code)
    local decoder = core.decoder(options{ body = 10 })
    local same, err, code = decoder:feed(text)
    assert.is_nil(same)
    assert.equal("limit: limits.body = 10 is exceeded at offset 10", err)
    assert.equal("limit", code)
    assert.equal(1, (decoder:next()))
    assert.equal(2, (decoder:next()))
    assert.same({ nil, err, code }, { decoder:next() })
  end)

  it("keep a string of many megabytes out", function()
    local decoder = core.decoder(options{ row = 1000000 })
    decoder:feed('{"l":["')
    local chunk, fed = ("x"):rep(65536), 0
    local row, err, code
    repeat
      decoder:feed(chunk)
      fed = fed + #chunk
      row, err, code = decoder:next()
    until err
    assert.is_nil(row)
    assert.equal("limit", code)
    assert.is_true(fed < 1200000)
  end)
end)

describe("decoder faults", function()
  it("come after the rows before them, and stay", function()
    local decoder = core.decoder{ path = "l" }
    assert.equal(decoder, decoder:feed('{"l":[1,2,x,4]}'))
    assert.equal(1, (decoder:next()))
    assert.equal(2, (decoder:next()))
    local first = { decoder:next() }
    assert.same({ nil, "syntax: a value was expected at offset 10", "syntax" }, first)
    for _ = 1, 10 do
      assert.same(first, { decoder:next() })
      assert.same(first, { decoder:feed "," })
      assert.same(first, { decoder:finish() })
    end
    assert.same({}, decoder:envelope())
    assert.is_true(decoder:list())
    decoder:reset():feed('{"l":[5]}')
    assert.equal(5, (decoder:next()))
    assert.is_true(decoder:finish())
  end)

  it("of an early end stay too", function()
    local decoder = core.decoder{ path = "l" }
    decoder:feed('{"l":[1,')
    assert.equal(1, (decoder:next()))
    local expected = { nil, "truncated: the document is not complete at offset 8", "truncated" }
    for _ = 1, 3 do assert.same(expected, { decoder:finish() }) end
    assert.same(expected, { decoder:feed "2]}" })
    assert.same(expected, { decoder:next() })
  end)

  it("follow a complete document when something stands after it", function()
    local decoder = core.decoder{ path = "l" }
    decoder:feed('{"l":[]}')
    assert.is_true(decoder:finish())
    assert.is_true(decoder:feed("  \n"):finish())
    local ok, err, code = decoder:feed("x"):finish()
    assert.is_nil(ok)
    assert.equal("syntax: something follows the document at offset 11", err)
    assert.equal("syntax", code)
  end)

  it("count offsets from the document's start, however much has been dropped", function()
    local decoder = core.decoder{ path = "l" }
    local row = '{"a":"' .. ("x"):rep(5000) .. '"},'
    decoder:feed('{"l":[')
    local n = 0
    for _ = 1, 100 do
      decoder:feed(row)
      while decoder:next() do n = n + 1 end
    end
    assert.equal(100, n)
    local _, err = decoder:feed("?"):next()
    assert.equal("syntax: a value was expected at offset " .. 6 + 100 * #row, err)
  end)
end)

describe("decoder misuse", function()
  local function refuses(pattern, f, ...)
    local ok, err = pcall(f, ...)
    assert.is_false(ok)
    assert.matches(pattern, err)
  end
  local function raises(pattern, opts)
    local ok, err = pcall(function() local d = core.decoder(opts); d:close() end)
    assert.is_false(ok)
    assert.matches(pattern, err)
    assert.matches("decoder_limits_spec.lua:%d+:", err)
  end

  it("of options names them", function()
    raises("parameter 'opts' is a string, expected a table", "path")
    raises("parameter 'pth' is unknown", { pth = "x" })
    raises("parameter 'number' is unknown", { "x" })
    for _, path in ipairs{ "", ".", ".a", "a.", "a..b", 1, true, {}, "a.b.c.d.e.f.g.h.i" } do
      raises("parameter 'path' is a %w+, expected names joined by dots, at most 8", { path = path })
    end
    raises("parameter 'as' is a string, expected \"table\" or \"json\"", { as = "xml" })
    raises("parameter 'as' is a number", { as = 1 })
    raises("parameter 'fields' is a string, expected a list of strings", { fields = "a" })
    raises("parameter 'fields' is a number, expected a list of strings", { fields = { "a", 1 } })
    for _, name in ipairs{ "", ".", "a.", ".a", "a..b" } do
      raises("parameter 'fields' is a string, expected a list of names without empty ones",
        { fields = { name } })
    end
    raises("parameter 'keys' is a boolean, expected a list of strings", { keys = true })
    raises("parameter 'keys' is a table, expected a list of strings", { keys = { {} } })
    raises("parameter 'keys' .* different names", { keys = { "a", "a" } })
    raises("parameter 'keys' .* at most 8", { keys = {
      "a", "b", "c", "d", "e", "f", "g", "h", "i" } })
    local many = {}
    for i = 1, 1100 do many[i] = "f" .. i end
    raises("parameter 'fields' .* at most 1024", { fields = many })
    raises("parameter 'limits' is a number, expected a table", { limits = 5 })
    raises("parameter 'limits.columns' is unknown", { limits = { columns = 5 } })
    raises("parameter 'limits.rows' is 0, expected", { limits = { rows = 0 } })
    raises("parameter 'limits.depth' is 257, expected an integer from 1 to 256",
      { limits = { depth = 257 } })
    raises("parameter 'limits.row' is 0, expected", { limits = { row = 0 } })
    raises("parameter 'limits.body' is 1.5, expected", { limits = { body = 1.5 } })
    raises("parameter 'limits.envelope' is string, expected", { limits = { envelope = "1" } })
    raises("parameter 'limits.body' is %-?nan", { limits = { body = 0 / 0 } })
  end)

  it("of methods raises", function()
    local decoder = core.decoder{ path = "l" }
    refuses("parameter 'bytes' is nil, expected a string", decoder.feed, decoder)
    refuses("parameter 'bytes' is a number, expected a string", decoder.feed, decoder, 1)
    for _, method in ipairs{ "feed", "next", "finish", "envelope", "list", "reset", "close" } do
      refuses("wdt.decoder", decoder[method])
      refuses("wdt.decoder", decoder[method], io.stdout)
      refuses("wdt.decoder", decoder[method], {})
    end
    decoder:feed('{"l":[1]}')
    refuses("rows are waiting", decoder.finish, decoder)
    assert.equal(1, (decoder:next()))
    assert.is_true(decoder:finish())
  end)

  it("has no way in through the metatable", function()
    local decoder = core.decoder()
    assert.is_false(getmetatable(decoder))
    assert.is_nil(decoder.__gc)
    assert.is_nil(decoder.__close)
    assert.is_false(pcall(setmetatable, decoder, {}))
  end)
end)

describe("a decoder's life", function()
  it("ends once, however often it is closed", function()
    local decoder = core.decoder{ path = "l" }
    decoder:feed('{"l":[1,2')
    for _ = 1, 3 do assert.equal(0, select("#", decoder:close())) end
    for _, method in ipairs{ "feed", "next", "finish", "envelope", "list", "reset" } do
      assert.same({ nil, "closed: the decoder was closed", "closed" },
        { decoder[method](decoder, "x") })
    end
  end)

  it("is many documents long", function()
    local decoder = core.decoder{ path = "l", keys = { "id" } }
    for round = 1, 20 do
      assert.equal(decoder, decoder:reset())
      assert.same({}, decoder:envelope())
      assert.is_false(decoder:list())
      decoder:feed('{"n":' .. round .. ',"l":[{"id":' .. round .. "}]}")
      local row, id = decoder:next()
      assert.equal(round, row.id)
      assert.equal(round, id)
      assert.is_true(decoder:finish())
      assert.equal(round, decoder:envelope().n)
    end
  end)

  it("leaves earlier rows and envelopes alone", function()
    local decoder = core.decoder{ path = "l" }
    decoder:feed('{"n":1,"l":[{"a":[1]}]}')
    local row, envelope = decoder:next(), decoder:envelope()
    decoder:reset():feed('{"n":2,"l":[{"a":[2]}]}')
    decoder:next()
    decoder:close()
    assert.equal('{"a":[1]}', render(row))
    assert.same({ n = 1 }, envelope)
  end)

  it("ends with the block in Lua 5.4", function()
    if not math.maxinteger or _VERSION ~= "Lua 5.4" then return end -- luacheck: ignore
    local decoder = core.decoder()
    assert(load "local d <close> = ...")(decoder)
    assert.equal("closed", select(3, decoder:next()))
  end)

  it("survives finalizers that call in while a row is built", function()
    local decoder = core.decoder{ path = "l" }
    local calls = 0
    local function use()
      calls = calls + 1
      decoder:next()
      decoder:feed "1,"
      decoder:close()
    end
    local function trap()
      if newproxy then -- luacheck: ignore
        local proxy = newproxy(true) -- luacheck: ignore
        getmetatable(proxy).__gc = use
      else
        setmetatable({}, { __gc = use })
      end
    end
    local row = "[" .. ("{\"a\":[1,2,{}]},"):rep(3000) .. "0]"
    for _ = 1, 20 do
      decoder = core.decoder{ path = "l" }
      decoder:feed('{"l":[' .. row .. "," .. row .. "]}")
      trap()
      local got = decoder:next()
      if got then assert.equal(3001, #got) end
      decoder:next()
    end
    collectgarbage()
    assert.is_true(calls > 0)
  end)
end)
