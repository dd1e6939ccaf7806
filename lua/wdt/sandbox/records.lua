--- Rows as the two gateways write them: the fields, their order and their types are those of the
-- seeds' samples (seed E §6.1: every scalar is text; seed U §6.1: ids and statuses are numbers).
--
-- All that a row shows beyond the world's own fields is derived from (seed, id), so that it never
-- changes while the row does: Chinese names, quotes, backslashes, line ends, emoji, null and empty
-- values, none to many detail lines.
-- @module wdt.sandbox.records
local random = require "wdt.sandbox.random"
local beijing = require "wdt.beijing"
local floor, concat, format, type = math.floor, table.concat, string.format, type

local M31 = 2147483647
local DAY = 86400

local NAMES = { "小鹏", "王芳", "李娜", "张伟", "欧阳夏丹", "刘\"大壮\"", "O'Brien 陈", "赵敏", "😀林", "周\\杰" }
local PLACES = {
  { "上海", "上海市", "虹口区", "310000", "310100", "310109" },
    { "浙江省", "杭州市", "西湖区", "330000", "330100", "330106" },
  { "广东省", "深圳市", "南山区", "440000", "440300", "440305" },
    { "北京", "北京市", "朝阳区", "110000", "110100", "110105" },
  { "新疆维吾尔自治区", "乌鲁木齐市", "天山区", "650000", "650100", "650102" },
}
local STREETS = { "龙茗路%d号", "建国路%d弄", "科技园\"南区\"%d栋", "人民路%d号\\B座", "解放大道%d号\t3单元", "幸福里%d号🏠" }
local LOGISTICS = { { "8", "SF001", "顺丰快递" }, { "4", "ZTO01", "中通快递" }, { "6", "YTO/02", "圆通速递" },
  { "3", "EMS", "EMS" } }
local WORDS = { "", "", "", "", "请发顺丰", "尽快发货\n谢谢", "不要\"拼单\"", "礼物🎁包装一下", "放门口\\丰巢", "电话联系\r\n勿敲门",
  "null", "[]{},:" }
local FLAGS = { "", "", "VIP", "急单" }
local GOODS = {
  { "WDTPDA", "旺店通手持终端", "黑色006型", "BLACK006", 9900 },
    { "TEA01", "明前龙井\"特级\"", "250g/罐", "TEA-250", 26800 },
  { "SOCK", "纯棉袜子", "5双装", "SOCK5", 2990 }, { "MUG🎉", "周年纪念杯", "350ml\\白", "MUG-W", 4550 },
  { "GIFT", "赠品贺卡", "", "CARD", 0 }, { "PHONE", "手机壳 iPhone 15", "透明", "CASE/15", 1999, true },
}
local ZERO = "0000-00-00 00:00:00" -- how the ERP's database writes "never"

local M = {}

-- ---- jSON strings ----

local SHORT = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
  ["\b"] = "\\b", ["\f"] = "\\f",
  ["/"] = "\\/" }

local function control(c)
  return SHORT[c] or format("\\u%04x", c:byte())
end

-- One UTF-8 sequence as \u escapes; a surrogate pair beyond the basic plane.
local function unicode(seq)
  local a, b, c, d = seq:byte(1, 4)
  local code
  if d then
    code = (a - 240) * 262144 + (b - 128) * 4096 + (c - 128) * 64 + d - 128
    code = code - 65536
    return format("\\u%04x\\u%04x", 55296 + floor(code / 1024), 56320 + code % 1024)
  elseif c then
    code = (a - 224) * 4096 + (b - 128) * 64 + c - 128
  else
    code = (a - 192) * 64 + b - 128
  end
  return format("\\u%04x", code)
end

local QUOTERS = {}
function QUOTERS.none(s)
  if s:find('[%c"\\]') then s = s:gsub('[%c"\\]', control) end
  return '"' .. s .. '"'
end
function QUOTERS.unicode(s)
  if s:find('[%c"\\]') then s = s:gsub('[%c"\\]', control) end
  return '"' .. s:gsub("[\194-\244][\128-\191]+", unicode) .. '"'
end
-- As PHP's json_encode writes by default: \u for everything beyond ASCII, and \/ for a slash.
function QUOTERS.php(s)
  return '"' .. s:gsub('[%c"\\/]', control):gsub("[\194-\244][\128-\191]+", unicode) .. '"'
end
M.QUOTERS = QUOTERS

-- Times -------------------------------------------------------------------------------------------

local last_day, last_date

--- `YYYY-MM-DD HH:MM:SS`, Beijing; nil is the database's zero.
local function stamp(t)
  if not t then return ZERO end
  local local_time = t + 28800
  local day = floor(local_time / DAY)
  if day ~= last_day then last_day, last_date = day, beijing.format(t):sub(1, 11) end
  local rest = local_time - day * DAY
  return format("%s%02d:%02d:%02d", last_date, floor(rest / 3600), floor(rest / 60) % 60, rest % 60)
end
M.stamp = stamp

local function money(cents)
  return format("%d.%02d00", floor(cents / 100), cents % 100)
end

-- ---- the enterprise row ----
-- A field is a name and a constant text, or a name and a key of the row's context. "any": text, or
-- null; "plain": text that needs no escapes; "pool": one of few texts, so that its quoted form can
-- be remembered.

local function source(how)
  return function(key) return { key = key, how = how } end
end
local any, plain, pool = source "any", source "plain", source "pool"

local ORDER = {
  { "stockout_id", plain "id" }, { "order_no", any "no" }, { "src_order_no", any "src_order_no" },
  { "warehouse_no", pool "warehouse_no" }, { "consign_time", plain "consign_time" },
    { "status", plain "status" },
  { "order_type", "1" }, { "goods_count", plain "count" }, { "goods_total_amount", plain "amount" },
  { "goods_total_cost", "0.0000" }, { "post_fee", plain "post_fee" },
    { "logistics_no", plain "logistics_no" },
  { "package_fee", "0.0000" }, { "receiver_name", pool "name" }, { "receiver_country", "0" },
  { "receiver_province", pool "province" }, { "receiver_city", pool "city" },
  { "receiver_district", pool "district" }, { "receiver_address", any "address" },
  { "receiver_mobile", plain "mobile" }, { "receiver_telno", "" }, { "receiver_zip", "10089" },
  { "remark", pool "remark" }, { "weight", plain "weight" }, { "stockout_reason", "" },
    { "subtype", "" },
  { "outer_no", "" }, { "operator_name", "admin" }, { "logistics_type", pool "logistics_type" },
  { "logistics_code", pool "logistics_code" }, { "logistics_name", pool "logistics_name" },
    { "bad_reason", "0" },
  { "receiver_dtb", pool "town" }, { "print_remark", "" }, { "paid", plain "amount" },
  { "refund_status", plain "refund_status" }, { "trade_type", "2" }, { "salesman_no", "admin" },
  { "fullname", "admin" }, { "salesman_name", "admin" }, { "trade_status", plain "status" },
  { "warehouse_name", pool "warehouse_name" }, { "block_reason", "0" }, { "print_batch_no", "" },
  { "trade_no", any "src_order_no" }, { "src_trade_no", any "tids" }, { "nick_name", any "nick" },
  { "customer_no", plain "customer_no" }, { "customer_name", pool "name" },
    { "trade_time", plain "created" },
  { "pay_time", plain "created" }, { "flag_name", pool "flag" },
    { "post_amount", plain "post_amount" },
  { "id_card_type", "0" }, { "id_card", "" }, { "receiver_area", pool "area" },
    { "shop_name", pool "shop_name" },
  { "shop_no", pool "shop_no" }, { "shop_remark", "勿更改本店铺内容" }, { "modified", plain "modified" },
  { "buyer_message", pool "message" }, { "cs_remark", pool "note" }, { "invoice_type", "0" },
  { "invoice_title", "" }, { "invoice_content", "" }, { "invoice_id", "0" },
    { "cod_amount", "0.0000" },
  { "delivery_term", "1" }, { "fenxiao_type", "0" }, { "fenxiao_nick", "" },
  { "platform_id", plain "platform_id" },
  { "trade_id", plain "trade_id" }, { "employee_no", "admin" }, { "checker_name", "admin" },
  { "discount", "0.0000" }, { "src_tids", any "tids" }, { "tax", "0.0000" },
    { "tax_rate", "0.0000" },
  { "currency", "" }, { "created", plain "created" }, { "stock_check_time", plain "check_time" },
  { "packager_no", "SYSTEM" }, { "packager_name", "系统" }, { "picker_no", "SYSTEM" },
    { "picker_name", "系统" },
  { "printer_no", "SYSTEM" }, { "printer_name", "系统" }, { "examiner_no", "SYSTEM" },
  { "examiner_name", "系统" }, { "order_type_name", "销售订单" },
  { "receiver_province_code", pool "province_code" }, { "receiver_city_code", pool "city_code" },
  { "receiver_district_code", pool "district_code" },
}

local LINE = {
  { "rec_id", plain "rec_id" }, { "stockout_id", plain "id" }, { "spec_no", pool "spec_no" },
  { "goods_count", plain "line_count" }, { "total_amount", plain "line_amount" },
    { "paid", plain "line_amount" },
  { "sell_price", plain "price" }, { "remark", "" }, { "goods_name", pool "goods_name" },
  { "goods_no", pool "goods_no" }, { "brand_no", "BD201811230002" }, { "brand_name", "旺店通" },
  { "spec_name", pool "spec_name" }, { "spec_code", pool "spec_code" },
    { "cost_price", plain "cost_price" },
  { "weight", "0.0000" }, { "goods_id", plain "goods_id" }, { "spec_id", plain "goods_id" },
    { "prop1", "" },
  { "prop2", "" }, { "prop3", "" }, { "prop4", "" }, { "prop5", "" }, { "prop6", "" },
    { "platform_id", plain "platform_id" },
  { "refund_status", "0" }, { "market_price", plain "price" }, { "discount", "0.0000" },
  { "share_amount", plain "line_amount" }, { "tax_rate", "0.0000" }, { "barcode", pool "spec_no" },
  { "unit_name", pool "unit" }, { "sale_order_id", plain "rec_id" }, { "share_post", "0.0000" },
  { "gift_type", plain "gift_type" }, { "src_oid", plain "oid" }, { "src_tid", any "tid" },
  { "from_mask", "131072" }, { "goods_type", "1" }, { "batch_no", "" }, { "suite_no", "" },
    { "good_prop1", "" },
  { "good_prop2", "" }, { "good_prop3", "" }, { "good_prop4", "" }, { "good_prop5", "" },
    { "good_prop6", "" },
}

local function pick(list, s) return list[floor(s / M31 * #list) + 1] end

-- Everything about a row that does not stand in the world.
local function context(seed, r)
  local s = random.start(seed + 1, r.id)
  local c = { row = r, id = format("%d", r.id), no = r.no, src_order_no = r.src_order_no,
    tid = r.src_tid, tids = r.src_tid,
    status = format("%d", r.status), refund_status = r.status == 5 and "3" or "0", lines = {},
    warehouse_no = r.warehouse_no, warehouse_name = r.warehouse_no .. "号仓", shop_no = r.shop_no,
    shop_name = r.shop_no .. "店铺",
    consign_time = stamp(r.consign_time), modified = stamp(r.modified), created = stamp(r.created),
    check_time = stamp(r.check_time) }
  local function draw()
    s = s * 48271 % M31
    return s
  end
  c.customer_no = "KH" .. c.id
  local place, logistics
  c.name, place, logistics = pick(NAMES, draw()), pick(PLACES, draw()), pick(LOGISTICS, draw())
  c.province, c.city, c.district = place[1], place[2], place[3]
  c.province_code, c.city_code, c.district_code = place[4], place[5], place[6]
  c.town, c.area = c.city .. " " .. c.district, concat(place, " ", 1, 3)
  c.logistics_type, c.logistics_code, c.logistics_name = logistics[1], logistics[2], logistics[3]
  c.address = format(pick(STREETS, draw()), draw() % 999 + 1)
  c.mobile = draw() % 8 == 0 and "" or format("13%09d", draw() % 1000000000)
  c.remark, c.message, c.note, c.flag = pick(WORDS, draw()), pick(WORDS, draw()),
    pick(WORDS, draw()), pick(FLAGS, draw())
  if draw() % 16 == 0 then c.message = nil end
  c.nick = format("买家%05d", draw() % 100000)
  c.trade_id = format("%d", r.id % 1000000 + 168498)
  c.logistics_no = r.consign_time and format("SF%012d", draw() * 397 % 1000000000000) or ""
  -- a merged order
  if draw() % 32 == 0 then c.tids = r.src_tid .. "," .. r.src_tid:gsub("^1155", "2255") end
  local p = draw() % 100
  local n = p < 4 and 0 or p < 60 and 1 or p < 80 and 2 or p < 97 and 3 + p % 3 or 20
  local count, amount = 0, 0
  for i = 1, n do
    local goods, q = pick(GOODS, draw()), draw() % 3 + 1
    c.lines[i] = { goods = goods, q = q, unit = draw() % 3 == 0 and "件" or nil }
    count, amount = count + q, amount + q * goods[5]
  end
  c.platform_id = r.taobao and "1" or "0"
  if r.taobao then -- no route tells who bought
    c.name, c.address, c.mobile, c.nick = "", "", "", ""
  end
  -- what the carrier costs, and what the buyer paid for it
  c.post_fee, c.post_amount = money(450 + r.id % 7 * 135), r.id % 3 == 0 and "8.0000" or "0.0000"
  c.count, c.amount, c.weight = format("%d.0000", count), money(amount), money(count * 25)
  return c
end

M.context, M.GOODS, M.money = context, GOODS, money

local function line_context(c, i)
  local line = c.lines[i]
  local goods = line.goods
  c.goods_no, c.goods_name, c.spec_name, c.spec_code = goods[1], goods[2], goods[2] .. goods[3],
    goods[4]
  c.unit, c.line_count, c.price, c.gift_type = line.unit, format("%d.0000", line.q),
    money(goods[5]), goods[5] == 0 and "1" or "0"
  -- of gifts and of one good, no cost is kept
  c.cost_price = goods[6] and "0.0000" or money(floor(goods[5] * 6 / 10))
  c.line_amount, c.spec_no = money(line.q * goods[5]), goods[1] .. "-" .. goods[4]
  c.rec_id, c.goods_id = format("%d", c.row.id * 32 + i), format("%d", #goods[1])
  c.oid = format("AD%s%02d", c.id, i)
end
M.line_context = line_context

-- Text around the values: constants melt into it, and so do the quotes of plain values.
local function compile(fields, quote, pretty, indent)
  local pieces, keys, hows = {}, {}, {}
  local text = "{"
  for i = 1, #fields do
    local field = fields[i]
    text = text .. (i > 1 and "," or "") .. (pretty and "\n" .. indent .. "    " or "") .. '"'
      .. field[1] .. '":'
      .. (pretty and " " or "")
    if type(field[2]) == "string" then
      text = text .. quote(field[2])
    else
      local n, mark = #pieces + 1, field[2].how == "plain" and '"' or ""
      pieces[n], keys[n], hows[n] = text .. mark, field[2].key, field[2].how
      text = mark
    end
  end
  return { pieces = pieces, keys = keys, hows = hows, rest = text }
end

local function fill(self, out, n, template, c)
  local pieces, keys, hows, memo = template.pieces, template.keys, template.hows, self.memo
  for i = 1, #pieces do
    local v, how = c[keys[i]], hows[i]
    if v == nil then
      v = "null"
    elseif how == "pool" then
      local quoted = memo[v]
      if not quoted then
        quoted = self.quote(v)
        memo[v] = quoted
      end
      v = quoted
    elseif how == "any" then
      v = self.quote(v)
    end
    out[n + 1], out[n + 2] = pieces[i], v
    n = n + 2
  end
  out[n + 1] = template.rest
  return n + 1
end


--- One enterprise order, with its details.
-- @tparam Writer self
-- @tparam table r
-- @treturn string
function M.enterprise(self, r)
  if self.short then
    local consign, modified, created = stamp(r.consign_time), stamp(r.modified), stamp(r.created)
    return format(
      '{"stockout_id":"%d","order_no":%s,"src_order_no":%s,"warehouse_no":%s,"consign_time":"%s",'
      .. '"status":"%d","shop_no":%s,"modified":"%s","created":"%s"}', r.id, self.quote(r.no),
        self.quote(r.src_order_no),
      self.quote(r.warehouse_no), consign, r.status, self.quote(r.shop_no), modified, created)
  end
  local c = context(self.seed, r)
  local out = {}
  local n = fill(self, out, 0, self.order, c)
  out[n + 1] = self.details_open
  n = n + 1
  for i = 1, #c.lines do
    if i > 1 then
      n = n + 1
      out[n] = self.pretty and ", " or ","
    end
    line_context(c, i)
    n = fill(self, out, n, self.line, c)
    n = n + 1
    out[n] = self.pretty and "\n        }" or "}"
  end
  out[n + 1] = self.pretty and "]\n    }" or "]}"
  return concat(out)
end

--- One row of wms.stockout.Sales.searchCancel. Its status is any of seed U §4, as the ERP's own
-- life goes on after the cancel.
-- @tparam Writer self
-- @tparam table r
-- @treturn string
function M.cancelled(self, r)
  local status = r.wire_status or M.cancel_status(self.seed, r.id)
  if self.pretty then
    return format(
      '{\n            "stockout_no": %s,\n            "modified": "%s",\n            '
        .. '"stockout_id": %d,\n'
      .. '            "status": %d\n        }', self.quote(r.no), stamp(r.modified), r.id, status)
  end
  return format('{"stockout_no":%s,"modified":"%s","stockout_id":%d,"status":%d}', self.quote(r.no),
    stamp(r.modified), r.id,
    status)
end

local CANCEL_STATUS = { 5, 5, 5, 5, 5, 5, 110, 110, 110, 10, 51, 53, 54, 60, 61, 63, 65, 70, 73, 75,
  77, 79, 90 }

--- The status that searchCancel shows for a row.
-- @treturn integer
function M.cancel_status(seed, id)
  return CANCEL_STATUS[random.mix(seed + 2, id) % #CANCEL_STATUS + 1]
end

--- A writer of rows.
-- @tparam table o `seed`; `pretty`; `escape` = `"none"`, `"unicode"` (\u beyond ASCII) or `"php"`
-- (and `\/`); `fields = "short"`: ids, numbers, times, status, shop and warehouse only
function M.writer(o)
  local quote = QUOTERS[o.escape or "none"]
  local pretty = o.pretty or false
  return {
    seed = o.seed, quote = quote, memo = {}, pretty = pretty, short = o.fields == "short",
    order = compile(ORDER, quote, pretty, "    "), line = compile(LINE, quote, pretty, "        "),
    details_open = pretty and ',\n        "details_list": [' or ',"details_list":[',
  }
end

return M
