-- The package: what luarocks builds and installs for this interpreter, and what a module says that
-- was built for another one.
local shell = require "support.shell"
local quote, must, run = shell.quote, shell.must, shell.run

local JIT = rawget(_G, "jit") ~= nil
local VERSION = _VERSION:match("%d%.%d")
local OTHER = JIT and "/usr/include/lua5.4" or "/usr/include/luajit-2.1"

-- luarocks is not to fetch anything: these are Debian's.
local CONFIG = 'rocks_provided = { ["lua-cjson"] = "2.1.0-1", argparse = "0.7.1-1" }\n'
  .. (JIT and 'lua_interpreter = "luajit"\n' or "")

local READ = [[
local wdt, sandbox, beijing = require "wdt", require "wdt.sandbox", require "wdt.beijing"
local from = beijing.parse "2026-11-01 00:00:00"
local box = sandbox.new{ seed = 5, rows_per_day = 300, from = from, to = from + 3 * 86400 - 1,
  now = from + 4 * 86400 }
local n, stop = 0, from + 3 * 86400 - 1
for so in wdt.new(box:settings "enterprise"):stockouts{ start = from, stop = stop, status = 95 } do
  n = so.status == "95" and #so.stockout_id > 0 and n + 1
end
local truth = box.world:all{ clock = "consign_time", status = 95, from = from, to = stop }
assert(n == #truth and n > 50, n)
require "wdt.host.curl".new():close()
print("read them all", package.searchpath and package.searchpath("wdt.core", package.cpath) or "-")
]]

describe("the rock", function()
  local dir, tree, variables

  local function paths(name, extension)
    return ("%s/%s/lua/%s/?.%s;"):format(tree, name, VERSION, extension)
  end

  setup(function()
    dir = shell.folder()
    tree = dir .. "/a tree"
    -- A copy, since luarocks builds in the folder it is called in, and this one may not be ours.
    must(("mkdir %s/wdt && cd %s && cp -r lua csrc CMakeLists.txt rockspec %s/wdt"):format(
      quote(dir), quote(shell.root),
      quote(dir)))
    shell.write(dir .. "/config.lua", CONFIG)
    must(("cd %s/wdt && luarocks --lua-version %s make rockspec/wdt-scm-1.rockspec "
      .. "--tree %s %s"):format(quote(dir), VERSION,
      quote(tree), JIT and "LUA_INCDIR=" .. shell.incdir or ""),
      { HOME = dir, LUAROCKS_CONFIG = dir .. "/config.lua" })
    variables = { LUA_PATH = paths("share", "lua") .. paths("share", "lua"):gsub("%?", "?/init")
      .. ";",
      LUA_CPATH = paths("lib", "so") .. ";", LUA_INIT = false, HOME = dir }
  end)

  teardown(function() must("rm -rf " .. quote(dir)) end)

  it("loads from any directory, and reads", function()
    shell.write(dir .. "/read.lua", READ)
    local output = must(("cd / && %s %s"):format(shell.lua, quote(dir .. "/read.lua")), variables)
    assert.equal("read them all\t" .. tree .. "/lib/lua/" .. VERSION .. "/wdt/core.so\n", output)
  end)

  it("has the command, from any directory", function()
    local wdt = quote(tree .. "/bin/wdt")
    local bare = { LUA_PATH = false, LUA_CPATH = false, LUA_INIT = false, HOME = dir,
      WDT_EDITION = false }
    assert.truthy(must("cd / && " .. wdt .. " --version", bare):find "^wdt %d")
    local output, status = run("cd / && " .. wdt .. " count", bare)
    assert.equal(3, status, output)
  end)

  it("holds every Lua file of the tree, and each of them loads", function()
    local function list(folder)
      return must("cd " .. quote(folder) .. " && find . -name '*.lua' | sort")
    end
    local files = list(shell.root .. "/lua")
    assert.equal(files, list(tree .. "/share/lua/" .. VERSION))
    local program = { [[
      local function load(name)
        local before = {}
        for other in pairs(package.loaded) do before[other] = true end
        local ok, err = pcall(require, name)
        if ok then return end
        -- All that runs in nginx only says what it misses. LuaJIT marks what it could not load.
        if not err:find("module 'ngx' not found", 1, true) then error(err, 0) end
        for other in pairs(package.loaded) do
          package.loaded[other] = before[other] and package.loaded[other]
        end
      end]] }
    for name in files:gmatch("%./([^\n]+)%.lua\n") do
      if name ~= "wdt/cli/command" then -- a program
        program[#program + 1] = ("load(%q)"):format((name:gsub("/init$", ""):gsub("/", ".")))
      end
    end
    assert.is_true(#program > 40)
    shell.write(dir .. "/load.lua", table.concat(program, "\n"))
    assert.equal("", must(("cd / && %s %s"):format(shell.lua, quote(dir .. "/load.lua")),
      variables))
  end)

  it("says what to do with modules that were built for another Lua", function()
    must(("cd %s && cmake -S wdt -B other -DCMAKE_BUILD_TYPE=Debug -DLUA_INCDIR=%s && "
      .. "cmake --build other"):format(quote(dir), OTHER)) -- none runs, so none need be fast
    local wrong = { LUA_PATH = variables.LUA_PATH, LUA_CPATH = dir .. "/other/?.so",
      LUA_INIT = false }
    for module, name in pairs{ ["wdt"] = "wdt.core", ["wdt.host.curl"] = "wdt.curl" } do
      local output, status = run(("cd / && %s -e 'require %q'"):format(shell.lua, module), wrong)
      assert.equal(1, status)
      local expected = ("%s does not load in %s; build it again with this interpreter's headers "
        .. "(LUA_INCDIR): "):format(name,
        JIT and rawget(_G, "jit").version or _VERSION)
      assert.truthy(output:find(expected, 1, true), output)
      assert.truthy(output:find("undefined symbol", 1, true), output)
    end
  end)

  it("says the same of modules that are nowhere", function()
    local output, status = run(("cd / && %s -e 'require \"wdt\"'"):format(shell.lua),
      { LUA_PATH = variables.LUA_PATH, LUA_CPATH = "/nowhere/?.so", LUA_INIT = false })
    assert.equal(1, status)
    assert.truthy(output:find("wdt.core does not load in ", 1, true), output)
    assert.truthy(output:find("/nowhere/wdt/core.so", 1, true), output)
  end)
end)

describe("cmake", function()
  local dir
  setup(function() dir = shell.folder() end)
  teardown(function() must("rm -rf " .. quote(dir)) end)

  local function configure(options)
    local output, status = run(("cd %s && rm -rf b && cmake -S %s -B b %s"):format(
      quote(dir), quote(shell.root), options))
    return output:gsub("%s+", " "), status
  end

  it("never guesses a Lua", function()
    for given, shown in pairs{ [""] = "''", ["-DLUA_INCDIR=/nowhere"] = "'/nowhere'" } do
      local output, status = configure(given)
      assert.equal(1, status)
      assert.truthy(output:find("LUA_INCDIR is " .. shown
        .. ", which holds no lua.h. Give the headers of the interpreter that "
        .. "will load the modules", 1, true), output)
    end
  end)

  it("installs where the headers' version is looked for", function()
    assert.equal(0, select(2, configure("-DCMAKE_INSTALL_PREFIX=/usr/local -DLUA_INCDIR="
      .. shell.incdir)))
    local script = shell.read(dir .. "/b/cmake_install.cmake")
    for _, folder in ipairs{ "share", "lib" } do
      assert.truthy(script:find(("${CMAKE_INSTALL_PREFIX}/%s/lua/%s"):format(folder, VERSION), 1,
        true), script)
    end
  end)
end)
