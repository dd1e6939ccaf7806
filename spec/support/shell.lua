--- Commands, as the specs run them.
local shell = require "wdt.shell"

local M = {}

--- A word for the shell.
function M.quote(text)
  return shell.quote(tostring(text))
end

--- Runs a command; a sanitizer that is preloaded for this interpreter is none of its business.
-- @tparam string command
-- @tparam ?{string=string} variables of its environment; false takes one away
-- @treturn string what it printed, both outputs in one
-- @treturn integer its exit status
function M.run(command, variables)
  local parts = { "unset LD_PRELOAD;" }
  for name, value in pairs(variables or {}) do
    parts[#parts + 1] = value and ("export %s=%s;"):format(name, M.quote(value))
      or ("unset %s;"):format(name)
  end
  local pipe = assert(io.popen(("{ %s %s\n} 2>&1 </dev/null; echo \"|$?\""):format(
    table.concat(parts, " "), command)))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.*)|(%d+)\n$")
  return text or output, tonumber(status) or -1
end

--- Runs a command that has to succeed.
-- @treturn string what it printed
function M.must(command, variables)
  local output, status = M.run(command, variables)
  if status ~= 0 then error(command .. "\nended with " .. status .. "\n" .. output, 2) end
  return output
end

--- In front of a command: it may write only where files and folders say so, as root otherwise needs
-- not.
M.bound = M.must("id -u") == "0\n" and "setpriv --bounding-set=-all --inh-caps=-all " or ""

--- Sends a process a signal and returns once it has gone.
-- @tparam integer pid
-- @tparam string signal `"TERM"`, `"KILL"`
function M.finish(pid, signal)
  M.must(("kill -%s %d; while kill -0 %d 2>/dev/null; do sleep 0.01; done"):format(signal, pid,
    pid))
end

--- A new folder.
function M.folder()
  return (M.must("mktemp -d"):gsub("%s+$", ""))
end

--- The whole of a file.
function M.read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function M.write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

--- The interpreter that runs this spec, and the name of its headers' folder.
M.lua = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("%d%.%d")
M.incdir = rawget(_G, "jit") and "/usr/include/luajit-2.1" or "/usr/include/" .. M.lua

--- The top of this tree, wherever the spec was started.
local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$")
M.root = M.must("cd " .. M.quote(here .. "/../..") .. " && pwd -P"):gsub("%s+$", "")

return M
