-- The files of examples/operations: units that systemd takes, hardened; rules and a configuration
-- that Prometheus takes; every figure and every option in them is one that there is.
local metrics = require "wdt.metrics"
local promtool = require "support.promtool"
local shell = require "support.shell"

local FOLDER = shell.root .. "/examples/operations/"

describe("the examples of operations", function()
  local folder

  before_each(function() folder = shell.folder() end)
  after_each(function() shell.must("rm -rf " .. folder) end)

  -- Verifies the units, with a program that is there in place of the command.
  local function verify(change)
    for name in shell.must("ls " .. FOLDER):gmatch "wdt%-[%w-]+%.%l+" do
      local text = shell.read(FOLDER .. name):gsub("/usr/bin/wdt ", "/bin/true ")
      shell.write(folder .. "/" .. name, change and change(text) or text)
    end
    return shell.run(("systemd-analyze verify --man=no %s/*"):format(folder))
  end

  it("are units without a fault", function()
    assert.same({ "", 0 }, { verify() })
    local said, status = verify(function(text)
      return (text:gsub("ProtectSystem=strict", "ProtectSystm=strict"))
    end)
    assert.truthy(status ~= 0 or said:find("ProtectSystm", 1, true), said)
  end)

  it("are services that can do little harm", function()
    verify()
    for _, name in ipairs{ "wdt-fleet.service", "wdt-sync.service" } do
      local said, status = shell.run(("systemd-analyze security --offline=true --threshold=20 "
        .. "%s/%s"):format(folder, name))
      assert.equal(0, status, said)
    end
    local open = shell.read(folder .. "/wdt-fleet.service"):gsub("ProtectSystem=strict\n", "")
      :gsub("CapabilityBoundingSet=\n", ""):gsub("SystemCallFilter=[^\n]*\n", "")
    shell.write(folder .. "/wdt-fleet.service", open)
    assert.is_not.equal(0, (select(2, shell.run(("systemd-analyze security --offline=true "
      .. "--threshold=20 %s/wdt-fleet.service"):format(folder)))))
  end)

  it("are rules and a configuration that Prometheus takes, tested", function()
    for words, file in pairs{ ["check rules"] = "alerts.yml", ["test rules"] = "alerts_test.yml",
      ["check config"] = "prometheus.yml" } do
      local said, status = promtool.rules(words, FOLDER .. file)
      assert.equal(0, status, said)
    end
    local wrong = shell.read(FOLDER .. "alerts.yml"):gsub("increase", "incrase", 1)
    shell.write(folder .. "/bad.yml", wrong)
    assert.is_not.equal(0, (select(2, promtool.rules("check rules", folder .. "/bad.yml"))))
  end)

  it("name figures that there are", function()
    local names = {}
    for _, family in ipairs(metrics.FAMILIES) do names[family.name] = true end
    local found = 0
    for name in shell.read(FOLDER .. "alerts.yml"):gmatch "%f[%w_]wdt_[%w_]+" do
      found = found + 1
      assert.is_true(names[name], name)
    end
    assert.is_true(found > 10)
  end)

  it("give options that the command takes", function()
    local command = ("%s %s/lua/wdt/cli/command.lua"):format(shell.lua, shell.quote(shell.root))
    local environment = { LUA_PATH = package.path, LUA_CPATH = package.cpath, LC_ALL = "C.UTF-8" }
    local lines = {}
    for _, name in ipairs{ "wdt-fleet.service", "wdt-sync.service" } do
      lines[#lines + 1] = shell.read(FOLDER .. name):gsub("\\\n", " ")
        :match "ExecStart=/usr/bin/wdt ([^\n]+)":gsub("%${CREDENTIALS_DIRECTORY}", "/nowhere")
    end
    lines[3] = shell.read(FOLDER .. "Containerfile"):match 'CMD %["wdt", ([^\n]+)%]'
      :gsub('[",]', " ")
    for _, line in ipairs(lines) do
      line = line:gsub("/etc/wdt", "/nowhere")
      local said, status = shell.run("cd " .. folder .. "; " .. command .. " " .. line, environment)
      assert.equal(3, status, said) -- and not 2: only the file is missing
      assert.truthy(said:find("/nowhere/streams.ini: there is no such file", 1, true), said)
    end
  end)
end)
