-- Signatures of both editions.
local core = require "wdt.core"
local shell = require "support.shell"
local vectors = require "fixtures.sign_vectors"

local enterprise, ultimate = core.sign.enterprise, core.sign.ultimate

-- The signed text alone; that its MD5 is right, the vectors show.
local function enterprise_text(params, secret)
  return select(2, enterprise(params, secret or "", true))
end

describe("sign.enterprise", function()
  for _, vector in ipairs(vectors.enterprise) do
    it("agrees with vector " .. vector.name, function()
      local sign, text = enterprise(vector.params, vector.secret, true)
      assert.equal(vector.text, text)
      assert.equal(vector.sign, sign)
      assert.equal(1, select("#", enterprise(vector.params, vector.secret)))
    end)
  end

  it("leaves the parameter sign out", function()
    local params = { a = "1", sign = "x" }
    assert.equal("01-a:0001-1S", enterprise_text(params, "S"))
    assert.equal("S", enterprise_text({ sign = "x" }, "S"))
    assert.equal("05-signs:0001-1S", enterprise_text({ signs = "1" }, "S"))
  end)

  it("sorts by the bytes of the keys", function()
    assert.equal("01-A:0001-1;01-a:0001-2;02-a_:0001-3;02-aa:0001-4;01-b:0001-5;01-é:0001-6",
      enterprise_text{ b = "5", ["é"] = "6", aa = "4", a = "2", A = "1", a_ = "3" })
  end)

  it("writes integers as digits", function()
    assert.equal("01-n:0001-0;01-o:0002-40;01-p:0003--15;01-q:0010-1700000000",
      enterprise_text{ n = 0, o = 40, p = -15, q = 1700000000 })
    assert.equal(enterprise({ page_no = "7" }, "s"), enterprise({ page_no = 7 }, "s"))
  end)

  it("counts lengths in code points", function()
    assert.equal("01-店:0005-旺店通01", enterprise_text{ ["店"] = "旺店通01" })
    assert.equal("01-a:0001-😀;01-b:0002-😀é;01-c:0005-👨‍👩‍👧",
      enterprise_text{ a = "😀", b = "😀é", c = "👨‍👩‍👧" })
    assert.equal("01-a:0000-", enterprise_text{ a = "" })
  end)

  it("gives lengths of more than two and four digits all their digits", function()
    local key = ("k"):rep(123)
    assert.equal("123-" .. key .. ":0001-v", enterprise_text{ [key] = "v" })
    for _, n in ipairs{ 999, 9999, 10000, 123456 } do
      local value = ("值"):rep(n)
      assert.equal(("01-a:%04d-"):format(n) .. value .. "S", enterprise_text({ a = value }, "S"))
    end
  end)

  it("keeps every byte of the values, the NUL too", function()
    assert.equal('01-a:0007-/"\\;:-\0S', enterprise_text({ a = '/"\\;:-\0' }, "S"))
  end)

  it("raises on misuse, naming the parameter and never its value", function()
    local function refuses(pattern, ...)
      local arguments = { n = select("#", ...), ... }
      local ok, err = pcall(function()
        local spread = table.unpack or unpack -- luacheck: ignore
        local sign = enterprise(spread(arguments, 1, arguments.n))
        return sign
      end)
      assert.is_false(ok)
      assert.matches(pattern, err)
      assert.matches("sign_spec.lua:%d+:", err)
      assert.is_nil(err:find("hidden", 1, true))
    end
    refuses("parameter 'params' is nil, expected a table", nil, "hidden")
    refuses("parameter 'params' is a string, expected a table", "hidden", "hidden")
    refuses("parameter 'appsecret' is nil, expected a string", {})
    refuses("parameter 'appsecret' is a number, expected a string", {}, 5)
    refuses("parameter 'params.a' is a table, expected a string or an integer", { a = {} },
      "hidden")
    refuses("parameter 'params.a' is a boolean, expected a string or an integer", { a = true },
      "hidden")
    refuses("parameter 'params.a' is a number, expected a string or an integer", { a = 1.5 },
      "hidden")
    refuses("parameter 'params.a' is a number, expected a string or an integer", { a = 0 / 0 },
      "hidden")
    refuses("parameter 'params.a' is a number, expected a string or an integer", { a = 1 / 0 },
      "hidden")
    refuses("parameter 'params' has a key that is a number, expected names only", { "hidden" },
      "hidden")
    for _, bad in ipairs{ "\255", "hidden\192\128", "\237\160\128", "\228\184",
      "\244\144\128\128" } do
      refuses("parameter 'params.a' is not UTF%-8, expected UTF%-8 text", { a = bad }, "hidden")
      refuses("is not UTF%-8, expected UTF%-8 text", { [bad:gsub("hidden", "")] = "x" }, "hidden")
    end
  end)
end)

describe("sign.ultimate", function()
  for _, vector in ipairs(vectors.ultimate) do
    it("agrees with vector " .. vector.name, function()
      local secret = vector.secret:match("^([^:]*):")
      local sign, text = ultimate(vector.query, vector.body, secret, true)
      assert.equal(vector.text, text)
      assert.equal(vector.sign, sign)
      assert.equal(1, select("#", ultimate(vector.query, vector.body, secret)))
    end)
  end

  local function text_of(query, body, secret)
    return select(2, ultimate(query, body, secret or "S", true))
  end

  it("signs the body's own bytes, among the keys", function()
    local body = '[{"a":"旺/店\\/\\u4e2d \\"😀\\"","b":"' .. ("值"):rep(10000) .. '"}]'
    assert.equal("Sa1body" .. body .. "c2S", text_of({ a = 1, c = "2" }, body))
    assert.equal("SBxbody[]bodyazS", text_of({ B = "x", bodya = "z" }, "[]"))
    assert.not_equal(ultimate({}, '["/"]', "S"), (ultimate({}, '["\\/"]', "S")))
  end)

  it("leaves the parameter sign out, and copes with nothing", function()
    assert.equal("Sa1bodyS", text_of({ a = "1", sign = "x" }, ""))
    assert.equal("body", text_of({}, "", ""))
  end)

  it("raises on misuse, naming the parameter", function()
    local function refuses(pattern, a, b, c)
      local ok, err = pcall(function() local sign = ultimate(a, b, c); return sign end)
      assert.is_false(ok)
      assert.matches(pattern, err)
    end
    refuses("parameter 'query' is nil, expected a table", nil, "[]", "s")
    refuses("parameter 'body' is a table, expected a string", {}, {}, "s")
    refuses("parameter 'body' is nil, expected a string", {}, nil, "s")
    refuses("parameter 'secret' is nil, expected a string", {}, "[]")
    refuses("parameter 'query.body' is a string, expected nothing", { body = "x" }, "[]", "s")
    refuses("parameter 'query.page_no' is a number, expected a string or an integer",
      { page_no = 0.5 }, "[]", "s")
  end)
end)

describe("sign without MD5", function()
  it("says what is wrong when OpenSSL refuses it", function()
    -- An OpenSSL that loads its "null" provider only has no MD5, like one whose provider obeys
    -- FIPS.
    local config, program = os.tmpname(), os.tmpname()
    local file = assert(io.open(config, "w"))
    file:write("openssl_conf = init\n[init]\nproviders = providers\n[providers]\nnull = "
      .. "null\n[null]\nactivate = 1\n")
    file:close()
    file = assert(io.open(program, "w"))
    file:write(("package.cpath = %q\nlocal core = require 'wdt.core'\n"):format(package.cpath))
    file:write("print(core.sign.enterprise({ a = '1' }, 'hidden', true))\n")
    file:write("print(core.sign.ultimate({ a = '1' }, '[]', 'hidden'))\n")
    file:close()
    local pipe = assert(io.popen(("OPENSSL_CONF='%s' '%s' '%s' 2>&1"):format(
      config, shell.lua, program)))
    local output = pipe:read("*a")
    pipe:close()
    os.remove(config)
    os.remove(program)
    local line = "nil\tconfig: OpenSSL refuses MD5, which the gateways sign with: is only a FIPS "
      .. "provider loaded?\tconfig\n"
    assert.equal(line .. line, output)
  end)
end)
