-- A copy proves a range, or does not: each way in which its ledger could vouch for rows that
-- do not stand there is tried, and refused with its reason.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local copy_rows = require "wdt.serve.copy_rows"
local databases = require "support.databases"
local map = require "wdt.map"
local options = require "wdt.sync.options"
local query = require "wdt.query"
local shell = require "support.shell"
local state_text = require "wdt.state.text"
local wdt = require "wdt"
local quote = shell.quote
local T = beijing.parse

local METHOD = "stockout_order_query_trade"
local FIRST, LAST = T "2026-10-01 09:00:00", T "2026-10-01 13:59:59"
local ROWS = "SELECT COUNT(*) AS n FROM stockouts"

describe("rows out of a copy:", function()
  local folder, db, client

  -- Copies the first sixteen hours, or goes on.
  local function go_on(more)
    local o = { what = "stockouts", name = "stockouts", from = copying.FROM, rows = 20,
      query = { page_size = 20 },
      stop = "2026-10-01 15:59:59", into = db.target .. "?document=true" }
    local job = assert(client:sync(map.add(o, more)))
    local fine, ran, err = pcall(job.run, job)
    job:close()
    assert(fine, ran)
    assert(ran, err)
  end

  setup(function()
    folder = shell.folder()
    db = databases.sqlite(folder)
    client = copying.client_of(copying.busy_box("2026-10-01 18:00:00", { rows_per_day = 600 }))
    go_on()
    shell.must(("cp %s/tables.db %s/first.db"):format(folder, folder))
  end)
  teardown(function() shell.must("rm -rf " .. quote(folder)) end)
  before_each(function() shell.must(("rm -f %s/tables.db"):format(folder)) end)

  -- The copy as it is at first; or another one in its place.
  local function copy(more)
    if more then return go_on(more) end
    shell.must(("cp %s/first.db %s/tables.db"):format(folder, folder))
  end

  local function asked(more, q)
    q = q or {}
    q.start, q.stop = FIRST, LAST
    local spec = assert(query.parse("enterprise", METHOD, q))
    shell.write(folder .. "/rows", "")
    local o = { streams = { { name = "stockouts", to = db.target } },
      account = client.account.credentials.sid, query = options.identity(client, spec),
      clock = "consign_time", ids = { "stockout_id" }, start = FIRST, stop = LAST,
      path = folder .. "/rows", most_bytes = 1e9, most_seconds = 60 }
    return map.add(o, more)
  end

  local function fetch(more, q) return copy_rows.fetch(asked(more, q)) end

  -- The rows of a file, as the gateway wrote them.
  local function rows()
    local list, file = {}, io.open(folder .. "/rows", "rb")
    for line in function() return file:read "*l" end do
      local length, second = line:match "^(%d+) (%d+)$"
      list[#list + 1] = file:read(tonumber(length))
      assert.truthy(list[#list]:find(beijing.format(tonumber(second)), 1, true))
    end
    file:close()
    table.sort(list)
    return list
  end

  local function truth(start, stop)
    local list = {}
    for row in client:records(METHOD, { start = start, stop = stop, as = "json" }) do
      list[#list + 1] = row
    end
    table.sort(list)
    return list
  end

  -- Changes the state that the database keeps.
  local function change_state(change)
    local kept = assert(state_text.open(db.all("SELECT state FROM _wdt_jobs")[1].state, "state"))
    change(kept)
    db.run("UPDATE _wdt_jobs SET state = '" .. state_text.seal(kept):gsub("'", "''") .. "'")
  end

  local function refused(pattern, more, q)
    local told = fetch(more, q)
    assert.is_nil(told.rows)
    assert.truthy((told.refused .. " " .. (told.detail or "")):find(pattern),
      told.refused .. " " .. (told.detail or ""))
  end

  describe("those of the gateway", function()
    it("where windows lie half inside, with the weakest certificate of them", function()
      copy()
      local before = #db.all(("SELECT 1 FROM _wdt_windows WHERE start < '%s' AND stop > '%s'")
        :format(beijing.format(FIRST), beijing.format(FIRST)))
      assert.equal(1, before)
      local told = fetch()
      assert.is_nil(told.refused)
      local expected = truth(FIRST, LAST)
      assert.is_true(#expected > 80)
      assert.same(expected, rows())
      assert.equal(#expected, told.rows)
      assert.is_true(told.windows > 3)
      db.run("UPDATE _wdt_windows SET certificate = 'atomic'")
      assert.equal("atomic", fetch().certificate)
      db.run(("UPDATE _wdt_windows SET certificate = 'swept' WHERE start <= '%s' AND stop >= '%s'")
        :format(beijing.format(FIRST), beijing.format(FIRST)))
      assert.equal("swept", fetch().certificate)
      -- those beside the range say nothing
      db.run "UPDATE _wdt_windows SET certificate = 'atomic'"
      db.run(("UPDATE _wdt_windows SET certificate = 'swept' WHERE stop < '%s' OR start > '%s'")
        :format(beijing.format(FIRST), beijing.format(LAST)))
      assert.equal("atomic", fetch().certificate)
      db.run(("UPDATE _wdt_windows SET committed_at = '2026-10-02 00:00:00'"))
      db.run(("UPDATE _wdt_windows SET committed_at = '2026-10-01 20:00:00' WHERE start <= '%s' "
        .. "AND stop >= '%s'"):format(beijing.format(LAST), beijing.format(LAST)))
      assert.equal(T "2026-10-01 20:00:00", fetch().read_at)
    end)

    it("up to a limit, in the order of their time", function()
      copy()
      assert.equal(7, fetch{ limit = 7 }.rows)
      local few = rows()
      fetch()
      local all = rows()
      assert.equal(7, #few)
      local found = {}
      for _, row in ipairs(all) do found[row] = true end
      for _, row in ipairs(few) do assert.truthy(found[row]) end
    end)

    it("of the second of several streams, where the first proves nothing", function()
      copy()
      local told = fetch{ streams = { { name = "other", to = db.target },
        { name = "stockouts", to = db.target } } }
      assert.same(truth(FIRST, LAST), rows())
      assert.is_nil(told.refused)
    end)
  end)

  describe("none, where", function()
    it("not all seconds were read: before it begins, after it ends, in a gap", function()
      copy()
      refused("not read all", { start = T(copying.FROM) - 1 })
      refused("not read all", { stop = T "2026-10-01 16:00:00" })
      assert.is_nil(fetch{ start = T(copying.FROM), stop = T "2026-10-01 15:59:59" }.refused)
      local line = db.all(("SELECT * FROM _wdt_windows WHERE start > '%s' LIMIT 1"):format(
        beijing.format(FIRST)))[1]
      db.run("DELETE FROM _wdt_windows WHERE number = " .. line.number)
      refused "ledger is not its state's"
      db.run("UPDATE _wdt_windows SET number = number - 1 WHERE number > " .. line.number)
      change_state(function(kept)
        kept.windows, kept.rows = kept.windows - 1, kept.rows - line.row_count
        kept.calls = kept.calls - line.calls
      end)
      refused "gap"
    end)

    it("a window over it is uncertified, or certified by no word that is known", function()
      copy()
      local at = (" WHERE start <= '%s' AND stop >= '%s'"):format(beijing.format(LAST),
        beijing.format(LAST))
      db.run("UPDATE _wdt_windows SET certificate = 'sure'" .. at)
      refused "uncertified"
      db.run("UPDATE _wdt_windows SET certificate = 'none'" .. at)
      refused "ledger is not its state's"
      change_state(function(kept) kept.uncertified = kept.uncertified + 1 end)
      refused "1 of the copy's windows over the range are uncertified"
      assert.is_nil(fetch{ stop = FIRST + 60 }.refused)
    end)

    it("it was rewound, or some of it is to be read again", function()
      copy()
      local job = assert(client:sync{ what = "stockouts", name = "stockouts",
        into = db.target .. "?document=true" })
      assert(job:backfill(LAST, LAST + 10))
      refused "again"
      assert.is_nil(fetch{ stop = LAST - 1 }.refused)
      assert(job:rewind(LAST))
      job:close()
      refused "not read all"
      go_on()
      assert.is_nil(fetch().refused)
    end)

    it("it was read with another status, or by another account", function()
      copy{ query = { status = 95 } }
      refused("another query")
      refused("another query", nil, { status = 110 })
      assert.is_nil(fetch(nil, { status = 95 }).refused)
      refused("no state", { account = "another" }, { status = 95 })
    end)

    it("another job wrote to it, then or since", function()
      copy()
      local state = wdt.state.file(folder .. "/state")
      go_on{ query = { status = 95 }, state = state }
      refused "another job"
      -- the first one goes on, and the last word is its own again
      go_on{ stop = "2026-10-01 16:29:59" }
      refused "ledger is not its state's"
    end)

    it("its table is another than the state's", function()
      copy()
      db.run "UPDATE _wdt_jobs SET identity = 'another'"
      refused "another job"
    end)

    it("its job described the method by itself, now or once", function()
      copy{ query = { list = "stockout_list" } }
      refused "describes its method"
      go_on{ stop = "2026-10-01 16:29:59" }
      refused "describes its method"
    end)

    it("its state is of a job that did not yet tell that it did not", function()
      copy()
      change_state(function(kept) kept.plain = nil end)
      go_on{ stop = "2026-10-01 16:29:59" }
      refused "describes its method"
    end)

    -- else it would have to be told of a copy what was left out, hidden or changed
    it("rows would be there in part: a database takes none of these", function()
      local OWN_TYPES = "the target takes rows as they come"
      for _, case in ipairs{ { "fields", { "stockout_id" }, OWN_TYPES },
        { "mask", true, OWN_TYPES }, { "typed", true, OWN_TYPES } } do
        local fine, err = pcall(copy, { query = { [case[1]] = case[2] } })
        assert.is_false(fine)
        assert.truthy(tostring(err):find(case[3], 1, true), tostring(err))
      end
    end)

    it("rows are gone: deleted, marked as gone, or kept aside", function()
      copy()
      local inside = (" WHERE consign_time BETWEEN '%s' AND '%s'"):format(beijing.format(FIRST),
        beijing.format(LAST))
      local id = db.all("SELECT stockout_id FROM stockouts" .. inside)[1].stockout_id
      local of_it = " WHERE stockout_id = '" .. id .. "'"
      db.run("UPDATE stockouts SET _deleted_at = '2026-10-01 07:00:00'" .. of_it)
      refused "marked as gone"
      db.run("UPDATE stockouts SET _deleted_at = NULL, _document = NULL" .. of_it)
      refused "unreadable"
      db.run("DELETE FROM stockouts" .. of_it)
      refused "lacks rows"
    end)

    it("the database refused a row", function()
      copy()
      db.run "INSERT INTO _wdt_rejects (job, identity) VALUES ('stockouts@sandbox', 'one')"
      refused "could not take some rows"
    end)

    it("a row has moved to another time, or has none", function()
      copy()
      local n = tonumber(db.all(ROWS)[1].n)
      assert.is_true(n > 100)
      local inside = (" WHERE stockout_id = (SELECT stockout_id FROM stockouts WHERE consign_time "
        .. "BETWEEN '%s' AND '%s' LIMIT 1)"):format(beijing.format(FIRST), beijing.format(LAST))
      db.run("UPDATE stockouts SET consign_time = '2026-10-09 00:00:00'" .. inside)
      refused "lacks rows"
      db.run "UPDATE stockouts SET consign_time = NULL WHERE consign_time > '2026-10-08'"
      refused "without their time"
    end)

    it("a time is no whole one", function()
      copy()
      db.run("INSERT INTO stockouts (_account, stockout_id, _modified, consign_time) "
        .. "VALUES ('sandbox', 'x', '', '2026-10-01')")
      refused "unreadable"
    end)

    it("its time is a column of texts, or its identity another", function()
      copy()
      db.run "UPDATE _wdt_columns SET kind = 'text' WHERE field = 'consign_time'"
      refused "no time"
      refused("no time", { clock = "nothing" })
      db.run "UPDATE _wdt_columns SET kind = 'datetime' WHERE field = 'consign_time'"
      refused("another identity", { ids = { "another_id" } })
    end)

    it("it keeps no row's JSON, is of documents alone, or no database", function()
      copy{ into = db.target }
      refused "document=true"
      local documents = "sqlite:" .. folder .. "/documents.db"
      copy{ into = documents .. "?layout=documents" }
      refused("laid out", { streams = { { name = "stockouts", to = documents } } })
      refused("laid out", { streams = { { name = "stockouts", to = "csv:" .. folder } } })
      refused("no such file", { streams = { { name = "stockouts",
        to = "sqlite:" .. folder .. "/nowhere.db" } } })
    end)

    it("its state is damaged, missing, or of a list read whole", function()
      copy()
      change_state(function(kept) kept.whole = true end)
      refused "another query"
      db.run "UPDATE _wdt_jobs SET state = 'torn'"
      refused "damaged"
      db.run "UPDATE _wdt_jobs SET state = NULL"
      refused "no state"
    end)

    it("a character could not be held", function()
      copy()
      db.run [[UPDATE stockouts SET _document = replace(_document, '"status"', '"�"')]]
      refused "characters"
    end)

    it("there are too many rows, or the file can't be written", function()
      copy()
      refused("too many", { most_bytes = 1000 })
      refused("too many", { most_seconds = -1 })
      refused("can't be read", { path = folder .. "/nowhere/rows" })
    end)
  end)
end)
