-- `wdt ledger` ended as a defect of the program where a window was one of a backfill, and where the
-- job was one that is read whole.
local checkpoint = require "wdt.reading.checkpoint"
local command = require "support.command"
local shell = require "support.shell"
local text = require "wdt.state.text"

describe("wdt ledger", function()
  local cli

  setup(function() cli = command.new(nil) end)
  teardown(function() cli:close() end)

  local function write(kept) shell.write(cli.folder .. "/state", text.seal(kept)) end

  it("tells of every kind of window", function()
    local kept = checkpoint.new("enterprise shop stockout_order_query_trade status=95", 0)
    for _, kind in ipairs{ "new", "revisit", "audit", "repair", "backfill" } do
      kept = checkpoint.commit(kept, { kind = kind, start = 0, stop = 99,
        rows_read = 1, calls = 1, certificate = "atomic", by_hour = {}, opened_at = 9000, looks = 0,
        hour = 0, known = 0, revisit_age = 3600 }, {}, {}, 9000)
    end
    write(kept)
    local got = cli:run "wdt ledger state"
    assert.equal(0, got.status, got.err)
    for _, kind in ipairs{ "new", "revisit", "audit", "repair", "backfill" } do
      assert.truthy(got.out:find("\n%s*" .. kind .. " "), got.out)
    end
  end)

  it("says where to look for what is read whole", function()
    write{ whole = true, query = "enterprise shop shop", windows = 1, rows = 3, calls = 1,
      uncertified = 0, taken = 9000 }
    local got = cli:run "wdt ledger state"
    assert.equal(2, got.status, got.err)
    assert.truthy(got.err:find("state is read whole", 1, true), got.err)
  end)
end)
