-- A real terminal shows how far a reading is, what came of it and what kind of file it made; and
-- its columns stand under each other, whatever their characters.
local cjson = require "cjson"
local command = require "support.command"
local shell = require "support.shell"
local terminal = require "support.terminal"
local visitor = require "support.visitor"
local workbook = require "support.workbook"

for _, place in ipairs{ { 80, "zh" }, { 40, "C" } } do
  local width, language = place[1], place[2]
  local zh = language == "zh"
  describe(("in a terminal of %d columns, LANG %s,"):format(width, language), function()
    local visit, cli, t, line

    setup(function()
      visit = visitor.start()
      cli = command.new(visit)
      t = terminal.open(cli, { columns = width, language = language, edition = "enterprise" })
      line = "wdt stockouts --rate 100000 --day " .. visit.day
    end)
    teardown(function()
      t:close()
      cli:close()
      visit:stop()
    end)

    it("a reading ends with rows, sum, calls, time, proof and file, and what is not shown",
      function()
      local text, status = t:run(line .. " --sum paid -o day.csv")
      assert.equal(0, status)
      local rows, sum = 0, 0
      for _, row in ipairs(visit:rows("enterprise", "stockouts", {})) do
        rows, sum = rows + 1, sum + math.floor(tonumber(row.paid) * 10000 + 0.5)
      end
      local told_rows, told_sum = text:match(zh and "(%d+) 条 · paid = ([%d.]+) · "
        or "(%d+) rows · paid = ([%d.]+) · ")
      assert.same({ rows, sum }, { tonumber(told_rows), tonumber(told_sum) * 10000 })
      assert.truthy(text:find(zh and "%d+ 次调用 · [%d.]+ s · 已证明完整（%l+） · day.csv\n"
        or "%d+ calls · [%d.]+ s · complete %(%l+%) · day.csv\n"), text)
      assert.truthy(text:find(zh and "淘系" or "Taobao-family", 1, true), text)
    end)

    it("the time that is left knows the rate, and is never none", function()
      -- A minute's calls come at once; the rest wait for theirs. 40 columns hold less.
      t:type(("clear; wdt stockouts --rate 60 --page-size 10 --month %s -o slow.ndjson; "
        .. "echo en''ded\n"):format(
        visit.month))
      local word = width == 80 and { "剩余", "left" } or { "次调用", "calls" }
      local shown = t:wait(zh and word[1] or word[2])
      t:key "C-c"
      t:wait "\nended"
      local left = shown:match(zh and "剩余 (%d[%d:]+)" or "(%d[%d:]+) left")
      assert.equal(width == 80, left ~= nil, shown)
      -- The month's 3,000 rows and more take more than 300 calls, 60 a minute.
      if left then assert.is_true(#left > 4 or tonumber(left:match "^%d+") >= 4, left) end
      assert.is_nil(shown:find "%f[%d]0:00%f[^%d]", shown)
    end)

    it("--log-json is JSON alone, each line with a time, the last one the end", function()
      local text, status = t:run(line .. " --log-json -o day.ndjson 2>&1 | cat")
      assert.equal(0, status)
      local last
      for one in text:gmatch "[^\n]+" do
        last = cjson.decode(one)
        assert.truthy(last.time:find "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$")
      end
      assert.same({ "end", "day.ndjson" }, { last.event, last.file })
    end)

    it("a file is of the kind that its name tells; another ending is refused", function()
      t:run(line .. " --fields stockout_id,order_no,paid -o day.json.gz")
      local rows = cjson.decode(shell.must("zcat " .. shell.quote(cli.folder .. "/day.json.gz")))
      assert.is_true(#rows > 50)
      local text, status
      text, status = t:run(line .. " -o day.txt")
      assert.equal(2, status)
      assert.truthy(text:gsub("\n", ""):find(".xlsx", 1, true), text)
      assert.is_nil(io.open(cli.folder .. "/day.txt"))
    end)

    it("a workbook has no title twice", function()
      local _, status = t:run(line .. " --header label --limit 5 -o day.xlsx")
      assert.equal(0, status)
      local titles = {}
      for _, title in ipairs(workbook.read(cli.folder .. "/day.xlsx")[1][1]) do
        assert.is_nil(titles[title], title)
        titles[title] = true
      end
    end)

    it("columns stand under each other, whatever their characters", function()
      local names = { "plain", "旗舰店", "⚡✅", "é ü", "한국" }
      cli:must "mkdir -p .config/wdt; : >.config/wdt/config.ini; chmod 600 .config/wdt/config.ini"
      local text = ""
      for _, name in ipairs(names) do
        text = text .. ("[%s]\nedition = ultimate\nsid = s\nappkey = k\nappsecret = a:b\n"):format(
          name)
      end
      shell.write(cli.folder .. "/.config/wdt/config.ini", text)
      local shown, n = t:run "wdt profiles", 0
      local column = t:column((shown:match "^(.-)edition" or shown:match "^(.-)版本"))
      for before in shown:gmatch "([^\n]*)ultimate" do
        n = n + 1
        assert.equal(column, t:column(before), before)
      end
      assert.equal(#names, n)
    end)
  end)
end
