-- Incremental reading: windows, their commits, lanes, and the state.
local beijing = require "wdt.beijing"
local sandbox = require "wdt.sandbox"
local text = require "wdt.state.text"
local wdt = require "wdt"
local copying = require "support.copying"

local T, FROM = beijing.parse, copying.FROM
local client_of = copying.client_of
local small_box = copying.small_box
local open = copying.open
local read = copying.read
local size = copying.size
local assert_tiles = copying.assert_tiles

describe("a commit", function()
  local function first_window(options)
    local box = small_box(60, 600)
    local job = assert(open(client_of(box), options))
    return assert(job:next()), job, box
  end

  it("comes after the rows", function()
    local window, job = first_window()
    local function refused()
      local ok, err, code = window:commit()
      assert.is_nil(ok)
      assert.equal("state: a window can be committed once it has been read to its end", err)
      assert.equal("state", code)
    end
    refused()
    assert.truthy(window:next())
    refused()
    for _ in window:rows() do end
    assert.is_nil(window:next())
    assert.equal(T(FROM), job:progress().watermark)
    assert.is_true(window:commit())
    assert.is_true(window:commit())
    window:abandon() -- too late to matter
    assert.equal(window.stop + 1, job:progress().watermark)
    assert.equal(1, job:progress().windows)
  end)

  it("that can't be stored moves nothing, and may be tried again", function()
    local state = wdt.state.memory()
    local window, job = first_window{ state = state }
    for _ in window:rows() do end
    local save = state.save
    state.save = function() return nil, "state: full", "state" end
    assert.same({ nil, "state: full", "state" }, { window:commit() })
    assert.equal(T(FROM), job:progress().watermark)
    assert.is_nil(state.text)
    state.save = save
    assert.is_true(window:commit())
    assert.equal(window.stop + 1, text.open(state.text, "here").done[1][2] + 1)
  end)

  it("of a closed job fails", function()
    local window, job = first_window()
    for _ in window:rows() do end
    job:close()
    job:close()
    assert.same({ nil, "closed: the job was closed", "closed" }, { job:next() })
    assert.same({ nil, "state: a window can be committed once it has been read to its end",
      "state" }, { window:commit() })
  end)

  it("tells the log, and nothing that is secret or personal", function()
    local events = {}
    local box = small_box(60, 600)
    local client = client_of(box, nil, { log = function(event)
      if event.event == "commit" then events[#events + 1] = event end
    end })
    read(assert(open(client, { name = "shipped" })))
    assert.equal(1, #events)
    local names = {}
    for name in pairs(events[1]) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "calls", "certificate", "event", "first", "kind", "last", "name", "rows", "start",
      "stop" }, names)
    assert.equal("shipped", events[1].name)
  end)
end)

describe("a window", function()
  it("that is not committed is one too many", function()
    local job = assert(open(client_of(small_box(60, 600))))
    assert(job:next())
    assert.same({ nil, "limit: 1 of 1 windows are out; commit or abandon one, or give more lanes",
      "limit" }, { job:next() })
    assert.has_error(function() for _ in job:windows() do end end,
      "limit: 1 of 1 windows are out; commit or abandon one, or give more lanes")
  end)

  it("that was abandoned comes again", function()
    local job = assert(open(client_of(small_box(60, 600))))
    local window = assert(job:next())
    assert.truthy(window:next())
    window:abandon()
    window:abandon()
    assert.same({ nil, "closed: the window was abandoned", "closed" }, { window:next() })
    local again = assert(job:next())
    assert.equal(window.start, again.start)
    for _ in again:rows() do end
    again:abandon() -- even read to its end
    assert.is_nil(again:commit())
    assert.equal(60, size(read(job)))
  end)

  it("that broke comes again, and the loop raises what happened", function()
    local box = small_box(60, 600)
    local job = assert(open(client_of(box, nil, { retry = { attempts = 1 } })))
    local window = assert(job:next())
    box.gateway:inject{ kind = "truncate", at = 3000 }
    local ok, err = pcall(function() for _ in window:rows() do end end)
    assert.is_false(ok)
    assert.truthy(err:find("^truncated: "), err)
    assert.equal("truncated", select(3, window:next()))
    assert.is_nil(window:commit())
    assert.equal(60, size(read(job)))
    box.host:sleep(600)
    box.gateway:inject{ kind = "http_5xx" }
    assert.equal("server", select(3, assert(job:next()):next()))
  end)

  it("says when it could not be proved complete", function()
    local box = sandbox.new{ now = T(FROM) + 86400, fields = "short" }
    for _ = 1, 35 do box.world:put{ modified = T(FROM) + 5, cancelled = true, status = 5 } end
    local job = assert(open(client_of(box, "ultimate"),
      { what = "cancelled_stockouts", query = { page_size = 10 } }))
    assert.equal(35, size(read(job)))
    assert.equal(1, job:progress().uncertified)
    assert.equal("none", job:ledger()[1].certificate)
    job = assert(open(client_of(box, "ultimate"), { what = "cancelled_stockouts",
      query = { page_size = 10, strict = true } }))
    local ok, err = pcall(read, job)
    assert.is_false(ok)
    assert.truthy(err:find("^uncertified: 2026%-10%-01 00:00:00 to "), err)
    assert.equal(T(FROM), job:progress().watermark)
  end)
end)

describe("several lanes", function()
  it("may be committed in any order; the watermark is the first gap, and only what is missing is "
    .. "read again", function()
    local box = small_box(400, 200)
    local state = wdt.state.memory()
    local options = { state = state, lanes = 3, rows = 50, query = { page_size = 50 } }
    local job = assert(open(client_of(box), options))
    local copy, times = {}, {}
    local function take(window)
      for row in window:rows() do
        copy[tonumber(row.stockout_id)] = row
        times[row.stockout_id] = (times[row.stockout_id] or 0) + 1
      end
      return window
    end
    local first, second, third = take(assert(job:next())), take(assert(job:next())),
      take(assert(job:next()))
    assert.equal("limit", select(3, job:next()))
    assert.is_true(second.start > first.stop and third.start > second.stop)
    assert(third:commit())
    assert(first:commit())
    assert.equal(second.start, job:progress().watermark)
    job:close()
    job = assert(open(client_of(box), options))
    for window in job:windows() do assert(take(window):commit()) end
    assert.equal(400, size(copy))
    local twice = 0
    for _, n in pairs(times) do twice = twice + n - 1 end
    assert.equal(second.rows_read, twice)
    assert.same({ { T(FROM), job:progress().watermark - 1 } }, text.open(state.text, "here").done)
  end)

  it("have their first pages in flight side by side", function()
    local function seconds(lanes)
      local box = small_box(1000, 80, { latency = 2 })
      local job = assert(open(client_of(box), { lanes = lanes, rows = 70,
        query = { page_size = 100 } }))
      local began = box.host:now()
      assert.equal(1000, size(read(job)))
      assert_tiles(job)
      job:close()
      assert.equal(0, box.host.in_use)
      return box.host:now() - began
    end
    local one, six = seconds(1), seconds(6)
    assert.is_true(six < one / 2, ("%g s with six lanes, %g s with one"):format(six, one))
  end)

  it("that were read ahead for no one are given back when the loop is stopped", function()
    local box = small_box(1000, 80)
    local job = assert(open(client_of(box), { lanes = 4, rows = 70 }))
    for window in job:windows() do
      for _ in window:rows() do end
      assert(window:commit())
      job:stop()
    end
    assert.equal(1, job:progress().windows)
    assert.equal(0, box.host.in_use)
  end)
end)

describe("the state", function()
  it("of another query is refused, and left alone", function()
    local box = small_box(10, 60)
    local state = wdt.state.memory()
    local job = assert(open(client_of(box), { state = state }))
    read(job)
    job:close()
    local before = state.text
    local other, err, code = open(client_of(box), { state = state, query = { status = 95 },
      name = "shipped" })
    assert.is_nil(other)
    assert.equal(
      "state: shipped: the stored state is of another query (enterprise sandbox "
        .. "stockout_order_query_trade ), "
      .. "this one is (enterprise sandbox stockout_order_query_trade status=95); give it a state "
      .. "of its own", err)
    assert.equal("state", code)
    assert.equal(before, state.text)
    -- How rows are handed out is none of its business.
    job = assert(open(client_of(box), { state = state,
      query = { fields = { "status" }, page_size = 20 } }))
    job:close()
  end)

  it("that is damaged is an error and never a fresh start", function()
    local state = wdt.state.memory()
    state:save("wdt-state 1 00\n{}")
    local job, err, code = open(client_of(small_box(10, 60)), { state = state })
    assert.is_nil(job)
    assert.truthy(err:find("the stored state is damaged (wrong checksum); restore it from a backup",
      1, true), err)
    assert.equal("state", code)
    assert.is_true(state:lock()) -- and it is not kept locked
  end)

  it("that can't be read is an error", function()
    local state = wdt.state.memory()
    state.load = function() return nil, "state: on fire", "state" end
    for _, from in ipairs{ FROM, false } do
      assert.same({ nil, "state: on fire", "state" },
        { open(client_of(small_box(1, 1)), { state = state, from = from }) })
    end
  end)

  it("is for one job at a time", function()
    local client, state = client_of(small_box(10, 60)), wdt.state.memory()
    local job = assert(open(client, { state = state }))
    assert.equal("state", select(3, open(client, { state = state })))
    job:close()
    assert(open(client, { state = state })):close()
  end)

  it("in a file is free again when its job is forgotten", function()
    local shell = require "support.shell"
    local folder = shell.folder()
    local client = client_of(small_box(10, 60))
    local function forget()
      local job = assert(open(client, { state = wdt.state.file(folder .. "/it") }))
      assert.equal(10, size(read(job)))
    end
    forget()
    collectgarbage()
    collectgarbage()
    local job = assert(open(client, { state = wdt.state.file(folder .. "/it"), from = false }))
    assert.equal(1, job:progress().windows)
    job:close()
    shell.must("rm -r " .. folder)
  end)

  it("says that it has to begin somewhere", function()
    assert.same({ nil, "state: there is no state yet, so 'from' has to say where to begin",
      "state" },
      { open(client_of(small_box(1, 1)), { from = false }) })
  end)
end)
