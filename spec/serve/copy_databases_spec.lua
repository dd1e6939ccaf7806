-- Rows from copies in PostgreSQL and MariaDB, by a real nginx: those of the gateway, row by row.
local cjson = require "cjson"
local copy_rows = require "wdt.serve.copy_rows"
local databases = require "support.databases"
local options = require "wdt.sync.options"
local query = require "wdt.query"
local serve = require "support.serve"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

local CONFIG = [[
[postgres]
$ACCOUNT_enterprise
rate = 100000
[mysql]
$ACCOUNT_enterprise
rate = 100000
[*/*]
from = $DAY
stop = $DAY
[postgres/stockouts]
to = $POSTGRES
[mysql/stockouts]
to = $MYSQL?document=true
[serve]
[serve:all]
token = $TOKEN_all
accounts = *
]]

describe("wdt serve with a copy", function()
  local visit, service, day, folder, open

  setup(function()
    visit, folder, open = visitor.start(), shell.folder(), {}
    for _, name in ipairs{ "postgres", "mysql" } do open[name] = databases[name](folder) end
    day = "day=" .. visit.day
    local config = CONFIG:gsub("%$DAY", visit.day):gsub("%$POSTGRES", function()
      return open.postgres.target .. "?document=true"
    end):gsub("%$MYSQL", open.mysql.target)
    service = serve.start(visit, config)
    service.cli:must "wdt sync --config service.ini postgres mysql"
  end)
  teardown(function()
    service:stop()
    visit:stop()
    for _, db in pairs(open) do db.stop() end
    shell.must("rm -rf " .. quote(folder))
  end)

  -- The rows of an answer, in order, and its proof.
  local function read(account, more)
    local text, ended, status = service:get("/v1/" .. account .. "/stockouts?" .. day .. more,
      "all")
    assert.equal(0, ended)
    assert.equal(200, status, text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
    local proof = cjson.decode(table.remove(lines))["end"]
    table.sort(lines)
    return lines, proof
  end

  -- Rows as values: JSONB has the members in an order of its own. No number of them is a double
  -- that would be rounded: they are compared as texts too, where they stand.
  local function values(lines)
    local list = {}
    for i, line in ipairs(lines) do
      local row = cjson.decode(line)
      list[i] = row
      row.numbers = {}
      for name, number in line:gmatch '"([%w_]+)":%s*(%-?%d[%d.eE+-]*)' do
        row.numbers[#row.numbers + 1] = name .. "=" .. number
      end
      table.sort(row.numbers)
    end
    table.sort(list, function(a, b) return a.stockout_id < b.stockout_id end)
    return list
  end

  for _, name in ipairs{ "postgres", "mysql" } do
    it("hands out the gateway's rows out of " .. name, function()
      for _, how in ipairs{ "", "&typed=true", "&mask=true", "&fields=order_no,consign_time" } do
        local got, proof = read(name, how)
        assert.equal("copy", proof.source, proof.not_copied)
        local expected = read(name, how .. "&source=gateway")
        assert.is_true(#got > 50)
        if name == "mysql" then assert.same(expected, got) end
        if not how:find "fields" then assert.same(values(expected), values(got), how) end
        assert.equal(#expected, #got)
      end
    end)

    it("reads " .. name .. " as it is at one moment, whatever is written meanwhile", function()
      local db, client = open[name], visit:client "enterprise"
      local q = { start = visit.day .. " 00:00:00", stop = visit.day .. " 23:59:59" }
      local spec = assert(query.parse("enterprise", "stockout_order_query_trade", q))
      local path, opened = folder .. "/rows", io.open
      shell.write(path, "")
      io.open = function(...) -- luacheck: ignore 122
        io.open = opened -- luacheck: ignore 122
        -- all has been checked, and no row been read
        db.run "UPDATE stockouts SET _document = NULL"
        return opened(...)
      end
      db.run "CREATE TABLE kept AS SELECT stockout_id, _document FROM stockouts"
      local told = copy_rows.fetch{ streams = { { name = "stockouts", to = db.target } },
        account = client.account.credentials.sid, query = options.identity(client, spec),
        clock = "consign_time", ids = { "stockout_id" }, start = spec.range.start,
        stop = spec.range.stop, path = path, most_bytes = 1e9, most_seconds = 60 }
      io.open = opened -- luacheck: ignore 122
      assert.is_nil(told.refused)
      assert.equal(told.rows, #read(name, "&source=gateway"))
      db.run("UPDATE stockouts SET _document = (SELECT k._document FROM kept k WHERE "
        .. "k.stockout_id = stockouts.stockout_id)")
      assert.equal("copy", select(2, read(name, "")).source)
    end)

    it("finds out rows that are gone from " .. name, function()
      local db = open[name]
      local id = db.all("SELECT stockout_id AS id FROM stockouts ORDER BY stockout_id")[1].id
      db.run(("DELETE FROM stockouts WHERE stockout_id = '%s'"):format(id))
      local got, proof = read(name, "")
      assert.equal("gateway", proof.source)
      assert.truthy(proof.not_copied:find("lacks rows", 1, true), proof.not_copied)
      assert.same(read(name, "&source=gateway"), got)
    end)
  end
end)
