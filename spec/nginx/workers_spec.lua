-- Describes what several workers of an nginx share: the rate budget, the state, who leads a job;
-- and what becomes of it all when workers come and go.
local cjson = require "cjson"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local eventually = require "support.eventually"
local nginx = require "support.nginx"
local shell = require "support.shell"

local DAY = 86400

-- Runs in a timer of every worker: leads the job, if no one else does, and says so in the dict.
local LEAD = [[
  init_worker_by_lua_block {
    ngx.timer.at(0, function()
      local wdt, dict = require "resty.wdt", ngx.shared.wdt
      while not ngx.worker.exiting() do
        local store = wdt.state.shared("wdt", "job", 0.5)
        if store:lock() then
          dict:rpush("leaders", ngx.worker.pid())
          while not ngx.worker.exiting() and store:save("state") do ngx.sleep(0.02) end
          store:unlock()
          return
        end
        ngx.sleep(0.02)
      end
    end)
  }
]]

describe("workers of nginx", function()
  local box, used_up, ngx

  setup(function()
    local now = os.time()
    box = assert(server.start{ gateway = { rate = 20 },
      world = { seed = 5, rows_per_day = 2000, from = now - 9 * DAY, to = now + DAY, now = now } })
    used_up = assert(server.start{ gateway = { rate = 20 },
      world = { seed = 5, rows_per_day = 10, from = now - DAY, to = now, now = now } })
  end)
  teardown(function()
    server.stop(box)
    server.stop(used_up)
  end)
  after_each(function()
    local log = ngx and ngx:stop() or ""
    ngx = nil
    assert.is_nil(log:gsub("%[alert%] [^\n]* exited on signal 9", ""):find("%[alert%]"), log)
  end)

  local function settings(more, of)
    local s = sandbox.settings("enterprise", (of or box).url)
    for k, v in pairs(more or {}) do s[k] = v end
    return s
  end

  local function stats(of)
    return cjson.decode((assert(server.control(of or box, "stats"))))
  end

  -- Starts so many requests at once, which last until the pipe returned is told that it is enough.
  local function many(n, path)
    return io.popen(("for i in $(seq %d); do curl -s -o /dev/null --unix-socket %s/http "
      .. "--data-binary @%s/chunk http://nginx%s & pids=\"$pids $!\"; done; read word; kill $pids "
      .. "2>&-; wait"):format(n, ngx.prefix, ngx.prefix, path), "w")
  end

  it("call as often as the budget lets, all together", function()
    ngx = assert(nginx.start{ workers = 8, http = "lua_shared_dict wdt 1m;" })
    local given = settings({ rate = 20 }, used_up)
    shell.write(ngx.prefix .. "/chunk", cjson.encode{ given = given, code = [[
      local client = wdt.new(given)
      ngx.shared.wdt:incr("of " .. ngx.worker.pid(), 1, 0)
      for _ = 1, 3 do assert(client:call("shop", { shop_no = "x" })) end]] })
    local requests = many(24, "/content") -- 72 calls are wanted
    eventually(function() return stats(used_up).calls >= 20 end)
    ngx:curl("/content", "--max-time 1 --data-binary @" .. ngx.prefix .. "/chunk") -- none is left
    local seen = stats(used_up)
    requests:write("enough\n")
    requests:close()
    assert.equal(20, seen.calls)
    assert.equal(0, seen.refused)
    local workers = ngx:run("content", [[
      local n = 0
      for _, key in ipairs(ngx.shared.wdt:get_keys(0)) do n = n + (key:find("^of ") and 1 or 0) end
      return n]])
    assert.is_true(workers > 1, workers)
  end)

  it("without a shared dict have a budget each", function()
    ngx = assert(nginx.start{ workers = 1 })
    assert.is_true(ngx:run("content", [[
      local pacer = require "wdt.calling.pacer"
      return getmetatable(wdt.new(given).pacer) == getmetatable(pacer.new(1))]], settings()))
  end)

  it("have one leader at a time, and another one within a lease after it was killed", function()
    ngx = assert(nginx.start{ workers = 3, http = "lua_shared_dict wdt 1m;" .. LEAD })
    local function leaders()
      return ngx:run("content", [[
        local dict, list = ngx.shared.wdt, {}
        for _ = 1, dict:llen "leaders" do
          local pid = dict:lpop "leaders"
          list[#list + 1] = pid
          dict:rpush("leaders", pid)
        end
        return table.concat(list, " "), dict:get "state:job"]])
    end
    local first = eventually(function() return leaders():match("^%d+$") end)
    shell.must("kill -KILL " .. first)
    local second = eventually(function() return leaders():match("^%d+ (%d+)$") end)
    assert.not_equal(first, second)
    -- gives it up in good order, and one of the new workers takes it
    shell.must("kill -HUP " .. ngx:pid())
    local third = eventually(function() return leaders():match("^%d+ %d+ (%d+)$") end)
    assert.is_true(nginx.wait_for_end(second))
    assert.is_true(nginx.wait_for_end(first))
    local all, state = leaders()
    assert.same({ first .. " " .. second .. " " .. third, "state" }, { all, state })
  end)

  it("end soon while a timer waits, and finish what a request reads", function()
    ngx = assert(nginx.start{ workers = 1, http = [[
      init_worker_by_lua_block {
        ngx.timer.at(0, function()
          local client = require "resty.wdt".new{ edition = "enterprise", sid = "a",
            appkey = "b", appsecret = "c", rate = 1 }
          client.pacer:done(client.pacer:take "shop", client.host:now())
          ngx.log(ngx.NOTICE, "timer waits")
          local _, err = client:call("shop", {})
          ngx.log(ngx.NOTICE, "timer ended: ", err)
        end)
      }]] })
    eventually(function() return ngx:log():find("timer waits", 1, true) end)
    local now, worker, sent = os.time(), ngx:workers()[1], stats().calls
    assert(server.control(box, "inject", { kind = "delay", seconds = 0.5 }))
    local command =
      "curl -sS --max-time 30 --unix-socket %s/http --data-binary @- http://nginx/content "
        .. "<<'END'\n%s\nEND"
    local pipe = assert(io.popen(command:format(ngx.prefix,
      cjson.encode{ given = settings{ rate = 100 }, code = ([[
      local n = 0
      for _ in wdt.new(given):stockouts{ start = %d, stop = %d, status = 95 } do n = n + 1 end
      return n]]):format(now - 2 * DAY, now - DAY) })))
    eventually(function() return ngx:workers()[1] and stats().calls > sent end)
    shell.must("kill -HUP " .. ngx:pid())
    local said = cjson.decode(pipe:read("*a"))
    pipe:close()
    assert.is_true(said.ok)
    assert.is_true(said["1"] > 100)
    assert.is_true(nginx.wait_for_end(worker, 10))
    assert.truthy(ngx:log():find("timer ended: closed: the nginx worker is shutting down", 1, true))
  end)

  it("read with lua_code_cache off, and keep one budget even so", function()
    ngx = assert(nginx.start{ workers = 1, http = "lua_code_cache off; lua_shared_dict wdt 1m;" })
    local sent = stats().calls
    shell.write(ngx.prefix .. "/chunk",
      cjson.encode{ given = settings{ rate = 3, appkey = "sandbox-ent" }, code = [[
      return wdt.new(given):call("shop_query", { shop_no = "x" }) and "answered"]] })
    for _ = 1, 3 do
      local said = ngx:curl("/content", "--data-binary @" .. ngx.prefix .. "/chunk")
      assert.truthy(said:find('"ok":true', 1, true), said)
    end
    assert.equal(28, (select(2, ngx:curl("/content",
      "--max-time 0.3 --data-binary @" .. ngx.prefix .. "/chunk"))))
    assert.equal(sent + 3, stats().calls)
  end)

  if not rawget(_G, "jit") then
    it("say what to do about a library that was built for another Lua", function()
      local search = package.searchpath -- luacheck: ignore 143 (5.2 and later)
      local core = search("wdt.core", package.cpath)
      ngx = assert(nginx.start{ cpath = nginx.absolute((core:gsub("wdt/core", "?"))) })
      local said = ngx:curl("/content", "-d '{}'")
      assert.truthy(said:find("500", 1, true))
      assert.truthy(
        ngx:log():find(
        "wdt.core does not load in LuaJIT 2.%S+; build it again with this interpreter's headers"))
    end)
  end

  it("refuse stores that can't be, and say when one is full, lost or in use", function()
    ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m; lua_shared_dict tiny 12k;" })
    for code, text in pairs{ ['wdt.state.shared("none", "a")'] = "'dict' is \"none\"",
      ["wdt.state.shared('wdt', '')"] = "'name' is \"\"",
      ["wdt.state.shared('wdt', 'a', 0)"] = "'lease' is 0" } do
      local ok, err = pcall(ngx.run, ngx, "content", code)
      assert.is_false(ok)
      assert.truthy(err:find("chunk:1: parameter " .. text, 1, true), err)
    end
    assert.same({ true, "state: a is in use by worker ", true,
      "state: a is not this worker's any more: its lease ran out",
      "kept", true }, { ngx:run("content", [[
      local one, two = wdt.state.shared("wdt", "a"), wdt.state.shared("wdt", "a")
      local locked = one:lock()
      local _, err = two:lock()
      local saved = one:save("kept")
      one:unlock()
      one:unlock()
      local _, lost = one:save("late")
      return locked, (err:gsub("%d+$", "")), saved, lost, one:load(), two:lock()]]) })
    local saved, err, code, kept = ngx:run("content", [[
      local store = wdt.state.shared("tiny", "a")
      assert(store:lock())
      assert(store:load() == nil)
      assert(store:save("old"))
      local saved, err, code = store:save(("x"):rep(20000))
      return tostring(saved), err, code, store:load()]])
    assert.same({ "nil", "state: a can't be saved: no memory; give lua_shared_dict more", "state",
      "old" },
      { saved, err, code, kept })
  end)

  it("lead no longer than their lease, nor for a job that no one holds", function()
    ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m;" })
    assert.same({ "x is not this worker's any more", true, true }, { ngx:run("timer", [[
      local function eventually(what)
        local stop = ngx.now() + 10
        repeat
          ngx.sleep(0.02)
          if what() then return true end
        until ngx.now() > stop
      end
      local stopped = wdt.state.shared("wdt", "x", 0.1)
      assert(stopped:lock())
      stopped.renewed = stopped.renewed - 0.2 -- as if this process had stood still
      local _, err = stopped:save("late")
      local dropped = wdt.state.shared("wdt", "y", 0.1)
      assert(dropped:lock())
      dropped = nil
      local other = wdt.state.shared("wdt", "y", 0.1)
      local freed = eventually(function() collectgarbage() return other:lock() end)
      for _ = 1, 15 do ngx.sleep(0.02) end
      return err:match("x is .- more"), freed, other:save("still leads")]]) })
  end)

  it("synchronise into a shared dict", function()
    ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m;" })
    local now = os.time()
    local SYNC = [[
      local client = wdt.new(given.settings)
      local job = assert(client:sync{ what = "stockouts", query = { status = 95 },
        from = given.from, lag = 180, state = wdt.state.shared("wdt", "shipped") })
      local other, err = client:sync{ what = "stockouts", query = { status = 95 },
        state = wdt.state.shared("wdt", "shipped") }
      assert(other == nil and err:find("in use by worker", 1, true), err)
      local n = 0
      for window in job:windows() do
        for _ in window:rows() do n = n + 1 end
        assert(window:commit())
      end
      job:close()
      return n, job:progress().rows]]
    local given = { settings = settings{ rate = 1000, appkey = "sandbox-ent" }, from = now - DAY }
    assert(server.control(box, "inject", { kind = "none" }))
    local rows, all = ngx:run("timer", SYNC, given)
    assert.is_true(rows > 100)
    assert.equal(rows, all)
    given.from = nil
    local more, total = ngx:run("content", SYNC, given)
    assert.equal(all + more, total)
    assert.is_true(more < 10)
  end)
end)
