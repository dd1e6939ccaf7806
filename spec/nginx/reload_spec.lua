-- Background synchronisation under `nginx -s reload` in a loop: each reload comes as soon as the
-- workers of the one before have made a call.
local cjson = require "cjson"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local World = require "wdt.sandbox.world"
local eventually = require "support.eventually"
local nginx = require "support.nginx"
local shell = require "support.shell"

local HOUR = 3600
local LIVES, MOST = 8, 60

local BACKGROUND = [[
  lua_shared_dict wdt 1m;
  lua_shared_dict seen 1m;
  init_worker_by_lua_block {
    local wdt, seen = require "resty.wdt", ngx.shared.seen
    local client = wdt.new{ edition = "enterprise", sid = "$SID", appkey = "$KEY",
      appsecret = "$SECRET", url = "$URL", rate = 100000, log = function(event)
        seen:incr(event.event, 1, 0)
        if event.event == "call" then seen:set("called", ngx.worker.pid()) end
      end }
    assert(wdt.background{ jobs = { { client = client, every = 0.05, sync = { name = "shipped",
      what = "stockouts", query = { status = 95 }, from = $FROM, lag = 60, rows = 300,
      into = "ndjson:$FOLDER", state = wdt.state.shared("wdt", "shipped") } } },
      failed = function(name, err)
        seen:incr("failed", 1, 0)
        ngx.log(ngx.ERR, name, ": ", err)
      end })
  }]]

describe("workers of nginx that are reloaded in a loop", function()
  local box, ngx, folder, world, from

  setup(function()
    local now = os.time()
    from = now - 24 * HOUR -- a whole day: at night few are sent
    world = { seed = 5, rows_per_day = 12000, from = from - HOUR, to = now + 24 * HOUR, now = now }
    box = assert(server.start{ gateway = { rate = 100000 }, world = world })
    folder = shell.folder()
    local account = sandbox.settings("enterprise", box.url)
    local values = { SID = account.sid, KEY = account.appkey, SECRET = account.appsecret,
      URL = account.url, FROM = tostring(from), FOLDER = folder }
    ngx = assert(nginx.start{ workers = 2, http = (BACKGROUND:gsub("%$(%u+)", values)) })
  end)
  teardown(function()
    if ngx then ngx:stop() end
    server.stop(box)
    shell.must("rm -rf " .. folder)
  end)

  -- Returns what the workers have counted, and the second up to which all has been copied.
  local function seen()
    return ngx:run("content", [[
      local counts, dict = {}, ngx.shared.seen
      for _, key in ipairs(dict:get_keys(0)) do counts[key] = dict:get(key) end
      local state = ngx.shared.wdt:get "state:shipped"
      local checkpoint = state and assert(require "wdt.state.text".open(state, "state"))
      return counts, checkpoint and require "wdt.reading.checkpoint".watermark(checkpoint) or 0]])
  end

  local function until_seen(what)
    return eventually(function()
      local counts, watermark = seen()
      if what(counts, watermark) then return counts, watermark end
    end, function() return ngx:log():sub(-3000) end)
  end

  -- How often each row stands in the files.
  local function copies()
    local times = {}
    for line in shell.must("cat " .. folder .. "/*.ndjson"):gmatch "[^\n]+" do
      local id = cjson.decode(line).stockout_id
      times[id] = (times[id] or 0) + 1
    end
    return times
  end

  it("lose nothing, double nothing, get on, and take a reload for no failure", function()
    local now, lives, called = os.time(), 0, nil
    local counts, watermark
    repeat
      counts = until_seen(function(c) return c.called ~= called end)
      called, lives = counts.called, lives + 1
      shell.must("kill -HUP " .. ngx:pid())
      assert.is_true(lives < MOST, "no progress")
    until lives >= LIVES and counts.commit
    counts, watermark = until_seen(function(_, w) return w >= now - 61 end)
    assert.same({}, { counts.failed, counts.failure, counts.outage })
    local wrong, n, times = {}, 0, copies()
    for _, so in ipairs(World.new(world):all{ clock = "consign_time", status = 95, from = from,
      to = watermark - 1 }) do
      local id = ("%d"):format(so.id)
      if times[id] ~= 1 then wrong[id] = times[id] or 0 end
      n = n + 1
    end
    for id, count in pairs(times) do
      if count > 1 then wrong[id] = count end
    end
    assert.same({}, wrong)
    assert.is_true(n > 1000, n)
  end)
end)
