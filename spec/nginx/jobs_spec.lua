-- Jobs in the background of the workers: what they refuse, when they are due, and how they go on
-- after a failure, a moment without connections, or the death of the worker that led them.
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local eventually = require "support.eventually"
local nginx = require "support.nginx"
local shell = require "support.shell"

local DAY = 86400

-- `$JOB` is what a job has beside its client, `$OPTIONS` what its options have beside these.
local BACKGROUND = [[
  lua_shared_dict wdt 1m;
  lua_shared_dict seen 1m;
  init_worker_by_lua_block {
    local wdt, seen = require "resty.wdt", ngx.shared.seen
    local client = wdt.new{ edition = "enterprise", sid = "$SID", appkey = "$KEY",
      appsecret = "$SECRET", url = "$URL", rate = 100000 }
    local function passed(job)
      for window in job:windows() do
        while window:next() do end
        assert(window:commit())
      end
      seen:set("leader", tostring(ngx.worker.pid()))
      if ngx.now() - (seen:get "last" or 0) < 0.3 then seen:incr("quick", 1, 0) end
      seen:set("last", ngx.now())
      seen:incr("passes", 1, 0)
    end
    assert(wdt.background{ threads = 2, jobs = { { client = client, $JOB,
      sync = { name = "shipped", what = "stockouts", query = { status = 95 }, from = $FROM,
        lag = 60, state = wdt.state.shared("wdt", "shipped", 1), $OPTIONS } } },
      failed = function(name, err)
        seen:incr("failed", 1, 0)
        seen:set("err", err)
      end })
  }]]

describe("jobs in the background", function()
  local box, ngx, account

  setup(function()
    local now = os.time()
    box = assert(server.start{ gateway = { rate = 100000 },
      world = { seed = 5, rows_per_day = 900, from = now - DAY, to = now + DAY, now = now } })
    account = sandbox.settings("enterprise", box.url)
  end)
  teardown(function() server.stop(box) end)
  after_each(function()
    if ngx then ngx:stop() end
    ngx = nil
  end)

  local function start(o, job, options)
    local values = { SID = account.sid, KEY = account.appkey, SECRET = account.appsecret,
      URL = account.url, FROM = tostring(os.time() - 3600), JOB = job, OPTIONS = options or "" }
    o.http = BACKGROUND:gsub("%$(%u+)", values)
    ngx = assert(nginx.start(o))
  end

  local function seen()
    return ngx:run("content", [[
      local counts, dict = { passes = 0 }, ngx.shared.seen
      for _, key in ipairs(dict:get_keys(0)) do counts[key] = dict:get(key) end
      return counts]])
  end

  local function until_seen(what)
    return eventually(function()
      local counts = seen()
      return what(counts) and counts
    end, function() return ngx:log():sub(-3000) end)
  end

  it("are refused where they can't be, at the caller", function()
    ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m;" })
    local refused = ngx:run("content", [[
      local sync = { what = "stockouts", state = wdt.state.shared("wdt", "a") }
      local client = wdt.new(given)
      local refused = {}
      for _, o in ipairs{ { threads = 2.5 }, { threads = 0 }, { threads = "2" },
        { jobs = { { client = client, sync = sync, every = 0 } } },
        { jobs = { { client = client, sync = { into = {} } } } },
        { jobs = { { client = client, sync = { follow = true } } } }, { jobs = 1 } } do
        o.jobs = o.jobs or {}
        refused[#refused + 1] = select(2, pcall(function() wdt.background(o) end))
      end
      return refused]], account)
    for i, text in ipairs(refused) do refused[i] = text:gsub("table: 0x%x+", "a table") end
    local expected = { "threads' is 2.5, expected a whole number from 1 to 10000",
      "threads' is 0, expected a whole number", "threads' is \"2\", expected a whole number",
      "jobs[1].every' is 0, expected seconds, from 0.01 to 86400",
      "jobs[1].sync.into' is a table, expected a target as text, or a function that opens a sink",
      "jobs[1].sync' is a table, expected options of client:sync, without follow",
      "jobs' is 1, expected a list of jobs" }
    for i, text in ipairs(expected) do
      assert.equal("chunk:9: parameter '" .. text, refused[i]:sub(1, #text + 20))
    end
  end)

  it("are due when their traffic has it, or as often as is said", function()
    start({}, "pass = passed", "poll = { least = 1, most = 2 }")
    until_seen(function(counts) return counts.passes >= 3 end) -- and not once a minute
    ngx:stop()
    start({}, "pass = passed, every = 0.02")
    -- by the timer alone they would be half a second apart
    until_seen(function(counts) return (counts.quick or 0) >= 20 end)
  end)

  it("open their sink again after a failure", function()
    start({}, [[every = 0.02]], [[into = function()
      local opened = seen:incr("opened", 1, 0)
      local closed = false
      return { as = "table", prepare = function(_, job) return "one", job.committed end,
        begin = function() return not closed or nil, "output: closed", "output" end,
        row = function() return true end,
        commit = function()
          if opened == 1 then return nil, "output: the disk is full", "output" end
          seen:incr("commits", 1, 0)
          return true
        end,
        close = function() closed = true end }
    end]])
    local counts = until_seen(function(counts) return counts.commits end)
    assert.same({ 1, "output: the disk is full", 2 }, { counts.failed, counts.err, counts.opened })
  end)

  it("go on with another worker when theirs is killed", function()
    start({ workers = 2 }, "pass = passed, every = 0.05")
    local first = until_seen(function(counts) return counts.leader end)
    shell.must("kill -KILL " .. first.leader)
    local second = until_seen(function(counts) return counts.leader ~= first.leader end)
    assert.is_true(second.passes > first.passes)
    assert.is_nil(second.failed)
  end)

  it("go on after a moment in which nginx has no connection left for a timer", function()
    start({ connections = 24 }, "pass = passed, every = 1")
    until_seen(function(counts) return counts.passes >= 1 end)
    local lost, passes, more = ngx:run("content", [[
      local function alerts()
        local file, n = assert(io.open(ngx.config.prefix() .. "error.log")), 0
        for _ in file:read "*a":gmatch "worker_connections are not enough" do n = n + 1 end
        file:close()
        return n
      end
      local sockets, seen = {}, ngx.shared.seen
      repeat -- each takes two connections; a head that was begun is waited for
        local socket = ngx.socket.tcp()
        local held = socket:connect("unix:" .. ngx.config.prefix() .. "http")
        if held then
          sockets[#sockets + 1] = socket
          socket:send "GET"
        end
      until not held
      local stop, before = ngx.now() + 30, alerts()
      repeat ngx.sleep(0.02) until alerts() > before or ngx.now() > stop
      local lost, passes = alerts() > before, seen:get "passes"
      for _, socket in ipairs(sockets) do socket:close() end
      repeat ngx.sleep(0.02) until seen:get "passes" > passes + 1 or ngx.now() > stop
      return lost, passes, seen:get "passes"]])
    assert.is_true(lost)
    assert.is_true(more > passes + 1)
  end)
end)
