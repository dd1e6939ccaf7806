-- Many accounts on one libcurl multi handle: a wait of one is no wait of another, whatever it waits
-- for; what a task raises is told by its name.
local beijing = require "wdt.beijing"
local conformance = require "support.host_conformance"
local core = require "wdt.core"
local wdt = require "wdt"
local peer = require "support.peer"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"

local DAY = 86400

describe("wdt.host.loop", function()
  local loop

  before_each(function() loop = wdt.loop() end)
  after_each(function() loop:close() end)

  it("wakes those that sleep in the order of their times", function()
    local order = {}
    for _, seconds in ipairs{ 0.09, 0.03, 0.06, 0, 0.12 } do
      loop:spawn("sleeper " .. seconds, function()
        assert(loop:sleep(seconds))
        order[#order + 1] = seconds
      end)
    end
    assert.same({}, loop:run())
    assert.same({ 0, 0.03, 0.06, 0.09, 0.12 }, order)
  end)

  it("tells what tasks raise by their names, and runs the others on", function()
    local done = 0
    loop:spawn("bad", function() error("broken", 0) end)
    loop:spawn("good", function()
      loop:sleep(0.01)
      loop:spawn("late", function() done = done + 1 end)
      done = done + 1
    end)
    assert.same({ bad = "broken" }, loop:run())
    assert.equal(2, done)
    assert.same({}, loop:run())
  end)

  it("breaks sleep off where it is told to", function()
    local leaves = false
    loop:close()
    loop = wdt.loop(function() return leaves end)
    local got
    loop:spawn("sleeper", function() got = { loop:sleep(1e6) } end)
    loop:spawn("other", function()
      loop:sleep(0.01)
      leaves = true
    end)
    assert.same({}, loop:run())
    assert.same({ nil, "interrupted: interrupted", "interrupted" }, got)
  end)

  it("blocks outside of its tasks, and in coroutines within them", function()
    loop:sleep(0)
    local inner = {}
    loop:spawn("outer", function()
      local thread = coroutine.create(function()
        loop:sleep(0.01)
        inner[1] = true
      end)
      assert(coroutine.resume(thread))
      inner[2] = coroutine.status(thread)
    end)
    assert.same({}, loop:run())
    assert.same({ true, "dead" }, inner)
    assert.has_error(function() loop:sleep(-1) end)
    assert.has_error(function() loop:spawn("x") end)
  end)

  describe("like every host, for a task", function()
    local net
    setup(function() net = peer.start() end)
    teardown(function() net:close() end)

    conformance.describe(function()
      local kept = wdt.loop()
      return { server = net, gzip = true, close = function() kept:close() end,
        fetch = function(request)
          local got
          kept:spawn("fetch", function()
            local decoder = core.decoder{ path = "stockout_list" }
            local exchange, err, code = kept:open(request, decoder)
            got = conformance.read(exchange, decoder, err, code)
          end)
          assert.same({}, kept:run())
          return got
        end }
    end)
  end)

  describe("with accounts of a gateway", function()
    local handle, from, now

    setup(function()
      now = os.time()
      now = now - now % 3600
      from = beijing.format(now - 3 * DAY)
      handle = assert(server.start{ world = { seed = 4, rows_per_day = 500, from = now - 3 * DAY,
        to = now, now = now } })
    end)
    teardown(function() server.stop(handle) end)

    -- Reads all rows by a client on the loop, unless another host is given.
    local function read(edition, rate, host, log)
      local settings, n = sandbox.settings(edition, handle.url), 0
      settings.host, settings.rate, settings.log = host, rate, log
      local client = wdt.new(settings)
      for _ in client:stockouts{ start = from, stop = now - 1, page_size = 40 } do n = n + 1 end
      client:close()
      return n
    end

    it("reads them side by side, each whole", function()
      local expected = read("enterprise", 100000)
      assert.is_true(expected > 1000, expected)
      local counts, turns, last = {}, 0, nil
      local open = loop.open
      loop.open = function(...)
        if last ~= loop.current then turns, last = turns + 1, loop.current end
        return open(...)
      end
      for i = 1, 8 do
        loop:spawn("account " .. i, function() counts[i] = read("enterprise", 100000, loop) end)
      end
      assert.same({}, loop:run())
      for i = 1, 8 do assert.equal(expected, counts[i]) end
      assert.is_true(turns > 30, turns) -- calls of several accounts alternate
    end)

    it("lets one wait for its rate and the others go on", function()
      local waiting, done, rows = false, 0, {}
      loop:close()
      loop = wdt.loop(function() return done == 4 end)
      loop:spawn("slow", function()
        read("enterprise", 1, loop, function(event) waiting = waiting or event.event == "wait" end)
      end)
      for i = 1, 4 do
        loop:spawn("fast " .. i, function()
          while not waiting do loop:sleep(0.001) end -- for a minute, from then on
          rows[i] = read("ultimate", 100000, loop)
          done = done + 1
        end)
      end
      local failures = loop:run()
      assert.truthy(failures.slow:find("interrupted", 1, true), failures.slow)
      failures.slow = nil
      assert.same({}, failures)
      for i = 1, 4 do assert.is_true(rows[i] > 0 and rows[i] == rows[1]) end
    end)
  end)
end)
