-- A hostile consumer: whatever it writes on a connection, it gets no row, no name of an account and
-- no file, and holds up no one.
local cjson = require "cjson"
local measured = require "bench.serve.measured"
local serve = require "support.serve"
local shell = require "support.shell"
local socket = require "socket"
local visitor = require "support.visitor"

local CONFIG = [[
[alpha]
$ACCOUNT_enterprise
rate = 100000
[omega]
$ACCOUNT_ultimate
rate = 100000
[serve]
[serve:own]
token = $TOKEN_own
accounts = alpha
[serve:other]
token = $TOKEN_other
accounts = omega
]]

describe("a hostile consumer of wdt serve", function()
  local visit, service, token

  setup(function()
    visit = visitor.start()
    service = serve.start(visit, CONFIG)
    token = "Authorization: Bearer " .. service:token "own"[1] .. "\r\n"
  end)
  teardown(function()
    local said = service:stop()
    visit:stop()
    assert.is_nil(said:find("%[error%]") or said:find("%[alert%]") or said:find("wdt serve:", 1,
      true), said)
  end)

  -- Writes bytes on a connection of its own; returns all that comes back.
  local function write(bytes)
    local connection = assert(socket.connect("127.0.0.1", service.port))
    connection:settimeout(20)
    connection:send(bytes) -- it may be refused before all of it was taken
    local all, err, part = connection:receive "*a"
    connection:close()
    return all or part, err
  end

  -- A request with lines of a head; the service is to end the connection.
  local function request(line, head, body)
    return write(line .. "\r\n" .. (head or "") .. "Connection: close\r\n\r\n" .. (body or ""))
  end

  local function statuses(answer)
    local list = {}
    for status in answer:gmatch "HTTP/1%.1 (%d+)" do list[#list + 1] = status end
    return table.concat(list, " ")
  end

  -- Nothing that a stranger is not to know.
  local function check_empty(answer, name)
    for _, word in ipairs{ "order_no", "alpha", "omega", "root:", "local M", "sandbox" } do
      assert.is_nil(answer:find(word, 1, true), name .. ": " .. answer:sub(1, 500))
    end
  end

  local HOST = "Host: x\r\n"

  it("without a token gets nothing by any form of a request", function()
    local rows = "/v1/alpha/stockouts?day=" .. visit.day
    local own = service:token "own"[1]
    for name, one in pairs{
      ["absolute"] = { "401", "GET http://127.0.0.1" .. rows .. " HTTP/1.1", HOST },
      ["another host"] = { "401", "GET " .. rows .. " HTTP/1.1", "Host: localhost@evil:99\r\n" },
      ["no host"] = { "400", "GET " .. rows .. " HTTP/1.1" },
      ["two hosts"] = { "400", "GET " .. rows .. " HTTP/1.1", HOST .. "Host: y\r\n" },
      ["a host with a path"] = { "400", "GET " .. rows .. " HTTP/1.1", "Host: a/../b\r\n" },
      ["addresses in headers"] = { "200", "GET /healthz HTTP/1.1", HOST .. "X-Original-URL: "
        .. rows .. "\r\nX-Rewrite-URL: " .. rows .. "\r\nX-Accel-Redirect: " .. rows .. "\r\n" },
      ["a token in the address"] = { "401", "GET " .. rows .. "&token=" .. own .. "&access_token="
        .. own .. " HTTP/1.1", HOST },
      ["a token for proxies"] = { "401", "GET " .. rows .. " HTTP/1.1", HOST
        .. "Proxy-Authorization: Bearer " .. own .. "\r\nX-Api-Key: " .. own .. "\r\n" },
      ["a token of two lines"] = { "401", "GET " .. rows .. " HTTP/1.1", HOST
        .. "Authorization: Bearer\r\nX: " .. own .. "\r\n" },
      ["a token after a hundred headers"] = { "401", "GET " .. rows .. " HTTP/1.1", HOST
        .. ("X: y\r\n"):rep(100) .. token },
      ["a name with a blank"] = { "400", "GET " .. rows .. " HTTP/1.1", HOST
        .. "Authorization : Bearer " .. own .. "\r\n" },
      ["NUL"] = { "400", "GET /v1/alpha/stockouts\0 HTTP/1.1", HOST },
      ["NUL, encoded"] = { "400", "GET /v1/alpha%00/stockouts HTTP/1.1", HOST },
      ["above the root"] = { "400", "GET /../../etc/passwd HTTP/1.1", HOST },
      ["above the root, encoded"] = { "400", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", HOST },
      ["backslashes"] = { "404", "GET /..\\..\\conf.lua HTTP/1.1", HOST },
      ["a long address"] = { "414", "GET /" .. ("a"):rep(70000) .. " HTTP/1.1", HOST },
      ["a long header"] = { "400", "GET / HTTP/1.1", HOST .. "X: " .. ("a"):rep(70000) .. "\r\n" },
      ["many headers"] = { "400", "GET / HTTP/1.1", HOST .. ("X: yyyyyyyyyyyy\r\n"):rep(5000) },
      ["no HTTP"] = { "400", "\22\3\1\2\0\1\0\1\252\3\3", "" },
      ["TRACE"] = { "405", "TRACE / HTTP/1.1", HOST },
      ["CONNECT"] = { "400", "CONNECT 127.0.0.1:22 HTTP/1.1", HOST },
      ["PUT"] = { "403", "PUT /x.html HTTP/1.1", HOST .. "Content-Length: 1\r\n", "x" },
    } do
      local answer = request(one[2], one[3], one[4])
      assert.equal(one[1], statuses(answer), name .. ": " .. answer:sub(1, 300))
      check_empty(answer, name)
    end
    -- HTTP/0.9 has neither a status nor a header
    check_empty(write("GET " .. rows .. "\r\n"), "0.9")
  end)

  it("can't hide a request in another one", function()
    local hidden = "GET /v1/alpha/methods HTTP/1.1\r\nHost: x\r\n\r\n"
    local post = "POST /login HTTP/1.1\r\nHost: x\r\n"
    for name, bytes in pairs{
      ["a length and chunks"] = post .. ("Content-Length: %d\r\n"):format(5 + #hidden)
        .. "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" .. hidden,
      ["two lengths"] = post .. "Content-Length: 0\r\nContent-Length: 50\r\n\r\n" .. hidden,
      ["strange chunks"] = post .. "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" .. hidden,
      ["a chunk of no length"] = post .. "Transfer-Encoding: chunked\r\n\r\nzz\r\n" .. hidden,
      ["a chunk of any length"] = post .. "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"
        .. hidden,
    } do
      local answer = write(bytes)
      assert.truthy(statuses(answer):find "^[45]%d%d$", name .. ": " .. answer)
      check_empty(answer, name)
    end
    -- one that follows openly is a request of its own, and has no token
    local answer = write(post .. "Content-Length: 1\r\n\r\nx" .. hidden:gsub("\r\n\r\n",
      "\r\nConnection: close\r\n\r\n"))
    assert.equal("401 401", statuses(answer))
    check_empty(answer, "pipelined")
  end)

  it("with a token gets what is its own, and nothing by tricks", function()
    for name, one in pairs{
      ["an account of another"] = { "404", "GET /v1/omega/methods HTTP/1.1" },
      ["dots"] = { "404", "GET /v1/alpha/%2e%2e/omega/methods HTTP/1.1" },
      ["slashes"] = { "404", "GET //v1///omega//methods HTTP/1.1" },
      ["absolute"] = { "404", "GET http://omega/v1/omega/methods HTTP/1.1" },
      ["a fragment"] = { "404", "GET /v1/omega/methods#/v1/alpha/methods HTTP/1.1" },
      ["a parameter twice"] = { "400", "GET /v1/alpha/stockouts?limit=1&limit=2&day=" .. visit.day
        .. " HTTP/1.1" },
      ["a parameter without value"] = { "400", "GET /v1/alpha/stockouts?mask HTTP/1.1" },
      ["many parameters"] = { "400", "GET /v1/alpha/stockouts?" .. ("a=1&"):rep(200)
        .. " HTTP/1.1" },
      ["a limit beyond numbers"] = { "400", "GET /v1/alpha/stockouts?limit=" .. ("9"):rep(400)
        .. " HTTP/1.1" },
      ["a change by GET"] = { "403", "GET /v1/alpha/call/trade_push HTTP/1.1",
        "X-HTTP-Method-Override: POST\r\nX-Method-Override: POST\r\n" },
      ["another method by a parameter"] = { "403", "GET /v1/alpha/call/trade_push?_method=POST "
        .. "HTTP/1.1" },
      ["HEAD"] = { "405", "HEAD /v1/alpha/stockouts?day=" .. visit.day .. " HTTP/1.1" },
      ["nested JSON"] = { "400", "POST /v1/alpha/call/shop HTTP/1.1", "Content-Length: 500000\r\n",
        ("["):rep(500000) },
      ["a long body"] = { "413", "POST /v1/alpha/call/shop HTTP/1.1",
        "Content-Length: 99999999\r\n" },
      ["a line of the log"] = { "404", "GET /v1/alpha/x%0a2026-01-01%20owner%20GET HTTP/1.1" },
    } do
      local answer = request(one[2], HOST .. token .. (one[3] or ""), one[4])
      assert.equal(one[1], statuses(answer), name .. ": " .. answer:sub(1, 300))
      assert.is_nil(answer:find("order_no", 1, true), name)
      assert.is_nil(answer:lower():find("access-control-allow", 1, true), name)
    end
    for line in service:log():gmatch "[^\n]+" do
      assert.truthy(line:find "^%S+ [%w-]+ [%u-]+ %S+ %d+ %d+ rows %d+ B %S+ s$", line)
    end
  end)

  it("can't read the end of another consumer's answer", function()
    local head = service.folder .. "/head"
    assert.equal(200, (service:status("/v1/alpha/stockouts?limit=1&day=" .. visit.day, "own",
      "-D " .. shell.quote(head))))
    local id = shell.read(head):match "\n[Ww]dt%-[Rr]equest: (%x+)"
    assert.equal(200, (service:status("/v1/alpha/proofs/" .. id, "own")))
    for _, path in ipairs{ "/v1/alpha/proofs/", "/v1/omega/proofs/" } do
      assert.equal(404, (service:status(path .. id, "other")))
    end
    -- it is still known after the file was read again
    local pid = measured.worker(service)
    shell.must("kill -HUP " .. shell.read(service.folder .. "/pid"))
    require "support.eventually"(function() return measured.worker(service) ~= pid end)
    local status, body = service:status("/v1/alpha/proofs/" .. id, "own")
    assert.equal(200, status, body)
    assert.equal(1, cjson.decode(body).rows)
  end)

  it("that never ends its requests stops no one", function()
    local slow = {}
    for i = 1, 150 do
      local one = assert(socket.connect("127.0.0.1", service.port))
      one:send(i % 2 == 0 and "GET /v1/alpha/methods HTTP/1.1\r\nHost: x\r\nX: "
        or "POST /v1/alpha/call/shop HTTP/1.1\r\n" .. HOST .. token
          .. "Content-Length: 1000\r\n\r\n{")
      slow[i] = one
    end
    -- none of them has taken a place of the consumer's four
    assert.equal(200, (service:status("/v1/alpha/stockouts?limit=1&day=" .. visit.day, "own")))
    assert.equal(200, (service:status "/healthz"))
    for _, one in ipairs(slow) do one:close() end
  end)
end)
