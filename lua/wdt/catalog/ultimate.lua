--- Methods of the ultimate edition (旗舰版), by field of work. Sources: seed U for `searchCancel`, the
-- vendor's other pages for the rest.
-- @module wdt.catalog.ultimate
local pairs, ipairs = pairs, ipairs

local M = {}

for _, part in ipairs{ "sales", "stock", "goods", "money", "writes" } do
  for method, entry in pairs(require("wdt.catalog.ultimate." .. part)) do M[method] = entry end
end

return M
