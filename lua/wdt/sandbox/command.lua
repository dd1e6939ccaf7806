-- The sandbox from a shell, without anything installed: `lua5.4 lua/wdt/sandbox/command.lua start --rows-per-day 2000`, then
-- `... stop --prefix DIR`. What it does is `wdt.sandbox.server.command`.
local root = arg[0]:match("^(.*)wdt/sandbox/command%.lua$") or "./"
package.path = root .. "?.lua;" .. root .. "?/init.lua;" .. package.path
os.exit(require("wdt.sandbox.server").command(arg))
