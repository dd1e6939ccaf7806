-- Jobs that share a database: none holds a lock while it reads, each waits for those of others, and
-- no row is taken for refused because of them. In SQLite, PostgreSQL and MariaDB alike, by our own
-- modules and by LuaSQL.
local database = require "wdt.sink.database"
local databases = require "support.databases"
local drivers = require "support.drivers"
local schema = require "wdt.schema"
local shell = require "support.shell"
local sink_of = require "wdt.sink"
local sql = require "wdt.sink.sql"

local METHOD = "stockout_order_query_trade"
local ENTRY = { ids = { "stockout_id" }, modified = "modified" }

-- More than is written at once.
local MANY, LONG = 60, ("x"):rep(60000)

local function row(id, remark)
  return ('{"stockout_id":%d,"modified":"2026-11-01 08:00:0%d","remark":"%s"}'):format(id,
    remark and 2 or 1, remark or "")
end

-- A host that can't wait: its clock goes on when it is asked to, and `slept` is called.
local function host_of(slept)
  local host = { clock = 0 }
  function host.now() return host.clock end
  function host.random() return 0.5 end
  function host.sleep(_, seconds)
    host.clock = host.clock + seconds
    return slept(host)
  end
  return host
end

for _, variant in ipairs(drivers.variants()) do
  describe("a database that jobs share, " .. variant, function()
    local folder, db, restore, opened, sink, other
    local scheme = variant:match "^%l+"

    setup(function()
      restore = drivers.use(variant)
      folder = shell.folder()
      db = databases[scheme](folder)
    end)
    teardown(function()
      restore()
      db.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    local function open(name, host)
      local one = assert(sink_of.open(db.target, { name = name, account = "me" }))
      opened[#opened + 1] = one
      local _, count = assert(one:prepare{ name = name, entry = ENTRY, method = METHOD,
        fields = schema.methods[METHOD], committed = 0, host = host })
      assert(one:begin((count or -1) + 1, "w"))
      return one
    end

    local names = 0
    before_each(function()
      opened, names = {}, names + 1
    end)
    after_each(function()
      for _, one in ipairs(opened) do one:close() end
    end)

    -- A job with a row, and another one that holds it.
    local function two(host)
      sink, other = open("t" .. names, host), open("u" .. names)
      assert(sink:row(row(1)))
      assert(sink:commit(0))
      assert(sink:begin(1, "w"))
      assert(database.begin(other.connection, other.dialect))
      assert(database.execute(other.connection,
        ('UPDATE "t%d" SET remark = \'theirs\' WHERE stockout_id = 1'):format(names)))
    end

    local function remarks()
      local list = {}
      for i, found in ipairs(db.all(('SELECT remark FROM "t%d" ORDER BY stockout_id'):format(
        names))) do list[i] = found.remark end
      return list
    end

    it("is not held while rows are read, however many", function()
      sink, other = open("t" .. names), open("u" .. names)
      for i = 1, MANY do
        assert(sink:row(row(i, LONG)))
        assert(other:row(row(i)))
      end
      assert.is_true(other:commit(0))
      if scheme == "postgres" then
        assert.equal("0", db.all("SELECT CAST(count(*) AS TEXT) AS n FROM pg_stat_activity "
          .. "WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND datname IS NOT NULL "
          .. "AND backend_type = 'client backend'")[1].n)
      elseif scheme == "mysql" then
        db.run("ALTER TABLE `t" .. names .. "` COMMENT = 'no transaction uses it'")
      end
      assert.is_true(sink:commit(0))
      assert.equal(MANY, #remarks())
      assert.equal(LONG, remarks()[MANY])
    end)

    it("is waited for as the host can wait, and its row is not taken for refused", function()
      local naps = 0
      local host = host_of(function()
        naps = naps + 1
        if naps == 2 then assert(database.commit(other.connection, other.dialect)) end
      end)
      two(host)
      for i = 1, 2 do assert(sink:row(row(i, "ours"))) end
      assert.is_true(sink:commit(0))
      assert.equal(2, naps)
      assert.same({ "ours", "ours" }, remarks())
      assert.same({}, db.all "SELECT reason FROM _wdt_rejects")
    end)

    it("is given up after a time, and says so; the window can come again", function()
      local host = host_of(function(host) host.clock = host.clock + sql.PATIENCE / 2 end)
      two(host)
      assert(sink:row(row(1, "ours")))
      local ok, err, code, zh = sink:commit(0)
      assert.is_nil(ok)
      assert.equal("output", code)
      assert.matches(("^output: another program or job has held locks of %s for 60 s %%(.*[lL]ock"
        .. ".*%%)$"):format(scheme == "sqlite" and folder .. "/tables.db" or "t%d+"), err)
      assert.matches("其他程序", zh)
      assert(database.rollback(other.connection, other.dialect))
      assert(sink:begin(1, "w"))
      assert(sink:row(row(1, "ours")))
      assert.is_true(sink:commit(0))
      assert.same({ "ours" }, remarks())
    end)

    it("is not waited for by one who is to end", function()
      two(host_of(function() return nil, "interrupted: interrupted", "interrupted" end))
      assert(sink:row(row(1, "ours")))
      assert.same({ nil, "interrupted: interrupted", "interrupted" }, { sink:commit(0) })
      assert(database.rollback(other.connection, other.dialect))
      assert.same({ "" }, remarks())
    end)

    it("keeps a state beside rows, or alone", function()
      sink = open("t" .. names)
      local store = sink:store()
      assert(store:save "alone")
      assert(sink:row(row(1)))
      assert(sink:commit(0, { kind = "new", start = 0, stop = 1, rows = 1, calls = 1,
        certificate = "static" }))
      assert.same({}, remarks())
      assert(store:save "with it")
      assert.same({ "" }, remarks())
      assert.equal("with it", store:load())
    end)
  end)
end
