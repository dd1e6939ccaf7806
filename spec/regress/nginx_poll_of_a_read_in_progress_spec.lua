-- Where one light thread of a request waited for an answer's bytes and another one of that request
-- looked whether it was complete, the socket was "busy reading", which was taken for its end.
local cjson = require "cjson"
local nginx = require "support.nginx"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"

describe("an exchange of nginx", function()
  it("is left alone while another light thread receives", function()
    local now = os.time()
    local box = assert(server.start{ world = { seed = 5, rows_per_day = 20, from = now - 86400,
      to = now, now = now } })
    local ngx = assert(nginx.start())
    finally(function()
      ngx:stop()
      server.stop(box)
    end)
    assert(server.control(box, "inject", { kind = "delay", seconds = 1, times = 1 }))
    local looks, ended, err, dead = ngx:run("content", [[
      local host = require "wdt.nginx.host".new()
      local function open()
        return assert(host:open({ url = given.url .. "/none", body = "x" },
          require "wdt.core".decoder{ path = "list" }))
      end
      local function pull(exchange)
        local more, err
        repeat more, err = exchange:pull() until not more
        return more == false, err
      end
      local one = open()
      local reading = ngx.thread.spawn(pull, one)
      local looks = 0
      for _ = 1, 5 do
        if one:poll() then break end
        looks = looks + 1
        ngx.sleep(0.03)
      end
      local _, ended, err = ngx.thread.wait(reading)
      -- one whose reader was killed can be looked at again
      local other = open()
      reading = ngx.thread.spawn(pull, other)
      ngx.thread.kill(reading)
      local stop, over = ngx.now() + 20, nil
      repeat
        over = other:poll()
        ngx.sleep(0.01)
      until over or ngx.now() > stop
      return looks, ended, err, over]], { url = sandbox.settings("enterprise", box.url).url })
    assert.same({ 5, true, nil, true }, { looks, ended, err, dead }, cjson.encode{ err })
  end)
end)
