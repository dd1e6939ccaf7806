-- Our own connections (csrc/database): LuaSQL's methods, exact about transactions, and `put`.
local copies = require "support.copies"
local core = require "wdt.core"
local shell = require "support.shell"

local PLAN = { yes = "1", no = "0", modified = "at", version_at = 4, tables = {
  { width = 5, own = 2, fields = { { "id", "int", 2 }, { "no", "text", 3 }, { "at", "text", 4 },
    { "paid", "decimal", 5 }, { "list", list = 2 } } },
  { width = 4, own = 3, fields = { { "spec", "text", 4 } } } } }

-- Texts that one of the two could take for something else.
local TEXTS = { "", "\\N", "\\.", "\\", "a\tb\nc\r\\d", "it's", '"x"', "商家😀", "NULL", "?1",
  ("long\n"):rep(30000) }

-- Lays documents out: the layer, and its rows.
local function laid(...)
  local layer, rows = core.laying(PLAN), {}
  layer:reset("me", "now")
  for i, document in ipairs{ ... } do
    rows[i] = assert((layer:put(document)), document)
  end
  return layer, rows
end

local function order(id, more)
  return ('{"id":%s,"at":"2026-11-01 08:00:00"%s}'):format(id, more or "")
end

for _, scheme in ipairs{ "sqlite", "postgres" } do
  describe("a connection of wdt." .. scheme, function()
    local module, folder, server, address, db
    local fill = scheme == "sqlite" and function(name, n)
      return ("INSERT INTO %s VALUES (?%s)"):format(name, (",?"):rep(n - 1))
    end or function(name) return ("COPY %s FROM STDIN"):format(name) end

    setup(function()
      module, folder = require("wdt." .. scheme), shell.folder()
      address = folder .. "/db"
      if scheme == "postgres" then
        server = copies.postgres(folder)
        address = server.address
      end
    end)
    teardown(function()
      if server then server.stop() end
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    local function run(statement)
      local done = assert(db:execute(statement))
      if type(done) == "userdata" then done:close() end
    end

    local function all(statement)
      local cursor, list = assert(db:execute(statement)), {}
      local row = cursor:fetch({}, "n")
      while row do
        list[#list + 1] = row
        row = cursor:fetch({}, "n")
      end
      cursor:close()
      return list
    end

    before_each(function()
      db = assert(module.connect(address))
      run "CREATE TABLE o (a TEXT, id BIGINT PRIMARY KEY, no TEXT, at TEXT, paid DECIMAL)"
      run "CREATE TABLE l (a TEXT, id BIGINT, n INTEGER, spec TEXT)"
    end)
    after_each(function()
      db:close()
      db = assert(module.connect(address))
      for _, name in ipairs{ "o", "l" } do run("DROP TABLE IF EXISTS " .. name) end
      db:close()
    end)

    it("puts cells as they are", function()
      local documents = { order("9223372036854775807"), order("-5", ',"paid":"-0.10"') }
      for i, text in ipairs(TEXTS) do
        documents[#documents + 1] = order(i, (',"no":"%s","paid":%d.%02d,"list":[{"spec":"a"},{}]'):
          format(text:gsub('[\\"]', "\\%0"):gsub("\n", "\\n"):gsub("\t", "\\t"):gsub("\r", "\\r"),
            i, i))
      end
      local layer, rows = laid((table.unpack or unpack)(documents)) -- luacheck: ignore 143 113
      assert.equal(#documents, db:put(fill("o", 5), layer, 1, rows))
      assert.equal(2 * #TEXTS, db:put(fill("l", 4), layer, 2, rows))
      layer:close()
      for i, text in ipairs(TEXTS) do
        local row = all("SELECT no, CAST(paid AS TEXT), a FROM o WHERE id = " .. i)[1]
        assert.equal(text, row[1])
        assert.equal(("%d.%02d"):format(i, i), (row[2]:gsub("^(%d+%.%d)$", "%10")))
        assert.equal("me", row[3])
        local lines = all("SELECT CAST(n AS TEXT), spec FROM l WHERE id = " .. i .. " ORDER BY n")
        assert.same({ { "1", "a" }, { "2" } }, lines)
      end
      assert.same({ { "9223372036854775807" } },
        all "SELECT CAST(id AS TEXT) FROM o WHERE id > 100 AND no IS NULL AND paid IS NULL")
      assert.same({ { "t" } }, all "SELECT 't' FROM o WHERE id = -5 AND paid = -0.1")
    end)

    it("puts nothing for rows that have none, and refuses what was not laid out", function()
      local layer, rows = laid(order(1))
      assert.equal(0, db:put(fill("l", 4), layer, 2, rows))
      assert.equal(0, db:put(fill("o", 5), layer, 1, {}))
      assert.error_matches(function() db:put(fill("o", 5), layer, 1, { 2 }) end, "parameter 'rows'")
      assert.error_matches(function() db:put(fill("o", 5), layer, 3, { 1 }) end, "parameter 'rows'")
      assert.error_matches(function() db:put(fill("o", 5), layer, 1, 7) end, "parameter 'rows'")
      assert.error_matches(function() db:put(fill("o", 5), db, 1, rows) end, "wdt.laying")
      assert.same({}, all "SELECT id FROM o")
      layer:close()
      assert.error_matches(function() db:put(fill("o", 5), layer, 1, rows) end, "parameter 'rows'")
    end)

    it("says what the database refuses, and goes on", function()
      local layer, rows = laid(order(1), order(2), order(1))
      assert(db:begin())
      run "INSERT INTO l VALUES ('kept', 7, 1, NULL)"
      run "SAVEPOINT s"
      local n, err = db:put(fill("o", 5), layer, 1, rows)
      assert.is_nil(n)
      assert.matches(scheme == "sqlite" and "UNIQUE constraint failed" or "duplicate key", err)
      run "ROLLBACK TO SAVEPOINT s"
      assert.equal(2, db:put(fill("o", 5), layer, 1, { rows[1], rows[2] }))
      assert.is_true(db:commit())
      for _, statement in ipairs{ "no statement", fill("gone", 5) } do
        assert(db:begin())
        n, err = db:put(statement, layer, 1, rows)
        assert.is_nil(n)
        assert.is_string(err)
        assert.is_true(db:rollback())
      end
      assert.is_nil((db:execute "no statement"))
      assert.is_true(db:rollback())
      assert.error_matches(function() db:execute "SELECT 1\0" end, "without a zero byte")
      assert.same({ { "2", "1" } },
        all "SELECT CAST((SELECT count(*) FROM o) AS TEXT), CAST(count(*) AS TEXT) FROM l")
      layer:close()
    end)

    it("keeps a transaction until it is ended", function()
      local other = assert(module.connect(address))
      local function seen()
        local cursor = assert(other:execute "SELECT CAST(count(*) AS TEXT) FROM l")
        local n = cursor:fetch()
        cursor:close()
        return n
      end
      assert.is_true(db:begin())
      assert.equal("a transaction has begun already", select(2, db:begin()))
      assert.equal(1, db:execute "INSERT INTO l VALUES ('a', 1, 1, NULL)")
      assert.equal("0", seen())
      assert.is_true(db:rollback())
      assert.is_true(db:rollback())
      assert.is_true(db:commit())
      assert.is_true(db:begin())
      run "INSERT INTO l VALUES ('a', 2, 1, NULL)"
      assert.is_true(db:commit())
      assert.equal("1", seen())
      run "INSERT INTO l VALUES ('a', 4, 1, NULL)"
      assert.equal("2", seen())
      assert.is_true(db:begin())
      run "INSERT INTO l VALUES ('a', 5, 1, NULL)"
      db:close()
      db:close()
      assert.equal("2", seen())
      assert.error_matches(function() db:execute "SELECT 1" end, "closed")
      other:close()
    end)

    it("has cursors that end once, and outlast their connection", function()
      local cursor = assert(db:execute "SELECT 1, NULL, 'x' UNION ALL SELECT 2, NULL, 'y'")
      local one, none, x = cursor:fetch()
      assert.same({ 1, "x" }, { tonumber(one), x })
      assert.is_nil(none)
      assert.equal("y", cursor:fetch({}, "n")[3])
      assert.is_nil((cursor:fetch()))
      cursor:close()
      cursor:close()
      assert.equal("the cursor is closed", select(2, cursor:fetch()))
      cursor = assert(db:execute "SELECT 1")
      assert.is_nil((assert(db:execute "SELECT 1 WHERE 1 = 0"):fetch()))
      db:close()
      cursor:close()
    end)

    it("says why it can't connect", function()
      local none, err = module.connect(scheme == "sqlite" and "/proc/nowhere/db"
        or "host=/nowhere dbname=x")
      assert.is_nil(none)
      assert.is_string(err)
      assert.error_matches(function() module.connect "a\0b" end, "without a zero byte")
    end)
  end)
end

describe("a connection of wdt.sqlite", function()
  local sqlite = require "wdt.sqlite"

  it("commits nothing of a transaction that SQLite took back", function()
    local folder = shell.folder()
    local db = assert(sqlite.connect(folder .. "/db"))
    finally(function()
      db:close()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    assert(db:execute "PRAGMA max_page_count = 8"):close()
    assert(db:execute "CREATE TABLE t (x)")
    assert(db:begin())
    assert(db:execute "INSERT INTO t VALUES (1)")
    local done, err = db:execute "INSERT OR ROLLBACK INTO t VALUES (zeroblob(100000))"
    assert.is_nil(done)
    assert.matches("full", err)
    for _, call in ipairs{ "commit", "execute" } do
      done, err = db[call](db, "INSERT INTO t VALUES (2)")
      assert.is_nil(done)
      assert.equal("the transaction was rolled back", err)
    end
    assert.is_true(db:rollback())
    assert(db:execute "INSERT INTO t VALUES (3)")
    assert.is_true(db:commit())
    local cursor = assert(db:execute "SELECT CAST(x AS TEXT) FROM t")
    assert.equal("3", cursor:fetch())
    assert.is_nil((cursor:fetch()))
  end)

  it("begins with the lock that writing takes, or with none", function()
    local folder = shell.folder()
    local db = assert(sqlite.connect(folder .. "/db"))
    local other = assert(sqlite.connect(folder .. "/db"))
    finally(function()
      db:close()
      other:close()
      shell.must("rm -rf " .. shell.quote(folder))
    end)
    assert(db:execute "CREATE TABLE t (x)")
    assert(db:begin())
    assert.equal("database is locked", select(2, other:begin()))
    assert(other:begin(true))
    assert(other:execute "SELECT x FROM t"):close()
    assert(other:commit())
    assert(db:commit())
    assert(other:begin())
  end)

  it("runs one statement at a time, all of it", function()
    local db = assert(sqlite.connect ":memory:")
    finally(function() db:close() end)
    assert.equal("several statements at once", select(2, db:execute "SELECT 1; SELECT 2"))
    assert.equal("a statement is empty", select(2, db:execute " -- nothing"))
    assert(db:execute "SELECT 1;\n"):close()
    local cursor = assert(db:execute "SELECT 9007199254740993, 1.5, x'0061', 7, NULL, ''")
    local row = cursor:fetch({}, "n")
    assert.equal("9007199254740993", type(row[1]) == "string" and row[1] or ("%d"):format(row[1]))
    assert.same({ 1.5, "\0a", 7, "" }, { row[2], row[3], row[4], row[6] })
    cursor:close()
  end)

  it("refuses a statement of other parameters", function()
    local db = assert(sqlite.connect ":memory:")
    local layer, rows = laid(order(1))
    finally(function()
      layer:close()
      db:close()
    end)
    assert(db:execute "CREATE TABLE o (a, b)")
    assert.error_matches(function() db:put("INSERT INTO o VALUES (?, ?)", layer, 1, rows) end,
      "2 parameters, a row 5 cells")
  end)
end)
