--- Reads sales by day out of a copy; in a thread of nginx's pool, where there is no nginx.
-- @module wdt.serve.sales_rows
local json = require "wdt.json"
local report = require "wdt.report"

local M = {}

--- Reads them.
-- @tparam table o `to`, `name` (of the stream), `account` (whose rows), `first`, `last` (days)
-- @treturn ?string JSON, as `wdt.report` has them by day
-- @treturn ?string why they can't be read
function M.fetch(o)
  local reports, err = report.open(o.to, { stockouts = o.name })
  if not reports then return nil, err end
  local list, why = reports:by_day("daily_sales", o.account, { from = o.first, to = o.last })
  reports:close()
  if not list then return nil, why end
  return json.encode(json.list(list))
end

return M
