-- Of 1000 jobs in one nginx those beyond the limits of its timers lost their leases: each had a
-- timer.
local nginx = require "support.nginx"

describe("nginx", function()
  it("keeps the leases of 1000 jobs by one timer", function()
    local ngx = assert(nginx.start{ http = "lua_shared_dict wdt 8m; lua_max_pending_timers 8;" })
    finally(function() ngx:stop() end)
    local kept, timers = ngx:run("content", [[
      local stores = {}
      for i = 1, 1000 do
        stores[i] = wdt.state.shared("wdt", "job" .. i, 0.6)
        assert(stores[i]:lock())
      end
      local timers = ngx.timer.pending_count()
      local first, stop = stores[1].renewed, ngx.now() + 10
      repeat ngx.sleep(0.02) until stores[1].renewed > first + 0.6 or ngx.now() > stop
      local kept = 0
      for i = 1, 1000 do kept = kept + (stores[i]:save("x") and 1 or 0) end
      return kept, timers]])
    local log = ngx:stop()
    assert.same({ 1000, 1 }, { kept, timers })
    assert.is_nil(log:find("[alert]", 1, true), log)
  end)
end)
