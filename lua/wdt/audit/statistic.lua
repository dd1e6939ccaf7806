--- The ERP's own statistic of a day's sales against the copy, by shop, warehouse and SKU.
--
-- Only the beginning of the vendor's table of its fields is known: the others are looked for under
-- the names that the API has elsewhere, and where they are not found, that is said.
-- @module wdt.audit.statistic
local abs, concat, ipairs, pairs, sort, tonumber, tostring = math.abs, table.concat, ipairs, pairs,
  table.sort, tonumber, tostring

local M = {}

local QUANTITIES = { "num", "goods_count", "sales_num", "quantity" }
local KEYS = { { "shop_no" }, { "warehouse_no" }, { "spec_no" } }

-- Of quantities with four decimals.
local ALIKE = 0.00005

local function first_of(row, names)
  for _, name in ipairs(names) do
    if row[name] ~= nil then return row[name] end
  end
end

-- Adds a line of the statistic; false where its fields are not known.
local function add(sums, line)
  local parts, quantity = {}, tonumber(first_of(line, QUANTITIES))
  for i, names in ipairs(KEYS) do
    local value = first_of(line, names)
    if value == nil then return false end
    parts[i] = tostring(value)
  end
  if not quantity then return false end
  local key = concat(parts, "\0")
  sums[key] = (sums[key] or 0) + quantity
  return true
end

--- The statistic of a day.
-- @tparam Client client
-- @tparam string day "2026-11-01"
-- @treturn ?{string=number} quantities by "shop\0warehouse\0SKU"; nil, why, code where the account
-- has none, or its fields are not known ("unknown")
function M.of_day(client, day)
  local stream, sums, known = client:records(client.dialect.STATISTIC, { consign_date = day }), {},
    true
  while true do
    local row, err, code = stream:next()
    if err then return nil, err, code end
    if row == nil then break end
    known = known and row.spec_list ~= nil
    for _, line in ipairs(row.spec_list or {}) do known = known and add(sums, line) end
  end
  if not known then return nil, "its fields are not those that are known", "unknown" end
  return sums
end

--- Where two sums differ.
-- @tparam {string=number} theirs the statistic's
-- @tparam {string=number} ours the copy's
-- @treturn {table} `{ shop_no, warehouse_no, spec_no, expected, found }`, in order
function M.compare(theirs, ours)
  local list, keys = {}, {}
  for key in pairs(theirs) do keys[key] = true end
  for key in pairs(ours) do keys[key] = true end
  for key in pairs(keys) do
    local expected, found = theirs[key] or 0, ours[key] or 0
    if abs(expected - found) > ALIKE then
      local shop, warehouse, spec = key:match "^(%Z*)%z(%Z*)%z(%Z*)$"
      list[#list + 1] = { key = key, shop_no = shop, warehouse_no = warehouse, spec_no = spec,
        expected = expected, found = found }
    end
  end
  sort(list, function(a, b) return a.key < b.key end)
  return list
end

return M
