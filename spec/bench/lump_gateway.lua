--- A gateway that is cheap enough to serve a million rows: all of them stand in one stretch of
-- hours. Honest pages in an order that means nothing, distinct rows, the real total; it checks no
-- signature. Runs in nginx, as spec/bench/lump.lua configures it.
local beijing = require "wdt.beijing"

local M = {}

local SECONDS = 10 * 3600

local ROW = '{"stockout_id":%d,"order_no":"CK%012d","src_order_no":"JY%012d","status":95,'
  .. '"shop_no":"dy%d","warehouse_no":"wh%d","logistics_no":"SF%013d","consign_time":"%s",'
  .. '"modified":"%s","receiver_name":"张%d","receiver_mobile":"138****%04d",'
  .. '"receiver_area":"浙江省 杭州市 余杭区","receiver_address":"文一西路 %d 号","goods_amount":"%d.90",'
  .. '"post_amount":"0.0000","remark":"","details_list":[{"rec_id":%d,"spec_no":"SKU%05d",'
  .. '"goods_name":"纯棉短袖 T 恤","goods_count":"1.0000","sell_price":"%d.90","remark":""}]}'

local function gcd(a, b) return b == 0 and a or gcd(b, a % b) end

-- Rows i of 1 to `rows` stand evenly over the stretch. The first that is not before a second.
local function first_of(rows, second)
  return math.max(1, math.min(rows + 1, math.ceil(second * rows / SECONDS) + 1))
end

local function row_of(i, from, rows)
  local at = beijing.format(from + math.floor((i - 1) * SECONDS / rows))
  return ROW:format(i, i, i * 7 % 1000003, i % 40, i % 4, i * 31, at, at, i % 90, i % 10000,
    i % 900,
    i % 300, 2 * i, i * 13 % 99999, i % 300)
end

-- A page of the rows from `first` to `last`, in steps that meet each of them.
local function page(first, last, number, size, from, rows)
  local n, list = last - first + 1, {}
  local step = math.max(1, math.floor(n * 0.618))
  while gcd(step, n) > 1 do step = step + 1 end
  for k = number * size, math.min(n, (number + 1) * size) - 1 do
    list[#list + 1] = row_of(first + k * step % n, from, rows)
  end
  return list
end

--- Answers the request of this nginx location.
-- @tparam integer from epoch seconds: where the stretch begins
-- @tparam integer rows in it
function M.serve(from, rows)
  local ngx = rawget(_G, "ngx")
  ngx.req.read_body()
  local asked = ngx.req.get_post_args(100)
  local first = first_of(rows, beijing.parse(asked.start_time) - from)
  local last = first_of(rows, beijing.parse(asked.end_time) - from + 1) - 1
  local number, total = tonumber(asked.page_no), last - first + 1
  local list = page(first, last, number, tonumber(asked.page_size), from, rows)
  ngx.print('{"code":0,"message":"ok",', number == 0 and ('"total_count":%d,'):format(total) or "",
    '"stockout_list":[', table.concat(list, ","), "]}")
end

return M
