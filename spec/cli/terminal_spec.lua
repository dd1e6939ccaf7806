-- The command in a real terminal (util-linux's `script` opens one), under signals, and before
-- readers that leave.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local columns = require "wdt.format.columns"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

describe("on a terminal, the command", function()
  local visit, cli, day

  command.visiting(function(v, c) visit, cli, day = v, c, v.day end)

  local function truth(query)
    local rows = visit:rows("enterprise", "stockouts", query)
    assert.is_true(#rows > 50)
    return rows
  end

  -- Returns what stays on the screen when lines that were drawn over are gone.
  local function settled(shown)
    local lines = {}
    for line in (shown .. "\n"):gmatch "(.-)\n" do
      lines[#lines + 1] = line:match "([^\r]*)$":gsub("^\27%[K", "")
    end
    return table.concat(lines, "\n")
  end

  it("shows a table that fits, and how far it is", function()
    for _, width in ipairs{ 60, 133 } do
      local shown, status = cli:terminal("wdt stockouts --day " .. day, "enterprise",
        { columns = width })
      assert.equal(0, status)
      assert.truthy(shown:find "%d+ rows · %d+ calls")
      local rows, n = truth{}, 0
      local text = settled(shown)
      assert.is_nil(text:find("\27", 1, true))
      for line in text:gmatch "[^\n]+" do
        if n <= #rows then assert.is_true(columns.width(line) <= width, line) end
        if n > 0 and rows[n] then assert.equal(rows[n].order_no, line:match "^%S+") end
        n = n + 1
      end
      assert.is_true(n >= #rows + 3)
      assert.truthy(text:find("\n%d+ of %d+ fields are shown; %-%-fields chooses them\n"
        .. #rows .. " rows · %d+ calls · [%d.]+ s · complete %(%l+%)\n"), text)
    end
    local shown = cli:terminal("wdt stockouts --quiet --day " .. day, "enterprise")
    assert.is_nil(shown:find("rows ·", 1, true))
  end)

  it("shows that it tries again", function()
    server.control(visit.handle, "inject", { kind = "http_5xx", status = 503, times = 2 })
    local shown, status = cli:terminal("wdt stockouts --day " .. day .. " >file", "enterprise")
    assert.equal(0, status)
    assert.truthy(shown:find "again in %d:%d%d after a failure", shown)
    assert.truthy(settled(shown):find "^%d+ rows · ", shown)
  end)

  it("shows only what came of it when its errors are read by a program, with -q not even that",
    function()
    local _, err = cli:must("wdt stockouts --day " .. day .. " >file", "enterprise")
    assert.truthy(err:find "^%d+ rows · %d+ calls · [%d.]+ s · complete %(%l+%)\n", err)
    assert.is_nil(err:find("\r", 1, true))
    _, err = cli:must("wdt stockouts -q --day " .. day .. " >file", "enterprise")
    assert.equal("", err)
  end)

  -- More rows than pages of ten can read in a minute.
  local function long(more)
    return ("wdt stockouts --start %s-01 --stop %s-28 --page-size 10 %s"):format(
      visit.month, visit.month, more or "")
  end

  local function whole(format)
    local rows = truth{ start = visit.month .. "-01 00:00:00", stop = visit.month .. "-28 23:59:59",
      as = format or "json" }
    return rows
  end

  it("tells at Ctrl-C how to go on; the rows so far are complete, and the two parts are the whole",
    function()
    local shown, status = cli:terminal(long "--rate 120 -o part.ndjson", "enterprise",
      { keys = "\3", wanted = "waiting" })
    assert.equal(130, status, shown)
    assert.truthy(shown:find "waiting %d:%d%d for the rate")
    local text = settled(shown)
    local line = text:match "wdt: interrupted\n +to go on: (wdt [^\n]+)"
    assert.truthy(line, text)
    -- nothing has to be finished where rows can be taken back
    assert.is_nil(text:find("finishing", 1, true))
    local rows, at = whole(), beijing.parse(line:match "%-%-start '([^']+)'")
    local before = {}
    for _, row in ipairs(rows) do
      if beijing.parse(cjson.decode(row).consign_time) < at then before[#before + 1] = row end
    end
    assert.is_true(#before > 20 and #before < #rows)
    assert.equal(table.concat(before, "\n") .. "\n", shell.read(cli.folder .. "/part.ndjson.part"))
    cli:must(line:gsub("%-%-rate 120", "--rate 1000") .. "", "enterprise")
    assert.equal(table.concat(rows, "\n") .. "\n", shell.read(cli.folder .. "/part.ndjson"))
  end)

  it("finishes the window first where rows have been handed on; a second Ctrl-C ends it at once",
    function()
    local shown, status = cli:terminal(long "--read sweep >half.ndjson", "enterprise",
      { keys = "\3", wanted = "waiting",
      again = "finishing" })
    assert.equal(130, status, shown)
    assert.truthy(shown:find("finishing the window that begins at " .. visit.month .. "-", 1, true),
      shown)
    assert.is_nil(shown:find("to go on", 1, true)) -- the system's own end
  end)
end)

describe("under a signal, the command", function()
  local visit, cli, url

  setup(function()
    visit = visitor.start()
    cli = command.new(visit)
    url = quote(visit.handle.url .. "/_sandbox/stats")
  end)

  teardown(function()
    cli:close()
    visit:stop()
  end)

  -- Runs a line, and a shell's `action` once the gateway has been called so often; what it said,
  -- and its status.
  local function meanwhile(calls, line, action)
    server.control(visit.handle, "inject", { kind = "none", times = calls })
    server.control(visit.handle, "inject", { kind = "delay", seconds = 1 })
    return cli:run(("setsid env --default-signal=INT,TERM,HUP %s & me=$!; until curl -s --noproxy "
      .. "'*' %s | "
      .. "grep -q '\"waiting_faults\":0'; do sleep 0.01; done; %s; wait $me"):format(
        line, url, action), "enterprise")
  end

  local function rows_of(name)
    local rows, last = {}, nil
    for line in shell.read(cli.folder .. "/" .. name):gmatch "[^\n]+" do
      local row = cjson.decode(line)
      rows[#rows + 1], last = row.stockout_id, row.consign_time
    end
    return rows, last
  end

  local EXPECTED = { INT = { 130, "interrupted" }, TERM = { 143, "terminated" },
    HUP = { 143, "terminated" } }
  for _, signal in ipairs{ "INT", "TERM", "HUP" } do
    it("ends at the end of a window, and tells how to go on: " .. signal, function()
      local month = visit.month
      local line = ("wdt stockouts --start %s-01 --stop %s-28 --page-size 20 --rate 1000"):format(
        month, month)
      cli:must(line .. " >all", "enterprise")
      local got = meanwhile(40, line .. " >first", "kill -" .. signal .. " $me")
      assert.equal(EXPECTED[signal][1], got.status, got.err)
      assert.truthy(got.err:find("^finishing the window that begins at " .. month:gsub("-", "%%-")
        .. "%-%d%d %d%d:%d%d:%d%d; Ctrl%-C again ends at once\nwdt: " .. EXPECTED[signal][2]
          .. "\n     to go on: "), got.err)
      local rest = got.err:match "to go on: ([^\n]+)"
      cli:must(rest .. " >second", "enterprise")
      local all, first, second = rows_of "all", rows_of "first", rows_of "second"
      assert.is_true(#first > 100 and #second > 100)
      for _, id in ipairs(second) do first[#first + 1] = id end
      assert.same(all, first)
      local _, last = rows_of "first"
      assert.is_true(last < rest:match "%-%-start '([^']+)'")
    end)
  end

  it("says when a file can't take its name, and leaves what it has", function()
    local got = meanwhile(1, "wdt stockouts --day " .. visit.month .. "-11 --page-size 10 -o taken",
      "mkdir taken")
    assert.equal(11, got.status)
    assert.truthy(got.err:find "^wdt: output: taken%.part: ", got.err)
    assert.is_true(#rows_of "taken.part" > 50)
  end)

  it("is whole although a signal came, where that was in the last window", function()
    local day = visit.day
    local got = meanwhile(1, "wdt stockouts --page-size 10 --day " .. day .. " >last",
      "kill -INT $me")
    assert.equal(0, got.status, got.err)
    assert.truthy(got.err:find "^finishing the window that begins at [^\n]+\n%d+ rows · ", got.err)
    cli:must("wdt stockouts --day " .. day .. " >all", "enterprise")
    assert.same(rows_of "all", rows_of "last")
  end)

  it("at Ctrl-C tells how to go on, although who read it has ended as well", function()
    local line = ("wdt stockouts --start %s-01 --stop %s-28 --page-size 20 --rate 1000"):format(
      visit.month, visit.month)
    cli:must "mkfifo fifo; cat fifo >/dev/null & echo $! >reader"
    local got = meanwhile(60, line .. " >fifo", "kill $(cat reader); kill -INT $me")
    assert.equal(130, got.status, got.err)
    assert.truthy(got.err:find("\nwdt: interrupted\n     to go on: [^\n]+\n     which repeats rows "
      .. "that were written: "), got.err)
  end)

  it("with lists goes on where all of them are complete", function()
    local month = visit.month
    local line = (
      "wdt stockouts --start %s-01 --stop %s-28 --status 95,110 --page-size 20 --rate 1000 -o "
        .. "two.csv "
      .. "--fields stockout_id"):format(month, month)
    cli:must(line:gsub("two", "one"), "enterprise")
    local got = meanwhile(60, line, "kill -INT $me")
    assert.equal(130, got.status, got.err)
    -- A range of less than a month is read status by status, so nothing is complete before its end.
    assert.equal("wdt: interrupted\n", got.err)
    assert.equal("", shell.read(cli.folder .. "/two.csv.part"))
    cli:must(line, "enterprise")
    assert.equal(shell.read(cli.folder .. "/one.csv"), shell.read(cli.folder .. "/two.csv"))
  end)

  it("ends a single call at Ctrl-C", function()
    local got = meanwhile(0, "wdt count --day " .. visit.month .. "-11", "kill -INT $me")
    assert.equal(130, got.status)
    assert.equal("wdt: interrupted\n", got.err)
  end)

  it("ends quietly when its reader is gone, and soon", function()
    local got = cli:run(("{ wdt stockouts --rate 1000 --start %s-01; echo $? >status; } | head -n "
      .. "1 | wc -l"):format(visit.month),
      "enterprise")
    assert.equal("1\n", got.out)
    assert.equal("", got.err)
    assert.equal("141\n", shell.read(cli.folder .. "/status"))
    got = cli:run(("{ wdt stockouts --format table --rate 1000 --start %s-01; echo $? >status; } "
      .. "| true"):format(visit.month),
      "enterprise", { LANG = "zh_CN.UTF-8" })
    assert.equal("", got.err)
    assert.equal("141\n", shell.read(cli.folder .. "/status"))
  end)
end)

describe("a long export", function()
  it("needs the same memory for thirty times the rows #memory", function()
    local now = os.time() - 86400
    local from = now - 30 * 86400
    local handle = assert(server.start{ world = { rows_per_day = 6000, from = from, to = now,
      now = now },
      gateway = { fields = "short" } })
    local cli, s = command.new(), sandbox.settings("enterprise", handle.url)
    finally(function()
      cli:close()
      server.stop(handle)
    end)
    local variables = { WDT_EDITION = "enterprise", WDT_SID = s.sid, WDT_APPKEY = s.appkey,
      WDT_APPSECRET = s.appsecret,
      WDT_URL = s.url, LUA_INIT = [[local exit = os.exit os.exit = function(...)
        for line in io.lines "/proc/self/status" do
          if line:find "^VmHWM" then io.stderr:write(line, "\n") end
        end
        exit(...) end]] }
    local function peak(days)
      local text, err =
        cli:must(("wdt stockouts --rate 100000 --start %d --stop %d | wc -l"):format(from,
        from + days * 86400), nil, variables)
      return tonumber(text:match "%d+"), tonumber(err:match "VmHWM:%s+(%d+) kB")
    end
    local few, small = peak(1)
    local many, large = peak(29)
    assert.is_true(few > 1500 and many > 25 * few, few .. " " .. many)
    -- All that a collector leaves for later comes to 2 or 3 MB; 50 bytes kept of each row would be
    -- more than this.
    assert.is_true(large < small + 6144, ("%d kB for %d rows, %d kB for %d"):format(
      small, few, large, many))
  end)
end)
