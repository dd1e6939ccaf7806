--- Sales by day, out of the copy of an account's stockouts. The database is asked in a thread of
-- nginx's pool; its answer is kept for a minute, for all workers.
-- @module wdt.serve.sales
local beijing = require "wdt.beijing"
local cjson = require "cjson"
local duration = require "wdt.duration"
local ngx = require "ngx"
local tostring = tostring

local M = {}

-- Seconds for which figures are kept.
local KEPT = 60

--- Figures of the last days.
-- @tparam string account
-- @tparam ?table stream `{ name, to }` of its stockouts; nil: there is none
-- @tparam string sid whose rows
-- @tparam integer days how many, up to today
-- @treturn {table...} `day` and texts by column of the report `daily_sales`: days with sales alone
-- @treturn ?string why they can't be read, for the log
function M.of(account, stream, sid, days)
  if not stream then return {} end
  local dict, key = ngx.shared.wdt_serve, ("sales %s %d"):format(account, days)
  local text = dict:get(key)
  if text then return cjson.decode(text) end
  local now = ngx.time()
  local fine, got, detail = ngx.run_worker_thread("wdt", "wdt.serve.sales_rows", "fetch",
    { to = stream.to, name = stream.name, account = sid,
      first = beijing.format(now - (days - 1) * duration.DAY):sub(1, 10),
      last = beijing.format(now):sub(1, 10) })
  if not fine then return {}, tostring(got) end
  if not got then return {}, detail end
  dict:set(key, got, KEPT)
  return cjson.decode(got)
end

return M
