-- An audit took a row for missing where a part of its identity was a number like 1.50, of which the
-- table holds every digit and a Lua number does not, or a truth value.
local beijing = require "wdt.beijing"
local copy_of = require "wdt.audit.copy"
local core = require "wdt.native".load "wdt.core"
local databases = require "support.databases"
local shell = require "support.shell"
local sink = require "wdt.sink"

local ENTRY = { ids = { "warehouse_no", "spec_no", "defect" }, modified = "modified" }
local PARTS = { '"warehouse_no":"W","spec_no":"S"', '"warehouse_no":"W","spec_no":"S","defect":"0"',
  '"warehouse_no":"W","spec_no":"","defect":null',
  '"warehouse_no":null,"spec_no":"S","defect":1.50',
  '"warehouse_no":"W","spec_no":12345678901234567890,"defect":false' }

for _, scheme in ipairs{ "sqlite", "postgres", "mysql" } do
  it("an audit knows rows by all parts of their identity, in " .. scheme, function()
    local folder = shell.folder()
    local db = databases[scheme](folder)
    finally(function()
      db.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    local opened = assert(sink.open(db.target, { name = "stocks", account = "a" }))
    assert(opened:prepare{ name = "stocks", entry = ENTRY, account = "a", committed = 0,
      emit = function() end, fields = { { "modified", "", "datetime" } } })
    assert(opened:begin(0, "w"))
    local documents = {}
    for i, parts in ipairs(PARTS) do
      documents[i] = "{" .. parts .. ',"modified":"2026-11-01 00:00:00"}'
      assert(opened:row(documents[i]))
    end
    assert(opened:commit(nil, { kind = "new", start = 1, stop = 2, rows = 5, calls = 1,
      certificate = "ordered" }))
    opened:close()

    local copy = assert(copy_of.open(db.target, "stocks", "a", { entry = ENTRY,
      clock = "modified" }))
    finally(function() copy:close() end)
    local at = beijing.parse "2026-11-01 00:00:00"
    local here = assert(copy:rows(at, at))
    for i, document in ipairs(documents) do
      local decoder = core.decoder{ path = "rows", types = copy:types() }
      decoder:feed('{"rows":[' .. document .. "]}")
      local row = assert(decoder:next())
      assert.truthy(here[copy:id_of(row)], i)
      assert.truthy(copy:find(row), i)
    end
  end)
end
