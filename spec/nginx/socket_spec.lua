-- The transport inside nginx, byte by byte: the other end follows a script (support/peer.c).
local conformance = require "support.host_conformance"
local inflate = require "wdt.host.inflate"
local nginx = require "support.nginx"
local peer = require "support.peer"
local shell = require "support.shell"
local steps = peer.steps
local answer, head, send = peer.answer, peer.head, steps.send

local SMALL = '{"code":0,"stockout_list":[{"id":1},{"id":2}]}'

-- The head of a request where lua-zlib is installed; nginx runs the LuaJIT of the same machine.
local ACCEPT = inflate.available and "Accept-Encoding: gzip\r\n" or ""

describe("a socket of nginx", function()
  local far, ngx, port

  local function certificate(folder, name, host)
    shell.must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "
      .. "2 -subj /CN=%s "
      .. "-addext subjectAltName=DNS:%s -keyout %s/%s.key -out %s/%s.pem"):format(
        host, host, folder, name, folder, name))
  end

  local function tls_server(folder, name, at)
    return ([[server { listen 127.0.0.1:%d ssl;
      ssl_certificate %s/%s.pem; ssl_certificate_key %s/%s.key;
      location / { return 200 '{"code":0,"name":"$ssl_server_name $connection_requests"}'; } }]])
      :format(at, folder, name, folder, name)
  end

  setup(function()
    far = peer.start()
    for _, name in ipairs{ "good", "strange" } do certificate(far.dir, name, "127.0.0.1") end
    certificate(far.dir, "other", "elsewhere.example")
    shell.must(("cd %s && cat good.pem other.pem > trusted.pem"):format(far.dir))
    local err
    for try = 1, 10 do
      port = 21000 + (os.time() * 7 + math.floor(os.clock() * 1e6) + try * 997) % 9000
      ngx, err = nginx.start{ http = ("lua_ssl_trusted_certificate %s/trusted.pem;"):format(
        far.dir) ..
        tls_server(far.dir, "good", port) .. tls_server(far.dir, "other", port + 1)
          .. tls_server(far.dir, "strange", port + 2),
        server = ([[location = /named { resolver 127.0.0.1:%d ipv6=off;
          content_by_lua_block { require("support.inside_nginx").content() } }]]):format(
          far.names) }
      if ngx then break end
    end
    assert(ngx, err)
  end)

  teardown(function()
    if ngx then ngx:stop() end
    far:close()
  end)

  local get, fails = conformance.asking(function() return far end,
    function(request) return ngx:run("content", nginx.FETCH, request) end)

  local function connections()
    return get(steps.count).accepted
  end

  it("reads bodies with a length, in chunks, and up to the end of the connection", function()
    local got = get(answer(SMALL, 200, "Date: now"))
    assert.same({ 2, true, 200, #SMALL, "now", "closed" },
      { got.rows, got.done, got.status, got.bytes, got.date, got.closed })
    assert.is_nil(got.early)
    assert.is_nil(got.nothing)
    local chunks = {}
    for i = 1, #SMALL do chunks[i] = "1\r\n" .. SMALL:sub(i, i) .. "\r\n" end
    got = get(send(head(200, { "Transfer-Encoding: chunked" }) .. table.concat(chunks)
      .. "0\r\n\r\n"))
    assert.same({ 2, true }, { got.rows, got.done })
    got = get(send(head(200, {}) .. SMALL) .. steps.finish)
    assert.same({ 2, true }, { got.rows, got.done })
  end)

  it("reads a body of megabytes, whose rows come while it is still sent", function()
    local row = '{"id":1,"remark":"' .. ("x"):rep(2000) .. '"},'
    local first, last_row = '{"code":0,"stockout_list":[', '{"id":2}]}'
    local got = get(send(head(200, { "Content-Length: " .. #first + 5000 * #row + #last_row })
      .. first) .. steps.rep(5000, row)
      .. send(last_row))
    assert.same({ 5001, true }, { got.rows, got.done })
  end)

  it("sends what it was told, and nothing else", function()
    local got = get(steps.echo, { headers = { ["Content-Type"] = "application/json",
      ["X-A"] = "b" } })
    assert.equal(("POST /openapi?sign=SECRET HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: "
      .. "wdt/%s\r\nContent-Length: 2\r\n"
      .. "%sContent-Type: application/json\r\nX-A: b\r\n\r\n"):format(
        far.plain, require "wdt.version", ACCEPT), got.request)
    got = get(steps.echo, { url = "http://127.0.0.1:" .. far.plain .. "?a", user_agent = "me" })
    local line = "^POST /%?a HTTP/1.1\r\nHost: 127.0.0.1:%d+\r\nUser%-Agent: "
      .. "me\r\nContent%-Length: 2\r\n"
    assert.truthy(got.request:find(line))
  end)

  it("uses a connection again after a complete answer, and never after another", function()
    local before = connections()
    for _ = 1, 5 do get(answer(SMALL)) end
    assert.equal(before, connections())
    get(answer(SMALL, 500)) -- any status
    assert.equal(before, connections())
    get(answer(SMALL, 200, "Connection: close"))
    assert.equal(before + 1, connections())
    fails("truncated", "", send(head(200, { "Content-Length: 100" }) .. SMALL) .. steps.finish)
    assert.equal(before + 2, connections())
    get(send(head(200, { "Content-Length: " .. #SMALL }) .. SMALL .. "after"))
    local after = connections()
    assert.equal(before + 3, after)
  end)

  conformance.describe(function()
    return { server = far, gzip = inflate.available, close = function() end,
      fetch = function(request) return ngx:run("content", nginx.FETCH, request) end,
      by_name = function(request) return ngx:run("named", nginx.FETCH, request) end }
  end)

  it("tells a broken body from a whole one", function()
    local cut = send(head(200, { "Content-Length: 100" }) .. SMALL) .. steps.finish
    local got = fails("truncated", "broke off after 46 bytes", cut)
    assert.equal(2, got.rows) -- those that stood whole
    cut = send(head(200, { "Transfer-Encoding: chunked" }) .. "A\r\n" .. SMALL:sub(1, 10))
      .. steps.reset
    fails("truncated", "broke off after 10 bytes", cut)
    fails("truncated", "without an answer", send("HTTP/1.1 200 OK\r\nContent-") .. steps.finish)
    fails("http", "no status line", send("SSH-2.0-OpenSSH\r\n") .. steps.wait)
    fails("http", "not one number", send(head(200, { "Content-Length: 1", "Content-Length: 2" }))
      .. steps.wait)
    got = get(answer('{"stockout_list":[{"id":1},}'))
    assert.equal(1, got.rows)
    assert.truthy(got.decoder:find("^syntax: "))
  end)

  it("says the status of any other answer, however that ends", function()
    for _, ending in ipairs{ steps.finish, steps.reset, steps.wait } do
      local got = get(send(head(503, { "Content-Length: 100", "Date: now" }) .. SMALL) .. ending,
        { timeout = { stall = 0.1 } })
      assert.same({ 0, true, 503, "now" }, { got.rows, got.done, got.status, got.date })
    end
  end)

  it("keeps its time limits", function()
    local silent = { url = "http://127.0.0.1:" .. far.silent .. "/?sign=SECRET" }
    silent.timeout = { stall = 0.05 }
    fails("timeout", "sent nothing for 0.05 s (stall) after 0 bytes", "", silent)
    silent.timeout = { total = 0.05 }
    fails("timeout", "did not finish within 0.05 s of waiting (total); 0 bytes came", "", silent)
    fails("timeout", "(stall) after 10 bytes", send(
      head(200, { "Content-Length: 100" }) .. SMALL:sub(1, 10)) .. steps.wait,
      { timeout = { stall = 0.05 } })
    silent.url, silent.timeout = "https://127.0.0.1:" .. far.silent, { connect = 0.05 }
    fails("timeout", "within 0.05 s (connect)", "", silent)
  end)

  it("says what keeps it from connecting", function()
    fails("connect", "no connection to 127.0.0.1:" .. far.refusing .. " (connection refused)", "",
      { url = "http://127.0.0.1:" .. far.refusing })
    fails("config", "its configuration needs a `resolver` (api.example:80)", "",
      { url = "http://api.example/?sign=SECRET" })
    fails("config", "no host with an optional port", "", { url = "http://u:p@127.0.0.1/" })
    fails("config", "'proxy' can't be kept", "", { proxy = "http://127.0.0.1:1" })
    fails("config", "lua_ssl_trusted_certificate", "", { ca_file = "/x.pem" })
    local ok, err = pcall(ngx.run, ngx, "content", [[
      require "wdt.nginx.host".new():open({ url = "gopher://x" }, require "wdt.core".decoder{})]])
    assert.is_false(ok)
    assert.equal(
      "chunk:1: parameter 'request.url' is \"something else\", expected an http:// or https:// "
        .. "URL, "
      .. "of a port from 1 to 65535",
      err)
    assert.same({ nil, "closed: the host was closed", "closed" }, { ngx:run("content", [[
      local host = require "wdt.nginx.host".new()
      host:close()
      return host:open({ url = "http://127.0.0.1", body = "" }, require "wdt.core".decoder{})]]) })
  end)

  it("trusts a certificate of the right name that nginx trusts, and no other", function()
    local got = get("", { url = "https://127.0.0.1:" .. port })
    assert.equal("127.0.0.1 1", got.name)
    got = get("", { url = "https://127.0.0.1:" .. port })
    assert.equal("127.0.0.1 2", got.name) -- the same connection
    fails("tls", "no trusted connection to 127.0.0.1:" .. port + 1, "",
      { url = "https://127.0.0.1:" .. port + 1 })
    fails("tls", "no trusted connection to 127.0.0.1:" .. port + 2, "",
      { url = "https://127.0.0.1:" .. port + 2 })
  end)

  it("has several answers on their way, which poll tells apart without waiting for them", function()
    local slow_first, quick, rows = ngx:run("content", [[
      local host, core = require "wdt.nginx.host".new(), require "wdt.core"
      local function open(script)
        local decoder = core.decoder{ path = "stockout_list" }
        return assert(host:open({ url = given.url, body = script }, decoder)), decoder
      end
      local slow, slow_rows = open(given.slow)
      local fast, fast_rows = open(given.fast)
      while not fast:poll() do ngx.sleep(0.001) end
      local slow_done, fast_fed = slow:poll(), fast:pull() -- true: poll has fed the decoder
      open(given.unblock):pull()
      local n = 0
      repeat while slow_rows:next() do n = n + 1 end until not slow:pull()
      while fast_rows:next() do n = n + 1 end
      return slow_done, fast_fed and not fast:pull(), n]],
      { url = "http://127.0.0.1:" .. far.plain, fast = answer(SMALL),
      slow = send(head(200, { "Content-Length: " .. #SMALL }) .. SMALL:sub(1, 20))
        .. steps.block "slow" .. send(SMALL:sub(21)),
      unblock = steps.unblock "slow" .. answer "{}" })
    assert.same({ false, true, 4 }, { slow_first, quick, rows })
  end)

  it("belongs to its request: another one is told so, and closing it there does no harm", function()
    local polled, err, code = ngx:run("content", [[
      local semaphore = require "ngx.semaphore"
      local opened, used, x = semaphore.new(), semaphore.new(), nil
      ngx.timer.at(0, function()
        local host = require "wdt.nginx.host".new()
        local decoder = require "wdt.core".decoder{}
        x = assert(host:open({ url = given.url, body = given.script }, decoder))
        opened:post()
        used:wait(30)
      end)
      assert(opened:wait(30))
      local polled = x:poll()
      local _, err, code = x:pull()
      x:close()
      used:post()
      return polled, err, code]], { url = "http://127.0.0.1:" .. far.plain, script = steps.wait })
    assert.is_false(polled)
    assert.equal("closed", code)
    assert.truthy(err:find("belongs to another request of nginx", 1, true))
    -- closed with the request that it belongs to
    assert.is_true(get(steps.alone .. answer "{}").done)
  end)

  it("is closed when the client of the request goes away", function()
    ngx:stop() -- so that no pooled connection is left
    ngx = assert(nginx.start())
    shell.write(ngx.prefix .. "/chunk", require "cjson".encode{
      code = nginx.FETCH, given = { url = "http://127.0.0.1:" .. far.plain,
      body = steps.wait } })
    local _, status = ngx:curl("/abort", "--max-time 0.2")
    assert.equal(28, status)
    -- answered once no other connection is open
    assert.is_true(get(steps.alone .. answer "{}").done)
  end)
end)
