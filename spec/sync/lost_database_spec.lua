-- A database that is lost in the middle of a window, its server killed: one run ends with a clear
-- error and all that it committed, streams that follow wait for it and go on, lists that are read
-- whole as well; and then every row and line is there, as in a copy that nothing disturbed.
local beijing = require "wdt.beijing"
local copying = require "support.copying"
local databases = require "support.databases"
local runner_of = require "wdt.fleet.runner"
local shell = require "support.shell"

local FROM, DAY = beijing.parse(copying.FROM), 86400

for _, scheme in ipairs{ "postgres", "mysql" } do
  describe("a database of " .. scheme .. " that is lost", function()
    local folder, server, box, client
    local outages

    setup(function()
      folder = shell.folder()
      server = databases[scheme](folder)
    end)
    teardown(function()
      server.stop()
      shell.must("rm -rf " .. shell.quote(folder))
    end)

    before_each(function()
      outages = 0
      box = copying.busy_box(beijing.format(FROM + DAY), { rows_per_day = 300, fields = "all" })
      client = copying.client_of(box)
    end)

    local function open(name)
      return assert(client:sync{ name = name, what = "stockouts", from = FROM, rows = 100,
        into = server.target, signals = false })
    end

    -- Everything in a table and its lines, but when it was read.
    local function contents(name)
      local list = {}
      for _, one in ipairs{ name, name .. "_details_list" } do
        for _, row in ipairs(server.all("SELECT * FROM " .. one)) do
          local cells = {}
          row._read_at = nil
          for column, value in pairs(row) do cells[#cells + 1] = column .. "=" .. value end
          table.sort(cells)
          list[#list + 1] = table.concat(cells, "\0")
        end
      end
      table.sort(list)
      return list
    end

    local function assert_is_the_world(name)
      local job = open "undisturbed"
      assert(job:run())
      job:close()
      local expected = contents "undisturbed"
      assert.is_true(#expected > 300)
      assert.same(expected, contents(name))
    end

    it("ends a run with an error that says so, and the next one goes on", function()
      for n, at in ipairs{ 0, 60 } do -- between two windows, in the middle of one
        local name = "run" .. n
        local job, windows = open(name), 0
        local ok, err, code = job:run(function(rows)
          if rows == 0 then windows = windows + 1 end
          if rows == at and windows == 1 then server.kill() end
        end)
        assert.is_nil(ok)
        assert.is_true(code == "output" or code == "state", code)
        assert.truthy(err:find("connection", 1, true)
          or err:find("gone away", 1, true), err)
        local before = job:progress()
        job:close()
        local none
        none, err, code = client:sync{ name = name, what = "stockouts", into = server.target }
        assert.is_nil(none)
        assert.equal("output", code)
        assert.matches("^output: .*connect", err)
        server.start()
        job = open(name)
        assert.same({ before.windows, before.watermark }, { job:progress().windows,
          job:progress().watermark })
        assert(job:run())
        job:close()
        if n == 2 then assert_is_the_world(name) end
      end
    end)

    it("is waited for by all streams of an account, and lists that are read whole", function()
      local function stream(name, more)
        local one = { name = name, account = "a", to = server.target, target = 360, query = {} }
        for key, value in pairs(more) do one[key] = value end
        return one
      end
      local streams = { stream("stockouts", { what = "stockouts", from = FROM }),
        stream("trades", { method = "trade_query", from = FROM }),
        stream("shops", { method = "shop", every = DAY }) }
      local killed
      local runner = runner_of.new{ client = client, name = "a", streams = streams, follow = true,
        watch = function(rows)
          if not killed and rows == 50 then
            server.kill()
            killed = true
          end
        end,
        emit = function(event)
          assert.not_equal("stream_failed", event)
          if event ~= "outage" then return end
          outages = outages + 1
          if outages == 3 then server.start() end
        end }
      runner:run(function()
        local p = runner:progress()
        return p.stockouts and p.trades and p.shops and outages >= 3 and p.shops.windows > 0
          and p.stockouts.behind < 400 and p.trades.behind < 400
      end)
      runner:close()
      assert.is_true(killed)
      assert_is_the_world "stockouts"
      assert.equal(client:count("shop", {}), tonumber(server.all
        "SELECT count(*) AS n FROM shops WHERE _deleted_at IS NULL"[1].n))
    end)
  end)
end
