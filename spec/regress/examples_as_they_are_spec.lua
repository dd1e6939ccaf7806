-- After the demo, README's Lua and every file of examples/ ended with "module 'wdt' not found", or
-- asked for an argument. `examples/shell.sh` prepares a shell for them, and each has defaults for
-- its arguments.
local shell = require "support.shell"
local quote = shell.quote

if shell.lua ~= "lua5.4" then return end -- the shell is for Lua 5.4

describe("after `eval \"$(sh examples/shell.sh)\"`", function()
  local folder, prepare
  -- No path of this spec's, no account: as in a new shell.
  local bare = { LUA_PATH = false, LUA_CPATH = false, LUA_INIT = false, WDT_EDITION = false,
    WDT_SID = false, WDT_URL = false,
    WDT_APPKEY = false, WDT_APPSECRET = false, WDT_SANDBOX_CPATH = false }

  setup(function()
    folder = shell.folder()
    local file = folder .. "/variables"
    shell.must(("cd / && sh %s >%s"):format(quote(shell.root .. "/examples/shell.sh"), file), bare)
    prepare = ". " .. file .. " && cd " .. folder .. " && "
  end)

  teardown(function()
    shell.must(prepare .. 'wdt sandbox --stop "$WDT_SANDBOX_PREFIX"', bare)
    shell.must("rm -rf " .. quote(folder))
  end)

  local function says(command, pattern)
    local output = shell.must(prepare .. command, bare)
    assert.truthy(output:find(pattern), output)
  end

  it("every program of examples/ runs as it is", function()
    local expected = { a_few_fields = "^%S+ +%d+\n",
      cancelled_of_a_day = "%d+ cancelled on %d+%-%d+%-%d+\n$",
      errors = "\nfalse\tauth: 1002 sid不存在\n$", month_of_shipped = "%d+ stockouts, %d+ lines\n$",
        one_order = "^CK%d+\t",
      sync_sqlite = "^%d+ windows, %d+ rows\n$", sync_csv = "^$", sync_ndjson = "^$" }
    local started_elsewhere = { demo = "by demo.sh",
      sync_mysql = "needs a MariaDB, see sink/mysql_spec",
      sync_postgres = "needs a PostgreSQL, see sync_sinks_spec" }
    local n = 0
    for name in shell.must("ls " .. quote(shell.root .. "/examples")):gmatch "([%w_]+)%.lua\n" do
      assert.is_true(expected[name] ~= nil or started_elsewhere[name] ~= nil, name)
      if expected[name] then
        n = n + 1
        says("lua5.4 " .. quote(shell.root .. "/examples/" .. name .. ".lua"), expected[name])
      end
    end
    assert.is_true(n >= 5)
    assert.truthy(shell.must("ls " .. folder .. "/shipped-csv"):find "%d+%-%d+%-%d+%.csv\n")
    assert.truthy(shell.must("ls " .. folder .. "/shipped"):find "%d+%-%d+%-%d+%.ndjson\n")
  end)

  it("so does the command, and LuaJIT meets modules of its own", function()
    says("wdt count --last 24h 2>/dev/null", "^%d+\n$")
    says("luajit -e 'print(require [[wdt]]._VERSION)'", "^wdt %d")
  end)
end)
