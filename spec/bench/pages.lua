--- Pages of stockout orders for the benchmarks: each order differs from every other, and the same
-- seed gives the same bytes.
--
-- Shaped like the enterprise sample: 94 members an order, 47 a detail line, every scalar a string,
-- one null.
local concat, floor, format = table.concat, math.floor, string.format

local M = {}

-- A small generator of its own, so that every Lua makes the same pages.
local function generator(seed)
  local state = seed % 2147483647
  if state == 0 then state = 1 end
  return function(n) -- 0 .. n - 1
    state = (state * 16807) % 2147483647
    return state % n
  end
end

local surnames = { "张", "王", "李", "赵", "陈", "刘", "欧阳", "司徒" }
local given = { "伟", "小鹏", "建国", "秀英", "思远", "雨桐", "子轩", "梓涵" }
local places = { "上海 上海市 虹口区", "广东省 深圳市 南山区", "浙江省 杭州市 余杭区", "四川省 成都市 武侯区", "北京 北京市 朝阳区" }
local streets = { "龙茗路", "科技园北区", "文一西路", "天府大道", "建国路" }
local carriers = { "顺丰快递", "圆通速递", "中通快递", "韵达快递", "京东物流" }
local goods = { "旺店通手持终端", "夏季短袖T恤 男款", "无线蓝牙耳机", "保温杯 500ml", "儿童积木玩具 \"大颗粒\"" }

local function draw(random)
  local r = {}
  function r.int(n) return format("%d", random(n)) end
  function r.money() return format("%d.%04d", random(2000), random(100) * 100) end
  function r.flag() return random(4) == 0 and "1" or "0" end
  function r.time() return format("2026-11-%02d %02d:%02d:%02d", 1 + random(30), random(24),
    random(60), random(60)) end
  function r.code(prefix, digits)
    local out = { prefix }
    for i = 1, digits do out[i + 1] = random(10) end
    return concat(out)
  end
  function r.pick(list) return list[1 + random(#list)] end
  function r.name() return r.pick(surnames) .. r.pick(given) end
  function r.rarely(text) return random(5) == 0 and text or "" end
  return r
end

local function detail(r, id, line)
  local price, no = r.money(), r.code("SP", 8)
  return {
    { "rec_id", format("%d", id * 10 + line) }, { "stockout_id", format("%d", id) },
      { "spec_no", no },
    { "goods_count", format("%d.0000", 1 + tonumber(r.int(9))) }, { "total_amount", r.money() },
      { "paid", price },
    { "sell_price", price }, { "remark", r.rarely("赠品") }, { "goods_name", r.pick(goods) },
      { "goods_no", r.code("WDT", 6) },
    { "brand_no", r.code("BD", 12) }, { "brand_name", "旺店通" },
      { "spec_name", r.pick(goods) .. r.int(100) .. "型" },
    { "spec_code", r.code("BLACK", 3) }, { "cost_price", r.money() }, { "weight", r.money() },
      { "goods_id", r.int(100000) },
    { "spec_id", r.int(100000) }, { "prop1", "" }, { "prop2", "" }, { "prop3", "" },
      { "prop4", "" }, { "prop5", "" },
    { "prop6", "" }, { "platform_id", r.int(100) }, { "refund_status", r.flag() },
      { "market_price", r.money() },
    { "discount", "0.0000" }, { "share_amount", price }, { "tax_rate", "0.0000" },
      { "barcode", no },
    { "unit_name", nil }, { "sale_order_id", r.int(1000000) }, { "share_post", "0.0000" },
      { "gift_type", r.flag() },
    { "src_oid", r.code("AD", 12) }, { "src_tid", r.code("1155", 14) .. "-1" },
      { "from_mask", "131072" }, { "goods_type", "1" },
    { "batch_no", "" }, { "suite_no", r.rarely(r.code("ZH", 6)) }, { "good_prop1", "" },
      { "good_prop2", "" },
    { "good_prop3", "" },
    { "good_prop4", "" }, { "good_prop5", "" }, { "good_prop6", "" },
  }
end

local function order(r, id, lines)
  local tid, trade, place, time = r.code("1155", 14) .. "-1", r.code("JY2026", 10), r.pick(places),
    r.time()
  local details = {}
  for line = 1, lines do details[line] = detail(r, id, line) end
  local province, city, district = place:match("^(%S+) (%S+) (%S+)$")
  return {
    { "stockout_id", format("%d", id) }, { "order_no", r.code("CK2026", 8) },
      { "src_order_no", trade },
    { "warehouse_no", r.code("WH", 2) }, { "consign_time", time }, { "status", "95" },
      { "order_type", "1" },
    { "goods_count", format("%d.0000", lines) }, { "goods_total_amount", r.money() },
      { "goods_total_cost", r.money() },
    { "post_fee", "0.0000" }, { "logistics_no", r.code("SF", 13) }, { "package_fee", "0.0000" },
      { "receiver_name", r.name() },
    { "receiver_country", "0" }, { "receiver_province", province }, { "receiver_city", city },
    { "receiver_district", district },
    { "receiver_address", r.pick(streets) .. r.int(900) .. "号" .. r.int(30) .. "室" },
      { "receiver_mobile", r.code("13", 9) },
    { "receiver_telno", "" }, { "receiver_zip", r.code("", 6) },
      { "remark", r.rarely("周末送货\n请先电话") },
    { "weight", r.money() }, { "stockout_reason", "" }, { "subtype", "" }, { "outer_no", "" },
      { "operator_name", "admin" },
    { "logistics_type", r.int(40) }, { "logistics_code", r.code("LG", 3) },
      { "logistics_name", r.pick(carriers) },
    { "bad_reason", "0" }, { "receiver_dtb", city .. " " .. district }, { "print_remark", "" },
      { "paid", r.money() },
    { "refund_status", r.flag() }, { "trade_type", "2" }, { "salesman_no", "admin" },
      { "fullname", r.name() },
    { "salesman_name", r.name() }, { "trade_status", "95" },
      { "warehouse_name", "测试仓库" .. r.int(20) },
    { "block_reason", "0" },
    { "print_batch_no", r.rarely(r.code("PC", 8)) }, { "trade_no", trade }, { "src_trade_no", tid },
    { "nick_name", r.code("nick", 5) },
    { "customer_no", r.code("KH2026", 8) }, { "customer_name", r.name() },
      { "trade_time", r.time() }, { "pay_time", r.time() },
    { "flag_name", r.rarely("VIP") }, { "post_amount", "0.0000" }, { "id_card_type", "0" },
      { "id_card", "" },
    { "receiver_area", place }, { "shop_name", "测试店铺" .. r.int(50) },
      { "shop_no", r.code("SH", 3) },
    { "shop_remark", r.rarely("勿更改本店铺内容") }, { "modified", time },
      { "buyer_message", r.rarely("请发顺丰 😀") },
    { "cs_remark", r.rarely("发\"顺丰\"快递") }, { "invoice_type", "0" }, { "invoice_title", "" },
      { "invoice_content", "" },
    { "invoice_id", "0" }, { "cod_amount", "0.0000" }, { "delivery_term", "1" },
      { "fenxiao_type", "0" }, { "fenxiao_nick", "" },
    { "platform_id", r.int(100) }, { "trade_id", r.int(10000000) }, { "employee_no", "admin" },
      { "checker_name", r.name() },
    { "discount", r.money() }, { "src_tids", tid }, { "tax", "0.0000" }, { "tax_rate", "0.0000" },
      { "currency", "" },
    { "created", r.time() }, { "stock_check_time", r.time() }, { "packager_no", "SYSTEM" },
      { "packager_name", "系统" },
    { "picker_no", "SYSTEM" }, { "picker_name", r.name() }, { "printer_no", "SYSTEM" },
      { "printer_name", "系统" },
    { "examiner_no", "SYSTEM" }, { "examiner_name", r.name() }, { "order_type_name", "销售订单" },
    { "receiver_province_code", r.code("", 6) }, { "receiver_city_code", r.code("", 6) },
    { "receiver_district_code", r.code("", 6) },
    { "details_list", details },
  }
end

-- ---- writing it as JSON ----

local short = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape_unicode(sequence)
  local lead = sequence:byte(1)
  local c
  if lead >= 240 then c = lead - 240 elseif lead >= 224 then c = lead - 224 else c = lead - 192 end
  for i = 2, #sequence do c = c * 64 + sequence:byte(i) - 128 end
  if c < 65536 then return format("\\u%04x", c) end
  c = c - 65536
  return format("\\u%04x\\u%04x", 55296 + floor(c / 1024), 56320 + c % 1024)
end

local function write_string(text, how)
  text = text:gsub('["\\\n\r\t]', short)
  if how.escaped then
    text = text:gsub("[\194-\244][\128-\191]+", function(run)
      return (run:gsub("[\194-\244][\128-\191]*", escape_unicode))
    end):gsub("/", "\\/")
  end
  return '"' .. text .. '"'
end

local write_list

local function write_object(members, how, indent)
  local out, inner = {}, indent .. "    "
  for i, member in ipairs(members) do
    local name, value = member[1], member[2]
    local text
    if type(value) == "table" then
      text = write_list(value, how, inner)
    elseif value == nil then
      text = "null"
    else
      text = write_string(value, how)
    end
    out[i] = (how.pretty and inner or "") .. '"' .. name .. (how.pretty and '": ' or '":') .. text
  end
  if how.pretty then return "{\n" .. concat(out, ",\n") .. "\n" .. indent .. "}" end
  return "{" .. concat(out, ",") .. "}"
end

function write_list(items, how, indent)
  local out = {}
  for i, item in ipairs(items) do out[i] = write_object(item, how, indent) end
  return "[" .. concat(out, how.pretty and ", " or ",") .. "]"
end

--- One page.
-- @tparam number seed which page
-- @tparam[opt] table how `pretty` (indented like the sample), `escaped` (Chinese as \uXXXX, as PHP
-- writes it),
--   `orders` (100), `lines` (1 or 2 detail lines an order; or a fixed number), `strange` (members
--   no one has seen before)
-- @treturn string JSON
function M.page(seed, how)
  how = how or {}
  local random = generator(seed * 7919 + 17)
  local r, orders = draw(random), {}
  for i = 1, how.orders or 100 do
    local lines = how.lines or 1 + floor(random(10) / 5)
    local row = order(r, seed * 100000 + i, lines)
    if how.strange then
      for _, member in ipairs(row) do member[1] = member[1] .. "_" .. i .. "_" .. seed end
    end
    orders[i] = row
  end
  local list = write_list(orders, how, "    ")
  if how.pretty then
    return '{\n    "code": 0,\n    "message": "succeed",\n    "total_count": 12345,\n    '
      .. '"stockout_list": ' .. list .. "\n}\n"
  end
  return '{"code":0,"message":"succeed","total_count":12345,"stockout_list":' .. list .. "}"
end

--- A text in pieces, as libcurl hands it over.
function M.cut(text, size)
  local pieces = {}
  for i = 1, #text, size do pieces[#pieces + 1] = text:sub(i, i + size - 1) end
  return pieces
end

return M
