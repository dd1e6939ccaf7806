-- Every program in examples/, run as a user would, against the HTTP sandbox. What it prints is
-- compared with what the same world says in this process.
local beijing = require "wdt.beijing"
local columns = require "wdt.format.columns"
local wdt = require "wdt"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote, must, run = shell.quote, shell.must, shell.run

local DAY = 86400
-- The programs that a test has run; shell.sh: spec/regress/examples_as_they_are_spec.lua.
local TESTED = { ["shell.sh"] = true }

describe("the example", function()
  local visit, clients

  setup(function()
    visit = visitor.start(450) -- so that any day has some that were cancelled
    clients = {}
    for _, edition in ipairs{ "enterprise", "ultimate" } do
      clients[edition] = wdt.new(visit:twin():settings(edition, { rate = 100000 }))
    end
  end)

  teardown(function() visit:stop() end)

  local function example(edition, name, ...)
    TESTED[name] = true
    local output, status = visit:run(edition, shell.root .. "/examples/" .. name, ...)
    assert.equal(0, status, output)
    return output
  end

  local function month()
    return visit.month .. "-01 00:00:00", visit.month .. "-28 23:59:59"
  end

  it("month_of_shipped.lua prints every stockout", function()
    local start, stop = month()
    local lines, details, n = {}, 0, 0
    for so in clients.enterprise:stockouts{ start = start, stop = stop, status = 95 } do
      n, details = n + 1, details + #so.details_list
      lines[n] = table.concat({ so.order_no, so.consign_time, so.shop_name, so.goods_total_amount },
        "\t")
    end
    assert.is_true(n > 500)
    lines[n + 1] = ("%d stockouts, %d lines\n"):format(n, details)
    assert.equal(table.concat(lines, "\n"), example(
      "enterprise", "month_of_shipped.lua", start, stop))
  end)

  it("month_of_shipped.lua has a month of its own", function()
    assert.truthy(example("enterprise", "month_of_shipped.lua"):find("%d+ stockouts, %d+ lines\n$"))
  end)

  it("cancelled_of_a_day.lua reads either edition", function()
    local day = visit.month .. "-15"
    local truth = { ultimate = {}, enterprise = {} }
    for edition, client in pairs(clients) do
      local lines = truth[edition]
      for so in client:cancelled_stockouts{ start = day .. " 00:00:00",
        stop = day .. " 23:59:59" } do
        lines[#lines + 1] = table.concat({ tostring(so.stockout_id), so.stockout_no
          or so.order_no, tostring(so.status),
          so.modified }, "\t")
      end
      assert.is_true(#lines > 5)
      lines[#lines + 1] = ("%d cancelled on %s\n"):format(#lines, day)
      assert.equal(table.concat(lines, "\n"), example(edition, "cancelled_of_a_day.lua", day))
    end
  end)

  it("one_order.lua finds an order by its number, and says when there is none", function()
    local so
    for one in clients.enterprise:stockouts{ start = visit:at "03 12:00:00",
      stop = visit:at "05 12:00:00", status = 110 } do
      if #one.details_list > 1 then so = one end
    end
    local lines = { table.concat({ so.order_no, so.status, so.consign_time, so.logistics_name,
      so.logistics_no }, "\t") }
    for _, line in ipairs(so.details_list) do
      lines[#lines + 1] = table.concat({ "", line.spec_no, line.goods_name, line.goods_count,
        line.sell_price }, "\t")
    end
    assert.equal(table.concat(lines, "\n") .. "\n", example(
      "enterprise", "one_order.lua", so.src_order_no))
    assert.equal("no stockout of order JY0\n", example("enterprise", "one_order.lua", "JY0"))
  end)

  it("a_few_fields.lua sums up what was sold", function()
    local start, stop = visit:at "03 12:00:00", visit:at "05 12:00:00"
    local sold = {}
    for so in clients.enterprise:stockouts{ start = start, stop = stop, status = { 95, 110 } } do
      for _, line in ipairs(so.details_list) do
        sold[line.spec_no] = (sold[line.spec_no] or 0) + tonumber(line.goods_count)
      end
    end
    local n, least = 0, math.huge
    local output = example("enterprise", "a_few_fields.lua", beijing.format(start),
      beijing.format(stop))
    for spec, count in output:gmatch("(%S+) +(%d+)\n") do
      assert.equal(sold[spec], tonumber(count), spec)
      assert.is_true(tonumber(count) <= least)
      n, least = n + 1, tonumber(count)
    end
    local specs = 0
    for _ in pairs(sold) do specs = specs + 1 end
    assert.equal(math.min(10, specs), n)
    assert.is_true(n > 3)
  end)

  it("errors.lua shows both kinds of failure", function()
    local start, stop = visit:at "03 12:00:00", visit:at "05 12:00:00"
    local rows = 0
    for _ in clients.enterprise:stockouts{ start = start, stop = stop } do rows = rows + 1 end
    assert.is_true(rows > 100)
    local output = example("enterprise", "errors.lua", beijing.format(start), beijing.format(stop))
    local misuse, told, raised = output:match("^(false.-)\n(.-)\n(false.*)\n$")
    assert.truthy(
      misuse:find("errors.lua:%d+: parameter 'start' is \"2026%-02%-30 00:00:00\", expected a "
        .. "time that "), misuse)
    assert.truthy(told:find(("^%d rows, %%d+ calls, 0 retries, certificate %%a+$"):format(rows)),
      told)
    assert.truthy(raised == "false\tauth: 1002 sid不存在", raised)
  end)

  -- demo.sh runs Lua 5.4 by itself; once is enough.
  if shell.lua ~= "lua5.4" then
    TESTED["demo.sh"], TESTED["demo.lua"] = true, true
  else
    describe("demo.sh", function()
      local folder, temporary

      setup(function()
        folder = shell.folder()
        temporary = folder .. "/with spaces"
        must("mkdir " .. quote(temporary))
      end)

      teardown(function() must("rm -rf " .. quote(folder)) end)

      local function variables(more)
        local v = { TMPDIR = temporary, WDT_EDITION = false, WDT_SID = false, WDT_APPKEY = false,
          WDT_APPSECRET = false,
          WDT_URL = false, WDT_SANDBOX_URL = false, LUA_PATH = false, LUA_CPATH = false,
          LUA_INIT = false }
        for name, value in pairs(more or {}) do v[name] = value end
        return v
      end

      local function demo(more)
        TESTED["demo.sh"], TESTED["demo.lua"] = true, true
        return run("cd / && sh " .. quote(shell.root .. "/examples/demo.sh"), variables(more))
      end

      local function nothing_is_left()
        -- A user who may not write this tree builds there.
        assert.equal("", must("ls -A " .. quote(temporary) .. " | grep -v ^wdt-build- || true"))
        local processes = must "ps -eo args"
        assert.truthy(processes:find("ps -eo args", 1, true))
        assert.is_nil(processes:find("nginx -p " .. temporary, 1, true), processes)
      end

      -- A part of what it prints: the title's times, the lines of the sample, the totals.
      local function part(output, edition)
        local from, to, body = output:match("\n" .. edition
          .. " [^\n]- · (%S+ ?%S*) to (%S+ %S+)\n(.-certificate: %a+)\n")
        if not from then from, body = output:match("\n" .. edition
          .. " [^\n]- · (%S+)\n(.-certificate: %a+)\n") end
        assert(from, output)
        local lines = {}
        for line in body:gmatch("[^\n]+") do lines[#lines + 1] = line end
        return { from = from, to = to, lines = lines,
          rows = tonumber((body:match("\n  ([%d,]+) stockouts"):gsub(",", ""))),
          calls = tonumber(body:match("\n  (%d+) calls")),
          certificate = body:match("certificate: (%a+)") }
      end

      -- Every column begins in the same cell of each line.
      local function lines_up(lines, from, last)
        local starts
        for i = from, last do
          local at, here = 1, {}
          for gap, stop in lines[i]:gmatch("()%s%s+()") do
            if gap > at then here[#here + 1] = columns.width(lines[i]:sub(1, stop - 1)) end
          end
          starts = starts or here
          assert.same(starts, here, lines[i])
        end
        assert.is_true(#starts >= 3)
      end

      it("reads both editions from a sandbox of its own, and stops it", function()
        local output, status = demo()
        assert.equal(0, status, output)
        local shipped, cancelled = part(output, "enterprise"), part(output, "ultimate")
        assert.equal(30 * DAY - 1, beijing.parse(shipped.to) - beijing.parse(shipped.from))
        assert.is_true(math.abs(os.time() - beijing.parse(shipped.to)) < 300)
        assert.is_true(shipped.rows > 8000 and shipped.calls >= shipped.rows / 100
          and shipped.calls < shipped.rows / 50)
        assert.equal("…", shipped.lines[7]:match("%S+"))
        lines_up(shipped.lines, 1, 6)
        local last = shipped.from
        for i = 2, 6 do
          local time, amount, goods = shipped.lines[i]:match(
            "^  CK%d+  (%S+ %S+)  .-  (%d+%.%d%d00) +%d+ +(%S.*)$")
          assert.is_true(time >= last and time <= shipped.to, shipped.lines[i])
          assert.truthy(amount and goods)
          last = time
        end
        assert.is_true(cancelled.rows > 50 and cancelled.calls >= 24)
        lines_up(cancelled.lines, 1, 6)
        for i = 2, 6 do
          local day = cancelled.lines[i]:match("^  %d+  +CK%d+  +%d+  +(%S+) %d%d:%d%d:%d%d$")
          assert.equal(cancelled.from, day, cancelled.lines[i])
        end
        for _, private in ipairs{ "13%d%d%d%d%d%d%d%d%d", "小鹏", "王芳", "李娜", "张伟", "夏丹", "买家",
          "路%d+号" } do
          assert.is_nil(output:find("[^%d]" .. private), private)
        end
        nothing_is_left()
      end)

      -- The account in the environment; here it happens to be a sandbox's.
      for _, edition in ipairs{ "enterprise", "ultimate" } do
        it("reads the account of the " .. edition
          .. " edition in the environment, and starts nothing", function()
          local output, status = demo(visit:variables(edition))
          -- visit:variables brings this interpreter's paths; the demo sets its own.
          assert.equal(0, status, output)
          local told = part(output, edition)
          assert.is_nil(output:find(edition == "ultimate" and "enterprise" or "ultimate", 1, true))
          local query = edition == "enterprise" and {
            start = told.from, stop = told.to, status = 95 }
            or { start = told.from .. " 00:00:00", stop = told.from .. " 23:59:59" }
          local client, rows = clients[edition], 0
          for _ in edition == "enterprise" and client:stockouts(query)
            or client:cancelled_stockouts(query) do rows = rows + 1 end
          assert.is_true(rows > 5)
          assert.equal(rows, told.rows)
          nothing_is_left()
        end)
      end

      it("says what is missing in the environment", function()
        local output, status = demo{ WDT_EDITION = "enterprise" }
        assert.equal(1, status)
        assert.truthy(output:find("setting 'sid' is nil", 1, true), output)
        nothing_is_left()
      end)

      it("stops what it started when it is interrupted", function()
        for signal, expected in pairs{ INT = 130, TERM = 143, HUP = 129 } do
          local script = ("cd /; setsid env --default-signal=%s sh %s >%s 2>&1 & demo=$!; n=0; ")
            :format(signal, quote(shell.root .. "/examples/demo.sh"), quote(folder .. "/said"))
            .. "until ls \"$TMPDIR\"/*/url >/dev/null 2>&1 || [ $n -gt 5000 ]; do n=$((n + 1)); "
            .. "sleep 0.01; done; "
            .. ("kill -%s -$demo; wait $demo"):format(signal)
          local output, status = run(script, variables())
          assert.equal(expected, status, signal .. output .. shell.read(folder .. "/said"))
          nothing_is_left()
        end
      end)
    end)
  end

  it("and no other is left untested", function()
    local names = {}
    for name in must("ls " .. quote(shell.root .. "/examples")):gmatch("[^\n]+") do
      names[#names + 1] = name
      -- Those: sync/sinks_spec.lua, nginx/example_spec.lua, operations_spec.lua.
      assert.is_true(TESTED[name] or name:find("^sync_") ~= nil or name == "openresty"
        or name == "operations", name)
    end
    assert.is_true(#names >= 7)
  end)
end)
