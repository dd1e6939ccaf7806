-- Where a gateway counts the lengths that are signed in bytes, as the Y edition's clients say, no
-- call with a Chinese value could be signed; `wdt probe` found it out, and no setting did it.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local core = require "wdt.core"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local command = require "support.command"
local visitor = require "support.visitor"
local wdt = require "wdt"

local START = beijing.parse "2026-11-01 00:00:00"

describe("a signature by bytes", function()
  it("counts bytes of names and values", function()
    local params = { ["店"] = "旺店通01", n = 12 }
    assert.same({ core.sign.enterprise({}, "01-n:0002-12;03-店:0011-旺店通01S"),
      "01-n:0002-12;03-店:0011-旺店通01S" },
      { core.sign.enterprise(params, "S", true, "bytes") })
    assert.equal(core.sign.enterprise(params, "S"),
      core.sign.enterprise(params, "S", false, "characters"))
    assert.equal(core.sign.enterprise({ a = "x" }, "S"),
      core.sign.enterprise({ a = "x" }, "S", false, "bytes"))
    assert.has_error(function() core.sign.enterprise({ a = "\255" }, "S", false, "bytes") end)
    for _, wrong in ipairs{ "byte", 1, true } do
      local _, err = pcall(core.sign.enterprise, {}, "S", false, wrong)
      assert.truthy(err:find("parameter 'lengths'", 1, true), err)
    end
  end)

  it("is a setting, which the gateway's way has to be", function()
    for _, gateway in ipairs{ "characters", "bytes" } do
      local box = sandbox.new{ now = START, sign_lengths = gateway }
      for _, setting in ipairs{ "characters", "bytes" } do
        local client = wdt.new(box:settings("enterprise", { sign_lengths = setting }))
        local query = { start = START - 60, stop = START - 30, shop_no = "旺店" }
        local n, _, code = client:count("stockout_order_query_trade", query)
        assert.equal(gateway == setting and 0 or nil, n)
        assert.equal(gateway ~= setting and "auth" or nil, code)
      end
    end
  end)

  it("is no setting of the edition that signs no lengths", function()
    local box = sandbox.new{ now = START }
    assert.has_error(function() wdt.new(box:settings("ultimate", { sign_lengths = "bytes" })) end,
      "setting 'sign_lengths' is \"bytes\", expected nothing: "
        .. "this edition signs no lengths")
    assert.has_error(function() wdt.new(box:settings("enterprise", { sign_lengths = "byte" })) end,
      "setting 'sign_lengths' is \"byte\", expected \"characters\" or \"bytes\"")
  end)
end)

describe("wdt probe", function()
  it("tells the setting where it is another one, and does not depend on it", function()
    local from = os.time() - 5 * 86400
    local handle = assert(server.start{ gateway = { sign_lengths = "bytes" },
      world = { rows_per_day = 300, from = from, to = os.time() - 3600, now = os.time() } })
    local cli = command.new(visitor.of(handle))
    finally(function()
      cli:close()
      server.stop(handle)
    end)
    cli:profile("plain", "enterprise")
    local line = "wdt probe --watch 0 --pause 0 --profile "
    local advice = "write into the profile: sign_lengths = bytes"
    assert.truthy(cli:must(line .. "plain"):find(advice, 1, true))
    cli:profile("right", "enterprise", "sign_lengths = bytes")
    assert.is_nil(cli:must(line .. "right"):find(advice, 1, true))
    local found = cjson.decode((cli:must(line .. "right --format json")))
    assert.equal("bytes", found.sign_lengths.verdict)
    assert.equal("bytes", found.sign_lengths.evidence.setting)
    local signed = cli:must("wdt sign shop --profile right --timestamp 1470042310 -p shop_no=旺店")
    assert.truthy(signed:find("07-shop_no:0006-旺店", 1, true), signed)
  end)
end)
