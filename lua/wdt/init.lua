--- The face of the library (`wdt.face`), on libcurl.
-- @module wdt
local wdt = require "wdt.face".new(require "wdt.client".CURL, require "wdt.state")

--- Makes a loop of many accounts in one process: the `host` of their clients, on which a wait of
-- one lets the others go on (`wdt.host.loop`).
-- @tparam ?function leaves returns true where sleep is to be broken off, or a function that tells
-- of which tasks, by their names
-- @treturn wdt.Loop
function wdt.loop(leaves)
  return require "wdt.host.loop".new(leaves)
end

return wdt
