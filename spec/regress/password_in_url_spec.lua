-- `wdt doctor` and `wdt sign` printed WDT_URL with the password that stood in it, into terminals
-- and bug reports.
local config = require "wdt.config"
local command = require "support.command"
local visitor = require "support.visitor"

local PASSWORD = "s3cr:t@x"

describe("a password in WDT_URL", function()
  local visit, cli, url

  setup(function()
    visit = visitor.start()
    cli = command.new(visit)
    url = visit:variables "enterprise".WDT_URL:gsub("//", "//erp:" .. PASSWORD:gsub("@", "%%%%40")
      .. "@")
  end)
  teardown(function()
    cli:close()
    visit:stop()
  end)

  local function shows_none(line, address)
    local got = cli:run(line, "enterprise", { WDT_URL = address })
    assert.is_nil((got.out .. got.err):find("s3cr", 1, true), line .. "\n" .. got.out .. got.err)
    return got
  end

  it("is printed by no command", function()
    assert.truthy(shows_none("wdt sign shop", url).out:find("http://erp:***@127.0.0.1:", 1, true))
    local doctor = shows_none("wdt doctor", url)
    assert.truthy(doctor.out:find("http://erp:***@127.0.0.1:", 1, true), doctor.out)
    shows_none("wdt doctor --format json", url)
    -- the other edition's: a finding that names the address
    shows_none("wdt doctor", (url:gsub("openapi2", "openapi")))
    shows_none("wdt doctor", (url:gsub(":%d+/", ":1/"))) -- refused: findings that name the host
    shows_none("wdt stockouts --last 1h -v", url)
    shows_none("wdt sign shop", url .. "?query") -- a setting that can't be used
    shows_none("wdt doctor", "erp:" .. PASSWORD .. "@localhost")
  end)

  it("is hidden, and nothing else of an address", function()
    assert.equal("http://u:***@h:80/x", config.public_url "http://u:p@w:x@h:80/x")
    for _, plain in ipairs{ "https://h:80/a", "http://user@h/x", "https://h/a?b=c:d@e" } do
      assert.equal(plain, config.public_url(plain))
    end
  end)
end)
