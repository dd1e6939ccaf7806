-- A slice of spec/bench/losses.lua: 0.1 % of a copy's rows and lines are found to the last and
-- repaired, and a copy that lacks nothing raises no alarm.
local databases = require "support.databases"
local losses = require "support.losses"
local shell = require "support.shell"

describe("an audit of a copy out of which rows and lines were taken", function()
  local folder, db
  before_each(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
  end)
  after_each(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  it("names and repairs all of them, and leaves the rest as it is", function()
    local r = losses.plant(db, { days = 2, per_day = 400, share = 0.005 })
    assert.is_true(r.rows >= 3 and r.lines >= 3)
    assert.same({ {}, {}, 0, 0 }, { r.missed, r.invented, r.left, r.changed })
    assert.same({}, r.second.differences)
  end)

  it("raises no alarm where the world drifts", function()
    local r = losses.drift(db, { days = 4, per_day = 100, look = 2 })
    assert.same({ 4, {}, 0 }, { r.audits, r.alarms, r.unproved })
    assert.is_true(r.changes > 100, r.changes)
  end)
end)
