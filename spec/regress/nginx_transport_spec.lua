-- Inside nginx a name server that does not answer held a call for 30 s in place of
-- `timeout.connect`; and a connection that one location had verified was used by another, which
-- trusts other authorities.
local nginx = require "support.nginx"
local peer = require "support.peer"
local shell = require "support.shell"

describe("a transport inside nginx", function()
  local far, ngx, port

  -- The name is written as an address, since nginx looks up no name here; it compares both as
  -- texts.
  local function certificate(name)
    shell.must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "
      .. "2 -subj /CN=127.0.0.1 "
      .. "-addext subjectAltName=DNS:127.0.0.1 -keyout %s/%s.key -out %s/%s.pem"):format(far.dir,
        name, far.dir, name))
  end

  setup(function()
    far = peer.start()
    certificate "good"
    certificate "other"
    local err
    for try = 1, 10 do
      port = 30000 + (os.time() * 7 + math.floor(os.clock() * 1e6) + try * 997) % 2000
      ngx, err = nginx.start{
        http = ([[resolver 127.0.0.1:%d ipv6=off; lua_ssl_trusted_certificate %s/good.pem;
          server { listen 127.0.0.1:%d ssl;
          ssl_certificate %s/good.pem; ssl_certificate_key %s/good.key;
          location / { return 200 '{"code":0,"name":"$connection_requests"}'; } }]])
          :format(far.silent, far.dir, port, far.dir, far.dir),
        server = ([[location = /distrustful { lua_ssl_trusted_certificate %s/other.pem;
          content_by_lua_block { require("support.inside_nginx").content() } }]]):format(far.dir) }
      if ngx then break end
    end
    assert(ngx, err)
  end)

  teardown(function()
    if ngx then ngx:stop() end
    far:close()
  end)

  it("bounds the look-up of a name by timeout.connect", function()
    local started = os.time()
    local got = ngx:run("content", nginx.FETCH, { url = "http://api.example/", body = "",
      timeout = { connect = 0.2 } })
    assert.equal("timeout: no connection to api.example:80 within 0.2 s (connect)", got.err)
    assert.is_false(got.sent)
    assert.is_true(os.time() - started < 15)
  end)

  it("keeps a connection for the location that has verified it", function()
    local function get(where)
      return ngx:run(where, nginx.FETCH, { url = "https://127.0.0.1:" .. port, body = "" })
    end
    assert.equal("1", get("content").name)
    assert.equal("2", get("content").name) -- kept
    local got = get "distrustful"
    assert.equal("tls", got.code, got.err)
    assert.is_false(got.sent)
    assert.equal("3", get("content").name)
  end)
end)
