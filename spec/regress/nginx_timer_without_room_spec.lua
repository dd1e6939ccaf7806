-- A worker lost its leases for good when nginx had no room to run a timer at the moment it was due.
local nginx = require "support.nginx"

describe("nginx", function()
  it("goes on with leases after a moment without room for their timer", function()
    local ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m; lua_max_running_timers 1;" })
    finally(function() ngx:stop() end)
    local turned, saved = ngx:run("content", [[
      local store = wdt.state.shared("wdt", "job", 3) -- looked after every half second
      local free, taken = false, false
      assert(ngx.timer.at(0, function()
        taken = true
        repeat ngx.sleep(0.02) until free
      end))
      assert(store:lock())
      local stop = ngx.now() + 10
      repeat ngx.sleep(0.02) until taken or ngx.now() > stop
      local function alerts()
        local file = assert(io.open(ngx.config.prefix() .. "error.log"))
        local text = file:read "*a"
        file:close()
        return text:find("lua_max_running_timers are not enough", 1, true)
      end
      repeat ngx.sleep(0.02) until alerts() or ngx.now() > stop
      free = true
      local before = store.renewed
      repeat ngx.sleep(0.02) until store.renewed > before or ngx.now() > stop
      return store.renewed > before, store:save "x"]])
    local log = ngx:stop()
    assert.same({ true, true }, { turned, saved }, log)
    assert.truthy(log:find("lua_max_running_timers are not enough", 1, true)) -- there was no room
  end)
end)
