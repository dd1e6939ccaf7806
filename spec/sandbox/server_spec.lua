-- The sandbox over HTTP, in a real nginx, asked by the curl command.
local core = require "wdt.core"
local cjson = require "cjson"
local beijing = require "wdt.beijing"
local World = require "wdt.sandbox.world"
local server = require "wdt.sandbox.server"
local request = require "support.sandbox_request"
local quote = require "wdt.shell".quote

local DAY = 86400

local function run(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1; echo \"|$?\""))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.*)|(%d+)\n$")
  return text, tonumber(status)
end

local function read(name)
  local file = io.open(name, "rb")
  if not file then return "" end
  local text = file:read("*a")
  file:close()
  return text
end

-- A request by the curl command: its exit status, the body, the head.
local function curl(handle, req, options)
  local data = assert(io.open(handle.prefix .. "/curl.request", "wb"))
  data:write(req.body)
  data:close()
  local kind = req.headers["Content-Type"] or req.headers["content-type"]
  local said, status = run(table.concat({ "cd", quote(handle.prefix),
    "&& rm -f curl.body curl.head &&",
    "curl -sS --noproxy '*' -X POST", options or "", "-H", quote("Content-Type: " .. kind),
    "--data-binary @curl.request -o curl.body -D curl.head",
    quote(handle.url .. req.path .. "?" .. req.query) }, " "))
  return status, read(handle.prefix .. "/curl.body"), read(handle.prefix .. "/curl.head"), said
end

local function alive(pid)
  return select(2, run("kill -0 " .. pid .. " && ! grep -qs '^State:.Z' /proc/" .. pid
    .. "/status")) == 0
end

local function exists(name)
  local file = io.open(name)
  if file then file:close() end
  return file ~= nil
end

describe("the server", function()
  local now = os.time()
  local from = now - 3 * DAY
  local settled = now - now % 3600 - 1 -- rows of an hour that is not over still appear and change
  local options = { seed = 21, rows_per_day = 900, from = from, to = now + DAY, now = now }
  local handle

  setup(function()
    handle = assert(server.start{ world = options })
  end)

  teardown(function()
    assert.is_true(server.stop(handle))
    assert.is_false(alive(handle.pid))
    assert.is_false(exists(handle.prefix .. "/nginx.conf"))
    assert.is_false(server.stop(handle)) -- once more is no error
  end)

  local function stockouts(more)
    local params = { start_time = beijing.format(from), end_time = beijing.format(settled) }
    return request.enterprise(os.time(), params, more)
  end

  it("shows the same world as the one in this process", function()
    local world = World.new{ seed = 21, rows_per_day = 900, from = from, to = now + DAY, now = now }
    local status, body, head = curl(handle, stockouts())
    assert.equal(0, status)
    local answer = cjson.decode(body)
    local truth = world:all{ clock = "consign_time", status = { 95, 110 }, from = from,
      to = settled }
    assert.equal(#truth, answer.total_count)
    assert.equal(100, #answer.stockout_list)
    for i, row in ipairs(answer.stockout_list) do assert.equal(
      tostring(truth[i].id), row.stockout_id) end
    assert.truthy(head:find("HTTP/1.1 200 OK", 1, true))
    local date = beijing.parse_http_date(head:match("Date: (.-)\r\n"))
    assert.is_true(math.abs(date - os.time()) <= 2)
    assert.is_nil(head:match("Date: .-Date: "))
  end)

  it("speaks both editions, and is as strict as the gateway is", function()
    local status, body = curl(handle, request.ultimate(os.time(), request.span(now - 3600, now)))
    assert.equal(0, status)
    assert.equal(0, cjson.decode(body).status)
    status, body = curl(handle, request.ultimate(os.time() - 600, request.span(now - 3600, now)))
    assert.equal(0, status)
    assert.same({ status = 7, message = "时间戳错误" }, cjson.decode(body))
    local _, _, head = curl(handle, stockouts{ page = "nothing" })
    assert.truthy(head:find("404 Not Found", 1, true))
  end)

  it("compresses when asked to", function()
    local req = stockouts()
    local _, plain = curl(handle, req)
    local status, unpacked, head = curl(handle, req, "--compressed")
    assert.equal(0, status)
    assert.equal(plain, unpacked)
    assert.truthy(head:lower():find("content-encoding: gzip", 1, true))
  end)

  it("takes large requests", function()
    local req = stockouts{ shop_no = ("店"):rep(100000) }
    local status, body = curl(handle, req)
    assert.equal(0, status)
    assert.equal(0, cjson.decode(body).total_count)
  end)

  local function meets(fault, curl_options)
    local calls = cjson.decode(server.control(handle, "stats")).calls
    assert.equal('{"ok":true}', server.control(handle, "inject", fault))
    local status, body, head = curl(handle, stockouts(), curl_options)
    local stats = cjson.decode(server.control(handle, "stats"))
    assert.equal(0, stats.waiting_faults)
    assert.equal(calls + (fault.kind == "connect" and 0 or 1), stats.calls)
    return status, body, head
  end

  it("acts the faults out on real sockets", function()
    local _, whole = curl(handle, stockouts())
    local function cut(body, at)
      assert.equal(whole:sub(1, at), body)
    end
    local status, body, head = meets{ kind = "truncate", at = 5000 }
    assert.equal(18, status) -- closed with outstanding bytes
    cut(body, 5000)
    assert.equal(#whole, tonumber(head:match("Content%-Length: (%d+)")))
    status, body = meets{ kind = "reset", at = 70000 }
    assert.equal(56, status) -- connection reset by peer
    cut(body, #body)
    status, body = meets({ kind = "stall", at = 3000 }, "--max-time 0.3")
    assert.equal(28, status) -- timeout
    cut(body, 3000)
    status, body = meets({ kind = "stall", at = 3000, seconds = 0.05 })
    assert.equal(0, status)
    assert.equal(whole, body)
    status, body = meets{ kind = "delay", seconds = 0.05 }
    assert.equal(0, status)
    assert.equal(whole, body)
    status = meets({ kind = "gzip" }, "--compressed")
    assert.equal(61, status) -- bad content encoding
    status, body, head = meets{ kind = "chunked", sizes = { 1, 5, 4093, 2 } }
    assert.equal(0, status)
    assert.truthy(head:find("Transfer-Encoding: chunked", 1, true))
    -- nginx is about to shut the connection: who keeps it would lose its next request
    assert.truthy(head:find("Connection: close", 1, true))
    assert.equal(whole, body)
    status, body, head = meets{ kind = "http_5xx", status = 502, retry_after = 3 }
    assert.equal(0, status)
    assert.truthy(head:find("502 Bad Gateway", 1, true))
    assert.truthy(head:find("Retry-After: 3", 1, true))
    assert.truthy(body:find("<html>", 1, true))
    status = meets{ kind = "connect" }
    assert.is_true(status == 52 or status == 56) -- an empty reply, or a reset
    status, body = meets{ kind = "garbage", how = 3 }
    assert.equal(0, status)
    local decoder = core.decoder{ path = "stockout_list" }
    decoder:feed(body)
    assert.equal("syntax", select(3, decoder:next()))
    status, body = meets{ kind = "rate", text = "slow" }
    assert.equal(0, status)
    assert.same({ code = 1012, message = "slow" }, cjson.decode(body))
  end)
end)

describe("starting and stopping", function()
  local root = assert(run("pwd"):match("^(.-)\n"))
  local program = rawget(_G, "jit") and "luajit" or "lua5.4"

  -- Where the tree stands, for commands that run elsewhere.
  local function absolute(list)
    local parts = {}
    for part in list:gmatch("[^;]+") do parts[#parts + 1] = part:sub(1, 1) == "/" and part
      or root .. "/" .. part end
    return parts
  end
  local tree
  for _, part in ipairs(absolute(package.path)) do
    local name = part:gsub("%?", "wdt/sandbox/server")
    if not tree and exists(name) then tree = name:gsub("/wdt/sandbox/server%.lua$", "") end
  end

  it("runs twice, side by side", function()
    local running = {}
    for i = 1, 2 do
      local handle = assert(server.start{ world = { rows_per_day = 50, days = 10, seed = i },
        gateway = { total_as = "string" } })
      assert.is_true(alive(handle.pid))
      running[i] = handle
      local params = { start_time = beijing.format(os.time() - 5 * DAY),
        end_time = beijing.format(os.time()) }
      local curled, body = curl(handle, request.enterprise(os.time(), params))
      assert.equal(0, curled)
      local answer = cjson.decode(body)
      assert.equal(0, answer.code)
      assert.equal("string", type(answer.total_count))
      assert.is_true(tonumber(answer.total_count) > 100)
    end
    assert.not_equal(running[1].url, running[2].url)
    for i = 1, 2 do
      assert.is_true(server.stop(running[i].prefix))
      assert.is_false(alive(running[i].pid))
      assert.is_false(exists(running[i].prefix .. "/url"))
      assert.is_false(server.stop(running[i].prefix))
    end
  end)

  it("starts again in a prefix of the caller's, which stays", function()
    local prefix = assert(run("mktemp -d"):match("^(.-)\n")) .. "/a b"
    for _ = 1, 2 do
      local handle = assert(server.start{ prefix = prefix,
        world = { rows_per_day = 10, days = 2 } })
      assert.equal(prefix, handle.prefix)
      local again, err, code = server.start{ prefix = prefix }
      assert.is_nil(again)
      assert.equal("config: a sandbox already runs in " .. prefix, err)
      assert.equal("config", code)
      local _, taken = server.start{ port = handle.port }
      assert.equal("config: nginx does not start: port " .. handle.port .. " is in use", taken)
      assert.is_true(server.stop(prefix))
      assert.is_false(alive(handle.pid))
      assert.is_true(exists(prefix .. "/error.log"))
    end
    run("rm -rf " .. quote(prefix) .. " && rmdir " .. quote(prefix .. "/.."))
  end)

  it("needs no root", function()
    local user = run("id -u")
    local before, copy = "", run("mktemp -d"):match("^(.-)\n")
    -- A tree that anybody may read, wherever this one stands.
    assert.equal(
      0, select(2, run(("cd %s && mkdir lua && cp -r %s/. lua && chmod -R a+rX ."):format(
      copy, quote(tree)))))
    if user == "0\n" then before = "setpriv --reuid=65534 --regid=65534 --clear-groups" end
    -- Starting and stopping take nothing but Lua.
    local function as_user(text)
      return run(("cd / && %s env -u LUA_CPATH LUA_PATH='%s/lua/?.lua' %s -e %s"):format(
        before, copy, program,
        quote("local server = require 'wdt.sandbox.server' " .. text)))
    end
    local output, status = as_user("local h = assert(server.start()) "
      .. "print(h.url, h.prefix, ('%d'):format(h.pid))")
    assert.equal(0, status, output)
    local url, prefix, pid = output:match "^(%S+)\t(%S+)\t(%d+)\n$"
    if user == "0\n" then assert.equal("65534", run("ps -o uid= -p " .. pid):match("%d+")) end
    assert.truthy(run("curl -sS --noproxy '*' " .. url .. "/_sandbox/stats"):find(
      '"calls":0', 1, true))
    assert.equal(0, select(2, as_user(("assert(server.stop(%q))"):format(prefix))))
    assert.is_false(alive(pid))
    run("rm -rf " .. copy)
  end)

  it("says why it does not start, and leaves nothing", function()
    local folder = run("mktemp -d"):match("^(.-)\n")
    -- Of other sandboxes of this machine there may be any number.
    local output, status = run(("export TMPDIR=%s; LUA_PATH=%s LUA_CPATH=%s %s -e %s"):format(
      quote(folder), quote(table.concat(absolute(package.path), ";")),
      quote(table.concat(absolute(package.cpath), ";")), program, quote [[
        local server = require "wdt.sandbox.server"
        print(server.start{ world = { order = "up" } })
        print(server.start{ nginx = "/nowhere/nginx" })]]))
    assert.equal(0, status, output)
    assert.truthy(output:find("^nil\tconfig: [^\n]*\n?.-parameter 'order' is \"up\""), output)
    assert.truthy(output:find("/nowhere/nginx", 1, true), output)
    assert.equal("", run("ls -A " .. folder))
    run("rmdir " .. folder)
    assert.has_error(function() server.start{ colour = 1 } end,
      "parameter 'colour' is 1, expected no such option")
    assert.has_error(function() server.start{ port = "80" } end,
      "parameter 'port' is \"80\", expected a number")
    assert.has_error(
      function() server.stop(5) end,
      "parameter 'handle' is 5, expected what start returned, or its prefix")
    local answer, why = server.control({ url = "http://127.0.0.1:1" }, "stats")
    assert.is_nil(answer)
    assert.truthy(why:find("^connect: the sandbox does not answer"))
  end)
end)
