-- `wdt sandbox`, built or installed for Lua 5.4 alone, could not start: its gateway asked the C
-- core for signatures, nginx runs LuaJIT, and only two environment variables told it where a LuaJIT
-- build of the core was. The gateway signs by itself now.
local shell = require "support.shell"
local vectors = require "fixtures.sign_vectors"
local sign = require "wdt.sandbox.sign"
local quote = shell.quote

describe("the sandbox", function()
  it("starts from any folder with no more than this interpreter's modules", function()
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. quote(folder)) end)
    shell.must(("mkdir %s/tree && cp -r %s/lua %s/tree/lua"):format(folder, quote(shell.root),
      folder))
    local bare = { LUA_PATH = false, LUA_INIT = false, WDT_SANDBOX_CPATH = false,
      LUA_CPATH = package.cpath }
    for template in package.cpath:gmatch "[^;]+" do -- found from any folder
      if template:sub(1, 1) ~= "/" then bare.LUA_CPATH = shell.root .. "/" .. template .. ";"
        .. bare.LUA_CPATH end
    end
    local wdt = ("cd / && %s %s/tree/lua/wdt/cli/command.lua "):format(shell.lua, folder)
    local said = shell.must(wdt .. "sandbox --detach --rows 20 --days 2", bare)
    local url, prefix = said:match "^WDT_SANDBOX_URL=(%S+)\nWDT_SANDBOX_PREFIX=(%S+)\n"
    assert.is_string(url, said)
    bare.WDT_EDITION, bare.WDT_SID, bare.WDT_URL = "enterprise", "sandbox", url .. "/openapi2"
    bare.WDT_APPKEY, bare.WDT_APPSECRET = "sandbox-ent", "sandbox-secret"
    local output, status = shell.run(wdt .. "count --last 1d 2>/dev/null", bare)
    shell.must(wdt .. "sandbox --stop " .. prefix, bare)
    assert.equal(0, status, output)
    assert.truthy(output:find "^%d+\n$", output)
  end)
end)

describe("the sandbox's own signature", function()
  for edition, list in pairs(vectors) do
    it("is that of the published vectors, " .. edition, function()
      assert.is_true(#list > 0)
      for _, one in ipairs(list) do
        if edition == "enterprise" then
          assert.equal(one.sign, sign.enterprise(one.params, one.secret, "characters"))
        else
          assert.equal(one.sign, sign.ultimate(one.query, one.body, one.secret:match "^[^:]+"))
        end
      end
    end)
  end

  it("counts characters, or bytes where it is told to", function()
    local core = require "wdt.core"
    assert.equal(core.sign.enterprise({ shop = "店铺" }, "x"), sign.enterprise({ shop = "店铺" }, "x",
      "characters"))
    assert.not_equal(core.sign.enterprise({ shop = "店铺" }, "x"), sign.enterprise({ shop = "店铺" },
      "x", "bytes"))
  end)
end)
