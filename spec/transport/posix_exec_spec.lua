-- A program takes the place of this process.
local posix = require "wdt.posix"
local shell = require "support.shell"
local quote = shell.quote

describe("posix.exec", function()
  local function run(code)
    return shell.run(("%s -e %s"):format(shell.lua, quote('local posix = require "wdt.posix" '
      .. code)), { LUA_PATH = package.path, LUA_CPATH = package.cpath, LUA_INIT = false })
  end

  it("runs a program of PATH with its words, under the same process id", function()
    local said, status = run[[io.write(("%d "):format(posix.pid())) io.stdout:flush()
      posix.exec{ "sh", "-c", "echo $$ \"$1\"; exit 7", "sh", "a b" }]]
    local before, after, word = said:match "^(%d+) (%d+) ([^\n]*)\n$"
    assert.same({ before, "a b", 7 }, { after, word, status })
  end)

  it("tells why it can't, and the process goes on", function()
    local done, err = posix.exec{ "/nowhere/program" }
    assert.is_nil(done)
    assert.equal("/nowhere/program: No such file or directory", err)
  end)

  it("refuses what is no list of words", function()
    local many = {}
    for i = 1, 65 do many[i] = "x" end
    assert.has_error(function() posix.exec(1) end)
    assert.error_matches(function() posix.exec{} end, "no program")
    assert.error_matches(function() posix.exec(many) end, "more than 64 words")
    assert.has_error(function() posix.exec{ {} } end)
  end)
end)
