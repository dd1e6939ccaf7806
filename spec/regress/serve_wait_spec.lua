-- A question that waited for the same one to be answered (wdt.serve.once) asked a semaphore to wait
-- again and again where less than a millisecond of its time was left: a semaphore does not wait so
-- little, so the loop never gave the worker back, whose clock stood still.
local nginx = require "support.nginx"

describe("waiting for the same question", function()
  local inside

  setup(function() inside = assert(nginx.start()) end)
  teardown(function() inside:stop() end)

  it("ends with its time, however little is left of it", function()
    assert.same({ "own", "first" }, inside:run("content", [[
      local ngx, once = require "ngx", require "wdt.serve.once"
      local held = require "ngx.semaphore".new(0)
      local first = ngx.thread.spawn(function()
        return once.ask("one", 1, function() end, function()
          held:wait(5)
          return "first"
        end)
      end)
      local own = once.ask("one", 0.0009, function() end, function() return "own" end)
      held:post()
      return { own, select(2, ngx.thread.wait(first)) }]]))
  end)
end)
