-- A copy was a document a row, and what an answer held beyond the documents was seen by no one: a
-- field that came late, a value of another type. As tables, the command tells of both, keeps every
-- value, and names the rows that it could not place.
local beijing = require "wdt.beijing"
local command = require "support.command"
local copies = require "support.copies"
local server = require "wdt.sandbox.server"
local shell = require "support.shell"
local visitor = require "support.visitor"

-- Changes the rows that come, since the sandbox knows no field that its documents do not name.
local CHANGED = [[
  local tables = require "wdt.sink.tables"
  local new, n = tables.new, 0
  tables.new = function(sink)
    local layout = new(sink)
    local row = layout.row
    layout.row = function(self, document)
      n = n + 1
      if n == 1 then document = document:gsub("}$", ',"late":1.10}') end
      if n == 2 then document = document:gsub('"trade_type":"?%d+"?', '"trade_type":"L1"') end
      if n == 3 then document = document:gsub('"stockout_id":', '"other_id":', 1) end
      return row(self, document)
    end
    return layout
  end]]

describe("wdt sync into tables", function()
  it("tells of a field that is new, of a value that does not fit, and of a row kept aside",
    function()
    local now = os.time()
    local handle = assert(server.start{ world = { seed = 9, rows_per_day = 100,
      from = now - 2 * 86400, to = now - 600, now = now } })
    local cli = command.new(visitor.of(handle))
    finally(function()
      cli:close()
      server.stop(handle)
    end)
    shell.write(cli.folder .. "/changed.lua", CHANGED)
    for language, words in pairs{ ["C.UTF-8"] = { "job.late: a column for a field that is new",
      "job.trade_type: a value does not fit", "stands in _wdt_rejects: it has no identity" },
      ["zh_CN.UTF-8"] = { "job.late：为新字段增加一列", "job.trade_type：有值放不下",
      "存入 _wdt_rejects" } } do
      shell.must("rm -f " .. cli.folder .. "/db*")
      local got = cli:run(("LUA_INIT=@%s/changed.lua wdt sync job --from '%s' --to sqlite:db "
        .. "--rate 100000"):format(cli.folder, beijing.format(now - 2 * 86400)), "enterprise",
        { LANG = language })
      assert.equal(0, got.status, got.err)
      for _, text in ipairs(words) do assert.truthy(got.err:find(text, 1, true), got.err) end
    end
    local function count(statement)
      return (select(2, copies.rows(require "luasql.sqlite3".sqlite3(), cli.folder .. "/db",
        statement, { "id" })))
    end
    assert.equal(1, count "SELECT stockout_id AS id FROM job WHERE late = '1.10'")
    assert.equal(1, count "SELECT stockout_id AS id FROM job WHERE trade_type = 'L1'")
    assert.equal(1, count "SELECT identity AS id FROM _wdt_rejects")
    assert.is_true(count "SELECT stockout_id AS id FROM job" > 20)
  end)
end)
