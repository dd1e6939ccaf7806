-- A query that failed after some of its rows was taken for one that had no more: what stands in the
-- database was then unknown to what was written next.
local database = require "wdt.sink.database"
local drivers = require "support.drivers"

local DIALECT = { module = "wdt.sqlite", driver = "sqlite3" }

-- Its third row can't be told: abs() of the least integer overflows.
local BREAKS = "WITH RECURSIVE c(n) AS (SELECT %s UNION ALL SELECT n - 1 FROM c LIMIT 3) "
  .. "SELECT abs(n) FROM c"

for _, variant in ipairs{ "sqlite", "sqlite by LuaSQL" } do
  it("a query of " .. variant .. " that breaks off is a failure", function()
    local restore = drivers.use(variant)
    local db, environment = assert(database.connect(DIALECT, ":memory:"))
    finally(function()
      db:close()
      if environment then environment:close() end
      restore()
    end)
    assert.equal(variant == "sqlite", environment == nil)
    local n = 0
    local ok, err, code = database.each_row(db, BREAKS:format "-9223372036854775806",
      function() n = n + 1 end)
    assert.is_nil(ok)
    assert.matches("integer overflow", err)
    assert.equal("output", code)
    assert.equal(2, n)
    assert.is_true(database.each_row(db, BREAKS:format "-5", function() n = n + 1 end))
    assert.equal(5, n)
  end)
end
