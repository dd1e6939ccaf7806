-- An empty or absent part of an identity was passed over or taken for "nil", so that an audit
-- looked for the other parts in the wrong columns, and found rows missing that stood there.
local audit_copy = require "wdt.audit.copy"
local command = require "support.command"
local databases = require "support.databases"
local visitor = require "support.visitor"

describe("an audit of rows whose identity has several parts", function()
  local visit, cli, db, copy

  setup(function()
    visit = visitor.start()
    cli = command.new(visit)
    db = databases.sqlite(cli.folder)
    cli:must("wdt sync stockouts --from " .. visit.day .. " --stop " .. visit.day
      .. " --rate 100000 --to " .. db.target, "enterprise")
    db.run "UPDATE stockouts SET shop_no = ''"
    copy = assert(audit_copy.open(db.target, "stockouts", visit:variables("enterprise").WDT_SID, {
      clock = "consign_time", entry = { ids = { "shop_no", "stockout_id", "warehouse_no" } } }))
  end)
  teardown(function()
    copy:close()
    cli:close()
    visit:stop()
  end)

  it("finds a row whose first part is empty, or absent, and its lines", function()
    local stands = db.all "SELECT stockout_id, warehouse_no FROM stockouts LIMIT 1"[1]
    for _, shop in ipairs{ "", false } do
      local one = copy:find{ shop_no = shop or nil, stockout_id = stands.stockout_id,
        warehouse_no = stands.warehouse_no }
      assert.is_table(one)
      assert.is_true(one.lines.details_list >= 1)
    end
    assert.is_nil(copy:find{ shop_no = "S1", stockout_id = stands.stockout_id,
      warehouse_no = stands.warehouse_no })
  end)
end)
