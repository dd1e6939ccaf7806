-- A sleep of less than a millisecond made nginx spin and write a warning to its log each time.
local nginx = require "support.nginx"

describe("nginx", function()
  it("waits a millisecond where less is asked for, and warns of nothing", function()
    local ngx = assert(nginx.start())
    finally(function() ngx:stop() end)
    local took = ngx:run("content", [[
      local host = require "wdt.nginx.host".new()
      local begun = host:now()
      for _ = 1, 20 do assert(host:sleep(0.0004)) end
      return host:now() - begun]])
    local log = ngx:stop()
    assert.is_true(took >= 0.0079, took)
    assert.is_nil(log:find("sleep(0)", 1, true), log)
    assert.is_nil(log:find("[warn]", 1, true), log)
  end)
end)
