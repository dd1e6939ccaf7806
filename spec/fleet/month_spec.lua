-- A slice of spec/bench/month.lua: ten streams of one account, in one process, on its one budget.
local databases = require "support.databases"
local month = require "support.month"
local shell = require "support.shell"

it("ten streams of an account run within its rate, all current, and lose nothing", function()
  local folder = shell.folder()
  local db = databases.sqlite(folder)
  finally(function() shell.must("rm -rf " .. shell.quote(folder)) end)
  local r = month.run(db, { days = 0.3, per_day = 200, rate = 60 })
  assert.same({ {}, {}, 0, 0, 0 }, { r.failures, r.late, r.lost, r.invented, r.refused })
  assert.is_true(r.fullest <= 60, r.fullest)
  assert.is_true(r.fullest > 20 and r.rows > 1500 and r.changes > 300 and r.streams == 10)
  assert.is_true(r.ever_late <= 0, r.ever_late)
end)
