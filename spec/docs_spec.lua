-- docs/: every command line of the tutorial and the guides runs as it stands there, against a
-- sandbox and a real MariaDB; what they show is what comes; both languages have the same lines; the
-- pictures are what their program makes; no code is left out of the troubleshooting.
local command = require "support.command"
local exits = require "wdt.cli.exits"
local mariadb = require "support.mariadb"
local redis = require "support.redis"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local quote = shell.quote

local function read(name)
  return shell.read(shell.root .. "/docs/" .. name)
end

-- The blocks of these kinds: `{ kind, text }`, in order.
local function blocks(name, kinds)
  local list = {}
  for kind, text in ("\n" .. read(name)):gmatch "\n```(%l*)\n(.-)\n```" do
    if kinds[kind] then list[#list + 1] = { kind = kind, text = text } end
  end
  return list
end

local RUN = { sh = true, text = true }

-- Lines of an expected text, each as a pattern: "…" stands for anything. What is counted by it may
-- be one, which depends on the hour that the specs run at.
local function matches(output, expected)
  local from = 1
  for line in expected:gmatch "[^\n]+" do
    local pattern = line:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0")
      :gsub("(… %l+s)%f[%W]", "%1?"):gsub("…", ".-")
    local _, stop = output:find(pattern, from)
    if not stop then return false, line end
    from = stop + 1
  end
  return true
end

-- The anchors of a page's headings.
local function headings(page)
  local set = {}
  for heading in read(page):gmatch "\n##+ ([^\n]+)" do
    local text = heading:lower():gsub("[%p]", function(c) return c == "-" and c or "" end)
    set[(text:gsub(" ", "-"))] = true
  end
  return set
end

describe("docs:", function()
  local cli, database, cache, port

  setup(function()
    cli = command.new()
    database = mariadb.start(cli.folder)
    database.execute "DROP DATABASE erp" -- the reader makes it
    cache = redis.start(cli.folder)
    port = server.free_port()
    -- Root's rights are only needed for the database here; nginx has a Lua of its own.
    shell.write(cli.folder .. "/sudo", ('#!/bin/sh\nprogram=$1; shift\n'
      .. 'exec "$program" --no-defaults -u root -S %s/my/socket "$@"\n'):format(cli.folder))
    shell.write(cli.folder .. "/nginx", ("#!/bin/sh\nunset LUA_INIT\n"
      .. "export LUA_PATH=%s LUA_CPATH=%s\nexec %s \"$@\"\n"):format(quote(shell.root
        .. "/lua/?.lua;" .. shell.root
      .. "/lua/?/init.lua;;"), quote(os.getenv "WDT_SANDBOX_CPATH" .. ";;"),
      (shell.must "command -v nginx":gsub("%s+$", ""))))
    -- A store that held calls a minute ago: an empty one counts as full for as long.
    shell.write(cli.folder .. "/warm.lua", [[
      local env = os.getenv
      local key = table.concat({ env "WDT_EDITION", env "WDT_URL", env "WDT_SID",
        env "WDT_APPKEY" }, "\0")
      print("wdt:{" .. require "wdt.core".md5(key) .. "}:budget:facts")
    ]])
    shell.must("chmod +x " .. quote(cli.folder) .. "/sudo " .. quote(cli.folder) .. "/nginx")
  end)

  teardown(function()
    cache.stop()
    database.stop()
    cli:close()
  end)

  -- Runs blocks in one shell, and holds each output against the text block after it.
  local function run(list)
    local lines, n = { "set -e", 'trap \'[ -z "$WDT_SANDBOX_PREFIX" ] || wdt sandbox --stop '
      .. '"$WDT_SANDBOX_PREFIX"\' EXIT' }, 0
    for i, block in ipairs(list) do
      if block.kind == "sh" then
        n = n + 1
        if block.text:find("redis:", 1, true) then
          lines[#lines + 1] = ("redis-cli -p %d hset $(%s warm.lua) last $(date +%%s%%3N)"):format(
            cache.port, shell.lua)
        end
        lines[#lines + 1] = ("echo @@%d\n%s"):format(i, (block.text
          :gsub("127%.0%.0%.1/", ("127.0.0.1:%d/"):format(database.port))
          :gsub("127%.0%.0%.1:6379", ("127.0.0.1:%d"):format(cache.port))
          :gsub("127%.0%.0%.1:8080 ", ("127.0.0.1:%d "):format(port))
          :gsub("127%.0%.0%.1:8080/", ("127.0.0.1:%d/"):format(port))
          :gsub("127%.0%.0%.1:8080;", ("127.0.0.1:%d;"):format(port))))
      end
    end
    assert.is_true(n > 4)
    shell.write(cli.folder .. "/page.sh", table.concat(lines, "\n") .. "\necho @@\n")
    local got = cli:run("sh page.sh 2>&1", nil, { MYSQL_TCP_PORT = database.port,
      WDT_SERVE_CPATH = os.getenv "WDT_SANDBOX_CPATH" })
    assert.equal(0, got.status, got.out:sub(-2000))
    for i, block in ipairs(list) do
      if block.kind == "text" then
        local output = got.out:match(("@@%d\n(.-)@@"):format(i - 1))
        local fine, line = matches(output, block.text)
        assert.is_true(fine, ("%s\n\nis not in\n\n%s"):format(line or "", output))
      end
    end
  end

  it("the tutorial's first step is to install it; CI does so on a clean Debian", function()
    assert.equal("sh .ci/package build\nsudo apt-get install ./build/lua5.4/wdt_*.deb "
      .. "mariadb-server lua-sql-mysql", blocks("tutorial.md", RUN)[1].text)
    assert.truthy(shell.read(shell.root .. "/spec/installed.sh"):find("docs/tutorial.md", 1, true))
  end)

  it("the tutorial runs, line by line", function()
    local list = blocks("tutorial.md", RUN)
    table.remove(list, 1)
    run(list)
  end)

  it("the guides run, line by line", function()
    local list = blocks("guides.md", RUN)
    table.insert(list, 1, blocks("tutorial.md", RUN)[2])
    for _, name in ipairs{ "certificates.md", "troubleshooting.md", "operations.md" } do
      for _, block in ipairs(blocks(name, RUN)) do list[#list + 1] = block end
    end
    run(list)
  end)

  it("both languages have the same lines, pages and links", function()
    for _, name in ipairs{ "tutorial", "guides", "certificates", "troubleshooting",
      "operations" } do
      local kinds = { sh = true, text = true, json = true }
      assert.same(blocks(name .. ".md", kinds), blocks(name .. ".zh-CN.md", kinds))
      for _, page in ipairs{ name .. ".md", name .. ".zh-CN.md" } do
        for path, heading in read(page):gmatch "%]%(([^)#:]+)#?([^)]*)%)" do
          shell.must("test -e " .. quote(shell.root .. "/docs/" .. path))
          assert.is_true(heading == "" or headings(path)[heading] == true, page .. ": " .. heading)
        end
      end
      assert.equal(select(2, read(name .. ".md"):gsub("\n##", "")),
        select(2, read(name .. ".zh-CN.md"):gsub("\n##", "")), name)
    end
  end)

  it("the pictures are what their program makes", function()
    for _, language in ipairs{ "en", "zh" } do
      local name = language == "en" and "certificates.svg" or "certificates.zh-CN.svg"
      assert.equal(read(name), shell.must(("%s %s/docs/certificates.lua %s"):format(shell.lua,
        quote(shell.root), language)), name .. ": lua5.4 docs/certificates.lua " .. language
        .. " > docs/" .. name)
    end
  end)

  it("the troubleshooting has every code", function()
    for _, name in ipairs{ "troubleshooting.md", "troubleshooting.zh-CN.md" } do
      local text, n = read(name), 0
      for _, exit in ipairs(exits.list) do
        for code in exit.codes:gmatch "%S+" do
          n = n + 1
          assert.truthy(text:find("\n### [^\n]*`" .. code .. "`"), name .. ": " .. code)
        end
      end
      assert.is_true(n > 20)
    end
  end)
end)
