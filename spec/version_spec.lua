-- One version, lua/wdt/version.lua: all others are it.
local message = require "wdt.host.http_request"
local shell = require "support.shell"
local version = require "wdt.version"
local wdt = require "wdt"
local read = shell.read

-- Returns what a rockspec, which is a Lua chunk of assignments, sets.
local function rockspec(name)
  local set = {}
  local chunk, err
  if rawget(_G, "setfenv") then
    chunk, err = loadstring(read(name)) -- luacheck: ignore 113 (5.1)
    setfenv(assert(chunk, err), set) -- luacheck: ignore 113 (5.1)
  else
    chunk, err = load(read(name), "@" .. name, "t", set)
  end
  assert(chunk, err)()
  return set
end

describe("the version", function()
  it("is a semantic one", function()
    assert.truthy(version:find "^%d+%.%d+%.%d+$" or version:find "^%d+%.%d+%.%d+%-[%w.-]+$")
  end)

  it("is the module's, the User-Agent's, the command's and the manual page's", function()
    assert.equal("wdt " .. version, wdt._VERSION)
    assert.equal("wdt/" .. version, message.USER_AGENT)
    local command = shell.lua .. " " .. shell.quote(shell.root .. "/lua/wdt/cli/command.lua")
    local paths = { LUA_PATH = package.path, LUA_CPATH = package.cpath }
    assert.equal("wdt " .. version .. "\n", shell.must(command .. " --version", paths))
    assert.truthy(shell.must(command .. " man", paths):find('.TH WDT 1 "" "wdt ' .. version .. '"',
      1, true))
  end)

  it("is the release rockspec's, which is otherwise the one of a checkout", function()
    local release, names = nil, shell.must("ls " .. shell.quote(shell.root .. "/rockspec"))
    for name in names:gmatch "wdt%-(%d[^\n]*)%.rockspec\n" do
      assert.is_nil(release, "one release rockspec at a time")
      release = name
    end
    assert.equal(version, release:match "^(.*)%-%d+$")
    local one = rockspec(shell.root .. "/rockspec/wdt-" .. release .. ".rockspec")
    local scm = rockspec(shell.root .. "/rockspec/wdt-scm-1.rockspec")
    assert.equal(release, one.version)
    assert.equal("v" .. version, one.source.tag)
    one.version, one.source.tag = scm.version, scm.source.tag
    assert.same(scm, one)
  end)

  it("is the newest of the changelog", function()
    local first, second = read(shell.root
      .. "/CHANGELOG.md"):match "\n## ([^\n]+)\n.-\n## ([^\n]+)\n"
    local newest = first:match "^%[Unreleased%]: (%S+)$"
      or first:match "^%[(%d[^%]]+)%] %- %d%d%d%d%-%d%d%-%d%d$"
      or second:match "^%[(%d[^%]]+)%]"
    assert.equal(version, newest)
  end)
end)
