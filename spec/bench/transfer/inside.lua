--- The gateway of the end-to-end comparison, inside nginx: pages made beforehand, served as files,
-- one for each second. Whatever window is asked for, the total is that of the world: so many rows a
-- second.
local beijing = require "wdt.beijing"
local ngx = ngx -- luacheck: globals ngx

local M = {}

local ROWS = 100 -- of each second

-- A page whose total is another: of a window that is longer than a second, its first page.
local function with_total(path, total)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return (text:gsub('"total_count":%d+', '"total_count":' .. total, 1))
end

--- Answers a call, after `latency` seconds.
-- @tparam string folder of the pages, whose names are epoch seconds
-- @tparam number latency
function M.answer(folder, latency)
  ngx.req.read_body()
  local params = ngx.req.get_post_args()
  local start, stop = beijing.parse(params.start_time), beijing.parse(params.end_time)
  if latency > 0 then ngx.sleep(latency) end
  if start ~= stop then return ngx.print(with_total(
    folder .. "/" .. start, (stop - start + 1) * ROWS)) end
  ngx.req.set_method(ngx.HTTP_GET)
  return ngx.exec("/pages/" .. start)
end

return M
