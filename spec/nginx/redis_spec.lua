-- The budget and the state in Redis, from inside nginx: its own sockets, other threads go on.
local nginx = require "support.nginx"
local redis = require "support.redis"
local shell = require "support.shell"

describe("nginx and Redis", function()
  local folder, handle, ngx

  setup(function()
    folder = shell.folder()
    handle = redis.start(folder, "--requirepass hush --user default on '>hush' '~*' '+@all'")
    ngx = assert(nginx.start{ http = "lua_shared_dict wdt 8m;" })
  end)
  teardown(function()
    ngx:stop()
    handle.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  local function address(password)
    return (handle.address:gsub("//", "//:" .. password .. "@"))
  end

  it("share a budget between light threads and hosts", function()
    local granted, waiting, used = ngx:run("timer", ([[
      local redis = require "wdt.redis"
      local function new()
        return require "wdt.redis.pacer".new{ shared = redis.open("%s", require "wdt.nginx.redis"),
          key = "k", rate = 5, name = redis.unique() }
      end
      local red = require "nginx.redis":new()
      assert(red:connect("127.0.0.1", %d))
      assert(red:auth "hush")
      assert(red:select(1))
      new():used()
      assert(red:hdel("wdt:{" .. ngx.md5 "k" .. "}:budget:facts", "quiet"))
      local granted, waiting, threads = 0, 0, {}
      for i = 1, 4 do
        threads[i] = ngx.thread.spawn(function()
          local p = new()
          for _ = 1, 2 do
            local wait = assert(p:wait("m", ngx.now(), {}))
            if wait == 0 then
              granted = granted + 1
              p:done(p:take "m")
            else
              waiting = waiting + 1
            end
          end
        end)
      end
      for i = 1, 4 do assert(ngx.thread.wait(threads[i])) end
      return granted, waiting, (new():used())]]):format(address "hush", handle.port))
    assert.same({ 5, 3, 5 }, { granted, waiting, used })
  end)

  it("keep a state, with a lease and a fence", function()
    local first, busy, text = ngx:run("content", ([[
      local one, two = wdt.state.redis("%s", "job"), wdt.state.redis("%s", "job")
      assert(one:lock())
      local first = one:load()
      local _, err = two:lock()
      assert(one:save "it's 商家")
      assert(one:renew())
      one:unlock()
      assert(two:lock())
      local text = two:load()
      two:unlock()
      return first == nil, err, text]]):format(address "hush", address "hush"))
    assert.is_true(first)
    assert.truthy(busy:find("in use by", 1, true), busy)
    assert.equal("it's 商家", text)
  end)

  it("allow no call while Redis is gone, and go on after", function()
    local function ask()
      return ngx:run("content", ([[
        local p = require "wdt.redis.pacer".new{ shared = require "wdt.redis".open("%s",
          require "wdt.nginx.redis"), key = "gone", rate = 5, name = require "wdt.redis".unique() }
        local wait, err, code = p:wait("m", ngx.now(), {})
        return wait or "none", err, code]]):format(address "hush"))
    end
    assert.is_number((ask()))
    handle.kill()
    local wait, err, code = ask()
    assert.same({ "none", "budget" }, { wait, code })
    assert.truthy(err:find("nothing is sent (Redis at 127.0.0.1", 1, true), err)
    handle.start()
    wait = ask()
    assert.is_true(wait > 59 and wait <= 60, tostring(wait)) -- it came back empty
  end)

  it("tell a wrong password, and do not show it", function()
    local _, err, code = ngx:run("content", ([[
      return wdt.state.redis("%s", "job"):lock()]]):format(address "wrong-secret"))
    assert.equal("state", code)
    assert.truthy(err:find("WRONGPASS", 1, true), err)
    assert.is_nil(err:find("wrong-secret", 1, true))
  end)
end)
