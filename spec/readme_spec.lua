-- README and docs/reference: every Lua example runs, every command exists, and the tables are
-- complete, in both languages.
local certificate = require "wdt.reading.certificate"
local cli = require "wdt.cli"
local command = require "support.command"
local exits = require "wdt.cli.exits"
local shell = require "support.shell"
local visitor = require "support.visitor"

local english = shell.read(shell.root .. "/docs/reference.md")
local chinese = shell.read(shell.root .. "/docs/reference.zh-CN.md")
local PARTS = { english = english, chinese = chinese }
local README = { english = "README.md", chinese = "README.zh-CN.md" }

local function blocks(part, language)
  local list = {}
  for block in part:gmatch("\n```" .. language .. "\n(.-)\n```\n") do list[#list + 1] = block end
  return list
end

-- Returns what stands in the first column of the table below a heading.
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
  describe("the reference, " .. language .. ",", function()
    local visit, folder

    setup(function()
      visit, folder = visitor.start(), shell.folder()
      -- An account's settings where the reader is to put his own.
      shell.write(folder .. "/account.lua", ([[
        local wdt, sandbox = require "wdt", require "wdt.sandbox"
        local new = wdt.new
        function wdt.new(settings)
          if settings.sid == "…" then
            for name, value in pairs(sandbox.settings(settings.edition, %q)) do
              settings[name] = value
            end
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
      local output, status = visit:run("enterprise", folder .. "/account.lua",
        folder .. "/block.lua", ...)
      assert.equal(0, status, output)
      return output
    end

    local function truth(edition, method, first, last)
      local client = require "wdt".new(visit:twin():settings(edition, { rate = 100000 }))
      local query = { start = visit:at(first), stop = visit:at(last),
        status = edition == "enterprise" and 95 or nil }
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
      local rows, calls, proof = output:sub(#table.concat(lines) + 1):match(
        "^(%d+)%D+(%d+).* (%a+)\n$")
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
      for name in pairs(documented("face.lua", "\n%s*%-%- %* (`[%w_]+`[^:\n]*):")) do
        assert.is_true(settings[name] or options[name]
          or part:find("`" .. name .. "`", 1, true) ~= nil, name)
      end
      local ranks = {}
      for name in pairs(certificate.RANK) do ranks[name] = true end
      assert.same(ranks, first_column(part, titles[3]))
      assert.same(documented("error.lua", "\n%-%- |( `[^|]+)|"), first_column(part, titles[4]))
      local client = require "wdt".new(visit:twin():settings "enterprise")
      local stream = client:stockouts{ start = visit:at "01 00:00:00",
        stop = visit:at "02 00:00:00", typed = true }
      assert.is_table(stream:next())
      for name in pairs(stream:progress()) do assert.truthy(
        part:find("`" .. name .. "`", 1, true), name) end
      stream:close()
    end)

    it("names every sub-command and every exit status, and its command lines work", function()
      local titles = language == "english" and { "subcommand", "exit status" } or { "子命令", "退出码" }
      local names, statuses = {}, {}
      for _, one in ipairs(cli.commands) do names["wdt " .. one.name] = true end
      assert.same(names, first_column(part, titles[1]))
      for _, exit in ipairs(exits.list) do
        statuses[tostring(exit.status)] = true
        for code in exit.codes:gmatch "%S+" do assert.truthy(
          part:find(("| `%d` [^\n]*`%s`"):format(exit.status, code)), code) end
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

    it("names only files that exist", function()
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

for language, name in pairs(README) do
  describe(name, function()
    local text = shell.read(shell.root .. "/" .. name)
    local visit, user

    setup(function()
      visit = visitor.start()
      user = command.new(visit)
    end)

    teardown(function()
      user:close()
      visit:stop()
    end)

    it("is read in ten minutes, and names only files and headings that exist", function()
      local lines = select(2, text:gsub("\n", ""))
      assert.is_true(lines <= 150, lines)
      local n = 0
      for path, heading in text:gmatch "%]%(([^)#:]+)#?([^)]*)%)" do
        n = n + 1
        local file = shell.root .. "/" .. path
        shell.must("test -e " .. shell.quote(file))
        if heading ~= "" then
          local words = heading:gsub("-", " ")
          assert.truthy(shell.read(file):lower():find("\n##+ " .. words .. "\n"), heading)
        end
      end
      assert.is_true(n >= 10, language)
    end)

    it("begins with the two commands, and its other command lines and its Lua run", function()
      local shells, n = blocks(text, "sh"), 0
      assert.equal("sh examples/demo.sh", shells[1])
      assert.equal("sh spec/run.sh", shells[2])
      for line in shells[3]:gmatch "wdt [^\n]+" do
        n = n + 1
        user:must((line:gsub("2026%-11", visit.month)), "enterprise")
      end
      assert.equal(3, n)
      local code = blocks(text, "lua")[1]:gsub("2026%-11%-", visit.month .. "-")
      local file = os.tmpname()
      shell.write(file, code)
      local output, status = visit:run("enterprise", file)
      os.remove(file)
      assert.equal(0, status, output)
      assert.truthy(output:find "^CK%d+\t%d+%-%d+%-%d+ [%d:]+\t%d+\n" or output:find "^%S+\t")
    end)
  end)
end

it("README says the same in both languages", function()
  local first = shell.read(shell.root .. "/" .. README.english)
  local second = shell.read(shell.root .. "/" .. README.chinese)
  assert.same(blocks(first, "sh"), blocks(second, "sh"))
  assert.same(blocks(first, "lua"), blocks(second, "lua"))
  assert.equal(select(2, first:gsub("\n## ", "")), select(2, second:gsub("\n## ", "")))
end)

it("the reference says the same in both languages", function()
  for _, language in ipairs{ "sh" } do assert.same(blocks(english, language),
    blocks(chinese, language)) end
  local function tables(part)
    local count = 0
    for _ in part:gmatch("\n|") do count = count + 1 end
    return count
  end
  assert.equal(tables(english), tables(chinese))
end)
