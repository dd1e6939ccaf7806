-- Those who read slowly, come in crowds or go away hold up no one, and leave nothing: a slice of
-- spec/bench/serve/run.lua, which tells for how long a neighbour waits.
local cjson = require "cjson"
local measured = require "bench.serve.measured"
local shell = require "support.shell"
local visitor = require "support.visitor"

describe("neighbours of wdt serve", function()
  local visit, bench

  setup(function()
    visit = visitor.start()
    bench = measured.start(visit, 1000, "readings = 8\n")
  end)
  teardown(function()
    local said = bench:stop()
    visit:stop()
    assert.is_nil(said:find("%[error%]") or said:find("%[alert%]") or said:find("wdt serve:", 1,
      true), said)
  end)

  it("are answered beside slow readers, of whom those beyond the limit are told at once", function()
    local held, pid = bench:hold(200, 100, 60)
    local coming = bench:probe(1.5)
    assert.equal("sent", held:read "*l")
    local there = bench:probe(1)
    for _, got in ipairs{ coming, there } do
      assert.equal(0, got.bad)
      assert.is_true(got.good > 0, got.good)
    end
    -- long readings leave places to short ones; the next long one is refused
    local service = bench.service
    assert.equal(200, (service:status("/v1/shop/stockouts?limit=1&day=" .. visit.day,
      "neighbour")))
    local status, body = service:status("/v1/shop/stockouts?month=" .. visit.month, "neighbour",
      "-D " .. service.folder .. "/head")
    assert.equal(503, status)
    assert.equal("busy", cjson.decode(body).error.code)
    assert.truthy(shell.read(service.folder .. "/head"):find "\nRetry%-After: 5")
    shell.must("kill " .. pid)
    local answers = held:read "*a"
    held:close()
    assert.equal("200 6 503 194 none 0 closed 0\n", answers)
  end)

  it("of all kinds leave the memory of a worker as it was", function()
    bench:traffic(42)
    local before = bench:memory()
    local said = bench:traffic(42)
    assert.truthy(said:find " 200", said)
    assert.is_true(bench:memory() - before < 8192, bench:memory() - before)
    bench:reload()
    assert.equal(200, (bench.service:status("/v1/shop/stockouts?month=" .. visit.month
      .. "&format=csv", "neighbour")))
  end)
end)
