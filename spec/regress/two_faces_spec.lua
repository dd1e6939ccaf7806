-- `require "resty.wdt"` gave every client of the process nginx's host and budgets: a program that
-- required `wdt` as well, and meant libcurl, got sockets of nginx.
local nginx = require "support.nginx"

describe("wdt and resty.wdt", function()
  it("are two faces, and requiring one changes nothing of the other", function()
    local ngx = assert(nginx.start{ http = "lua_shared_dict wdt 1m;" })
    finally(function() ngx:stop() end)
    local same, background, shared, is_ours = ngx:run("content", [[
      local plain, resty = require "wdt", require "resty.wdt"
      local made = resty.new{ edition = "enterprise", sid = "s", appkey = "k", appsecret = "x" }
      local ours = require "wdt.nginx.host".new()
      return plain == resty, plain.background ~= nil, plain.state.shared ~= nil,
        getmetatable(made.host) == getmetatable(ours)]])
    assert.same({ false, false, false, true }, { same, background, shared, is_ours })
  end)
end)
