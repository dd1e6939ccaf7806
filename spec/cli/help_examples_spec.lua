-- Every example of every command's help does what it says, word for word but for what depends on
-- the place: the month that the sandbox knows, how much of it is copied, its rate, a database's
-- address, a port.
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local commands = require "wdt.cli".commands
local command = require "support.command"
local databases = require "support.databases"
local nginx = require "support.nginx"
local free_port = require "wdt.sandbox.server".free_port
local shell = require "support.shell"
local quote = shell.quote

-- In this order: what one leaves, the next one needs.
local ORDER = "stockouts cancelled records count call sign sandbox methods fields values init "
  .. "profiles help sync ledger audit report doctor probe completion man mcp tap fleet "
  .. "serve"

describe("the help's example", function()
  local visit, cli, database
  local recent = beijing.format(os.time() - 2 * 86400):sub(1, 10)

  command.visiting(function(v, c)
    visit, cli = v, c
    database = databases.mysql(cli.folder)
    cli:must "mkdir -p .local/share/bash-completion/completions functions"
    cli:streams("enterprise", ("[a/stockouts]\nto = sqlite:streams.db\nfrom = %s\n"):format(recent))
    shell.write(cli.folder .. "/tap.json", cjson.encode{ rate = 100000, end_date = visit.day,
      start_date = visit.day .. "T00:00:00+08:00" })
    shell.write(cli.folder .. "/state.json", "{}")
    for _, to in ipairs{ database.target, "sqlite:erp.db" } do
      cli:must(("wdt sync stockouts --from %s --stop %s --rate 100000 --to %s"):format(visit.day,
        visit.day, to), "enterprise")
    end
  end)
  teardown(function() database.stop() end)

  -- A command that runs until it is told to end, which it is once something holds.
  local function ended(line, condition, status)
    return ("setsid env --default-signal=INT %s >said & me=$!; n=0; until %s; do n=$((n + 1)); "
      .. "[ $n -lt 3000 ] || break; sleep 0.01; done; kill -INT $me; wait $me; [ $? = %d ]"):format(
      line, condition, status)
  end
  local INTERRUPTED, UP_TO_DATE = 130, "wdt sync status --config streams.ini >status 2>&1"

  local answers = {
    init = function(line)
      local v = visit:variables "enterprise"
      return ("printf '1\\n%s\\n%s\\n%s\\n' | %s --url %s"):format(v.WDT_SID, v.WDT_APPKEY,
        v.WDT_APPSECRET, line, v.WDT_URL)
    end,
    sandbox = function(line)
      line = line:gsub("8080", free_port())
      return line:find("--detach", 1, true) and line or ended(line, "[ -s said ]", 0)
    end,
    sync = function(line)
      line = line:gsub("^wdt sync", "wdt sync --rate 100000")
      if not line:find("--follow", 1, true) then return line end
      local state = line:match "%S+%.state"
      return ended(line, state and "[ -s " .. state .. " ]" or UP_TO_DATE, INTERRUPTED)
    end,
    audit = function(line) return (line:gsub("^wdt audit", "wdt audit --rate 100000")) end,
    probe = function(line)
      return (line:gsub(" %-%-watch 0", ""):gsub("^wdt probe", "wdt probe --pause 0 --watch 0"))
    end,
    completion = function(line)
      return line:find("fpath", 1, true) and "zsh -fc 'fpath=(functions); '" .. quote(line) or line
    end,
    mcp = function(line)
      return ([[echo '{"jsonrpc":"2.0","id":1,"method":"ping"}' | %s >said; cat said]]):format(line)
    end,
    serve = function(line)
      if line:find("--new-token", 1, true) then return line end
      local port, owner = free_port(), ""
      -- nginx's workers are another user's where root starts it, and could not reach the folder
      local file = line:match "%-%-config (%S+)" or ".config/wdt/config.ini"
      if shell.must "id -u" == "0\n" then
        owner = ("grep -qs ^.serve. %s || printf '[serve]\\nuser = root\\n' >>%s; "):format(file,
          file)
      end
      line = line:gsub(" %-%-listen %S+", "") .. " --listen 127.0.0.1:" .. port
      return owner .. ended(line, ("curl -sf --noproxy '*' http://127.0.0.1:%d/healthz >answer")
        :format(port), 0) .. " && [ -s answer ]"
    end,
    fleet = function(line)
      if not line:find("fleet run", 1, true) then return line end
      return "rm streams.db; " .. ended(line, UP_TO_DATE, INTERRUPTED)
    end,
  }

  -- Beginnings of command lines -> a pattern of their output.
  local shows = {
    ["wdt mcp"] = '^{"id":1,"jsonrpc":"2.0","result":{}}\n$',
    ["wdt report daily"] = "net_amount", ["wdt tap --config tap.json --discover"] = "^$",
    ["wdt tap --config tap.json --catalog"] = '"type":"RECORD"', ["wdt help errors"] = "truncated",
    ["wdt audit"] = "^$", ["wdt fleet status"] = "a +stockouts",
    ["wdt serve --new"] = "%[serve:finance%]\ntoken = %x+\n",
  }

  local by_name, n = {}, 0
  for _, one in ipairs(commands) do by_name[one.name] = one end
  for name in ORDER:gmatch "%a+" do
    n = n + 1
    for _, example in ipairs(by_name[name].examples) do
      it(example[1], function()
        local line = example[1]:gsub("%-%-from 2026%-11%-01", "--from " .. recent)
          :gsub("%-%-start 2026%-11%-01$", "--start " .. recent)
          :gsub('"2026%-11%-0[17]"', recent):gsub("2026%-11", visit.month)
          :gsub("mysql://erp@localhost/erp",
          (database.target:gsub("%%", "%%%%")))
        if name ~= "init" then cli:profile("shop1", "enterprise") end
        local got = cli:run("rm -f said; " .. (answers[name] or tostring)(line), "enterprise",
          { MANPAGER = "cat", LC_ALL = "C.UTF-8",
            WDT_SERVE_CPATH = nginx.absolute(nginx.cpath) })
        assert.equal(0, got.status, line .. "\n" .. got.err .. got.out)
        assert.is_nil(got.err:find "wdt: %l+: ", got.err)
        for beginning, wanted in pairs(shows) do
          if line:find(beginning, 1, true) == 1 then
            assert.truthy(got.out:find(wanted), line .. "\n" .. got.out:sub(1, 2000))
          end
        end
      end)
    end
  end

  it("is there for every command, and leaves what it says", function()
    assert.equal(#commands, n)
    for _, one in ipairs(commands) do assert.is_true(#one.examples >= 2, one.name) end
    for _, made in ipairs{ "shipped.db", "cancelled.state", "functions/_wdt", "wdt.1",
      "margin.xlsx", "catalog.json", "trades.csv",
      ".local/share/bash-completion/completions/wdt" } do
      assert.is_true(#shell.read(cli.folder .. "/" .. made) > 100, made)
    end
  end)
end)
