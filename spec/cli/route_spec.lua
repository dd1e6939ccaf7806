-- The command on the route by Qimen: where its secrets come from, what is signed, what is said.
local beijing = require "wdt.beijing"
local command = require "support.command"
local shell = require "support.shell"
local vectors = require "fixtures.qimen_sign_vectors"

local ACCOUNT = { WDT_EDITION = "enterprise", WDT_SID = "wdt2", WDT_APPKEY = "k",
  WDT_APPSECRET = "wdtsecret" }
local QIMEN = { WDT_QIMEN_APP_KEY = "12345678", WDT_QIMEN_APP_SECRET = "topsecret",
  WDT_QIMEN_TARGET_APP_KEY = "21363512" }

local PROFILE = [[
[default]
edition = enterprise
sid = wdt2
appkey = k
appsecret = wdtsecret
qimen.app_key = 12345678
qimen.app_secret = topsecret
qimen.target_app_key = 21363512
qimen.rate = 100
]]

local SIGN = ("wdt sign stockout_order_query_trade --route qimen --timestamp %d --page-no 0 "
  .. "--page-size 100 -p status=95 -p start_time='2026-11-11 09:00:00' "
  .. "-p end_time='2026-11-11 09:59:59'"):format(beijing.parse "2026-11-11 10:00:00")

local function joined(...)
  local all = {}
  for _, part in ipairs{ ... } do
    for name, value in pairs(part) do all[name] = value end
  end
  return all
end

describe("the command by Qimen", function()
  local cli

  before_each(function() cli = command.new(nil) end)
  after_each(function() cli:close() end)

  local function vector()
    for _, one in ipairs(vectors.vectors) do
      if one.id == "QE1" then return one end
    end
  end

  it("signs as the vectors do, by the environment and by a profile, the secret hidden", function()
    local one = vector()
    local by_environment = cli:run(SIGN, nil, joined(ACCOUNT, QIMEN))
    shell.must("mkdir -p " .. cli.folder .. "/.config/wdt")
    shell.write(cli.folder .. "/.config/wdt/config.ini", PROFILE)
    shell.must("chmod 600 " .. cli.folder .. "/.config/wdt/config.ini")
    local by_profile = cli:run(SIGN)
    for _, got in ipairs{ by_environment, by_profile } do
      assert.equal(0, got.status, got.err)
      assert.truthy(got.out:find("md5     " .. one.sign .. "\n", 1, true), got.out)
      assert.truthy(got.out:find("POST    https://hu3cgwt0tc.api.taobao.com/router/qm?", 1, true))
      assert.truthy(got.out:find("signed  <app_secret>app_key12345678", 1, true))
      assert.is_nil((got.out .. got.err):find("topsecret", 1, true))
    end
    assert.equal(by_environment.out, by_profile.out)
  end)

  it("says which setting is missing, or that none is there", function()
    for said, more in pairs{
      ["setting 'qimen.app_secret' is missing; expected the secret of that app"] =
        { WDT_QIMEN_APP_KEY = "1", WDT_QIMEN_TARGET_APP_KEY = "2" },
      ["the settings hold nothing of the route qimen"] = {} } do
      local got = cli:run(SIGN, nil, joined(ACCOUNT, more))
      assert.equal(3, got.status, got.err)
      assert.truthy(got.err:find(said, 1, true), got.err)
    end
    for _, line in ipairs{ "wdt stockouts --last 1h --route both",
      "wdt count --last 1h --route qimen",
      "wdt cancelled --last 1h --route qimen", "wdt records trade_query --last 1h --route qimen",
      "wdt sync x --from 2026-11-01 --to sqlite:x.db --route both",
      "wdt call shop --route qimen" } do
      local got = cli:run(line, nil, ACCOUNT)
      assert.equal(2, got.status, line .. got.err)
      assert.truthy(got.err:find("the client was given no setting 'qimen'", 1, true), got.err)
    end
    local got = cli:run("wdt stockouts --last 1h --route post", nil, ACCOUNT)
    assert.equal(2, got.status, got.err)
  end)
end)
