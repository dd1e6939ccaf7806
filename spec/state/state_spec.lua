local lfs = require "lfs"
local posix = require "wdt.posix"
local shell = require "support.shell"
local stores = require "support.stores"
local text = require "wdt.state.text"
local wdt = require "wdt"

local quote, must = shell.quote, shell.must
local assert_failure = stores.assert_failure

describe("the text of a state", function()
  local state = { query = "enterprise 商家 x", from = 1790000000,
    done = { { 1790000000, 1790000059 } }, density = 0.25 }

  it("comes back as it was", function()
    assert.same(state, text.open(text.seal(state), "here"))
    for _, number in ipairs(text.open(text.seal(state), "here").done[1]) do
      assert.equal(("%.0f"):format(number), tostring(number)) -- a whole number stays one
    end
  end)

  it("is refused after any single change", function()
    local sealed = text.seal(state)
    for i = 1, #sealed do
      local byte = sealed:byte(i)
      local damaged = sealed:sub(1, i - 1) .. string.char(byte == 49 and 50 or 49)
        .. sealed:sub(i + 1)
      assert.equal("state", select(3, text.open(damaged, "here")), damaged)
    end
  end)

  it("is refused when it ends early, and says what to do", function()
    local sealed = text.seal(state)
    for i = 0, #sealed - 1 do assert.equal("state", select(
      3, text.open(sealed:sub(1, i), "here"))) end
    assert_failure(
      "here: the stored state is damaged (no header); restore it from a backup, or remove it",
      text.open("", "here"))
    assert_failure("(wrong checksum)", text.open(sealed:sub(1, -2), "here"))
  end)

  it("of a later version is refused by name", function()
    assert_failure("here: the stored state is of version 2, this library reads version 1",
      text.open((text.seal(state):gsub("^wdt%-state 1", "wdt-state 2")), "here"))
  end)

  it("with a right checksum but no object in it is refused", function()
    local core = require "wdt.core"
    for _, body in ipairs{ "{", "1\n" } do
      local sealed = ("wdt-state 1 %s\n%s"):format(core.sign.ultimate({}, body, "wdt-state"), body)
      assert_failure("(no JSON)", text.open(sealed, "here"))
    end
  end)
end)

describe("a store's text", function()
  it("names it", function()
    assert.equal("x", wdt.state.open "file:x".path)
    assert.is_true(wdt.state.open "memory:":save "x")
    for _, wrong in ipairs{ "x", "nope:x", "text:x", "file:", 1 } do
      assert.has_error(function() wdt.state.open(wrong) end)
    end
    assert.is_nil(wdt.state.nope)
  end)
end)

describe("a store in memory", function()
  stores.behaves(it, function(held) return held or wdt.state.memory() end)
end)

describe("a store in a file", function()
  local folder, path

  before_each(function()
    folder = shell.folder()
    path = folder .. "/the state"
  end)
  after_each(function() must("chmod -R u+w " .. quote(folder) .. "; rm -rf " .. quote(folder)) end)

  stores.behaves(it, function() return wdt.state.file(path) end)

  it("wants a path", function()
    assert.has_error(function() wdt.state.file() end,
      "parameter 'path' is nil, expected the path of a file")
    assert.has_error(function() wdt.state.file "" end)
  end)

  it("lies in the folder that is worked in when the path has none", function()
    local name = "wdt-state-spec-" .. posix.pid()
    local store = wdt.state.file(name)
    assert.is_true(store:lock())
    assert.is_true(store:save("here"))
    assert.equal("here", shell.read(name))
    store:unlock()
    os.remove(name)
    os.remove(name .. ".lock")
  end)

  it("leaves nothing beside the state and its lock", function()
    local store = wdt.state.file(path)
    store:lock()
    store:save("one")
    store:unlock()
    local names = {}
    for name in lfs.dir(folder) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ ".", "..", "the state", "the state.lock" }, names)
  end)

  it("names the process that holds it, and is free when that one is killed", function()
    -- A process that takes the lock, tells its id, and waits for the end of its input.
    local fifo = folder .. "/fifo"
    must("mkfifo " .. quote(fifo))
    local program = ('local s = require "wdt".state.file(%q) assert(s:lock()) print(require '
      .. '"wdt.posix".pid()) io.stdout:flush() '
      .. 'io.open(%q):read()'):format(path, fifo)
    local pipe = io.popen(("exec env LUA_PATH=%s LUA_CPATH=%s %s -e %s"):format(
      quote(package.path), quote(package.cpath),
      shell.lua, quote(program)))
    local pid = assert(tonumber(pipe:read("*l")))
    assert_failure(path .. " is in use by process " .. pid, wdt.state.file(path):lock())
    must("kill -KILL " .. pid)
    pipe:close() -- waits for it
    local store = wdt.state.file(path)
    assert.is_true(store:lock())
    store:unlock()
  end)

  it("says so when the holder has not told its id", function()
    local store = wdt.state.file(path)
    store:lock()
    shell.write(path .. ".lock", "")
    assert_failure("in use by process (unknown)", wdt.state.file(path):lock())
    store:unlock()
  end)

  it("keeps the old state when the disk is full", function()
    local store = wdt.state.file(path)
    store:lock()
    assert.is_true(store:save("old"))
    store.posix = { write = function(name) -- as write(2) leaves it where there is no space
      assert.is_true(posix.write(name, "n"))
      return nil, "No space left on device"
    end }
    assert_failure(path .. ": can't be written: No space left on device", store:save("new"))
    store.posix = posix
    assert.equal("old", store:load())
    assert.is_nil(lfs.symlinkattributes(path .. ".tmp"))
    assert.is_true(store:save("new")) -- there is space again
    assert.equal("new", store:load())
    store:unlock()
  end)

  it("keeps the old state when a file may not grow", function()
    local program = ([[
      local s = require "wdt".state.file(%q)
      assert(s:lock())
      assert(s:save("old"))
      print(s:save(("x"):rep(1000000)))
      print(s:load())]]):format(path)
    -- With its signal ignored, the limit is an error.
    local output = must(("trap '' XFSZ; ulimit -f 64; %s -e %s"):format(shell.lua, quote(program)),
      { LUA_PATH = package.path, LUA_CPATH = package.cpath })
    assert.equal(("nil\tstate: %s: can't be written: File too large\tstate\nold\n"):format(path),
      output)
    assert.is_nil(lfs.attributes(path .. ".tmp"))
  end)

  it("keeps the old state when it can't be replaced", function()
    local store = wdt.state.file(path)
    store:lock()
    lfs.mkdir(path) -- nothing can be renamed over a folder
    assert_failure(path .. ": can't be replaced: ", store:save("new"))
    assert.is_nil(lfs.attributes(path .. ".tmp"))
    assert_failure("can't be read", store:load())
    store:unlock()
  end)

  it("is refused where it can't be locked, read or written", function()
    assert_failure("can't be locked: No such file or directory",
      wdt.state.file(folder .. "/nowhere/state"):lock())
    local store = wdt.state.file(path)
    store.folder = folder .. "/nowhere"
    assert_failure("may not be on the disk: No such file or directory", store:save("new"))
  end)

  it("tells of a folder that is read-only", function()
    shell.write(path, "old")
    must("chmod 555 " .. quote(folder))
    local program = ('local s = require "wdt".state.file(%q) print(s:lock()) print(s:save("new")) '
      .. 'print(s:load())'):format(path)
    local output = must(shell.bound .. shell.lua .. " -e " .. quote(program),
      { LUA_PATH = package.path, LUA_CPATH = package.cpath })
    assert.equal(("nil\tstate: %s: can't be locked: Permission denied\tstate\n"):format(path)
      .. ("nil\tstate: %s: can't be written: Permission denied\tstate\nold\n"):format(path), output)
  end)
end)

describe("signals", function()
  it("leave a mark while they are caught, the second ends the process, and release brings back "
    .. "what was", function()
    local program = [[
      local posix = require "wdt.posix"
      local function kill() os.execute("kill -TERM " .. posix.pid()) end
      posix.catch()
      posix.catch()
      assert(posix.caught() == nil)
      kill()
      assert(posix.caught() == 15)
      posix.release()
      assert(posix.caught() == 15)
      posix.release()
      posix.release()
      assert(posix.caught() == nil)
      posix.catch()
      local once = "kill -TERM PID; until grep -q '^ShdPnd:[^1-9a-f]*$' /proc/PID/status; "
        .. "do :; done; kill -TERM PID"
      os.execute((once:gsub("PID", posix.pid()))) -- as one who means it once may do
      print "still here"
      io.stdout:flush()
      for _ = 1, 1e5 do kill() end
      print "never here"]]
    local output, status
    for _ = 1, 5 do -- on a busy machine two signals may be apart for once
      output, status = shell.run(("%s -e %s"):format(shell.lua, quote(program)),
        { LUA_PATH = package.path, LUA_CPATH = package.cpath })
      if output:find "still here" then break end
    end
    assert.equal(143, status)
    assert.equal("still here\n", (output:gsub("[^\n]*Terminated[^\n]*\n", "")))
  end)

  it("that are ignored stay ignored, but for one that has a meaning of its own", function()
    local program = [[
      local posix = require "wdt.posix"
      posix.catch(1)
      os.execute("kill -INT " .. posix.pid())
      print(posix.caught())
      os.execute("kill -HUP " .. posix.pid())
      print(posix.caught())]]
    local output = must(("trap '' INT HUP; %s -e %s"):format(shell.lua, quote(program)),
      { LUA_PATH = package.path, LUA_CPATH = package.cpath })
    assert.equal("\n1\n", output)
  end)
end)
