-- A synchronising process (support/copy_into.lua) is killed again and again, at random moments and
-- at the worst ones, while the world that it copies changes: into SQLite with its state in a file,
-- and into SQLite and MariaDB with the state in the same transaction. Whenever it gets to its end,
-- the copy is the world.
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local random = require "wdt.sandbox.random"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local World = require "wdt.sandbox.world"
local text = require "wdt.state.text"
local copies = require "support.copies"
local mariadb = require "support.mariadb"
local shell = require "support.shell"
local luasql = require "luasql.sqlite3"
local quote, must = shell.quote, shell.must

-- Kills at random moments; the other Lua shows that nothing depends on it.
local KILLS = tonumber(os.getenv "WDT_KILLS") or rawget(_G, "jit") and 40 or 200

local DAY = 86400
local KILLED = 137

describe("a synchronisation that is killed", function()
  local handle, options, folder, from, draw, place, route

  setup(function()
    local now = os.time()
    -- A working day of changes is over; more come while it is read.
    options = { seed = 11, rows_per_day = 400, from = now - 2 * DAY, to = now + DAY, now = now,
      drift = { from = now - 8 * 3600, touch = 0.1, ship = 0.02, complete = 0.02, settle = 0.01,
        cancel = 0.01, renumber = 0.01,
        arrive = 0.04 } }
    handle = assert(server.start{ world = options, gateway = { fields = "short" } })
    from = beijing.format(now - 2 * DAY)
    draw = random.stream(11, 900)
  end)
  teardown(function() server.stop(handle) end)

  -- Where the copy and its state are: `{ target, state, rows(statement), clear() }`.
  local function sqlite(state)
    local path = folder .. "/copy"
    return { target = "sqlite:" .. path .. "?layout=documents",
      state = state and "file:" .. path .. ".state" or "-",
      rows = function(statement, key) return copies.rows(luasql.sqlite3(), path, statement,
        { key }) end,
      clear = function() must(("rm -f %s/*"):format(folder)) end }
  end

  before_each(function()
    folder = shell.folder()
    place = sqlite(true)
  end)
  after_each(function() must("chmod -R u+w " .. folder .. "; rm -rf " .. folder) end)

  -- Starts the program; kills it after so many seconds, or by another command, unless it ends
  -- before.
  local function run(seconds, more)
    local s = sandbox.settings("enterprise", handle.url)
    local variables = { WDT_EDITION = s.edition, WDT_SID = s.sid, WDT_APPKEY = s.appkey,
      WDT_APPSECRET = s.appsecret,
      WDT_URL = s.url, LUA_PATH = package.path, LUA_CPATH = package.cpath,
      LUA_INIT = "@" .. shell.root .. "/spec/support/syncing.lua",
      WDT_TRACE = folder .. "/trace", WDT_LAG = "2", WDT_QUERY = "all" }
    if route then
      variables.WDT_ROUTE = route
      for name, value in pairs(sandbox.settings("enterprise", handle.url, "qimen").qimen) do
        variables["WDT_QIMEN_" .. name:upper()] = value
      end
    end
    for name, value in pairs(more or {}) do variables[name] = value end
    local file = assert(io.open(folder .. "/trace", "a"))
    file:write("run\n")
    file:close()
    local under = type(seconds) == "number" and ("timeout -s KILL %.3f "):format(seconds)
      or seconds or ""
    return shell.run(("%s%s %s/spec/support/copy_into.lua %s %s %s %s"):format(under, shell.lua,
      quote(shell.root), place.target, quote(from), place.state, variables.WDT_FOLLOW or ""),
        variables)
  end

  -- Every row of the world that has not changed since the watermark stands in the copy as it is.
  local function assert_copy_is_the_world()
    local stored = place.state == "-" and next((place.rows("SELECT state FROM _wdt_jobs", "state")))
      or shell.read(folder .. "/copy.state")
    local watermark = checkpoint.watermark(assert(text.open(stored, "state")))
    assert.is_true(watermark > os.time() - 20)
    local world = World.new(options)
    world:advance(os.time() + 1)
    local copy = place.rows(
      "SELECT stockout_id, _modified AS modified, _document AS document FROM shipped",
        "stockout_id")
    local problems = {}
    for id in pairs(copy) do
      if not world:get(tonumber(id)) then problems[#problems + 1] = "not in the world: " .. id end
    end
    local n = 0
    for _, one in ipairs(world:all{ clock = "modified", from = beijing.parse(from),
      to = watermark - 1 }) do
      n = n + 1
      local got = copy[("%d"):format(one.id)]
      if not got then
        problems[#problems + 1] = ("lost: %d of %s"):format(one.id, beijing.format(one.modified))
      elseif got.modified ~= beijing.format(one.modified)
        or tonumber(got.document:match('"status":"?(%d+)')) ~= one.status then
        problems[#problems + 1] = ("not the last version: %d of %s"):format(
          one.id, beijing.format(one.modified))
      end
    end
    assert.same({}, problems)
    assert.is_true(n > 800, n)
  end

  -- No window before the last one of a run was ever read again; that one at most once per kill.
  local function assert_at_most_one_window_again()
    local settled, last_start, before, again, windows = 0, nil, nil, 0, 0
    for line in io.lines(folder .. "/trace") do
      local word, start, stop = line:match("^(%a+) ?(%d*) ?(%d*)$")
      start, stop = tonumber(start), tonumber(stop)
      if word == "run" then
        before, last_start = last_start or before, nil
      elseif word == "open" then
        windows = windows + 1
        assert.is_true(start >= settled, "read again: " .. beijing.format(start))
        if last_start then assert.is_true(start > last_start) end
        if start == before then again = again + 1 end
        settled, last_start = start, start
      elseif word == "commit" then
        settled = stop + 1
      end
    end
    return again, windows
  end

  local function kill_at_random(wanted)
    local kills, ends, most = 0, 0, 0.2
    while kills < wanted do
      local output, status = run(0.02 + draw() * most)
      if status == KILLED then
        kills = kills + 1
      else
        assert.equal(0, status, output)
        assert_copy_is_the_world()
        local again = assert_at_most_one_window_again()
        assert.is_true(again <= kills)
        ends = ends + 1
        place.clear()
        os.remove(folder .. "/trace")
      end
    end
    local output, status = run()
    assert.equal(0, status, output)
    assert_copy_is_the_world()
    assert_at_most_one_window_again()
    if os.getenv "WDT_KILLS" then print(("%d kills, %d times to the end"):format(
      kills, ends + 1)) end
  end

  it("at random moments loses nothing and repeats at most a window",
    function() kill_at_random(KILLS) end)

  it("by both routes as well, each of which shows a part of the world", function()
    local own, its = handle, options
    options, route = { taobao = 0.4, both = 0.1 }, "both"
    for name, value in pairs(its) do options[name] = value end
    handle = assert(server.start{ world = options, gateway = { fields = "short" } })
    finally(function()
      server.stop(handle)
      handle, options, route = own, its, nil
    end)
    kill_at_random(KILLS / 4)
  end)

  it("with its state beside the rows in SQLite as well", function()
    place = sqlite(false)
    kill_at_random(KILLS / 2)
  end)

  it("with its state beside the rows in MariaDB as well, whose server is killed too", function()
    local database = mariadb.start(folder)
    finally(function() database.stop() end)
    place = { target = database.url .. "?layout=documents", state = "-", rows = database.rows,
      clear = function() database.execute "DROP TABLE shipped, _wdt_jobs, _wdt_windows" end }
    kill_at_random(KILLS / 2)
    for n = 1, 3 do
      place.clear()
      os.remove(folder .. "/trace")
      run(nil, { WDT_DIE = "commit " .. n + 1 })
      database.kill()
      database.start()
      local output, status = run()
      assert.equal(0, status, output)
      assert_copy_is_the_world()
    end
  end)

  it("at the worst moments loses nothing and repeats at most a window", function()
    -- Half the temporary file is written; it is whole, but not in place; it is in place; the
    -- database alone has the rows.
    for n = 1, 4 do
      for _, point in ipairs{ "write", "rename", "renamed", "commit" } do
        local output, status = run(nil, { WDT_DIE = ("%s %d"):format(point, n) })
        assert.equal(KILLED, status, output)
        local left = shell.run("test -e " .. folder .. "/copy.state.tmp && echo yes")
        assert.equal(point == "write" or point == "rename", left == "yes\n")
      end
    end
    local output, status = run()
    assert.equal(0, status, output)
    assert_copy_is_the_world()
    assert.is_true(assert_at_most_one_window_again() >= 12) -- 'renamed' alone repeats none
    assert.equal("", must(("ls %s | grep tmp || true"):format(folder)))
  end)

  it("by a polite signal ends of its own accord, with nothing left to repeat", function()
    -- Once a window is done, however long a busy machine takes for it; and once, where `timeout`
    -- would signal the process and its group, and the second signal of a kind ends the process.
    local done = ([[while ! grep -q "^commit" %s/trace && kill -0 $!; do :; done]]):format(folder)
    local output, status = run("timeout -s KILL 60 sh -c "
      .. quote('"$@" & ' .. done .. "; kill -TERM $!; wait $!") .. " - ",
      { WDT_QUERY = "shipped", WDT_FOLLOW = "follow" })
    assert.equal(0, status, output)
    assert.truthy(output:find("^%d+ windows, %d+ rows\n$"), output)
    assert.equal(0, (assert_at_most_one_window_again()))
    output, status = run(nil, { WDT_QUERY = "shipped" })
    assert.equal(0, status, output)
    assert.equal(0, (assert_at_most_one_window_again()))
  end)

  it("by a full disk says so, and goes on when there is space", function()
    assert.equal(KILLED, select(2, run(nil, { WDT_DIE = "renamed 2" })))
    local before = shell.read(folder .. "/copy.state")
    local output, status = run(nil, { WDT_FULL = "1" })
    assert.equal(1, status)
    assert.truthy(
      output:find("state: " .. folder .. "/copy.state: can't be written: No space left on device",
      1, true), output)
    assert.equal(before, shell.read(folder .. "/copy.state"))
    output, status = run()
    assert.equal(0, status, output)
    assert_copy_is_the_world()
    assert_at_most_one_window_again()
  end)

  it("by a folder that is read-only says so before it reads", function()
    local calls = server.control(handle, "stats")
    must(("mkdir -m 555 %s/state"):format(folder))
    local program = ([[
      local wdt = require "wdt"
      local job, err, code = wdt.sync{ what = "stockouts", from = %q,
        state = wdt.state.file "%s/state/it", query = {} }
      print(job, err, code)]]):format(from, folder)
    local s = sandbox.settings("enterprise", handle.url)
    local output = must(shell.bound .. shell.lua .. " -e " .. quote(program),
      { WDT_EDITION = s.edition, WDT_SID = s.sid,
      WDT_APPKEY = s.appkey, WDT_APPSECRET = s.appsecret, WDT_URL = s.url, LUA_PATH = package.path,
      LUA_CPATH = package.cpath })
    assert.equal(("nil\tstate: %s/state/it: can't be locked: Permission denied\tstate\n"):format(
      folder), output)
    assert.equal(calls, server.control(handle, "stats"))
  end)
end)
