--- A receiver of alarms: a real HTTP server, which notes what it is sent.
local cjson = require "cjson"
local shell = require "support.shell"
local quote = shell.quote

local M = {}

local Robot = {}
Robot.__index = Robot

--- Starts one on a free port of the loopback.
-- @treturn Robot `url`, without a path
function M.start()
  local folder = shell.folder()
  local self = setmetatable({ folder = folder }, Robot)
  self:answers '200 {"errcode":0}'
  shell.must(("python3 %s/spec/support/robot.py %s/answer %s/requests >%s/log 2>&1 & n=0; "
    .. "until [ -e %s/requests.listens ]; do n=$((n + 1)); "
    .. "[ $n -lt 3000 ] || { cat %s/log; exit 1; }; sleep 0.01; done"):format(quote(shell.root),
    folder, folder, folder, folder, folder))
  local port
  port, self.pid = shell.read(folder .. "/requests.listens"):match "(%d+) (%d+)"
  self.url = "http://127.0.0.1:" .. port
  return self
end

--- Has it answer from now on.
-- @tparam string text "200 BODY"; "": it closes the connection
function Robot:answers(text)
  shell.write(self.folder .. "/answer", text)
end

--- Requests since the last time.
-- @treturn {table...} `{ path, headers, body }`
function Robot:requests()
  local name, list = self.folder .. "/requests", {}
  if not io.open(name) then return list end
  for line in io.lines(name) do list[#list + 1] = cjson.decode(line) end
  os.remove(name)
  return list
end

function Robot:stop()
  shell.must(("kill %s; rm -rf %s"):format(self.pid, quote(self.folder)))
end

return M
