-- A name that is not found made libcurl 7.88 refuse the next request on that handle ("limit: ...
-- bad argument"), which ended any sync; and a process without descriptors was told "Couldn't
-- connect to server".
local peer = require "support.peer"
local fetch = require "support.fetch"
local shell = require "support.shell"
local steps, answer = peer.steps, peer.answer

describe("a transport", function()
  local server, f

  setup(function()
    server = peer.start()
    f = fetch.new(server)
  end)
  teardown(function() server:close() end)
  before_each(function() f:start() end)
  after_each(function() f:stop() end)

  it("goes on after a name that was not found", function()
    for _ = 1, 3 do
      f:fails("connect", "nowhere.invalid:80", "", { url = "http://nowhere.invalid/" })
      assert.is_true(f:get(answer '{"code":0}').whole)
    end
  end)

  it("goes on after every other failure", function()
    for _, script in ipairs{ steps.finish, steps.reset, steps.send "garbage\r\n\r\n"
      .. steps.finish,
      steps.send(peer.head(200, { "Content-Length: 9" }) .. "{") .. steps.finish } do
      assert.is_nil(f:get(script).whole)
      assert.is_true(f:get(answer '{"code":0}').whole)
    end
  end)

  it("says so where the process has no descriptor left", function()
    local script = server:file("child.lua", [[
      local host, decoder = require "wdt.host.curl".new(), require "wdt.core".decoder{}
      local held, file = {}, nil
      repeat
        file = io.open "/dev/null"
        held[#held + 1] = file
      until not file
      local url = "http://127.0.0.1:]] .. server.plain .. [[/"
      local exchange = host:open({ url = url, body = "W\n" }, decoder)
      local more, err, code
      repeat more, err, code = exchange:pull() until not more
      print(code, exchange.sent, err)]])
    local said = shell.run(("ulimit -n 40; LUA_PATH=%s LUA_CPATH=%s %s %s"):format(
      shell.quote(package.path),
      shell.quote(package.cpath), shell.lua, script))
    assert.truthy(
      said:find("^connect\tfalse\tconnect: no connection to 127.0.0.1:%d+ %(.*Too many open "
        .. "files%)"), said)
  end)
end)
