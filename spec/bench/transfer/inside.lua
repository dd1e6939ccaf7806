--- The gateway of the end-to-end comparisons, inside nginx: an order a second, in the order of
-- time.
local beijing = require "wdt.beijing"
local ngx = ngx -- luacheck: globals ngx

local M = {}

local orders -- of the whole world, as JSON

local function read(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

--- Answers a call, after `latency` seconds.
-- @tparam string path of a file of the orders, a line each
-- @tparam integer first epoch seconds of the first one
-- @tparam number latency
function M.answer(path, first, latency)
  orders = orders or read(path)
  ngx.req.read_body()
  local params = ngx.req.get_post_args()
  local size = tonumber(params.page_size)
  local from = math.max(beijing.parse(params.start_time) - first + 1, 1)
  local to = math.min(beijing.parse(params.end_time) - first + 1, #orders)
  local begin = from + params.page_no * size
  if latency > 0 then ngx.sleep(latency) end
  ngx.print('{"code":0,"message":"succeed","total_count":', math.max(to - from + 1, 0),
    ',"stockout_list":[', table.concat(orders, ",", begin, math.min(begin + size - 1, to)), "]}")
end

return M
