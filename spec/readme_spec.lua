-- README: every Lua example runs, every command exists, and its tables are complete, in both languages.
local certificate = require "wdt.reading.certificate"
local cli = require "wdt.cli"
local command = require "support.command"
local exits = require "wdt.cli.exits"
local shell = require "support.shell"
local visitor = require "support.visitor"

local text = shell.read(shell.root .. "/README.md")
local english, chinese = text:match("^(.*)\n(# 中文\n.*)$")
local PARTS = { english = english, chinese = chinese }

local function blocks(part, language)
  local list = {}
  for block in part:gmatch("\n```" .. language .. "\n(.-)\n```\n") do list[#list + 1] = block end
  return list
end

-- What stands in the first column of the table below a heading.
local function first_column(part, title)
  local names = {}
  local rows = part:match("\n| " .. title .. " |[^\n]*\n|[-|]+|\n(.-)\n\n")
  for cell in rows:gmatch("|([^|\n]*)|[^\n]*") do
    for name in cell:gmatch("`([^`]+)`") do names[name] = true end
  end
  return names
end

-- The names that a Lua file's comments put in a certain place.
local function documented(file, pattern)
  local names, n = {}, 0
  for cell in shell.read(shell.root .. "/lua/wdt/" .. file):gmatch(pattern) do
    for name in cell:gmatch("`([%w_]+)`") do names[name], n = true, n + 1 end
  end
  assert.is_true(n > 4)
  return names
end

for language, part in pairs(PARTS) do
  describe("README, " .. language .. ",", function()
    local visit, folder

    setup(function()
      visit, folder = visitor.start(), shell.folder()
      -- An account's settings where the reader is to put his own.
      shell.write(folder .. "/account.lua", ([[
        local wdt, sandbox = require "wdt", require "wdt.sandbox"
        local new = wdt.new
        function wdt.new(settings)
          if settings.sid == "…" then
            for name, value in pairs(sandbox.settings(settings.edition, %q)) do settings[name] = value end
          end
          return new(settings)
        end
        dofile(table.remove(arg, 1))
      ]]):format(visit.handle.url))
    end)

    teardown(function()
      visit:stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    local function execute(n, ...)
      local block = blocks(part, "lua")[n]:gsub("2026%-11%-", visit.month .. "-")
      shell.write(folder .. "/block.lua", block)
      local output, status = visit:run("enterprise", folder .. "/account.lua", folder .. "/block.lua", ...)
      assert.equal(0, status, output)
      return output
    end

    local function truth(edition, method, first, last)
      local client = require "wdt".new(visit:twin():settings(edition, { rate = 100000 }))
      local query = { start = visit:at(first), stop = visit:at(last), status = edition == "enterprise" and 95 or nil }
      local rows = {}
      for so in client[method](client, query) do rows[#rows + 1] = so end
      assert.is_true(#rows > 5)
      return rows
    end

    it("has four Lua examples", function()
      assert.equal(4, #blocks(part, "lua"))
    end)

    it("keeps a copy, and goes on where it was", function()
      local state = folder .. "/shipped.state"
      local _, rows = execute(3, state):gsub("\n", "")
      assert.is_true(rows >= #truth("enterprise", "stockouts", "01 00:00:00", "20 23:59:59"))
      assert.equal("", execute(3, state))
    end)

    it("reads stockouts in a loop", function()
      local lines = {}
      for i, so in ipairs(truth("enterprise", "stockouts", "01 00:00:00", "20 23:59:59")) do
        lines[i] = table.concat({ so.order_no, so.consign_time, #so.details_list }, "\t") .. "\n"
      end
      assert.equal(table.concat(lines), execute(1))
    end)

    it("reads cancelled ones row by row", function()
      local lines, output = {}, execute(2)
      for i, so in ipairs(truth("ultimate", "cancelled_stockouts", "11 00:00:00", "11 23:59:59")) do
        lines[i] = ("%d\t%s\t%d\n"):format(so.stockout_id, so.stockout_no, so.status)
      end
      assert.equal(table.concat(lines), output:sub(1, #table.concat(lines)))
      local rows, calls, proof = output:sub(#table.concat(lines) + 1):match("^(%d+)%D+(%d+).* (%a+)\n$")
      assert.equal(#lines, tonumber(rows))
      assert.is_true(tonumber(calls) >= 24)
      assert.is_true(certificate.RANK[proof] <= 4)
    end)

    it("reads from a sandbox in the process, and survives the fault", function()
      local rows, retries = execute(4):match("^(%d+)\t(%d+)\n$")
      assert.is_true(tonumber(rows) > 30)
      assert.equal("1", retries)
    end)

    it("names every code, certificate, setting, option and figure", function()
      local titles = language == "english" and { "setting", "option", "certificate", "code" }
        or { "设置", "选项", "可靠程度", "代码" }
      local settings, options = first_column(part, titles[1]), first_column(part, titles[2])
      for name in pairs(documented("init.lua", "\n%-%- %* (`[%w_]+`[^:\n]*):")) do
        assert.is_true(settings[name] or options[name] or part:find("`" .. name .. "`", 1, true) ~= nil, name)
      end
      local ranks = {}
      for name in pairs(certificate.RANK) do ranks[name] = true end
      assert.same(ranks, first_column(part, titles[3]))
      assert.same(documented("error.lua", "\n%-%- |( `[^|]+)|"), first_column(part, titles[4]))
      local client = require "wdt".new(visit:twin():settings "enterprise")
      local stream = client:stockouts{ start = visit:at "01 00:00:00", stop = visit:at "02 00:00:00", typed = true }
      assert.is_table(stream:next())
      for name in pairs(stream:progress()) do assert.truthy(part:find("`" .. name .. "`", 1, true), name) end
      stream:close()
    end)

    it("names every sub-command and every exit status, and its command lines work", function()
      local titles = language == "english" and { "subcommand", "exit status" } or { "子命令", "退出码" }
      local names, statuses = {}, {}
      for _, one in ipairs(cli.commands) do names["wdt " .. one.name] = true end
      assert.same(names, first_column(part, titles[1]))
      for _, exit in ipairs(exits.list) do
        statuses[tostring(exit.status)] = true
        for code in exit.codes:gmatch "%S+" do assert.truthy(part:find(("| `%d` [^\n]*`%s`"):format(exit.status, code)), code) end
      end
      assert.same(statuses, first_column(part, titles[2]))
      local user, lines = command.new(visit), 0
      for _, block in ipairs(blocks(part, "sh")) do
        for line in block:gmatch "wdt [^\n]+" do
          if block:find "^wdt " then
            lines = lines + 1
            user:must(line:gsub("2026%-11", visit.month) .. "", "enterprise")
          end
        end
      end
      user:close()
      assert.equal(3, lines)
    end)

    it("has two commands, and names only files that exist", function()
      local set_up = part:match("\n## T?[^\n]*commands\n(.-)\n## ") or part:match("\n## 两条命令\n(.-)\n## ")
      assert.same({ "sh examples/demo.sh", "sh spec/run.sh" }, blocks("\n" .. set_up, "sh"))
      local n = 0
      for name in part:gmatch("[%w./_-]+/[%w_-]+%.[%w]+") do
        if not name:find("^/") and not name:find("%.build/") then
          n = n + 1
          shell.must("test -e " .. shell.quote(shell.root .. "/" .. name))
        end
      end
      assert.is_true(n >= 5)
    end)
  end)
end

it("README says the same in both languages", function()
  for _, language in ipairs{ "sh" } do assert.same(blocks(english, language), blocks(chinese, language)) end
  local function tables(part)
    local count = 0
    for _ in part:gmatch("\n|") do count = count + 1 end
    return count
  end
  assert.equal(tables(english), tables(chinese))
end)
