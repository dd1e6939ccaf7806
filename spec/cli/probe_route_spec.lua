-- `wdt probe` of an account with a route by Qimen: where its pages begin, how long they may be, and
-- which rows both routes show.
local cjson = require "cjson"
local decide = require "wdt.cli.probe.decide"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local command = require "support.command"
local visitor = require "support.visitor"

describe("wdt probe by a further route", function()
  local function probe(edition, world, gateway, words)
    world.rows_per_day, world.days = 2000, 40
    local handle = assert(server.start{ world = world, gateway = gateway or {} })
    local wdt = command.new(visitor.of(handle))
    local variables = {}
    for name, value in pairs(sandbox.settings(edition, handle.url, "qimen").qimen) do
      variables["WDT_QIMEN_" .. name:upper()] = value
    end
    local got = wdt:run("wdt probe --pause 0 --watch 0 " .. words, edition, variables)
    local stats = cjson.decode(server.control(handle, "stats"))
    wdt:close()
    server.stop(handle)
    assert.equal(0, got.status, got.err)
    return got.out, stats.calls
  end

  it("finds them, within 60 calls", function()
    for edition, first in pairs{ enterprise = "from 0", ultimate = "from 1" } do
      local out, calls = probe(edition, { taobao = 0.5, both = 0.2 }, nil, "--format json")
      local found = cjson.decode(out)
      assert.equal(first, found.route_first_page.verdict, out)
      assert.equal(edition == "enterprise" and "refused" or "honoured",
        found.route_page_cap.verdict)
      assert.equal("some rows", found.route_shared.verdict, cjson.encode(found.route_shared))
      local seen = found.route_shared.evidence
      assert.is_true(seen.shared < seen.own and seen.shared < seen.other)
      assert.is_true(calls <= 60, calls)
    end
  end)

  it("tells people", function()
    local out = probe("ultimate", { taobao = 0.5, both = 0 }, nil, "")
    assert.matches("other route: first page%s+is 1", out)
    assert.matches("rows that both routes show%s+none", out)
  end)
end)

describe("the verdict on a first page", function()
  it("goes by what pages 0 and 1 show", function()
    local a, b = { { id = "1" }, { id = "2" } }, { { id = "3" } }
    assert.equal("from 0", decide.first_page(a, b))
    assert.equal("from 0", decide.first_page(a, {}))
    assert.equal("from 0", decide.first_page(a, nil))
    assert.equal("from 1", decide.first_page(a, a))
    assert.equal("from 1", decide.first_page({}, a))
    assert.equal("from 1", decide.first_page(nil, a))
    assert.equal("unknown", decide.first_page(nil, nil))
  end)
end)
