-- The decoder on the documents it is made for: the samples of both editions, cut in every way.
local core = require "wdt.core"
local decoding = require "support.decoding"

local A, decode, render, fixture = decoding.array, decoding.decode, decoding.render,
  decoding.fixture

describe("decoder", function()
  local samples = require "fixtures.samples"

  for _, form in ipairs{ "pretty", "compact" } do
    local function document(name)
      local text = fixture(name)
      return form == "compact" and decoding.compact(text) or text
    end

    it("decodes the enterprise sample field by field, " .. form, function()
      local _, out = decode(document "enterprise_stockout.json",
        { path = "stockout_list", keys = { "stockout_id", "modified" } })
      assert.is_nil(out.err)
      assert.equal(1, #out)
      assert.equal(render(samples.enterprise) .. ' "9255" "2019-05-18 00:35:55"', out[1])
      assert.same({ code = 0, message = "succeed", total_count = 1 }, out.envelope)
      assert.is_true(out.list)
    end)

    it("decodes the ultimate sample field by field, " .. form, function()
      local _, out = decode(document "ultimate_cancelled.json", { path = "data.order_list" })
      assert.is_nil(out.err)
      assert.same({ render(samples.ultimate[1]), render(samples.ultimate[2]) }, { out[1], out[2] })
      assert.equal(2, #out)
      assert.same({ status = 0, data = { total_count = 2 } }, out.envelope)
    end)

    it("decodes the error samples, " .. form, function()
      local _, out = decode(document "enterprise_error.json", { path = "stockout_list" })
      assert.is_nil(out.err)
      assert.same({
        code = 2102, message = "start_time和end_time为空或不是有效的时间格式[0000-00-00 00:00:00] " },
        out.envelope)
      assert.is_false(out.list)
      _, out = decode(document "ultimate_error.json", { path = "data.order_list" })
      assert.is_nil(out.err)
      assert.same({ status = 100, message = "起止时间差最大1小时" }, out.envelope)
      assert.is_false(out.list)
    end)

    it("calls a sample that ends early truncated, wherever it ends, " .. form, function()
      local text = document "enterprise_stockout.json":gsub("%s+$", "")
      local decoder = core.decoder{ path = "stockout_list" }
      for n = 0, #text - 1 do
        local _, out = decoding.feed(decoder:reset(), { text:sub(1, n) })
        assert.equal("truncated", out.code)
        assert.equal("truncated: the document is not complete at offset " .. n, out.err)
      end
    end)
  end

  it("keeps the whole document in the envelope when there is no path", function()
    local _, out = decode('{"a":[1,{"b":null}],"c":"d","n":null}')
    assert.equal(render{ a = A{ 1, {} }, c = "d" }, render(out.envelope))
    assert.is_false(out.list)
    assert.equal(0, #out)
    assert.is_nil(out.err)
  end)

  describe("collects the envelope", function()
    local rows = { '{"id":1}', '{"id":2}' }
    local cases = {
      before = '{"code":0,"message":"ok","total_count":"2","list":[{"id":1},{"id":2}]}',
      envelope_last = '{"list":[{"id":1},{"id":2}],"code":0,"message":"ok","total_count":"2"}',
      around = '{"code":0,"list":[{"id":1},{"id":2}],"message":"ok","total_count":"2"}',
    }
    for where, text in pairs(cases) do
      it("when it stands " .. where .. " the list", function()
        local _, out = decode(text, { path = "list", as = "json" })
        assert.same({ render(rows[1]), render(rows[2]) }, { out[1], out[2] })
        assert.same({ code = 0, message = "ok", total_count = "2" }, out.envelope)
        assert.is_nil(out.err)
      end)
    end

    it("of an object on the path, before and after the list", function()
      local _, out = decode('{"data":{"n":1,"list":[7],"m":[]},"status":0}', { path = "data.list" })
      assert.equal(render{ data = { n = 1, m = A{} }, status = 0 }, render(out.envelope))
      assert.same({ "7" }, { out[1] })
    end)

    it("as far as it has been seen", function()
      local decoder = core.decoder{ path = "data.list" }
      assert.same({}, decoder:envelope())
      decoder:feed('{"status":0,"data":{"total":5,"li')
      assert.same({ status = 0, data = { total = 5 } }, decoder:envelope())
      assert.is_false(decoder:list())
      decoder:feed('st":[')
      assert.is_true(decoder:list())
      decoder:feed(']},"x":1}')
      assert.equal(0, select("#", decoder:next()))
      assert.is_true(decoder:finish())
      assert.same({ status = 0, data = { total = 5 }, x = 1 }, decoder:envelope())
    end)
  end)

  describe("looks for the list", function()
    local cases = {
      { "absent", '{"code":0}', { code = 0 }, false },
      { "null", '{"code":0,"list":null}', { code = 0 }, false },
      { "empty", '{"code":0,"list":[]}', { code = 0 }, true },
      { "empty with space", '{"code":0,"list":[ \n ]}', { code = 0 }, true },
      { "an object", '{"code":0,"list":{"a":[1]}}', { code = 0, list = { a = A{ 1 } } }, false },
      { "a string", '{"code":0,"list":""}', { code = 0, list = "" }, false },
      { "a number", '{"code":0,"list":0}', { code = 0, list = 0 }, false },
      { "first null, then a list", '{"list":"x","list":[],"code":0}', { code = 0 }, true },
    }
    for _, case in ipairs(cases) do
      it("and finds it " .. case[1], function()
        local _, out = decode(case[2], { path = "list" })
        assert.is_nil(out.err)
        assert.equal(render(case[3]), render(out.envelope))
        assert.equal(case[4], out.list)
        assert.equal(0, #out)
      end)
    end

    it("and finds something else on the way there", function()
      for text, envelope in pairs{
        ['{"data":null}'] = {}, ['{"data":[]}'] = { data = A{} }, ['{"data":{}}'] = { data = {} },
        ['{"data":""}'] = { data = "" }, ['{"data":{"other":[1]}}'] = { data = { other = A{ 1 } } },
        ['{"list":[1]}'] = { list = A{ 1 } }, ['{"data":{"data":{"list":[1]}}}'] =
          { data = { data = { list = A{ 1 } } } },
      } do
        local _, out = decode(text, { path = "data.list" })
        assert.is_nil(out.err)
        assert.equal(render(envelope), render(out.envelope))
        assert.is_false(out.list)
        assert.equal(0, #out)
      end
    end)

    it("under an escaped name", function()
      local _, out = decode('{"d\\u0061ta":{"l\\u0069\\u0073t":[1]}}', { path = "data.list" })
      assert.equal("1", out[1])
      assert.is_true(out.list)
    end)

    it("at eight levels, and no further", function()
      local _, out = decode('{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":[1,2]}}}}}}}}',
        { path = "a.b.c.d.e.f.g.h" })
      assert.same({ "1", "2" }, { out[1], out[2] })
      assert.has_error(function() core.decoder{ path = "a.b.c.d.e.f.g.h.i" } end)
    end)

    it("once: a name on its path that stands twice is an error", function()
      for _, text in ipairs{
        '{"data":{"list":[1]},"data":{}}', '{"data":{"list":[1],"list":[2]}}',
        '{"data":{"list":[1],"list":null}}',
      } do
        local _, out = decode(text, { path = "data.list" })
        assert.equal("syntax", out.code)
        assert.matches("a name on the list's path stands twice at offset %d+$", out.err)
        assert.equal("1", out[1])
      end
      local _, out = decode('{"data":{"a":1},"data":{"list":[1]}}', { path = "data.list" })
      assert.is_nil(out.err)
      assert.same({ data = {} }, out.envelope)
    end)
  end)

  it("hands out rows of any kind", function()
    local _, out = decode('{"l":[{"a":1}, [1,[]] ,"s",1,2.5,true,false,null,{},[]]}',
      { path = "l", keys = { "a" } })
    assert.same({
      '{"a":1} 1', "[1,[]] nil", '"s" nil', "1 nil", render(2.5) .. " nil", "true nil", "false nil",
      "null nil",
      "{} nil", "[] nil",
    }, { (table.unpack or unpack)(out) }) -- luacheck: ignore
    assert.is_nil(out.err)
  end)

  it("has methods for decoders only", function()
    local decoder = core.decoder{}
    for _, other in ipairs{ {}, 5, io.stdout, debug.setmetatable(
      {}, debug.getmetatable(decoder)) } do
      assert.is_false(pcall(decoder.next, other))
    end
    assert.is_false(pcall(decoder.next))
  end)

  it("returns the values of `keys` after the row", function()
    local keys = { "id", "none", "modified", "n", "o", "l", "flag" }
    local text = '{"l":[{"id":1,"modified":"x","n":null,"o":{"id":5},"l":[1],"flag":false,'
      .. '"rest":7}]}'
    local tail = ' 1 nil "x" nil nil nil false'
    local _, out = decode(text, { path = "l", keys = keys })
    assert.equal(render{ id = 1, modified = "x", o = { id = 5 }, l = A{ 1 }, flag = false,
      rest = 7 } .. tail, out[1])
    _, out = decode(text, { path = "l", keys = keys, fields = { "rest" } })
    assert.equal(render{ rest = 7 } .. tail, out[1])
    _, out = decode(text, { path = "l", keys = keys, fields = { "rest", "id", "o.id" } })
    assert.equal(render{ rest = 7, id = 1, o = { id = 5 } } .. tail, out[1])
    _, out = decode(text, { path = "l", keys = keys, as = "json" })
    assert.equal(render(text:match("%[(.*)%]}$")) .. tail, out[1])
    _, out = decode(text, { path = "l", keys = keys, null = "NULL" })
    assert.equal(render{ id = 1, modified = "x", n = "NULL", o = { id = 5 }, l = A{ 1 },
      flag = false, rest = 7 } .. tail, out[1])
  end)

  describe("turns null", function()
    local text = '{"a":null,"l":[{"a":null,"b":[null,{"c":null}]}]}'
    it("into nothing in objects, into core.null in arrays", function()
      local _, out = decode(text, { path = "l" })
      assert.equal(render{ b = A{ core.null, {} } }, out[1])
      assert.same({}, out.envelope)
    end)

    it("into whatever `null` is", function()
      for _, null in ipairs{ core.null, "", 0, false, {} } do
        local _, out = decode(text, { path = "l", null = null })
        assert.equal(render{ a = null, b = A{ core.null, { c = null } } }, out[1])
        assert.equal(render{ a = null }, render(out.envelope))
      end
    end)

    it("into core.null, which is what lua-cjson has", function()
      assert.equal("userdata", type(core.null))
      assert.equal(require "cjson".null, core.null)
    end)
  end)

  it("lets the last of equal keys win", function()
    local _, out =
      decode('{"l":[{"a":1,"b":2,"a":3,"\\u0061":4},{"a":1,"a":null}],"e":1,"e":2,"f":1,"f":null}',
      { path = "l" })
    assert.same({ '{"a":4,"b":2}', "{}" }, { out[1], out[2] })
    assert.same({ e = 2 }, out.envelope)
  end)

  it("marks arrays with one metatable", function()
    local decoder = core.decoder{ path = "l" }
    decoder:feed('{"l":[[],{"a":[]}]}')
    assert.equal(core.array_mt, getmetatable(decoder:next()))
    local row = decoder:next()
    assert.is_nil(getmetatable(row))
    assert.equal(core.array_mt, getmetatable(row.a))
  end)
end)

describe("decoder fields", function()
  local text = '{"l":[{"a":1,"b":{"c":2,"d":{"e":3,"f":[4]}},' ..
    '"g":[{"h":5,"i":6},{"h":7},8,null,[{"h":9,"x":0}]],"j":null,"s":"}]\\""}]}'
  local function project(fields, more)
    local options = { path = "l", fields = fields }
    for k, v in pairs(more or {}) do options[k] = v end
    local _, out = decode(text, options)
    assert.is_nil(out.err)
    return out[1]
  end

  it("builds only what is asked for", function()
    assert.equal(render{}, project{})
    assert.equal(render{ a = 1 }, project{ "a" })
    assert.equal(render{ b = { c = 2, d = { e = 3, f = A{ 4 } } } }, project{ "b" })
    assert.equal(render{ b = { c = 2 } }, project{ "b.c" })
    assert.equal(render{ b = { d = { f = A{ 4 } } } }, project{ "b.d.f" })
    assert.equal(render{ a = 1, b = { c = 2, d = { e = 3 } } }, project{ "b.d.e", "a", "b.c" })
    assert.equal(render{ s = '}]"' }, project{ "s" })
  end)

  it("goes through lists", function()
    assert.equal(render{ g = A{ { h = 5 }, { h = 7 }, 8, core.null, A{ { h = 9 } } } },
      project{ "g.h" })
    assert.equal(render{ g = A{ { i = 6 }, {}, 8, core.null, A{ {} } } }, project{ "g.i" })
  end)

  it("keeps a scalar where an object was expected", function()
    assert.equal(render{ a = 1, s = '}]"' }, project{ "a.b", "s.t", "j.k" })
    assert.equal(render{ j = core.null }, project({ "j.k" }, { null = core.null }))
  end)

  it("takes the wider of two paths", function()
    assert.equal(project{ "b" }, project{ "b", "b.c" })
    assert.equal(project{ "b" }, project{ "b.c", "b" })
  end)

  it("finds escaped names, and the last of equal ones", function()
    local text_of = '{"l":[{"\\u0061":1,"b":{"\\u0063":2,"x":[{}]},"a":3,"n":1,"n":null}]}'
    local _, out = decode(text_of, { path = "l", fields = { "a", "b.c", "n" } })
    assert.equal(render{ a = 3, b = { c = 2 } }, out[1])
  end)

  it("checks what it delivers", function()
    for _, bad in ipairs{ '"\\x"', "01", "tru", '"\255"', '{"q" 1}', "[1,]" } do
      local _, out = decode('{"l":[{"a":' .. bad .. "}]}", { path = "l", fields = { "a" } })
      assert.equal("syntax", out.code)
    end
  end)

  it("checks brackets and strings of what it skips", function()
    for _, bad in ipairs{ "[}", "{]", "[[1}]", "]", "}" } do
      local _, out = decode('{"l":[{"skip":' .. bad .. ',"a":1}]}',
        { path = "l", fields = { "a" } })
      assert.equal("syntax", out.code)
    end
    local _, out = decode('{"l":[{"skip":"abc,"a":1}]}', { path = "l", fields = { "a" } })
    assert.is_not_nil(out.err)
    _, out = decode('{"l":[{"skip":' .. ("["):rep(70) .. ("]"):rep(70) .. ',"a":1}]}',
      { path = "l", fields = { "a" } })
    assert.equal("limit", out.code)
  end)
end)

describe("decoder as json", function()
  local function raw(text)
    local _, out = decode('{"l":[' .. text .. "]}", { path = "l", as = "json", keys = { "id" } })
    return out[1], out
  end

  it("hands on the row's own bytes", function()
    for _, row in ipairs{
      '{"id":1,"a":" x\\"y\\\\"}', '[1,[2,{"a":"}"}]]', '"s p"', "12.50", "18446744073709551616",
      "true", "null", "{}", "[]",
      '{"中":"\\u4e2d😀"}', '{"a":1e400,"b":-0}',
    } do
      local got = raw(row)
      assert.equal(render(row), (got:gsub(" [^ ]*$", "")))
    end
  end)

  it("without the space between tokens", function()
    assert.equal(render '{"id":1,"b":[1,2,{"c":" d "}],"e":"\\" "}' .. " 1",
      (raw ' { "id" : 1 ,\n\t"b" :\r [ 1 , 2 , { "c" : " d " } ] , "e" : "\\" " } '))
  end)

  it("checks UTF-8 and control characters", function()
    for _, bad in ipairs{
      '{"a":"\255"}', '{"a":"\237\160\128"}', '{"a":"x\ny"}', '{"a":"\0"}', '{"a":1\1}', '"\n"',
      '"\254"', "1x",
    } do
      local row, out = raw(bad)
      assert.is_nil(row)
      assert.equal("syntax", out.code)
    end
  end)
end)
