local core = require "wdt.core"
local pages = require "bench.pages"

local FIELDS = { "stockout_id", "consign_time", "receiver_name", "details_list.spec_no",
  "details_list.goods_count", "absent", "absent.deeper" }

local function rows_of(options, text, size)
  options.path = options.path or "list"
  local decoder, rows = core.decoder(options), {}
  for at = 1, #text, size or #text do
    local ok, err, code = decoder:feed(text:sub(at, at + (size or #text) - 1))
    if not ok then return rows, err, code end
    while true do
      local row, a, b = decoder:next()
      if row == nil then
        if a then return rows, a, b end
        break
      end
      rows[#rows + 1] = { row, a }
    end
  end
  local ok, err, code = decoder:finish()
  decoder:close()
  return rows, not ok and err or nil, code
end

local function part(row, fields, more)
  local rows, err = rows_of({ as = "json", fields = fields }, '{"list":[' .. row .. (more or "]}"))
  return rows[1] and rows[1][1], err
end

describe("rows as JSON of which some fields are wanted", function()
  it("are the bytes that came, in their order, without whitespace between tokens", function()
    local row = '{ "id" : 12345678901234567890.10, "no":"CK\\u0031 ,", "x":[1], '
      .. '"list": [ {"b":null,"a" : 1.50, "c":{}}, {"c":1} , 7 ], "n":null }'
    assert.equal('{"no":"CK\\u0031 ,","id":1}', part('{"no":"CK\\u0031 ,","a":[],"id":1}',
      { "id", "no" }))
    assert.equal('{"id":12345678901234567890.10,"list":[{"a":1.50},{},7],"n":null}',
      part(row, { "id", "list.a", "n" }))
    assert.equal('{"list":[{"b":null,"a":1.50,"c":{}},{"c":1},7]}', part(row, { "list" }))
    assert.equal('{"list":[{"b":null,"a":1.50,"c":{}},{"c":1},7]}',
      part(row, { "list", "list.a" }))
    assert.equal("{}", part(row, { "nothing" }))
    assert.equal('[{"a":1},[{}]]', part('[ {"a":1,"b":2}, [ {"b":3} ] ]', { "a" }))
    assert.equal('"text"', part('"text"', { "a" }))
  end)

  it("know a name by whatever escapes it is written with", function()
    assert.equal('{"\\u0069d":1}', part('{"\\u0069d":1,"\\u0069":2}', { "id" }))
    local long = ("\\u0061"):rep(171)
    local row, err = part('{"' .. long .. '":1}', { ("a"):rep(171) })
    assert.is_nil(row)
    assert.equal("syntax: a name with escapes is longer than 1024 bytes at offset 11", err)
    row, err = part('{"\\q":1}', { "id" })
    assert.is_nil(row)
    assert.matches("syntax: ", err, 1, true)
  end)

  it("tell keys and the clock beside them, wanted or not", function()
    local text = '{"list":[{"id":7,"t":"2026-11-01 00:00:00","no":"A\\u0042","x":1}]}'
    local decoder = core.decoder{ path = "list", as = "json", fields = { "x" },
      keys = { "id", "no" }, clock = "t" }
    local row, time, id, no = decoder:feed(text):next()
    assert.same({ '{"x":1}', 1793462400, 7, "AB" }, { row, time, id, no })
  end)

  it("refuse what is no value where one is wanted", function()
    for _, wrong in ipairs{ '{"a":tru}', '{"a":01}', '{"a":"\1"}', '{"a":"\255"}', '{"a":[1 2]}',
      '{"a":nul}', '{"a":fals}', '{"a" 1}', '{"a":{"\1":1}}', "{1}", '{"a":1 "b":2}', '{"b":}',
      '{"a":}' } do
      local row, err = part(wrong, { "a" })
      assert.is_nil(row, wrong)
      assert.matches("^syntax: ", err)
    end
    local deep = ("["):rep(80) .. ("]"):rep(80)
    local rows, err = rows_of({ as = "json", fields = { "a.b" }, limits = { depth = 60 } },
      '{"list":[{"a":' .. deep .. "}]}")
    assert.same({}, rows)
    assert.matches("^limit: limits.depth", err)
  end)

  it("hold what a table of these fields holds, however the bytes are cut", function()
    for _, how in ipairs{ { orders = 6 }, { orders = 6, pretty = true }, { orders = 6,
      escaped = true }, { orders = 6, strange = true } } do
      local text = pages.page(1, how)
      local tables = rows_of({ path = "stockout_list", fields = FIELDS, null = core.null }, text)
      for _, size in ipairs{ 1, 7, 300, 5000, #text } do
        local rows, err = rows_of({ path = "stockout_list", fields = FIELDS, as = "json",
          keys = { "stockout_id" } }, text, size)
        assert.is_nil(err)
        assert.equal(#tables, #rows)
        for i, one in ipairs(rows) do
          local again = rows_of({ null = core.null }, '{"list":[' .. one[1] .. "]}")
          assert.same(tables[i][1], again[1][1])
          assert.same(tables[i][1].stockout_id, one[2])
        end
      end
    end
  end)

  it("leave the decoder as it is with no fields, and take none with types or a mask", function()
    assert.equal('{"a":1}', part('{"a":1}', nil))
    assert.has_error(function()
      core.decoder{ as = "json", fields = { "a" }, types = { a = "int" } }
    end)
    assert.has_error(function() core.decoder{ as = "json", fields = { 1 } } end)
  end)
end)

describe("decoders of one state", function()
  it("hand a buffer on between pages, and never a byte", function()
    local one, other = core.decoder{ path = "list" }, core.decoder{ path = "list" }
    for i = 1, 20 do
      local text = '{"list":[{"id":' .. i .. ',"text":"' .. ("x"):rep(i * 3000) .. '"}]}'
      one:reset():feed(text:sub(1, math.floor(#text / 2)))
      other:reset():feed(text)
      assert.equal(i, other:next().id)
      assert.is_true(other:finish())
      one:feed(text:sub(math.floor(#text / 2) + 1))
      assert.equal(i, one:next().id)
      assert.is_true(one:finish())
      assert.is_true(one:finish())
      assert.same({}, one:envelope())
      assert.is_nil(one:feed "x" and one:next() or nil)
    end
  end)
end)
