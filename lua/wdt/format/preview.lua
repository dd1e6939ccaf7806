--- The few columns of a row that a person looks at first: number, time, shop, goods, quantity,
-- amount, logistics. Methods name them differently, so each is a list of names of which the first
-- that a row has is taken.
-- @module wdt.format.preview
local ipairs, insert = ipairs, table.insert

local M = {}

local WANTED = {
  { "order_no", "stockout_no", "trade_no", "refund_no", "stockin_no", "purchase_no", "transfer_no",
    "tid", "spec_no", "goods_no", "shop_no", "warehouse_no", "stockout_id" },
  { "consign_time", "trade_time", "modified", "created", "created_time", "modified_time" },
  { "status", "trade_status" },
  { "shop_name", "shop_no", "warehouse_name", "warehouse_no" },
  { "details_list.goods_name", "goods_list.goods_name", "detail_list.goods_name", "goods_name" },
  { "goods_count", "num", "stock_num" },
  { "receivable", "paid", "total_amount", "amount", "actual_refund_amount" },
  { "logistics_name" },
  { "logistics_no" },
}

-- Fewer than these tell nothing: then all columns are candidates.
local ENOUGH = 3

--- Chooses columns.
-- @tparam function has `(path)` -> whether rows have this field
-- @tparam ?string time the field of the time that rows were selected by; it stands second
-- @treturn ?{string} paths; nil where too little is known by its usual name
function M.of(has, time)
  local paths, taken = {}, {}
  for _, names in ipairs(WANTED) do
    for _, name in ipairs(names) do
      if has(name) and not taken[name] then
        paths[#paths + 1], taken[name] = name, true
        break
      end
    end
  end
  if #paths < ENOUGH then return nil end
  if time and has(time) and not taken[time] then insert(paths, 2, time) end
  return paths
end

return M
