-- The programs of examples/ that keep copies, each run as a user would, against the HTTP sandbox
-- and real databases; killed at the worst moments (support/syncing.lua), and run to their end.
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local text = require "wdt.state.text"
local copies = require "support.copies"
local mariadb = require "support.mariadb"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote, must = shell.quote, shell.must

local KILLED = 137

describe("the example", function()
  local visit, folder, from

  setup(function() visit = visitor.start() end)
  teardown(function() visit:stop() end)

  before_each(function()
    folder = shell.folder()
    from = beijing.format(os.time() - 3 * 86400)
  end)
  after_each(function() must("rm -rf " .. quote(folder)) end)

  -- Runs a program; `die` is where it is to be killed.
  local function run(name, die, ...)
    local variables = visit:variables "enterprise"
    variables.LUA_INIT = "@" .. shell.root .. "/spec/support/syncing.lua"
    variables.WDT_TRACE, variables.WDT_LAG = folder .. "/trace", "180"
    variables.WDT_DIE = die or false
    local words = { shell.lua, quote(shell.root .. "/examples/" .. name) }
    for _, word in ipairs{ ... } do words[#words + 1] = quote(word) end
    local output, status = shell.run(table.concat(words, " "), variables)
    assert.equal(die and KILLED or 0, status, output)
    return output
  end

  -- Returns the world's rows that a state says have been read.
  local function truth(state, query)
    query.start, query.stop = from, checkpoint.watermark(assert(text.open(state, "state"))) - 1
    local rows = visit:rows("enterprise", "stockouts", query)
    assert.is_true(#rows > 300, #rows)
    return rows
  end

  -- Kills it at each of these points, each time it comes there for the first and for the second
  -- time, and lets it come to its end.
  local function kill_at(points, name, ...)
    for n = 1, 2 do
      for _, point in ipairs(points) do run(name, ("%s %d"):format(point, n), ...) end
    end
    return run(name, nil, ...)
  end

  local function keeps_tables(name, target, read)
    local said = kill_at({ "commit" }, name, target, from)
    assert.truthy(said:find "^%d+ windows, %d+ rows\n$", said)
    local state = next((read("SELECT state FROM _wdt_jobs", "state")))
    local expected, lines = truth(state, {}), 0
    local copy = read("SELECT stockout_id, _modified, receiver_name FROM shipped", "stockout_id")
    local n = 0
    for _ in pairs(copy) do n = n + 1 end
    assert.equal(#expected, n)
    for _, row in ipairs(expected) do
      local got = assert(copy[tostring(row.stockout_id)] or copy[tonumber(row.stockout_id)])
      assert.equal(row.modified, got._modified)
      assert.equal(row.receiver_name, got.receiver_name)
      lines = lines + #row.details_list
    end
    run(name, nil, target, from) -- and nothing comes twice
    for list, count in pairs{ shipped = #expected, shipped_details_list = lines } do
      assert.equal(count, tonumber((next((read("SELECT count(*) AS n FROM " .. list, "n"))))))
    end
  end

  it("sync_sqlite.lua holds every row once, however it is killed", function()
    local path = folder .. "/it's shipped.db"
    keeps_tables("sync_sqlite.lua", path, function(statement, key)
      return copies.rows(require "luasql.sqlite3".sqlite3(), path, statement, { key })
    end)
  end)

  it("sync_postgres.lua holds every row once, however it is killed", function()
    local pg = copies.postgres(folder)
    finally(function() pg.stop() end)
    keeps_tables("sync_postgres.lua", pg.address, function(statement, key)
      return pg.read(statement, { key })
    end)
  end)

  it("sync_mysql.lua holds every row once, however it is killed", function()
    local server = mariadb.start(folder)
    finally(function() server.stop() end)
    keeps_tables("sync_mysql.lua", server.url, server.rows)
  end)

  local EVERYWHERE = { "write", "rename", "renamed", "append", "commit" }

  it("sync_ndjson.lua has a file a day, every row once, however it is killed", function()
    kill_at(EVERYWHERE, "sync_ndjson.lua", folder .. "/lines", from)
    local expected = truth(shell.read(folder .. "/lines/state"), { as = "json" })
    local copy, n = copies.lines(folder .. "/lines", "ndjson")
    assert.equal(#expected, n)
    for _, document in ipairs(expected) do
      assert.equal(document, copy[document:match '"stockout_id":"?(%d+)'])
    end
  end)

  it("sync_csv.lua is what Excel opens, every row once, however it is killed", function()
    kill_at(EVERYWHERE, "sync_csv.lua", folder .. "/cells", from)
    local expected = truth(shell.read(folder .. "/cells/state"), {})
    local seen, chinese = {}, 0
    local _, n = copies.csv(folder .. "/cells")
    for name in must("ls " .. folder .. "/cells/*.csv"):gmatch "[^\n]+" do
      local content = shell.read(name)
      assert.equal("\239\187\191consign_time,stockout_id,", content:sub(1, 28))
      for time, id in content:gmatch "\n(%d[%d :-]+),(%d+)," do
        assert.truthy(name:find(time:sub(1, 10), 1, true))
        seen[id] = true
      end
      if content:find "[\228-\233][\128-\191]" then chinese = chinese + 1 end
    end
    assert.equal(#expected, n)
    for _, so in ipairs(expected) do assert.truthy(seen[tostring(so.stockout_id)]) end
    assert.is_true(chinese >= 3)
  end)

  it("is a few lines", function()
    for _, name in ipairs{ "sqlite", "postgres", "mysql", "ndjson", "csv" } do
      local _, n = shell.read(shell.root .. "/examples/sync_" .. name .. ".lua"):gsub("\n", "")
      assert.is_true(n <= 22, name)
    end
  end)

  it("says what is wrong and writes nothing where the state can't be used", function()
    shell.write(folder .. "/state", "wdt-state 1 00\n{}")
    local program = shell.root .. "/examples/sync_ndjson.lua"
    local output, status = visit:run("enterprise", program, folder, from)
    assert.equal(1, status)
    local words = ("state: %s/state: the stored state is damaged (wrong checksum)"):format(folder)
    assert.truthy(output:find(words, 1, true), output)
    assert.equal("state\nstate.lock\n", must("ls " .. quote(folder)))
  end)
end)
