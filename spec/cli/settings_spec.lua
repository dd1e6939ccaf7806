-- Every setting that `wdt.new` takes can be said by a profile and, unless it is a secret, by --set:
-- the settings are those of the table from which reference and types are made.
local account = require "wdt.cli.account"
local command = require "support.command"
local config = require "wdt.config"
local documented = require "house.api_tables"
local map = require "wdt.map"
local shell = require "support.shell"

-- These a program alone can give.
local PROGRAM = { host = true, log = true }

-- Values that are no default; where a setting takes another kind of value, the documents tell.
local VALUES = { edition = "enterprise", sid = "shop", appkey = "key", appsecret = "hush",
  environment = "sandbox", url = "http://127.0.0.1:1/x", rate = 7, budget = "redis://127.0.0.1:1/0",
  share = 0.5, lanes = 3, sign_lengths = "bytes", mask_key = "0123456789abcdef",
  proxy = "http://127.0.0.1:2", ca_file = "/some/where.pem", user_agent = "erp/1 (a test)",
  ["timeout.connect"] = 1.5, ["timeout.stall"] = 3, ["timeout.total"] = 33, ["retry.attempts"] = 2,
  ["retry.base"] = 0.5, ["retry.cap"] = 9, ["retry.cooldown"] = 77, ["retry.total"] = 99,
  ["qimen.app_key"] = "12", ["qimen.app_secret"] = "34", ["qimen.target_app_key"] = "56",
  ["qimen.url"] = "http://127.0.0.1:3/q", ["qimen.sign_method"] = "hmac", ["qimen.rate"] = 8 }

local SECRETS = { "appsecret", "mask_key", "qimen.app_secret" }

describe("a setting", function()
  -- "timeout" -> "timeout.connect" and so on, as the reference has them
  local names = {}
  for _, field in ipairs(documented.settings.fields) do
    for name in field[1]:gmatch "[%w_]+" do
      local inner = ({ timeout = documented.timeout, retry = documented.retry,
        qimen = documented.qimen })[name]
      if not PROGRAM[name] and not inner then names[#names + 1] = name end
      for _, one in ipairs(inner and inner.fields or {}) do
        for part in one[1]:gmatch "[%w_]+" do names[#names + 1] = name .. "." .. part end
      end
    end
  end

  -- The settings as a program gives them.
  local given = {}
  for name, value in pairs(VALUES) do
    local outer, inner = name:match "^(%l+)%.(.+)$"
    if outer then
      given[outer] = given[outer] or {}
      given[outer][inner] = value
    else
      given[name] = value
    end
  end

  it("is known here, one by one", function()
    local missing = map.set(names)
    for name in pairs(VALUES) do
      assert.is_true(missing[name], name .. " is documented nowhere")
      missing[name] = nil
    end
    assert.same({}, missing)
    assert.is_true(#names >= 29, #names)
  end)

  it("can be said by a profile", function()
    local lines = { "[one]" }
    for _, name in ipairs(names) do lines[#lines + 1] = name .. " = " .. VALUES[name] end
    local profiles = assert(account.parse(table.concat(lines, "\n")))
    assert.same(given, profiles.one)
    assert.same(assert(config.complete(given)), assert(config.complete(profiles.one)))
  end)

  describe("on the command line", function()
    local cli

    command.visiting(function(_, c) cli = c end)

    it("can be said, one by one, but for secrets", function()
      local secret = map.set(SECRETS)
      cli:profile("one", "enterprise", "qimen.app_key = 1\nqimen.app_secret = 2\n"
        .. "qimen.target_app_key = 3")
      for _, name in ipairs(names) do
        local got = cli:run(("wdt sign shop --profile one --set %s"):format(
          shell.quote(name .. "=" .. VALUES[name])))
        assert.equal(secret[name] and 2 or 0, got.status, name .. ": " .. got.err)
        assert.equal(secret[name], got.err:find("a secret is not taken from the command line", 1,
          true) and true, name)
        got = cli:run(("wdt sign shop --profile one --set %sx=1"):format(name))
        assert.is_true(got.status == 2 or got.status == 3, name)
        assert.truthy(got.err:find(secret[name] and "is not taken" or "is not known", 1, true),
          got.err)
      end
      for _, one in ipairs{ "--set proxy=http://me:hush@127.0.0.1:2",
        "--set=budget=redis://:hush@h", "--set url=https://me:hush@127.0.0.1/x" } do
        local got = cli:run("wdt sign shop --profile one " .. one)
        assert.equal(2, got.status, one)
        assert.truthy(got.err:find("a secret is not taken from the command line", 1, true))
        assert.is_nil(got.err:find("hush", 1, true))
      end
    end)
  end)
end)
