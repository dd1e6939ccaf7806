-- `wdt probe` against gateways of different habits: it tells which is which, within 60 read-only
-- calls.
local asker = require "wdt.cli.probe.asker"
local cjson = require "cjson"
local decide = require "wdt.cli.probe.decide"
local server = require "wdt.sandbox.server"
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"

describe("wdt probe", function()
  local handle, wdt

  local function start(world, gateway)
    world = world or {}
    world.rows_per_day, world.days = world.rows_per_day or 2000, 40
    handle = assert(server.start{ world = world, gateway = gateway or {} })
    wdt = command.new(visitor.of(handle))
  end

  after_each(function()
    if not handle then return end
    wdt:close()
    server.stop(handle)
    handle, wdt = nil, nil
  end)

  -- The report of one run, and how many calls the gateway counted.
  local function probe(edition, words)
    local out = wdt:must("wdt probe --pause 0 --watch 0 --format json " .. (words or ""), edition)
    local found = cjson.decode(out)
    local calls = cjson.decode(server.control(handle, "stats")).calls
    assert.equal(found.calls, calls)
    assert.is_true(calls <= 60, calls)
    return found
  end

  describe("finds the order:", function()
    for order, verdict in pairs{ time_asc = "time_asc", time_desc = "time_desc", id_asc = "id_asc",
      id_desc = "id_desc",
      shuffle = "none" } do
      it(order, function()
        start({ order = order })
        local found = probe "enterprise"
        assert.equal(verdict, found.order.verdict)
        assert.equal(order == "shuffle" and "unknown" or "stable", found.order.evidence.repeated)
        assert.equal(200, found.order.evidence.rows)
      end)
    end

    it("by time, rows of one second in no order", function()
      start({ order = "random", rows_per_day = 200000 })
      local found = probe("ultimate")
      assert.equal("time_asc", found.order.verdict)
      assert.equal("unstable", found.order.evidence.repeated)
    end)
  end)

  describe("finds how long a page may be:", function()
    it("refused above what is documented", function()
      start()
      local cap = probe("enterprise").page_cap
      assert.equal("refused", cap.verdict)
      assert.equal(100, cap.evidence.honours)
      assert.equal(200, cap.evidence.above)
      assert.truthy(cap.evidence.text:find("page_size参数错误", 1, true))
    end)

    it("cut without a word", function()
      start(nil, { page_cap = 50 })
      local cap = probe("enterprise").page_cap
      assert.equal("cut", cap.verdict)
      assert.equal(50, cap.evidence.honours)
    end)

    it("refused above a limit of its own", function()
      start({ rows_per_day = 20000 }, { page_max = 200 })
      local cap = probe("ultimate").page_cap
      assert.equal("refused", cap.verdict)
      assert.equal(200, cap.evidence.honours)
      assert.equal(500, cap.evidence.above)
    end)

    it("served whatever is asked for", function()
      start{ rows_per_day = 20000 }
      local cap = probe("ultimate").page_cap
      assert.equal("honoured", cap.verdict)
      assert.equal(1000, cap.evidence.honours)
    end)
  end)

  describe("finds the total:", function()
    it("a number on page 0", function()
      start()
      local total = probe("enterprise").total
      assert.equal("number", total.verdict)
      assert.equal("page 0", total.evidence.pages)
      assert.is_true(total.evidence.total > 10000)
    end)

    it("a text on every page", function()
      start(nil, { total_as = "string" })
      local total = probe("ultimate").total
      assert.equal("text", total.verdict)
      assert.equal("every page", total.evidence.pages)
    end)

    it("a number on page 0, though it is asked for on every one", function()
      start(nil, { total_on = "page0" })
      local total = probe("ultimate").total
      assert.equal("number", total.verdict)
      assert.equal("page 0", total.evidence.pages)
    end)
  end)

  describe("finds the ends of a window:", function()
    it("included", function()
      start()
      local found = probe "ultimate"
      assert.equal("closed", found.window_end.verdict)
      assert.equal("closed", found.window_begin.verdict)
      assert.same({ shown = 2, hidden = 0 }, found.window_end.evidence)
    end)

    it("not included", function()
      start(nil, { closed_end = false })
      local found = probe("ultimate", "--method wms.stockout.Sales.searchCancel")
      assert.equal("open", found.window_end.verdict)
      assert.equal("closed", found.window_begin.verdict)
      assert.same({ shown = 0, hidden = 2 }, found.window_end.evidence)
    end)
  end)

  describe("finds how the sign counts:", function()
    it("characters", function()
      start()
      assert.equal("code points", probe("enterprise").sign_lengths.verdict)
    end)

    it("bytes", function()
      start(nil, { sign_lengths = "bytes" })
      assert.equal("bytes", probe("enterprise").sign_lengths.verdict)
    end)

    it("nothing, where there are no lengths", function()
      start()
      assert.is_nil(probe("ultimate").sign_lengths)
    end)
  end)

  it("finds how long rows take to become visible: at once, and after a while", function()
    local function begin(late)
      start{ rows_per_day = 100, drift = { arrive = 6, late = late, from = os.time() - 60 } }
      return handle, wdt
    end
    local slow, slow_wdt = begin{ chance = 1, delay = 3 }
    finally(function()
      slow_wdt:close()
      server.stop(slow)
    end)
    begin()
    -- Side by side: both have to watch for seconds.
    local line = "wdt probe --pause 0 --format json --watch 5"
    local there = visitor.of(slow):variables("enterprise").WDT_URL
    wdt:must(("WDT_URL=%s %s >slow & %s >fast; wait $!"):format(there, line, line), "enterprise")
    local function evidence(name)
      local found = cjson.decode(shell.read(wdt.folder .. "/" .. name))
      assert.equal("seen", found.commit_lag.verdict)
      return found.commit_lag.evidence
    end
    local fast = evidence "fast"
    assert.is_true(fast.rows >= 10, fast.rows)
    assert.is_true(fast.at_least <= 1.5, fast.at_least)
    assert.is_true(fast.at_most <= 3.5, fast.at_most)
    local late = evidence "slow"
    assert.is_true(late.at_least >= 1.5, late.at_least)
    assert.is_true(late.at_most >= 3 and late.at_most <= 7, late.at_most)
  end)

  it("tells people the same, in both languages", function()
    start()
    local out = wdt:must("wdt probe --pause 0 --watch 0", "enterprise")
    assert.truthy(
      out:find("\norder of rows +by time, rising +200 rows: times rise %d+ and fall 0 times"), out)
    assert.truthy(
      out:find("\nlong pages +refused +pages of up to 100 rows were served, not of 200: param: "
        .. "2104 page_size"), out)
    assert.truthy(out:find("\ntotal +a number +on: page 0 only\n"), out)
    assert.truthy(out:find("\nend of a window +included +"), out)
    assert.truthy(
      out:find("\nlengths in the sign +code points +by code points: accepted; by bytes: not "
        .. "accepted\n"), out)
    assert.truthy(out:find("\n\nstockout_order_query_trade, rows of .-; %d+ calls\n$"), out)
    out = wdt:must("wdt probe --pause 0 --watch 0", "enterprise", { LANG = "zh_CN.UTF-8" })
    assert.truthy(out:find("\n排序 +按时间升序 +200 条：时间升 %d+ 次、降 0 次"), out)
    assert.truthy(out:find("\n总数 +数字 +出现于：仅第 0 页\n"), out)
    assert.truthy(out:find("\n窗口终点 +包含 "), out)
  end)

  it("takes its time between calls", function()
    start()
    local begun = require "wdt.curl".now()
    local found = cjson.decode((wdt:must("wdt probe --pause 0.05 --watch 0 --format json",
      "enterprise")))
    assert.is_true(require "wdt.curl".now() - begun >= 0.05 * (found.calls - 1))
  end)

  it("tells what it has found when it is interrupted", function()
    start()
    server.control(handle, "inject", { kind = "none", times = 5 })
    local got = wdt:run(("setsid env --default-signal=INT wdt probe --pause 0.1 & me=$!; until "
      .. "curl -s --noproxy '*' %s | "
      .. "grep -q '\"waiting_faults\":0'; do sleep 0.01; done; kill -INT $me; wait $me"):format(
      shell.quote(handle.url .. "/_sandbox/stats")), "enterprise")
    assert.equal(130, got.status, got.err)
    assert.truthy(got.out:find("\norder of rows +by time, rising "), got.out)
    assert.is_nil(got.out:find("rows become visible", 1, true), got.out)
    assert.truthy(got.err:find("wdt: interrupted", 1, true), got.err)
  end)

  it("never makes more than 60 calls, whatever fails", function()
    start(nil, { faults = { truncate = 0.3 } })
    local soon = "local wdt = require 'wdt' local new = wdt.new wdt.new = function(s) "
      .. "s.retry.base = 0.01 return new(s) end"
    local got = wdt:run("wdt probe --pause 0 --watch 1 --format json", "enterprise",
      { LUA_INIT = soon })
    local calls = cjson.decode(server.control(handle, "stats")).calls
    assert.is_true(calls <= 60 and calls >= 10, calls)
    if got.status == 0 then
      assert.is_true(cjson.decode(got.out).calls <= 60)
    else
      assert.truthy(got.err:find("^wdt: %l+: "), got.err)
    end
  end)

  it("says what it could not find out, and goes on", function()
    start()
    -- The first page comes; what is asked for the order's sake is throttled.
    server.control(handle, "inject", { kind = "none" })
    server.control(handle, "inject", { kind = "rate" })
    local found = probe "enterprise"
    assert.equal("unknown", found.order.verdict)
    assert.truthy(found.order.failed:find "^rate: 1012", found.order.failed)
    assert.equal("refused", found.page_cap.verdict)
  end)

  it("ends where nothing answers, where there is nothing, and where it is asked for too much",
    function()
    start{ rows_per_day = 0 }
    local got = wdt:run("wdt probe --pause 0", "enterprise")
    assert.equal(1, got.status)
    assert.truthy(got.err:find("^wdt: found: there are no rows to look at"), got.err)
    got = wdt:run("wdt probe --pause 0", "enterprise", { WDT_APPSECRET = "nosecret" })
    assert.equal(4, got.status, got.err)
    got = wdt:run("wdt probe --start 2026-01-01 --stop 2026-03-01", "enterprise")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("further apart than this method allows: 2591999 s", 1, true),
      got.err)
    got = wdt:run("wdt probe --start 2026-01-01", "enterprise")
    assert.equal(2, got.status)
    got = wdt:run("wdt probe --method nothing", "enterprise")
    assert.equal(2, got.status)
  end)
end)

describe("probe's host", function()
  it("sends so many requests and no more, each a pause after the last", function()
    local clock, sent = 100, {}
    local real = { now = function() return clock end,
      sleep = function(_, seconds) clock = clock + seconds end,
      open = function(self, message) sent[#sent + 1] =
        { self, message, clock } return "exchange" end }
    local host = asker.limited(real, 3, 2)
    for i = 1, 3 do
      assert.equal("exchange", host:open("message " .. i, "decoder"))
      assert.same({ real, "message " .. i, 98 + 2 * i }, sent[i])
    end
    for _ = 1, 2 do
      assert.same({ nil, "limit: 3 calls have been made, and no more were to be", "limit" },
        { host:open("one more", "decoder") })
    end
    assert.equal(3, #sent)
    assert.equal(3, host.sent)
    assert.equal(104, host:now())
  end)
end)

describe("what probe decides", function()
  local function rows(times, ids)
    local list = {}
    for i = 1, #times do list[i] = { time = times[i], id = tostring(ids[i]) } end
    return list
  end

  it("is nothing from too few rows", function()
    assert.equal("unknown", (decide.order(rows({ 1, 2, 3, 4, 5, 6, 7 }, { 1, 2, 3, 4, 5, 6, 7 }))))
    assert.equal("unknown", (decide.order{}))
    assert.equal("unknown", (decide.page_cap{}))
    assert.equal("unknown", (decide.bound{}))
    assert.equal("unknown", (decide.lag{}))
  end)

  it("is both orders where both fit", function()
    assert.equal("time_asc or id_asc", (decide.order(
      rows({ 1, 2, 3, 4, 5, 6, 7, 8 }, { 1, 2, 3, 4, 5, 6, 7, 8 }))))
    assert.equal("time_asc or id_desc", (decide.order(
      rows({ 1, 2, 3, 4, 5, 6, 7, 8 }, { 8, 7, 6, 5, 4, 3, 2, 1 }))))
  end)

  it("is unknown where rows changed between two looks", function()
    assert.equal("unknown", decide.repeats(rows({ 1, 2 }, { 1, 2 }), rows({ 1, 2 }, { 2, 3 })))
    assert.equal("stable", decide.repeats(rows({ 1, 2 }, { 1, 2 }), rows({ 1, 2 }, { 1, 2 })))
    assert.equal("unstable", decide.repeats(rows({ 1, 1 }, { 1, 2 }), rows({ 1, 1 }, { 2, 1 })))
  end)

  it("is unknown where trials contradict each other, or prove nothing", function()
    assert.equal("unknown", (decide.bound{ { control = true, shown = true },
      { control = true, shown = false } }))
    assert.equal("unknown", (decide.bound{ { control = false, shown = false } }))
  end)

  it("is what the sign takes", function()
    assert.equal("either", decide.lengths(true, true))
    assert.equal("bytes", decide.lengths(false, true))
    assert.equal("unknown", decide.lengths(false, false))
  end)

  it("is the slowest row", function()
    local verdict, evidence = decide.lag{ { time = 100, before = 101, at = 103 },
      { time = 110, before = 115, at = 116 } }
    assert.equal("seen", verdict)
    assert.same({ rows = 2, at_least = 5, at_most = 6 }, evidence)
  end)

  it("is absent where there is no total", function()
    assert.same({ "absent", "unknown" }, { decide.total(nil, nil, true) })
    assert.same({ "text", "unknown" }, { decide.total("5", nil, false) })
  end)
end)
