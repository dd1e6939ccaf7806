-- `wdt sync --follow` ended for good about a minute after its gateway was gone.
local beijing = require "wdt.beijing"
local server = require "wdt.sandbox.server"
local command = require "support.command"
local copies = require "support.copies"
local shell = require "support.shell"
local visitor = require "support.visitor"

describe("wdt sync --follow", function()
  it("says that its gateway is away, and goes on when it is back", function()
    local now = os.time()
    local world = { seed = 9, rows_per_day = 150, from = now - 3 * 86400, to = now - 600,
      now = now }
    local handle = assert(server.start{ world = world })
    local visit = visitor.of(handle)
    local cli = command.new(visit)
    finally(function()
      cli:close()
      server.stop(handle)
    end)
    cli:profile("impatient", "enterprise", "retry.attempts = 1\nrate = 100000")
    server.control(handle, "inject", { kind = "none", times = 4 })
    server.control(handle, "inject", { kind = "http_5xx", times = 1 })
    -- Polls are short, so that the outage is; it is told to end once it has gone on.
    shell.write(cli.folder .. "/hurry.lua", [[
      local options = require "wdt.sync.options"
      local check = options.check
      options.check = function(client, method, job)
        local o, err = check(client, method, job)
        if o then o.poll = { least = 0.2, most = 0.2 } end
        return o, err
      end]])
    local line = ("LUA_INIT=@%s/hurry.lua wdt sync job --from '%s' --to sqlite:db --follow "
      .. "--page-size 10 "
      .. "--profile impatient"):format(cli.folder, beijing.format(now - 2 * 86400))
    local got = cli:run(("setsid env --default-signal=TERM %s 2>said & me=$!; "):format(line)
      .. "n=0; until grep -q 'trying again' said || [ $n -gt 3000 ]; do n=$((n + 1)); sleep 0.01; "
        .. "done; "
      .. "calls() { curl -s --noproxy '*' " .. handle.url .. "/_sandbox/stats; }; "
      .. "n=0; was=$(calls); until [ \"$was\" != \"$(calls)\" ] || [ $n -gt 3000 ]; do n=$((n + "
        .. "1)); "
      .. "sleep 0.01; done; kill -TERM $me; wait $me")
    local said = shell.read(cli.folder .. "/said")
    assert.equal(143, got.status, said)
    assert.truthy(said:find("server: HTTP 5%d%d[^\n]*; trying again in 0 s\n"), said)
    assert.truthy(said:find("everything before", 1, true), said)
    local _, n = copies.sqlite(cli.folder .. "/db", "job")
    assert.is_true(n > 0)
  end)
end)
