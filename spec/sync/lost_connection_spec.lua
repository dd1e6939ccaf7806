-- The connection to PostgreSQL is lost in the middle of a COPY, of a merge and of a COMMIT, before
-- the server committed and after: a window is there wholly or not at all, the sink never says that
-- it is there when it may not be, and reading it again changes nothing.
local copies = require "support.copies"
local drivers = require "support.drivers"
local shell = require "support.shell"
local sink_of = require "wdt.sink"

local ENTRY = { ids = { "stockout_id" }, modified = "modified" }
local FIELDS = { { "stockout_id", "", "int" }, { "modified", "", "datetime" },
  { "remark", "", "text" } }

for _, variant in ipairs(drivers.variants()) do
  if variant:find "^postgres" then
    describe("a connection that is lost, of " .. variant, function()
      local folder, pg, restore, opened

      setup(function()
        restore = drivers.use(variant)
        folder = shell.folder()
        pg = copies.postgres(folder)
      end)
      teardown(function()
        restore()
        pg.stop()
        shell.must("rm -rf " .. shell.quote(folder))
      end)
      before_each(function() opened = {} end)
      after_each(function()
        for _, sink in ipairs(opened) do sink:close() end
        pg.execute "DROP TABLE IF EXISTS job, job_lines, _wdt_jobs, _wdt_windows, _wdt_columns"
      end)

      -- A sink for the window after those that are there; how many of them.
      local function open()
        local sink = assert(sink_of.open("postgres:" .. pg.address, { name = "job",
          account = "a" }))
        opened[#opened + 1] = sink
        local _, committed = assert(sink:prepare{ name = "job", entry = ENTRY, method = "m",
          committed = 0, fields = FIELDS })
        assert(sink:begin((committed or 0) + 1, "w"))
        return sink, committed
      end

      -- Rows of a version, and what becomes of them.
      local function put(sink, version, remark)
        for i = 1, 300 do
          local ok, err = sink:row(([[{"stockout_id":%d,"modified":"2026-11-01 00:00:%02d",
            "remark":"%s","lines":[{"n":1},{"n":2}]}]]):format(i, version, remark))
          if not ok then return nil, err end
        end
        return sink:commit(0)
      end

      local function told(words)
        return (pg.read("SELECT 1 AS k, " .. words, { "k" }))["1"]
      end

      local function stands(remark, committed)
        local row = told([[(SELECT count(*) FROM job WHERE remark = ']] .. remark .. [[') AS n,
          (SELECT count(*) FROM job) AS all_rows, (SELECT count(*) FROM job_lines) AS lines,
          (SELECT committed FROM _wdt_jobs) AS committed]])
        assert.same({ "300", "300", "600", tostring(committed) }, { row.n, row.all_rows, row.lines,
          row.committed })
      end

      -- Makes the server end the connection that writes row 150 of a table, or commits it.
      local function fatal(name, words)
        pg.execute [[CREATE OR REPLACE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$]]
        pg.execute(("CREATE %s ON %s %s FOR EACH ROW WHEN (NEW.stockout_id = 150) "
          .. "EXECUTE FUNCTION die()"):format(words[1], name, words[2] or ""))
      end

      for what, words in pairs{
        ["a COPY or an INSERT"] = { "TRIGGER t BEFORE INSERT", version = 0, before = nil },
        ["a merge"] = { "TRIGGER t BEFORE UPDATE", version = 2 },
        ["a COMMIT"] = { "CONSTRAINT TRIGGER t AFTER INSERT OR UPDATE",
          "DEFERRABLE INITIALLY DEFERRED", version = 2 } } do
        it("in the middle of " .. what .. ", takes back the window", function()
          local sink = open()
          if words.version == 2 then
            assert.is_true(put(sink, 1, "old"))
          else -- the tables alone
            assert(sink:commit(0))
          end
          sink:close()
          fatal("job", words)
          sink = open()
          local ok, err = put(sink, 2, "new")
          assert.is_nil(ok)
          assert.matches("^output: ", err)
          assert.is_true(sink:lost())
          sink:close()
          pg.execute "DROP TRIGGER t ON job"
          if words.version == 2 then stands("old", 1) else
            assert.equal("0", told("(SELECT count(*) FROM job) AS n").n)
          end
          local again, committed = open()
          assert.equal(1, committed)
          assert.is_true(put(again, 2, "new"))
          stands("new", 2)
        end)
      end

      it("after a COMMIT whose answer never came, leaves the window there once", function()
        local sink = open()
        assert.is_true(put(sink, 1, "old"))
        assert(sink:begin(2, "w"))
        -- The server commits, and waits for a standby that there is not before it answers.
        pg.execute "ALTER SYSTEM SET synchronous_standby_names = 'none'"
        pg.execute "SELECT pg_reload_conf()"
        local ender = io.popen(([[psql -X -q -h %s/pg -U erp -d postgres -c "DO \$\$ BEGIN LOOP
          PERFORM pg_stat_clear_snapshot();
          EXIT WHEN (SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE wait_event = 'SyncRep') > 0;
        END LOOP; END \$\$" 2>&1]]):format(folder), "r")
        local ok, err = put(sink, 2, "new")
        assert.equal("", ender:read "*a")
        ender:close()
        pg.execute "ALTER SYSTEM RESET synchronous_standby_names"
        pg.execute "SELECT pg_reload_conf()"
        assert.is_nil(ok)
        assert.matches("^output: ", err)
        assert.is_true(sink:lost())
        sink:close()
        stands("new", 2)
        local again, committed = open()
        assert.equal(2, committed)
        assert.is_true(put(again, 2, "equal"))
        stands("new", 3)
      end)
    end)
  end
end
