-- The host of a plain interpreter: its clocks, what it refuses, and how it behaves in a process of
-- its own.
local peer = require "support.peer"
local core = require "wdt.core"
local curl_host = require "wdt.host.curl"
local cjson = require "cjson"
local conformance = require "support.host_conformance"
local shell = require "support.shell"

-- The directory of this run's modules, seen from the peer's.
local cwd = io.popen("pwd"):read("*l")
local function path(variable, value)
  return variable .. "='" .. value:gsub("[^;]+", function(p) return p:find("^/") and p
    or cwd .. "/" .. p end) .. "' "
end

-- The environment of a process that loads these modules, and another library before all else. A
-- sanitizer that they were built with has to be there before them, and would be before the library.
local function modules(library)
  local preload = (os.getenv "LD_PRELOAD" or "") .. " " .. (library or "")
  return (preload ~= " " and "LD_PRELOAD='" .. preload .. "' " or "")
    .. (library and "ASAN_OPTIONS=\"verify_asan_link_order=0:$ASAN_OPTIONS\" " or "")
    .. path("LUA_PATH", package.path) .. path("LUA_CPATH", package.cpath)
end

-- The command that runs a text, on this interpreter.
local function script(server, text)
  return shell.lua .. " '" .. server:file("child.lua", text) .. "'"
end

-- Runs inside a process whose names are looked up by support/names.c: one exchange, as JSON.
local BY_NAME = [[
  local cjson = require "cjson"
  local host = require "wdt.host.curl".new()
  local decoder = require "wdt.core".decoder{ path = "stockout_list" }
  local exchange, err, code = host:open(cjson.decode(io.read "*a"), decoder)
  print(cjson.encode(require "support.host_conformance".read(exchange, decoder, err, code)))]]

describe("wdt.host.curl", function()
  local host
  before_each(function() host = curl_host.new() end)
  after_each(function() host:close() end)

  it("has a clock that never goes back, and the time of day", function()
    local last = host:now()
    for _ = 1, 1000 do
      local now = host:now()
      assert.is_true(now >= last)
      last = now
    end
    local before = os.time()
    local time = host:time()
    assert.is_true(before <= time and time <= os.time() + 2) -- os.time may be a tick late
  end)

  it("sleeps as long as it was told", function()
    for _, seconds in ipairs { 0, 0.001, 0.03 } do
      local before = host:now()
      host:sleep(seconds)
      assert.is_true(host:now() - before >= seconds)
    end
    for _, bad in ipairs { -1, 0 / 0, 1 / 0, "1", {} } do
      assert.has_error(function() host:sleep(bad) end)
    end
    local _, err = pcall(function() host:sleep() end)
    assert.truthy(err:find("^.*curl_spec.lua:%d+: parameter 'seconds' is nil, expected "), err)
  end)

  it("has chance, evenly spread from 0 to 1", function()
    local n, sum, seen = 4000, 0, {}
    for _ = 1, n do
      local r = host:random()
      assert.is_true(r >= 0 and r < 1)
      assert.is_nil(seen[r])
      seen[r] = true
      sum = sum + r
    end
    assert.is_true(sum / n > 0.45 and sum / n < 0.55) -- eleven standard deviations
  end)

  describe("open refuses", function()
    local function refuses(parameter, request, decoder)
      if decoder == nil then decoder = core.decoder {} end
      local ok, err = pcall(function() host:open(request, decoder) end)
      assert.is_false(ok)
      assert.truthy(err:find("curl_spec.lua:%d+: parameter '" .. parameter:gsub("%p", "%%%0")
        .. "' is "), err)
      assert.is_nil(err:find("SECRET", 1, true))
    end

    local function request(changes)
      local r = { url = "http://127.0.0.1:1/?sign=SECRET", body = "" }
      for key, value in pairs(changes) do r[key] = value end
      return r
    end

    it("what is no request", function()
      refuses("request", 1)
      refuses("request.url", { body = "" })
      refuses("request.body", { url = "http://127.0.0.1:1/" })
      refuses("decoder", request {}, false)
      refuses("decoder", request {}, {})
      assert.has_error(function() host:open(request {}, io.stdout) end)
    end)

    it("parameters of the wrong type, or no one's", function()
      for _, key in ipairs { "url", "body", "proxy", "ca_file", "user_agent" } do
        refuses("request." .. key, request { [key] = 1 })
      end
      refuses("request.headers", request { headers = "SECRET" })
      refuses("request.timeout", request { timeout = 5 })
      refuses("request.method", request { method = "GET" })
      refuses("request.1", request { true })
    end)

    it("URLs that are not of the web, or no URLs", function()
      for _, url in ipairs { "", "127.0.0.1/?SECRET", "ftp://127.0.0.1/SECRET", "file:///SECRET",
        "http://", "http:///SECRET",
                             "http://a/SECRET\r\nX: y", "http://a/SECRET\0b",
                             "http://127.0.0.1:x/SECRET",
                             "http://127.0.0.1:80.0/SECRET", "http://127.0.0.1:0/",
                             "http://[::1]:/", "http://::1/" } do
        refuses("request.url", request { url = url })
      end
    end)

    it("headers that would become others", function()
      for _, name in ipairs { "", "a b", "a:", "a\r\nb" } do
        refuses("request.headers", request { headers = { [name] = "x" } })
      end
      refuses("request.headers", request { headers = { "X: y" } })
      for _, value in ipairs { "", "SECRET\r\nX: y", "SECRET\0", 1 } do
        refuses("request.headers.X-A", request { headers = { ["X-A"] = value } })
      end
    end)

    it("limits that are none", function()
      for _, value in ipairs { 0, -1, 0 / 0, 1 / 0, "1", true } do
        for _, key in ipairs { "connect", "stall", "total" } do
          refuses("request.timeout." .. key, request { timeout = { [key] = value } })
        end
      end
      refuses("request.timeout.read", request { timeout = { read = 1 } })
    end)
  end)

  describe("like every host", function()
    local server
    setup(function()
      server = peer.start()
      server:output("cc -shared -fPIC -o names.so '" .. shell.root .. "/spec/support/names.c' -ldl")
    end)
    teardown(function() server:close() end)

    -- One request of a host that the case keeps, read to its end.
    local function fetch(kept, request)
      local decoder = core.decoder { path = "stockout_list" }
      local exchange, err, code = kept:open(request, decoder)
      return conformance.read(exchange, decoder, err, code)
    end

    conformance.describe(function()
      local kept = curl_host.new()
      return { server = server, gzip = true, close = function() kept:close() end,
        fetch = function(request) return fetch(kept, request) end,
        by_name = function(request)
          server:file("request", cjson.encode(request))
          return cjson.decode(server:output(modules(server.dir .. "/names.so")
            .. script(server, BY_NAME) .. " <request"))
        end }
    end)
  end)

  describe("in a process of its own", function()
    local server
    setup(function() server = peer.start() end)
    teardown(function() server:close() end)

    it("ends at once when it is interrupted, asleep or waiting for an answer", function()
      local silent = "http://127.0.0.1:" .. server.silent .. "/"
      for _, wait in ipairs { "host:sleep(100)", "while assert(exchange:pull()) do end" } do
        local before = host:now()
        local said = server:output("rm -f said; mkfifo said; " .. modules() .. script(server, [[
          local host = require("wdt.host.curl").new()
          local exchange = host:open({ url = "]] .. silent .. [[", body = "",
            timeout = { stall = 100, total = 100 } }, require("wdt.core").decoder {})
          io.stdout:write("ready\n")
          io.stdout:flush()
          print(pcall(function() ]] .. wait .. [[ end))]])
          .. " >said 2>&1 & child=$!; { read -r ready; until [ ! -d /proc/$child ] || grep -q "
          .. "'State:.[SZ]' /proc/$child/status; "
          .. "do :; done; kill -INT $child; cat; } <said; wait $child || true")
        assert.truthy(said:find("interrupted!", 1, true), said)
        assert.is_true(host:now() - before < 50)
      end
    end)

    it("takes no proxy from the environment", function()
      local said = server:output(modules() .. "http_proxy=http://127.0.0.1:" .. server.refusing
        .. " ALL_PROXY=http://127.0.0.1:"
        .. server.refusing .. " " .. script(server, [[
          local host = require("wdt.host.curl").new()
          local decoder = require("wdt.core").decoder {}
          local url = "http://127.0.0.1:]] .. server.plain .. [[/"
          local exchange = host:open({ url = url, body = "E\n" }, decoder)
          local more, err
          repeat more, err = exchange:pull() until not more
          print(more, err)]]))
      assert.are.equal("false\tnil\n", said)
    end)

    it("says what to do when the C module does not load", function()
      local said = server:output(path("LUA_PATH", package.path) .. "LUA_CPATH=/nowhere/?.so "
        .. script(server, [[print(select(2, pcall(require, "wdt.host.curl")))]]))
      local jit = rawget(_G, "jit")
      local expected = "wdt.curl does not load in " .. (jit and jit.version or _VERSION)
        .. "; build it again"
      assert.truthy(said:find(expected, 1, true), said)
    end)

    it("leaves libcurl and its exchanges as they are when it ends", function()
      local said = server:output(modules() .. script(server, [[
        local host = require("wdt.host.curl").new()
        local decoder = require("wdt.core").decoder {}
        local at = "http://127.0.0.1:"
        kept = { host:open({ url = at .. "]] .. server.plain .. [[/", body = "W\n" }, decoder),
                 host:open({ url = at .. "]] .. server.silent .. [[/", body = "" }, decoder) }
        for _, exchange in ipairs(kept) do exchange:poll() end
        package.loaded["wdt.curl"] = nil
        print(require("wdt.curl") ~= nil)]]))
      assert.are.equal("true\n", said)
    end)
  end)
end)
