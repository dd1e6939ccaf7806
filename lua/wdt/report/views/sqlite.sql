-- Reports in SQLite: views over the tables that `wdt sync` fills (docs/tables.md).
--
-- A report begins with `-- report: NAME`, a part that reports share with `-- part: NAME`; {NAME}
-- puts a part in. Other names in braces differ between copies: {stockouts} is a table,
-- {stockouts.lines} that of its lines, {stockouts.join} what joins them as `a` and `b`; {a.x|y} is
-- the column of the first of these fields that there is, else NULL and {#a.x} is it
-- as a number: 0 for NULL, and for a text that is none, which is told of. What stands between
-- {with refunds} and {end} is left out where no refunds are copied. `wdt report NAME --sql` prints
-- what comes of it.
--
-- Shipped is what has a time of shipping and a status from 90 on. Gifts stand apart: gift_type 0 is
-- none, and 65 and 128 are main goods. Rows that are gone (_deleted_at) are left out.

-- part: lines
(
  SELECT a._account AS account,
    substr({a.consign_time}, 1, 10) AS day,
    COALESCE(CAST({a.shop_no} AS TEXT), '') AS shop_no,
    COALESCE(CAST({a.shop_name} AS TEXT), '') AS shop_name,
    COALESCE(CAST({a.warehouse_no} AS TEXT), '') AS warehouse_no,
    COALESCE(CAST({a.order_no|stockout_no} AS TEXT), '') AS order_no,
    COALESCE(CAST({b.spec_no} AS TEXT), '') AS spec_no,
    COALESCE(CAST({b.goods_name} AS TEXT), '') AS goods_name,
    COALESCE(CAST({b.spec_name} AS TEXT), '') AS spec_name,
    CASE WHEN {?b.gift_type} IN (0, 65, 128) THEN 0 ELSE 1 END AS gift,
    {#b.goods_count|num} AS quantity,
    {#b.share_amount} AS amount,
    {?b.cost_price|goods_cost} AS cost_price
  FROM {stockouts} a JOIN {stockouts.lines} b ON {stockouts.join}
  WHERE a._deleted_at IS NULL
    AND {#a.status} >= 90
    AND substr({a.consign_time}, 1, 10) IS NOT NULL
)

-- part: returns
(
  SELECT a._account AS account,
    substr({a.refund_time|apply_time|created}, 1, 10) AS day,
    COALESCE(CAST({a.shop_no} AS TEXT), '') AS shop_no,
    COALESCE(CAST({a.shop_name} AS TEXT), '') AS shop_name,
    COALESCE(CAST({b.spec_no} AS TEXT), '') AS spec_no,
    COALESCE(CAST({b.goods_name} AS TEXT), '') AS goods_name,
    COALESCE(CAST({b.spec_name} AS TEXT), '') AS spec_name,
    CASE WHEN {#a.type} IN (2, 3, 21) AND {?b.gift_type} IN (0, 65, 128)
      THEN {#b.refund_num} ELSE 0 END AS quantity,
    {#refunds.amount} AS amount
  FROM {refunds} a JOIN {refunds.lines} b ON {refunds.join}
  WHERE a._deleted_at IS NULL
    AND {#a.type} IN (2, 3, 4, 6, 9, 11, 21)
    AND {?refunds.state} NOT IN ({refunds.dead})
    AND substr({a.refund_time|apply_time|created}, 1, 10) IS NOT NULL
)

-- report: daily_sales
SELECT account, day, shop_no, MAX(shop_name) AS shop_name, spec_no,
  MAX(goods_name) AS goods_name, MAX(spec_name) AS spec_name,
  ROUND(SUM(sold), 4) AS quantity, ROUND(SUM(amount), 4) AS amount,
  ROUND(SUM(gifts), 4) AS gift_quantity, ROUND(SUM(gift_amount), 4) AS gift_amount,
  ROUND(SUM(returned), 4) AS returned_quantity, ROUND(SUM(refunded), 4) AS returned_amount,
  ROUND(SUM(sold) - SUM(returned), 4) AS net_quantity,
  ROUND(SUM(amount) - SUM(refunded), 4) AS net_amount
FROM (
  SELECT account, day, shop_no, shop_name, spec_no, goods_name, spec_name,
    quantity * (1 - gift) AS sold, amount * (1 - gift) AS amount,
    quantity * gift AS gifts, amount * gift AS gift_amount, 0 AS returned, 0 AS refunded
  FROM {lines} l
  {with refunds}
  UNION ALL
  SELECT account, day, shop_no, shop_name, spec_no, goods_name, spec_name,
    0, 0, 0, 0, quantity, amount
  FROM {returns} r
  {end}
) moved
GROUP BY account, day, shop_no, spec_no

-- report: margin
SELECT account, day, shop_no, MAX(shop_name) AS shop_name, spec_no,
  MAX(goods_name) AS goods_name, MAX(spec_name) AS spec_name,
  ROUND(SUM(quantity), 4) AS quantity, ROUND(SUM(amount), 4) AS amount,
  ROUND(SUM(quantity * cost_price), 4) AS cost,
  ROUND(SUM(CASE WHEN cost_price = 0 THEN 0
    ELSE amount - quantity * cost_price END), 4) AS margin,
  SUM(CASE WHEN cost_price = 0 THEN 1 ELSE 0 END) AS zero_cost_lines,
  ROUND(SUM(CASE WHEN cost_price = 0 THEN amount ELSE 0 END), 4) AS zero_cost_amount
FROM {lines} l
GROUP BY account, day, shop_no, spec_no

-- report: zero_cost
SELECT account, day, shop_no, shop_name, order_no, spec_no, goods_name, spec_name,
  ROUND(quantity, 4) AS quantity, ROUND(amount, 4) AS amount
FROM {lines} l
WHERE cost_price = 0

-- report: freight
SELECT account, day, logistics_name, province, COUNT(*) AS orders,
  ROUND(SUM(weight), 4) AS weight, ROUND(SUM(freight), 4) AS freight,
  ROUND(SUM(postage), 4) AS postage, ROUND(SUM(postage) - SUM(freight), 4) AS difference
FROM (
  SELECT a._account AS account,
    substr({a.consign_time}, 1, 10) AS day,
    COALESCE(CAST({a.logistics_name} AS TEXT), '') AS logistics_name,
    CASE WHEN COALESCE(CAST({a.receiver_area} AS TEXT), '') <> ''
      THEN substr({a.receiver_area}, 1, instr({a.receiver_area} || ' ', ' ') - 1)
      ELSE COALESCE(CAST({a.receiver_province} AS TEXT), '') END AS province,
    {#a.weight|post_weight} AS weight,
    {#a.post_fee} AS freight,
    {#a.post_amount} AS postage
  FROM {stockouts} a
  WHERE a._deleted_at IS NULL
    AND {#a.status} >= 90
    AND substr({a.consign_time}, 1, 10) IS NOT NULL
) parcels
GROUP BY account, day, logistics_name, province

-- report: stock_days
SELECT account, warehouse_no, MAX(warehouse_name) AS warehouse_name, spec_no,
  MAX(goods_name) AS goods_name, MAX(spec_name) AS spec_name,
  ROUND(SUM(stock), 4) AS stock, ROUND(SUM(shipped), 4) AS shipped_30_days,
  ROUND(CASE WHEN SUM(shipped) > 0 THEN SUM(stock) * 30.0 / SUM(shipped) END, 4) AS days_left
FROM (
  SELECT a._account AS account,
    COALESCE(CAST({a.warehouse_no} AS TEXT), '') AS warehouse_no,
    COALESCE(CAST({a.warehouse_name} AS TEXT), '') AS warehouse_name,
    COALESCE(CAST({a.spec_no} AS TEXT), '') AS spec_no,
    COALESCE(CAST({a.goods_name} AS TEXT), '') AS goods_name,
    COALESCE(CAST({a.spec_name} AS TEXT), '') AS spec_name,
    {#a.stock_num} AS stock,
    0 AS shipped, 1 AS held
  FROM {stock} a
  WHERE a._deleted_at IS NULL
    AND COALESCE(CAST({a.defect} AS TEXT), '') NOT IN ('1', 'true')
  UNION ALL
  SELECT account, warehouse_no, '', spec_no, goods_name, spec_name, 0, quantity, 0
  FROM {lines} l
  WHERE day > (SELECT date(MAX(day), '-30 days') FROM {lines} newest)
) moved
GROUP BY account, warehouse_no, spec_no
HAVING SUM(held) > 0
