local config = require "wdt.config"
local wdt = require "wdt"

local function with(more)
  local settings = { edition = "enterprise", sid = "s", appkey = "k", appsecret = "x" }
  for k, v in pairs(more) do settings[k] = v end
  return settings
end

describe("settings", function()
  it("are completed", function()
    local made = config.complete(with{})
    assert.equal("https://api.wangdian.cn/openapi2", made.credentials.url)
    assert.equal(60, made.rate)
    assert.equal(1, made.lanes)
    assert.same({ connect = 5, stall = 20, total = 120 }, made.sending.timeout)
    assert.same({ attempts = 8, base = 1, cap = 60, cooldown = 300, total = 1800 }, made.retry)
    assert.equal("https://sandbox.wangdian.cn/openapi2",
      config.complete(with{ environment = "sandbox" }).credentials.url)
    for _, url in ipairs{ "http://[::1]", "http://[::1]:80/x", "https://u:p@h:65535/x:y",
      "http://h/a:b" } do
      assert.equal(url, config.complete(with{ url = url }).credentials.url)
    end
    assert.equal("http://h:1/x", config.complete(with{ url = "http://h:1/x/" }).credentials.url)
    assert.equal(7, config.complete(with{ retry = { base = 7 } }).retry.base)
  end)

  it("take a rate for the account, and tighter ones for single methods", function()
    assert.same({ default = 60, slow = 3 }, config.complete(with{ rate = { slow = 3 } }).rate)
    assert.same({ default = 10, slow = 3 }, config.complete(
      with{ rate = { default = 10, slow = 3 } }).rate)
    assert.truthy(wdt.new(with{ sid = "tight", rate = { slow = 3 } }))
  end)

  it("of one account share its budget, whichever client asks", function()
    local one, other, third = wdt.new(with{}), wdt.new(with{}), wdt.new(with{ sid = "t" })
    assert.equal(one.pacer, other.pacer)
    assert.not_equal(one.pacer, third.pacer)
  end)

  it("split the ultimate edition's secret at the first colon (seed U §3.2)", function()
    local account = config.complete(with{ edition = "ultimate", appsecret = "a:b:c" }).credentials
    assert.equal("a", account.secret)
    assert.equal("b:c", account.salt)
  end)

  it("are refused with their name and what was expected", function()
    for _, case in ipairs{
      { { edition = "y" }, "edition" }, { { sid = "" }, "sid" }, { { sid = 1 }, "sid" },
        { { appkey = "a\nb" }, "appkey" },
      { { url = "http://h:45049.0/x" }, "url" }, { { url = "https://h:0" }, "url" },
        { { url = "http://h:65536/" }, "url" },
      { { url = "http://h:/x" }, "url" }, { { url = "http://u:p@[::1]:x/" }, "url" },
        { { url = "ftp://x" }, "url" }, { { url = "http://h/?a=1" }, "url" },
        { { environment = "test" }, "environment" },
      { { rate = 0 }, "rate" }, { { rate = 1.5 }, "rate" }, { { rate = "60" }, "rate" },
        { { rate = { slow = 0 } }, "rate.slow" },
      { { rate = 1e9 }, "rate" },
      { { timeout = 5 }, "timeout" }, { { timeout = { connect = 0 } }, "timeout.connect" },
      { { timeout = { wait = 1 } }, "timeout.wait" },
        { { retry = { attempts = 1.5 } }, "retry.attempts" },
      { { retry = { base = -1 } }, "retry.base" }, { { lanes = 65 }, "lanes" },
        { { proxy = 1 }, "proxy" },
      { { ca_file = "" }, "ca_file" }, { { user_agent = "a\r\nb" }, "user_agent" },
        { { host = {} }, "host" },
      { { log = "x" }, "log" }, { { colour = 1 }, "colour" },
        { { edition = "ultimate", appsecret = "nocolon" }, "appsecret" },
    } do
      local made, problem = config.complete(with(case[1]))
      assert.is_nil(made, case[2])
      assert.truthy(problem:find("'" .. case[2] .. "'", 1, true), problem)
    end
    for _, name in ipairs{ "edition", "sid", "appkey", "appsecret" } do
      local settings = with{}
      settings[name] = nil
      assert.truthy(select(2, config.complete(settings)):find("'" .. name .. "' is nil", 1, true))
    end
    assert.truthy(select(2, config.complete(nil)):find("expected a table", 1, true))
  end)

  it("never show a secret", function()
    local _, problem = config.complete(with{ appsecret = "very\nsecret" })
    assert.is_nil(problem:find("very", 1, true))
    _, problem = config.complete(with{ edition = "ultimate", appsecret = "nocolon" })
    assert.is_nil(problem:find("nocolon", 1, true))
    _, problem = config.complete(with{ proxy = "http://u:pass\n@h" })
    assert.is_nil(problem:find("pass", 1, true))
    assert.is_nil(tostring(wdt.new(with{ appsecret = "hidden" })):find("hidden", 1, true))
  end)

  it("raise at the caller of wdt.new and wdt.setup", function()
    for _, make in ipairs{ wdt.new, wdt.setup } do
      local ok, err = pcall(function() make{ edition = "x" } return 1 end)
      assert.is_false(ok)
      assert.truthy(err:find("config_spec.lua:", 1, true), err)
    end
  end)
end)
