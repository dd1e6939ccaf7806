-- Pages of a window that held too many rows had shown rows after the end that it then drew in: a
-- kill -9 right after its commit had them read, handed out and counted again by the next process,
-- and a failure in the window after it lost them in files, which had kept them back.
local beijing = require "wdt.beijing"
local nginx = require "support.nginx"
local sandbox = require "wdt.sandbox"
local server = require "wdt.sandbox.server"
local copies = require "support.copies"
local copying = require "support.copying"
local shell = require "support.shell"
local quote, must = shell.quote, shell.must

local KILLED, ROWS = 137, 1500

-- Copies; kills itself as soon as a window is committed that has shown rows after its end, or two
-- are committed.
local PROGRAM = [[
  local wdt = require "wdt"
  local commits, kill = 0, "kill -KILL " .. require "wdt.posix".pid()
  local from, target, state, dies = %q, %q, %q, %s
  local client = wdt.new{ edition = "enterprise", sid = "s", appkey = "k", appsecret = "x",
    url = %q, rate = 100000, log = function(event)
      if not dies or event.event ~= "commit" then return end
      commits = commits + 1
      if commits == 2 or event.last and event.last > event.stop then os.execute(kill) end
    end }
  local job = assert(client:sync{ name = "lump", what = "stockouts", from = from, rows = 60,
    query = { page_size = 20 }, into = target, state = state ~= "" and state or nil })
  assert(job:run())
  print(("%%.0f"):format(job:progress().rows))
  job:close()]]

describe("rows that a page shows after the end of their window", function()
  local folder

  before_each(function() folder = shell.folder() end)
  after_each(function() must("rm -rf " .. quote(folder)) end)

  -- Lines of all files, as a program shows them.
  local function count(program)
    return tonumber(must(("%s %s/lines/*.ndjson | wc -l"):format(program, folder)))
  end

  describe("of a process that is killed right after the commit", function()
    local gateway, url, from

    setup(function()
      local port = server.free_port()
      from = os.time() - 2 * 86400
      url = sandbox.settings("enterprise", "http://127.0.0.1:" .. port).url
      gateway = assert(nginx.start{ server = ([[
        listen 127.0.0.1:%d;
        location /openapi2/ {
          content_by_lua_block { require("bench.lump_gateway").serve(%d, %d) }
        }]]):format(port, from + 43200, ROWS) })
    end)
    teardown(function() gateway:stop() end)

    -- Copies until a process comes to its end. Returns how often it was killed.
    local function copy(target, state)
      local kills = 0
      while true do
        -- every third one is killed where it stands, sooner or later, if it has not ended
        local text = PROGRAM:format(beijing.format(from), target, state, kills < 60, url)
        local at_random = kills % 3 == 1 and ("timeout -s KILL 0.%02d "):format(kills + 10) or ""
        local output, status = shell.run(shell.bound .. at_random .. shell.lua .. " -e "
          .. quote(text))
        if status ~= KILLED then
          assert.equal(0, status, output)
          assert.equal(ROWS, tonumber(output))
          return kills
        end
        kills = kills + 1
      end
    end

    it("stand in files once, and are counted once", function()
      local kills = copy("ndjson:" .. folder .. "/lines", "file:" .. folder .. "/state")
      assert.equal(ROWS, count "cat")
      assert.equal(ROWS, count "sort -u")
      assert.is_true(kills > 10, kills)
    end)

    it("are counted once where state and rows are in one database", function()
      local kills = copy("sqlite:" .. folder .. "/copy", "")
      local rows = copies.rows(require "luasql.sqlite3".sqlite3(), folder .. "/copy",
        "SELECT sum(row_count) AS n FROM _wdt_windows", { "n" })
      assert.equal(ROWS, tonumber((next(rows))))
      assert.is_true(kills > 10, kills)
    end)
  end)

  it("stand in files although the window that they belong to is begun again", function()
    local box = sandbox.new{ now = beijing.parse(copying.FROM) + 86400, fields = "short",
      order = "shuffle" }
    for i = 1, 400 do
      box.world:put{ modified = beijing.parse(copying.FROM) + 43200 + i, status = 55 }
    end
    local broken, job = 0, nil
    local client = copying.client_of(box, nil, { retry = { attempts = 1 }, log = function(event)
      if event.event == "outage" then broken = broken + 1 end
      if event.event ~= "commit" then return end
      if job:progress().watermark >= box.world.now - 600 then job:stop() end
      if event.last and event.last > event.stop then
        box.gateway:inject{ kind = "none", times = 2 }
        box.gateway:inject{ kind = "truncate", at = 300 }
      end
    end })
    job = assert(copying.open(client, { name = "lump", follow = true, signals = false, rows = 60,
      query = { page_size = 20, status = 55 }, into = "ndjson:" .. folder .. "/lines",
      state = "file:" .. folder .. "/state" }))
    assert.is_true(job:run())
    assert.equal(400, count "cat")
    assert.equal(400, count "sort -u")
    assert.equal(400, job:progress().rows)
    assert.is_true(broken > 0, broken)
    job:close()
  end)
end)
