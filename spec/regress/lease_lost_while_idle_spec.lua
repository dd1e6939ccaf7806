-- A fleet's runner kept the leases on states while calls waited, but not while no stream had a
-- turn: a stream that looks every ten minutes lost a lease of five, and began again with a failure.
local copying = require "support.copying"
local runner_of = require "wdt.fleet.runner"
local shell = require "support.shell"
local wdt = require "wdt"

local LEASE = 300

describe("a lease on a state", function()
  local folder

  setup(function() folder = shell.folder() end)
  teardown(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  it("is kept while no stream has a turn", function()
    local box = copying.small_box(10, 60)
    local host, store = box.host, wdt.state.memory()
    local began, renewed, longest, outages = host:now(), host:now(), 0, {}
    store.lease = LEASE
    function store.renew()
      longest, renewed = math.max(longest, host:now() - renewed), host:now()
      return true
    end
    local client = copying.client_of(box)
    local runner = runner_of.new{ client = client, name = "a", follow = true, streams = {
      { name = "present", what = "stockouts", to = "ndjson:" .. folder, from = copying.FROM,
        state = store, target = 3600, poll = { least = 1800, most = 1800 }, query = {} } },
      emit = function(event, more) outages[#outages + 1] = event .. " " .. more.error end }
    runner:run(function() return host:now() > began + 7200 end)
    assert.same({}, outages)
    assert.is_true(longest <= LEASE / 2, longest)
    runner:close()
  end)

  it("is asked for again every quarter of a minute while another process holds it", function()
    local box = copying.small_box(10, 60)
    local host, store, tries = box.host, wdt.state.memory(), {}
    store:lock()
    local began = host:now()
    local runner = runner_of.new{ client = copying.client_of(box), name = "a", follow = true,
      streams = { { name = "present", what = "stockouts", to = "ndjson:" .. folder .. "/2",
        from = copying.FROM, state = store, target = 3600, query = {} } },
      emit = function(_, more) tries[#tries + 1] = more.retry_in end }
    runner:run(function() return host:now() > began + 120 end)
    assert.same({ 9, 15, 15 }, { #tries, tries[1], tries[9] })
    store:unlock()
    runner:run(function() return host:now() > began + 150 end)
    assert.is_true(runner:progress().present.rows > 0)
    runner:close()
  end)
end)
