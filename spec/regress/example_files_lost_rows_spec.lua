-- examples/sync_ndjson.lua and sync_csv.lua took a killed run's rows out by writing the day's file
-- anew, in place: killed there, they had lost rows of windows that were committed.
local beijing = require "wdt.beijing"
local checkpoint = require "wdt.reading.checkpoint"
local text = require "wdt.state.text"
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

local KILLED = 137

-- Dies where a file is opened to be written anew, as well as where support/syncing.lua does.
local INIT = [[
dofile "%s/spec/support/syncing.lua"
local open = io.open
io.open = function(name, mode)
  local file, err, code = open(name, mode)
  if file and mode and mode:find "^w" and name:find "%%d%%d%%d%%d%%-%%d%%d%%-%%d%%d%%." then
    os.execute("kill -KILL " .. require "wdt.posix".pid())
  end
  return file, err, code
end]]

describe("files that an example has written", function()
  for name, extension in pairs{ ["sync_ndjson.lua"] = "ndjson", ["sync_csv.lua"] = "csv" } do
    it("hold every committed row at any moment: " .. name, function()
      local visit, folder = visitor.start(), shell.folder()
      finally(function()
        visit:stop()
        shell.must("rm -rf " .. quote(folder))
      end)
      local from = beijing.format(os.time() - 3 * 86400)
      shell.write(folder .. "/init.lua", INIT:format(shell.root))
      local variables = visit:variables "enterprise"
      variables.LUA_INIT, variables.WDT_LAG = "@" .. folder .. "/init.lua", "180"
      variables.WDT_TRACE = folder .. "/trace"
      shell.must("mkdir " .. folder .. "/out")

      local function run(die)
        variables.WDT_DIE = die or false
        return select(2, shell.run(("%s %s %s/out %s"):format(shell.lua,
          quote(shell.root .. "/examples/" .. name), folder, quote(from)), variables))
      end

      -- Rows of the world before the watermark that stand in no file.
      local function missing()
        local state = assert(text.open(shell.read(folder .. "/out/state"), "state"))
        local stop = checkpoint.watermark(state) - 1
        if stop < beijing.parse(from) then return 0, 0 end
        local files = shell.must(("find %s/out -name '*.%s' -exec cat {} +")
          :format(folder, extension))
        local ids, lost, n = {}, 0, 0
        for id in files:gmatch(extension == "csv" and ":%d%d,(%d+)," or '"stockout_id":"?(%d+)') do
          ids[id] = true
        end
        for _, so in ipairs(visit:rows("enterprise", "stockouts", { start = from, stop = stop })) do
          n = n + 1
          if not ids[tostring(so.stockout_id)] then lost = lost + 1 end
        end
        return lost, n
      end

      assert.equal(KILLED, run "commit 3")
      for _, die in ipairs{ "commit 2", "append 2", "renamed 2", "write 3", "append 1",
        "rename 1" } do
        assert.equal(KILLED, run(die))
        local lost, n = missing()
        assert.equal(0, lost, ("%d of %d committed rows are gone after %s"):format(lost, n, die))
      end
      assert.equal(0, run())
      local lost, n = missing()
      assert.equal(0, lost)
      assert.is_true(n > 300, n)
    end)
  end
end)
