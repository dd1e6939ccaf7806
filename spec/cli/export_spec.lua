-- `wdt stockouts`, `cancelled`, `records`: rows in every format, compared with what the same world
-- says in this process.
local cjson = require "cjson"
local wdt = require "wdt"
local server = require "wdt.sandbox.server"
local command = require "support.command"
local shell = require "support.shell"

describe("the command", function()
  local visit, cli, day

  command.visiting(function(v, c) visit, cli, day = v, c, v.day end)

  local function truth(edition, method, query)
    local rows = visit:rows(edition, method, query)
    assert.is_true(#rows > 5)
    return rows
  end

  it("writes NDJSON into a pipe: the rows' own bytes", function()
    local rows = truth("enterprise", "stockouts", { as = "json" })
    assert.equal(table.concat(rows, "\n") .. "\n", cli:must(
      "wdt stockouts --day " .. day, "enterprise"))
    rows = truth("ultimate", "cancelled_stockouts", { as = "json" })
    assert.equal(table.concat(rows, "\n") .. "\n",
      cli:must(("wdt cancelled --start %s --stop %s"):format(day, day), "ultimate"))
    rows = truth("enterprise", "cancelled_stockouts", { as = "json" })
    assert.equal(table.concat(rows, "\n") .. "\n", cli:must(
      "wdt cancelled --day " .. day, "enterprise"))
  end)

  it("takes the words of a query", function()
    local rows = truth("enterprise", "stockouts", { status = { 95, 110 }, shop_no = "jd_self",
      as = "json",
      warehouse_no = { "WH001", "WH002" } })
    assert.equal(table.concat(rows, "\n") .. "\n", cli:must("wdt stockouts --day " .. day
      .. " --status 95,110 --shop jd_self --warehouse WH001,WH002 --lanes 2", "enterprise"))
    local one = cjson.decode(rows[1])
    assert.equal(rows[1] .. "\n", cli:must("wdt stockouts --param stockout_no=" .. one.order_no,
      "enterprise"))
    rows = truth("enterprise", "stockouts", { status = 55, is_by_modified = 1, as = "json" })
    assert.equal(table.concat(rows, "\n") .. "\n", cli:must(("wdt stockouts --start '%s 00:00' "
      .. "--stop %sT23:59:59 --status 55 "
      .. "-p is_by_modified=1 --read sweep --page-size 50 --strict --rate 1000"):format(day, day),
        "enterprise"))
  end)

  it("reads any method, and one that is described", function()
    local query = { start = day .. " 00:00:00", stop = day .. " 23:59:59", as = "json" }
    local rows = {}
    for row in visit:client("enterprise"):records("refund_query", query) do
      rows[#rows + 1] = row end
    assert.is_true(#rows > 5)
    assert.equal(table.concat(rows, "\n") .. "\n", cli:must(
      "wdt records refund_query --day " .. day, "enterprise"))
    assert.equal(table.concat(rows, "\n") .. "\n", cli:must(
      "wdt records refund_query --list refunds --id refund_id --cap 86400 "
      .. "--times start_time,end_time --total total_count --clock modified --modified modified "
      .. "--ends closed --day " .. day,
      "enterprise"))
  end)

  it("writes JSON: one array", function()
    local rows = truth("enterprise", "stockouts", { as = "json" })
    local text = cli:must("wdt stockouts --format json --day " .. day, "enterprise")
    assert.equal("[\n" .. table.concat(rows, ",\n") .. "\n]\n", text)
    text = cli:must("wdt stockouts --format json --fields order_no,details_list.spec_no --day "
      .. day, "enterprise")
    local read = cjson.decode(text)
    assert.equal(#rows, #read)
    for i, row in ipairs(truth("enterprise", "stockouts",
      { fields = { "order_no", "details_list.spec_no" } })) do
      assert.same(row, read[i])
    end
    assert.equal("[]\n", (cli:must("wdt stockouts --param stockout_no=CK0 --format json",
      "enterprise")))
  end)

  it("masks what tells who somebody is", function()
    local rows = truth("enterprise", "stockouts", { mask = true, private = { "remark" },
      null = wdt.null })
    local n = 0
    for line in cli:must("wdt stockouts --mask --private remark --day " .. day,
      "enterprise"):gmatch "[^\n]+" do
      n = n + 1
      assert.same(rows[n], cjson.decode(line))
      assert.truthy(rows[n].receiver_name:find "^mask%-%x+$")
    end
    assert.equal(#rows, n)
    local text = cli:must(
      "wdt stockouts --mask --format csv --fields receiver_mobile,order_no --day " .. day,
      "enterprise")
    for _, row in ipairs(rows) do
      assert.truthy(text:find("\r\n" .. row.receiver_mobile .. "," .. row.order_no .. "\r\n", 1,
        true))
    end
  end)

  it("writes CSV: a line for each line of goods", function()
    local lines = { "order_no,details_list.spec_no,details_list.goods_count\r\n" }
    for _, so in ipairs(truth("enterprise", "stockouts", {})) do
      for _, d in ipairs(#so.details_list > 0 and so.details_list or { {} }) do
        lines[#lines + 1] = ("%s,%s,%s\r\n"):format(so.order_no, d.spec_no or "", d.goods_count
          or "")
      end
    end
    assert.equal(
      table.concat(lines), (cli:must("wdt stockouts --format csv --explode details_list --day "
      .. day
      .. " --fields order_no,details_list.spec_no,details_list.goods_count", "enterprise")))
    local text, said = cli:must("wdt stockouts --format csv --bom --header label --day " .. day,
      "enterprise")
    assert.truthy(text:find "^\239\187\191[^\r\n]*,出库单号,")
    assert.truthy(said:find("fields without a column: details_list (--explode, --fields)\n", 1,
      true))
    local got = cli:run("wdt stockouts --format csv --explode other --allow-unknown "
      .. "--fields details_list.spec_no --day " .. day, "enterprise")
    assert.equal(2, got.status)
    assert.truthy(got.err:find("wdt: usage: 'details_list.spec_no' lies within another list", 1,
      true), got.err)
  end)

  it("writes a table", function()
    local text = cli:must("wdt stockouts --format table --fields order_no,shop_name,status --day "
      .. day, "enterprise")
    local rows, n = truth("enterprise", "stockouts", {}), 0
    for line in text:gmatch "[^\n]+" do
      if n > 0 then
        assert.equal(rows[n].order_no .. rows[n].shop_name .. rows[n].status,
          (line:gsub("%s+", "")))
      end
      n = n + 1
    end
    assert.equal(#rows + 1, n)
    text = cli:must("wdt cancelled --format table --day " .. day, "ultimate")
    assert.truthy(
      text:find "^stockout_no +modified +status *\nCK%d+ +%d%d%d%d%-%S+ %S+ +%d+\n", text)
  end)

  describe("with -o", function()
    it("has the format of the name's ending, and the name only once it is whole", function()
      local rows = truth("enterprise", "stockouts", { as = "json" })
      for name, text in pairs{ ["a.ndjson"] = table.concat(rows, "\n") .. "\n",
        ["a.jsonl"] = table.concat(rows, "\n") .. "\n",
        ["a"] = table.concat(rows, "\n") .. "\n",
        ["a.json"] = "[\n" .. table.concat(rows, ",\n") .. "\n]\n" } do
        assert.equal("", cli:must("wdt stockouts -o " .. name .. " --day " .. day, "enterprise"))
        assert.equal(text, shell.read(cli.folder .. "/" .. name))
      end
      cli:must("mkdir sub; wdt stockouts --output sub/a.csv --fields order_no --day " .. day,
        "enterprise")
      assert.equal(#rows + 1, select(2, shell.read(cli.folder .. "/sub/a.csv"):gsub("\r\n", "")))
      assert.equal("", cli:must("find . -name '*.part'"))
    end)

    it("keeps what was there until then", function()
      shell.write(cli.folder .. "/old.ndjson", "old\n")
      local got = cli:run("wdt stockouts -o old.ndjson --day " .. day, "enterprise",
        { WDT_APPSECRET = "wrong" })
      assert.equal(4, got.status)
      assert.equal("old\n", shell.read(cli.folder .. "/old.ndjson"))
      assert.equal("", shell.read(cli.folder .. "/old.ndjson.part"))
      cli:must("wdt stockouts -o old.ndjson --day " .. day, "enterprise")
      assert.not_equal("old\n", shell.read(cli.folder .. "/old.ndjson"))
    end)

    it("says why it can't be written", function()
      for line, said in pairs{ ["-o /dev/null"] = "/dev/null is no regular file",
        ["-o sub"] = "sub is no regular file",
        ["-o nowhere/x"] = "nowhere/x.part: No such file or directory",
        [">/dev/full"] = "No space left on device" } do
        local got = cli:run("mkdir -p sub; wdt stockouts --day " .. day .. " " .. line,
          "enterprise")
        assert.equal(11, got.status, line)
        assert.equal("wdt: output: " .. said .. "\n", got.err)
      end
    end)

    it("gives way to another that writes the same file", function()
      local held = assert(require "wdt.posix".output(cli.folder .. "/busy.part"))
      local got = cli:run("wdt stockouts -o busy --day " .. day, "enterprise")
      assert.equal(11, got.status)
      assert.equal("wdt: output: busy.part is being written by another process\n", got.err)
      held:close()
      cli:must("wdt stockouts -o busy --day " .. day, "enterprise")
    end)

    it("tells how to go on when the disk is full", function()
      local line = ("wdt stockouts --start %s-03 --stop %s-20 --rate 1000 --page-size 20 "
        .. "-o full.ndjson"):format(visit.month, visit.month)
      -- As a full disk: a limit of the file's size, in blocks of 512 bytes.
      local got = cli:run("trap '' XFSZ; ulimit -f 4000; " .. line, "enterprise")
      assert.equal(11, got.status, got.err)
      assert.truthy(
        got.err:find "^wdt: output: full%.ndjson%.part: File too large\n     to go on: ", got.err)
      cli:must(got.err:match "to go on: ([^\n]+)\n", "enterprise")
      local rows = truth("enterprise", "stockouts", {
        start = visit.month .. "-03 00:00:00", stop = visit.month .. "-20 23:59:59",
        as = "json" })
      assert.equal(table.concat(rows, "\n") .. "\n", shell.read(cli.folder .. "/full.ndjson"))
    end)

    for _, format in ipairs{ "ndjson", "json", "csv" } do
      it("goes on after a failure where the rows are complete: " .. format, function()
        local name = "cut." .. format
        local columns = format == "csv" and " --fields order_no,consign_time" or ""
        local line = (
          "wdt stockouts --start %s-03 --stop %s-20 --page-size 20 --rate 1000%s"):format(
          visit.month,
          visit.month, columns)
        cli:must(line .. " -o whole." .. format, "enterprise")
        server.control(visit.handle, "inject", { kind = "none", times = 45 })
        -- some rows of a page arrive
        server.control(visit.handle, "inject", { kind = "truncate", at = 30000 })
        cli:profile("impatient", "enterprise", "retry.attempts = 1")
        local got = cli:run(line .. " --profile impatient -o " .. name)
        assert.equal(6, got.status, got.err)
        assert.truthy(got.err:find "^wdt: truncated: ")
        local kept = #shell.read(cli.folder .. "/" .. name .. ".part")
        assert.is_true(kept > 1000 and kept < #shell.read(cli.folder .. "/whole." .. format))
        local next_line = got.err:match "to go on: ([^\n]+)\n"
        assert.truthy(next_line and next_line:find(" --continue .*-o " .. name .. "$"), got.err)
        -- From elsewhere it is not gone on with; and killed, it would hold more than what is
        -- complete.
        local beside = cli:run(line:gsub("%-03 ", "-04 ") .. " --profile impatient --continue -o "
          .. name)
        assert.equal(2, beside.status)
        assert.truthy(beside.err:find(("wdt: usage: %s.part goes on at %s, not there\n"):format(
          name,
          next_line:match "%-%-start '([^']+)'"), 1, true), beside.err)
        assert.equal(next_line, beside.err:match "to go on: ([^\n]+)\n")
        cli:must(("printf 'half a' >>%s.part"):format(name))
        cli:must(next_line)
        assert.equal(shell.read(cli.folder .. "/whole." .. format),
          shell.read(cli.folder .. "/" .. name))
        assert.equal("", cli:must("find . -name '*.part*'"))
      end)
    end

    it("loses nothing where the failure comes between two windows", function()
      local line = ("wdt stockouts --start %s-03 --stop %s-20 --page-size 20 --rate 1000"):format(
        visit.month, visit.month)
      local whole, log = cli:must(line .. " --log-json", "enterprise")
      local calls, rows, bounds = 0, 0, {}
      for event in log:gmatch "[^\n]+" do
        event = cjson.decode(event)
        if event.event == "call" then calls, rows = calls + 1, rows + (event.rows or 0) end
        if event.event == "window" then bounds[#bounds + 1] = calls end
      end
      assert.is_true(#bounds > 3)
      for i = 1, 3 do
        server.control(visit.handle, "inject", { kind = "none", times = bounds[i] })
        server.control(visit.handle, "inject", { kind = "server", code = 1060 })
        local got = cli:run(line .. " -o bound.ndjson", "enterprise")
        assert.equal(4, got.status, got.err)
        cli:must(got.err:match "to go on: ([^\n]+)\n", "enterprise")
        assert.equal(whole, shell.read(cli.folder .. "/bound.ndjson"))
      end
    end)

    it("repeats no row that was read after the end of a window", function()
      local line = (
        "wdt stockouts --start %s-03 --stop %s-20 --page-size 20 --rate 1000 --lanes 4"):format(
        visit.month,
        visit.month)
      local whole = #truth("enterprise", "stockouts", { start = visit.month .. "-03 00:00:00",
        stop = visit.month .. "-20 23:59:59", as = "json" })
      for _, calls in ipairs{ 30, 50, 70, 90 } do
        server.control(visit.handle, "inject", { kind = "none", times = calls })
        server.control(visit.handle, "inject", { kind = "server", code = 1060 })
        local got = cli:run(line .. " -o lanes.ndjson", "enterprise")
        assert.equal(4, got.status, got.err)
        cli:must(got.err:match "to go on: ([^\n]+)\n", "enterprise")
        local seen, n = {}, 0
        for row in shell.read(cli.folder .. "/lanes.ndjson"):gmatch "[^\n]+" do
          local id = cjson.decode(row).stockout_id
          assert.is_nil(seen[id], "twice: " .. id)
          seen[id], n = true, n + 1
        end
        assert.equal(whole, n)
      end
    end)

    it("goes on only with what tells how far it is complete", function()
      shell.write(cli.folder .. "/unknown.part", "a row\n")
      local line = "wdt stockouts -o unknown --continue --day " .. day
      local said = "wdt: output: unknown.part does not tell how far it is complete; begin again, "
        .. "without --continue\n"
      -- Empty; of a longer file; half of one.
      for _, mark in ipairs{ "", "7 - 1 2 1\n", "6 - 1 2" } do
        shell.write(cli.folder .. "/unknown.part.mark", mark)
        local got = cli:run(line, "enterprise")
        assert.equal(11, got.status)
        assert.equal(said, got.err)
      end
      cli:must "rm unknown.part*"
    end)

    it("leaves a file as private as it was, and follows no link", function()
      cli:must("umask 022; touch private victim; chmod 640 private; ln -s victim linked.part; ln "
        .. "-s private alias")
      cli:must("wdt stockouts -o private --day " .. day .. "; wdt stockouts -o alias --day " .. day,
        "enterprise")
      assert.equal("640 regular file\n640 regular file\n", cli:must "stat -c '%a %F' private alias")
      local got = cli:run("wdt stockouts -o linked --day " .. day, "enterprise")
      assert.equal(11, got.status)
      assert.equal("wdt: output: linked.part: Too many levels of symbolic links\n", got.err)
      assert.equal("", shell.read(cli.folder .. "/victim"))
      cli:must "rm linked.part"
    end)
  end)
end)
