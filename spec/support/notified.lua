--- A service manager that is told how a service is (sd_notify): a real socket, which notes all.
local shell = require "support.shell"
local quote = shell.quote

local M = {}

local Manager = {}
Manager.__index = Manager

--- Starts one.
-- @tparam ?string address "@NAME" of the abstract namespace; nil: a file
-- @treturn Manager `address`, `file` (a datagram a line)
function M.start(address)
  local folder = shell.folder()
  local self = setmetatable({ folder = folder, file = folder .. "/told",
    address = address or folder .. "/socket" }, Manager)
  shell.must(("python3 %s/spec/support/notified.py %s %s >%s/log 2>&1 & n=0; "
    .. "until [ -e %s.listens ]; do n=$((n + 1)); "
    .. "[ $n -lt 3000 ] || { cat %s/log; exit 1; }; sleep 0.01; done"):format(quote(shell.root),
    quote(self.address), self.file, folder, self.file, folder))
  self.pid = shell.read(self.file .. ".listens")
  return self
end

--- Returns what it was told so far, a datagram a line.
-- @treturn string
function Manager:told()
  return shell.read(self.file)
end

function Manager:stop()
  shell.must(("kill %s; rm -rf %s"):format(self.pid, quote(self.folder)))
end

return M
