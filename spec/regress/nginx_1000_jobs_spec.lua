-- Of 1000 jobs in one nginx at its default limits 488 never began: each ran in a timer of its own,
-- and a timer takes one of 512 connections for as long as it runs.
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local nginx = require "support.nginx"

local JOBS = 1000

-- Its jobs count their passes in the dict.
local BACKGROUND = [[
  lua_shared_dict wdt 16m;
  init_worker_by_lua_block {
    local wdt, dict = require "resty.wdt", ngx.shared.wdt
    local client = wdt.new{ edition = "enterprise", sid = "$SID", appkey = "$KEY",
      appsecret = "$SECRET", url = "$URL", rate = 100000 }
    local jobs = {}
    for i = 1, 1000 do
      local name = "job" .. i
      jobs[i] = { client = client, every = 3600, sync = { name = name, what = "stockouts",
        from = $FROM, lag = 60, state = wdt.state.shared("wdt", name), query = { status = 95 } },
        pass = function(job)
          for window in job:windows() do
            while window:next() do end
            assert(window:commit())
          end
          dict:incr("passes:" .. name, 1, 0)
          dict:incr("passes", 1, 0)
        end }
    end
    assert(wdt.background{ jobs = jobs, failed = function(name, err)
      dict:incr("failures", 1, 0)
      ngx.log(ngx.ERR, name, ": ", err)
    end })
  }]]

describe("nginx", function()
  it("runs 1000 jobs at its default limits", function()
    local now = os.time()
    local box = assert(server.start{ gateway = { rate = 100000 }, world = { seed = 5,
      rows_per_day = 2000, from = now - 7200, to = now + 86400, now = now } })
    local ngx
    finally(function()
      if ngx then ngx:stop() end
      server.stop(box)
    end)
    local account = sandbox.settings("enterprise", box.url)
    local values = { SID = account.sid, KEY = account.appkey, SECRET = account.appsecret,
      URL = account.url, FROM = tostring(now - 600) }
    local http = BACKGROUND:gsub("%$(%u+)", values)
    ngx = assert(nginx.start{ connections = 512, http = http })
    local passes, begun, failures = ngx:run("content", [[
      local dict, stop = ngx.shared.wdt, ngx.now() + 50
      local function ended() return (dict:get "passes" or 0) + (dict:get "failures" or 0) end
      repeat ngx.sleep(0.1) until ended() >= given.jobs or ngx.now() > stop
      local begun = 0
      for i = 1, given.jobs do begun = begun + (dict:get("passes:job" .. i) == 1 and 1 or 0) end
      return dict:get "passes" or 0, begun, dict:get "failures" or 0]], { jobs = JOBS })
    local log = ngx:stop()
    assert.same({ JOBS, JOBS, 0 }, { passes, begun, failures }, log:sub(1, 3000))
    assert.is_nil(log:find("[alert]", 1, true), log:sub(1, 3000))
  end)
end)
