-- A copy in SQLite whose disk was full tried its rows one by one, in a transaction that SQLite had
-- taken back: the job could not go on when there was room again, and a following one ended.
local database = require "wdt.sink.database"
local databases = require "support.databases"
local drivers = require "support.drivers"
local shell = require "support.shell"
local sink_of = require "wdt.sink"

local ENTRY = { ids = { "stockout_id" }, modified = "modified" }
local FIELDS = { { "stockout_id", "", "int" }, { "modified", "", "datetime" },
  { "remark", "", "text" } }
local ROWS = 60

for _, variant in ipairs(drivers.variants()) do
  if variant:find "^sqlite" then
    it("a disk that is full takes back the window, of " .. variant, function()
      local restore, folder = drivers.use(variant), shell.folder()
      local db, sink = databases.sqlite(folder), nil
      finally(function()
        sink:close()
        restore()
        shell.must("rm -rf " .. shell.quote(folder))
      end)
      sink = assert(sink_of.open(db.target, { name = "so", account = "a" }))
      assert(sink:prepare{ name = "so", entry = ENTRY, committed = 0, fields = FIELDS })
      assert(sink:begin(0, "w"))
      assert(sink:commit(0))

      -- Puts a window's rows, of which the last are too long for what is left.
      local function put()
        assert(sink:begin(1, "w"))
        for i = 1, ROWS do
          local ok, err = sink:row(('{"stockout_id":%d,"modified":"2026-11-01 00:00:01",'
            .. '"remark":"%s","lines":[{"n":1}]}'):format(i, ("x"):rep(i % 3 == 0 and 5000 or 1)))
          if not ok then return nil, err end
        end
        return sink:commit(0)
      end

      local function number(statement)
        return tonumber(database.first_row(sink.connection, statement)[1])
      end

      local pages, full = number "PRAGMA page_count", 0
      repeat
        number("PRAGMA max_page_count = " .. pages)
        local ok, err = put()
        if not ok then
          assert.matches("disk is full", err)
          assert.is_true(sink:lost(err))
          full, pages = full + 1, pages + 3
        end
      until ok
      assert.is_true(full >= 8, full)
      assert.equal(ROWS, number "SELECT count(*) FROM so")
      assert.equal(ROWS, number "SELECT count(*) FROM so_lines")
      assert.equal(0, number "SELECT count(*) FROM _wdt_rejects")
    end)
  end
end
