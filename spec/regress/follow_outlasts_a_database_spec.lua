-- A job that follows ended for good when its database was restarted: what passes by itself never
-- ends it.
local copies = require "support.copies"
local copying = require "support.copying"
local mariadb = require "support.mariadb"
local shell = require "support.shell"

describe("a job that follows, whose database goes away", function()
  local folder, server

  setup(function()
    folder = shell.folder()
    server = mariadb.start(folder)
  end)
  teardown(function()
    server.stop()
    shell.must("rm -rf " .. shell.quote(folder))
  end)

  -- Copies 600 rows; the database goes away at a row of a window, counted from the first, or, with
  -- 0, when the n-th window is done. It is back after a few tries.
  local function copy(name, at, n, go, come, target, state)
    local box, tries = copying.small_box(600, 60), 0
    local client = copying.client_of(box, nil, { log = function(event)
      if event.event ~= "outage" then return end
      tries = tries + 1
      if tries == 3 then come() end
    end })
    local job = assert(client:sync{ name = name, what = "stockouts", from = copying.FROM,
      into = target,
      state = state, follow = true, signals = false, rows = 100 })
    local seen = 0
    assert.is_true(job:run(function(rows)
      if rows == at then
        seen = seen + 1
        if seen == n then go() end
      end
      if job:progress().behind < 400 then job:stop() end
    end))
    assert.is_true(tries >= 3, tries)
    assert.equal(600, job:progress().rows)
    job:close()
  end

  for _, case in ipairs{ { 1, 1 }, { 50, 2 }, { 0, 1 }, { 0, 2 } } do
    it(("waits for it, and goes on (row %d, time %d)"):format(case[1], case[2]), function()
      for i, state in ipairs{ "-", "file:" .. folder .. "/state" } do
        local name = ("job_%d_%d_%d"):format(case[1], case[2], i)
        os.remove(folder .. "/state")
        copy(name, case[1], case[2], server.kill, server.start, server.url, state ~= "-" and state
          or nil)
        local n = 0
        for _ in pairs(server.rows("SELECT stockout_id FROM " .. name, "stockout_id")) do
          n = n + 1
        end
        assert.equal(600, n)
      end
    end)
  end

  it("does so with PostgreSQL", function()
    local place = shell.folder()
    local pg = copies.postgres(place)
    finally(function()
      pg.stop()
      shell.must("rm -rf " .. shell.quote(place))
    end)
    copy("job", 50, 2, pg.stop, pg.start, "postgres:" .. pg.address)
    local _, n = pg.read("SELECT stockout_id FROM job", { "stockout_id" })
    assert.equal(600, n)
  end)

  it("ends for what a database refuses", function()
    server.execute("CREATE TABLE refused (stockout_id VARCHAR(9) PRIMARY KEY, _modified CHAR(1), "
      .. "_document TEXT)")
    local box = copying.small_box(10, 60)
    local job = assert(copying.client_of(box):sync{ name = "refused", what = "stockouts",
      from = copying.FROM, into = server.url, follow = true, signals = false })
    local ok, err, code = job:run()
    assert.is_nil(ok)
    assert.equal("output", code)
    assert.truthy(err:find("Data too long for column '_modified'", 1, true), err)
    job:close()
  end)
end)
