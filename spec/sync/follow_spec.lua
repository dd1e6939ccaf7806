-- Incremental reading for years: following, revisiting, the audit.
local beijing = require "wdt.beijing"
local text = require "wdt.state.text"
local wdt = require "wdt"
local copying = require "support.copying"

local T, FROM = beijing.parse, copying.FROM
local client_of = copying.client_of
local busy_box = copying.busy_box
local small_box = copying.small_box
local truth = copying.truth
local open = copying.open
local read = copying.read
local assert_copy = copying.assert_copy

-- Returns what a loop reads whose body tells when to stop.
local function follow(job, copy, until_done)
  for window in job:windows() do
    for row in window:rows() do copy[tonumber(row.stockout_id)] = row end
    assert(window:commit())
    until_done(window)
  end
end

describe("following", function()
  it("costs a call a poll when nothing happens, and polls ever more rarely", function()
    local box = small_box(10, 60)
    local job = assert(open(client_of(box), { follow = true, signals = false }))
    local polls, began, calls = 0, nil, nil
    follow(job, {}, function(window)
      polls = polls + 1
      if polls == 20 then began, calls = box.host:now(), box.gateway.calls end
      if polls > 20 then assert.is_true(math.abs(window.stop - window.start + 1 - 120) <= 3,
        window.stop - window.start + 1) end
      if polls == 50 then job:stop() end
    end)
    assert.equal(50, polls)
    assert.equal(30, box.gateway.calls - calls)
    assert.is_true(math.abs(box.host:now() - began - 30 * 120) < 40)
    assert.equal(120, job:progress().interval)
  end)

  it("tells one who makes each pass himself when the next is worth it", function()
    for arrive, interval in pairs{ [0] = 120, [2] = 40 } do
      local box = small_box(10, 60, { drift = { arrive = arrive } })
      local job = assert(open(client_of(box), { from = T(FROM) + 86000 }))
      for _ = 1, 25 do
        read(job, {})
        box.host:sleep(job:progress().interval)
      end
      local found = job:progress().interval
      assert.is_true(arrive == 0 and found == interval or found >= 15 and found < interval, found)
      job:close()
    end
  end)

  it("has the rows of each poll, and polls as often as traffic wants", function()
    local box = small_box(10, 60, { drift = { arrive = 2 } })
    local job = assert(open(client_of(box), { follow = true, signals = false,
      from = T(FROM) + 86000 }))
    local copy, polls = {}, 0
    local calls
    follow(job, copy, function()
      polls = polls + 1
      if polls == 5 then calls = box.gateway.calls end
      if polls == 25 then job:stop() end
    end)
    local expected = truth(box, job:progress().watermark - 1)
    for i = #expected, 1, -1 do if expected[i].modified < T(FROM) + 86000 then
      table.remove(expected, i) end end
    assert.is_true(#expected > 400)
    assert_copy(expected, copy)
    assert.is_true(job:progress().interval >= 15 and job:progress().interval < 40)
    assert.is_true(box.gateway.calls - calls <= 24, box.gateway.calls - calls .. " calls")
  end)

  it("comes back to what is missing after a break, in windows and not in polls", function()
    local box = busy_box("2026-10-02 00:00:00", { to = T "2026-10-06 00:00:00",
      now = T "2026-10-02 00:00:00" })
    local job = assert(open(client_of(box), { follow = true, signals = false }))
    local copy, last = {}, nil
    follow(job, copy, function(window)
      if job:progress().behind < 250 and not last then
        last = window
        box.host:sleep(3 * 86400)
      elseif last and job:progress().behind < 250 then
        job:stop()
      end
    end)
    assert_copy(truth(box, job:progress().watermark - 1), copy)
    assert.is_true(box.gateway.calls < 80)
  end)

  it("ends at once when it is stopped while it waits, and keeps what looks have found", function()
    local box = small_box(10, 60)
    local state = wdt.state.memory()
    local job = assert(open(client_of(box), { follow = true, signals = false, state = state }))
    local sleep, naps = box.host.sleep, 0
    box.host.sleep = function(host, seconds)
      assert.is_true(seconds <= 1)
      naps = naps + 1
      if naps == 3 then job:stop() end
      return sleep(host, seconds)
    end
    follow(job, {}, function() end)
    assert.equal(3, naps)
    assert.is_nil(job:next())
  end)

  it("ends on a signal, which it catches only while it runs", function()
    local posix = require "wdt.posix"
    local box = small_box(10, 60)
    local job = assert(open(client_of(box), { follow = true }))
    local polls = 0
    follow(job, {}, function()
      polls = polls + 1
      if polls == 3 then os.execute("kill -TERM " .. posix.pid()) end
    end)
    assert.equal(3, polls)
    assert.is_nil(job._posix)
    assert.is_nil(job:next()) -- stopped is stopped
    job:close()
  end)

  it("ends when its host does, and then leaves signals to it", function()
    local box = small_box(10, 60)
    local polls = 0
    box.host.stopping = function() return polls == 2 end
    local job = assert(open(client_of(box), { follow = true }))
    follow(job, {}, function()
      polls = polls + 1
      assert.is_nil(job._posix)
    end)
    assert.equal(2, polls)
  end)
end)

describe("revisiting", function()
  -- A shipped row is completed ten hours later: its consign time stays, so no new window shows it.
  local function last_status(options)
    local box = small_box(30, 60)
    local copy = {}
    local job = assert(open(client_of(box), options))
    read(job, copy)
    box.host:sleep(36000)
    local id = box.world:all{ clock = "consign_time", from = T(FROM), to = T(FROM) + 99999 }[5].id
    box.world:change(id, { status = 110, modified = math.floor(box.host.clock) })
    for _ = 1, 30 do
      box.host:sleep(3600)
      read(job, copy)
    end
    return tonumber(copy[id].status), job
  end

  it("shows what consign time hides", function()
    assert.equal(95, (last_status()))
    local status, job = last_status{ revisit = { "1d" } }
    assert.equal(110, status)
    local kinds = {}
    for _, line in ipairs(job:ledger()) do kinds[line.kind] = (kinds[line.kind] or 0) + 1 end
    assert.equal(31, kinds.new)
    assert.is_true(kinds.revisit >= 29)
  end)

  it("by modified time is not needed, where the account has it", function()
    -- it has left the status
    assert.equal(95, (last_status{ query = { status = 95, is_by_modified = 1 } }))
    assert.equal(110, (last_status{ query = { status = { 95, 110 }, is_by_modified = 1 } }))
  end)
end)

describe("the audit", function()
  -- A row that becomes visible two hours after the time it carries.
  local function audit(options)
    local box = small_box(0, 1, { now = T(FROM) })
    for i = 0, 300 do box.world:put{ modified = T(FROM) + i * 120 } end
    local copy, kinds = {}, {}
    local o = { state = wdt.state.memory() }
    for name, value in pairs(options or {}) do o[name] = value end
    local job = assert(open(client_of(box), o))
    local id
    for hour = 1, 30 do
      box.host:sleep(3600)
      read(job, copy)
      if hour == 4 then id = box.world:put{ modified = T(FROM) + 7200 + 5 }.id end
    end
    for _, line in ipairs(job:ledger()) do kinds[line.kind] = (kinds[line.kind] or 0) + 1 end
    return copy[id] ~= nil, job, kinds, box
  end

  it("finds what came later than the lag, at a call an hour and look", function()
    assert.is_false((audit()))
    local found, job, kinds = audit{ audit = true }
    assert.is_true(found)
    assert.equal(1, kinds.audit)
    assert.equal(1, job:progress().grown)
    assert.is_true(job:progress().audited >= 50)
    local _, plain, _, box = audit()
    local _, _, _, audited = audit{ audit = { "1h" } }
    assert.is_true(audited.gateway.calls - box.gateway.calls <= 30,
      audited.gateway.calls - box.gateway.calls)
    assert.equal(0, plain:progress().audited)
  end)

  it("looks as often as it is told to", function()
    assert.is_false((audit{ audit = { "1h" } })) -- it had looked before the row came
    assert.is_true((audit{ audit = { "1h", "6h" } }))
  end)

  it("that finds nothing new is stored all the same", function()
    local state = wdt.state.memory()
    local _, job = audit{ audit = true, state = state }
    local stored = text.open(state.text, "here")
    assert.equal(job:progress().audited, stored.audited)
    assert.is_true(#stored.buckets < 30)
  end)

  -- A job that has nothing new to read, and hours to look at.
  local function due()
    local box, state = small_box(60, 600), wdt.state.memory()
    local job = assert(open(client_of(box, nil, { retry = { attempts = 1 } }),
      { state = state, audit = { "1h" } }))
    read(job)
    box.host:sleep(7200)
    local window = assert(job:next())
    for _ in window:rows() do end
    assert(window:commit())
    return job, box, state
  end

  it("whose state can't be stored is a failure", function()
    local job, _, state = due()
    local save = state.save
    state.save = function() return nil, "state: full", "state" end
    assert.same({ nil, "state: full", "state" }, { job:next() })
    state.save = save
    assert.is_nil(select(2, job:next()))
    assert.is_true(job:progress().audited > 0)
  end)

  it("that can't be asked is a failure", function()
    local job, box = due()
    box.gateway:inject{ kind = "http_5xx" }
    assert.equal("server", select(3, job:next()))
    assert.is_nil(select(2, job:next()))
    assert.is_true(job:progress().audited > 0)
  end)
end)
