-- Signatures of the Qimen route, and the digests beside them.
local core = require "wdt.core"
local vectors = require "fixtures.qimen_sign_vectors"

local top, nested = core.sign.top, core.sign.nested
local NESTED = { "datetime", "pager", "params", "wdt_appkey", "wdt_salt" }

local function text_of(fields) return (select(2, nested(fields, "", true))) end

local function published(id)
  for _, one in ipairs(vectors.published) do
    if one.id == id then return one end
  end
  error("no vector " .. id)
end

describe("sign.top", function()
  it("agrees with what is published", function()
    local one = published "TOP-published"
    assert.equal(one.sign, top(one.params, one.secret, "md5"))
    local hi = { Hi = " There" }
    assert.equal(published "HMAC-MD5-RFC2202".sign, top(hi, ("\11"):rep(16), "hmac"))
    assert.equal(published "HMAC-SHA256-RFC4231".sign, top(hi, ("\11"):rep(20), "hmac-sha256"))
  end)

  for _, vector in ipairs(vectors.vectors) do
    it("agrees with " .. vector.id .. ": " .. vector.note, function()
      local all = {}
      for name, value in pairs(vector.system_params) do all[name] = value end
      for name, value in pairs(vector.business_params) do all[name] = value end
      local sign, text = top(all, vector.top_secret, vector.sign_method, true)
      assert.equal(vector.sign, sign)
      assert.equal(vector.top_signed_text, text)
      all.sign = "left out"
      assert.equal(vector.sign, top(all, vector.top_secret, vector.sign_method))
      assert.equal(1, select("#", top(all, vector.top_secret, vector.sign_method)))
    end)
  end

  it("is of bytes, sorted by bytes, and of whole numbers as of texts", function()
    local text = select(2, top({ B = "中", a = 12, ["店"] = "😀", aa = "0" }, "s", "hmac", true))
    assert.equal("B中a12aa0店😀", text)
    assert.equal(top({ a = "12" }, "s", "md5"), top({ a = 12 }, "s", "md5"))
    assert.equal("sa12s", (select(2, top({ a = 12 }, "s", "md5", true))))
    assert.equal(core.md5("sa12s"):upper(), (top({ a = 12 }, "s", "md5")))
    assert.equal(core.hmac_sha256("s", "a12"):upper(), (top({ a = 12 }, "s", "hmac-sha256")))
  end)

  it("raises for what is not to be sent, and never shows a secret", function()
    for said, call in pairs{
      ["parameter 'params.a' is empty"] = function() top({ a = "" }, "hidden", "md5") end,
      ["parameter 'params' is nil"] = function() top(nil, "hidden", "md5") end,
      ["parameter 'params.a' is a boolean"] = function() top({ a = true }, "hidden", "md5") end,
      ["parameter 'secret' is a number"] = function() top({ a = "1" }, 5, "md5") end,
      ["parameter 'method' is 'sha1'"] = function() top({ a = "1" }, "hidden", "sha1") end,
      ["parameter 'method' is nil"] = function() top({ a = "1" }, "hidden") end,
    } do
      local ok, err = pcall(call)
      assert.is_false(ok)
      assert.truthy(err:find(said, 1, true), err)
      assert.is_nil(err:find("hidden", 1, true))
    end
  end)
end)

describe("sign.nested", function()
  it("agrees with what is published, the scene before the method left out", function()
    local one = published "WDT-published"
    local fields = { method = one.method }
    for name, value in pairs(one.params) do fields[name] = value end
    assert.equal(one.wdt_sign, nested(fields, one.secret))
  end)

  for _, vector in ipairs(vectors.vectors) do
    if vector.wdt_sign then
      it("agrees with " .. vector.id .. ": " .. vector.note, function()
        local fields = { method = vector.method }
        for name, value in pairs(vector.business_params) do fields[name] = value end
        local sign, text = nested(fields, vector.wdt_secret, true)
        assert.equal(vector.wdt_signed_text, text)
        assert.equal(vector.wdt_sign, sign)
        assert.equal(core.md5(text), sign)
        local few = { method = "3ldsmu02o9." .. vector.method }
        for _, name in ipairs(NESTED) do few[name] = vector.business_params[name] end
        assert.equal(vector.wdt_sign, nested(few, vector.wdt_secret))
        assert.equal(1, select("#", nested(few, vector.wdt_secret)))
      end)
    end
  end

  it("flattens tables and texts that are JSON alike, lists without anything between", function()
    for expected, fields in pairs{
      ["a1b2中3"] = { a = '{"中":3,"b":"2","\\u0031":null}' , ["a1"] = core.null, x = nil,
        ["b"] = nil },
      ["listabc"] = { list = { "a", "b", "c" } },
      ["listx店1y😀2"] = { list = '[ "x", {"店":1}, [ {"y":"\\ud83d\\ude00"}, "2" ] ]' },
      ["p[a"] = { p = "[a" },
      ["p{} x"] = { p = "{} x" },
      ["p"] = { p = "{}" },
      ["qabcd"] = { q = '{"a":"{\\"b\\":\\"[\\\\\\"c\\\\\\",\\\\\\"d\\\\\\"]\\"}"}' },
      ["ttruefalse9007199254740993"] = { t = '[true,false,null,"9007199254740993"]' },
      ["n-5"] = { n = -5, wdt3_customer_id = "x", wdt_sign = "y", sign = "z" },
      ["owdt_signz"] = { o = { wdt_sign = "z" } }, -- left out only at the top
    } do
      if expected == "a1b2中3" then expected = "ab2中3" end -- the null took its key with it
      assert.equal(expected, text_of(fields))
    end
    assert.equal(text_of{ p = { a = { "1", { b = "2" } } } },
      text_of{ p = '{"a":["1",{"b":"2"}]}' })
  end)

  it("raises for numbers that clients print differently, and for what is no field", function()
    local deep = "x"
    for _ = 1, 40 do deep = { deep } end
    for said, call in pairs{
      ["parameter 'fields.p' holds a number"] = function() nested(
        { p = '{"price":1.5}' }, "hidden") end,
      ["parameter 'fields.q' holds a number"] = function() nested({ q = { 0.5 } }, "hidden") end,
      ["parameter 'fields.f' holds a function"] = function() nested({ f = print }, "hidden") end,
      ["parameter 'fields' is a string"] = function() nested("x", "hidden") end,
      ["parameter 'fields' has a key that is a number"] = function() nested({ "x" }, "hidden") end,
      ["parameter 'fields.d' is nested deeper than 32"] =
        function() nested({ d = deep }, "hidden") end,
      ["parameter 'secret' is nil"] = function() nested({ a = "1" }) end,
    } do
      local ok, err = pcall(call)
      assert.is_false(ok)
      assert.truthy(err:find(said, 1, true), err)
      assert.is_nil(err:find("hidden", 1, true))
    end
  end)
end)

describe("a digest", function()
  it("is what RFC 1321 and RFC 4231 say", function()
    assert.equal("d41d8cd98f00b204e9800998ecf8427e", core.md5 "")
    assert.equal("900150983cd24fb0d6963f7d28e17f72", core.md5 "abc")
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      core.hmac_sha256("Jefe", "what do ya want for nothing?"))
    assert.equal("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
      core.hmac_sha256("", ""))
    assert.error(function() core.md5(5) end)
    assert.error(function() core.hmac_sha256("k") end)
  end)
end)
