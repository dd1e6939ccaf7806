-- SQLite's journal mode DELETE with synchronous FULL unlinks its journal and does not have the
-- folder on the disk: after a power failure the rows were gone of a window that the state called
-- done.
local beijing = require "wdt.beijing"
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"

describe("a window's rows in SQLite", function()
  it("are on the disk, the unlinking of the journal included, before the state is", function()
    local visit = visitor.start()
    local cli = command.new(visit)
    finally(function()
      cli:close()
      visit:stop()
    end)
    local got = cli:run(("strace -f -y -o trace -e "
      .. "trace=unlink,unlinkat,fsync,fdatasync,rename,renameat,renameat2 "
      .. "wdt sync job --from '%s' --state state --to sqlite:db "
        .. "--page-size 10 --rate 100000"):format(
      beijing.format(os.time() - 2 * 86400)), "enterprise")
    assert.equal(0, got.status, got.err)
    local unlinked, synced, windows, folder = false, false, 0, cli.folder
    for line in shell.read(folder .. "/trace"):gmatch "[^\n]+" do
      if line:find "unlink" and line:find("db-journal", 1, true) then
        unlinked, synced = true, false
      elseif line:find "sync%(" and line:find("<" .. folder .. ">", 1, true) then
        synced = true
      elseif line:find "rename" and line:find('"state.tmp"', 1, true) then
        assert.is_true(unlinked)
        assert.is_true(synced, "the state was replaced before the folder was on the disk")
        unlinked, windows = false, windows + 1
      end
    end
    assert.is_true(windows >= 2, windows)
  end)
end)
