-- Reading again: what lies before the beginning, what has not settled, what was read already, and
-- that the present never waits for it.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local databases = require "support.databases"
local shell = require "support.shell"

local FROM = beijing.parse(copying.FROM)
local DAY = 86400

describe("a job that is to read again", function()
  local folder, db, job

  before_each(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
  end)
  after_each(function()
    if job then job:close() end
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  local function open(box, more, settings)
    local o = { name = "so", what = "stockouts", from = FROM + 7200, into = db.target,
      signals = false }
    for key, value in pairs(more or {}) do o[key] = value end
    job = assert(copying.client_of(box, nil, settings):sync(o))
    return job
  end

  local function count()
    return tonumber(db.all "SELECT count(*) AS n FROM so"[1].n)
  end

  local function refused(words, ok, err, code)
    assert.is_nil(ok)
    assert.equal("state", code)
    assert.equal("state: " .. words, err)
  end

  it("goes back to no time before its beginning, nor to one that is yet to be read", function()
    local box = copying.small_box(300, 60)
    open(box)
    refused("nothing has been copied from 2026-10-01 03:00:00 on: the last second that was read is "
      .. "2026-10-01 01:59:59", job:rewind(FROM + 10800))
    assert(job:run())
    assert.equal(180, count())
    refused("the copy begins at 2026-10-01 02:00:00: what lies before that is read by 'backfill', "
      .. "or by a 'from' that is earlier", job:rewind(FROM + 7199))
    refused("nothing has been copied from 2027-01-01 00:00:00 on: the last second that was read is "
      .. beijing.format(job:progress().watermark - 1), job:rewind(FROM + 92 * DAY))
    assert.equal(0, job:progress().to_fill)
    assert(job:rewind(FROM + 7200))
    assert.equal(FROM + 7200, job:progress().watermark)
    assert(job:run())
    assert.equal(180, count())
  end)

  it("fills no more than has settled, by the server's clock", function()
    for _, skew in ipairs{ 7 * DAY, -7 * DAY } do -- this machine's clock is a week off
      local box = copying.small_box(300, 60, { skew = skew })
      open(box, { name = "so" .. (skew > 0 and 1 or 2) })
      local err = select(2, job:backfill(FROM + 2 * DAY, FROM + 3 * DAY))
      assert.matches("^state: nothing from 2026%-10%-03 00:00:00 on is settled yet: it is "
        .. "2026%-10%-02 00:00:0%d by the gateway's clock, and rows may take 180 s to appear$", err)
      local ok, stop = job:backfill(FROM, FROM + 30 * DAY)
      assert.is_true(ok)
      assert.is_true(math.abs(stop - (FROM + DAY - 180)) <= 3, stop)
      assert.equal(stop - FROM + 1, job:progress().to_fill)
      assert(job:run())
      assert.equal(0, job:progress().to_fill)
      assert.equal(300, tonumber(db.all("SELECT count(*) AS n FROM " .. job._options.name)[1].n))
      job:close()
    end
  end)

  it("fills what overlaps with what was read, and with what is to be filled, once", function()
    local box = copying.small_box(300, 60)
    open(box)
    assert(job:run())
    db.run "DELETE FROM so"
    assert(job:backfill(FROM + 3600, FROM + 10799)) -- one hour before the beginning, one after
    assert(job:backfill(FROM + 9000, FROM + 14399))
    assert.equal(10800, job:progress().to_fill)
    local before = box.gateway.calls
    assert(job:run())
    assert.equal(180, count())
    assert.is_true(box.gateway.calls - before <= 8, box.gateway.calls - before)
    assert.equal(0, job:progress().to_fill)
    local rows = 0
    for _, line in ipairs(job:ledger()) do
      if line.kind == "backfill" then rows = rows + line.rows end
    end
    assert.equal(180, rows)
  end)

  it("needs the server's time where its range ends late, and says what went wrong", function()
    local box = copying.small_box(30, 60)
    open(box)
    assert.error_matches(function() job:backfill(FROM + 9, FROM) end,
      "'stop' is %d+, expected whole")
    box.gateway:inject{ kind = "http_5xx", status = 404 }
    local ok, err, code = job:backfill(FROM, FROM + 7200)
    assert.is_nil(ok)
    assert.same({ "http", true }, { code, err:find "^http: " ~= nil })
    assert.equal(0, job:progress().to_fill)
    assert(job:run())
    local calls = box.gateway.calls
    assert.same({ true, FROM + 3600 }, { job:backfill(FROM, FROM + 3600) })
    assert.equal(calls, box.gateway.calls) -- what was read has settled
  end)

  it("keeps up with the present while a long past is filled", function()
    local now = FROM + 10 * DAY
    local box = copying.busy_box(beijing.format(now), { to = now + DAY, now = now,
      rows_per_day = 400 })
    open(box, { from = now - 3600, follow = true, rows = 200 }, { rate = 10 })
    assert(job:backfill(FROM, now - 3601))
    local late = 0
    assert(job:run(function(rows)
      if rows ~= 0 then return end
      late = math.max(late, job:progress().behind)
      if job:progress().to_fill == 0 then job:stop() end
    end))
    assert.is_true(late < 180 + 120 + 60, late) -- the lag, a poll's interval, a window of the past
    assert.equal(#copying.truth(box, job:progress().watermark - 1), count())
  end)
end)
