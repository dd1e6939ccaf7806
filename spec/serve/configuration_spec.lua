-- The web service's settings: read by one set of rules, and refused with file and line.
local configuration = require "wdt.serve.configuration"
local file = require "wdt.fleet.file"
local fleet = require "wdt.fleet.configuration"

local ACCOUNT = "[shop1]\nedition = enterprise\nsid = s\nappkey = k\nappsecret = x\n"
local DIGEST = configuration.digest(("ab"):rep(32))

describe("the web service's configuration", function()
  local function read(text)
    local sections, err, lines = file.parse(ACCOUNT .. text)
    assert.is_nil(err)
    return configuration.read{ path = "f.ini", sections = sections, lines = lines }
  end

  it("has defaults, and settings of its own beside the accounts", function()
    local got = read(("[serve]\nlisten = [::1]:81\nworkers = 2\n[serve:fin.ance-1]\ntoken = %s\n"
      .. "accounts = shop1\nmask = true\nmethods = stockouts, shop\ndeadline = 5m\n"):format(
        DIGEST))
    assert.same({ "shop1" }, got.names)
    assert.equal("[::1]:81", got.service.listen)
    assert.equal(2, got.service.workers)
    assert.same({ 16384, 256 }, { got.service.connections, got.service.readings })
    local consumer = got.consumers[DIGEST]
    assert.equal("fin.ance-1", consumer.name)
    assert.same({ shop1 = true }, consumer.accounts)
    assert.same({ stockouts = true, shop = true }, consumer.methods)
    assert.same({ 300, 4, true }, { consumer.deadline, consumer.queue, consumer.mask })
    assert.equal("127.0.0.1:8080", read "".service.listen)
  end)

  it("is no account of the fleet", function()
    local sections, _, lines = file.parse(ACCOUNT .. "[*/stockouts]\nto = sqlite:a.db\n[serve]\n"
      .. "workers = 1\n[serve:x]\nmask = true\n")
    local accounts = assert(fleet.read{ path = "f.ini", sections = sections, lines = lines })
    assert.equal(1, #accounts)
    assert.equal("shop1", accounts[1].name)
  end)

  it("refuses what can't be used", function()
    local consumer = "[serve:x]\ntoken = " .. DIGEST .. "\naccounts = *\n"
    for text, expected in pairs{
      ["[serve]\nlisten = 8080\n"] = "f.ini line 7: setting 'listen' is \"8080\", expected an "
        .. "address and a port, e.g. 127.0.0.1:8080",
      ["[serve]\nlisten = a:99999\n"] = "expected an address and a port",
      ["[serve]\nlistn = x\n"] = "the nearest known: 'listen'",
      ["[serve]\nca_file = /a b\n"] = "expected a path without blanks",
      ["[serve]\nresolver = 1.1.1.1; evil\n"] = "expected addresses of name servers",
      ["[serve]\ninteractive_share = 1\n"] = "expected a number between 0 and 1",
      ["[serve]\nreadings = 0\n"] = "setting 'readings' is \"0\", expected a whole number above 0",
      ["[serve]\ntls_key = /k\n"] = "tls_certificate and tls_key go together",
      ["[serve:x]\naccounts = *\n"] = "[serve:x] says no token",
      ["[serve:x]\ntoken = " .. DIGEST .. "\n"] = "[serve:x] says no accounts",
      ["[serve:x]\ntoken = hunter2\naccounts = *\n"] = "setting 'token' is no digest",
      ["[serve:a b]\ntoken = " .. DIGEST .. "\naccounts = *\n"] = "a consumer's name has letters",
      ["[serve:x]\ntoken = " .. DIGEST .. "\naccounts = shop2\n"] = "there is no account [shop2]; "
        .. "the nearest known: 'shop1'",
      [consumer .. "queue = 0\n"] = "setting 'queue' is \"0\", expected a whole number above 0",
      [consumer .. "deadline = soon\n"] = "a length of time",
      [consumer .. "mask = perhaps\n"] = '"true" or "false"',
      [consumer .. consumer:gsub("serve:x", "serve:y")] = "have one token",
    } do
      local got, err = read(text)
      assert.is_nil(got)
      assert.truthy(err:find(expected, 1, true), err)
      assert.is_nil(err:find("hunter2", 1, true))
    end
    local got, err = configuration.read{ path = "f.ini", lines = {}, sections = {} }
    assert.same({ nil, "f.ini: it has no account" }, { got, err })
  end)
end)
