-- The client inside a real nginx, on cosockets: every phase, every fault, every way of being given
-- up.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local World = require "wdt.sandbox.world"
local inflate = require "wdt.host.inflate"
local nginx = require "support.nginx"
local shell = require "support.shell"

local DAY = 86400
local PHASES = { "content", "access", "rewrite", "timer", "thread" }

-- Runs inside: a whole stream.
local READ = [[
  local client = wdt.new(given.settings)
  local stream = client[given.what](client, given.query)
  local ids, n = {}, 0
  while true do
    local row, err, code = stream:next()
    if not row then
      local p = stream:progress()
      return n, err, code, p.retries, p.certificate, p.calls
    end
    if not ids[row.stockout_id] then ids[row.stockout_id], n = true, n + 1 end
  end
]]

describe("in nginx", function()
  local box, twin, ngx, now

  setup(function()
    now = os.time()
    local world = { seed = 5, rows_per_day = 900, from = now - 20 * DAY, to = now + DAY, now = now }
    box = assert(server.start{ world = world })
    twin = sandbox.new{ world = World.new(world) }
    ngx = assert(nginx.start())
  end)

  teardown(function()
    local log = ngx and ngx:stop() or ""
    server.stop(box)
    assert.is_nil(log:find("%[alert%]"), log)
    assert.is_nil(log:find("%[crit%]"), log)
  end)

  local function settings(edition, more)
    local s = sandbox.settings(edition, box.url)
    s.rate, s.retry = 100000, { base = 0.001, cap = 0.002 }
    for k, v in pairs(more or {}) do s[k] = v end
    return s
  end

  local function order(edition, more, query)
    return { settings = settings(edition, more), query = query,
      what = edition == "enterprise" and "stockouts" or "cancelled_stockouts" }
  end

  -- Returns what the same world says in this process.
  local function truth(edition, query)
    local client = require "wdt".new(twin:settings(edition, { rate = 100000 }))
    local ask = edition == "enterprise" and client.stockouts or client.cancelled_stockouts
    local n = 0
    for _ in ask(client, query) do n = n + 1 end
    return n
  end

  local function last(days, edition)
    return { start = beijing.format(now - (days + 1) * DAY), stop = beijing.format(now - DAY),
      status = edition == "enterprise" and 95 or nil }
  end

  -- Open descriptors of the worker that are sockets.
  local function sockets()
    return tonumber((shell.must(("ls -l /proc/%s/fd | grep -c socket:"):format(ngx:workers()[1]))))
  end

  it("every phase that can wait reads every row, of all editions", function()
    for _, edition in ipairs{ "enterprise", "ultimate", "huice" } do
      local query = last(1, edition)
      local rows = truth(edition, query)
      assert.is_true(rows > 10)
      for _, phase in ipairs(PHASES) do
        local n, err = ngx:run(phase, READ, order(edition, nil, query))
        assert.same({ rows }, { n, err }, phase)
      end
    end
  end)

  it("any other phase is told so", function()
    local _, err, code = ngx:run("header_filter", READ,
      order("enterprise", nil, last(1, "enterprise")))
    assert.equal("config", code)
    assert.equal(
      "config: nginx can't wait in the phase 'header_filter'; use rewrite, access, content or a "
        .. "timer "
      .. "(ngx.timer.at)", err)
    _, err, code = ngx:run("header_filter", [[return require "wdt.nginx.host".new():sleep(1)]])
    assert.equal("config", code)
    assert.truthy(err:find("'header_filter'", 1, true))
  end)

  it("several lanes, several streams and one client for all of them find the same rows", function()
    local query = last(8, "enterprise")
    local rows = truth("enterprise", query)
    local asked = order("enterprise", nil, query)
    for _, lanes in ipairs{ 1, 4 } do
      asked.query.lanes = lanes
      assert.equal(rows, (ngx:run("content", READ, asked)))
    end
    local counts = ngx:run("content", [[
      local client, threads, counts = wdt.new(given.settings), {}, {}
      for i = 1, 3 do
        threads[i] = ngx.thread.spawn(function()
          local n = 0
          for _ in client:stockouts(given.query) do n = n + 1 end
          return n
        end)
      end
      for i = 1, 3 do counts[i] = select(2, ngx.thread.wait(threads[i])) end
      return counts
    ]], asked)
    assert.same({ rows, rows, rows }, counts)
  end)

  it("answers others meanwhile", function()
    -- Nothing is left of the budget: the call waits a minute, and the worker goes on.
    shell.write(ngx.prefix .. "/chunk", require "cjson".encode{
      given = settings("enterprise", { rate = 1, sid = "sandbox2" }),
      code = [[
      local client = wdt.new(given)
      client.pacer:done(client.pacer:take "shop", client.host:now())
      local ok, err, code = client:call("shop", {})
      return tostring(ok), err, code
    ]] })
    local _, status = ngx:curl("/content", "--max-time 0.3 --data-binary @" .. ngx.prefix
      .. "/chunk")
    assert.equal(28, status) -- curl's time is over
    assert.equal("plain\n", (ngx:curl "/plain"))
  end)

  it("never loads libcurl", function()
    local maps = shell.must("cat /proc/" .. ngx:workers()[1] .. "/maps")
    assert.truthy(maps:find("wdt/core.so", 1, true))
    assert.is_nil(maps:find("libcurl", 1, true))
    assert.is_nil(maps:find("wdt/curl.so", 1, true))
  end)

  it("faults of the gateway are survived", function()
    local query = last(2, "enterprise")
    local rows = truth("enterprise", query)
    for _, fault in ipairs{ { kind = "reset", at = 3000 }, { kind = "reset", at = 0 },
      { kind = "truncate", at = 100 },
      { kind = "stall", at = 500 }, { kind = "http_5xx", status = 503 },
        { kind = "garbage", how = 1 },
      { kind = "garbage", how = 3 }, { kind = "connect" } } do
      fault.times = 2
      assert(server.control(box, "inject", fault))
      local n, err, _, retries = ngx:run("content", READ, order("enterprise",
        { timeout = { stall = fault.kind == "stall" and 0.5 or 20 } }, query))
      assert.same({ rows }, { n, err }, fault.kind)
      assert.equal(2, retries, fault.kind)
    end
    assert(server.control(box, "inject", { kind = "chunked", times = 3 }))
    local n, err, _, retries = ngx:run("content", READ, order("enterprise", nil, query))
    assert.same({ rows }, { n, err })
    assert.equal(0, retries)
    assert(server.control(box, "inject", { kind = "gzip" }))
    local _, _, code = ngx:run("content", READ, order("enterprise", nil, query))
    -- not asked for; or broken, and read again
    assert.equal(not inflate.available and "http" or nil, code)
  end)

  it("an error of the account ends a stream, in every phase", function()
    local wrong = order("enterprise", { appsecret = "wrong" }, last(1, "enterprise"))
    for _, phase in ipairs(PHASES) do
      local n, err, code = ngx:run(phase, READ, wrong)
      assert.equal(0, n)
      assert.equal("auth", code, err)
    end
    assert.has_error(function()
      ngx:run("content", "for _ in wdt.new(given.settings):stockouts(given.query) do end", wrong)
    end)
    assert.has_error(function() ngx:run("content", "wdt.new{ edition = 'x' }") end,
      "chunk:1: setting 'edition' is \"x\", expected \"enterprise\" or \"ultimate\" or \"huice\"")
  end)

  it("an answer that does not go on ends a stream in time, in every phase", function()
    local impatient = order("enterprise", { timeout = { stall = 0.5 }, retry = { attempts = 1 } },
      last(1, "enterprise"))
    for _, phase in ipairs(PHASES) do
      assert(server.control(box, "inject", { kind = "stall", at = 100 }))
      local n, err, code = ngx:run(phase, READ, impatient)
      assert.equal(0, n)
      assert.equal("timeout", code, err)
      assert.truthy(err:find("sent nothing for 0.5 s (stall) after 100 bytes", 1, true), err)
    end
  end)

  it("a loop that is left early, an error in its body, a killed thread: no socket stays", function()
    local asked = order("enterprise", nil, last(8, "enterprise"))
    asked.query.lanes = 3
    local function leave_all()
      for _, phase in ipairs(PHASES) do
        assert.equal("left", (ngx:run(phase, [[
          local n = 0
          for _ in wdt.new(given.settings):stockouts(given.query) do
            n = n + 1
            if n == 150 then break end
          end
          return "left"]], asked)))
        local ok, err = pcall(ngx.run, ngx, phase, [[
          for _ in wdt.new(given.settings):stockouts(given.query) do error("mine", 0) end]], asked)
        assert.same({ false, "mine" }, { ok, err })
      end
      assert.equal("killed", (ngx:run("content", [[
        local reached = require "ngx.semaphore".new()
        local thread = ngx.thread.spawn(function()
          for _ in wdt.new(given.settings):stockouts(given.query) do
            reached:post()
            ngx.sleep(60)
          end
        end)
        assert(reached:wait(30))
        assert(ngx.thread.kill(thread))
        return "killed"]], asked)))
    end
    leave_all()
    local before = sockets()
    for _ = 1, 4 do leave_all() end
    assert.is_true(sockets() <= before + 1)
  end)

  it("a timer that runs for long closes what it leaves", function()
    local left = ngx:run("timer", [[
      local client = wdt.new(given.settings)
      for _ = 1, 20 do
        local stream = client:stockouts(given.query)
        stream:next()
        stream:close()
        local row, err, code = stream:next()
        assert(row == nil and code == "closed", err)
      end
      local sockets = 0
      for name in io.popen("ls -l /proc/" .. ngx.worker.pid() .. "/fd"):lines() do
        if name:find("socket:", 1, true) then sockets = sockets + 1 end
      end
      return sockets]], order("enterprise", nil, last(8, "enterprise")))
    assert.is_true(left < 20)
  end)

  it("a budget's place comes back from a loop that was left", function()
    local waits = ngx:run("content", [[
      given.settings.rate, given.settings.sid = 2, "left"
      local client = wdt.new(given.settings)
      local held = {} -- else the collector may be quicker than the first look
      for i = 1, 2 do held[i] = client.pacer:take("m") end
      local before = client.pacer:wait("m", client.host:now())
      held = nil
      collectgarbage()
      collectgarbage()
      local after = client.pacer:wait("m", client.host:now())
      return before == math.huge and after <= 60]], order("enterprise", nil, last(1, "enterprise")))
    assert.is_true(waits)
  end)

  it("clients of one account share their worker's budget", function()
    local same, other = ngx:run("content", [[
      local a, b = wdt.new(given.settings), wdt.new(given.settings)
      given.settings.appkey = "another"
      return a.pacer == b.pacer, a.pacer == wdt.new(given.settings).pacer]], order("enterprise"))
    assert.same({ true, false }, { same, other })
  end)
end)
