local core = require "wdt.core"
local decoding = require "support.decoding"
local query = require "wdt.query"
local sandbox = require "wdt.sandbox"
local schema = require "wdt.schema"
local shell = require "support.shell"
local typing = require "support.typing"
local wdt = require "wdt"

local format = string.format

-- HMAC-SHA-256 under HMAC-SHA-256(key, "wdt mask 1"), its first 16 bytes, as Python's hmac computes
-- it.
local VECTORS = {
  { "k", '"小鹏"', "mask-2e030a95ce913e508e0e822ecff9a3a5" },
  { "k", '"\\u5c0f\\u9e4f"', "mask-2e030a95ce913e508e0e822ecff9a3a5" },
  { ("k"):rep(64), '"13456554333"', "mask-ed477b5d1ebce6bfe9b51caf9ee5c384" },
  { ("k"):rep(64), "13456554333", "mask-ed477b5d1ebce6bfe9b51caf9ee5c384" },
  { ("k"):rep(65), '"13456554333"', "mask-2861f25be283971d1f4fe48515e7443e" },
  { "k", '{"a":[1,2]}', "mask-7c714a417cabe4faddf8e301495891d0" },
  { "k", "true", "mask-e2f55882cd2b38ff30d0d85c6d364c8e" },
}

local function masked(json, key, more)
  local options = { mask = { "v" }, mask_key = key or "k" }
  for name, value in pairs(more or {}) do options[name] = value end
  local row, found = typing.value(json, options)
  assert.equal("0 0 0", found)
  return row:match '"v":(.*),"z":"5"}$' or "absent"
end

describe("a masked value", function()
  it("is a keyed hash of the value's text", function()
    for _, case in ipairs(VECTORS) do
      assert.equal('"' .. case[3] .. '"', masked(case[2], case[1]))
      assert.equal(37, #case[3])
    end
  end)

  it("is nothing where there was nothing", function()
    assert.equal('""', masked '""')
    assert.equal("absent", masked "null")
    assert.equal("null", masked("null", "k", { null = core.null }))
  end)

  it("is another one for each value, whatever it is", function()
    local seen = {}
    for _, json in ipairs{ '"a"', '"b"', '"A"', '" a"', '"a "', '"ab"', "1", "1.0", "-1", "1e0",
      "true", "false", "[]", "{}",
      "[1]", '["a"]',
      '{"a":"b"}', '"' .. ("长"):rep(100) .. '"', '"é"', '"e\\u0301"', '"\\u0000"',
        '"\\u0000\\u0000"' } do -- nothing is normalised
      local mask = masked(json)
      assert.truthy(mask:find '^"mask%-%x+"$', mask)
      assert.is_nil(seen[mask], json)
      seen[mask] = json
    end
    assert.equal(masked '"[1]"', masked "[1]")
  end)

  it("is as well what stands where its record should be", function()
    local function of(json, options)
      options = options or {}
      options.mask, options.mask_key = { "v.name" }, "k"
      return (typing.value(json, options):match '"v":(.*),"z":"5"}$')
    end
    local hash = masked '"[{\\"name\\":\\"a\\"}]"'
    assert.equal(hash, of '"[{\\"name\\":\\"a\\"}]"')
    assert.equal("[" .. masked '"a"' .. "," .. masked "1" .. "]", of '["a",1]')
    assert.equal("[[" .. masked '"a"' .. "]]", of '[["a"]]')
    assert.equal(masked "1", of "1")
    assert.equal(masked "true", of "true")
    assert.equal('""', of '""')
    assert.equal("[]", of "[]")
    assert.equal('[{"name":' .. masked '"a"' .. ',"no":"7"}]', of '[{"name":"a","no":"7"}]')
    assert.equal('{"name":' .. masked '"a"' .. "}", of '{"name":"a"}')
    for _, json in ipairs{ '""', '"a"', "1", "true" } do -- where the schema knows that it is a list
      local _, found = typing.value(json, { mask = { "v.name" }, mask_key = "k",
        types = { v = { name = "text" }, z = "text" } })
      assert.equal("4 0 1", found)
    end
  end)

  it("is checked as it would be without", function()
    for _, json in ipairs{ "01", "tru", "falsey", "[1}", '"a\tb"', '"\\x"', '"\\ud800"', "-", "1.",
      "" } do
      local _, out = decoding.decode('{"list":[{"v":' .. json .. "}]}",
        { path = "list", mask = { "v" }, mask_key = "k" })
      assert.equal("syntax", out.code, json)
      assert.is_nil(out[1])
    end
  end)

  it("of a list's rows is masked in each of them, and told raw only to `keys`", function()
    local options = { path = "list", mask = { "l.name", "id" }, mask_key = "k", keys = { "id" } }
    local text = '{"list":[{"id":"小鹏","name":"小鹏","l":[{"name":"小鹏","n":1},{"name":""}]}]}'
    local _, out = decoding.decode(text, options)
    local mask = VECTORS[1][3]
    assert.equal(format('{"id":"%s","l":[{"n":1,"name":"%s"},{"name":""}],"name":"小鹏"} "小鹏"', mask,
      mask), out[1])
    options.fields = { "l.name" }
    _, out = decoding.decode(text, options)
    assert.equal(format('{"l":[{"name":"%s"},{"name":""}]} "小鹏"', mask), out[1])
    options.fields = { "name" } -- what is not wanted is not there, masked or not
    _, out = decoding.decode(text, options)
    assert.equal('{"name":"小鹏"} "小鹏"', out[1])
  end)

  it("needs an OpenSSL that knows SHA-256", function()
    local config, program = os.tmpname(), os.tmpname()
    local function write(name, text)
      local file = assert(io.open(name, "w"))
      file:write(text)
      file:close()
    end
    write(config,
      "openssl_conf = init\n[init]\nproviders = providers\n[providers]\nnull = "
        .. "null\n[null]\nactivate = 1\n")
    for _, key in ipairs{ "key", ("key"):rep(30) } do
      write(program,
        format("package.cpath = %q\nprint(pcall(require('wdt.core').decoder, { mask = { 'v' }, "
          .. "mask_key = %q }))\n",
        package.cpath, key))
      local pipe = assert(io.popen(format("OPENSSL_CONF='%s' '%s' '%s' 2>&1", config, shell.lua,
        program)))
      assert.equal("false\tconfig: OpenSSL refuses SHA-256, which masks are made with\n",
        pipe:read "*a")
      pipe:close()
    end
    os.remove(config)
    os.remove(program)
  end)

  it("stands in no error", function()
    local decoder = core.decoder{ path = "list", types = { v = "text", at = "datetime" },
      mask = { "v" }, mask_key = "secret key",
      datetime = function() error("refused", 0) end }
    for _, text in ipairs{ '{"list":[{"v":"小鹏"x}]}', '{"list":[{"v":"小鹏","at":"2026-11-22"}]}',
      '{"list":[{"v":"小鹏' } do
      decoder:reset():feed(text)
      local ok, row, err = pcall(decoder.next, decoder)
      local _, late = pcall(decoder.finish, decoder)
      for _, message in ipairs{ tostring(row), tostring(err), tostring(late), tostring(ok) } do
        assert.is_nil(message:find("小鹏", 1, true))
        assert.is_nil(message:find("secret key", 1, true))
      end
    end
  end)
end)

describe("mask = true", function()
  local E, U = "stockout_order_query_trade", "wms.stockout.Sales.queryWithDetail"
  local FROM, TO = 1790000000, 1790030000
  local KEY = "a key that both accounts share"

  local function read(edition, settings, q, seed)
    local box = sandbox.new{ seed = seed or 3, rows_per_day = 900, from = FROM, to = TO,
      now = TO + 60 }
    settings.rate = 100000
    q.start, q.stop = FROM, TO
    local rows, stream = {}, wdt.new(box:settings(edition, settings)):stockouts(q)
    for so in stream do rows[#rows + 1] = so end
    assert.is_true(#rows > 3)
    return rows, stream:progress()
  end

  local function first_with(rows, name)
    for _, row in ipairs(rows) do
      if row[name] and row[name] ~= "" and row[name] ~= wdt.null then return row end
    end
    error("no row has a " .. name)
  end

  it("hides every personal field, the same way everywhere, and nothing else", function()
    local all = {} -- value -> its mask, over both editions, live rows and archived ones
    local n = 0
    for edition, method in pairs{ enterprise = E, ultimate = U } do
      for _, history in ipairs{ false, "both" } do
        local plain = read(edition, {}, { history = history })
        local hidden, progress = read(edition, { mask_key = KEY },
          { history = history, mask = true })
        assert.equal(#plain, #hidden)
        for i, row in ipairs(plain) do
          for _, name in ipairs(schema.private(method)) do
            local value, mask = row[name], hidden[i][name]
            if value ~= nil and value ~= "" then
              assert.truthy(mask:find "^mask%-%x+$")
              assert.equal(all[value] or mask, mask)
              all[value], n = mask, n + 1
            else
              assert.equal(value, mask)
            end
            row[name], hidden[i][name] = nil, nil
          end
          assert.same(row, hidden[i])
        end
        assert.equal(0, progress.retyped_fields)
      end
    end
    assert.is_true(n > 50)
    local masks = {}
    for _, mask in pairs(all) do
      assert.is_nil(masks[mask])
      masks[mask] = true
    end
  end)

  it("depends on the account's secret, or on mask_key", function()
    local one = read("enterprise", {}, { mask = true })
    assert.same(one, read("enterprise", {}, { mask = true }))
    local other = read("enterprise", { mask_key = KEY }, { mask = true })
    local a, b = first_with(one, "receiver_mobile"), first_with(other, "receiver_mobile")
    assert.equal(a.order_no, b.order_no)
    assert.not_equal(a.receiver_mobile, b.receiver_mobile)
    assert.same(other, read("enterprise", { mask_key = KEY }, { mask = true }))
  end)

  it("goes with typed, fields and null", function()
    local rows = read("ultimate", { mask_key = KEY }, { mask = true, typed = true, null = wdt.null,
      fields = { "stockout_id", "consign_time", "receiver_name", "details_list.goods_count" } })
    local row = first_with(rows, "receiver_name")
    assert.equal("number", type(row.consign_time))
    assert.truthy(row.receiver_name:find "^mask%-")
    local lines = 0
    for _, one in ipairs(rows) do
      for _, line in ipairs(one.details_list) do
        assert.equal("string", type(line.goods_count))
        lines = lines + 1
      end
    end
    assert.is_true(lines > 3)
    assert.is_nil(row.receiver_mobile)
  end)

  it("may hide more, as the query says", function()
    local rows = read("enterprise", {}, { mask = true,
      private = { "order_no", "details_list.spec_no" } })
    local row = first_with(rows, "receiver_mobile")
    assert.truthy(row.order_no:find "^mask%-")
    assert.truthy(row.receiver_mobile:find "^mask%-")
    for _, line in ipairs(row.details_list) do
      assert.truthy(line.spec_no:find "^mask%-")
      assert.is_nil(line.goods_no:find "^mask%-")
    end
  end)

  it("of a method whose fields no one documents needs to be told", function()
    local q = { start = FROM, stop = TO, mask = true }
    local spec, err = query.parse("enterprise", "sales_trade_query", q)
    assert.is_nil(spec)
    assert.truthy(err:find("parameter 'mask' is true, expected false: no document tells which", 1,
      true),
      err)
    assert.truthy(err:find(E, 1, true))
    q.private = { "receiver_name", "lines.nick" }
    spec = assert(query.parse("enterprise", "sales_trade_query", q))
    assert.same({ "receiver_name", "lines.nick" }, spec.mask)
    assert.is_nil(spec.types)
    q.private = {}
    assert.truthy(select(2, query.parse("enterprise", "sales_trade_query", q)):find(
      "parameter 'private' is", 1, true))
    wdt.catalog.add("enterprise", "own_method", { list = "rows", id = "id",
      private = "name mobile" })
    assert.same({ "name", "mobile" }, query.parse("enterprise", "own_method",
      { start = FROM, stop = TO, mask = true }).mask)
    wdt.catalog.add("enterprise", "own_method", { list = "rows", id = "id", private = { "name" } })
    assert.same({ "name" }, query.parse("enterprise", "own_method",
      { start = FROM, stop = TO, mask = true }).mask)
    spec = query.parse("enterprise", "own_method", {
      start = FROM, stop = TO, mask = true, private = { "mobile" } })
    assert.same({ "name", "mobile" }, spec.mask)
    assert.has_error(function() wdt.catalog.add("enterprise", "own_method",
      { list = "rows", id = "id", private = 1 }) end,
      "parameter 'entry.private' is 1, expected a list of paths, or one text")
    wdt.catalog.enterprise.own_method = nil
    -- A method whose fields are known, none of them personal.
    assert.same({}, query.parse("ultimate", "wms.stockout.Sales.searchCancel",
      { start = FROM, stop = TO, mask = true }).mask)
  end)

  it("of a method hides the same in its history", function()
    wdt.catalog.add("enterprise", "own_method", { list = "rows", id = "id", private = "name",
      history = "his_own_method" })
    wdt.catalog.add("enterprise", "his_own_method", {
      list = "rows", id = "id", private = "mobile name" })
    for history, expect in pairs{ [false] = { "name" }, [true] = { "name", "mobile" },
      both = { "name", "mobile" } } do
      local spec = assert(query.parse("enterprise", "own_method",
        { start = FROM, stop = TO, mask = true, history = history }))
      assert.same(expect, spec.mask)
    end
    local spec = query.parse("enterprise", "own_method",
      { start = FROM, stop = TO, mask = true, history = "both", private = { "tel", "name" } })
    assert.same({ "name", "tel", "mobile" }, spec.mask)
    wdt.catalog.enterprise.own_method, wdt.catalog.enterprise.his_own_method = nil, nil
  end)

  it("is not the parameter of that name, which is no boolean", function()
    local method = "wms.StockSpec.search2"
    local spec = assert(query.parse("ultimate", method, { start = FROM, stop = TO, mask = "3" }))
    assert.equal("3", spec.variants[1].params.mask)
    assert.is_nil(spec.mask)
    spec = assert(query.parse("ultimate", method, { start = FROM, stop = TO, mask = false }))
    assert.is_nil(spec.variants[1].params.mask)
    spec = assert(query.parse("ultimate", method, { start = FROM, stop = TO, mask = true }))
    assert.is_nil(spec.variants[1].params.mask)
    assert.same({}, spec.mask)
  end)

  it("cannot be missed by a slip", function()
    local function refused(edition, method, q, message)
      q.start, q.stop = FROM, TO
      local spec, err = query.parse(edition, method, q)
      assert.is_nil(spec)
      assert.truthy(err:find(message, 1, true), err)
    end
    -- No document says which parameters sales_trade_query takes: anything could be one.
    for _, method in ipairs{ E, "sales_trade_query" } do
      for _, slip in ipairs{ 1, "true", "yes" } do
        refused("enterprise", method, { mask = slip }, ("parameter 'mask' is %s, expected true or "
          .. "false"):format(
          slip == 1 and "1" or format("%q", slip)))
      end
      refused("enterprise", method, { private = { "remark" } }, "parameter 'private' is table")
      refused("enterprise", method, { private = { "remark" } },
        "expected nothing without mask = true")
      for _, private in ipairs{ {}, { "" }, { "a..b" }, { ".a" }, { "a." }, { "a", 1 },
        { "a", nil, "b" }, { remark = true },
        "remark" } do
        refused("enterprise", method, { mask = true, private = private }, "parameter 'private' is")
      end
      refused("enterprise", method, { fields = { "details_list..remark" } },
        "parameter 'fields' is")
    end
    refused("ultimate", "wms.StockSpec.search2", { mask = "3", private = { "remark" } },
      "nothing without mask = true")
    for _, private in ipairs{ {}, "", { 5 }, { "a..b" }, "name .mobile", { name = true } } do
      assert.is_false(pcall(wdt.catalog.add, "enterprise", "own_method",
        { list = "rows", id = "id", private = private }))
    end
  end)

  it("and JSON exclude each other", function()
    for _, name in ipairs{ "mask", "typed" } do
      local _, err = query.parse("enterprise", E, { start = FROM, stop = TO, as = "json",
        [name] = true })
      assert.equal(
        format("parameter 'as' is \"json\", expected \"table\" beside %s: as JSON, a row is "
          .. "handed on as the bytes "
        .. "that came", name), err)
    end
  end)

  it("takes a key that is long enough, and never shows it", function()
    local box = sandbox.new{ seed = 1, rows_per_day = 10, from = FROM, to = TO }
    for _, key in ipairs{ "", "fifteen bytes..", 5, true } do
      local ok, err = pcall(wdt.new, box:settings("enterprise", { mask_key = key }))
      assert.is_false(ok)
      assert.truthy(
        err:find("setting 'mask_key' can't be used, expected a text of at least 16 bytes", 1, true),
        err)
      assert.is_nil(key ~= "" and err:find(tostring(key), 1, true) or nil)
    end
  end)
end)
