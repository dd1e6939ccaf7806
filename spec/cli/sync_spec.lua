-- `wdt sync` as a user runs it: killed again and again, at random moments and at the worst ones;
-- whenever it gets to its end, the copy is the world, and nothing stands in it twice.
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local random = require "wdt.sandbox.random"
local server = require "wdt.sandbox.server"
local text = require "wdt.state.text"
local command = require "support.command"
local copies = require "support.copies"
local mariadb = require "support.mariadb"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote, must = shell.quote, shell.must

local KILLED = 137

-- Random kills of each copy. Where the process dies is up to the system, not to the Lua that it
-- runs: LuaJIT repeats a few.
local KILLS = rawget(_G, "jit") and 2 or 8

describe("wdt sync", function()
  local visit, cli, folder, from, draw

  setup(function()
    visit = visitor.start()
    draw = random.stream(7, 901)
  end)
  teardown(function() visit:stop() end)

  before_each(function()
    cli = command.new(visit)
    folder = cli.folder
    from = beijing.format(os.time() - 3 * 86400)
  end)
  after_each(function() cli:close() end)

  -- The command line of a job with small windows.
  local function line(to, more)
    return ("wdt sync job --from %s --state state --to %s --page-size 10 --rate 100000 %s"):format(
      quote(from), quote(to),
      more or "")
  end

  local function stored(name)
    local path = folder .. "/" .. (name or "state")
    return assert(text.open(shell.read(path), path))
  end

  -- The world's own rows up to the watermark, as the gateway writes them.
  local function truth(edition, read, query)
    query = query or {}
    query.start, query.stop, query.as = from, checkpoint.watermark(stored()) - 1, query.as or "json"
    local rows = visit:rows(edition, read or "stockouts", query)
    assert.is_true(#rows > 300, #rows)
    return rows
  end

  -- Kills it so often at random moments; whenever it gets to its end, `check` looks at the copy,
  -- and all begins anew.
  local function kill_again_and_again(to, kills, check)
    local killed = 0
    while true do
      local limit = killed < kills and ("timeout -s KILL %.3f "):format(0.03 + draw() * 0.15) or ""
      local got = cli:run(limit .. line(to), "enterprise")
      if got.status == KILLED then
        killed = killed + 1
      else
        assert.equal(0, got.status, got.err)
        check()
        if killed == kills then return got.err end
        must(("cd %s && rm -rf state* files db && mkdir files"):format(folder))
      end
    end
  end

  local sinks = {
    sqlite = { to = "sqlite:db?layout=documents", read = function() return copies.sqlite(
      folder .. "/db", "job") end },
    ndjson = { to = "ndjson:files", read = function() return copies.lines(
      folder .. "/files", "ndjson") end },
    csv = { to = "csv:files", read = function() return copies.csv(folder .. "/files") end,
      by_id = true },
  }

  -- Every row of the world once, and nothing else.
  local function assert_copy(sink)
    local rows, copy, n = truth("enterprise"), sink.read()
    for _, document in ipairs(rows) do
      local id = assert(document:match('"stockout_id":"?(%d+)'))
      assert.truthy(copy[id], "lost: " .. id)
      if not sink.by_id then assert.equal(document, copy[id]) end
    end
    assert.equal(#rows, n)
  end

  for name, sink in pairs(sinks) do
    describe("into " .. name, function()
      before_each(function() must("mkdir " .. folder .. "/files") end)

      it("holds every row once, however often it is killed", function()
        local function check() assert_copy(sink) end
        local err = kill_again_and_again(sink.to, KILLS, check)
        assert.truthy(
          err:find("^%d+ rows in %d+ windows?; everything before [%d :-]+ has been copied\n"), err)
        local rows = stored().rows
        cli:must(line(sink.to), "enterprise")
        assert.is_true(stored().rows < rows + 100) -- what is done is not read again
        check()
      end)

      it("holds every row once, killed at the worst moments", function()
        local s = { LUA_INIT = "@" .. shell.root .. "/spec/support/syncing.lua",
          WDT_TRACE = folder .. "/trace", WDT_LAG = "180" }
        local died = 0
        for n = 1, 3 do
          for _, point in ipairs{ "write", "rename", "renamed", "append", "commit" } do
            s.WDT_DIE = ("%s %d"):format(point, n)
            if point ~= "append" or name ~= "sqlite" then
              local got = cli:run(line(sink.to), "enterprise", s)
              assert.equal(KILLED, got.status, got.err)
              died = died + 1
            end
          end
        end
        assert.is_true(died >= 12)
        local done = stored().windows
        assert.is_true(done >= 3, done)
        s.WDT_DIE = false
        local got = cli:run(line(sink.to), "enterprise", s)
        assert.equal(0, got.status, got.err)
        assert_copy(sink)
      end)
    end)
  end

  -- A page that is sorted backwards shows rows after the end that its window is given then. They
  -- come again after a restart.
  it("into files keeps rows after a window's end for the window that they belong to", function()
    local T = beijing.parse "2026-11-02 12:00:00"
    local function file() return shell.run(("cat %s/job-*.ndjson"):format(folder)) end
    local function open(committed)
      local sink = assert(require "wdt.sink".open("ndjson:" .. folder, { name = "job" }))
      assert(sink:prepare{ committed = committed })
      assert.is_true(sink:begin(committed))
      return sink
    end
    local sink = open(0)
    sink:row("now", T)
    sink:row("later", T + 10)
    sink:row("undated", nil)
    assert.is_true(sink:commit(T + 5))
    assert.equal("now\nundated\n", file())
    assert.equal("undated\n", shell.read(folder .. "/job-undated.ndjson"))
    sink:begin(1) -- the same process: it was handed out, and is not again
    sink:row("after", T + 20)
    assert.is_true(sink:commit(T + 30))
    assert.equal("now\nlater\nafter\nundated\n", file())
    sink:close() -- the lock of who is killed ends with it
    sink = open(1) -- killed before that commit: it comes again
    assert.equal("now\nundated\n", file())
    sink:row("later", T + 10)
    assert.is_true(sink:commit(T + 30))
    assert.equal("now\nlater\nundated\n", file())
    sink:close()
    sink = open(2) -- killed after it
    assert.equal("now\nlater\nundated\n", file())
    sink:close()
  end)

  it("into postgres holds every row once, however often it is killed", function()
    local pg = copies.postgres(folder)
    finally(function() pg.stop() end)
    local function read(name)
      return pg.read(([[SELECT stockout_id, _modified AS modified,
        _document->>'receiver_name' AS name FROM "%s"]]):format(name), { "stockout_id" })
    end
    kill_again_and_again("postgres:" .. pg.address .. "?layout=documents", KILLS / 2, function()
      local rows, copy, n = truth("enterprise", nil, { as = "table" }), read "job"
      for _, so in ipairs(rows) do
        local got = assert(copy[tostring(so.stockout_id)])
        assert.equal(so.modified, got.modified)
        assert.equal(so.receiver_name, got.name)
      end
      assert.equal(#rows, n)
      pg.execute "DROP TABLE job, _wdt_jobs"
    end)
    -- A failure does not show the row, as the database would like to.
    pg.execute("CREATE TABLE job (stockout_id text PRIMARY KEY, _modified text, "
      .. "_document jsonb, CHECK (_modified = 'x'))")
    must("rm " .. folder .. "/state")
    local got = cli:run(line("postgres:" .. pg.address), "enterprise")
    assert.equal(11, got.status)
    local words =
      'postgres: [^\n]*relation "job" violates check constraint[^\n]*\n     everything before '
    assert.truthy(got.err:find(words), got.err)
    assert.is_nil(got.err:find("stockout_id", 1, true), got.err)
  end)

  it("into mysql holds every row once, however often it is killed", function()
    local database = mariadb.start(folder)
    finally(function() database.stop() end)
    kill_again_and_again(database.url .. "?layout=documents", KILLS / 2, function()
      local rows, n = truth("enterprise"), 0
      local copy = database.rows("SELECT stockout_id, _document FROM job", "stockout_id")
      for _ in pairs(copy) do n = n + 1 end
      for _, document in ipairs(rows) do
        assert.equal(document, copy[document:match '"stockout_id":"?(%d+)']._document)
      end
      assert.equal(#rows, n)
      database.execute "DROP TABLE job, _wdt_jobs"
    end)
    -- A failure does not show the row, as the database would like to.
    for charset, words in pairs{ latin1 = "Incorrect string value: … for column",
      utf8mb4 = "CONSTRAINT `CONSTRAINT_1` failed" } do
      database.execute(("CREATE TABLE job (stockout_id VARCHAR(9) PRIMARY KEY, _modified TEXT, "
        .. "_document LONGTEXT, CHECK (_modified = 'x')) DEFAULT CHARACTER SET %s"):format(charset))
      must("rm -f " .. folder .. "/state")
      local got = cli:run(line(database.url), "enterprise")
      assert.equal(11, got.status)
      assert.truthy(got.err:find(words, 1, true), got.err)
      assert.is_nil(got.err:find("\\x", 1, true), got.err)
      database.execute "DROP TABLE job"
    end
  end)

  it("keeps what has an identity of several fields, and the ultimate edition's", function()
    local got = cli:run("wdt sync stock --what stock_query --from " .. quote(from)
      .. " --state s2 --to sqlite:db?layout=documents --rate 100000",
      "enterprise")
    assert.equal(0, got.status, got.err)
    local copy, n = copies.sqlite(folder .. "/db", "stock", { "warehouse_no", "spec_no", "defect" })
    assert.equal(stored("s2").rows, n)
    assert.is_true(n > 300, n)
    for key in pairs(copy) do assert.truthy(key:find("^.+ .+ %d$"), key) end
    got = cli:run((line "sqlite:db?layout=documents":gsub("job",
      quote [[it's "odd" {}]], 1):gsub(
      "state state", "state s4")), "enterprise")
    assert.equal(0, got.status, got.err)
    assert.equal(stored("s4").rows, (select(2, copies.sqlite(
      folder .. "/db", [[it's ""odd"" {}]]))))
    from = beijing.format(os.time() - 10 * 3600)
    got = cli:run("wdt sync gone --what cancelled --from " .. quote(from)
      .. " --state s3 --to sqlite:db?layout=documents --rate 100000",
      "ultimate")
    assert.equal(0, got.status, got.err)
    n = select(2, copies.sqlite(folder .. "/db", "gone"))
    assert.equal(stored("s3").rows, n)
  end)

  it("at a signal finishes its window, says how to go on, and repeats nothing", function()
    for signal, status in pairs{ INT = 130, TERM = 143 } do
      local tries = 0
      local got, windows
      repeat -- whether it comes between the first window and the last one is up to the machine
        must("rm -f " .. folder .. "/state* " .. folder .. "/db")
        tries = tries + 1
        local longer = 1 + math.floor(tries / 6) -- a busy machine may not have begun by then
        local limit = ("timeout --foreground --preserve-status -s %s %.2f "):format(
          signal, 0.1 + 0.05 * (tries % 6) * longer)
        got = cli:run(limit .. line "sqlite:db?layout=documents", "enterprise")
        windows = shell.run("test -e " .. folder .. "/state && echo yes") == "yes\n"
          and stored().windows or 0
      until got.status == status and windows > 0 or tries > 40
      assert.equal(status, got.status, got.err)
      local before = beijing.format(checkpoint.watermark(stored()))
      assert.truthy(
        got.err:find("finishing the window that is being read; Ctrl-C again ends at once\n", 1,
        true), got.err)
      assert.truthy(got.err:find("everything before " .. before
        .. " is safe; to go on: wdt sync job --from ", 1, true), got.err)
      local rows = stored().rows
      assert.equal(rows, select(2, copies.sqlite(folder .. "/db", "job")))
      -- The line that it says can be typed.
      got = cli:run(got.err:match("to go on: ([^\n]+)"), "enterprise")
      assert.equal(0, got.status, got.err)
      assert_copy{ read = function() return copies.sqlite(folder .. "/db", "job") end }
      assert.equal(select(2, copies.sqlite(folder .. "/db", "job")), stored().rows)
    end
  end)

  it("follows until it is told to end", function()
    -- It has come to the end once the gateway is asked no more.
    local got = cli:run(("calls() { curl -s --noproxy '*' %s | grep -o '\"calls\":[0-9]*'; }; "
      .. "setsid env --default-signal=TERM %s & me=$!; "
      .. "until [ -e state ] && was=$(calls) && sleep 1 && [ $was = $(calls) ]; do :; done; kill "
      .. "-TERM $me; wait $me")
      :format(quote(visit.handle.url .. "/_sandbox/stats"),
        line("sqlite:db?layout=documents", "--follow")),
        "enterprise")
    assert.equal(143, got.status, got.err)
    assert.truthy(got.err:find("wdt: terminated", 1, true), got.err)
    assert_copy{ read = function() return copies.sqlite(folder .. "/db", "job") end }
  end)

  it("ends with the failure, says how to go on, and keeps what was committed", function()
    -- in the second window, or the third
    server.control(visit.handle, "inject", { kind = "none", times = 45 })
    server.control(visit.handle, "inject", { kind = "server", code = 1060 })
    local got = cli:run(line "sqlite:db?layout=documents", "enterprise")
    assert.equal(4, got.status, got.err)
    local before = beijing.format(checkpoint.watermark(stored()))
    assert.truthy(got.err:find("^wdt: permission: 1060 "), got.err)
    assert.truthy(got.err:find("everything before " .. before
      .. " is safe; to go on: wdt sync job ", 1, true), got.err)
    assert.equal(stored().rows, select(2, copies.sqlite(folder .. "/db", "job")))
    assert.is_true(stored().rows > 100)
    got = cli:run(line "sqlite:db?layout=documents", "enterprise")
    assert.equal(0, got.status, got.err)
    assert_copy{ read = function() return copies.sqlite(folder .. "/db", "job") end }
  end)

  local function refuses(status, words, command_line, variables)
    local got = cli:run(command_line, "enterprise", variables)
    assert.equal(status, got.status, got.err)
    assert.truthy(got.err:find(words, 1, true), got.err)
    assert.is_nil(got.err:find("traceback", 1, true), got.err)
  end

  it("refuses what can't be a copy, before anything is read", function()
    local before = server.control(visit.handle, "stats")
    refuses(2, "'excel:x' is none of csv:FOLDER, mysql://USER@HOST/DATABASE, ndjson:FOLDER, "
      .. "postgres:ADDRESS, sqlite:FILE", line "excel:x")
    refuses(2, "a password is not taken from the command line",
      line "postgres://erp:secret@localhost/erp")
    refuses(2, "a password is not taken from the command line",
      line "postgres:host=x password=secret")
    refuses(2, "a file has no keys", line("ndjson:.", "--revisit 1d"))
    refuses(2, "a file has no keys", line("csv:.", "--audit"))
    refuses(2, "a file has no keys", line("csv:.", "--lanes 2"))
    refuses(2, "only csv and xlsx have columns", line("sqlite:db", "--fields order_no"))
    refuses(2, "a password is not taken from the command line",
      line "mysql://erp:secret@localhost/erp")
    refuses(2, "files can't hold the state of their copy: give --state FILE",
      "wdt sync job --to ndjson:files")
    refuses(2, "parameter 'query.src_tid' is", line("sqlite:db", "-p src_tid=1"))
    refuses(10, "there is no state yet, so 'from' has to say where to begin",
      "wdt sync job --state state --to sqlite:db")
    shell.write(folder .. "/file", ("no database"):rep(100))
    refuses(11, "ndjson: file is no folder", line "ndjson:file")
    refuses(11, "ndjson: /proc/nowhere is no folder", line "ndjson:/proc/nowhere")
    refuses(11, "ndjson: files can't have the name a/b", (line "ndjson:.":gsub("job", "a/b", 1)))
    refuses(11, "sqlite: ", line "sqlite:/proc/nowhere/db")
    refuses(11, "sqlite: ", line "sqlite:file")
    refuses(11, "postgres: ", line "postgres:host=/nowhere dbname=x")
    refuses(11, "mysql: mysql://localhost is no address", line "mysql://localhost")
    refuses(11, "mysql: ", line "mysql://erp@127.0.0.1:1/erp")
    refuses(11, "sqlite: a table can't have the name _wdt_jobs", (line "sqlite:db2":gsub("job",
      "_wdt_jobs", 1)))
    refuses(11, "postgres: a table's name has 63 bytes at most, ",
      (line "postgres:host=/nowhere":gsub("job", ("单"):rep(22), 1)))
    refuses(11, "the fields of sales_trade_query are not known: say which ones, by --fields",
      line("csv:.", "--what sales_trade_query"))
    assert.equal(before, server.control(visit.handle, "stats"))
  end)

  it("says what to install where the database's module is missing", function()
    local place = folder .. "/modules"
    must("mkdir -p " .. place .. "/wdt")
    for _, name in ipairs{ "wdt/core", "wdt/curl", "wdt/posix", "cjson" } do
      local path = copies.module((name:gsub("/", ".")))
      must(("ln -s %s %s/%s.so"):format(quote(path), place, name))
    end
    refuses(11, "sqlite: it needs LuaSQL: apt-get install lua-sql-sqlite3, or luarocks install "
      .. "luasql-sqlite3, or apt-get install libsqlite3-dev and a new build of wdt",
      line "sqlite:db",
      { LUA_CPATH = place .. "/?.so" })
    refuses(11, "postgres: it needs LuaSQL: apt-get install lua-sql-postgres",
      line "postgres:dbname=x",
      { LUA_CPATH = place .. "/?.so" })
  end)

  it("does not mix copies in a folder", function()
    local got = cli:run(line "csv:.", "enterprise")
    assert.equal(0, got.status, got.err)
    must(("cd %s && mv state old"):format(folder))
    local other = line("csv:.", "--fields order_no")
    refuses(11, "holds rows that the state does not know of", other) -- another state
    refuses(11, "holds rows that the state does not know of", line "csv:.")
    must(("cd %s && mv old state"):format(folder))
    local state = stored()
    state.done = { { state.done[1][1], state.done[1][2] - 86400 } } -- there is something to read
    shell.write(folder .. "/state", text.seal(state))
    refuses(11, "has other columns; give another folder", other)
    shell.write(folder .. "/.job.csv.journal", "committed 5")
    refuses(11, ".job.csv.journal is damaged", line "csv:.")
  end)

  it("shows on a terminal how far it is", function()
    local screen, status = cli:terminal(line "sqlite:db", "enterprise", {})
    assert.equal(0, status, screen)
    assert.truthy(screen:find("job · %d+%% · [%d,]+ rows · "), screen)
    -- in a line of its own
    assert.truthy(screen:find("\27%[K%d+ rows in %d+ windows?; everything before "), screen)
  end)

  it("says in Chinese what it says in English", function()
    local got = cli:run(line "sqlite:db", "enterprise", { LANG = "zh_CN.UTF-8" })
    assert.equal(0, got.status)
    assert.truthy(got.err:find("^%d+ 条，%d+ 个窗口；[%d :-]+ 之前的数据均已同步\n接口不返回：淘系订单\n[^\n]+\n$"), got.err)
    refuses(11, "ndjson: /proc/nowhere 不是文件夹", line "ndjson:/proc/nowhere",
      { LANG = "zh_CN.UTF-8" })
    refuses(2, "命令行中的密码会被本机所有用户看到", line "postgres://erp:secret@localhost/erp",
      { LANG = "zh_CN.UTF-8" })
  end)
end)
