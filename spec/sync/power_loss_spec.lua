-- Files as a power failure may leave them: the order in which they are written, traced. A file
-- system keeps a write only once the file was synced, and a name once its folder was. So before a
-- row is written, the journal that can take it out again is on the disk under its name; before the
-- state says that a window is done, its rows and the names of their files are.
local beijing = require "wdt.beijing"
local command = require "support.command"
local shell = require "support.shell"
local visitor = require "support.visitor"

local CALLS = "write,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat,openat,ftruncate"

-- Tells what is written, and what is not on the disk yet, call by call.
local Disk = {}
Disk.__index = Disk

local function disk_of(home, folder)
  return setmetatable({ home = home, folder = folder, unsynced = {}, unnamed = {}, journal = false,
    windows = 0, rows = 0 }, Disk)
end

local function folder_of(path)
  return path:match "^(.*)/[^/]*$"
end

local function absolute(self, path)
  return path:find "^/" and path or self.home .. "/" .. path:gsub("^%./", "")
end

local function is_data(self, path)
  if folder_of(path) ~= self.folder then return false end
  if self.rows_hidden then return path:find "%.rows$" ~= nil end -- workbooks are made of them
  return not path:find "/%.[^/]*$"
end

function Disk:wrote(path)
  if is_data(self, path) then
    assert(self.journal, "rows are written to " .. path .. " before their journal is on the disk")
    self.rows = self.rows + 1
  end
  self.unsynced[path] = true
end

function Disk:synced(path)
  self.unsynced[path] = nil
  for name in pairs(self.unnamed) do
    if folder_of(name) == path then self.unnamed[name] = nil end
  end
  if path == self.folder and self.renamed then self.journal = true end
end

function Disk:named(path)
  self.unnamed[path] = true
end

-- A lock is worth nothing once its holder is gone: it need not be on the disk.
local function is_lock(path)
  return path:find "%.lock$" ~= nil
end

function Disk:moved(from, to)
  assert(not self.unsynced[from], from .. " is named " .. to .. " before it is on the disk")
  self:named(to)
  if to:find "%.journal$" then self.renamed, self.journal = true, false end
  if to ~= self.home .. "/state" then return end
  for path in pairs(self.unsynced) do
    assert(folder_of(path) ~= self.folder or is_lock(path), "the state is replaced while " .. path
      .. " is not on the disk")
  end
  for path in pairs(self.unnamed) do
    assert(path == to or path == self.folder .. "/.gone" or is_lock(path), "the state is replaced "
      .. "while the name " .. path .. " is not on the disk")
  end
  self.renamed, self.journal, self.windows = false, false, self.windows + 1
end

-- Plays a trace of strace -y.
local function play(self, trace)
  for line in trace:gmatch "[^\n]+" do
    local failed = line:find "= %-1 "
    local path = line:match "write%(%d+<(/[^>]*)>"
    if path and not failed then self:wrote(path) end
    path = line:match "ftruncate%(%d+<(/[^>]*)>"
    if path and not failed then self.unsynced[path] = true end
    path = line:match "sync%(%d+<(/[^>]*)>"
    if path and not failed then self:synced(path) end
    path = line:match 'mkdir%a*%([^"]*"([^"]*)"'
    if path and not failed then self:named(absolute(self, path):gsub("/+$", "") .. "") end
    path = line:match 'openat%([^"]*"([^"]*)", [%u_|]*O_CREAT'
    if path and not failed and not line:find("O_EXCL", 1, true) then
      path = absolute(self, path)
      if folder_of(path) == self.folder and not self.known[path] then
        self.known[path] = true
        self:named(path)
      end
    end
    local from, to = line:match 'rename%a*2?%([^"]*"([^"]*)",[^"]*"([^"]*)"'
    if from and not failed then self:moved(absolute(self, from), absolute(self, to)) end
  end
end

describe("power may fail at any moment:", function()
  local visit, cli
  setup(function()
    visit = visitor.start()
    cli = command.new(visit)
  end)
  teardown(function()
    cli:close()
    visit:stop()
  end)

  for _, scheme in ipairs{ "ndjson", "csv", "xlsx" } do
    it("rows in " .. scheme .. " are on the disk before the state says so", function()
      shell.must(("cd %s && rm -rf state* trace new"):format(shell.quote(cli.folder)))
      local got = cli:run(("strace -f -y -o trace -e trace=%s wdt sync job --from '%s' --state "
        .. "state --to %s:new/folder --page-size 10 --rate 100000"):format(CALLS,
        beijing.format(os.time() - 2 * 86400), scheme), "enterprise")
      assert.equal(0, got.status, got.err)
      local disk = disk_of(cli.folder, cli.folder .. "/new/folder")
      disk.known, disk.rows_hidden = {}, scheme == "xlsx"
      play(disk, shell.read(cli.folder .. "/trace"))
      assert.is_true(disk.windows >= 2 and disk.rows >= 2)
    end)
  end
end)
