-- A report that was read only in part (`wdt report … | head`, a limit) could not be closed: LuaSQL
-- raised "there are open cursors".
local command = require "support.command"
local report = require "wdt.report"
local visitor = require "support.visitor"

it("a report that was read in part is closed", function()
  local visit = visitor.start()
  local cli = command.new(visit)
  finally(function()
    cli:close()
    visit:stop()
  end)
  local target = "sqlite:" .. cli.folder .. "/copy.db"
  cli:must(("wdt sync stockouts --from %s --stop %s --to %s"):format(visit.day, visit.day, target),
    "enterprise")
  local copy = assert(report.open(target))
  assert(copy:make "daily_sales")
  local first = assert(copy:rows "daily_sales")
  assert.is_table(first())
  local second = assert(copy:rows "daily_sales")
  assert.is_nil(first()) -- its cursor has given way
  assert.is_table(second())
  copy:close()
  copy:close()
end)
