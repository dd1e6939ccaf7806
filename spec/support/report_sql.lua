--- SQL that tells what the reports tell, written for itself: from the raw tables of one edition's
-- copy, by other ways than the views. Words in braces are an edition's names.
local M = {}

-- Tables and columns by edition; `alive`: a refund that counts; `main`: of its lines, those whose
-- goods come back.
M.editions = {
  enterprise = { id = "stockout_id", count = "goods_count", cost = "cost_price",
    lines = "stockouts_details_list", returned = "refunds_refund_order_list",
    amount = "refund_order_amount", alive = "r.process_status NOT IN (10, 40)", main = "1 = 1",
    postage = "post_amount", weight = "weight", area = "receiver_area", good = "1 = 1" },
  ultimate = { id = "stockout_id", count = "goods_count", cost = "cost_price",
    lines = "stockouts_details_list", returned = "refunds_detail_list",
    amount = "refund_amount", alive = "r.status <> 10", main = "l.gift_type IN (0, 128)",
    postage = "post_amount", weight = "weight", area = "receiver_area",
    good = "t.defect <> {yes}" },
  huice = { id = "stockout_id", count = "num", cost = "cost_price",
    lines = "stockouts_details_list", returned = "refunds_refund_order_list",
    amount = "refund_order_amount", alive = "r.process_status NOT IN (10, 40)",
    main = "l.gift_type = 0", weight = "weight", province = "s.receiver_province",
    good = "t.defect = 0" },
}

-- The day of a time, the first word of a text, and a truth value, as each database says them.
local DIALECTS = {
  sqlite = { day = "strftime('%%Y-%%m-%%d', %s)", yes = "1",
    word = "rtrim(substr(%s, 1, instr(%s || ' ', ' ')))" },
  postgres = { day = "to_char(%s, 'YYYY-MM-DD')", word = "(string_to_array(%s, ' '))[1]",
    yes = "TRUE" },
  mysql = { day = "DATE_FORMAT(%s, '%%Y-%%m-%%d')", word = "SUBSTRING_INDEX(%s, ' ', 1)",
    yes = "1" } }

local SOLD = [[
  sold AS (SELECT {day s.consign_time} AS d, s.shop_no AS shop, s.order_no AS no, l.spec_no AS sku,
      s.warehouse_no AS place, l.gift_type AS gift, l.{count} AS q, l.share_amount AS m,
      COALESCE(l.{cost}, 0) AS c
    FROM {lines} l INNER JOIN stockouts s ON s.{id} = l._{id}
    WHERE s.status IN (95, 105, 110, 113))]]

local function grouped(what, from, where)
  return ("(SELECT d, shop, sku, %s FROM %s WHERE %s GROUP BY d, shop, sku)"):format(what, from,
    where)
end

local ON = "ON %s.d = k.d AND %s.shop = k.shop AND %s.sku = k.sku"
local function joined(group, alias)
  return " LEFT JOIN " .. group .. " " .. alias .. " " .. (ON:gsub("%%s", alias))
end

local QM = "SUM(q) AS q, SUM(m) AS m"

M.queries = {
  daily_sales = "WITH " .. SOLD .. [[,
  back AS (SELECT {day r.refund_time} AS d, r.shop_no AS shop, l.spec_no AS sku,
      CASE WHEN r.type IN (2, 3, 21) AND {main} THEN l.refund_num ELSE 0 END AS q, l.{amount} AS m
    FROM {returned} l INNER JOIN refunds r ON r.refund_id = l._refund_id
    WHERE {alive} AND r.type IN (2, 3, 4, 6, 9, 11, 21)),
  k AS (SELECT d, shop, sku FROM sold UNION SELECT d, shop, sku FROM back)
  SELECT k.d AS day, k.shop AS shop_no, k.sku AS spec_no, a.q AS quantity, a.m AS amount,
    g.q AS gift_quantity, g.m AS gift_amount, b.q AS returned_quantity, b.m AS returned_amount,
    COALESCE(a.q, 0) - COALESCE(b.q, 0) AS net_quantity,
    COALESCE(a.m, 0) - COALESCE(b.m, 0) AS net_amount
  FROM k ]] .. joined(grouped(QM, "sold", "gift IN (0, 65, 128)"), "a")
    .. joined(grouped(QM, "sold", "gift NOT IN (0, 65, 128)"), "g")
    .. joined(grouped(QM, "back", "1 = 1"), "b"),
  margin = "WITH " .. SOLD .. [[,
  k AS (SELECT DISTINCT d, shop, sku FROM sold)
  SELECT k.d AS day, k.shop AS shop_no, k.sku AS spec_no,
    COALESCE(a.q, 0) + COALESCE(z.q, 0) AS quantity, COALESCE(a.m, 0) + COALESCE(z.m, 0) AS amount,
    a.cost, a.m - a.cost AS margin, z.n AS zero_cost_lines, z.m AS zero_cost_amount
  FROM k ]] .. joined(grouped(QM .. ", SUM(c * q) AS cost", "sold", "c <> 0"), "a")
    .. joined(grouped(QM .. ", COUNT(*) AS n", "sold", "c = 0"), "z"),
  zero_cost = "WITH " .. SOLD .. [[
  SELECT d AS day, shop AS shop_no, no AS order_no, sku AS spec_no, q AS quantity, m AS amount
  FROM sold WHERE NOT c <> 0]],
  freight = [[SELECT {day s.consign_time} AS day, s.logistics_name, {province} AS province,
    COUNT(s.{id}) AS orders, SUM(s.{weight}) AS weight, SUM(s.post_fee) AS freight,
    SUM({postage}) AS postage, SUM({postage} - s.post_fee) AS difference
  FROM stockouts s WHERE s.status IN (95, 105, 110, 113)
  GROUP BY {day s.consign_time}, s.logistics_name, {province}]],
  stock_days = "WITH " .. SOLD .. [[,
  held AS (SELECT t.warehouse_no AS place, t.spec_no AS sku, SUM(t.stock_num) AS n FROM stock t
    WHERE {good} GROUP BY t.warehouse_no, t.spec_no),
  gone AS (SELECT place, sku, SUM(q) AS q FROM sold WHERE d > '{since}' GROUP BY place, sku)
  SELECT h.place AS warehouse_no, h.sku AS spec_no, h.n AS stock,
    COALESCE(g.q, 0) AS shipped_30_days, h.n * 30.0 / g.q AS days_left
  FROM held h LEFT JOIN gone g ON g.place = h.place AND g.sku = h.sku]],
}

--- A report's figures, by SQL of our own.
-- @tparam string name of the report
-- @tparam string edition
-- @tparam string dialect `"sqlite"`, `"postgres"` or `"mysql"`
-- @tparam ?string since the day after which goods count as shipped lately
-- @treturn string
function M.query(name, edition, dialect, since)
  local words = { since = since, yes = DIALECTS[dialect].yes }
  for word, value in pairs(M.editions[edition]) do words[word] = value end
  words.postage = words.postage and "s." .. words.postage
    or "NULLIF(s.post_fee, s.post_fee)" -- NULL, as a number
  words.province = words.province
    or DIALECTS[dialect].word:gsub("%%s", function() return "s." .. words.area end)
  local function fill(text)
    return (text:gsub("{day ([%w_.]+)}", function(column)
      return DIALECTS[dialect].day:format(column)
    end):gsub("{(%l+)}", words))
  end
  return fill(fill(M.queries[name]))
end

return M
