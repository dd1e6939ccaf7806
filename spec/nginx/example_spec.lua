-- examples/openresty as a user starts it: the configuration is the file that is there, but for the
-- port.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local sandbox = require "wdt.sandbox"
local promtool = require "support.promtool"
local server = require "wdt.sandbox.server"
local World = require "wdt.sandbox.world"
local eventually = require "support.eventually"
local nginx = require "support.nginx"
local shell = require "support.shell"
local quote = shell.quote

local DAY = 86400

describe("examples/openresty", function()
  local box, twin, folder, prefix, now, port

  local function get(path, options)
    local command = "curl -sS --max-time 30 --unix-socket %shttp %s %s"
    return shell.run(command:format(prefix, options or "", quote("http://x" .. path)))
  end

  local function soon(what)
    return eventually(what, function() return shell.run("cat " .. prefix .. "error.log") end)
  end

  setup(function()
    now, port = os.time(), server.free_port()
    local world = { seed = 6, rows_per_day = 600, from = now - 5 * DAY, to = now + DAY, now = now }
    box = assert(server.start{ world = world })
    twin = sandbox.new{ world = World.new(world) }
    -- A tree of links around a copy of the example, as what nginx writes goes into its folder.
    folder = shell.folder()
    prefix = folder .. "/examples/openresty/"
    local core
    for part in nginx.absolute(nginx.cpath):gmatch("[^;]+") do
      local file = io.open((part:gsub("%?", "wdt/core")))
      if file then core = file:close() and (core or part:match("^(.*)/%?%.so$")) end
    end
    shell.must(("mkdir -p %s/examples %s/.build && cp -r %s/examples/openresty %s/examples && ln "
      .. "-s %s/lua %s/lua && "
      .. "ln -s %s %s/.build/luajit"):format(folder, folder, quote(shell.root), folder,
        quote(shell.root), folder, quote(core),
      folder))
    local conf, n = shell.read(prefix .. "nginx.conf"):gsub("listen 127%.0%.0%.1:8080;",
      ("listen unix:%shttp; listen 127.0.0.1:%d;"):format(prefix, port))
    assert(n == 1)
    if shell.must "id -u" == "0\n" then conf = "user root root;\n" .. conf end
    shell.write(prefix .. "nginx.conf", conf)
    local s = sandbox.settings("enterprise", box.url)
    shell.must(("nginx -p %s -c nginx.conf"):format(prefix),
      { WDT_EDITION = "enterprise", WDT_SID = s.sid, WDT_APPKEY = s.appkey,
      WDT_APPSECRET = s.appsecret, WDT_URL = s.url, WDT_FROM = beijing.format(now - DAY),
      LUA_PATH = false, LUA_CPATH = false })
  end)

  teardown(function()
    local pid = shell.read(prefix .. "nginx.pid"):match("%d+")
    shell.run("kill -TERM " .. pid)
    assert(nginx.wait_for_end(pid))
    server.stop(box)
    local log = shell.read(prefix .. "error.log")
    shell.must("rm -rf " .. folder)
    log = log:gsub("%[alert%] [^\n]* exited on signal 9", "")
    assert.is_nil(log:find("%[error%]") or log:find("%[alert%]"), log)
  end)

  local function truth(start, stop, more)
    local query = { start = start, stop = stop, as = "json" }
    for k, v in pairs(more or {}) do query[k] = v end
    local settings = twin:settings("enterprise")
    settings.rate = 100000
    local rows = {}
    for row in require "wdt".new(settings):stockouts(query) do rows[#rows + 1] = row end
    return rows
  end

  local function day_before_yesterday()
    return beijing.format(now - 3 * DAY), beijing.format(now - 2 * DAY)
  end

  it("streams stockouts as lines of JSON, as the ERP wrote them", function()
    local start, stop = day_before_yesterday()
    local rows = truth(start, stop, { status = 95 })
    assert.is_true(#rows > 50)
    local body = get((("/stockouts?start=%s&stop=%s&status=95"):format(start, stop):gsub(" ", "+")))
    local lines, seen = 0, {}
    for line in body:gmatch("[^\n]+") do
      lines, seen[line] = lines + 1, true
    end
    assert.equal(#rows, lines)
    for _, row in ipairs(rows) do assert.is_true(seen[row], row) end
  end)

  it("says what is wrong with a query, and what the gateway says", function()
    assert.truthy(get("/stockouts?start=yesterday"):find("parameter 'start' is", 1, true))
    assert.truthy(get("/stockouts?statsu=95"):find("the nearest known: 'status'", 1, true))
    assert.equal("400", (get("/stockouts", "-o /dev/null -w '%{http_code}'")))
    assert(server.control(box, "inject", { kind = "server" }))
    local start, stop = day_before_yesterday()
    local path = ("/stockouts?start=%s&stop=%s&shop_no=none"):format(start, stop):gsub(" ", "+")
    assert.equal("", (get(path))) -- that passes: it is tried again, and there are no rows
  end)

  -- Figures by name, and those of a code by "NAME CODE".
  local function metrics()
    local values = {}
    for name, labels, value in get("/metrics"):gmatch("\n(wdt_[%w_]+)(%S*) ([%d.e+]+)") do
      local code = labels:match 'code="(%w+)"'
      values[code and name .. " " .. code or name] = tonumber(value)
    end
    return values
  end

  it("synchronises into files in the background, by one of the workers, every row once", function()
    local done = soon(function()
      local m = metrics()
      return m.wdt_lag_seconds and m.wdt_lag_seconds < 400 and m
    end)
    assert.is_true(done.wdt_windows_total >= 1)
    local last = beijing.format(done.wdt_watermark_timestamp_seconds - 1)
    local rows = truth(beijing.format(now - DAY), last)
    local lines = {}
    for line in shell.must("cat " .. prefix .. "data/*.ndjson"):gmatch("[^\n]+") do
      lines[#lines + 1] = line end
    assert.equal(#rows, #lines)
    assert.equal(#rows, done.wdt_rows_total)
    table.sort(rows)
    table.sort(lines)
    assert.same(rows, lines)
    assert.equal("", (shell.run("ls " .. prefix .. "data | grep tmp")))
  end)

  -- The last lines of the ledger as a page shows them, and as they are in the stored state.
  local function ledger_shown(page)
    local shown = {}
    for start, stop, rows, calls, certificate in page:gmatch(
      '<tr><td>([^<]+)</td><td>([^<]+)</td><td class="n">(%d+)</td><td '
        .. 'class="n">(%d+)</td><td>(%w+)</td></tr>') do
      table.insert(shown, 1, ("%s %s %s %s %s"):format(start, stop, rows, calls, certificate))
    end
    return shown
  end

  local function ledger_kept()
    local kept = {}
    for i, line in ipairs(cjson.decode(shell.read(prefix .. "data/shipped.state"):match(
      "\n(.*)")).ledger) do
      kept[i] = ("%s %s %d %d %s"):format(beijing.format(line.start), beijing.format(line.stop),
        line.rows, line.calls,
        line.certificate)
    end
    assert.is_true(#kept >= 1)
    return kept
  end

  -- A page that was fetched after so many lines were kept holds these at least; others may have
  -- come since it was fetched.
  local function assert_shows_ledger(page, before)
    local shown, kept = ledger_shown(page), ledger_kept()
    assert.is_true(#shown >= before, page)
    for i = #kept, #shown + 1, -1 do kept[i] = nil end
    assert.same(kept, shown)
  end

  it("shows its ledger, its lag, its budget and its failures in two languages", function()
    local before = #ledger_kept()
    local page = get("/status")
    assert.truthy(page:find('<html lang="en">', 1, true))
    assert.truthy(get("/status?lang=zh"):find("销售出库单", 1, true))
    assert.truthy(get("/status", "-H 'Accept-Language: zh-CN,en'"):find(
      '<html lang="zh">', 1, true))
    assert.truthy(page:find('http-equiv="refresh"', 1, true))
    local m = metrics()
    assert.truthy(page:find("%d+ / 60</td>"))
    assert.equal(60, m.wdt_rate_budget)
    assert.equal("", promtool.metrics(get "/metrics"))
    assert.equal(1, m["wdt_failures_total server"])
    assert.truthy(page:find("server 1 · Last: ", 1, true))
    assert_shows_ledger(page, before)
    -- The bars are the rows of the last 24 hours.
    local sum, bars, lines = 0, 0, 0
    for n in page:gmatch("<title>%d%d:%d%d: (%d+)</title>") do sum, bars = sum + n, bars + 1 end
    local first = beijing.format(now - now % 3600 - 23 * 3600)
    for row in shell.must("cat " .. prefix .. "data/*.ndjson"):gmatch("[^\n]+") do
      if row:match('"consign_time":"(.-)"') >= first then lines = lines + 1 end
    end
    assert.equal(24, bars)
    assert.equal(lines, sum)
  end)

  if shell.run("command -v chromium") ~= "" then
    it("shows its ledger in a browser (chromium)", function()
      local before = #ledger_kept()
      local page = shell.run(("timeout 60 chromium --headless --no-sandbox --disable-gpu "
        .. "--disable-quic --no-first-run "
        .. "--disable-background-networking --disable-component-update --disable-sync "
        .. "--user-data-dir=%s/browser --dump-dom "
        .. "http://127.0.0.1:%d/status 2>/dev/null"):format(folder, port))
      assert_shows_ledger(page, before)
      local _, bars = page:gsub("<rect ", "")
      assert.equal(24, bars)
    end)
  end

  it("gives the lead to another worker when the leader is killed", function()
    local function leader() return tonumber(get("/status"):match(
      "<th>Worker</th><td>(%d+)</td>")) end
    local first = leader()
    shell.must("kill -KILL " .. first)
    assert.truthy(soon(function()
      local pid = leader()
      return pid and pid ~= first and pid
    end))
  end)
end)
