#!/usr/bin/env lua
-- The command `wdt`. From this tree: `lua5.4 lua/wdt/cli/command.lua --help`, with a LUA_CPATH that
-- finds the C modules.
local root = arg[0]:match("^(.*)wdt/cli/command%.lua$")
-- a link to it, or its folder is the current one
if not root and not pcall(require, "wdt.cli.words") then
  local found = io.popen("readlink -f -- '" .. arg[0]:gsub("'", "'\\''") .. "'")
  root = (found:read("*l") or ""):match("^(.*)wdt/cli/command%.lua$")
  found:close()
end
if root then package.path = root .. "?.lua;" .. root .. "?/init.lua;" .. package.path end
local loaded, cli = pcall(require, "wdt.cli")
os.exit(loaded and cli.main(arg) or require("wdt.cli.doctor.modules").explain(cli))
