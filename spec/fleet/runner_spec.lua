-- All streams of an account in one process, on its one budget: each copied whole and resumable by
-- itself, ranges that are asked for again, a stream that fails among others, and a month of ten
-- streams that is never above the rate.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local databases = require "support.databases"
local runner_of = require "wdt.fleet.runner"
local sandbox = require "wdt.sandbox"
local shell = require "support.shell"
local wdt = require "wdt"

local DAY = 86400
local FROM = beijing.parse(copying.FROM)

describe("the streams of an account", function()
  local folder, db

  before_each(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
  end)
  after_each(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  local function stream(name, more)
    local one = { name = name, account = "a", to = db.target, from = FROM, target = 360,
      query = {} }
    if name:find "^stockouts" then one.what = "stockouts" else one.method = name end
    for key, value in pairs(more or {}) do one[key] = value end
    return one
  end

  local function never() return false end

  local function count(name)
    return tonumber(db.all(('SELECT count(*) AS n FROM "%s"'):format(name))[1].n)
  end

  local function run(client, streams)
    local events = {}
    local runner = runner_of.new{ client = client, name = "a", streams = streams,
      emit = function(event, more) events[#events + 1] = event .. " " .. more.stream end }
    local failures = runner:run(never)
    runner:close()
    table.sort(events)
    return failures, events
  end

  it("are each copied whole, and go on from where they were", function()
    local client = copying.client_of(copying.small_box(300, 60))
    local streams = { stream "stockouts", stream "trade_query",
      stream("stockouts_first", { stop = FROM + 3600 }) }
    local failures, events = run(client, streams)
    assert.same({}, failures)
    assert.same({ "stream_done stockouts", "stream_done stockouts_first",
      "stream_done trade_query" }, events)
    assert.equal(300, count "stockouts")
    assert.equal(61, count "stockouts_first")
    local trades = count "trade_query"
    assert.is_true(trades > 0)
    local before = tonumber(db.all "SELECT count(*) AS n FROM _wdt_windows"[1].n)
    run(client, streams)
    assert.equal(300, count "stockouts")
    assert.equal(trades, count "trade_query")
    assert.is_true(tonumber(db.all "SELECT count(*) AS n FROM _wdt_windows"[1].n) <= before + 3)
  end)

  it("that fail let the others go on", function()
    local client = copying.client_of(copying.small_box(50, 60))
    local failures, events = run(client, { stream("nonsense", { from = FROM }),
      stream("stockouts_bad", { from = "soon" }), stream "stockouts" })
    assert.equal("config", failures.nonsense[2])
    assert.truthy(failures.nonsense[1]:find("'method' is \"nonsense\"", 1, true),
      failures.nonsense[1])
    assert.truthy(failures.stockouts_bad[1]:find("'from' is", 1, true))
    assert.same({ "stream_done stockouts", "stream_failed nonsense",
      "stream_failed stockouts_bad" }, events)
    assert.equal(50, count "stockouts")
  end)

  it("tell how far each is: what is done lags no more, what has stopped lags on", function()
    local box = copying.small_box(50, 60)
    local client = copying.client_of(box)
    local runner = runner_of.new{ client = client, name = "a", follow = true, streams = {
      stream("stockouts", { stop = FROM + 3600 }), stream "nonsense", stream "trade_query" } }
    local ended, events = 0, {}
    client.account.log = function(event)
      events[event.event] = runner:current()
    end
    runner.emit = function(event) if event ~= "outage" then ended = ended + 1 end end
    runner:run(function() return ended == 2 and runner:progress().trade_query ~= nil end)
    local by_job = {}
    for _, one in ipairs(runner:states()) do
      assert.same({ "a", 360 }, { one.account, one.target })
      by_job[one.job] = one
    end
    assert.same({ false, true }, { by_job.stockouts.running, by_job.trade_query.running })
    assert.is_nil(by_job.stockouts.behind)
    assert.is_true(by_job.stockouts.watermark > FROM + 3600)
    assert.is_number(by_job.trade_query.behind)
    assert.is_false(by_job.nonsense.running)
    assert.is_nil(by_job.nonsense.watermark) -- it was never open
    local before = by_job.nonsense.behind
    box.host:sleep(100)
    assert.is_true(runner:states()[2].behind >= before + 100)
    assert.is_string(events.call)
    runner:close()
    -- a job that is closed lags on by its last watermark
    local mark = by_job.trade_query.watermark
    assert.is_true(math.abs(runner:states()[3].behind - (client:server_time() - mark)) < 1)
  end)

  it("read a range again that was asked for, or that lies before their beginning", function()
    local client = copying.client_of(copying.small_box(300, 60))
    local one = stream("stockouts", { from = FROM + 7200 })
    run(client, { one })
    assert.equal(180, count "stockouts")
    db.run('DELETE FROM "stockouts" WHERE consign_time >= "' .. beijing.format(FROM + 10800)
      .. '" AND consign_time < "' .. beijing.format(FROM + 14400) .. '"')
    assert.equal(120, count "stockouts")
    local job = assert(client:sync{ name = "stockouts", what = "stockouts", into = db.target })
    assert(job:backfill(FROM, FROM + 3599))
    assert(job:backfill(FROM + 10800, FROM + 14399))
    assert.equal(7200, job:progress().to_fill)
    job:close()
    run(client, { one })
    assert.equal(240, count "stockouts")
    job = assert(client:sync{ name = "stockouts", what = "stockouts", into = db.target })
    assert.equal(0, job:progress().to_fill)
    db.run 'DELETE FROM "stockouts"'
    assert(job:rewind(FROM + 10800))
    assert.equal(FROM + 10800, job:progress().watermark)
    job:close()
    run(client, { one })
    assert.equal(120, count "stockouts")
  end)

  it("refuse to read again into what has no keys", function()
    local client = copying.client_of(copying.small_box(5, 60))
    local job = assert(client:sync{ name = "x", what = "stockouts", from = FROM,
      into = "ndjson:" .. folder .. "/lines", state = wdt.state.memory() })
    for _, call in ipairs{ "rewind", "backfill" } do
      local ok, err, code = job[call](job, FROM, FROM + 10)
      assert.is_nil(ok)
      assert.same({ "state", true }, { code, err:find("has no keys", 1, true) ~= nil })
    end
    job:close()
  end)

  -- Calls of the fullest 60 seconds.
  local function fullest(times)
    local most, first = 0, 1
    for i = 1, #times do
      while times[first] <= times[i] - 60 do first = first + 1 end
      most = math.max(most, i - first + 1)
    end
    return most
  end

  it("keep a month of ten streams up to date, never above the account's rate", function()
    local now = FROM + 31 * DAY
    local box = sandbox.new{ seed = 5, rows_per_day = 100, from = FROM, to = now + DAY,
      now = now, fields = "short", latency = 0.2 }
    local calls, handle = {}, box.gateway.handle
    function box.gateway.handle(...)
      calls[#calls + 1] = box.host:now()
      return handle(...)
    end
    local client = wdt.new(box:settings("enterprise", { rate = 60 }))
    local streams = {}
    for i = 1, 9 do
      streams[i] = stream("stockouts_" .. i, { from = i == 1 and FROM or now - 3600,
        query = i > 1 and { shop_no = "S" .. i } or {} })
    end
    streams[10] = stream "trade_query"
    local began, late = box.host:now(), 0
    local runner
    runner = runner_of.new{ client = client, name = "a", streams = streams, follow = true,
      emit = function(event, what)
        assert(event ~= "stream_failed", what.error)
      end }
    runner:run(function()
      for name, progress in pairs(runner:progress()) do
        if name ~= "stockouts_1" and name ~= "trade_query" and box.host:now() > began + 900 then
          late = math.max(late, (progress.behind or 0) - 360)
        end
      end
      return box.host:now() > began + 2 * 3600
    end)
    local progress = runner:progress()
    runner:close()
    assert.is_true(fullest(calls) <= 60, fullest(calls))
    assert.is_true(late < 300, ("late by %d s"):format(late))
    assert.is_true(progress.stockouts_1.behind < 3600, progress.stockouts_1.behind)
    assert.is_true(progress.trade_query.behind < 3600, progress.trade_query.behind)
    local settled = beijing.format(FROM + 31 * DAY)
    assert.equal(#copying.truth(box, FROM + 31 * DAY - 1), tonumber(db.all(
      ('SELECT count(*) AS n FROM "stockouts_1" WHERE consign_time < "%s"'):format(settled))[1].n))
  end)
end)
