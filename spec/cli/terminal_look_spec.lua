-- To look at rows in a real terminal: a table that fits it, also through `| head`, and what is told
-- when a reading has ended.
local columns = require "wdt.format.columns"
local command = require "support.command"
local terminal = require "support.terminal"
local visitor = require "support.visitor"

for _, place in ipairs{ { 80, "zh" }, { 40, "zh" }, { 80, "C" }, { 40, "C" } } do
  local width, language = place[1], place[2]
  describe(("in a terminal of %d columns, LANG %s, rows"):format(width, language), function()
    local visit, cli, t

    setup(function()
      visit = visitor.start()
      cli = command.new(visit)
      t = terminal.open(cli, { columns = width, language = language, edition = "enterprise" })
    end)
    teardown(function()
      t:close()
      cli:close()
      visit:stop()
    end)

    -- The table's lines: all before what is told about it.
    local function rows_of(text)
      local list = {}
      for line in text:gmatch "[^\n]+" do
        if line:find "^%d+ .- · " or line:find "93" then break end
        assert.is_true(columns.width(line) <= width, line)
        list[#list + 1] = line
      end
      return list
    end

    it("fit, with number, time, shop, goods, quantity and amount; narrow ones are folded",
      function()
      local text, status = t:run("wdt stockouts --limit 3 --day " .. visit.day)
      assert.equal(0, status)
      local lines = rows_of(text)
      local row = visit:rows("enterprise", "stockouts", {})[1]
      if width == 80 then
        assert.equal(4, #lines)
        assert.truthy(lines[1]:find "^order_no +consign_time +shop", text)
        assert.equal(row.order_no, lines[2]:match "^%S+")
        assert.truthy(lines[2]:find(row.goods_count, 1, true), text)
        assert.truthy(lines[2]:find(row.paid, 1, true), text)
      else
        assert.equal("-- 1 --", lines[1])
        assert.equal(row.order_no, lines[2]:match "^order_no +(%S+)$")
        assert.equal(row.consign_time, lines[3]:match "^consign_time +(.*)$")
      end
      assert.truthy(text:find(language == "zh" and "3 条 · " or "3 rows · ", 1, true), text)
    end)

    it("stay readable through head: no progress stands in them", function()
      local text, status = t:run("wdt stockouts --format table --day " .. visit.day
        .. " | head -n 3")
      assert.equal(0, status)
      -- the notice of what is not shown comes by standard error, at any time
      local lines = rows_of((text:gsub("%d+ of %d+ fields are shown[^\n]*\n", "")))
      assert.equal(3, #lines, text)
      assert.truthy(lines[1]:find(width == 80 and "^order_no +consign_time" or "^%-%- 1 %-%-$"),
        text)
    end)

    it("of cancelled stockouts show the time that they are selected by", function()
      local text = t:run("wdt cancelled --limit 1 --day " .. visit.day)
      assert.truthy(text:find "modified", text)
      assert.is_nil(text:find("0000-00-00", 1, true))
    end)
  end)
end
