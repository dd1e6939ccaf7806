-- Systemd is told how the fleet is (sd_notify), by real datagrams.
local beijing = require "wdt.beijing"
local command = require "support.command"
local notified = require "support.notified"
local notify = require "wdt.cli.notify"
local posix = require "wdt.posix"
local shell = require "support.shell"
local visitor = require "support.visitor"

local ABSTRACT = ("@wdt-spec-%d-%s"):format(posix.pid(), shell.lua)

describe("posix.notify", function()
  for kind, address in pairs{ ["of a file"] = false, ["of the abstract namespace"] = ABSTRACT } do
    it("reaches a socket " .. kind, function()
      local manager = notified.start(address or nil)
      finally(function() manager:stop() end)
      assert.is_true(posix.notify(manager.address, "READY=1\nSTATUS=店"))
      assert.is_true(posix.notify(manager.address, "WATCHDOG=1"))
      local told
      repeat told = manager:told() until told:find "WATCHDOG"
      assert.equal("READY=1|STATUS=店\nWATCHDOG=1\n", told)
    end)
  end

  it("says why it reaches none", function()
    local function why(address) return select(2, posix.notify(address, "READY=1")) end
    assert.equal("No such file or directory", why "/nowhere/socket")
    assert.equal("Connection refused", why "@wdt-spec-nowhere")
    assert.equal("File name too long", why("/" .. ("x"):rep(107)))
    for _, address in ipairs{ "", "relative", "vsock:2:1", "/a\0b" } do
      assert.matches("[Aa]ddress family not supported", why(address))
    end
    assert.equal("Connection refused", why("@" .. ("x"):rep(106)))
  end)
end)

describe("what systemd is told", function()
  local getenv, send = os.getenv, posix.notify
  local environment, sent, refusal, said

  before_each(function()
    environment, sent, refusal, said = { NOTIFY_SOCKET = "/s" }, {}, nil, {}
    posix.notify = function(address, text)
      assert.equal("/s", address)
      if refusal then return nil, refusal end
      sent[#sent + 1] = text
      return true
    end
  end)
  after_each(function()
    os.getenv, posix.notify = getenv, send -- luacheck: ignore 122
  end)

  -- A module that reads this environment.
  local function open()
    os.getenv = function(name) return environment[name] end -- luacheck: ignore 122
    package.loaded["wdt.cli.notify"] = nil
    local made = require "wdt.cli.notify".open(function(why) said[#said + 1] = why end)
    package.loaded["wdt.cli.notify"] = notify
    return made
  end

  -- Runs through states, a look each; how long it slept between two.
  local function run(made, states)
    local at, slept = 0, {}
    made:run({ sleep = function(_, seconds) slept[#slept + 1] = seconds end },
      { finished = function() return at == #states end, status = function() return "fine" end,
        state = function()
          at = at + 1
          if states[at] == "away" then refusal = "gone" else refusal = nil end
          return states[at] == "away" and "READY=1" or states[at]
        end })
    return slept
  end

  it("is what has changed", function()
    assert.same({ 1, 1, 1, 1 }, run(open(), { "READY=1", "READY=1", "RELOADING=1", "READY=1",
      "STOPPING=1" }))
    assert.matches("^RELOADING=1\nMONOTONIC_USEC=%d+$", sent[3])
    sent[3] = nil
    assert.same({ "READY=1", "STATUS=fine", nil, "READY=1", "STOPPING=1" }, sent)
  end)

  it("is as well that the loop turns, twice in the time that the watchdog waits", function()
    environment.WATCHDOG_USEC = "1000000"
    assert.same({ 0.5 }, run(open(), { "READY=1", "STOPPING=1" }))
    assert.same({ "READY=1", "STATUS=fine", "WATCHDOG=1", "STOPPING=1", "WATCHDOG=1" }, sent)
    environment.WATCHDOG_USEC, sent = "300000000", {}
    environment.WATCHDOG_PID = tostring(posix.pid())
    assert.same({ 1 }, run(open(), { "READY=1", "STOPPING=1" }))
    environment.WATCHDOG_PID, sent = "1", {}
    run(open(), { "READY=1" })
    assert.same({ "READY=1", "STATUS=fine" }, sent)
  end)

  it("is nothing where no one wants to be told", function()
    for _, address in ipairs{ false, "" } do
      environment.NOTIFY_SOCKET = address or nil
      assert.is_nil(open())
    end
  end)

  it("is told again where it could not be, and people once why", function()
    run(open(), { "away", "away", "READY=1" })
    assert.same({ "READY=1", "STATUS=fine" }, sent)
    assert.same({ "gone" }, said)
  end)
end)

describe("wdt fleet run", function()
  local visit, cli, manager

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)
  before_each(function() cli, manager = command.new(visit), notified.start() end)
  after_each(function()
    manager:stop()
    cli:close()
  end)

  -- Shell: waits until systemd was told a line so many times.
  local function wait(line, times)
    return ("until [ \"$(grep -c %s %s)\" -ge %d ]; do kill -0 $pid || exit 9; sleep 0.05; done; ")
      :format(shell.quote(line), manager.file, times)
  end

  it("tells systemd that it has begun, lives, reads its file again and ends", function()
    cli:streams("enterprise", "[*/*]\nto = sqlite:fleet.db\n[a/stockouts]\nfrom = "
      .. beijing.format(os.time() - 3600) .. "\n")
    local got = cli:run(("NOTIFY_SOCKET=%s WATCHDOG_USEC=400000 wdt fleet run --config "
      .. "streams.ini 2>log & pid=$!; "):format(shell.quote(manager.address))
      .. wait("^READY=1$", 1) .. wait("^WATCHDOG=1$", 3) .. wait("^STATUS=1 of 1 accounts run", 1)
      .. "kill -HUP $pid; " .. wait("^RELOADING=1|MONOTONIC_USEC=[0-9]*$", 1)
      .. wait("^READY=1$", 2) .. "kill -TERM $pid; wait $pid; echo $? >ended")
    assert.equal(0, got.status, shell.read(cli.folder .. "/log") .. manager:told())
    assert.equal("143\n", shell.read(cli.folder .. "/ended"))
    local told = manager:told()
    assert.truthy(told:find("\nSTOPPING=1\n", 1, true), told)
    assert.is_nil(told:match "STOPPING=1\n.*READY=1")
  end)

  it("goes on where systemd can't be told, and says so", function()
    cli:streams("enterprise", "[*/*]\nto = sqlite:fleet.db\n[a/stockouts]\nfrom = "
      .. beijing.format(os.time() - 3600) .. "\n")
    local got = cli:run("NOTIFY_SOCKET=/nowhere wdt fleet run --config streams.ini 2>log & pid=$!; "
      .. "until grep -q 'systemd' log; do kill -0 $pid || exit 9; sleep 0.05; done; "
      .. "kill -TERM $pid; wait $pid; grep -c systemd log")
    assert.equal("1\n", got.out)
    assert.truthy(shell.read(cli.folder .. "/log"):find("systemd can't be told (NOTIFY_SOCKET): "
      .. "No such file or directory", 1, true))
  end)
end)
