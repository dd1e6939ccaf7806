-- How wdt serve starts: by TLS, with a token of its own where no consumer is configured, and not at
-- all where it can't.
local command = require "support.command"
local nginx = require "support.nginx"
local serve = require "support.serve"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

local ACCOUNT = "[shop]\n$ACCOUNT_enterprise\nrate = 100000\n"

describe("wdt serve starts", function()
  local visit

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)

  it("by TLS, with every header that guards its pages, and a cookie for TLS alone", function()
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. quote(folder)) end)
    shell.must(("openssl req -x509 -newkey rsa:2048 -nodes -keyout %s/key.pem -out %s/cert.pem "
      .. "-days 2 -subj /CN=localhost 2>/dev/null"):format(folder, folder))
    local service = serve.start(visit, ACCOUNT .. ("[serve]\ntls_certificate = %s/cert.pem\n"
      .. "tls_key = %s/key.pem\n[serve:all]\ntoken = $TOKEN_all\naccounts = *\n"):format(folder,
        folder))
    local head = service.folder .. "/head"
    assert.equal(200, (service:status("/v1/shop/stockouts?limit=1&day=" .. visit.day, "all",
      "-D " .. quote(head))))
    for _, path in ipairs{ "/", "/healthz", "/v1/shop/methods", "/nowhere" } do
      service:status(path, "all", "-D " .. quote(head))
      local text = shell.read(head):lower()
      for _, name in ipairs{ "strict-transport-security", "content-security-policy",
        "x-content-type-options", "x-frame-options", "referrer-policy" } do
        assert.truthy(text:find("\n" .. name .. ":", 1, true), path .. " " .. name)
      end
    end
    local token = service:token "all"[1]
    local status, body = service:status("/login", nil, ("-D %s -X POST --data %s"):format(
      quote(head), token))
    assert.equal(200, status, body)
    local cookie = shell.read(head):match "\n[Ss]et%-[Cc]ookie: ([^\r\n]+)"
    for _, part in ipairs{ "; HttpOnly", "; SameSite=Strict", "; Secure" } do
      assert.truthy(cookie:find(part, 1, true), cookie)
    end
    assert.equal(200, (service:status("/v1/accounts", nil, "-b " .. quote(cookie:match "^[^;]+"))))
    assert.equal(405, (service:status("/login", nil, ("-X POST --data %s -H 'Sec-Fetch-Site: "
      .. "cross-site'"):format(token))))
    assert.equal(401, (service:status("/login", nil, "-X POST --data " .. ("0"):rep(64))))
    service:stop()
  end)

  it("with a token of the owner, where no consumer is configured", function()
    local service = serve.start(visit, ACCOUNT)
    local token = service:said():match "/#token=(%x+)"
    assert.equal(64, #token)
    local header = "-H 'Authorization: Bearer " .. token .. "'"
    assert.equal(200, (service:status("/v1/shop/methods", nil, header)))
    assert.equal(401, (service:status("/v1/shop/methods")))
    -- it stays the same when the file is read again
    shell.must("kill -HUP " .. shell.read(service.folder .. "/pid"))
    assert.equal(200, (service:status("/v1/shop/methods", nil, header)))
    -- and stands nowhere that others may read
    assert.equal("", shell.run(("find %s -type f -perm /077 -exec grep -l %s {} +"):format(
      quote(service.prefix), token)))
    service:stop()
  end)

  it("on an address that others reach, and says that tokens go in clear where there is no TLS",
  function()
    local words = "without TLS, tokens and personal data cross the network as they are"
    for address, clear in pairs{ ["0.0.0.0"] = true, ["127.0.0.1"] = false } do
      local service = serve.start(visit, ACCOUNT, nil, address)
      assert.equal(200, (service:status "/healthz"))
      assert.equal(clear, service:stop():find(words, 1, true) ~= nil, address)
    end
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. quote(folder)) end)
    shell.must(("openssl req -x509 -newkey rsa:2048 -nodes -keyout %s/key.pem -out %s/cert.pem "
      .. "-days 2 -subj /CN=localhost 2>/dev/null"):format(folder, folder))
    local service = serve.start(visit, ACCOUNT .. ("[serve]\ntls_certificate = %s/cert.pem\n"
      .. "tls_key = %s/key.pem\n"):format(folder, folder), nil, "0.0.0.0")
    assert.is_nil(service:stop():find(words, 1, true))
  end)

  it("not at all where it can't, and says why", function()
    local cli = command.new(visit)
    finally(function() cli:close() end)
    local v = visit:variables "enterprise"
    local account = ("[shop]\nedition = enterprise\nsid = %s\nappkey = %s\nappsecret = %s\n")
      :format(v.WDT_SID, v.WDT_APPKEY, v.WDT_APPSECRET)
    local user = "[serve]\nuser = " .. shell.must "id -un"
    local function refused(text, words, options)
      shell.write(cli.folder .. "/s.ini", text)
      shell.must("chmod 600 " .. quote(cli.folder .. "/s.ini"))
      local got = cli:run("wdt serve --config s.ini --prefix state " .. (options or ""), nil,
        { WDT_SERVE_CPATH = nginx.absolute(nginx.cpath) })
      assert.equal(3, got.status, got.err)
      assert.truthy(got.err:find(words, 1, true), got.err)
    end
    refused(account .. user .. "listne = 127.0.0.1:1\n", "the nearest known: 'listen'")
    refused(user, "it has no account")
    refused(account .. user, ("port %d is in use"):format(visit.handle.port),
      ("--listen 127.0.0.1:%d"):format(visit.handle.port))
    refused(account .. user .. "tls_certificate = /nowhere\ntls_key = /nowhere\n", "/nowhere")
    if shell.must "id -u" == "0\n" then
      refused(account, "as root it needs an unprivileged user")
    end
    local got = cli:run "wdt serve --config nowhere.ini"
    assert.equal(3, got.status)
    assert.truthy(got.err:find("there is no such file", 1, true), got.err)
    got = cli:run "wdt serve --new-token 'a b'"
    assert.equal(2, got.status)
  end)
end)
