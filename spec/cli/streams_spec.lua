-- `wdt sync` by a configuration file: all streams of its accounts in one process, how far they are,
-- and what is to be read again.
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local command = require "support.command"
local copies = require "support.copies"
local random = require "wdt.sandbox.random"
local shell = require "support.shell"
local visitor = require "support.visitor"

describe("wdt sync of a configuration file", function()
  local visit, cli

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function() cli = command.new(visit) end)
  after_each(function() cli:close() end)

  local function write(text) cli:streams("enterprise", text) end

  local STREAMS = ("[*/*]\nfrom = %s\n[a/stockouts]\nto = sqlite:one.db\n"
    .. "[a/trades]\nto = sqlite:one.db\nwhat = trade_query\n"
    .. "[a/shops]\nto = sqlite:one.db\nwhat = shop\nevery = 1d\nby_day = true\n"
    .. "[b/lines]\nwhat = stockouts\nto = ndjson:lines\nstate = file:two.state\n"):format(
    beijing.format(os.time() - 86400))

  local function count(name)
    local row = copies.rows(require "luasql.sqlite3".sqlite3(), cli.folder .. "/one.db",
      ('SELECT count(*) AS n, 1 AS id FROM "%s"'):format(name), { "id" })
    return tonumber(row[next(row)].n)
  end

  it("copies all streams of all accounts, tells how far they are, and reads again", function()
    write(STREAMS)
    local first = cli:run "wdt sync status --config streams.ini"
    assert.equal(1, first.status)
    assert.truthy(first.out:find("not begun", 1, true), first.out)
    local _, err = cli:must "wdt sync --config streams.ini"
    for _, name in ipairs{ "a/stockouts", "a/trades", "a/shops", "b/lines" } do
      assert.truthy(err:find(name .. ": %d+ rows in %d+ windows?"), err)
    end
    local stockouts, shops = count "stockouts", count "shops"
    assert.is_true(stockouts > 50 and count "trades" > 50 and shops > 50)
    assert.equal(shops, count "shops_by_day")
    local n = 0
    for _ in shell.must("cat " .. shell.quote(cli.folder)
      .. "/lines/*"):gmatch "\n" do n = n + 1 end
    assert.equal(stockouts, n)
    local status = cjson.decode((cli:must "wdt sync status --config streams.ini --format json"))
    assert.equal(4, #status)
    for _, one in ipairs(status) do
      assert.same({ "ok", 0 }, { one.state, one.to_fill }, one.stream)
    end
    local from = os.time() - 43200
    cli:must(("wdt sync rewind a stockouts --from %d --config streams.ini"):format(from))
    cli:must(("wdt sync backfill a trades --from %d --stop %d --config streams.ini"):format(
      from, from + 3599))
    local early = cli:run "wdt sync rewind a stockouts --from 2001-01-01 --config streams.ini"
    assert.equal(10, early.status)
    assert.truthy(early.err:find("what lies before that is read by 'backfill'", 1, true), early.err)
    early = cli:run("wdt sync backfill a trades --from 2001-01-01 --to 2001-01-02 --config "
      .. "streams.ini")
    assert.equal(2, early.status)
    assert.truthy(early.err:find("the end of a range is --stop", 1, true), early.err)
    local late = cli:run "wdt sync status a --config streams.ini --format json"
    assert.equal(1, late.status)
    local by_name = {}
    for _, one in ipairs(cjson.decode(late.out)) do by_name[one.stream] = one end
    assert.same({ "late", beijing.format(from) }, { by_name.stockouts.state,
      by_name.stockouts.watermark })
    assert.equal(3600, by_name.trades.to_fill)
    cli:must "wdt sync a --config streams.ini"
    assert.equal(stockouts, count "stockouts")
    assert.equal(0, cjson.decode((cli:must(
      "wdt sync status a --config streams.ini --format json")))[3].to_fill)
  end)

  it("goes on with each stream where it was, however often it is killed", function()
    write(STREAMS)
    local line = "wdt sync --config streams.ini"
    local draw, killed = random.stream(11, 902), 0
    for _ = 1, 12 do
      local got = cli:run(("timeout -s KILL %.2f %s"):format(0.1 + draw() * 0.7, line))
      if got.status == 137 then killed = killed + 1 end
    end
    cli:must(line)
    local whole = count "stockouts"
    for _, name in ipairs{ "stockouts", "trades" } do
      local n = count(name)
      assert.is_true(n > 50, n)
    end
    shell.must("rm " .. shell.quote(cli.folder) .. "/one.db*")
    cli:must(line)
    assert.equal(whole, count "stockouts")
    assert.is_true(killed > 0)
  end)

  it("refuses what can't be meant, with the file's line and the nearest name", function()
    write(STREAMS .. "[b/trades]\nto = sqlite:x.db\nlagg = 3m\n")
    for line, words in pairs{
      ["wdt sync --config streams.ini"] = "streams.ini line 33: setting 'lagg' is none of a "
        .. "stream's; the nearest known: 'lag'",
      ["wdt sync aa --config streams.ini"] = "there is no account [aa]; the nearest known: "
        .. "'a'",
      ["wdt sync --config nothing.ini"] = "nothing.ini: there is no such file",
      ["wdt sync a --status 95 --config streams.ini"] = "--status is a setting of a stream",
      ["wdt sync rewind a stockout --from 2026-11-01 --config streams.ini"] = "account a has "
        .. "no stream stockout; it has: shops, stockouts, trades",
      ["wdt sync rewind a shops --from 2026-11-01 --config streams.ini"] = "is read whole",
      ["wdt sync backfill a trades --from 2026-11-01 --config streams.ini"] = "--stop TIME",
      ["wdt sync a b --to sqlite:x.db"] = "with --to, one name",
    } do
      local got = cli:run(line)
      assert.is_true(got.status ~= 0, line)
      assert.truthy(got.err:find(words, 1, true), line .. "\n" .. got.err)
    end
  end)

  it("does not take a stream for a profile", function()
    cli:profile("shop1", "enterprise", "[shop1/stockouts]\nto = sqlite:x.db\n")
    local out = cli:must "wdt profiles"
    assert.truthy(out:find("shop1", 1, true))
    assert.is_nil(out:find("shop1/stockouts", 1, true))
  end)
end)

describe("wdt fleet", function()
  local visit, cli

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function() cli = command.new(visit) end)
  after_each(function() cli:close() end)

  -- Shell: waits until a file holds a text.
  local function wait(text, file)
    return ("until grep -qF %s %s; do sleep 0.05; done; "):format(shell.quote(text), file or "log")
  end

  it("keeps all accounts up to date, reads its file again at SIGHUP, and runs once", function()
    local day = visit.day
    local from = "[*/*]\nfrom = " .. day .. "\nto = sqlite:fleet.db\n"
    cli:streams("enterprise", from .. "[a/stockouts]\nstop = " .. day
      .. "\n[a/present]\nwhat = stockouts\nfrom = " .. beijing.format(os.time() - 3600) .. "\n")
    shell.write(cli.folder .. "/more", "[b/trades]\nwhat = trade_query\nstop = " .. day .. "\n")
    -- as from a shell whose end it is to outlive
    local got = cli:run("trap '' HUP; wdt fleet run --config streams.ini 2>log & pid=$!; "
      .. wait "a/stockouts: " .. "kill -0 $pid || exit 9; "
      .. "cat more >>streams.ini; echo oops >>streams.ini; kill -HUP $pid; "
      .. wait "going on as before" .. "sed -i '$d' streams.ini; kill -HUP $pid; "
      .. wait "was read again: 2 accounts" .. wait "b/trades: "
      .. "wdt fleet run --config streams.ini 2>second; echo $? >status; "
      .. "kill -TERM $pid; wait $pid; echo $? >ended")
    local log = shell.read(cli.folder .. "/log")
    assert.equal(0, got.status, log .. got.err)
    assert.truthy(log:find("neither [profile] nor name = value", 1, true), log)
    assert.truthy(shell.read(cli.folder .. "/second"):find("run by another process", 1, true))
    assert.equal("143\n", shell.read(cli.folder .. "/ended"))
  end)

  it("refuses a store that it does not know", function()
    cli:streams("enterprise", "[fleet]\nstore = ftp://h\n[a/stockouts]\nto = sqlite:x.db\n")
    local got = cli:run "wdt fleet status --config streams.ini"
    assert.equal(3, got.status)
    assert.truthy(got.err:find("setting 'store' of [fleet] can't be used", 1, true), got.err)
  end)
end)
