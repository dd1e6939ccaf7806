--- An nginx of our own from outside: what the gateway to test against and the web service share to
-- write its configuration, start it and end it.
--
-- Everything that such an nginx writes stands in a prefix of its own.
-- @module wdt.nginx.process
local quote = require "wdt.shell".quote
local io, os, debug, pairs, type, tostring, tonumber, floor, concat = io, os, debug, pairs, type,
  tostring, tonumber, math.floor, table.concat

local M = {}

--- Where Debian has nginx's loadable modules.
M.MODULES = "/usr/lib/nginx/modules"

--- Said before what nginx itself says where a module is missing.
M.MISSING = "it needs nginx and its Lua module (Debian: nginx, libnginx-mod-http-lua): "

-- Folders that are not on the search path of every user.
local FOLDERS = "/usr/local/openresty/nginx/sbin:/usr/local/sbin:/usr/sbin:/sbin"

--- Runs a command of the shell.
-- @tparam string command
-- @treturn string what it printed, both outputs in one, without blanks at its end
-- @treturn boolean whether it succeeded
function M.run(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1; echo $?", "r"))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.-)(%d+)%s*$")
  return (text or output):gsub("%s+$", ""), status == "0"
end

--- @tparam string name of a file
-- @treturn ?string what it holds, nil where it can't be read
function M.read(name)
  local file = io.open(name, "r")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

--- @tparam string name of a file
-- @tparam string text it is to hold
-- @treturn ?boolean true; or nil, message
function M.write(name, text)
  local file, err = io.open(name, "w")
  if not file then return nil, err end
  file:write(text)
  return file:close()
end

--- A value as Lua text.
-- @param value tables, texts, numbers and booleans
-- @treturn ?string nil where there is something else in it
function M.literal(value)
  if type(value) == "table" then
    local parts = {}
    for k, v in pairs(value) do
      local name, text = M.literal(k), M.literal(v)
      if not (name and text) then return nil end
      parts[#parts + 1] = "[" .. name .. "]=" .. text
    end
    return "{" .. concat(parts, ",") .. "}"
  elseif type(value) == "string" then
    return (("%q"):format(value):gsub("\\\n", "\\n"))
  elseif type(value) == "number" then
    return ("%.17g"):format(value)
  end
  return type(value) == "boolean" and tostring(value) or nil
end

--- The folder that holds wdt/, wherever this file was loaded from.
-- @treturn string
function M.tree()
  local here = debug.getinfo(1, "S").source:match("^@(.*)[/\\]wdt[/\\]nginx[/\\]process%.lua$")
  return (M.run("cd " .. quote(here or ".") .. " && pwd"))
end

-- Ports of this machine in a state, as the kernel writes it.
local function ports(state)
  local set = {}
  for _, name in pairs{ "/proc/net/tcp", "/proc/net/tcp6" } do
    for hex in (M.read(name) or ""):gmatch(":(%x%x%x%x) %x+:%x+ " .. state .. " ") do
      set[tonumber(hex, 16)] = true
    end
  end
  return set
end

--- The ports that something on this machine listens on.
-- @treturn {integer=boolean}
function M.listening()
  return ports "0A"
end

--- A port no one seems to use, below the range from which systems take ports of their own accord.
-- @tparam ?integer attempt another number for another port
-- @treturn integer
function M.free_port(attempt)
  local taken = ports "%x%x" -- in whatever way
  local noise = tonumber(tostring({}):match("0x(%x+)")
    or "0", 16) + os.time() * 7919 + floor(os.clock() * 1e6)
  for i = 0, 9999 do
    local port = 20000 + floor((noise + ((attempt or 1) * 271 + i) * 37) % 10000)
    if not taken[port] then return port end
  end
  return 20000
end

--- The command that runs nginx in a prefix, by the nginx.conf that stands there. Search paths that
-- were meant for this interpreter would lead nginx's to the wrong modules.
-- @tparam string prefix
-- @tparam ?string program nginx by another name
-- @tparam ?string options of nginx
-- @tparam ?boolean exec true: it takes the shell's place
-- @treturn string
function M.command(prefix, program, options, exec)
  return ("unset LUA_PATH LUA_CPATH LUA_INIT; PATH=$PATH:%s; %s%s -p %s -c %s %s"):format(FOLDERS,
    exec and "exec " or "", quote(program or "nginx"), quote(prefix .. "/"),
    quote(prefix .. "/nginx.conf"), options or "")
end

--- True if this is what nginx, or the shell, says of a module or program that is missing.
-- @tparam string output
-- @treturn boolean
function M.lacks_module(output)
  return output:find "nginx: not found" ~= nil or output:find("dlopen()", 1, true) ~= nil
end

--- The process id of the nginx that runs in a prefix.
-- @tparam string prefix
-- @treturn ?integer nil where none does
function M.pid(prefix)
  local pid = (M.read(prefix .. "/nginx.pid") or ""):match("^(%d+)")
  if not pid then return nil end
  local _, alive = M.run("kill -0 " .. pid .. " && ! grep -qs '^State:.Z' /proc/" .. pid
    .. "/status")
  return alive and tonumber(pid) or nil
end

--- Ends it, completely: when this returns, nothing of it runs.
-- @tparam string prefix
-- @treturn ?integer its process id; nil where none was running
function M.stop(prefix)
  local pid = M.pid(prefix)
  if not pid then return nil end
  local gone = "! kill -0 " .. pid .. " || grep -qs '^State:.Z' /proc/" .. pid .. "/status"
  M.run("kill -TERM " .. pid .. "; n=0; until { " .. gone
    .. "; } || [ $n -ge 500 ]; do sleep 0.02; n=$((n + 1)); done")
  if M.pid(prefix) then M.run("kill -KILL " .. pid) end
  return pid
end

return M
