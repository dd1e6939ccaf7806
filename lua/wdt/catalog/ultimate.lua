--- Methods of the ultimate edition (旗舰版), by field of work. Sources: seed U for `searchCancel`, the
-- vendor's other pages for the rest.
-- @module wdt.catalog.ultimate
local map = require "wdt.map"
local ipairs = ipairs

local M = {}

for _, part in ipairs{ "sales", "stock", "goods", "money", "writes" } do
  map.add(M, require("wdt.catalog.ultimate." .. part))
end

return M
