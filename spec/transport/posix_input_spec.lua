-- `wdt.posix.input`: what a standard input holds, without waiting for more than there is.
local shell = require "support.shell"

-- Runs a program on this interpreter, whose standard input is what a shell command writes.
local function run(producer, program)
  local file = os.tmpname()
  shell.write(file, "local posix = require 'wdt.posix'\n" .. program)
  local out = shell.must(("{ %s; } | %s %s"):format(producer, shell.lua, shell.quote(file)),
    { LUA_PATH = package.path, LUA_CPATH = package.cpath })
  os.remove(file)
  return out
end

describe("posix.input", function()
  it("hands out all bytes and then the end, again and again", function()
    local sum = run("head -c 100000 /dev/zero", [[
      local n, bytes = 0, posix.input()
      while bytes do n, bytes = n + #bytes, posix.input() end
      print(n, posix.input(), select("#", posix.input()))]])
    assert.equal("100000\tnil\t1\n", sum)
  end)

  it("waits no longer than it is told, and comes back with nothing", function()
    -- the writer waits for the reader: it says what it has seen into a file
    local folder = shell.folder()
    finally(function() shell.must("rm -rf " .. folder) end)
    shell.must("mkfifo " .. folder .. "/go")
    assert.equal("[]\t[]\t[late]\n", run("read x <" .. folder .. "/go; printf late", ([[
      local first, second = posix.input(0), posix.input(0.01)
      local go = io.open(%q, "w")
      go:write "go\n"
      go:close()
      print(("[%%s]\t[%%s]\t[%%s]"):format(first, second, posix.input()))]]):format(folder
        .. "/go")))
  end)

  it("tells a failure of the system", function()
    local file = os.tmpname()
    shell.write(file, "print(require 'wdt.posix'.input(0))")
    local out = shell.must(("%s %s < /"):format(shell.lua, shell.quote(file)),
      { LUA_PATH = package.path, LUA_CPATH = package.cpath })
    os.remove(file)
    assert.equal("nil\tIs a directory\n", out)
  end)
end)
