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
