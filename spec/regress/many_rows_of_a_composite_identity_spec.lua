-- A batch of more than a thousand rows whose identity has two parts was refused by SQLite,
-- "Expression tree is too large": the rows were looked up by one chain of ORs. Such a list never
-- got in.
local databases = require "support.databases"
local shell = require "support.shell"
local sink_of = require "wdt.sink"

describe("rows with an identity of two parts", function()
  local folder = shell.folder()
  teardown(function() shell.must("rm -rf " .. shell.quote(folder)) end)

  it("get in by the thousand, and newer ones of them replace the older", function()
    local db = databases.sqlite(folder)
    local sink = assert(sink_of.open(db.target, { name = "stock", account = "a" }))
    assert(sink:prepare{ name = "stock", committed = 0, entry = { ids = { "spec_no",
      "warehouse_no" }, modified = "modified" } })
    local N = 2500
    for version = 1, 2 do
      assert(sink:begin(version - 1, "w"))
      for i = 1, N do
        assert(sink:row(('{"spec_no":"%d","warehouse_no":"w","stock":%d,"modified":'
          .. '"2026-11-0%d 00:00:00"}'):format(i, version, version)))
      end
      assert(sink:commit(version - 1))
    end
    sink:close()
    local told = db.all "SELECT count(*) AS n, min(stock) AS least FROM stock"[1]
    assert.equal(N, tonumber(told.n))
    assert.equal(2, tonumber(told.least))
  end)
end)
