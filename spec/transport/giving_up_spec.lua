-- Transfers whose wait the system refuses fail, and as "connect" only where nothing was sent.
local fetch = require "support.fetch"
local peer = require "support.peer"
local shell = require "support.shell"

-- A process that may have no descriptor any more once its exchange is under way: poll refuses then.
local PROGRAM = [[
local url, how, sent = arg[1], arg[2], arg[3] == "sent"
local wdt = require "wdt"
local core = require "wdt.core"
local loop = wdt.loop()
local function told()
  local exchange = assert(loop:open({ url = url, body = "x" }, core.decoder{ path = "list" }))
  while exchange.raw.sent ~= sent do loop.plain.pool:turn(0.01) end
  assert(os.execute "prlimit --pid $PPID --nofile=0:")
  local more, err, code
  repeat more, err, code = exchange:pull() until not more
  print(code, err)
end
if how == "blocking" then told() else loop:spawn("one", told) assert(not next(loop:run())) end
os.exit(true, false)
]]

-- Bursts to one gateway and to another; prints how many calls fail. Of the first one's connections
-- some are kept, which the second one can't use.
local BURSTS = [[
local wdt = require "wdt"
local core = require "wdt.core"
local loop, failed = wdt.loop(), {}
local function burst(url)
  local all = {}
  for i = 1, 60 do
    local decoder = core.decoder{ path = "list" }
    local exchange, err = loop:open({ url = url, body = arg[3] }, decoder)
    all[i] = exchange or nil
    if not exchange then failed[#failed + 1] = err end
  end
  for _, exchange in pairs(all) do
    local more, err
    repeat more, err = exchange:pull() until not more
    if err then failed[#failed + 1] = err end
    exchange:close()
  end
end
for i = 1, 4 do burst(arg[i % 2 + 1]) end
print(#failed, failed[1] or "")
]]

describe("connections that are kept", function()
  it("leave descriptors to those that are wanted", function()
    local server, folder = peer.start(), shell.folder()
    shell.write(folder .. "/program.lua", BURSTS)
    local url = fetch.new(server).url
    local said = shell.must(("prlimit --nofile=100 %s %s/program.lua %s %s %s"):format(shell.lua,
      shell.quote(folder), shell.quote(url), shell.quote((url:gsub("127.0.0.1", "localhost"))),
      shell.quote(peer.answer '{"list":[]}')))
    server:close()
    shell.must("rm -rf " .. shell.quote(folder))
    assert.equal("0\t\n", said)
  end)
end)

describe("a wait that the system refuses", function()
  local server, folder

  setup(function()
    server, folder = peer.start(), shell.folder()
    shell.write(folder .. "/program.lua", PROGRAM)
  end)
  teardown(function()
    server:close()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  for _, how in ipairs{ "blocking", "loop" } do
    for state, expected in pairs{ sent = "truncated", connecting = "connect" } do
      it(("ends an exchange, %s, as %s (%s)"):format(state, expected, how), function()
        local url = state == "sent" and fetch.new(server).url
          or ("https://127.0.0.1:%s"):format(server.silent)
        local said = shell.must(("%s %s/program.lua %s %s %s"):format(shell.lua,
          shell.quote(folder), shell.quote(url), how, state))
        assert.truthy(said:find(("^%s\t%s: libcurl gives up on 127.0.0.1:%%d+ "):format(expected,
          expected)), said)
      end)
    end
  end
end)
