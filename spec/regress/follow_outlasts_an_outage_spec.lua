-- `--follow` ended about a minute after the gateway was gone, for good: a passing failure never
-- ends a follow.
local copying = require "support.copying"
local sinks = require "support.sinks"
local shell = require "support.shell"

local RETRY = { retry = { attempts = 2, base = 0.1, cap = 1, cooldown = 5, total = 60 } }

describe("a job that follows", function()
  -- Has every call fail, from the n-th on, for so many seconds of the host's clock.
  local function outage(box, fault, from, seconds)
    local lasting = { lasts = seconds }
    for name, value in pairs(fault) do lasting[name] = value end
    box.gateway:inject{ kind = "none", times = from - 1 }
    box.gateway:inject(lasting)
  end

  local function followed(fault, from, seconds, more)
    local box = copying.small_box(600, 60)
    outage(box, fault, from, seconds)
    local events = {}
    local settings = { log = function(event)
      if event.event == "outage" then events[#events + 1] = event end
    end }
    for name, value in pairs(RETRY) do settings[name] = value end
    local o = { follow = true, signals = false, rows = 100 }
    for name, value in pairs(more or {}) do o[name] = value end
    local job = assert(copying.open(copying.client_of(box, nil, settings), o))
    return job, box, events
  end

  for _, fault in ipairs{ { kind = "http_5xx" }, { kind = "connect" }, { kind = "reset" },
    { kind = "rate" },
    { kind = "html" }, { kind = "http_5xx", status = 404 } } do
    it(("waits for a gateway that is away for an hour: %s %s"):format(fault.kind, fault.status
      or ""), function()
      for _, from in ipairs{ 1, 2, 9 } do
        local job, box, events = followed(fault, from, 3600)
        local began, copy = box.host:now(), {}
        for window in job:windows() do
          for row in window:rows() do copy[tonumber(row.stockout_id)] = row end
          assert(window:commit())
          if job:progress().behind < 400 then job:stop() end
        end
        assert.equal(600, copying.size(copy))
        assert.is_true(box.host:now() - began >= 3600)
        assert.is_true(#events > 5, #events)
        assert.equal(120, events[#events].retry_in)
        job:close()
      end
    end)
  end

  it("waits for a shared budget that can't be asked for an hour", function()
    local box = copying.small_box(600, 60)
    local settings = { retry = RETRY.retry }
    local client = copying.client_of(box, nil, settings)
    local pacer, back = client.account.pacer, box.host:now() + 3600
    local wait, sent_early = pacer.wait, false
    function pacer.wait(...)
      if box.host:now() < back then return nil, "budget: away", "budget" end
      return wait(...)
    end
    local take = pacer.take
    function pacer.take(...)
      sent_early = sent_early or box.host:now() < back
      return take(...)
    end
    local job, n = assert(copying.open(client, { follow = true, signals = false, rows = 100 })), 0
    for window in job:windows() do
      for _ in window:rows() do n = n + 1 end
      assert(window:commit())
      if job:progress().behind < 400 then job:stop() end
    end
    assert.is_true(n >= 600)
    assert.is_false(sent_early)
    job:close()
  end)

  it("writes no line twice for it", function()
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. shell.quote(folder)) end)
    local place = sinks.places.ndjson(folder)
    for _, from in ipairs{ 3, 5, 7, 9, 11 } do
      place.drop()
      local job, box = followed({ kind = "http_5xx" }, from, 600, { into = place.target,
        name = "job" })
      local began = box.host:now()
      assert.is_true(job:run(function()
        if job:progress().behind < 400 then job:stop() end
      end))
      job:close()
      assert.is_true(box.host:now() - began >= 600)
      local found, n = place.read()
      assert.equal(600, copying.size(found))
      assert.equal(600, n)
    end
  end)

  it("ends at once for what does not pass, and when it is stopped meanwhile", function()
    local job, _, events = followed({ kind = "server", code = 1060 }, 3, 3600)
    local _, err, code = nil, nil, nil
    for _ = 1, 20 do
      local window
      window, err, code = job:next()
      if not window then break end
      local row
      repeat row, err, code = window:next() until row == nil
      if err then break end
      assert(window:commit())
    end
    assert.equal("permission", code, err)
    assert.equal(0, #events)
    local box
    job, box = followed({ kind = "http_5xx" }, 1, 1e6)
    local sleep = box.host.sleep
    box.host.sleep = function(host, seconds)
      if host:now() > 500 then job:stop() end
      return sleep(host, seconds)
    end
    assert.same({}, { job:next() })
  end)
end)
