-- `wdt doctor` by a further route: whose secret is wrong, and whose word is missing.
local cjson = require "cjson"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

describe("wdt doctor with a route by Qimen", function()
  local open, shut

  setup(function()
    local world = { rows_per_day = 300, days = 10, taobao = 0.5 }
    open = assert(server.start{ world = world })
    shut = assert(server.start{ world = world, gateway = { unauthorised = true } })
  end)
  teardown(function()
    server.stop(open)
    server.stop(shut)
  end)

  -- Returns the finding of the route's check.
  local function found(edition, more, handle)
    handle = handle or open
    local environment = visitor.of(handle):variables(edition)
    environment.http_proxy, environment.https_proxy, environment.LANG = false, false, "C"
    environment.LC_ALL, environment.LC_MESSAGES, environment.WDT_PROFILE = false, false, false
    environment.XDG_CONFIG_HOME = "/nonexistent"
    for name, value in pairs(sandbox.settings(edition, handle.url, "qimen").qimen) do
      environment["WDT_QIMEN_" .. name:upper()] = value
    end
    for name, value in pairs(more or {}) do environment[name] = value end
    local output = shell.run(("%s %s doctor --format json"):format(shell.lua,
      quote(shell.root .. "/lua/wdt/cli/command.lua")), environment)
    local checks = {}
    for _, one in ipairs(cjson.decode(output).checks) do checks[one.check] = one end
    return checks.route, checks
  end

  it("is content where all is well", function()
    for _, edition in ipairs{ "enterprise", "ultimate" } do
      local route, checks = found(edition)
      assert.equal("ok", route.state, cjson.encode(route))
      assert.equal("ok", checks.credentials.state)
      local rows = tonumber(route.detail:match "%d+")
      assert.is_true(rows > 0)
    end
  end)

  it("tells the platform's secrets from the ERP's", function()
    for _, case in ipairs{
      { "route_secret", { WDT_QIMEN_APP_SECRET = "another" } },
      { "route_app", { WDT_QIMEN_APP_KEY = "87654321" } },
      { "route_target", { WDT_QIMEN_TARGET_APP_KEY = "21363513" } },
    } do
      local route, checks = found("enterprise", case[2])
      assert.equal("bad", route.state)
      assert.equal(case[1], route.finding, route.detail)
      assert.equal("ok", checks.credentials.state)
      assert.matches("Qimen", route.cause)
    end
    local route, checks = found("ultimate", { WDT_APPSECRET = "another:sandbox-salt" })
    assert.equal("sign_within", route.finding)
    assert.equal("bad", checks.credentials.state)
  end)

  it("tells an app that the seller has not authorised", function()
    local route = found("ultimate", nil, shut)
    assert.equal("route_unauthorised", route.finding, route.detail)
  end)
end)
