--- The command `wdt`, run as a user runs it: a process of its own, against the HTTP sandbox.
local shell = require "support.shell"
local visitor = require "support.visitor"
local quote = shell.quote

local M = {}

local Command = {}
Command.__index = Command

-- Search paths as they are meant here, wherever the command runs.
local function absolute(list)
  local here = shell.must "pwd -P":gsub("%s+$", "")
  local parts = {}
  for part in list:gmatch "[^;]+" do parts[#parts + 1] = part:find "^/" and part
    or here .. "/" .. part end
  return table.concat(parts, ";")
end

local PATH, CPATH = absolute(package.path), absolute(package.cpath)

--- @tparam ?Visitor visit whose sandbox it is to reach; its account stands in the environment
-- @treturn Command with a `folder` of its own, which is its HOME and where it runs
function M.new(visit)
  local folder = shell.folder()
  -- On PATH as `wdt`, as an installed one would be.
  shell.write(folder .. "/wdt", ("#!/bin/sh\nexec %s %s \"$@\"\n"):format(shell.lua,
    quote(shell.root .. "/lua/wdt/cli/command.lua")))
  shell.must("chmod +x " .. quote(folder .. "/wdt"))
  return setmetatable({ visit = visit, folder = folder }, Command)
end

function Command:close()
  shell.must("rm -rf " .. quote(self.folder))
end

--- The environment: the visitor's account of an edition, English, nothing of the caller's.
function Command:variables(edition, more)
  local v = edition and self.visit:variables(edition)
    or { WDT_EDITION = false, WDT_SID = false, WDT_APPKEY = false,
    WDT_APPSECRET = false, WDT_URL = false, LUA_INIT = false }
  v.HOME, v.XDG_CONFIG_HOME, v.WDT_PROFILE, v.LC_ALL, v.LC_MESSAGES, v.LANG = self.folder, false,
    false, false, false, "C.UTF-8"
  v.LUA_PATH, v.LUA_CPATH = PATH, CPATH
  v.PATH = self.folder .. ":" .. os.getenv "PATH"
  for name, value in pairs(more or {}) do v[name] = value end
  return v
end

--- Writes a configuration file of one profile, of the visitor's account.
-- @tparam string name
-- @tparam string edition
-- @tparam ?string more further lines; an url replaces the visitor's
-- @tparam ?string mode of the file, "600"
function Command:profile(name, edition, more, mode)
  local v = self.visit:variables(edition)
  local lines = { "[" .. name .. "]", "edition = " .. edition, "sid = " .. v.WDT_SID,
    "appkey = " .. v.WDT_APPKEY,
    "appsecret = " .. v.WDT_APPSECRET, (more or ""):find "url = " and ""
    or "url = " .. v.WDT_URL, more or "", "" }
  shell.must("mkdir -p " .. quote(self.folder .. "/.config/wdt"))
  local file = self.folder .. "/.config/wdt/config.ini"
  shell.write(file, table.concat(lines, "\n"))
  shell.must(("chmod %s %s"):format(mode or "600", quote(file)))
end

--- Writes streams.ini: accounts "a" and "b", both the visitor's, and what else is given.
-- @tparam string edition
-- @tparam string text sections of streams
function Command:streams(edition, text)
  local v, accounts = self.visit:variables(edition), {}
  for i, name in ipairs{ "a", "b" } do
    accounts[i] = ("[%s]\nedition = %s\nsid = %s\nappkey = %s\nappsecret = %s\nurl = %s\n"
      .. "rate = 100000\n"):format(name, edition, v.WDT_SID, v.WDT_APPKEY, v.WDT_APPSECRET,
      v.WDT_URL)
  end
  local file = self.folder .. "/streams.ini"
  shell.write(file, table.concat(accounts) .. text)
  shell.must("chmod 600 " .. quote(file))
end

--- Runs a shell command line in which `wdt` is the program.
-- @tparam string line
-- @tparam ?string edition nil: no account in the environment
-- @tparam ?table more variables
-- @treturn table `{ out, err, status }`
function Command:run(line, edition, more)
  local err = self.folder .. "/.err"
  local out, status = shell.run(("cd %s && { %s\n} 2>%s"):format(
    quote(self.folder), line, quote(err)),
    self:variables(edition, more))
  return { out = out, err = shell.read(err), status = status }
end

--- Runs one that has to succeed.
-- @treturn string its standard output
-- @treturn string its standard error
function Command:must(line, edition, more)
  local got = self:run(line, edition, more)
  if got.status ~= 0 then error(("%s\nended with %d\n%s%s"):format(
    line, got.status, got.out, got.err), 2) end
  return got.out, got.err
end

--- Runs one in a terminal of its own; `keys` are typed once what it shows matches `wanted`, and
-- from `again` on until it ends.
-- @tparam string line
-- @tparam string edition
-- @tparam ?table o `columns` = 100; `keys`, `wanted` and `again` (words)
-- @treturn string all that it showed
-- @treturn integer status
function Command:terminal(line, edition, o)
  o = o or {}
  local screen, typing = quote(self.folder .. "/.screen"), {}
  local function wait(condition, meanwhile)
    typing[#typing + 1] = ("n=0; until %s || [ $n -gt 3000 ]; do n=$((n + 1)); %s sleep 0.01; "
      .. "done;"):format(condition, meanwhile)
  end
  local function type_keys() return ("printf %s;"):format(quote(o.keys)) end
  if o.wanted then
    wait(("grep -aqsF %s %s"):format(quote(o.wanted), screen), "")
    typing[#typing + 1] = type_keys()
  end
  if o.again then
    wait(("grep -aqsF %s %s"):format(quote(o.again), screen), "")
    wait("[ -e .status ]", type_keys())
  end
  -- The keyboard is a pipe that stays open until the program has ended.
  local command = ("stty cols %d rows 40; %s"):format(o.columns or 100, line)
  shell.run(("cd %s && rm -f .screen .status .hold && mkfifo .hold && { %s cat .hold; } | { "
    .. "script -qefc %s .screen; "
    .. "echo $? >.status; : >.hold; }"):format(quote(self.folder), table.concat(typing),
      quote(command)), self:variables(edition))
  local shown = shell.read(self.folder .. "/.screen"):gsub("^Script started[^\n]*\n", ""):gsub(
    "\n*Script done[^\n]*\n*$", "")
  return (shown:gsub("\r\n", "\n"):gsub("\r$", "")), tonumber(shell.read(self.folder .. "/.status"))
end

--- Gives the tests of a `describe` a sandbox over HTTP and a user who types at it; both end after
-- the last test.
-- @tparam function begin told the visitor (`support.visitor`) and the command before the first
function M.visiting(begin)
  local busted = require "busted"
  local visit, cli
  busted.setup(function()
    visit = visitor.start()
    cli = M.new(visit)
    begin(visit, cli)
  end)
  busted.teardown(function()
    cli:close()
    visit:stop()
  end)
end

return M
