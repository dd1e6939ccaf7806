-- The sink for MySQL against a server whose defaults are of no help: latin1, no strict mode, tables
-- without transactions, packets of a megabyte; and with a password.
local mariadb = require "support.mariadb"
local shell = require "support.shell"
local sink_of = require "wdt.sink"

local ENTRY = { ids = { "stockout_id" }, modified = "modified" }

describe("a server with other defaults", function()
  local folder, server

  setup(function()
    folder = shell.folder()
    server = mariadb.start(folder, "--max-allowed-packet=1048576 --sql-mode= "
      .. "--character-set-server=latin1 "
      .. "--default-storage-engine=Aria")
  end)
  teardown(function()
    server.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  local function open(name, url)
    local sink = assert(sink_of.open(url or server.url, { name = name,
      layout = "documents" }))
    assert(sink:prepare{ name = name, entry = ENTRY, committed = 0 })
    assert(sink:begin(0, "x"))
    return sink
  end

  local function row(id, remark)
    return ('{"stockout_id":"%s","modified":"2026-11-01 00:00:00","remark":"%s"}'):format(id,
      remark)
  end

  it("gets tables of InnoDB in utf8mb4", function()
    local sink = open "job"
    assert(sink:row(row("1", "😀 商家")))
    assert(sink:commit(0))
    sink:close()
    local tables = server.rows([[SELECT table_name AS name, CONCAT(engine, ' ', table_collation) AS made
      FROM information_schema.tables WHERE table_schema = 'erp']], "name")
    for name, value in pairs(tables) do
      assert.equal("InnoDB utf8mb4_nopad_bin", value.made, name)
    end
    local _, found = next(server.rows([[SELECT HEX(_document) AS hex, _document AS text FROM job]],
      "hex"))
    assert.truthy(found.text:find("😀 商家", 1, true))
    assert.equal((row("1", "😀 商家"):gsub(".", function(c) return ("%02X"):format(c:byte()) end)),
      found.hex)
  end)

  it("gets many rows in statements that it takes, and one row up to its limit", function()
    local function inserts()
      return tonumber((next(server.rows("SHOW GLOBAL STATUS LIKE 'Com_insert_select'", "Value"))))
    end
    local sink, n, before = open "many", 3000, inserts()
    for i = 1, n do assert(sink:row(row(i, ("长"):rep(i % 400)))) end
    assert(sink:row(row("large", ("x"):rep(900000))))
    assert(sink:commit(0))
    sink:close()
    local _, found = next(server.rows("SELECT COUNT(*) AS n FROM many", "n"))
    assert.equal(n + 1, tonumber(found.n))
    assert.is_true(inserts() - before <= 10, inserts() - before)
  end)

  it("refuses a row beyond it, and nothing of its window stays", function()
    local sink = open "beyond"
    assert(sink:row(row("1", "a")))
    assert(sink:row(row("2", ("x"):rep(1200000))))
    local ok, err, code = sink:commit(0)
    assert.is_nil(ok)
    assert.equal("output", code)
    assert.is_true(#err < 200, err:sub(1, 200))
    sink:close()
    local _, found = next(server.rows("SELECT COUNT(*) AS n FROM beyond", "n"))
    assert.equal(0, tonumber(found.n))
  end)

  it("is strict: nothing is cut to fit", function()
    local sink = open "strict"
    assert(sink:row(row(("9"):rep(192), "a")))
    local ok, err = sink:commit(0)
    assert.is_nil(ok)
    assert.truthy(err:find("Data too long for column 'stockout_id'", 1, true), err)
    assert.is_true(sink:begin(0, "x")) -- and goes on
    assert(sink:row(row(("9"):rep(191), "a")))
    assert.is_true(sink:commit(0))
    sink:close()
  end)

  it("takes a table's name from the address, and a password from it or MYSQL_PWD", function()
    server.execute "SET PASSWORD = PASSWORD('s3cret/@:')"
    local url = server.url:gsub("erp@", "erp:s3cret%%2F%%40%%3A@") .. "/a_table"
    local sink = open("job", url)
    assert(sink:row(row("1", "a")))
    assert(sink:commit(0))
    sink:close()
    local program = ([[local s, e = require "wdt.sink".open(%q, { name = "x" })
      print(s and s:prepare{ entry = {}, committed = 0 } and "in" or e) if s then s:close() end]])
      :format(server.url)
    local paths = { LUA_PATH = package.path, LUA_CPATH = package.cpath, MYSQL_PWD = "s3cret/@:" }
    local line = ("%s -e %s"):format(shell.lua, shell.quote(program))
    assert.equal("in\n", shell.must(line, paths))
    paths.MYSQL_PWD = "wr0ng"
    local said = shell.must(line, paths)
    assert.truthy(said:find("output: [^\n]*Access denied for user 'erp'"), said)
    assert.is_nil(said:find("wr0ng", 1, true))
    local db, environment = server.connect "s3cret/@:"
    assert(db:execute "SET PASSWORD = ''")
    db:close()
    environment:close()
    assert.equal("1", (next(server.rows("SELECT stockout_id AS id FROM a_table", "id"))))
  end)
end)
