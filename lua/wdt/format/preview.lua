--- The few columns of a row that a person looks at first: number, time, shop, goods, quantity,
-- amount, logistics. Methods name them differently, so each is a list of names of which the first
-- that a row has is taken.
-- @module wdt.format.preview
local ipairs, insert = ipairs, table.insert

local M = {}

--- Fields that may be cut where a terminal is narrow: the name tells enough by its beginning.
M.NAMES = { shop_name = true, warehouse_name = true, logistics_name = true,
  goods_name = true, ["details_list.goods_name"] = true, ["goods_list.goods_name"] = true,
  ["detail_list.goods_name"] = true }

local WANTED = {
  { "order_no", "stockout_no", "trade_no", "refund_no", "stockin_no", "purchase_no", "transfer_no",
    "tid", "spec_no", "goods_no", "shop_no", "warehouse_no", "stockout_id" },
  { "consign_time", "trade_time", "modified", "created", "created_time", "modified_time" },
  { "shop_name", "shop_no", "warehouse_name", "warehouse_no" },
  { "details_list.goods_name", "goods_list.goods_name", "detail_list.goods_name", "goods_name" },
  { "goods_count", "num", "stock_num" },
  { "receivable", "paid", "total_amount", "amount", "actual_refund_amount" },
  { "status", "trade_status" },
  { "logistics_name" },
  { "logistics_no" },
}

-- Fewer than these tell nothing: then all columns are candidates.
local ENOUGH = 3

-- Puts the time that rows were selected by in the place of another one, which such rows may not
-- have: a cancelled one was never sent.
local function place_time(paths, time)
  for i, path in ipairs(paths) do
    for _, name in ipairs(WANTED[2]) do
      if path == name then
        paths[i] = time
        return
      end
    end
  end
  insert(paths, 2, time)
end

--- Chooses columns.
-- @tparam function has `(path)` -> whether rows have this field
-- @tparam ?string time the field of the time that rows were selected by
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
  if time and has(time) and not taken[time] then place_time(paths, time) end
  return paths
end

return M
