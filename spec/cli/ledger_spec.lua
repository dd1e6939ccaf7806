-- `wdt ledger`: what a state file tells of a past range, its gaps above all.
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local cjson = require "cjson"
local intervals = require "wdt.reading.intervals"
local text = require "wdt.state.text"
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"

local FROM = beijing.parse "2026-11-01 00:00:00"
local HOUR = 3600

describe("wdt ledger", function()
  local cli

  setup(function() cli = command.new(nil) end)
  teardown(function() cli:close() end)

  -- Commits an hour, counted from FROM.
  local function commit(b, hour, certificate, kind)
    local start = FROM + hour * HOUR
    return checkpoint.commit(b, { kind = kind or "new", start = start, stop = start + HOUR - 1,
      rows_read = 10 + hour, calls = 2,
      certificate = certificate or "atomic", by_hour = {}, opened_at = start + 2 * HOUR }, {}, {},
      start + 2 * HOUR)
  end

  local function state_of(hours, more)
    local b = checkpoint.new("enterprise shop stockout_order_query_trade status=95", FROM)
    for _, hour in ipairs(hours) do b = commit(b, hour) end
    if more then b = more(b) end
    shell.write(cli.folder .. "/state", text.seal(b))
  end

  local function ledger(words)
    local got = cli:run("wdt ledger state --format json " .. (words or ""))
    return cjson.decode(got.out), got.status
  end

  it("of a range without a gap ends well", function()
    state_of{ 0, 1, 2 }
    local found, status = ledger()
    assert.equal(0, status)
    assert.same({}, found.gaps)
    assert.same({}, found.uncertified)
    assert.same({}, found.certificate_not_kept)
    assert.equal("2026-11-01 03:00:00", found.watermark)
    assert.equal(3, #found.windows)
    assert.same({ kind = "new", start = "2026-11-01 01:00:00", stop = "2026-11-01 01:59:59",
      rows = 11, calls = 2,
      certificate = "atomic", committed = "2026-11-01 03:00:00" }, found.windows[2])
    assert.equal(33, found.rows)
  end)

  it("tells what the job's routes can't show", function()
    state_of({ 0, 1 }, function(b)
      b.blind = { "taobao", "pinduoduo" }
      return b
    end)
    local found = ledger()
    assert.equal(2, #found.blind)
    assert.equal("taobao", found.blind[1].name)
    assert.truthy(found.blind[2].advice.en:find("Pinduoduo", 1, true))
    local text_of = cli:run "wdt ledger state".out
    assert.truthy(text_of:find("not shown by this API: Taobao-family orders\n", 1, true), text_of)
    assert.truthy(text_of:find("not shown by this API: Pinduoduo orders\n", 1, true), text_of)
    state_of{ 0, 1 }
    assert.same({}, (ledger()).blind)
    assert.is_nil(cli:run "wdt ledger state".out:find("not shown", 1, true))
  end)

  it("shows gaps, and fails for them", function()
    state_of{ 0, 1, 4, 6 }
    local found, status = ledger()
    assert.equal(1, status)
    assert.same({ { start = "2026-11-01 02:00:00", stop = "2026-11-01 03:59:59", seconds = 7200 },
      { start = "2026-11-01 05:00:00", stop = "2026-11-01 05:59:59", seconds = 3600 } }, found.gaps)
    assert.equal("2026-11-01 02:00:00", found.watermark)
  end)

  it("looks at no more than the range asked for", function()
    state_of{ 0, 1, 4, 6 }
    local found, status = ledger('--start "2026-11-01 04:30:00" --stop "2026-11-01 04:59:59"')
    assert.equal(0, status)
    assert.equal(1, #found.windows)
    found, status = ledger("--stop '2026-11-01 01:59:59'")
    assert.equal(0, status)
    assert.equal(2, #found.windows)
    -- A day means its end; what is not read yet is a gap.
    found, status = ledger("--start '2026-11-01 03:00:00' --stop 2026-11-01")
    assert.equal(1, status)
    assert.same({ "2026-11-01 03:00:00", "2026-11-01 05:00:00", "2026-11-01 07:00:00" },
      { found.gaps[1].start, found.gaps[2].start, found.gaps[3].start })
    assert.equal("2026-11-01 23:59:59", found.gaps[3].stop)
  end)

  it("shows what could not be proved, until it has been read again and was", function()
    state_of({ 0 }, function(b) return commit(commit(commit(b, 1, "none"), 2, "none"), 2, "seek",
      "revisit") end)
    local found, status = ledger()
    assert.equal(0, status)
    assert.same({ { start = "2026-11-01 01:00:00", stop = "2026-11-01 01:59:59", seconds = 3600 } },
      found.uncertified)
    assert.equal(2, found.uncertified_windows)
  end)

  it("tells what the ledger has forgotten", function()
    local hours = {}
    for hour = 0, checkpoint.LEDGER + 4 do hours[#hours + 1] = hour end
    state_of(hours)
    local found, status = ledger()
    assert.equal(0, status)
    assert.equal(checkpoint.LEDGER, #found.windows)
    assert.same({ { start = "2026-11-01 00:00:00", stop = "2026-11-01 04:59:59",
      seconds = 5 * HOUR } },
      found.certificate_not_kept)
  end)

  it("tells people the same, in both languages", function()
    state_of({ 0, 2 }, function(b) return commit(b, 3, "none") end)
    local got = cli:run "wdt ledger state"
    assert.equal(1, got.status)
    assert.equal([[
reads enterprise shop stockout_order_query_trade status=95
everything before 2026-11-01 01:00:00 has been read and committed
3 windows, 35 rows, 6 calls, 1 window not proved complete

kind  from                 to                   rows  calls  certificate  committed
new   2026-11-01 00:00:00  2026-11-01 00:59:59  10    2      atomic       2026-11-01 02:00:00
new   2026-11-01 02:00:00  2026-11-01 02:59:59  12    2      atomic       2026-11-01 04:00:00
new   2026-11-01 03:00:00  2026-11-01 03:59:59  13    2      none         2026-11-01 05:00:00

2026-11-01 01:00:00 .. 2026-11-01 01:59:59  gap: not read
2026-11-01 03:00:00 .. 2026-11-01 03:59:59  read, but not proved complete
]], got.out)
    got = cli:run("wdt ledger state", nil, { LANG = "zh_CN.UTF-8" })
    assert.truthy(got.out:find("2026-11-01 01:00:00 之前均已读取并提交\n共 3 个窗口、35 条、6 次调用，1 个窗口无法证明完整\n", 1,
      true), got.out)
    assert.truthy(got.out:find("\n2026-11-01 01:00:00 .. 2026-11-01 01:59:59  缺口：未读\n", 1, true),
      got.out)
  end)

  it("of a job that has committed nothing is empty", function()
    state_of{}
    local found, status = ledger()
    assert.equal(0, status)
    assert.same({}, found.windows)
    assert.equal("2026-11-01 00:00:00", found.watermark)
  end)

  it("refuses what is no state", function()
    local function refuses(status, words, file)
      local got = cli:run("wdt ledger " .. file)
      assert.equal(status, got.status)
      assert.truthy(got.err:find(words, 1, true), got.err)
    end
    refuses(10, "nowhere: there is no such file", "nowhere")
    shell.write(cli.folder .. "/damaged", "wdt-state 1 00\n{}")
    refuses(10, "damaged: the stored state is damaged (wrong checksum)", "damaged")
    refuses(2, "missing argument 'FILE'", "")
    state_of{ 0 }
    refuses(2, "'someday' is no time", "state --start someday")
  end)

  it("agrees with a real job, without an account", function()
    local visit = visitor.start()
    finally(function() visit:stop() end)
    local user = command.new(visit)
    local from = beijing.format(os.time() - 2 * 86400)
    user:must(("wdt sync job --from '%s' --state state --to sqlite:db --rate 100000"):format(from),
      "enterprise")
    local got = user:run "wdt ledger state --format json"
    assert.equal(0, got.status)
    local found = cjson.decode(got.out)
    assert.is_true(found.rows > 150)
    assert.equal(found.windows_committed, #found.windows)
    -- A database keeps the state itself.
    user:must(("wdt sync job --from '%s' --to sqlite:own --rate 100000"):format(from), "enterprise")
    got = user:run "wdt ledger sqlite:own job --format json"
    assert.equal(0, got.status, got.err)
    assert.equal(found.rows, cjson.decode(got.out).rows)
    for line, said in pairs{
      ["sqlite:own"] = "wdt: usage: sqlite:own keeps the states of several jobs: add the name of "
        .. "one",
      ["sqlite:own other"] = "wdt: state: sqlite:own keeps no state of other",
      ["sqlite:none job"] = "wdt: state: ./none: there is no such file",
      ["ndjson:own job"] = "wdt: usage: ndjson:own keeps no state of job",
      ["x:y job"] = "wdt: usage: 'x:y' is none of csv:FOLDER",
      ["mysql://u:p@h/d job"] = "wdt: usage: a password is not taken" } do
      got = user:run("wdt ledger " .. line)
      assert.truthy(got.err:find(said, 1, true), got.err)
    end
    assert.equal("", user:must "ls none ndjson 2>/dev/null || true")
    user:close()
  end)
end)

describe("a set of seconds", function()
  it("without an interval", function()
    local set = { { 10, 19 }, { 30, 39 } }
    assert.same({ { 10, 11 }, { 15, 19 }, { 30, 39 } }, intervals.remove(set, 12, 14))
    assert.same({ { 10, 14 }, { 36, 39 } }, intervals.remove(set, 15, 35))
    assert.same({ { 30, 39 } }, intervals.remove(set, 0, 25))
    assert.same({}, intervals.remove(set, 10, 39))
    assert.same(set, intervals.remove(set, 20, 29))
    assert.same({ { 10, 19 }, { 30, 39 } }, set)
  end)

  it("misses what is not in it", function()
    local set = { { 10, 19 }, { 30, 39 } }
    assert.same({ { 0, 9 }, { 20, 29 }, { 40, 50 } }, intervals.missing(set, 0, 50))
    assert.same({}, intervals.missing(set, 12, 15))
    assert.same({}, intervals.missing(set, 12, 11))
    assert.same({ { 5, 6 } }, intervals.missing({}, 5, 6))
  end)
end)
